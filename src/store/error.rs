//! How a store can fail.

use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::base::{Cancelled, Class, sanitized};
use crate::disk::class_at_opening;

/// A failure of a store. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What is in the target's place cannot be used. Found when opening.
    #[error("cannot store mail in {}: {reason}", show(path))]
    Unfit {
        /// The target, or the part of it in question.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// Its owner would read the mail, or take it away. Found when opening.
    #[error("cannot store mail in {}: it belongs to another user", show(path))]
    Foreign {
        /// The target, or the part of it in question.
        path: PathBuf,
    },
    /// Mail was stored there, and now there is nothing. Found when opening.
    #[error("{}, where mail was stored before, is not there any more", show(path))]
    Vanished {
        /// The target.
        path: PathBuf,
    },
    /// The target cannot be created or written to. Found when opening.
    #[error("cannot {step} {}", show(path))]
    Denied {
        /// What was tried.
        step: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The command that messages are handed to is not there. Found when
    /// opening.
    #[error("cannot hand mail to the command {program}: {reason}")]
    NoCommand {
        /// Its first word.
        program: String,
        /// Why not.
        reason: String,
    },
    /// The server that messages are handed to does not take any now. Nothing
    /// was handed on.
    #[error("cannot hand mail to {address}: {why}")]
    Unready {
        /// Where it should be.
        address: String,
        /// Why not.
        why: String,
    },
    /// A call failed, and nothing that is in the target's place is to blame.
    #[error("cannot {step} {}", show(path))]
    Io {
        /// What was tried.
        step: &'static str,
        /// With what.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// An mbox stayed locked for as long as we wait.
    #[error("{} is locked by {holder}", show(path))]
    Locked {
        /// The mbox.
        path: PathBuf,
        /// By whom, as far as that can be told.
        holder: String,
    },
    /// Somebody wrote to the mbox although we had it locked.
    #[error("{} was changed by a program that ignores its lock", show(path))]
    Changed {
        /// The mbox.
        path: PathBuf,
    },
    /// Nothing that could be a message is where one was stored.
    #[error("no message is there any more: {}", show(path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing to read.
    #[error("there is no {kind} at {}", show(path))]
    NoStore {
        /// What should be there.
        kind: &'static str,
        /// Where it should be.
        path: PathBuf,
    },
    /// There is nothing there that mail could be read from.
    #[error("cannot read mail from {}: {reason}", show(path))]
    NoSource {
        /// Where.
        path: PathBuf,
        /// Why not.
        reason: &'static str,
    },
    /// It was written to while it was read.
    #[error("{} was changed while it was read", show(path))]
    ChangedMeanwhile {
        /// What.
        path: PathBuf,
    },
    /// What was handed on cannot be read back.
    #[error("what went to {} is out of reach: {noun} keeps nothing to read", show(path))]
    OutOfReach {
        /// What kind of target it is.
        noun: &'static str,
        /// Its address.
        path: PathBuf,
    },
    /// The ledger failed while messages were handed on.
    #[error(transparent)]
    Journal(#[from] super::JournalFailed),
    /// A signal asked for the end while waiting for a lock.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Unfit { .. }
            | Error::Denied { .. }
            | Error::Vanished { .. }
            | Error::NoCommand { .. } => Class::CantCreate,
            Error::Io { .. } | Error::Journal(_) => Class::Io,
            Error::Locked { .. }
            | Error::Changed { .. }
            | Error::ChangedMeanwhile { .. }
            | Error::Unready { .. }
            | Error::Cancelled(_) => Class::Temporary,
            Error::Missing { .. } | Error::NoStore { .. } | Error::NoSource { .. } => Class::Data,
            Error::Foreign { .. } | Error::OutOfReach { .. } => Class::Config,
        }
    }

    /// Returns whether something failed in the middle of the work on this side,
    /// so that what is there may be more than what is recorded.
    pub fn is_ours(&self) -> bool {
        !matches!(self, Error::Unready { .. })
    }

    /// For `map_err`, after opening.
    pub(super) fn io(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Error::Io { step, path: path.into(), source }
    }

    /// For `map_err`, while opening.
    pub(super) fn opening(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Error::io(step, path)(source).at_open()
    }

    /// Not fit.
    pub(super) fn unfit(path: &Path, reason: &'static str) -> Self {
        Error::Unfit { path: path.into(), reason }
    }

    /// The same failure, found while opening.
    pub(super) fn at_open(self) -> Self {
        match self {
            Error::Io { step, path, source } if class_at_opening(&source) == Class::CantCreate => {
                Error::Denied { step, path, source }
            }
            other => other,
        }
    }
}

fn show(path: &Path) -> String {
    sanitized(path.as_os_str().as_bytes())
}
