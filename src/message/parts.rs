//! The parts of a multipart body (RFC 2046 §5.1) and what a part says of
//! itself.

use memchr::memmem;

use super::charsets::{self, Charset};
use super::fields::Fields;
use super::flowed;
use super::params::Params;
use super::steps::Steps;
use crate::base::Cancelled;

/// Octets at the start of HTML in which its character set is looked for.
const MAX_META: usize = 1_024;

/// What a part's fields say of its content.
#[derive(Debug)]
pub(super) struct Content {
    /// Type and subtype in lower case, such as `text/plain`.
    pub(super) kind: String,
    /// File name, decoded.
    pub(super) name: Option<String>,
    /// `attachment` or `inline`, if told.
    pub(super) disposition: Option<String>,
    params: Params,
}

impl Content {
    /// `default` is the type of a part that tells none.
    pub(super) fn of(fields: &Fields<'_>, default: &str) -> Self {
        let parse = |name| fields.first(name).map(Params::parse);
        let disposition = parse("Content-Disposition");
        let told = parse("Content-Type");
        let default = told.as_ref().map_or(default, |_| "text/plain");
        let params = told.unwrap_or_default();
        let name = disposition.as_ref().and_then(|d| d.text("filename"));
        // A type without a subtype is no type (RFC 2045 §5.2).
        let kind = Some(params.value.as_str()).filter(|value| value.contains('/'));
        Self {
            kind: kind.unwrap_or(default).to_owned(),
            name: name.or_else(|| params.text("name")),
            disposition: disposition.map(|d| d.value).filter(|d| !d.is_empty()),
            params,
        }
    }

    /// What separates the parts of a multipart.
    pub(super) fn boundary(&self) -> Option<String> {
        let boundary = self.params.text("boundary")?;
        Some(boundary.trim_end().to_owned()).filter(|b| !b.is_empty())
    }

    /// Returns whether this is a message of its own (RFC 2046 §5.2.1, RFC 6532
    /// §3.7).
    pub(super) fn is_message(&self) -> bool {
        matches!(self.kind.as_str(), "message/rfc822" | "message/global" | "message/news")
    }

    /// The octets of a text part as text with LF line ends, paragraphs joined.
    pub(super) fn text(&self, octets: &[u8], steps: &mut Steps<'_>) -> Result<String, Cancelled> {
        steps.take(octets.len())?;
        let told = self.params.word("charset");
        let told = told.and_then(|name| charsets::find(&name));
        let told = told.or_else(|| meta_charset(octets).filter(|_| self.kind == "text/html"));
        let text = charsets::text(octets, told);
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
        let is = |name, value: &str| {
            let word = self.params.word(name);
            word.is_some_and(|word| word.eq_ignore_ascii_case(value))
        };
        if self.kind == "text/plain" && is("format", "flowed") {
            flowed::join(&text, is("delsp", "yes"), steps)
        } else {
            Ok(text)
        }
    }
}

/// The character set that HTML names in itself.
fn meta_charset(octets: &[u8]) -> Option<Charset> {
    let start = octets[..octets.len().min(MAX_META)].to_ascii_lowercase();
    let at = memmem::find(&start, b"<meta")?;
    let at = at + memmem::find(&start[at..], b"charset=")? + b"charset=".len();
    let name = start[at..].split(|b| !b.is_ascii_alphanumeric() && !b"-_".contains(b));
    let name = name.take(2).find(|name| !name.is_empty())?;
    // What was found by reading ASCII is of a set that holds ASCII.
    charsets::find(std::str::from_utf8(name).ok()?).filter(|charset| !charset.is_stateful())
}

/// The parts between the delimiter lines of a multipart body, each without
/// the line end that belongs to the delimiter. One that lacks its end goes to
/// the end of the body. `None` if no line is a delimiter.
pub(super) fn split<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<&'a [u8]>> {
    let delimiter = format!("--{boundary}");
    let mut parts = None;
    let mut start = None;
    let mut at = 0;
    for line in body.split_inclusive(|&b| b == b'\n') {
        let behind = line.strip_prefix(delimiter.as_bytes()).map(<[u8]>::trim_ascii);
        // Others are of a longer boundary that starts like this one.
        if let Some(behind) = behind.filter(|b| b.is_empty() || b.starts_with(b"--")) {
            let parts = parts.get_or_insert_with(Vec::new);
            if let Some(start) = start.take() {
                let part: &[u8] = &body[start..at.max(start)];
                let part = part.strip_suffix(b"\n").unwrap_or(part);
                parts.push(part.strip_suffix(b"\r").unwrap_or(part));
            }
            if !behind.is_empty() {
                return Some(std::mem::take(parts));
            }
            start = Some(at + line.len());
        }
        at += line.len();
    }
    let mut parts = parts?;
    parts.extend(start.map(|start| &body[start..]));
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Cancel;

    fn content(header: &str) -> Content {
        Content::of(&Fields::read(header.as_bytes()).0, "text/plain")
    }

    #[test]
    fn delimiters_are_whole_lines() {
        let body =
            b"preamble --b\n--b \r\none\r\n--bb\r\n x--b\r\n--b\r\n--b\n\n--b--\nepilogue\n--b\n";
        for (body, parts) in [
            (&body[..], Some(&[&b"one\r\n--bb\r\n x--b"[..], b"", b""][..])),
            // The last part may lack its end.
            (b"--b\na\n--b\nb\n", Some(&[b"a", b"b\n"])),
            (b"--b--\n", Some(&[])),
            (b"no parts", None),
        ] {
            assert_eq!(split(body, "b").as_deref(), parts, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn names_are_decoded_however_they_are_told() {
        let rows = [
            ("Content-Type: a/b; name=\"=?gb2312?B?xOO6ww==?=.txt\"", "你好.txt"),
            (
                "Content-Disposition: attachment; filename*=utf-8'ru'%D0%9F.txt\nContent-Type: a/b; name=x",
                "П.txt",
            ),
            ("Content-Disposition: attachment; filename=caf\u{e9}.pdf", "café.pdf"),
        ];
        for (header, name) in rows {
            assert_eq!(content(header).name.as_deref(), Some(name));
        }
        assert_eq!(
            content("Content-Disposition: ATTACHMENT").disposition.as_deref(),
            Some("attachment")
        );
        let found = content("Content-Disposition: inline; filename=\"\"").name;
        assert_eq!(found, None);
    }

    #[test]
    fn html_may_name_its_character_set_itself() {
        let read = |kind: &str, octets: &[u8]| {
            let cancel = Cancel::new();
            let content = content(&format!("Content-Type: {kind}"));
            content.text(octets, &mut Steps::new(&cancel)).expect("not cancelled")
        };
        let koi8 = b"<meta http-equiv=x content=\"text/html; charset=koi8-r\">\xf0\xd2\xc9";
        assert!(read("text/html", koi8).ends_with("При"));
        assert!(!read("text/plain", koi8).ends_with("При"));
        assert!(read("text/html; charset=windows-1251", koi8).ends_with("рТЙ"));
        let gbk = b"<META charset='gb2312'>\xc4\xe3";
        assert!(read("text/html", gbk).ends_with("\u{4f60}"));
        assert!(read("text/html", b"<meta charset=utf-16>ab").ends_with("ab"));
    }

    #[test]
    fn a_broken_type_is_plain_text() {
        assert_eq!(content("Content-Type: text").kind, "text/plain");
        assert_eq!(content("X: y").kind, "text/plain");
        assert_eq!(content("Content-Type: a/b boundary=c").kind, "a/b");
        let found = content("Content-Type: Multipart/Mixed; boundary=\"\"").boundary();
        assert_eq!(found, None);
    }
}
