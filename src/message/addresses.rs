//! Lists of addresses (RFC 5322 §3.4), read leniently in one pass: whatever
//! stands between two commas is one mailbox, and nothing is an error.

use super::MAX_ADDRESSES;
use super::charsets::Charset;
use super::words::{self, Scanner};
use crate::base::Address;

/// A mailbox as it is being read, octets not yet decoded.
#[derive(Default)]
struct Mailbox {
    /// The part outside of angle brackets: a name, or a bare address.
    outside: Vec<u8>,
    /// Whether any of it was quoted: a name, commas and all.
    quoted: bool,
    /// The part within angle brackets.
    inside: Option<Vec<u8>>,
    /// The first comment, which older mail has as the name.
    comment: Vec<u8>,
}

/// Adds the addresses of a field to `list`, until it has [`MAX_ADDRESSES`].
pub(super) fn read(value: &[u8], told: Option<Charset>, list: &mut Vec<Address>) {
    let mut reader = Reader {
        told,
        list,
        words: Scanner::default(),
        last_semicolon: memchr::memrchr(b';', value).unwrap_or(0),
        bare: Vec::new(),
        mailbox: Mailbox::default(),
    };
    let mut at = 0;
    while at < value.len() && !reader.is_full() {
        at += reader.step(value, at);
    }
    reader.end_of_list();
}

struct Reader<'l> {
    told: Option<Charset>,
    list: &'l mut Vec<Address>,
    words: Scanner,
    /// Where the last semicolon stands: no group ends behind it.
    last_semicolon: usize,
    /// Words between commas that are no address: names of local users, or the
    /// start of a name that should have been quoted (`Smith, John <j@x>`).
    bare: Vec<Mailbox>,
    mailbox: Mailbox,
}

impl Reader<'_> {
    fn is_full(&self) -> bool {
        self.list.len() + self.bare.len() >= MAX_ADDRESSES
    }

    /// Reads what starts at `at`, and returns its length.
    fn step(&mut self, value: &[u8], at: usize) -> usize {
        let rest = &value[at..];
        match rest[0] {
            b',' => self.end_of_mailbox(),
            b';' => self.end_of_list(),
            // A group's name (RFC 5322 §3.4); elsewhere a colon is text.
            b':' if self.mailbox.inside.is_none() && at < self.last_semicolon => {
                self.mailbox = Mailbox::default();
                self.flush_bare();
            }
            b'"' => {
                self.mailbox.quoted = true;
                return quoted(rest, b'"', &mut self.mailbox.outside);
            }
            b'(' => {
                let mut comment = Vec::new();
                let length = quoted(rest, b')', &mut comment);
                if self.mailbox.comment.is_empty() {
                    self.mailbox.comment = comment;
                }
                return length;
            }
            b'<' => {
                let (inside, length) = in_brackets(rest);
                self.mailbox.inside.get_or_insert(inside);
                return length;
            }
            // Specials in an encoded word separate nothing.
            b'=' => {
                let word = self.words.word(rest).filter(|word| word.is_in_phrase());
                let length = word.map_or(1, |word| word.length);
                self.mailbox.outside.extend_from_slice(&rest[..length]);
                return length;
            }
            byte => self.mailbox.outside.push(byte),
        }
        1
    }

    fn end_of_mailbox(&mut self) {
        let mailbox = std::mem::take(&mut self.mailbox);
        if mailbox.inside.is_some() {
            self.named(mailbox);
        } else if mailbox.quoted || mailbox.outside.contains(&b'@') {
            self.flush_bare();
            self.push(mailbox);
        } else if !mailbox.outside.trim_ascii().is_empty() {
            self.bare.push(mailbox);
        }
    }

    /// A mailbox in angle brackets: the words before it, up to the last comma
    /// behind an address, are of its name.
    fn named(&mut self, mut mailbox: Mailbox) {
        if mailbox.quoted || mailbox.outside.trim_ascii().is_empty() {
            self.flush_bare();
        }
        let mut name = Vec::new();
        for bare in self.bare.drain(..) {
            name.extend_from_slice(&bare.outside);
            name.push(b',');
        }
        name.append(&mut mailbox.outside);
        mailbox.outside = name;
        self.push(mailbox);
    }

    fn flush_bare(&mut self) {
        for bare in std::mem::take(&mut self.bare) {
            self.push(bare);
        }
    }

    fn end_of_list(&mut self) {
        self.end_of_mailbox();
        self.flush_bare();
    }

    fn push(&mut self, mailbox: Mailbox) {
        if self.list.len() < MAX_ADDRESSES {
            self.list.extend(mailbox.address(self.told));
        }
    }
}

/// Reads what is quoted up to the closing character, and returns the length
/// with both; a backslash quotes one octet, and comments lie in one another.
fn quoted(text: &[u8], close: u8, out: &mut Vec<u8>) -> usize {
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

/// Reads an address in angle brackets, and returns the length with these. An
/// address cut off ends with its comma, not with the field; a route (RFC 5322
/// §4.4) has commas of its own and is left out.
fn in_brackets(text: &[u8]) -> (Vec<u8>, usize) {
    let mut inside = Vec::new();
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'>' => {
                at += 1;
                break;
            }
            b',' if inside.first() != Some(&b'@') => break,
            b':' if inside.first() == Some(&b'@') => inside.clear(),
            b'(' => {
                at += quoted(&text[at..], b')', &mut Vec::new());
                continue;
            }
            b'<' => {}
            _ => inside.push(byte),
        }
        at += 1;
    }
    (inside, at)
}

impl Mailbox {
    fn address(self, told: Option<Charset>) -> Option<Address> {
        let text = |octets: &[u8]| words::decode(octets.trim_ascii(), told).trim().to_owned();
        let outside = text(&self.outside);
        let (name, address) = match &self.inside {
            Some(inside) => (outside, text(inside)),
            None => self.bare(outside),
        };
        let name = if name.is_empty() {
            text(&self.comment)
        } else {
            name
        };
        (!name.is_empty() || !address.is_empty()).then_some(Address { name, address })
    }

    /// Name and address of a mailbox without angle brackets: several words
    /// without an `@` are a name.
    fn bare(&self, text: String) -> (String, String) {
        let Some(at) = text.find('@') else {
            return match text {
                // A group without a member, and without its end.
                text if text.ends_with(':') => Default::default(),
                text if text.contains(char::is_whitespace) => (text, String::new()),
                text => (String::new(), text),
            };
        };
        // The name of a group without its end.
        let address = match text[..at].rfind(':') {
            Some(colon) if !self.quoted => text[colon + 1..].trim_start().to_owned(),
            _ => text,
        };
        (String::new(), address)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(value: &[u8]) -> Vec<(String, String)> {
        let mut list = Vec::new();
        read(value, None, &mut list);
        list.into_iter().map(|a| (a.name, a.address)).collect()
    }

    fn pair(name: &str, address: &str) -> (String, String) {
        (name.into(), address.into())
    }

    #[test]
    fn names_and_addresses_come_apart() {
        assert_eq!(
            parse(b"Alice <alice@example.org>, bob@example.org, \"Doe, Jane\" <jane@example.org>"),
            [
                pair("Alice", "alice@example.org"),
                pair("", "bob@example.org"),
                pair("Doe, Jane", "jane@example.org"),
            ]
        );
        assert_eq!(
            parse(b"carl@example.org (Carl \\(C (x)\\))"),
            [pair("Carl (C (x))", "carl@example.org")]
        );
        assert_eq!(
            parse(b"=?koi8-r?q?=F0=2C_x?= =?koi8-r?q?=D2?=\n <p@example.org>"),
            [pair("П, xр", "p@example.org")]
        );
        assert_eq!(
            parse(b"\"=?utf-8?q?=C3=A9ric?=\" <e@example.org>"),
            [pair("éric", "e@example.org")]
        );
    }

    #[test]
    fn comments_are_no_part_of_an_address() {
        assert_eq!(
            parse(b"Pete(A \\) chap) <pete(his account)@silly.example(his host)>"),
            [pair("Pete", "pete@silly.example")]
        );
    }

    #[test]
    fn groups_and_nonsense_leave_what_makes_sense() {
        assert_eq!(
            parse(b"friends: a@example.org, B <b@example.org>;, c@example.org"),
            [
                pair("", "a@example.org"),
                pair("B", "b@example.org"),
                pair("", "c@example.org"),
            ]
        );
        assert_eq!(parse(b"undisclosed-recipients:;"), []);
        assert_eq!(parse(b";;;,,<>,\"\",()"), []);
        assert_eq!(
            parse(b"A <a@example.org, b@example.org"),
            [pair("A", "a@example.org"), pair("", "b@example.org")]
        );
        assert_eq!(
            parse(b"\"never closed <a@example.org>"),
            [pair("", "never closed <a@example.org>")]
        );
        assert_eq!(parse(b"root"), [pair("", "root")]);
    }

    #[test]
    fn specials_in_an_encoded_word_separate_nothing() {
        assert_eq!(
            parse(b"=?utf-8?Q?Alice_:)?= <a@example.org>, =?utf-8?Q?Doe,_Jane?= <j@example.org>"),
            [
                pair("Alice :)", "a@example.org"),
                pair("Doe, Jane", "j@example.org"),
            ]
        );
        assert_eq!(
            parse(b"=?utf-8?q?open, \"B\" <b@example.org>, =?utf-8?q?c?= <c@example.org>"),
            [
                pair("", "=?utf-8?q?open"),
                pair("B", "b@example.org"),
                pair("c", "c@example.org"),
            ]
        );
    }

    #[test]
    fn a_name_that_should_have_been_quoted_is_whole() {
        assert_eq!(
            parse(b"Smith, John <john@example.org>, Doe, Dr. med., Jane <jane@example.org>"),
            [
                pair("Smith, John", "john@example.org"),
                pair("Doe, Dr. med., Jane", "jane@example.org"),
            ]
        );
        assert_eq!(
            parse(b"HowlRound: A Center <w@howl.example>"),
            [pair("HowlRound: A Center", "w@howl.example")]
        );
        assert_eq!(
            parse(b"root, bob@example.org, daemon, \"C\" <c@example.org>, nobody"),
            [
                pair("", "root"),
                pair("", "bob@example.org"),
                pair("", "daemon"),
                pair("C", "c@example.org"),
                pair("", "nobody"),
            ]
        );
        assert_eq!(parse(b"Jane Doe"), [pair("Jane Doe", "")]);
        assert_eq!(parse(b"undisclosed-recipients:"), []);
        assert_eq!(
            parse(b"list: a@example.org, b@example.org"),
            [pair("", "a@example.org"), pair("", "b@example.org")]
        );
    }

    #[test]
    fn a_route_is_left_out() {
        assert_eq!(
            parse(b"A <@one.example,@two.example:a@example.org>, <<b@example.org>"),
            [pair("A", "a@example.org"), pair("", "b@example.org")]
        );
    }

    /// A display name as a person or a company may have one.
    fn display_name() -> impl Strategy<Value = String> {
        "[A-Za-z\u{e9}\u{df}\u{416}\u{4f60}\u{d55c}\u{1f600},:;.@()<>\"\\\\'!?_-]{1,12}( [A-Za-z\u{e9}\u{416}\u{4f60},.:)]{1,30}){0,3}"
            .prop_filter("an encoded word", |name| !name.contains("=?"))
    }

    /// A mailbox as mail programs write it: the name quoted, in encoded words
    /// of one of the two encodings, in those and quoted, or in a comment.
    fn written(name: &str, address: &str, way: usize) -> String {
        let escaped = |special: &str| -> String {
            let escape = |c| special.contains(c).then_some('\\').into_iter().chain([c]);
            name.chars().flat_map(escape).collect()
        };
        let chars: Vec<char> = name.chars().collect();
        let pieces = chars.chunks(10).map(String::from_iter);
        let base64 = |piece: String| {
            format!(
                "=?UTF-8?B?{}?=",
                data_encoding::BASE64.encode(piece.as_bytes())
            )
        };
        // Specials that RFC 2047 §5 forbids stay, as some programs leave them.
        let quoted_printable = |piece: String| {
            let octet = |octet: u8| match octet {
                b' ' => "_".to_owned(),
                octet if octet.is_ascii() && !b"=?_\"<>\\".contains(&octet) => {
                    char::from(octet).to_string()
                }
                octet => format!("={octet:02X}"),
            };
            format!(
                "=?utf-8?Q?{}?=",
                piece.bytes().map(octet).collect::<String>()
            )
        };
        match way {
            0 => format!("\"{}\" <{address}>", escaped("\\\"")),
            1 => format!(
                "{} <{address}>",
                pieces.map(base64).collect::<Vec<_>>().join("\r\n ")
            ),
            2 => format!(
                "{} <{address}>",
                pieces.map(quoted_printable).collect::<Vec<_>>().join(" ")
            ),
            3 => format!(
                "\"{}\" <{address}>",
                pieces.map(quoted_printable).collect::<Vec<_>>().join(" ")
            ),
            _ => format!("{address} ({})", escaped("\\()")),
        }
    }

    proptest! {
        #[test]
        fn names_come_back_however_they_are_written(
            people in prop::collection::vec((display_name(), 0_usize..5), 1..4),
        ) {
            let address = |i| format!("p{i}@example.org");
            let of = |(i, (name, way)): (usize, &(String, usize))| written(name, &address(i), *way);
            let field: Vec<String> = people.iter().enumerate().map(of).collect();
            let of = |(i, (name, _)): (usize, &(String, usize))| pair(name.trim(), &address(i));
            let expected: Vec<_> = people.iter().enumerate().map(of).collect();
            prop_assert_eq!(parse(field.join(", ").as_bytes()), expected);
        }
    }

    #[test]
    fn a_list_ends_at_its_limit() {
        assert_eq!(
            parse(&b"a@example.org,".repeat(100_000)).len(),
            MAX_ADDRESSES
        );
        for bomb in [&b";"[..], b"<", b"(", b"\"", b"a:", b"\\", b"=?", b"(\"<"] {
            assert!(parse(&bomb.repeat(1 << 17)).len() <= MAX_ADDRESSES);
        }
    }
}
