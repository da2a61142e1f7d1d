//! The words of fetchmail's config file.

use super::keywords::{Does, Takes, keyword};
use crate::base::{Class, Failure};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes, escapes filled in.
    pub(super) text: String,
    pub(super) is_quoted: bool,
    /// Line that it begins in.
    pub(super) line: usize,
}

impl Word {
    /// What follows it and what it does, if it is a keyword. What is quoted is
    /// none.
    pub(super) fn keyword(&self) -> Option<(Takes, Does)> {
        keyword(&self.text).filter(|_| !self.is_quoted)
    }

    /// The keyword that `no` is joined to.
    pub(super) fn joined(&self) -> Option<&str> {
        let rest = self.text.strip_prefix("no").filter(|_| !self.is_quoted)?;
        let (_, does) = keyword(rest)?;
        matches!(does, Does::Switch(_) | Does::Moot | Does::Left(_)).then_some(rest)
    }

    /// What it does, with or without `no` joined to it.
    pub(super) fn does(&self) -> Option<Does> {
        self.keyword().map(|(_, does)| does).or(self.joined().map(|_| Does::Moot))
    }

    pub(super) fn is_equals(&self) -> bool {
        !self.is_quoted && self.text == "="
    }
}

/// Splits the file. Comments and punctuation are left out, but for `=`.
pub(super) fn words(text: &str) -> Result<Vec<Word>, Failure> {
    let mut words = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(c) = rest.chars().next() {
        let plain = rest.find(ends).unwrap_or(rest.len());
        let after = &rest[c.len_utf8()..];
        let is_quote = "'\"".contains(c);
        let closing = after.find(c).filter(|_| is_quote).map(|end| end + 2);
        // The longer of the two, as fetchmail's scanner has it.
        let length = match (c, closing) {
            (_, Some(quoted)) if quoted >= plain => {
                push(&mut words, &rest[1..quoted - 1], true, line);
                quoted
            }
            ('\'' | '"', None) => {
                let what = format!("the quote that begins in line {line} is not closed");
                return Err(Failure::new(Class::Data, what));
            }
            ('#', _) => rest.find('\n').unwrap_or(rest.len()),
            // A line that is continued, or punctuation.
            ('\\', _) if plain == 1 => 1,
            _ if plain == 0 && c != '=' => c.len_utf8(),
            _ => {
                push(&mut words, &rest[..plain.max(1)], false, line);
                plain.max(1)
            }
        };
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    Ok(words)
}

/// Returns whether a character ends a word without quotes.
fn ends(c: char) -> bool {
    c.is_ascii_whitespace() || ":;,=".contains(c)
}

fn push(words: &mut Vec<Word>, raw: &str, is_quoted: bool, line: usize) {
    words.push(Word { text: unescaped(raw), is_quoted, line });
}

/// Fills in what follows a backslash: a letter, an octet by its number in
/// decimal, octal (from 0 on) or hexadecimal, or a line end to leave out.
/// Octets that are no UTF-8 are Latin-1.
fn unescaped(raw: &str) -> String {
    let mut octets = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            octets.push(*first);
            continue;
        }
        let Some((escape, after)) = rest.split_first() else {
            break;
        };
        rest = after;
        match escape {
            b'\n' => {}
            b'n' => octets.push(b'\n'),
            b't' => octets.push(b'\t'),
            b'b' => octets.push(8),
            b'r' => octets.push(b'\r'),
            b'x' | b'X' => octets.push(number(&mut rest, 16, 0)),
            b'0' => octets.push(number(&mut rest, 8, 0)),
            b'1'..=b'9' => octets.push(number(&mut rest, 10, u32::from(escape - b'0'))),
            other => octets.push(*other),
        }
    }
    String::from_utf8(octets).unwrap_or_else(|error| {
        let octets = error.into_bytes().into_iter();
        octets.map(char::from).collect()
    })
}

/// An octet by its number, of which up to two digits follow the first.
fn number(rest: &mut &[u8], radix: u32, first: u32) -> u8 {
    let mut value = first;
    for _ in 0..2 {
        let next = rest.first().map(|octet| char::from(*octet));
        let Some(digit) = next.and_then(|c| c.to_digit(radix)) else {
            break;
        };
        *rest = &rest[1..];
        value = value * radix + digit;
    }
    // As fetchmail's `char` has it.
    value as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let words = words(text).expect("closed");
        words
            .into_iter()
            .map(|word| if word.is_quoted { format!("\"{}\"", word.text) } else { word.text })
            .collect()
    }

    /// As `fetchmail --configdump` (6.4.37) prints them.
    #[test]
    fn words_are_free_of_form() {
        let rows = [
            ("poll h with proto POP3; # no\n", &["poll", "h", "with", "proto", "POP3"][..]),
            ("user 'a b', nokeep:\nis a=b #", &["user", "\"a b\"", "nokeep", "is", "a", "=", "b"]),
            ("\"a\\x41\\0101\\66\" x#y \\\n z", &["\"aA\u{8}1B\"", "x#y", "z"]),
            ("foo\\tbar \"x\\1234\\q\\\"", &["foo\tbar", "\"x{4q\""]),
            ("'a'b \"x\"y \"it\\x27s \\\nmore\nz\"", &["'a'b", "\"x\"y", "\"it's more\nz\""]),
            ("'\\195\\169' '\\233' a\\", &["\"é\"", "\"é\"", "a"]),
        ];
        for (text, expected) in rows {
            assert_eq!(split(text), expected);
        }
    }

    #[test]
    fn an_open_quote_is_told_by_its_line() {
        let failure = words("poll h\nuser \"a\n\n").expect_err("open");
        assert_eq!(failure.class, Class::Data);
        let expected = "the quote that begins in line 2 is not closed";
        assert_eq!(failure.what, expected);
    }
}
