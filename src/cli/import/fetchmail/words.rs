//! The words of fetchmail's config file.

use std::iter::Peekable;
use std::str::Chars;

use crate::base::{Class, Failure};

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes, escapes filled in.
    pub(super) text: String,
    pub(super) is_quoted: bool,
}

/// Words that make an entry resemble English.
const NOISE: &[&str] = &["and", "with", "has", "wants", "options"];

/// Splits the file. Comments, punctuation and noise are left out, `nokeep` is
/// `no keep`.
pub(super) fn words(text: &str) -> Result<Vec<Word>, Failure> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '"' | '\'' => {
                let start = line;
                let mut word = String::new();
                loop {
                    match chars.next() {
                        Some(end) if end == c => break,
                        Some('\\') => {
                            line += usize::from(chars.peek() == Some(&'\n'));
                            word.extend(escaped(&mut chars));
                        }
                        Some(other) => {
                            line += usize::from(other == '\n');
                            word.push(other);
                        }
                        None => {
                            let what =
                                format!("the quote that begins in line {start} is not closed");
                            return Err(Failure::new(Class::Data, what));
                        }
                    }
                }
                words.push(Word {
                    text: word,
                    is_quoted: true,
                });
            }
            ':' | ';' | ',' | '=' => {}
            c if c.is_whitespace() => {}
            c => {
                let mut word = String::from(c);
                let ends = |c: &char| !c.is_whitespace() && !":;,=".contains(*c);
                while let Some(c) = chars.next_if(ends) {
                    word.push(c);
                }
                push_plain(&mut words, word);
            }
        }
    }
    Ok(words)
}

fn push_plain(words: &mut Vec<Word>, text: String) {
    let plain = |text: &str| Word {
        text: text.to_owned(),
        is_quoted: false,
    };
    match text.strip_prefix("no") {
        _ if NOISE.contains(&text.as_str()) => {}
        Some(rest @ ("keep" | "fetchall" | "flush" | "rewrite" | "dns")) => {
            words.extend([plain("no"), plain(rest)]);
        }
        _ => words.push(plain(&text)),
    }
}

/// What follows a backslash: a letter, a number in decimal, octal or
/// hexadecimal, or the end of a line that is continued.
fn escaped(chars: &mut Peekable<Chars<'_>>) -> Option<char> {
    match chars.next()? {
        '\n' => None,
        'n' => Some('\n'),
        't' => Some('\t'),
        'b' => Some('\u{8}'),
        'r' => Some('\r'),
        'x' => number(chars, 16, 0, 2),
        '0' => number(chars, 8, 0, 3),
        digit @ '1'..='9' => number(chars, 10, digit.to_digit(10)?, 2),
        other => Some(other),
    }
}

/// A character by its number, of which so many digits may follow.
fn number(chars: &mut Peekable<Chars<'_>>, radix: u32, first: u32, most: usize) -> Option<char> {
    let mut value = first;
    for _ in 0..most {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        chars.next();
        value = value * radix + digit;
    }
    char::from_u32(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<String> {
        let words = words(text).expect("closed");
        words
            .into_iter()
            .map(|word| match word.is_quoted {
                true => format!("\"{}\"", word.text),
                false => word.text,
            })
            .collect()
    }

    #[test]
    fn words_are_free_of_form() {
        assert_eq!(
            split("poll h with proto POP3; # no\n user 'a b', nokeep\nand password \"x\\\"y\\\\\""),
            [
                "poll",
                "h",
                "proto",
                "POP3",
                "user",
                "\"a b\"",
                "no",
                "keep",
                "password",
                "\"x\"y\\\""
            ]
        );
        assert_eq!(
            split("'\\x41\\0101\\66\\n\\\nz' ssl:keep\n\n"),
            ["\"AAB\nz\"", "ssl", "keep"]
        );
    }

    #[test]
    fn an_open_quote_is_told_by_its_line() {
        let failure = words("poll h\nuser \"a\n\n").expect_err("open");
        assert_eq!(
            failure.what,
            "the quote that begins in line 2 is not closed"
        );
    }
}
