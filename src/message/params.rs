//! Values with parameters, such as Content-Type has (RFC 2045 §5.1), and
//! parameters in pieces and character sets (RFC 2231). mailparse takes them
//! apart as octets: which text they are is decided once a value is whole,
//! since a character may be cut in two.

use std::collections::BTreeMap;

use super::fields::unfold;
use super::{charsets, transfer, words};

/// An octet as a character that mailparse does not know, whose number ends in
/// the octet's.
fn hidden(octet: u8) -> char {
    char::from_u32(0x2200 + u32::from(octet)).unwrap_or_default()
}

/// The octets of what mailparse leaves, [`hidden`] or not.
fn shown(text: &str) -> Vec<u8> {
    text.chars().map(|c| (c as u32).to_le_bytes()[0]).collect()
}

/// A field's value and its parameters.
#[derive(Debug, Default)]
pub(super) struct Params {
    /// The part before the first semicolon, in lower case, up to a blank.
    pub(super) value: String,
    /// By names in lower case. An octet is the character of its number, or
    /// [`hidden`].
    params: BTreeMap<String, String>,
}

impl Params {
    pub(super) fn parse(value: &[u8]) -> Self {
        let mut text = String::new();
        let mut octets = unfold(value).into_iter().peekable();
        while let Some(octet) = octets.next() {
            text.push(match octet {
                // Other backslashes are text: Windows' paths come unescaped.
                b'\\' => hidden(octets.next_if(|o| b"\"\\".contains(o)).unwrap_or(octet)),
                b'*' | 0x80.. => hidden(octet),
                _ => octet.into(),
            });
        }
        let parsed = mailparse::parse_content_type(&text);
        let words = &mut parsed.mimetype.split([' ', '\t', '(']);
        let value = words.find(|word| !word.is_empty()).unwrap_or_default();
        Self { value: String::from_utf8_lossy(&shown(value)).into_owned(), params: parsed.params }
    }

    /// A parameter as text; `None` if it is missing or empty. One that tells
    /// its character set is preferred to one that does not (RFC 6266 §4.3).
    pub(super) fn text(&self, name: &str) -> Option<String> {
        // Octets, and whether they are percent-encoded (RFC 2231 §3 and §4.1).
        let piece = |name: String| match self.octets(&format!("{name}*")) {
            Some(octets) => Some((octets, true)),
            None => Some((self.octets(&name)?, false)),
        };
        let numbered = |index: usize| piece(format!("{name}*{index}"));
        let first = usize::from(numbered(0).is_none());
        let mut pieces: Vec<_> = (first..).map_while(numbered).collect();
        let whole = piece(name.to_owned());
        if let Some(whole) = whole.filter(|(_, encoded)| *encoded || pieces.is_empty()) {
            pieces = vec![whole];
        }
        let mut charset = None;
        let mut joined = Vec::new();
        for (octets, encoded) in &pieces {
            let parts: Vec<&[u8]> = octets.splitn(3, |&octet| octet == b'\'').collect();
            match parts[..] {
                _ if !encoded => joined.extend_from_slice(octets),
                [told, _, rest] if joined.is_empty() => {
                    charset = charsets::find(&String::from_utf8_lossy(told));
                    transfer::hex_codes(b'%', rest, &mut joined);
                }
                _ => transfer::hex_codes(b'%', octets, &mut joined),
            }
        }
        let text = if pieces.iter().any(|(_, encoded)| *encoded) {
            charsets::text(&joined, charset)
        } else {
            words::decode(&joined, None)
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A parameter that consists of one word, such as a character set's name.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        text.split_ascii_whitespace().next().map(str::to_owned)
    }

    fn octets(&self, name: &str) -> Option<Vec<u8>> {
        let key = name.replace('*', &hidden(b'*').to_string());
        let value = self.params.get(&key)?;
        // mailparse leaves a quote that is never closed, or has more behind it.
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next().unwrap_or_default(),
            None => value,
        };
        Some(shown(value))
    }
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
        assert_eq!(Params::parse(b"a*\\/\xc3\xa9").value, "a*\\/\u{e9}");
        let found = text(b"a/b; name=my file (1).pdf", "name");
        assert_eq!(found.as_deref(), Some("my file (1).pdf"));
        let found = text(br#"a/b; name="C:\temp\new.txt""#, "name");
        assert_eq!(found.as_deref(), Some(r"C:\temp\new.txt"));
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
