//! A header as fields: name and value, unchanged (RFC 5322 §2.2). Where a
//! field and the header end is decided here, since mailparse wants a whole
//! header that is right; it takes the lines of one field apart.

use mailparse::MailHeader;

use super::{MAX_FIELD, MAX_FIELDS, MAX_HEADER};

/// Fields by which a header is known, beside `Content-…` and `X-…`.
const USUAL_FIELDS: &str = "cc date delivered-to from in-reply-to message-id mime-version \
    received references reply-to return-path sender subject to";

/// The fields of a header block, within the limits.
#[derive(Debug, Default)]
pub(super) struct Fields<'a>(Vec<MailHeader<'a>>);

impl<'a> Fields<'a> {
    /// Reads the header at the start of `message`, which may be cut anywhere,
    /// and returns the body too. The header ends at a blank line, blanks in it
    /// or not, and at the first line behind a field that is none, since some
    /// programs forget the blank line; unless a field follows that every mail
    /// may have, since others break lines where they must not. What stands
    /// before the first field, such as an mbox's From_ line, is left out,
    /// unless no field comes at all: then everything is the body.
    pub(super) fn read(message: &'a [u8]) -> (Self, &'a [u8]) {
        let mut fields = Vec::new();
        let mut at = 0;
        while at < message.len() {
            let line = first_line(&message[at..]);
            if is_blank(line) {
                let has_header = at == 0 || !fields.is_empty();
                let body = if has_header { at + line.len() } else { 0 };
                return (Self(fields), &message[body..]);
            }
            let end = end_of_field(message, at + line.len());
            match field(&message[at..end.min(MAX_HEADER.max(at))]) {
                Some(_) if fields.len() == MAX_FIELDS => {}
                Some(field) => fields.push(field),
                // Beyond the limit only the blank line is looked for.
                None if end > MAX_HEADER || fields.is_empty() => {}
                None if is_usual_field(&message[end..]) => {}
                None => return (Self(fields), &message[at..]),
            }
            at = end;
        }
        let body = if fields.is_empty() { message } else { &[] };
        (Self(fields), body)
    }

    /// The first field of this name, in any case.
    pub(super) fn first(&self, name: &str) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// The values of all fields of this name, in any case.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let is_it =
            move |field: &&MailHeader<'_>| name_of(field).eq_ignore_ascii_case(name.as_bytes());
        self.0.iter().filter(is_it).map(MailHeader::get_value_raw).map(<[u8]>::trim_ascii)
    }
}

/// Where the lines end that go on with the field before `at`. One of nothing
/// but blanks is among these only if more of the header follows.
fn end_of_field(message: &[u8], mut at: usize) -> usize {
    let is_indented = |line: &[u8]| line.starts_with(b" ") || line.starts_with(b"\t");
    loop {
        let line = first_line(&message[at..]);
        let behind = &message[at + line.len()..];
        let more = || {
            let mut lines = behind.split_inclusive(|&b| b == b'\n');
            lines.find(|line| !is_indented(line) || is_blank(line))
        };
        if !is_indented(line) || is_blank(line) && !more().is_some_and(is_usual_field) {
            return at;
        }
        at += line.len();
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

/// Returns whether a line is a field that hardly is text.
fn is_usual_field(rest: &[u8]) -> bool {
    field(first_line(rest)).is_some_and(|field| {
        let name = String::from_utf8_lossy(name_of(&field)).to_ascii_lowercase();
        let usual = USUAL_FIELDS.split_ascii_whitespace().any(|n| n == name);
        usual || name.starts_with("content-") || name.starts_with("x-")
    })
}

/// A field, if its name is one, of at most [`MAX_FIELD`] octets.
fn field(lines: &[u8]) -> Option<MailHeader<'_>> {
    let (field, _) = mailparse::parse_header(&lines[..lines.len().min(MAX_FIELD)]).ok()?;
    let name = name_of(&field);
    let valid = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    // A line without a colon would be a name without a value.
    (valid && lines.get(field.get_key_raw().len()) == Some(&b':')).then_some(field)
}

/// A field's name without the blanks that may be before its colon.
fn name_of<'a>(field: &'a MailHeader<'_>) -> &'a [u8] {
    field.get_key_raw().trim_ascii_end()
}

/// Up to and including the first LF.
pub(super) fn first_line(bytes: &[u8]) -> &[u8] {
    match memchr::memchr(b'\n', bytes) {
        Some(at) => &bytes[..=at],
        None => bytes,
    }
}

/// A folded value as one line: a line end and the blanks around it become one
/// space (RFC 5322 §2.2.3).
pub(super) fn unfold(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (i, line) in value.split(|&b| b == b'\n').enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(line.trim_ascii());
    }
    out
}

/// Reads what is quoted up to the closing character, and returns the length
/// with both; a backslash quotes one octet, and comments lie in one another.
pub(super) fn quoted(text: &[u8], close: u8, out: &mut Vec<u8>) -> usize {
    let mut depth = 0_u32;
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'\\' => {
                out.extend(text.get(at));
                at += 1;
                continue;
            }
            _ if byte == close && depth == 0 => break,
            b'(' if close == b')' => depth += 1,
            b')' if close == b')' => depth -= 1,
            _ => {}
        }
        out.push(byte);
    }
    at.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_what_is_none() {
        let (fields, body) = Fields::read(
            b"From alice Sat Jan  3 01:05:34 1996\nSubject : one\r\n two\n\
              X:\nsubject: later\n\nbody\n",
        );
        assert_eq!(fields.first("SUBJECT"), Some(&b"one\r\n two"[..]));
        assert_eq!(fields.all("subject").count(), 2);
        assert_eq!(fields.first("x"), Some(&b""[..]));
        assert_eq!(fields.0.len(), 3);
        assert_eq!(body, b"body\n");
        assert_eq!(unfold(b"one\r\n \t two \n three"), b"one two three");
    }

    #[test]
    fn a_header_ends_where_its_fields_end() {
        let rows = [
            (&b"A: b\n \t\nbody\n"[..], 1, &b"body\n"[..]),
            (b"A: b\r\n \r\n\r\nbody", 1, b"\r\nbody"),
            (b"A: b\nIn <x@y> he writes:\n\n> c\n", 1, b"In <x@y> he writes:\n\n> c\n"),
            (b"A: b\nJSFQUy==\n", 1, b"JSFQUy==\n"),
            (b"A: b\n: no name\n", 1, b": no name\n"),
            (b"A: b\n c: d\nE: f\n\n g", 2, b" g"),
            // Lines that were broken where they must not, or are empty.
            (b"A: b\nwrapped\n on\nDate: c\n\nd", 2, b"d"),
            (b"To: a,\n \n\tb\nSubject: c\n\nd", 2, b"d"),
            (b"A: b\n \n\tindented\nhttps://c\n", 1, b"\tindented\nhttps://c\n"),
            (b"A: b\n\nSubject: text\n", 1, b"Subject: text\n"),
            (b"\nA: b\n", 0, b"A: b\n"),
            (b" \nA: b\n", 0, b"A: b\n"),
            (b"no field\n\nat all\n", 0, b"no field\n\nat all\n"),
            (b"no field", 0, b"no field"),
            (b"A: b", 1, b""),
            (b"", 0, b""),
        ];
        for (message, fields, body) in rows {
            let (read, rest) = Fields::read(message);
            assert_eq!(read.0.len(), fields, "{}", message.escape_ascii());
            assert_eq!(rest, body, "{}", message.escape_ascii());
        }
    }

    #[test]
    fn a_field_may_hold_a_line_of_blanks() {
        let (fields, body) = Fields::read(b"To: a,\r\n \r\n\tb\r\nSubject: c\r\n\r\nd");
        assert_eq!(fields.first("To"), Some(&b"a,\r\n \r\n\tb"[..]));
        let expected = (Some(&b"c"[..]), &b"d"[..]);
        assert_eq!((fields.first("Subject"), body), expected);
    }

    #[test]
    fn limits_hold_and_the_body_is_still_found() {
        let mut message = b"A: b\n".repeat(1_000_000);
        message.extend_from_slice(b"\nbody");
        let (fields, body) = Fields::read(&message);
        assert_eq!(fields.0.len(), MAX_FIELDS);
        assert_eq!(body, b"body");

        let mut long = b"Subject: ".to_vec();
        long.resize(10 << 20, b'x');
        let (fields, body) = Fields::read(&long);
        let expected = Some(MAX_FIELD - b"Subject: ".len());
        assert_eq!(fields.first("subject").map(<[u8]>::len), expected);
        assert!(body.is_empty());
    }
}
