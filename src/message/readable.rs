//! A whole message as a person reads it: one text, and what is attached.

use super::fields::Fields;
use super::parts::{Content, Parts};
use super::{DEPTH_MAX, PARTS_MAX, headers, html, transfer};
use crate::base::{Attachment, Headers};

/// A message made readable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readable {
    /// What its header says.
    pub headers: Headers,
    /// The text, with LF line ends and controls as they came. Plain text is
    /// preferred to HTML where the message offers both.
    pub text: String,
    /// Everything that is not in `text`.
    pub attachments: Vec<Attachment>,
    /// Parts were left out because the message has more than
    /// [`super::PARTS_MAX`] or lays them deeper than [`super::DEPTH_MAX`].
    pub truncated: bool,
}

/// Makes a message readable. The caller bounds its length; the memory taken
/// is a small multiple of it.
pub fn readable(message: &[u8]) -> Readable {
    let (fields, body) = Fields::read(message);
    let mut reader = Reader::default();
    let text = reader.part(&fields, body, 0).unwrap_or_default().text;
    Readable {
        headers: headers::from_fields(&fields),
        text,
        attachments: reader.attachments,
        truncated: reader.truncated,
    }
}

#[derive(Default)]
struct Reader {
    attachments: Vec<Attachment>,
    parts: usize,
    truncated: bool,
}

/// Text found in a part and what lies in it.
#[derive(Default)]
struct Text {
    text: String,
    /// Whether any of it was written as plain text.
    plain: bool,
}

impl Reader {
    /// Reads a part and those in it: the recursion ends at [`DEPTH_MAX`].
    fn part(&mut self, fields: &Fields<'_>, body: &[u8], depth: usize) -> Option<Text> {
        let content = Content::of(fields);
        let is_multipart = content.kind.starts_with("multipart/");
        if is_multipart
            && let Some(boundary) = &content.boundary
            && let Some(parts) = Parts::split(body, &format!("--{boundary}"))
        {
            if depth == DEPTH_MAX {
                self.truncated = true;
                return None;
            }
            let alternative = content.kind == "multipart/alternative";
            return self.multipart(parts, alternative, depth + 1);
        }
        let octets = transfer::decode(body, fields.first("Content-Transfer-Encoding"));
        let is_html = content.kind == "text/html";
        // A multipart that has no parts is shown as it stands.
        let is_text = is_html || is_multipart || content.kind == "text/plain";
        let is_body = match content.disposition.as_deref() {
            Some("attachment") => false,
            Some("inline") => true,
            _ => content.name.is_none() || depth == 0,
        };
        if !(is_text && is_body) {
            self.attachments.push(Attachment {
                name: content.name,
                content_type: content.kind,
                size: octets.len() as u64,
            });
            return None;
        }
        let text = content.text(&octets);
        Some(Text {
            text: if is_html { html::to_text(&text) } else { text },
            plain: !is_html,
        })
    }

    fn multipart(&mut self, parts: Parts<'_>, alternative: bool, depth: usize) -> Option<Text> {
        let mut found: Option<Text> = None;
        for part in parts {
            self.parts += 1;
            if self.parts > PARTS_MAX {
                self.truncated = true;
                break;
            }
            let (fields, body) = Fields::read(part);
            let text = self
                .part(&fields, body, depth)
                .filter(|text| !text.text.trim().is_empty());
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
        found
    }
}
