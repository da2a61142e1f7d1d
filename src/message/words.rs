//! Encoded words in header text (RFC 2047), read as they are really sent:
//! glued together, with blanks inside, with characters cut in two.

use super::charsets::{self, Charset};
use super::fields::unfold;
use super::transfer;

/// Longest name of a character set that is looked up, in octets.
const MAX_NAME: usize = 60;

/// The value of a field as one line of text. What tells no character set of
/// its own is read as [`charsets::text`] says, by what the message tells.
pub(super) fn decode(value: &[u8], told: Option<Charset>) -> String {
    let value = unfold(value);
    let mut out = String::with_capacity(value.len());
    // The last word and its octets: neighbours in the same character set are
    // joined before they are decoded.
    let mut pending: Option<(Word<'_>, Vec<u8>)> = None;
    let flush = |pending: Option<(Word<'_>, Vec<u8>)>, out: &mut String| {
        if let Some((word, octets)) = pending {
            out.push_str(&charsets::text(&octets, word.charset().or(told)));
        }
    };
    let mut plain = 0; // where the text not yet put out starts
    let mut at = 0;
    let mut scanner = Scanner::default();
    while let Some(found) = memchr::memmem::find(&value[at..], b"=?") {
        let start = at + found;
        let Some(word) = scanner.word(&value[start..]) else {
            at = start + 2;
            continue;
        };
        let between = &value[plain..start];
        plain = start + word.length;
        at = plain;
        // Blanks between two encoded words are no text (RFC 2047 §6.2).
        let joins = pending.is_some() && between.trim_ascii().is_empty();
        match &mut pending {
            Some((last, octets)) if joins && last.continues_in(&word) => word.decode(octets),
            _ => {
                flush(pending.take(), &mut out);
                if !joins {
                    out.push_str(&charsets::text(between, told));
                }
                let mut octets = Vec::new();
                word.decode(&mut octets);
                pending = Some((word, octets));
            }
        }
    }
    flush(pending, &mut out);
    out.push_str(&charsets::text(&value[plain..], told));
    out
}

/// An encoded word as it stands: `=?name?B?text?=`.
pub(super) struct Word<'a> {
    name: &'a [u8],
    base64: bool,
    text: &'a [u8],
    /// Octets of the whole.
    pub(super) length: usize,
}

/// Finds encoded words in one value, in time that grows with its length.
#[derive(Default)]
pub(super) struct Scanner {
    /// No word ends behind here, so that no end is looked for again.
    endless: bool,
}

impl Scanner {
    /// The encoded word that starts with `value`, if one does.
    pub(super) fn word<'a>(&mut self, value: &'a [u8]) -> Option<Word<'a>> {
        let rest = value.strip_prefix(b"=?")?;
        let end = memchr::memchr(b'?', &rest[..rest.len().min(MAX_NAME)])?;
        let (name, rest) = rest.split_at(end);
        let is_name = |b: &u8| b.is_ascii_graphic() && !b"\"(),:;<=>@[]".contains(b);
        let [
            b'?',
            encoding @ (b'B' | b'b' | b'Q' | b'q'),
            b'?',
            rest @ ..,
        ] = rest
        else {
            return None;
        };
        if self.endless || !name.iter().all(is_name) {
            return None;
        }
        let end = memchr::memmem::find(rest, b"?=");
        self.endless = end.is_none();
        let text = &rest[..end?];
        Some(Word {
            name,
            base64: encoding.eq_ignore_ascii_case(&b'B'),
            text,
            length: b"=?".len() + name.len() + b"?B?".len() + text.len() + b"?=".len(),
        })
    }
}

impl Word<'_> {
    /// `None` where it is unknown.
    fn charset(&self) -> Option<Charset> {
        charsets::find(&String::from_utf8_lossy(self.name))
    }

    fn decode(&self, octets: &mut Vec<u8>) {
        if self.base64 {
            octets.append(&mut transfer::base64(self.text));
        } else {
            let text: Vec<u8> = self
                .text
                .iter()
                .map(|&b| if b == b'_' { b' ' } else { b })
                .collect();
            transfer::hex_codes(b'=', &text, octets);
        }
    }

    /// Whether a character may start in this word and end in the next. Where
    /// shifts matter each word starts anew, and shifting twice would be an
    /// error.
    fn continues_in(&self, next: &Self) -> bool {
        self.name.eq_ignore_ascii_case(next.name)
            && !self.charset().is_some_and(Charset::is_stateful)
    }

    /// Whether the word may be part of a name or an address, where it is short
    /// of characters that separate these (RFC 2047 §5 allows fewer).
    pub(super) fn is_in_phrase(&self) -> bool {
        !self.text.iter().any(|b| b"\"<>".contains(b))
    }
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
    fn an_unknown_charset_is_guessed_too() {
        assert_eq!(read(b"=?X-UNKNOWN?Q?Meeting_notes?="), "Meeting notes");
        assert_eq!(read(b"=?X-IAS-German?B?VGF4IHJlZnVuZA==?="), "Tax refund");
        assert_eq!(read(b"=?unknown-8bit?B?R3LDvMOfZQ==?="), "Gr\u{fc}\u{df}e");
        assert_eq!(read(b"=?x?q?=E4=BD?= =?x?q?=A0?="), "\u{4f60}");
        assert_eq!(read(b"=?us-ascii?q?caf=E9?="), "caf\u{e9}");
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        for value in [
            "=?",
            "=?x y?q?a?=",
            "=?<x>?q?a?=",
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
