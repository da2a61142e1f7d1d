//! A header as fields: name and value, as they stand (RFC 5322 §2.2).

use super::{FIELD_MAX, FIELDS_MAX, HEADER_MAX};

/// The fields of a header block, within the limits.
#[derive(Debug, Default)]
pub(super) struct Fields<'a> {
    fields: Vec<(&'a str, &'a [u8])>,
}

impl<'a> Fields<'a> {
    /// Reads the header at the start of `message`, which may be cut anywhere.
    /// Answers the fields and what follows the empty line. Lines that are no
    /// fields are left out.
    pub(super) fn read(message: &'a [u8]) -> (Self, &'a [u8]) {
        let mut fields = Self::default();
        let mut rest = message;
        while !rest.is_empty() {
            let line = first_line(rest);
            if matches!(line, b"\n" | b"\r\n") {
                return (fields, &rest[line.len()..]);
            }
            let mut end = line.len();
            while matches!(rest.get(end), Some(b' ' | b'\t')) {
                end += first_line(&rest[end..]).len();
            }
            let seen = message.len() - rest.len();
            if seen < HEADER_MAX && fields.fields.len() < FIELDS_MAX {
                fields.push(&rest[..end.min(HEADER_MAX - seen)]);
            }
            rest = &rest[end..];
        }
        (fields, rest)
    }

    fn push(&mut self, field: &'a [u8]) {
        let Some(colon) = memchr::memchr(b':', field) else {
            return;
        };
        let name = field[..colon].trim_ascii_end();
        let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
        if let (true, Ok(name)) = (is_name, std::str::from_utf8(name)) {
            let value = &field[colon + 1..];
            let value = &value[..value.len().min(FIELD_MAX)];
            self.fields.push((name, value.trim_ascii()));
        }
    }

    /// The first field of this name, in any case.
    pub(super) fn first(&self, name: &str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// All fields of this name, in any case.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|&(_, value)| value)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_among_what_is_none() {
        let (fields, body) = Fields::read(
            b"From alice Sat Jan  3 01:05:34 1996\nSubject : one\r\n two\nno field\n\
              : empty name\nX:\nsubject: later\n\nbody\n",
        );
        assert_eq!(fields.first("SUBJECT"), Some(&b"one\r\n two"[..]));
        assert_eq!(fields.all("subject").count(), 2);
        assert_eq!(fields.first("x"), Some(&b""[..]));
        assert_eq!(fields.fields.len(), 3);
        assert_eq!(body, b"body\n");
        assert_eq!(unfold(b"one\r\n \t two \n three"), b"one two three");
    }

    #[test]
    fn limits_hold_and_the_body_is_still_found() {
        let mut message = b"A: b\n".repeat(1_000_000);
        message.extend_from_slice(b"\nbody");
        let (fields, body) = Fields::read(&message);
        assert_eq!(fields.fields.len(), FIELDS_MAX);
        assert_eq!(body, b"body");

        let mut long = b"Subject: ".to_vec();
        long.resize(10 << 20, b'x');
        let (fields, body) = Fields::read(&long);
        assert_eq!(
            fields.first("subject").map(<[u8]>::len),
            Some(FIELD_MAX - 1)
        );
        assert!(body.is_empty());
    }
}
