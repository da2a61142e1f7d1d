//! Content transfer encodings (RFC 2045 §6), read leniently: what is no
//! encoded octet is passed over, and what is not encoded at all stays.

use std::borrow::Cow;

/// The octets of a body, by the value of its Content-Transfer-Encoding field.
pub(super) fn decode<'a>(body: &'a [u8], encoding: Option<&[u8]>) -> Cow<'a, [u8]> {
    let encoding = encoding.unwrap_or_default();
    let word = encoding.split(|b| b";( \t".contains(b)).next();
    match word.unwrap_or_default().to_ascii_lowercase().as_slice() {
        b"base64" => base64_body(body),
        b"quoted-printable" => Cow::Owned(quoted_printable(body)),
        _ => Cow::Borrowed(body),
    }
}

/// Letters of base64 that hardly are a word, such as a greeting, in front of
/// prose.
const MIN_LETTERS: usize = 20;

/// A body that claims to be base64. From the first line of prose on it is
/// shown as it stands, such as the footer that a mailing list appends; so is
/// all of it where what comes before that is not base64 either.
fn base64_body(body: &[u8]) -> Cow<'_, [u8]> {
    let (mut letters, mut others, mut end) = (0, 0, 0);
    for line in body.split_inclusive(|&b| b == b'\n') {
        let count = line.iter().filter(|b| !b.is_ascii_whitespace()).count();
        match LineKind::of(line) {
            LineKind::Prose => {
                end += padded_word(line);
                break;
            }
            LineKind::Base64 => letters += count,
            LineKind::Noise => others += count,
        }
        end += line.len();
    }
    let (encoded, prose) = body.split_at(end);
    // A single letter behind the last four encodes nothing.
    let cut = letters % 4 == 1 && others == 0;
    let sure = encoded.trim_ascii().ends_with(b"=") || letters >= MIN_LETTERS;
    if letters < others || cut || !(sure || prose.is_empty()) {
        return Cow::Borrowed(body);
    }
    let mut octets = base64(encoded);
    octets.extend_from_slice(prose);
    Cow::Owned(octets)
}

/// The length of a word of base64 with its padding that prose follows.
fn padded_word(line: &[u8]) -> usize {
    let word = line.split(u8::is_ascii_whitespace).next().unwrap_or(line);
    match LineKind::of(word) {
        LineKind::Base64 if word.len() % 4 == 0 && word.ends_with(b"=") => word.len(),
        _ => 0,
    }
}

/// What a line of a base64 body looks like.
enum LineKind {
    /// Letters of base64 alone, in words of fours if there are several.
    Base64,
    /// Words of other lengths, or with other characters.
    Prose,
    /// A word with other characters.
    Noise,
}

impl LineKind {
    fn of(line: &[u8]) -> Self {
        let is_letter = |b: &u8| b.is_ascii_alphanumeric() || b"+/=".contains(b);
        let line = line.trim_ascii();
        let mut words = line.split(u8::is_ascii_whitespace);
        if words.clone().nth(1).is_none() {
            if line.iter().all(is_letter) {
                Self::Base64
            } else {
                Self::Noise
            }
        } else if words.all(|word| word.len() % 4 == 0 && word.iter().all(is_letter)) {
            Self::Base64
        } else {
            Self::Prose
        }
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
            Some(content) => hex_codes(b'=', content, &mut out),
            None => {
                hex_codes(b'=', content, &mut out);
                out.extend_from_slice(end);
            }
        }
    }
    out
}

/// Takes codes of a mark and two hexadecimal digits off: `=` in
/// quoted-printable and the Q encoding (RFC 2047), `%` in parameters (RFC
/// 2231). A mark that starts no code stands for itself.
pub(super) fn hex_codes(mark: u8, text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(mark, rest) {
        out.extend_from_slice(&rest[..at]);
        let digits = rest.get(at + 1..at + 3);
        match digits.and_then(|d| Some((hex(d[0])?, hex(d[1])?))) {
            Some((high, low)) => {
                out.push(high << 4 | low);
                rest = &rest[at + 3..];
            }
            None => {
                out.push(mark);
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
    fn what_is_no_base64_stays_as_it_is() {
        let decoded = |body| decode(body, Some(b"base64")).into_owned();
        for prose in [
            &b"This part was never encoded, it is plain."[..],
            b"Hello,\n\nthis is plain text.\n",
            b"Hello\n",
            b"Jane\r\n\r\nsee you at 10\r\n-- \r\nJohn\r\n",
            b"<html><body><p>Hello</p>\n",
            b"caf\xe9\n",
            "\u{4f60}\u{597d}\n".as_bytes(),
        ] {
            assert_eq!(decoded(prose), prose, "{}", prose.escape_ascii());
        }
        assert_eq!(
            decoded(b"aGVs\nbG8=\nlist mailing list\n"),
            b"hellolist mailing list\n"
        );
        assert_eq!(decoded(b"aGVs\nbG8= ignored\n?\n"), b"hello ignored\n?\n");
        assert_eq!(decoded(b"aGVs bG8g\r\nd29ybGQ=\r\n"), b"hello world");
        assert_eq!(decoded(b"aGVs\r\nbG8g!\r\nd29ybGQ=\r\n"), b"hello world");
        assert_eq!(decoded(b"\r\n"), b"");
        assert_eq!(decoded(b"aGk=\r\n"), b"hi");
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
