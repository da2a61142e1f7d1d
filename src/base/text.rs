//! Foreign text made safe to show: the one place that knows which characters
//! can drive a terminal or lie about the order of a line.

use std::fmt::Write;

/// Most characters of a server's text that are shown.
const SHOWN: usize = 200;

/// A number of things: `1 message`, `2 messages`.
pub fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Whether a character must not reach a terminal as it is: controls of C0 and
/// C1, DEL, and the marks that reorder text (Unicode TR 9).
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// Foreign bytes as one line of safe text, at most 200 characters: controls
/// and reordering marks as `\x1b` or `\u{202e}`, invalid UTF-8 byte by byte.
pub fn shown(bytes: &[u8]) -> String {
    let mut out = String::new();
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if count == SHOWN {
                out.push('…');
                return out;
            }
            count += 1;
            push_escaped(&mut out, c);
        }
        for byte in chunk.invalid() {
            if count == SHOWN {
                out.push('…');
                return out;
            }
            count += 1;
            push_octet(&mut out, *byte);
        }
    }
    out
}

/// Text with the unsafe characters escaped as in [`shown`], uncut.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_escaped(&mut out, c);
    }
    out
}

/// Foreign octets escaped as in [`shown`], uncut; line feeds and tabs stay.
pub fn escape_lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' => out.push(c),
                c => push_escaped(&mut out, c),
            }
        }
        for byte in chunk.invalid() {
            push_octet(&mut out, *byte);
        }
    }
    out
}

fn push_octet(out: &mut String, octet: u8) {
    let _ = write!(out, "\\x{octet:02x}");
}

fn push_escaped(out: &mut String, c: char) {
    if !is_unsafe(c) {
        out.push(c);
    } else if (c as u32) < 0x100 {
        push_octet(out, c as u8);
    } else {
        let _ = write!(out, "\\u{{{:x}}}", c as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_is_left() {
        assert_eq!(
            shown(b"\x1b]0;x\x07 \xc2\x9b1m\x7f"),
            "\\x1b]0;x\\x07 \\x9b1m\\x7f"
        );
        assert_eq!(shown("a\u{202e}b\r\n".as_bytes()), "a\\u{202e}b\\x0d\\x0a");
        assert_eq!(shown(b"caf\xe9 \xff"), "caf\\xe9 \\xff");
        assert_eq!(shown("Привет 世界".as_bytes()), "Привет 世界");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(
            escape_lines("a\tb\r\n\u{1b}[2J\u{9b}é\u{202e}\n".as_bytes()),
            "a\tb\\x0d\n\\x1b[2J\\x9bé\\u{202e}\n"
        );
        assert_eq!(escape_lines(b"caf\xe9 \xff"), "caf\\xe9 \\xff");
        assert_eq!(escape_lines(&[b'x'; 1000]).len(), 1000);
    }

    #[test]
    fn long_text_is_cut() {
        let text = shown(&[b'x'; 1000]);
        assert_eq!(text.chars().count(), 201);
        assert!(text.ends_with('…'));
    }
}
