//! Encoded words in header text (RFC 2047), read as they are really sent:
//! glued together, with blanks inside, with characters cut in two.

use super::charsets::{self, Charset};
use super::fields::unfold;
use super::transfer;

/// Longest name of a character set that is looked up.
const NAME_MAX: usize = 60;

/// A word's octets, not yet text: neighbours in the same character set are
/// joined before they are decoded.
struct Word {
    /// `None` where the word names none, as MuseMail's do.
    charset: Option<Charset>,
    octets: Vec<u8>,
}

/// The value of a field as one line of text. Raw 8-bit text is read as
/// [`charsets::guess`] says, with what the message tells of its character set.
pub(super) fn decode(value: &[u8], told: Option<Charset>) -> String {
    let value = unfold(value);
    let mut out = String::with_capacity(value.len());
    let mut pending: Option<Word> = None;
    let mut plain = 0; // where the text not yet put out starts
    let mut at = 0;
    // Once no end of a word was found, none is looked for again.
    let mut may_end = true;
    while let Some(found) = memchr::memmem::find(&value[at..], b"=?") {
        let start = at + found;
        match parse(&value[start..], may_end) {
            Ok((word, length)) => {
                let between = &value[plain..start];
                // Blanks between two encoded words are no text (RFC 2047 §6.2).
                let joins = pending.is_some() && between.trim_ascii().is_empty();
                match pending.take() {
                    Some(mut last) if joins && last.continues_in(&word) => {
                        last.octets.extend_from_slice(&word.octets);
                        pending = Some(last);
                    }
                    last => {
                        flush(last, told, &mut out);
                        if !joins {
                            out.push_str(&charsets::guess(between, told));
                        }
                        pending = Some(word);
                    }
                }
                plain = start + length;
                at = plain;
            }
            Err(NoWord { endless }) => {
                may_end &= !endless;
                at = start + 2;
            }
        }
    }
    flush(pending, told, &mut out);
    out.push_str(&charsets::guess(&value[plain..], told));
    out
}

impl Word {
    /// Whether a character may start in this word and end in the next. In
    /// ISO-2022-JP each word starts anew, and shifting twice would be an error.
    fn continues_in(&self, next: &Word) -> bool {
        self.charset == next.charset && self.charset.is_none_or(|c| c.name() != "ISO-2022-JP")
    }
}

fn flush(word: Option<Word>, told: Option<Charset>, out: &mut String) {
    if let Some(Word { charset, octets }) = word {
        out.push_str(&match charset {
            Some(charset) => charsets::decode(&octets, charset),
            None => charsets::guess(&octets, told),
        });
    }
}

/// `=?` starts no word here; `endless`: no word ends anywhere behind it.
struct NoWord {
    endless: bool,
}

/// Reads `=?charset?B?text?=`, and answers its length too. Where `may_end` is
/// false, it is known that no `?=` follows.
fn parse(text: &[u8], may_end: bool) -> Result<(Word, usize), NoWord> {
    const NONE: NoWord = NoWord { endless: false };
    let name = &text[2..text.len().min(2 + NAME_MAX)];
    let name = &name[..memchr::memchr(b'?', name).ok_or(NONE)?];
    let charset = std::str::from_utf8(name).ok().and_then(charsets::find);
    if charset.is_none() && !name.is_empty() {
        return Err(NONE);
    }
    let [encoding, b'?', rest @ ..] = &text[2 + name.len() + 1..] else {
        return Err(NONE);
    };
    if !may_end {
        return Err(NONE);
    }
    let length = memchr::memmem::find(rest, b"?=").ok_or(NoWord { endless: true })?;
    let encoded = &rest[..length];
    let octets = match encoding {
        b'B' | b'b' => transfer::base64(encoded),
        b'Q' | b'q' => {
            let spaced: Vec<u8> = encoded
                .iter()
                .map(|&b| if b == b'_' { b' ' } else { b })
                .collect();
            let mut octets = Vec::with_capacity(spaced.len());
            transfer::hex_codes(&spaced, &mut octets);
            octets
        }
        _ => return Err(NONE),
    };
    Ok((Word { charset, octets }, 2 + name.len() + 3 + length + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &[u8]) -> String {
        decode(value, None)
    }

    #[test]
    fn encoded_words_of_many_charsets_become_text() {
        for (value, text) in [
            (&b"=?GB2312?B?xOO6w6OsysC95w==?="[..], "你好，世界"),
            (b"=?big5?B?p0GmbqFBpUCsyQ==?=", "你好，世界"),
            (b"=?KOI8-R?Q?=F0=D2=C9=D7=C5=D4?=", "Привет"),
            (b"=?windows-1251?Q?=CF=F0=E8=E2=E5=F2?=", "Привет"),
            (b"=?ISO-2022-JP?B?GyRCJTUlcxsoQg==?=", "サン"),
            (
                b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe_aus?= K\xc3\xb6ln",
                "Grüße aus Köln",
            ),
        ] {
            assert_eq!(read(value), text);
        }
    }

    #[test]
    fn blanks_between_words_vanish_and_others_stay() {
        assert_eq!(
            read(b"=?utf-8?q?a?=  =?utf-8?q?b?= c =?utf-8?q?d?="),
            "ab c d"
        );
        assert_eq!(read(b"=?utf-8?q?a?=\r\n =?koi8-r?q?=C2?="), "aб");
        assert_eq!(read(b"=?utf-8?q?a?==?utf-8?q?b?=c"), "abc");
        assert_eq!(read(b"one\r\n two"), "one two");
    }

    #[test]
    fn a_character_cut_between_two_words_is_whole_again() {
        // The four octets of two GB2312 characters, cut after the third.
        assert_eq!(read(b"=?gb2312?B?xOO6?=\n =?gb2312?B?ww==?="), "你好");
        assert_eq!(read(b"=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?="), "你");
        let word = "=?iso-2022-jp?B?GyRCJTUlcxsoQg==?=";
        assert_eq!(read(format!("{word} {word}").as_bytes()), "サンサン");
    }

    #[test]
    fn a_word_without_a_charset_is_guessed() {
        assert_eq!(read(b"=??B?uafPssT6?="), "恭喜您");
        assert_eq!(read(b"=??Q?caf=C3=A9?="), "café");
        let told = charsets::find("koi8-r");
        assert_eq!(decode(b"=??Q?=F0=D2=C9?=", told), "При");
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        for value in [
            "=?",
            "=?x-unknown?q?a?=",
            "=?utf-8?x?a?=",
            "=?utf-8?q?never ends",
            "a =? b ?= c",
            "=?utf-8?q",
        ] {
            assert_eq!(read(value.as_bytes()), value);
        }
        assert_eq!(read(b"=?utf-8?q?Why??="), "Why?");
        assert_eq!(read(b"=?utf-8?q?with blanks?="), "with blanks");
        assert_eq!(read(b"=?utf-8?q??="), "");
    }

    #[test]
    fn bombs_take_no_quadratic_time() {
        for piece in [
            "=?",
            "=?utf-8?q?",
            "=?utf-8?q?x ",
            "=?a?b?",
            "=?utf-8?q?=",
            "?=",
        ] {
            let bomb = piece.repeat((1 << 17) / piece.len());
            assert!(!read(bomb.as_bytes()).is_empty());
        }
    }
}
