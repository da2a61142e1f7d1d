//! Lists of addresses (RFC 5322 §3.4), read leniently in one pass: whatever
//! stands between two commas is one mailbox, and nothing is an error.

use super::charsets::Charset;
use super::{ADDRESSES_MAX, words};
use crate::base::Address;

/// A mailbox as it is being read, octets not yet decoded.
#[derive(Default)]
struct Mailbox {
    /// The part outside of angle brackets: a name, or a bare address.
    outside: Vec<u8>,
    /// The part within angle brackets.
    inside: Option<Vec<u8>>,
    /// The first comment, which older mail has as the name.
    comment: Vec<u8>,
}

/// Adds the addresses of a field to `list`, until it has [`ADDRESSES_MAX`].
pub(super) fn read(value: &[u8], told: Option<Charset>, list: &mut Vec<Address>) {
    let mut mailbox = Mailbox::default();
    let mut bytes = value.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if list.len() >= ADDRESSES_MAX {
            return;
        }
        match byte {
            b',' | b';' => std::mem::take(&mut mailbox).finish(told, list),
            // A group's name. A colon in a bare address or name is rare.
            b':' if mailbox.inside.is_none() => mailbox = Mailbox::default(),
            b'"' => quoted(&mut bytes, b'"', &mut mailbox.outside),
            b'(' => {
                let mut comment = Vec::new();
                quoted(&mut bytes, b')', &mut comment);
                if mailbox.comment.is_empty() {
                    mailbox.comment = comment;
                }
            }
            b'<' => {
                let mut inside = Vec::new();
                // An address cut off ends with the list, not with the field.
                while let Some(byte) = bytes.next_if(|&b| b != b',') {
                    match byte {
                        b'>' => break,
                        b'(' => quoted(&mut bytes, b')', &mut Vec::new()),
                        _ => inside.push(byte),
                    }
                }
                mailbox.inside.get_or_insert(inside);
            }
            _ => mailbox.outside.push(byte),
        }
    }
    if list.len() < ADDRESSES_MAX {
        mailbox.finish(told, list);
    }
}

/// Takes up to the closing character; a backslash quotes one octet, and
/// comments lie in one another.
fn quoted(bytes: &mut impl Iterator<Item = u8>, close: u8, out: &mut Vec<u8>) {
    let mut depth = 0_u32;
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                out.extend(bytes.next());
                continue;
            }
            _ if byte == close && depth == 0 => return,
            b'(' if close == b')' => depth += 1,
            b')' if close == b')' => depth -= 1,
            _ => {}
        }
        out.push(byte);
    }
}

impl Mailbox {
    fn finish(self, told: Option<Charset>, list: &mut Vec<Address>) {
        let text = |octets: &[u8]| words::decode(octets.trim_ascii(), told).trim().to_owned();
        let (name, address) = match &self.inside {
            Some(inside) => (text(&self.outside), text(inside)),
            None => (String::new(), text(&self.outside)),
        };
        let name = if name.is_empty() {
            text(&self.comment)
        } else {
            name
        };
        if !(name.is_empty() && address.is_empty()) {
            list.push(Address { name, address });
        }
    }
}

#[cfg(test)]
mod tests {
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
    fn a_list_ends_at_its_limit() {
        assert_eq!(
            parse(&b"a@example.org,".repeat(100_000)).len(),
            ADDRESSES_MAX
        );
        for bomb in [&b";"[..], b"<", b"(", b"\"", b"a:", b"\\", b"=?", b"(\"<"] {
            assert!(parse(&bomb.repeat(1 << 17)).len() <= ADDRESSES_MAX);
        }
    }
}
