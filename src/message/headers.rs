//! The header fields that people and scripts are shown.

use super::charsets::{self, Charset};
use super::fields::{Fields, unfold};
use super::params::Params;
use super::{addresses, date, words};
use crate::base::Headers;

/// Longest Message-ID that is taken, in octets (RFC 5322 §2.1.1).
const MAX_MESSAGE_ID: usize = 998;

/// Reads a message's header, or the first part of one. Only the first
/// [`super::MAX_HEADER`] octets count. Where a field comes twice, the first
/// one counts; several From and To fields are one list each.
pub fn headers(prefix: &[u8]) -> Headers {
    let (fields, _) = Fields::read(prefix);
    let told = told_charset(&fields);
    let list = |name| {
        let mut list = Vec::new();
        for value in fields.all(name) {
            addresses::read(value, told, &mut list);
        }
        list
    };
    Headers {
        message_id: fields.first("Message-ID").and_then(message_id),
        date: fields.first("Date").and_then(|value| date::rfc3339(&words::decode(value, None))),
        from: list("From"),
        to: list("To"),
        subject: fields.first("Subject").map(|value| words::decode(value, told).trim().to_owned()),
    }
}

/// What the message says of its character set; raw 8-bit fields mostly share
/// it with the body.
pub(super) fn told_charset(fields: &Fields<'_>) -> Option<Charset> {
    let params = Params::parse(fields.first("Content-Type")?);
    charsets::find(&params.word("charset")?)
}

/// From the first `<` to the next `>`; the whole value if it has no brackets.
fn message_id(value: &[u8]) -> Option<String> {
    let value = unfold(value);
    let id = match memchr::memchr(b'<', &value) {
        Some(start) => {
            let rest = &value[start..];
            &rest[..=memchr::memchr(b'>', rest)?]
        }
        None => value.trim_ascii(),
    };
    (1..=MAX_MESSAGE_ID).contains(&id.len()).then(|| charsets::text(id, None))
}
