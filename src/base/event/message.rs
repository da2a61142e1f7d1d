//! Messages, as events tell of them.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use crate::base::{Hash, Location, MessageNumber, Uid};

/// A mailbox of a header field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Address {
    /// Display name, decoded; may be empty.
    pub name: String,
    /// Address.
    pub address: String,
}

/// Header fields for display, decoded to UTF-8. Never used for delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    #[serde(flatten)]
    pub location: Location,
    /// What its header says.
    #[serde(flatten)]
    pub headers: Headers,
}

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    #[serde(flatten, serialize_with = "in_a_row")]
    pub headers: Option<Headers>,
}

/// A row has fewer fields than the message itself, and each of them always.
fn in_a_row<S: Serializer>(headers: &Option<Headers>, serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Row<'h> {
        date: Option<&'h str>,
        from: Option<&'h [Address]>,
        subject: Option<&'h str>,
    }
    let headers = headers.as_ref();
    let row = Row {
        date: headers.and_then(|headers| headers.date.as_deref()),
        from: headers.map(|headers| &*headers.from),
        subject: headers.and_then(|headers| headers.subject.as_deref()),
    };
    row.serialize(serializer)
}

/// A message made readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// What its header says.
    #[serde(flatten)]
    pub headers: Headers,
    /// Its text, decoded, with LF line ends; not yet safe to print.
    pub text: String,
    /// What is attached.
    pub attachments: Vec<Attachment>,
    /// Lines of the body after which it was cut, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_after: Option<u32>,
}

/// Something attached to a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// File name, decoded; not yet safe to print, and no path.
    pub name: Option<String>,
    /// Media type in lower case, such as `image/png`.
    pub content_type: String,
    /// Octets, decoded.
    pub size: u64,
}

/// A message left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// Why, in a few words.
    pub reason: Cow<'static, str>,
}

/// What a dry run would do with a message, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// `fetch`, `delete`, `keep` or `skip`.
    pub action: &'static str,
    /// Delete it on the server once it is stored.
    pub then_delete: bool,
    /// Why, in a few words.
    pub reason: Cow<'static, str>,
}

/// A message deleted on the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
}

/// A message that could not be fetched or deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Failed {
    /// Number in this session.
    pub number: MessageNumber,
    /// Unique id.
    pub uid: Uid,
    /// What the server said, or what went wrong.
    pub error: String,
    /// Whether the target will take it later or not at all, if it was the
    /// target that did not take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disposition: Option<Disposition>,
}

impl Failed {
    /// On the server, or on the way.
    pub fn new(number: MessageNumber, uid: Uid, error: String) -> Self {
        Self { number, uid, error, disposition: None }
    }
}

/// What a target says of a message that it did not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Disposition {
    /// Not now.
    Deferred,
    /// Not this one.
    Refused,
}
