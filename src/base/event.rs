//! What happens during a run, told to an observer. The layers below announce;
//! only `report` decides how it looks. In JSON an event has the fields that its
//! type has, in their order.

mod backup;
mod ledger;
mod message;
mod probe;
mod setup;

use std::path::Path;

use serde::{Serialize, Serializer};

pub use backup::{Exported, Unrestored};
pub use ledger::{Integrity, KnownBy, KnownMessage, LedgerChange, Lost, Verification, Verified};
pub use message::{
    Address, Attachment, Deletion, Disposition, Failed, Headers, Listed, Planned, Shown, Skipped,
    StoredMessage,
};
pub use probe::{Probed, ProbedTls};
pub use setup::{AddedAccount, FoundServer, SignIn, TokenFacts};

use super::warning::{Warning, WarningCode};
use super::{Failure, MessageNumber, Uid};

/// Is told what happens. Threads share it, hence `&self`.
pub trait Observer: Sync {
    /// Takes one event. Must not fail: a broken terminal stops no mail.
    fn notice(&self, event: &Event);

    /// Takes a warning.
    fn warn(&self, code: WarningCode, text: String) {
        self.notice(&Event::Warning(Warning { code, text }));
    }
    /// Takes it that a message could not be had or deleted, through no fault of
    /// the target.
    fn fail(&self, number: MessageNumber, uid: Uid, error: String) {
        self.notice(&Event::Failed(Failed::new(number, uid, error)));
    }
    /// Takes a step, in words.
    fn note(&self, text: String) {
        self.notice(&Event::Note(text));
    }
    /// Returns whether the header fields of [`Event::Message`] are looked at;
    /// they are not even decoded otherwise.
    fn wants_headers(&self) -> bool {
        false
    }

    /// Returns whether [`Event::Dialogue`] is wanted; it is not even built
    /// otherwise.
    fn wants_dialogue(&self) -> bool {
        false
    }
}

/// An observer that ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _: &Event) {}
}

/// One thing that happened. Those without a [name](Event::name) are not for
/// scripts, and no JSON can be made of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Event {
    /// Logged in and listed.
    Session(SessionFacts),
    /// The transfer starts. For progress.
    #[serde(skip)]
    Transfer {
        /// Messages to retrieve.
        messages: u64,
        /// Octets to retrieve; `None` if some size is unknown.
        octets: Option<u64>,
    },
    /// More octets of a message came in. For progress.
    #[serde(skip)]
    Received {
        /// Octets since the last such event.
        octets: u64,
    },
    /// One more message came in whole. For progress: it is not yet durable.
    #[serde(skip)]
    Arrived,
    /// A message is durable and recorded.
    Message(Box<StoredMessage>),
    /// A message was left out, and why.
    Skipped(Skipped),
    /// In a dry run: what would be done with a message, and why.
    Planned(Planned),
    /// The server took the deletion of a message for good.
    Deleted(Deletion),
    /// A message could not be had or could not be deleted.
    Failed(Failed),
    /// Something worth knowing that stops nothing.
    Warning(Warning),
    /// The run ends because of this.
    Error(Failure),
    /// A message on the server, for `list`.
    Listed(Box<Listed>),
    /// A message made readable, for `show`.
    Shown(Box<Shown>),
    /// What STAT said.
    Stat {
        /// Messages in the maildrop.
        messages: u64,
        /// Their octets, if the server can count them.
        octets: Option<u64>,
    },
    /// Something the ledger knows, for `state show`.
    Known(Box<KnownMessage>),
    /// What a command did to the ledger, for `state`.
    Ledger(LedgerChange),
    /// A stored message was looked at again, for `verify`.
    Verified(Box<Verified>),
    /// The counts of `verify`.
    Verification(Verification),
    /// A stored message was copied, for `export`.
    Exported(Box<Exported>),
    /// Something was not restored, for `restore`.
    Unrestored(Box<Unrestored>),
    /// What a server is like, for `probe`.
    Probed(Box<Probed>),
    /// Nothing happens for this long. For people.
    #[serde(skip)]
    Waiting {
        /// Seconds.
        seconds: u64,
        /// For what, in a few words.
        what: &'static str,
    },
    /// Somebody has to sign in, for `oauth login`.
    SignIn(SignIn),
    /// What is known of an account's token, for `oauth`.
    Token(TokenFacts),
    /// The server that belongs to an address, for `account add`.
    Found(Box<FoundServer>),
    /// An account of the config file, for `account add`.
    Added(AddedAccount),
    /// For `-v`: a step, in words.
    #[serde(skip)]
    Note(String),
    /// For `-vv`: a line of the dialogue, secrets masked.
    #[serde(skip)]
    Dialogue(Dialogue),
    /// The counts at the end.
    Summary(Summary),
}

impl Event {
    /// What scripts know it by; `None` if it is not for them.
    pub fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Session(_) => "session",
            Self::Message(_) => "message",
            Self::Skipped(_) => "skipped",
            Self::Planned(_) => "planned",
            Self::Deleted(_) => "deleted",
            Self::Failed(_) => "failed",
            Self::Warning(_) => "warning",
            Self::Error(_) => "error",
            Self::Listed(_) => "listed",
            Self::Shown(_) => "shown",
            Self::Stat { .. } => "stat",
            Self::Known(_) => "known",
            Self::Ledger(LedgerChange::Forgotten { .. }) => "forgotten",
            Self::Ledger(LedgerChange::Marked { .. }) => "marked",
            Self::Ledger(LedgerChange::Imported { .. }) => "imported",
            Self::Ledger(LedgerChange::Moved { .. }) => "moved",
            Self::Ledger(LedgerChange::Repaired { .. }) => "repaired",
            Self::Verified(_) => "verified",
            Self::Verification(_) => "verification",
            Self::Exported(_) => "exported",
            Self::Unrestored(_) => "unrestored",
            Self::Probed(_) => "probed",
            Self::SignIn(_) => "sign-in",
            Self::Token(_) => "token",
            Self::Found(_) => "candidate",
            Self::Added(_) => "account",
            Self::Summary(_) => "summary",
            Self::Transfer { .. }
            | Self::Received { .. }
            | Self::Arrived
            | Self::Waiting { .. }
            | Self::Note(_)
            | Self::Dialogue(_) => return None,
        })
    }
}

/// The session's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SessionFacts {
    /// Host as the user named it.
    pub host: String,
    /// Port connected to.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
    /// The greeting's text as received; empty when it came before STARTTLS,
    /// because then anybody may have written it.
    pub greeting: String,
    /// Capability lines known after login.
    pub capabilities: Vec<String>,
    /// Messages in the listing.
    pub listed: u64,
    /// Messages not yet stored.
    pub new: u64,
}

/// A path, with what is no UTF-8 in it replaced.
fn lossy<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    path.to_string_lossy().serialize(serializer)
}

/// A line of the dialogue, for `-vv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialogue {
    /// Whether the client sent it.
    pub sent: bool,
    /// The line, safe to print and with secrets masked.
    pub line: String,
}

/// The counts at the end of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Messages in the listing.
    pub listed: u64,
    /// Messages not stored before this run.
    pub new: u64,
    /// Messages stored by this run.
    pub stored: u64,
    /// Messages left out by a limit.
    pub skipped: u64,
    /// Messages that could not be had or deleted.
    pub failed: u64,
    /// Deletions the server confirmed.
    pub deleted: u64,
    /// Messages that would have been deleted if they had been stored; only the
    /// closing line tells.
    pub never_stored: u64,
    /// Octets of messages received.
    pub bytes: u64,
    /// Wall-clock time.
    pub elapsed_ms: u64,
    /// Exit code this account alone would have.
    pub exit: u8,
    /// What the closing line tells of.
    pub closing: Closing,
}

/// All counts; `stat` does not know what is new.
impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = [
            ("listed", self.listed),
            ("new", self.new),
            ("stored", self.stored),
            ("skipped", self.skipped),
            ("failed", self.failed),
            ("deleted", self.deleted),
            ("bytes", self.bytes),
            ("elapsed_ms", self.elapsed_ms),
            ("exit", self.exit.into()),
        ];
        let is_known = |name: &str| name != "new" || self.closing != Closing::Stat;
        serializer.collect_map(counts.into_iter().filter(|(name, _)| is_known(name)))
    }
}

/// What a command came to do, so far as a line at its end tells of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closing {
    /// Nothing that needs such a line.
    #[default]
    None,
    /// Messages were counted, and no more was asked.
    Stat,
    /// New mail was stored.
    Fetch,
    /// It was told what would be done.
    DryRun,
    /// What the ledger knows was told.
    Known,
    /// Messages were listed.
    List,
    /// Messages were deleted by the user's own word.
    Delete,
    /// What was stored was copied.
    Export,
    /// Mail was put back.
    Restore,
    /// It was told what would be put back.
    RestoreDryRun,
}
