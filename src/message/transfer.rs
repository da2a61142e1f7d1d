//! Content transfer encodings (RFC 2045 §6), read leniently: what is no
//! encoded octet is passed over.

use std::borrow::Cow;

/// The octets of a body, by the value of its Content-Transfer-Encoding field.
pub(super) fn decode<'a>(body: &'a [u8], encoding: Option<&[u8]>) -> Cow<'a, [u8]> {
    let encoding = encoding.unwrap_or_default();
    let word = encoding.split(|b| b";( \t".contains(b)).next();
    match word.unwrap_or_default().to_ascii_lowercase().as_slice() {
        b"base64" => Cow::Owned(base64(body)),
        b"quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Base64 with anything between its letters; each `=` ends a run, so that
/// joined pieces are read too.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut run = Vec::new();
    for piece in text.split(|&b| b == b'=') {
        run.clear();
        run.extend(
            piece
                .iter()
                .filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')),
        );
        if run.len() % 4 == 1 {
            run.pop();
        }
        while !run.len().is_multiple_of(4) {
            run.push(b'=');
        }
        if let Ok(octets) = data_encoding::BASE64_MIME_PERMISSIVE.decode(&run) {
            out.extend_from_slice(&octets);
        }
    }
    out
}

/// Quoted-printable; a `=` that starts no code stands for itself.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&b| b == b'\n') {
        let (content, end) = match line {
            [content @ .., b'\r', b'\n'] => (content, &b"\r\n"[..]),
            [content @ .., b'\n'] => (content, &b"\n"[..]),
            _ => (line, &b""[..]),
        };
        // Blanks at the end were added on the way (RFC 2045 §6.7, rule 3).
        let content = content.trim_ascii_end();
        match content.strip_suffix(b"=") {
            Some(content) => hex_codes(content, &mut out),
            None => {
                hex_codes(content, &mut out);
                out.extend_from_slice(end);
            }
        }
    }
    out
}

/// Takes `=XX` codes off, as both quoted-printable and the Q encoding of
/// RFC 2047 have them.
pub(super) fn hex_codes(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        let digits = rest.get(at + 1..at + 3);
        match digits.and_then(|d| Some((hex(d[0])?, hex(d[1])?))) {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = &rest[at + 3..];
            }
            None => {
                out.push(b'=');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest);
}

fn hex(digit: u8) -> Option<u8> {
    // A digit in base 16 fits a byte.
    (digit as char).to_digit(16).map(|value| value as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_through_noise() {
        assert_eq!(base64(b"aGVs\r\nbG8g!\r\nd29ybGQ="), b"hello world");
        assert_eq!(base64(b"aGk=aGk="), b"hihi");
        assert_eq!(base64(b"aGkA="), b"hi\0");
        assert_eq!(base64(b"aGk"), b"hi");
        assert_eq!(base64(b"aGVsb"), b"hel");
        assert_eq!(base64(b"===="), b"");
    }

    #[test]
    fn quoted_printable_is_read_as_it_comes() {
        let decoded = |text| quoted_printable(text);
        assert_eq!(
            decoded(b"a=3Db=\r\n c \t\r\n=zz=E4=e4"),
            b"a=b c\r\n=zz\xe4\xe4"
        );
        assert_eq!(decoded(b"soft=  \nline=\n"), b"softline");
        assert_eq!(decoded(b"8-bit \xff =4"), b"8-bit \xff =4");
    }

    #[test]
    fn encodings_are_known_in_any_case_and_with_comments() {
        assert_eq!(&*decode(b"aGk=", Some(b"BASE64 (really)")), b"hi");
        assert_eq!(&*decode(b"=41", Some(b"Quoted-Printable;")), b"A");
        assert_eq!(&*decode(b"=41", Some(b"x-uuencode")), b"=41");
        assert_eq!(&*decode(b"=41", None), b"=41");
    }
}
