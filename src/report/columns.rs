//! Text in columns of a terminal: a Chinese character takes two of them.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cut or filled up to exactly this many columns.
pub(super) fn cell(text: &str, width: usize) -> String {
    filled(&cut(text, width), width)
}

/// Filled up to at least this many columns.
pub(super) fn filled(text: &str, width: usize) -> String {
    let mut cell = text.to_owned();
    cell.extend((text.width()..width).map(|_| ' '));
    cell
}

/// At most this many columns; `…` means what was cut off.
pub(super) fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_by_columns() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde…");
        assert_eq!(cut("你好世界", 8), "你好世界");
        assert_eq!(cut("你好世界", 7), "你好世…");
        assert_eq!(cut("你好世界", 6), "你好…");
        assert_eq!(cut("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(cell("你", 4), "你  ");
    }
}
