//! What happens during a run, told to whoever watches. The layers below
//! announce; only `report` decides how it looks.

use std::path::PathBuf;

use super::warning::Warning;
use super::{Failure, Hash, MessageNumber, Uid};

/// Somebody who is told what happens. Shared by threads, hence `&self`.
pub trait Observer: Sync {
    /// Takes one event. Must not fail: a broken terminal stops no mail.
    fn notice(&self, event: &Event);

    /// Whether anybody looks at the header fields of [`Event::Message`]; they
    /// are not even decoded otherwise.
    fn wants_headers(&self) -> bool {
        false
    }

    /// Whether [`Event::Dialogue`] is wanted; it is not even built otherwise.
    fn wants_dialogue(&self) -> bool {
        false
    }
}

/// An observer who ignores everything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn notice(&self, _: &Event) {}
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// Logged in and listed.
    Session(SessionFacts),
    /// The transfer starts: so many messages, so many octets if all sizes
    /// are known. For progress.
    Transfer {
        /// Messages to retrieve.
        messages: u64,
        /// Octets to retrieve; `None` if some size is unknown.
        octets: Option<u64>,
    },
    /// So many more octets of a message came in. For progress.
    Received {
        /// Octets since the last such event.
        octets: u64,
    },
    /// One more message came in whole. For progress: it is not yet durable.
    Arrived,
    /// A message is durable and recorded.
    Message(Box<StoredMessage>),
    /// A message was left out, and why.
    Skipped(Skipped),
    /// In a dry run: what would be done with a message, and why.
    Planned {
        /// Number in this session.
        number: MessageNumber,
        /// Unique id.
        uid: Uid,
        /// Listed size in octets.
        size: Option<u64>,
        /// `fetch`, `delete`, `keep` or `skip`.
        action: &'static str,
        /// Delete it on the server once it is stored.
        then_delete: bool,
        /// Why, in a few words.
        reason: &'static str,
    },
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
        /// Their octets.
        octets: u64,
    },
    /// Something the ledger knows, for `state show`.
    Known(Box<KnownMessage>),
    /// What a command did to the ledger, for `state`.
    Ledger(LedgerChange),
    /// A stored message was looked at again, for `verify`.
    Verified(Box<Verified>),
    /// The counts of `verify`.
    Verification(Verification),
    /// What a server is like, for `probe`.
    Probed(Box<Probed>),
    /// For `-v`: a step, in words.
    Note(String),
    /// For `-vv`: a line of the dialogue, secrets masked.
    Dialogue(Dialogue),
    /// The counts at the end.
    Summary(Summary),
}

/// The session's facts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// Where a recorded message went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// Name of the file in new/, later perhaps in cur/.
    File(String),
    /// Part of an mbox.
    Range {
        /// Where its From_ line starts, in octets.
        offset: u64,
        /// From there to behind the closing blank line, in octets.
        length: u64,
    },
}

/// Where a stored message is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file of its own.
    Maildir(PathBuf),
    /// Part of an mbox.
    Mbox {
        /// The mbox.
        path: PathBuf,
        /// Where its From_ line starts, in octets.
        offset: u64,
        /// From there to behind the closing blank line, in octets.
        length: u64,
    },
}

/// A mailbox of a header field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Display name, decoded; may be empty.
    pub name: String,
    /// Address.
    pub address: String,
}

/// Header fields for display, decoded to UTF-8. Never used for delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// Message-ID with its angle brackets.
    pub message_id: Option<String>,
    /// Date in RFC 3339, if it made sense.
    pub date: Option<String>,
    /// From.
    pub from: Vec<Address>,
    /// To.
    pub to: Vec<Address>,
    /// Subject.
    pub subject: Option<String>,
}

/// A message that is durable and recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMessage {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Octets as the server sent them: CRLF counted as two, stuffed dots and
    /// the terminating line not counted (RFC 1939 §11).
    pub size: u64,
    /// Of the stored form: LF line ends, before mbox quoting.
    pub sha256: Hash,
    /// Where it is.
    pub place: Place,
    /// What its header says.
    pub headers: Headers,
}

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// Whether it is not stored yet.
    pub new: bool,
    /// What its header says; `None` when it was not asked for.
    pub headers: Option<Headers>,
}

/// A message made readable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// What its header says.
    pub headers: Headers,
    /// Its text, decoded, with LF line ends; not yet safe to print.
    pub text: String,
    /// What is attached.
    pub attachments: Vec<Attachment>,
}

/// Something attached to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// File name, decoded; not yet safe to print, and no path.
    pub name: Option<String>,
    /// Media type in lower case, such as `image/png`.
    pub content_type: String,
    /// Octets, decoded.
    pub size: u64,
}

/// What a server is like. If its certificate is refused, nothing but that is
/// known beside host and port.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probed {
    /// Host as the user named it.
    pub host: String,
    /// Port connected to.
    pub port: u16,
    /// The greeting's text as received; empty when it came before STARTTLS.
    pub greeting: String,
    /// What the handshake showed; `None` in clear.
    pub tls: Option<ProbedTls>,
    /// Capability lines before the login; `None` if they could not be asked
    /// for.
    pub before_login: Option<Vec<String>>,
    /// Capability lines after the login; `None` without one.
    pub after_login: Option<Vec<String>>,
    /// SASL mechanisms that the server announces.
    pub mechanisms: Vec<String>,
    /// How retr logs in there: a SASL name, `APOP` or `USER/PASS`; `None` if
    /// it does not get as far.
    pub mechanism: Option<&'static str>,
    /// Whether it did.
    pub logged_in: bool,
    /// Whether UIDL works; `None` when it was not tried.
    pub uidl: Option<bool>,
    /// Whether TOP works; `None` when there was no message to try it on.
    pub top: Option<bool>,
    /// Whether retr sends several commands at a time; `None` without a login.
    pub pipelining: Option<bool>,
    /// What EXPIRE says (RFC 2449 §6.7): days, `NEVER`, or `0`.
    pub expire: Option<String>,
    /// Seconds that must pass between logins (RFC 2449 §6.5).
    pub login_delay: Option<u64>,
    /// Whether the server announces UTF8 (RFC 6856).
    pub utf8: bool,
    /// What the server says it is.
    pub implementation: Option<String>,
}

/// What a server showed in the TLS handshake. The text is safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbedTls {
    /// Why the certificate is refused; `None` if it is accepted.
    pub refused: Option<String>,
    /// SHA-256 of the certificate, as `--tls-pin` takes it.
    pub pin: String,
    /// Common name of the subject.
    pub subject: Option<String>,
    /// Common name of the issuer.
    pub issuer: Option<String>,
    /// Not valid before, in RFC 3339.
    pub not_before: Option<String>,
    /// Not valid after, in RFC 3339.
    pub not_after: Option<String>,
    /// DNS names and IP addresses it is for.
    pub names: Vec<String>,
}

/// A message left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// Why, in a few words.
    pub reason: &'static str,
}

/// A message deleted on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
}

/// A message that could not be had or deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// What the server said, or what went wrong.
    pub error: String,
}

/// A message that the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMessage {
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// Seconds since 1970 when it was first seen.
    pub first_seen: u64,
    /// Why it is known.
    pub proof: KnownBy,
    /// Whether retr asked the server to delete it, and the server said `+OK`.
    pub deleted: bool,
    /// Seconds since 1970 since when complete listings have lacked it.
    pub gone_since: Option<u64>,
}

/// Why a message is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// It was stored.
    Stored {
        /// Of the stored form.
        sha256: Hash,
        /// Where it went.
        place: Delivered,
    },
    /// `state mark-seen` said so.
    Marked,
    /// Another program's seen file said so.
    Imported,
}

/// What a command did to a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerChange {
    /// A message was forgotten, and is new again.
    Forgotten(Uid),
    /// What is on the server is known from now on.
    Marked {
        /// Messages in the listing.
        listed: u64,
        /// Those that were new until now.
        marked: u64,
    },
    /// What another program has seen is known from now on.
    Imported {
        /// Unique ids in its file.
        read: u64,
        /// Those that were new until now.
        imported: u64,
    },
    /// What is whole was kept.
    Repaired {
        /// The ledger; the damaged file is beside it.
        path: PathBuf,
        /// Lines kept.
        kept: u64,
        /// Lines that were no records.
        lost: u64,
    },
}

/// What became of a stored message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there, with the content it was stored with.
    Intact,
    /// It is not there.
    Missing,
    /// Something else is there.
    Altered,
    /// It is on the server, but neither stored nor known as seen.
    NotHere,
}

/// A message that was looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Unique id.
    pub uid: Uid,
    /// What became of it.
    pub verdict: Verdict,
    /// Of the stored form, as recorded; `None` if it was never stored.
    pub sha256: Option<Hash>,
    /// Where it is, or where the other content is.
    pub place: Option<Place>,
}

/// The counts of `verify`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Messages that were stored, by the ledger.
    pub stored: u64,
    /// Those that are there, unaltered.
    pub intact: u64,
    /// Those that are not there.
    pub missing: u64,
    /// Those in whose place something else is.
    pub altered: u64,
    /// Messages on the server that are neither stored nor known as seen;
    /// `None` if the server was not asked.
    pub not_here: Option<u64>,
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
    /// Octets of messages received.
    pub bytes: u64,
    /// Wall-clock time.
    pub elapsed_ms: u64,
    /// Exit code this account alone would have.
    pub exit: u8,
}
