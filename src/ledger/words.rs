//! Texts and lists of texts as one field of a line.

use crate::base::{decode_percent, encode_percent};

/// Appends octets as printable ASCII without blanks: every other octet, `%`
/// and `,` as `%XX`, nothing at all as `%`.
pub(super) fn encode(octets: &[u8], out: &mut Vec<u8>) {
    if octets.is_empty() {
        out.push(b'%');
    }
    let is_plain = |octet: u8| octet.is_ascii_graphic() && octet != b'%' && octet != b',';
    out.extend_from_slice(encode_percent(octets, is_plain).as_bytes());
}

/// Reads what [`encode`] wrote; `None` for anything else.
pub(super) fn decode(field: &str) -> Option<Vec<u8>> {
    if field == "%" {
        return Some(Vec::new());
    }
    decode_percent(field).filter(|octets| !octets.is_empty())
}

/// Appends a list, its texts separated by commas; an empty one as `-`.
pub(super) fn encode_list(texts: &[String], out: &mut Vec<u8>) {
    match texts {
        [] => out.push(b'-'),
        // The only text that would read as an empty list.
        [dash] if dash == "-" => out.extend_from_slice(b"%2D"),
        texts => {
            for (at, text) in texts.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                encode(text.as_bytes(), out);
            }
        }
    }
}

/// Reads what [`encode_list`] wrote; `None` for anything else.
pub(super) fn decode_list(field: &str) -> Option<Vec<String>> {
    if field == "-" {
        return Some(Vec::new());
    }
    let text = |part| String::from_utf8(decode(part)?).ok();
    field.split(',').map(text).collect()
}
