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

/// An encoded word unchanged: `=?name?B?text?=`.
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
        let [b'?', encoding @ (b'B' | b'b' | b'Q' | b'q'), b'?', rest @ ..] = rest else {
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
            let text: Vec<u8> =
                self.text.iter().map(|&b| if b == b'_' { b' ' } else { b }).collect();
            transfer::hex_codes(b'=', &text, octets);
        }
    }

    /// Returns whether a character may start in this word and end in the next.
    /// Where shifts matter each word starts anew, and shifting twice would be
    /// an error.
    fn continues_in(&self, next: &Self) -> bool {
        self.name.eq_ignore_ascii_case(next.name)
            && !self.charset().is_some_and(Charset::is_stateful)
    }

    /// Returns whether the word may be part of a name or an address, where it
    /// is short of characters that separate these (RFC 2047 §5 allows fewer).
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
    fn encoded_words_become_text() {
        let japanese = b"=?iso-2022-jp?B?GyRCJTUlcxsoQg==?=";
        let twice = [&japanese[..], japanese].join(&b' ');
        for (value, text) in [
            (&b"=?GB2312?B?xOO6w6OsysC95w==?="[..], "你好，世界"),
            (b"=?big5?B?p0GmbqFBpUCsyQ==?=", "你好，世界"),
            (b"=?KOI8-R?Q?=F0=D2=C9=D7=C5=D4?=", "Привет"),
            (b"=?utf-8*de?q?Gr=C3=BC=C3=9Fe_aus?= K\xc3\xb6ln", "Grüße aus Köln"),
            // Blanks between words vanish, and others stay.
            (b"=?utf-8?q?a?=  =?utf-8?q?b?= c =?utf-8?q?d?=", "ab c d"),
            (b"=?utf-8?q?a?=\r\n =?koi8-r?q?=C2?=", "aб"),
            (b"=?utf-8?q?a?==?utf-8?q?b?=c", "abc"),
            (b"one\r\n two", "one two"),
            // A character cut between two words is whole again.
            (b"=?gb2312?B?xOO6?=\n =?gb2312?B?ww==?=", "你好"),
            (b"=?utf-8?Q?=E4=BD?= =?utf-8?Q?=A0?=", "你"),
            (&twice, "サンサン"),
            // A character set that is unknown or not told is guessed.
            (b"=??B?uafPssT6?=", "恭喜您"),
            (b"=??Q?caf=C3=A9?=", "café"),
            (b"=?X-UNKNOWN?Q?Meeting_notes?=", "Meeting notes"),
            (b"=?X-IAS-German?B?VGF4IHJlZnVuZA==?=", "Tax refund"),
            (b"=?unknown-8bit?B?R3LDvMOfZQ==?=", "Grüße"),
            (b"=?x?q?=E4=BD?= =?x?q?=A0?=", "你"),
            (b"=?us-ascii?q?caf=E9?=", "café"),
            (b"=?utf-8?q?Why??=", "Why?"),
            (b"=?utf-8?q?with blanks?=", "with blanks"),
            (b"=?utf-8?q??=", ""),
        ] {
            assert_eq!(read(value), text, "{}", value.escape_ascii());
        }
        assert_eq!(decode(b"=??Q?=F0=D2=C9?=", charsets::find("koi8-r")), "При");
    }

    #[test]
    fn what_is_no_word_stays_as_it_is() {
        #[rustfmt::skip]
        let rows = [
            "=?", "=?x y?q?a?=", "=?<x>?q?a?=", "=?utf-8?x?a?=", "=?utf-8?q?never ends", "a =? b ?= c", "=?utf-8?q",
        ];
        for value in rows {
            assert_eq!(read(value.as_bytes()), value);
        }
    }

    #[test]
    fn bombs_take_no_quadratic_time() {
        for piece in "=?|=?utf-8?q?|=?utf-8?q?x |=?a?b?|=?utf-8?q?=|?=".split('|') {
            let bomb = piece.repeat((1 << 17) / piece.len());
            assert!(!read(bomb.as_bytes()).is_empty());
        }
    }
}
