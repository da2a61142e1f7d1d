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
/// shown unchanged, such as the footer that a mailing list appends; so is
/// all of it where what comes before that is not base64 either.
fn base64_body(body: &[u8]) -> Cow<'_, [u8]> {
    let is_base64 = |word: &[u8]| word.iter().all(is_letter);
    let is_whole = |word: &[u8]| word.len().is_multiple_of(4) && is_base64(word);
    let (mut letters, mut others, mut end) = (0, 0, 0);
    for line in body.split_inclusive(|&b| b == b'\n') {
        let words = line.split(u8::is_ascii_whitespace).filter(|w| !w.is_empty());
        let length: usize = words.clone().map(<[u8]>::len).sum();
        let first = words.clone().next().unwrap_or_default();
        if words.clone().all(is_whole) || first.len() == length && is_base64(first) {
            letters += length;
        } else if first.len() == length {
            others += length;
        } else {
            // Prose, perhaps behind the last word of base64.
            let last = line.starts_with(first) && is_whole(first) && first.ends_with(b"=");
            end += if last { first.len() } else { 0 };
            break;
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
    Cow::Owned([&base64(encoded), prose].concat())
}

fn is_letter(octet: &u8) -> bool {
    octet.is_ascii_alphanumeric() || b"+/=".contains(octet)
}

/// Base64 with anything between its letters; each `=` ends a run, so that
/// joined pieces are read too.
pub(super) fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    for piece in text.split(|&b| b == b'=') {
        let mut run: Vec<u8> = piece.iter().copied().filter(is_letter).collect();
        run.truncate(run.len() - usize::from(run.len() % 4 == 1));
        run.resize(run.len().next_multiple_of(4), b'=');
        out.extend(data_encoding::BASE64_MIME_PERMISSIVE.decode(&run).unwrap_or_default());
    }
    out
}

/// Quoted-printable; a `=` that starts no code represents itself.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&b| b == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        let end = &line[content.len()..];
        // Blanks at the end were added on the way (RFC 2045 §6.7, rule 3).
        let content = content.trim_ascii_end();
        let soft = content.strip_suffix(b"=");
        hex_codes(b'=', soft.unwrap_or(content), &mut out);
        out.extend_from_slice(if soft.is_some() { b"" } else { end });
    }
    out
}

/// Takes codes of a mark and two hexadecimal digits off: `=` in
/// quoted-printable and the Q encoding (RFC 2047), `%` in parameters (RFC
/// 2231). A mark that starts no code represents itself.
pub(super) fn hex_codes(mark: u8, text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(mark, rest) {
        let tail = &rest[at + 1..];
        let digits = tail.get(..2).unwrap_or_default();
        match data_encoding::HEXUPPER_PERMISSIVE.decode(digits) {
            Ok(code) if !code.is_empty() => {
                out.extend_from_slice(&rest[..at]);
                out.extend(code);
                rest = &tail[2..];
            }
            _ => {
                out.extend_from_slice(&rest[..=at]);
                rest = tail;
            }
        }
    }
    out.extend_from_slice(rest);
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
        #[rustfmt::skip]
        let rows = [
            &b"This part was never encoded, it is plain."[..], b"Hello,\n\nthis is plain text.\n", b"Hello\n",
            b"Jane\r\n\r\nsee you at 10\r\n-- \r\nJohn\r\n", b"<html><body><p>Hello</p>\n", b"caf\xe9\n",
            "\u{4f60}\u{597d}\n".as_bytes(),
        ];
        for prose in rows {
            assert_eq!(decoded(prose), prose, "{}", prose.escape_ascii());
        }
        let expected = b"hellolist mailing list\n";
        assert_eq!(decoded(b"aGVs\nbG8=\nlist mailing list\n"), expected);
        assert_eq!(decoded(b"aGVs\nbG8= ignored\n?\n"), b"hello ignored\n?\n");
        assert_eq!(decoded(b"aGVs bG8g\r\nd29ybGQ=\r\n"), b"hello world");
        assert_eq!(decoded(b"aGVs\r\nbG8g!\r\nd29ybGQ=\r\n"), b"hello world");
        assert_eq!(decoded(b"\r\n"), b"");
        assert_eq!(decoded(b"aGk=\r\n"), b"hi");
    }

    #[test]
    fn quoted_printable_is_read_as_it_comes() {
        let decoded = |text| quoted_printable(text);
        let expected = b"a=b c\r\n=zz\xe4\xe4";
        assert_eq!(decoded(b"a=3Db=\r\n c \t\r\n=zz=E4=e4"), expected);
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
