//! The vocabulary that all layers share: nouns of mail, classes of failure,
//! events, the cancel token, the secret. It knows no file and no socket.

mod account;
mod cancel;
mod choice;
mod class;
mod event;
mod failure;
mod mail;
mod percent;
mod receipt;
mod secret;
mod text;
mod time;
mod warning;

pub use account::AccountId;
pub use cancel::{Cancel, Cancelled};
pub(crate) use choice::{choice, from_text};
pub use class::Class;
pub use event::{
    AddedAccount, Address, Attachment, Closing, Deletion, Dialogue, Disposition, Event, Exported,
    Failed, FoundServer, Headers, Integrity, KnownBy, KnownMessage, LedgerChange, Listed, Lost,
    Observer, Planned, Probed, ProbedTls, SessionFacts, Shown, SignIn, Silent, Skipped,
    StoredMessage, Summary, TokenFacts, Unrestored, Verification, Verified,
};
pub use failure::Failure;
pub use mail::{Entry, Hash, Listing, MessageNumber, Uid};
pub use percent::{decode_percent, encode_percent};
pub use receipt::{Location, Note, PendingAppend, Receipt, TargetName, Value};
pub use secret::{PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE, Secret};
pub use text::{counted, escape, escape_json, escape_lines, sanitized};
pub use time::rfc3339;
pub use warning::{Warning, WarningCode};

/// The value with something changed, for tests.
#[cfg(test)]
pub(crate) fn with<T>(mut value: T, change: impl FnOnce(&mut T)) -> T {
    change(&mut value);
    value
}
