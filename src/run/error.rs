//! How a command can fail.

use std::path::PathBuf;

use crate::base::{Cancelled, Class, Failure, Verification, counted, sanitized};
use crate::session::Interrupt;
use crate::{ledger, plan, session, store};
use std::os::unix::ffi::OsStrExt;

/// A failure of a command. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session.
    #[error(transparent)]
    Session(#[from] session::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] ledger::Error),
    /// The password or token could not be had.
    #[error("{}", .0.what)]
    Secret(Box<Failure>),
    /// A signal asked for the end.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The server gave all messages new unique ids.
    #[error(
        "the server's unique ids were reset: {} known ones are gone and all {} listed ones are new",
        .0.gone,
        .0.listed
    )]
    UidReset(plan::UidReset),
    /// There is no ledger.
    #[error("nothing was ever fetched for this account under {}", sanitized(state_dir.as_os_str().as_encoded_bytes()))]
    NeverFetched {
        /// The folder of all accounts' state.
        state_dir: PathBuf,
    },
    /// A message was named that is not on the server.
    #[error("{}", no_such_message(wanted, *listed))]
    NoSuchMessage {
        /// The user's word for it.
        wanted: String,
        /// How many messages there are.
        listed: u64,
    },
    /// A message was named that the ledger does not know.
    #[error("the ledger knows no message {wanted}")]
    NotKnown {
        /// The user's word for it.
        wanted: String,
    },
    /// The user was asked, and did not agree.
    #[error("nothing was deleted: it was not confirmed")]
    NotConfirmed,
    /// The server has no TOP, and RETR is no substitute for looking.
    #[error("the server refuses TOP, which shows headers without retrieving messages: {text:?}")]
    TopRefused {
        /// What it said.
        text: String,
    },
    /// The server has no LIST, and without UIDL nothing else tells what there
    /// is.
    #[error("the server refuses LIST")]
    ListRefused,
    /// The server wants more time between logins (RFC 2449 §6.5).
    #[error("the server allows the next login in {seconds} s")]
    LoginDelay {
        /// Seconds from now.
        seconds: u64,
    },
    /// What the server lists should be gone, and is there under other unique
    /// ids, or without any.
    #[error(
        "the server still lists {listed} messages, under other unique ids or none, of which some \
         should be gone: another session would fetch them twice"
    )]
    NotDeleted {
        /// How many.
        listed: u64,
    },
    /// A message goes on and on behind the size that is wanted at most.
    #[error("a message does not end, though it has twice the {most} octets of --max-size")]
    Endless {
        /// The limit in octets.
        most: u64,
    },
    /// A manifest cannot be written or read.
    #[error("cannot {step} the manifest {}", sanitized(path.as_os_str().as_bytes()))]
    Manifest {
        /// What was tried.
        step: &'static str,
        /// Its file.
        path: PathBuf,
        /// Before or after anything was done.
        class: Class,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// A file is no manifest of messages.
    #[error("line {line} of {} {reason}", sanitized(path.as_os_str().as_bytes()))]
    NoManifest {
        /// The file.
        path: PathBuf,
        /// The line, from 1 on.
        line: u64,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What was asked for could not be written to the standard output.
    #[error("cannot write to stdout")]
    Output(#[source] std::io::Error),
    /// Some messages could not be had or could not be deleted.
    #[error("{failed} of {wanted} messages could not be fetched or deleted; the rest is done")]
    Partial {
        /// How many failed.
        failed: u64,
        /// How many there were to work on.
        wanted: u64,
    },
    /// The target did not take some messages now.
    #[error("{failed} of {wanted} messages could not be handed on now, and stay on the server")]
    Deferred {
        /// Which target.
        by: Box<store::Target>,
        /// How many.
        failed: u64,
        /// How many there were to work on.
        wanted: u64,
    },
    /// The target of a restore did not take some messages.
    #[error(
        "{} not handed on: {refused} refused or held, {deferred} deferred; restoring again goes \
         on with them",
        counted(*refused + *deferred, "message")
    )]
    NotTaken {
        /// How many it will not take, or may have.
        refused: u64,
        /// How many it did not take now.
        deferred: u64,
    },
    /// Not all that was stored is there, unaltered.
    #[error("not all messages are here and unaltered: {}", incomplete(*missing, *altered, *not_here))]
    Incomplete {
        /// Stored messages that are not there.
        missing: u64,
        /// Stored messages in whose place something else is.
        altered: u64,
        /// Messages on the server that are neither stored nor known.
        not_here: u64,
    },
    /// Nothing that a manifest lists is there.
    #[error("none of the {} that were looked for is here", counted(*missing, "file"))]
    NoneHere {
        /// How many.
        missing: u64,
        /// Where the first of them should be. Safe to print.
        first: String,
    },
    /// What was stored could not all be copied.
    #[error("{left_out} of {wanted} stored messages could not be exported; the rest is done")]
    LeftOut {
        /// How many are missing or altered.
        left_out: u64,
        /// How many there were.
        wanted: u64,
    },
    /// What is in a source could not all be had.
    #[error("{unfit} of {found} messages of the source could not be read; the rest is restored")]
    Unrestored {
        /// How many could not.
        unfit: u64,
        /// How many there were.
        found: u64,
    },
    /// The server did not confirm that it deleted what it was asked to.
    #[error("{deletions} deletions are not confirmed by the server; the next run settles them")]
    Unconfirmed {
        /// How many.
        deletions: u64,
        /// What came instead of `+OK` to QUIT.
        #[source]
        source: session::Error,
    },
}

impl Error {
    /// `Ok` if none failed.
    pub(super) fn partial(failed: u64, wanted: u64) -> Result<(), Self> {
        match failed {
            0 => Ok(()),
            failed => Err(Error::Partial { failed, wanted }),
        }
    }

    /// `Ok` if nothing is.
    pub(super) fn incomplete(counts: &Verification) -> Result<(), Self> {
        let Verification { missing, altered, .. } = *counts;
        let not_here = counts.not_here.unwrap_or(0);
        if missing + altered + not_here == 0 {
            return Ok(());
        }
        Err(Error::Incomplete { missing, altered, not_here })
    }

    /// Returns whether the network or the server may be otherwise soon; no
    /// signal ended it.
    pub fn is_passing(&self) -> bool {
        match self {
            Error::Session(error) => {
                !error.is_cancelled()
                    && matches!(error.class(), Class::Temporary | Class::Unavailable | Class::Host)
            }
            _ => false,
        }
    }

    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Session(error) => error.class(),
            Error::Store(error) => error.class(),
            Error::Ledger(error) => error.class(),
            Error::Secret(failure) => failure.class,
            Error::Partial { .. }
            | Error::Endless { .. }
            | Error::NotDeleted { .. }
            | Error::NoSuchMessage { .. }
            | Error::NotKnown { .. } => Class::Protocol,
            Error::NeverFetched { .. } => Class::Config,
            Error::NotTaken { refused: 1.., .. } => Class::Protocol,
            Error::Incomplete { .. }
            | Error::NoneHere { .. }
            | Error::LeftOut { .. }
            | Error::Unrestored { .. }
            | Error::NoManifest { .. } => Class::Data,
            Error::Manifest { class, .. } => *class,
            Error::TopRefused { .. } | Error::ListRefused => Class::Unavailable,
            Error::Output(_) => Class::Io,
            Error::Cancelled(_)
            | Error::UidReset(_)
            | Error::LoginDelay { .. }
            | Error::NotConfirmed
            | Error::Deferred { .. }
            | Error::NotTaken { .. }
            | Error::Unconfirmed { .. } => Class::Temporary,
        }
    }
}

fn no_such_message(wanted: &str, listed: u64) -> String {
    match listed {
        0 => "the mailbox is empty".to_owned(),
        1 => format!("there is no message {wanted}; one is listed"),
        several => format!("there is no message {wanted}; {several} are listed"),
    }
}

fn incomplete(missing: u64, altered: u64, not_here: u64) -> String {
    let counts =
        [(missing, "missing"), (altered, "altered"), (not_here, "on the server but not here")];
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let words: Vec<String> = counts.map(|(count, what)| format!("{count} {what}")).collect();
    words.join(", ")
}

impl From<Interrupt<Error>> for Error {
    fn from(interrupt: Interrupt<Error>) -> Self {
        match interrupt {
            Interrupt::Session(error) => error.into(),
            Interrupt::Work(error) => error,
        }
    }
}
