//! How the ledger can fail.

use std::io;
use std::path::{Path, PathBuf};

use crate::base::{Cancelled, Class, escape};
use crate::disk::class_at_opening;

/// A failure of the ledger or of the lock. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another run has the account's lock.
    #[error("another run{} has the lock {}", holder(.pid, .since), name(.path))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// The other run's process, if it said so.
        pid: Option<u32>,
        /// Seconds since 1970 when it took the lock, if it said so.
        since: Option<u64>,
    },
    /// The wait for the lock was cancelled.
    #[error("no longer waiting for the lock")]
    Stopped(#[source] Cancelled),
    /// State cannot be created, or is read-only.
    #[error("cannot {step} {}", name(.path))]
    CantCreate {
        /// What was tried.
        step: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Reading, writing or syncing failed.
    #[error("cannot {step} {}", name(.path))]
    Io {
        /// What was tried.
        step: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A line that is no record, with records behind it.
    #[error("the ledger {} is damaged at line {line}", name(.path))]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// The first line that is no record, from 1 on.
        line: u64,
    },
    /// A newer program wrote it.
    #[error(
        "the ledger {} was written by format {found}, this program knows {}",
        name(.path),
        super::record::FORMAT
    )]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// It says that it is somebody else's.
    #[error("the ledger {} belongs to another account, {found}", name(.path))]
    OtherAccount {
        /// The ledger.
        path: PathBuf,
        /// The account that it names.
        found: String,
    },
    /// Another account cannot give its ledger to one that has its own.
    #[error("there is a ledger already, {}", name(.path))]
    Taken {
        /// The ledger.
        path: PathBuf,
    },
    /// A file or folder that others may have a hand in.
    #[error("{} is not safe to use: {rule}", name(.path))]
    Unsafe {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        rule: &'static str,
    },
    /// A write or a sync failed before in this run; what it left is not
    /// trusted.
    #[error("the ledger {} is not written to after a failure", name(.path))]
    Distrusted {
        /// The ledger.
        path: PathBuf,
    },
}

impl Error {
    /// Whether something was not there.
    pub(super) fn is_of_missing(&self) -> bool {
        match self {
            Error::CantCreate { source, .. } | Error::Io { source, .. } => {
                source.kind() == io::ErrorKind::NotFound
            }
            _ => false,
        }
    }

    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Locked { .. } | Error::Stopped(_) => Class::Temporary,
            Error::CantCreate { .. } | Error::Taken { .. } => Class::CantCreate,
            Error::Io { .. } | Error::Distrusted { .. } => Class::Io,
            Error::Damaged { .. } => Class::Data,
            Error::Newer { .. } | Error::OtherAccount { .. } | Error::Unsafe { .. } => {
                Class::Config
            }
        }
    }

    /// For a step before anything is fetched: whether something is in the way
    /// or the disk fails.
    pub(super) fn opening(step: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match class_at_opening(&source) {
            Class::CantCreate => Error::CantCreate { step, path, source },
            _ => Error::Io { step, path, source },
        }
    }

    /// For a step on what is open.
    pub(super) fn io(step: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Error::Io { step, path, source }
    }
}

fn name(path: &Path) -> String {
    escape(&path.display().to_string())
}

fn holder(pid: &Option<u32>, since: &Option<u64>) -> String {
    let mut words = Vec::new();
    if let Some(pid) = pid {
        words.push(format!("process {pid}"));
    }
    let since = since.and_then(|since| i64::try_from(since).ok());
    if let Some(since) = since.and_then(|since| jiff::Timestamp::from_second(since).ok()) {
        words.push(format!("since {since}"));
    }
    if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) }
}
