//! Foreign text made safe to show: the one place that knows which characters
//! can drive a terminal, lie about the order of a line, or hide in it.

use std::borrow::Cow;
use std::fmt::Write;

/// Most characters of a server's text that are shown.
const MAX_SANITIZED: usize = 200;

/// A number of things: `1 message`, `2 messages`.
pub fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

/// Returns whether a character must not reach a terminal as it is: controls of
/// C0 and C1, DEL, line separators, the marks that reorder text (Unicode TR 9),
/// and whatever else has no shape (Default_Ignorable_Code_Point of TR 44, and
/// the anchors of annotations). Variation selectors are left as they are:
/// they choose the shape of the character before them, as in most emoji.
fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e00ff}'
            | '\u{e01f0}'..='\u{e0fff}')
}

/// Foreign bytes as one line of safe text, at most 200 characters: controls
/// and reordering marks as `\x1b` or `\u{202e}`, invalid UTF-8 byte by byte.
pub fn sanitized(bytes: &[u8]) -> String {
    let mut out = String::new();
    for (count, piece) in pieces(bytes).enumerate() {
        match piece {
            _ if count == MAX_SANITIZED => {
                out.push('…');
                break;
            }
            Ok(c) => push_escaped(&mut out, c),
            Err(octet) => push_octet(&mut out, octet),
        }
    }
    out
}

/// Text with the unsafe characters escaped as in [`sanitized`], uncut.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        push_escaped(&mut out, c);
    }
    out
}

/// JSON in which nothing can drive a terminal or reorder a line: the unsafe
/// characters that JSON itself would leave as they are come as `\u....` too.
pub fn escape_json(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Foreign octets escaped as in [`sanitized`], uncut; line feeds and tabs stay.
pub fn escape_lines(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for piece in pieces(bytes) {
        match piece {
            Ok(c @ ('\n' | '\t')) => out.push(c),
            Ok(c) => push_escaped(&mut out, c),
            Err(octet) => push_octet(&mut out, octet),
        }
    }
    out
}

/// The characters of a text, and the octets in it that are none.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = Result<char, u8>> {
    bytes.utf8_chunks().flat_map(|chunk| {
        let characters = chunk.valid().chars().map(Ok);
        characters.chain(chunk.invalid().iter().copied().map(Err))
    })
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
        let expected = "\\x1b]0;x\\x07 \\x9b1m\\x7f";
        assert_eq!(sanitized(b"\x1b]0;x\x07 \xc2\x9b1m\x7f"), expected);
        let expected = "a\\u{202e}b\\x0d\\x0a";
        assert_eq!(sanitized("a\u{202e}b\r\n".as_bytes()), expected);
        assert_eq!(sanitized(b"caf\xe9 \xff"), "caf\\xe9 \\xff");
        assert_eq!(sanitized("Привет 世界".as_bytes()), "Привет 世界");
    }

    #[test]
    fn nothing_hides_in_a_line() {
        let hidden = "a\u{200b}b\u{200c}\u{200d}\u{2060}\u{feff}c\u{ad}\u{3164}\u{e0061}";
        let expected = "a\\u{200b}b\\u{200c}\\u{200d}\\u{2060}\\u{feff}c\\xad\\u{3164}\\u{e0061}";
        assert_eq!(escape(hidden), expected);
        // Marks on a letter, and what chooses the shape of one, are seen.
        let rows = ["e\u{301}", "न\u{94d}", "\u{2764}\u{fe0f}", "葛\u{e0100}", "a\u{a0}\u{3000}"];
        for seen in rows {
            assert_eq!(escape(seen), seen);
        }
    }

    #[test]
    fn lines_stay_lines() {
        let found = escape_lines("a\tb\r\n\u{1b}[2J\u{9b}é\u{202e}\n".as_bytes());
        assert_eq!(found, "a\tb\\x0d\n\\x1b[2J\\x9bé\\u{202e}\n");
        assert_eq!(escape_lines(b"caf\xe9 \xff"), "caf\\xe9 \\xff");
        assert_eq!(escape_lines(&[b'x'; 1000]).len(), 1000);
    }

    #[test]
    fn long_text_is_cut() {
        let text = sanitized(&[b'x'; 1000]);
        assert_eq!(text.chars().count(), 201);
        assert!(text.ends_with('…'));
    }
}
