//! Values with parameters, such as Content-Type has (RFC 2045 §5.1), and
//! parameters in pieces and character sets (RFC 2231). Read as octets: which
//! text they are is decided once a value is whole.

use super::charsets;
use super::fields::unfold;
use super::words;

/// A field's value and its parameters.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// What stands before the first semicolon, in lower case, up to a blank.
    pub(super) value: String,
    pieces: Vec<Piece>,
}

/// A parameter, or a piece of one.
#[derive(Debug)]
struct Piece {
    /// In lower case, without asterisks.
    name: String,
    /// Which piece it is, where it is one of several (RFC 2231 §3).
    index: Option<u32>,
    /// Whether it is percent-encoded (RFC 2231 §4).
    encoded: bool,
    octets: Vec<u8>,
}

impl Params {
    pub(super) fn parse(value: &[u8]) -> Self {
        let value = unfold(value);
        let mut parts = split_unquoted(&value);
        let main = parts.next().unwrap_or_default();
        let main = main.split(|b| b" \t(".contains(b)).find(|w| !w.is_empty());
        Self {
            value: String::from_utf8_lossy(main.unwrap_or_default()).to_ascii_lowercase(),
            pieces: parts.filter_map(Piece::parse).collect(),
        }
    }

    /// A parameter as text; `None` if it is missing or empty. One that tells
    /// its character set is preferred to one that does not (RFC 6266 §4.3).
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.in_pieces(name).or_else(|| {
            let plain = |p: &&Piece| p.name == name && p.index.is_none() && !p.encoded;
            let piece = self.pieces.iter().find(plain)?;
            Some(words::decode(&piece.octets, None))
        });
        text.filter(|text| !text.is_empty())
    }

    /// A parameter that consists of one word, such as a character set's name.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        text.split_ascii_whitespace().next().map(str::to_owned)
    }

    /// A parameter of RFC 2231: its pieces are joined before they are decoded,
    /// since a character may be cut in two.
    fn in_pieces(&self, name: &str) -> Option<String> {
        let mut pieces: Vec<&Piece> = self
            .pieces
            .iter()
            .filter(|p| p.name == name && (p.index.is_some() || p.encoded))
            .collect();
        pieces.sort_by_key(|piece| piece.index);
        let first = pieces.first()?;
        let mut charset = None;
        let mut octets = Vec::new();
        let mut next = first.index;
        for piece in &pieces {
            if piece.index != next {
                break;
            }
            next = next.map(|index| index.saturating_add(1));
            let mut value = piece.octets.as_slice();
            if !piece.encoded {
                octets.extend_from_slice(value);
                continue;
            }
            let mut parts = value.splitn(3, |&b| b == b'\'');
            if octets.is_empty()
                && let (Some(told), Some(_), Some(rest)) =
                    (parts.next(), parts.next(), parts.next())
            {
                charset = charsets::find(&String::from_utf8_lossy(told));
                value = rest;
            }
            percent_decode(value, &mut octets);
        }
        Some(if pieces.iter().any(|piece| piece.encoded) {
            charsets::text(&octets, charset)
        } else {
            words::decode(&octets, None)
        })
    }
}

impl Piece {
    fn parse(part: &[u8]) -> Option<Self> {
        let at = memchr::memchr(b'=', part)?;
        let (key, value) = (part[..at].trim_ascii(), part[at + 1..].trim_ascii());
        let key = std::str::from_utf8(key).ok()?.to_ascii_lowercase();
        let (key, encoded) = match key.strip_suffix('*') {
            Some(key) => (key, true),
            None => (key.as_str(), false),
        };
        let (name, index) = match key.split_once('*') {
            Some((name, index)) => (name, Some(index.parse().ok()?)),
            None => (key, None),
        };
        Some(Self {
            name: name.to_owned(),
            index,
            encoded,
            octets: unquote(value),
        })
    }
}

/// The parts between semicolons that lie outside of quotes.
fn split_unquoted(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped) = (false, false);
    value.split(move |&byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ => return byte == b';' && !quoted,
        }
        false
    })
}

/// A value without its quotes. A backslash quotes only a quote or a backslash,
/// since Windows' paths come unescaped.
fn unquote(value: &[u8]) -> Vec<u8> {
    let Some(quoted) = value.strip_prefix(b"\"") else {
        return value.to_vec();
    };
    let mut octets = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => break,
            b'\\' => octets.push(bytes.next_if(|b| b"\"\\".contains(b)).unwrap_or(byte)),
            _ => octets.push(byte),
        }
    }
    octets
}

/// Takes `%XX` codes off; a `%` that starts no code stands for itself.
fn percent_decode(text: &[u8], out: &mut Vec<u8>) {
    super::transfer::hex_codes(b'%', text, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &[u8], name: &str) -> Option<String> {
        Params::parse(value).text(name)
    }

    #[test]
    fn values_and_parameters_come_apart() {
        let params = Params::parse(
            b"Text/Plain (really); Charset=us-ascii (Plain text);\r\n name=\"a;b\\\"c\";; x; y=",
        );
        assert_eq!(params.value, "text/plain");
        assert_eq!(params.word("charset").as_deref(), Some("us-ascii"));
        assert_eq!(params.text("name").as_deref(), Some("a;b\"c"));
        assert_eq!(params.text("x"), None);
        assert_eq!(params.text("y"), None);
        assert_eq!(Params::parse(b"").value, "");
        assert_eq!(
            text(b"a/b; name=my file (1).pdf", "name").as_deref(),
            Some("my file (1).pdf")
        );
        assert_eq!(
            text(br#"a/b; name="C:\temp\new.txt""#, "name").as_deref(),
            Some(r"C:\temp\new.txt")
        );
        assert_eq!(text(b"a; name=\"open", "name").as_deref(), Some("open"));
    }

    #[test]
    fn pieces_are_joined_before_they_are_decoded() {
        for (value, name) in [
            (&b"a; n*0*=utf-8''%E4%BD; n*1*=%A0.txt"[..], "\u{4f60}.txt"),
            (b"a; n*1=\".txt\"; n*0*=koi8-r'ru'%F0%D2%C9", "При.txt"),
            (b"a; n*0=one; n*1=\" two\"; n*3=lost", "one two"),
            (b"a; n=plain; n*=utf-8''%D0%9F", "П"),
            (b"a; n*=x-unknown''%D0%9F", "П"),
            (b"a; n*=no%20charset", "no charset"),
            (b"a; n*0==?utf-8?q?caf=C3; n*1==A9?=", "café"),
            (b"a; n*=utf-8''100%", "100%"),
        ] {
            assert_eq!(text(value, "n").as_deref(), Some(name));
        }
    }

    #[test]
    fn a_torn_character_costs_only_itself() {
        let torn = &"a; n=\"Картина".as_bytes()[..19];
        assert_eq!(text(torn, "n").as_deref(), Some("Картин\u{fffd}"));
    }
}
