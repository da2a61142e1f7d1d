//! The parts of a multipart body (RFC 2046 §5.1) and what a part says of
//! itself.

use memchr::memmem::Finder;

use super::charsets::{self, Charset};
use super::fields::{Fields, first_line, unfold};
use super::words;

/// What a part's fields say of its content.
#[derive(Debug)]
pub(super) struct Content {
    /// Type and subtype in lower case, such as `text/plain`.
    pub(super) kind: String,
    /// What separates the parts of a multipart.
    pub(super) boundary: Option<String>,
    /// File name, decoded.
    pub(super) name: Option<String>,
    /// `attachment` or `inline`, if told.
    pub(super) disposition: Option<String>,
    charset: Option<String>,
}

impl Content {
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        let text = |value| charsets::guess(&unfold(value), None);
        let mut content = fields
            .first("Content-Type")
            .map(|value| mailparse::parse_content_type(&text(value)))
            .unwrap_or_default();
        let disposition = fields.first("Content-Disposition").map(text);
        let mut params = disposition
            .as_deref()
            .map(|value| mailparse::parse_content_disposition(value).params)
            .unwrap_or_default();
        let name = params
            .remove("filename")
            .or_else(|| content.params.remove("name"))
            .map(|name| words::decode(name.as_bytes(), None))
            .filter(|name| !name.is_empty());
        let word = content.mimetype.split_whitespace().next();
        // A type without a subtype is no type (RFC 2045 §5.2).
        let kind = word.filter(|word| word.contains('/'));
        Self {
            kind: kind.unwrap_or("text/plain").to_owned(),
            boundary: content.params.remove("boundary").filter(|b| !b.is_empty()),
            name,
            disposition: disposition.map(|value| {
                let word = value.split(';').next().unwrap_or_default();
                word.trim().to_ascii_lowercase()
            }),
            charset: content.params.remove("charset"),
        }
    }

    /// The octets of a text part as text with LF line ends.
    pub(super) fn text(&self, octets: &[u8]) -> String {
        let told = self.charset.as_deref().unwrap_or_default();
        let charset: Option<Charset> = charsets::find(told);
        let text = match charset {
            Some(charset) if !told.to_ascii_lowercase().contains("ascii") => {
                charsets::decode(octets, charset)
            }
            // ASCII with the eighth bit set is something else.
            _ => charsets::guess(octets, charset),
        };
        text.trim_start_matches('\u{feff}').replace("\r\n", "\n")
    }
}

/// The parts between the delimiter lines of a multipart body, each without
/// the line end that belongs to the delimiter.
pub(super) struct Parts<'a> {
    body: &'a [u8],
    delimiter: Finder<'a>,
    /// Where the next part starts; `None` behind the last.
    next: Option<usize>,
}

impl<'a> Parts<'a> {
    /// `delimiter` is the boundary with its two leading hyphens. `None` if no
    /// line of the body is one.
    pub(super) fn split(body: &'a [u8], delimiter: &'a str) -> Option<Self> {
        let mut parts = Self {
            body,
            delimiter: Finder::new(delimiter),
            next: None,
        };
        let (_, next) = parts.delimiter_line(0)?;
        parts.next = next;
        Some(parts)
    }

    /// The next delimiter line: where it starts, and where a part starts
    /// behind it, unless it is the closing one.
    fn delimiter_line(&self, from: usize) -> Option<(usize, Option<usize>)> {
        let mut at = from;
        loop {
            let start = at + self.delimiter.find(&self.body[at..])?;
            let behind = start + self.delimiter.needle().len();
            at = behind;
            if start > 0 && self.body[start - 1] != b'\n' {
                continue;
            }
            let line = first_line(&self.body[behind..]);
            match line.trim_ascii() {
                b"" => return Some((start, Some(behind + line.len()))),
                rest if rest.starts_with(b"--") => return Some((start, None)),
                // A longer boundary that starts like this one.
                _ => {}
            }
        }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let start = self.next?;
        let end = match self.delimiter_line(start) {
            Some((end, next)) => {
                self.next = next;
                end
            }
            // No closing line: the last part goes to the end.
            None => {
                self.next = None;
                return Some(&self.body[start..]);
            }
        };
        let part = &self.body[start..end];
        let part = part.strip_suffix(b"\n").unwrap_or(part);
        Some(part.strip_suffix(b"\r").unwrap_or(part))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(header: &str) -> Content {
        Content::of(&Fields::read(header.as_bytes()).0)
    }

    #[test]
    fn delimiters_are_whole_lines() {
        let body =
            b"preamble --b\n--b \r\none\r\n--bb\r\n x--b\r\n--b\r\n--b\n\n--b--\nepilogue\n--b\n";
        let parts: Vec<&[u8]> = Parts::split(body, "--b").expect("parts").collect();
        assert_eq!(parts, [&b"one\r\n--bb\r\n x--b"[..], b"", b""]);
        assert!(Parts::split(b"no parts", "--b").is_none());
    }

    #[test]
    fn the_last_part_may_lack_its_end() {
        let parts: Vec<&[u8]> = Parts::split(b"--b\na\n--b\nb\n", "--b")
            .expect("parts")
            .collect();
        assert_eq!(parts, [&b"a"[..], b"b\n"]);
    }

    #[test]
    fn names_are_decoded_however_they_are_told() {
        for (header, name) in [
            (
                "Content-Type: a/b; name=\"=?gb2312?B?xOO6ww==?=.txt\"",
                "你好.txt",
            ),
            (
                "Content-Disposition: attachment;\n filename*0*=koi8-r''%F0%D2%C9;\n filename*1=\".txt\"",
                "При.txt",
            ),
            (
                "Content-Disposition: attachment; filename*=utf-8'ru'%D0%9F.txt\nContent-Type: a/b; name=x",
                "П.txt",
            ),
            (
                "Content-Disposition: attachment; filename=caf\u{e9}.pdf",
                "café.pdf",
            ),
        ] {
            assert_eq!(content(header).name.as_deref(), Some(name));
        }
        assert_eq!(
            content("Content-Disposition: ATTACHMENT")
                .disposition
                .as_deref(),
            Some("attachment")
        );
        assert_eq!(
            content("Content-Disposition: inline; filename=\"\"").name,
            None
        );
    }

    #[test]
    fn a_broken_type_is_plain_text() {
        assert_eq!(content("Content-Type: text").kind, "text/plain");
        assert_eq!(content("X: y").kind, "text/plain");
        assert_eq!(content("Content-Type: a/b boundary=c").kind, "a/b");
        assert_eq!(
            content("Content-Type: Multipart/Mixed; boundary=\"\"").boundary,
            None
        );
    }
}
