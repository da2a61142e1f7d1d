//! A whole message as a person reads it: one text, and what is attached.

use super::fields::Fields;
use super::parts::{self, Content};
use super::steps::Steps;
use super::{MAX_DEPTH, MAX_PARTS, headers, html, transfer, words};
use crate::base::{Attachment, Cancel, Cancelled, Headers};

/// Fields of a message inside the message that are shown above its text.
const SHOWN_FIELDS: [&str; 5] = ["From", "To", "Cc", "Date", "Subject"];

/// A message made readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// What its header says.
    pub headers: Headers,
    /// The text, with LF line ends and controls as they came. Plain text is
    /// preferred to HTML where the message offers both. A message inside the
    /// message is shown with its header.
    pub text: String,
    /// Everything that is not in `text`, and what is attached to messages
    /// inside the message.
    pub attachments: Vec<Attachment>,
    /// Whether parts were left out because the message has more than
    /// [`super::MAX_PARTS`] or lays them deeper than [`super::MAX_DEPTH`].
    pub truncated: bool,
}

/// Makes a message readable. The caller bounds its length; the memory taken
/// is a small multiple of it. Fails only once `cancel` is.
pub fn readable(message: &[u8], cancel: &Cancel) -> Result<Readable, Cancelled> {
    read(message, &mut Steps::new(cancel))
}

pub(super) fn read(message: &[u8], steps: &mut Steps<'_>) -> Result<Readable, Cancelled> {
    let mut reader =
        Reader { steps, attachments: Vec::new(), parts: 0, depth: 0, truncated: false };
    let text = reader.part(message, "text/plain", true)?;
    Ok(Readable {
        headers: headers::headers(message),
        text: text.unwrap_or_default().text,
        attachments: reader.attachments,
        truncated: reader.truncated,
    })
}

struct Reader<'s, 'c> {
    steps: &'s mut Steps<'c>,
    attachments: Vec<Attachment>,
    parts: usize,
    /// In how many multiparts and messages the reader is.
    depth: usize,
    truncated: bool,
}

/// Text found in a part and what lies in it.
#[derive(Default)]
struct Text {
    text: String,
    /// Whether any of it was written as plain text.
    plain: bool,
}

impl Reader<'_, '_> {
    /// Reads a part and those in it: the recursion ends at [`MAX_DEPTH`].
    /// `default` is the type of a part that tells none; `whole` tells
    /// whether the part is all that its message has.
    fn part(&mut self, part: &[u8], default: &str, whole: bool) -> Result<Option<Text>, Cancelled> {
        self.steps.take(part.len())?;
        let (fields, body) = Fields::read(part);
        let content = Content::of(&fields, default);
        // The blank line that ends a part's own header may be forgotten.
        let bare = !whole && content.is_message() && fields.first("From").is_some();
        let body = if bare { part } else { body };
        let decode = || transfer::decode(body, fields.first("Content-Transfer-Encoding"));
        let multipart = content.kind.starts_with("multipart/");
        if multipart && let Some(boundary) = content.boundary() {
            if let Some(parts) = parts::split(body, &boundary) {
                return self.multipart(&parts, &content.kind);
            }
            // No multipart may be encoded (RFC 2045 §6.4), but some are.
            if let Some(parts) = parts::split(&decode(), &boundary) {
                return self.multipart(&parts, &content.kind);
            }
        }
        let octets = decode();
        let attached = content.disposition.as_deref() == Some("attachment");
        if content.is_message() && self.depth < MAX_DEPTH {
            if attached {
                self.attach(content, octets.len());
            }
            let text = self.message(&octets)?;
            return Ok(text.filter(|_| !attached));
        }
        self.truncated |= content.is_message();
        let from_html = content.kind == "text/html";
        // A multipart that has no parts is shown unchanged.
        let textual = from_html || multipart || content.kind == "text/plain";
        let in_text = match content.disposition.as_deref() {
            Some("attachment") => false,
            Some("inline") => true,
            _ => content.name.is_none() || whole,
        };
        if !(textual && in_text) {
            self.attach(content, octets.len());
            return Ok(None);
        }
        let text = content.text(&octets, self.steps)?;
        let text = if from_html { html::to_text(&text, self.steps)? } else { text };
        Ok(Some(Text { text, plain: !from_html }))
    }

    fn attach(&mut self, content: Content, size: usize) {
        self.attachments.push(Attachment {
            name: content.name,
            content_type: content.kind,
            size: size as u64,
        });
    }

    /// Reads a message inside the message: the fields that name it, and its
    /// text below them.
    fn message(&mut self, message: &[u8]) -> Result<Option<Text>, Cancelled> {
        let (fields, _) = Fields::read(message);
        let told = headers::told_charset(&fields);
        let mut text = String::new();
        for name in SHOWN_FIELDS {
            if let Some(value) = fields.first(name) {
                text.push_str(&format!("{name}: {}\n", words::decode(value, told)));
            }
        }
        self.depth += 1;
        let inner = self.part(message, "text/plain", true)?;
        let inner = inner.unwrap_or_default();
        self.depth -= 1;
        if !text.is_empty() && !inner.text.is_empty() {
            text.push('\n');
        }
        text.push_str(&inner.text);
        Ok(Some(Text { text, plain: true }))
    }

    fn multipart(&mut self, parts: &[&[u8]], kind: &str) -> Result<Option<Text>, Cancelled> {
        if self.depth == MAX_DEPTH {
            self.truncated = true;
            return Ok(None);
        }
        let alternative = kind == "multipart/alternative";
        let default = if kind == "multipart/digest" {
            "message/rfc822" // RFC 2046 §5.1.5
        } else {
            "text/plain"
        };
        self.depth += 1;
        let mut found: Option<Text> = None;
        for part in parts {
            self.parts += 1;
            if self.parts > MAX_PARTS {
                self.truncated = true;
                break;
            }
            let text = self.part(part, default, false)?.filter(|text| !text.text.trim().is_empty());
            found = match (found, text) {
                (None, text) => text,
                (found, None) => found,
                // The first plain text, else what comes last, is the best
                // (RFC 2046 §5.1.4).
                (Some(found), Some(text)) if alternative => {
                    Some(if found.plain { found } else { text })
                }
                (Some(mut found), Some(text)) => {
                    if !found.text.ends_with('\n') {
                        found.text.push('\n');
                    }
                    found.text.push('\n');
                    found.text.push_str(&text.text);
                    found.plain |= text.plain;
                    Some(found)
                }
            };
        }
        self.depth -= 1;
        Ok(found)
    }
}
