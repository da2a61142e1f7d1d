//! Lists of addresses (RFC 5322 §3.4), read leniently in one pass: whatever
//! is between two commas is one mailbox, and nothing is an error.

use super::MAX_ADDRESSES;
use super::charsets::Charset;
use super::fields::quoted;
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
        words: Scanner::default(),
        last_semicolon: memchr::memrchr(b';', value).unwrap_or(0),
        mailboxes: Vec::new(),
        bare: 0,
        mailbox: Mailbox::default(),
    };
    let mut at = 0;
    while at < value.len() && list.len() + reader.mailboxes.len() < MAX_ADDRESSES {
        at += reader.step(value, at);
    }
    reader.end_of_mailbox();
    let addresses = reader.mailboxes.into_iter().filter_map(|m| m.address(told));
    list.extend(addresses.take(MAX_ADDRESSES.saturating_sub(list.len())));
}

struct Reader {
    words: Scanner,
    /// The place of the last semicolon: no group ends behind it.
    last_semicolon: usize,
    mailboxes: Vec<Mailbox>,
    /// How many of the last mailboxes are no address: names of local users, or
    /// the start of a name that should have been quoted (`Smith, John <j@x>`).
    bare: usize,
    mailbox: Mailbox,
}

impl Reader {
    /// Reads what starts at `at`, and returns its length.
    fn step(&mut self, value: &[u8], at: usize) -> usize {
        let rest = &value[at..];
        let mailbox = &mut self.mailbox;
        match rest[0] {
            b',' => self.end_of_mailbox(),
            b';' => {
                self.end_of_mailbox();
                self.bare = 0;
            }
            // A group's name (RFC 5322 §3.4); elsewhere a colon is text.
            b':' if mailbox.inside.is_none() && at < self.last_semicolon => {
                *mailbox = Mailbox::default();
                self.bare = 0;
            }
            b'"' => {
                mailbox.quoted = true;
                return quoted(rest, b'"', &mut mailbox.outside);
            }
            b'(' => {
                let mut comment = Vec::new();
                let length = quoted(rest, b')', &mut comment);
                if mailbox.comment.is_empty() {
                    mailbox.comment = comment;
                }
                return length;
            }
            b'<' => {
                let (inside, length) = in_brackets(rest);
                mailbox.inside.get_or_insert(inside);
                return length;
            }
            // Specials in an encoded word separate nothing.
            b'=' => {
                let word = self.words.word(rest).filter(|word| word.is_in_phrase());
                let length = word.map_or(1, |word| word.length);
                mailbox.outside.extend_from_slice(&rest[..length]);
                return length;
            }
            byte => mailbox.outside.push(byte),
        }
        1
    }

    fn end_of_mailbox(&mut self) {
        let mut mailbox = std::mem::take(&mut self.mailbox);
        let empty = mailbox.outside.trim_ascii().is_empty();
        let is_bare =
            mailbox.inside.is_none() && !mailbox.quoted && !mailbox.outside.contains(&b'@');
        if is_bare {
            self.bare += usize::from(!empty);
        } else {
            // The words before it, up to an address, are of its name.
            if mailbox.inside.is_some() && !mailbox.quoted && !empty {
                let bare = self.mailboxes.drain(self.mailboxes.len() - self.bare..);
                let mut names: Vec<Vec<u8>> = bare.map(|bare| bare.outside).collect();
                names.push(mailbox.outside);
                mailbox.outside = names.join(&b',');
            }
            self.bare = 0;
        }
        if !is_bare || !empty {
            self.mailboxes.push(mailbox);
        }
    }
}

/// Reads an address in angle brackets, and returns the length with these. An
/// address cut off ends with its comma, not with the field; a route (RFC 5322
/// §4.4) has commas of its own and is left out.
fn in_brackets(text: &[u8]) -> (Vec<u8>, usize) {
    let mut inside = Vec::new();
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        let is_route = inside.first() == Some(&b'@');
        at += match byte {
            b'>' => return (inside, at + 1),
            b',' if !is_route => break,
            b'(' => quoted(&text[at..], b')', &mut Vec::new()),
            _ => 1,
        };
        match byte {
            b':' if is_route => inside.clear(),
            b'(' | b'<' => {}
            _ => inside.push(byte),
        }
    }
    (inside, at)
}

impl Mailbox {
    /// Several words without an `@` are a name.
    fn address(self, told: Option<Charset>) -> Option<Address> {
        let text = |octets: &[u8]| words::decode(octets.trim_ascii(), told).trim().to_owned();
        let (name, address) = match &self.inside {
            Some(inside) => (text(&self.outside), text(inside)),
            None => {
                let bare = text(&self.outside);
                match bare.find('@') {
                    Some(at) if !self.quoted => {
                        // The name of a group without its end.
                        let group = bare[..at].rfind(':').map_or(0, |colon| colon + 1);
                        (String::new(), bare[group..].trim_start().to_owned())
                    }
                    None if bare.ends_with(':') => Default::default(),
                    None if bare.contains(char::is_whitespace) => (bare, String::new()),
                    _ => (String::new(), bare),
                }
            }
        };
        let name = if name.is_empty() { text(&self.comment) } else { name };
        (!name.is_empty() || !address.is_empty()).then_some(Address { name, address })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The addresses of a field, each as `name <address>`.
    fn parse(value: &[u8]) -> Vec<String> {
        let mut list = Vec::new();
        read(value, None, &mut list);
        let shown = |a: Address| format!("{} <{}>", a.name, a.address);
        list.into_iter().map(shown).collect()
    }

    #[test]
    fn names_and_addresses_come_apart() {
        #[rustfmt::skip]
        let rows = [
            (&b"Alice <alice@example.org>, bob@example.org, \"Doe, Jane\" <j@example.org>"[..],
             &["Alice <alice@example.org>", " <bob@example.org>", "Doe, Jane <j@example.org>"][..]),
            (b"carl@example.org (Carl \\(C (x)\\))", &["Carl (C (x)) <carl@example.org>"]),
            (b"=?koi8-r?q?=F0=2C_x?= =?koi8-r?q?=D2?=\n <p@example.org>", &["П, xр <p@example.org>"]),
            (b"\"=?utf-8?q?=C3=A9ric?=\" <e@example.org>", &["éric <e@example.org>"]),
            // Comments are no part of an address, nor is a route.
            (b"Pete(A \\) chap) <pete(his account)@silly.example(his host)>", &["Pete <pete@silly.example>"]),
            (b"A <@one.example,@two.example:a@example.org>, <<b@example.org>",
             &["A <a@example.org>", " <b@example.org>"]),
            // Groups and nonsense leave what makes sense.
            (b"friends: a@example.org, B <b@example.org>;, c@example.org",
             &[" <a@example.org>", "B <b@example.org>", " <c@example.org>"]),
            (b"list: a@example.org, b@example.org", &[" <a@example.org>", " <b@example.org>"]),
            (b"undisclosed-recipients:;", &[]),
            (b"undisclosed-recipients:", &[]),
            (b";;;,,<>,\"\",()", &[]),
            (b"A <a@example.org, b@example.org", &["A <a@example.org>", " <b@example.org>"]),
            (b"\"never closed <a@example.org>", &[" <never closed <a@example.org>>"]),
            (b"root", &[" <root>"]),
            (b"Jane Doe", &["Jane Doe <>"]),
            // Specials in an encoded word separate nothing, if it is one.
            (b"=?utf-8?Q?Alice_:)?= <a@example.org>, =?utf-8?Q?Doe,_Jane?= <j@example.org>",
             &["Alice :) <a@example.org>", "Doe, Jane <j@example.org>"]),
            (b"=?utf-8?q?open, \"B\" <b@example.org>, =?utf-8?q?c?= <c@example.org>",
             &[" <=?utf-8?q?open>", "B <b@example.org>", "c <c@example.org>"]),
            // A name that should have been quoted is whole.
            (b"Smith, John <john@example.org>, Doe, Dr. med., Jane <jane@example.org>",
             &["Smith, John <john@example.org>", "Doe, Dr. med., Jane <jane@example.org>"]),
            (b"HowlRound: A Center <w@howl.example>", &["HowlRound: A Center <w@howl.example>"]),
            (b"root, bob@example.org, daemon, \"C\" <c@example.org>, nobody",
             &[" <root>", " <bob@example.org>", " <daemon>", "C <c@example.org>", " <nobody>"]),
        ];
        for (value, expected) in rows {
            assert_eq!(parse(value), expected, "{}", value.escape_ascii());
        }
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
        let in_words = |word: fn(String) -> String, between| {
            let pieces = chars.chunks(10).map(String::from_iter);
            pieces.map(word).collect::<Vec<_>>().join(between)
        };
        let base64: fn(String) -> String =
            |piece| format!("=?UTF-8?B?{}?=", data_encoding::BASE64.encode(piece.as_bytes()));
        // Specials that RFC 2047 §5 forbids stay, as some programs leave them.
        let quoted_printable: fn(String) -> String = |piece| {
            let octet = |octet: u8| match octet {
                b' ' => "_".to_owned(),
                _ if octet.is_ascii() && !b"=?_\"<>\\".contains(&octet) => char::from(octet).into(),
                _ => format!("={octet:02X}"),
            };
            format!("=?utf-8?Q?{}?=", piece.bytes().map(octet).collect::<String>())
        };
        match way {
            0 => format!("\"{}\" <{address}>", escaped("\\\"")),
            1 => format!("{} <{address}>", in_words(base64, "\r\n ")),
            2 => format!("{} <{address}>", in_words(quoted_printable, " ")),
            3 => format!("\"{}\" <{address}>", in_words(quoted_printable, " ")),
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
            let of = |(i, (name, _)): (usize, &(String, usize))| format!("{} <{}>", name.trim(), address(i));
            let expected: Vec<_> = people.iter().enumerate().map(of).collect();
            prop_assert_eq!(parse(field.join(", ").as_bytes()), expected);
        }
    }

    #[test]
    fn a_list_ends_at_its_limit() {
        let expected = MAX_ADDRESSES;
        assert_eq!(parse(&b"a@example.org,".repeat(100_000)).len(), expected);
        for bomb in [&b";"[..], b"<", b"(", b"\"", b"a:", b"\\", b"=?", b"(\"<"] {
            assert!(parse(&bomb.repeat(1 << 17)).len() <= MAX_ADDRESSES);
        }
    }
}
