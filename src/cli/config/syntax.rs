//! What the TOML reader says, in words that tell what to write.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::heading;
use crate::base::sanitized;

/// What is wrong with a text that is not TOML, and what to do about it. The
/// line itself tells the usual slips; what it holds may be a secret and is
/// not repeated.
pub(super) fn explain(text: &str, span: &Range<usize>, message: &str) -> (String, Option<String>) {
    let start = span.start.min(text.len());
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let line = text[line_start..].lines().next().unwrap_or_default().trim();
    if message.contains("duplicate key") {
        let key = text.get(span.clone()).unwrap_or_default().trim();
        let what = format!("`{}` is defined twice", sanitized(key.as_bytes()));
        return (what, Some("keep one of the two".to_owned()));
    }
    if line.starts_with('[') {
        if let Some(quoted) = quoted_heading(line) {
            let what = "a heading has characters that are not allowed without quotes";
            return (what.to_owned(), Some(format!("quote the name: {quoted}")));
        }
    } else if let Some((_, value)) = line.split_once('=') {
        let value = value.trim_start();
        if value.starts_with(['“', '”', '„', '«', '»', '‘', '’']) {
            let what = "these are typographic quotes";
            return (what.to_owned(), Some("use \" \"".to_owned()));
        }
        if value.starts_with('"') && value.contains('\\') {
            let what = "in double quotes a backslash begins an escape";
            let hint = r"use single quotes, as in 'DOMAIN\user', or write the backslash twice";
            return (what.to_owned(), Some(hint.to_owned()));
        }
        let is_bare = |c: char| c.is_alphanumeric() || "/~$.<+-".contains(c);
        if value.starts_with(is_bare) {
            let what = "a value that is not a number, true or false has to be in quotes";
            return (what.to_owned(), Some("put the value in quotes".to_owned()));
        }
    }
    let message = message.lines().collect::<Vec<_>>().join(", ");
    (sanitized(message.as_bytes()), None)
}

/// The heading that was meant, if a line is one whose name lacks its quotes.
fn quoted_heading(line: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " \t-_.[]\"'".contains(c);
    let (name, _) = line.trim_start().strip_prefix('[')?.rsplit_once(']')?;
    let account = name.strip_prefix("accounts.").unwrap_or("alice@example.org");
    (!name.chars().all(is_plain)).then(|| format!("[accounts.{}]", heading(account)))
}

/// The text with quotes in those of its headings that are not TOML for the lack
/// of them, so that the mistakes below them are found as well; `None` if there are
/// none. Their lines are no longer torn then, and no line moves.
pub(super) fn with_quoted_headings(text: &str, torn: &mut HashSet<usize>) -> Option<String> {
    let before = torn.len();
    let lines = (1..).zip(text.split_inclusive('\n'));
    let lines = lines.map(|(number, line)| match quoted_heading(line) {
        Some(quoted) if torn.remove(&number) => Cow::Owned(quoted + "\n"),
        _ => Cow::Borrowed(line),
    });
    let mended: String = lines.collect();
    (torn.len() < before).then_some(mended)
}

/// A wrong value's message without the types that Rust knows.
pub(super) fn plain(message: &str) -> String {
    let Some((wrong, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    // As in "invalid type: integer `60`" and "invalid type: string "995"".
    let quote = |c: char| c == '`' || c == '"';
    let value = wrong.split_once(quote).map(|(_, rest)| rest.trim_end_matches(quote));
    let expected = match expected {
        "a boolean" => return "write true or false, without quotes".to_owned(),
        "a string" | "path string" => return "put the value in quotes".to_owned(),
        "u64" => "a whole number",
        "u16" => "a whole number up to 65535",
        "u8" => "a whole number up to 255",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "a nonzero u8" => "a whole number from 1 to 255",
        other => other,
    };
    match value {
        Some(value)
            if expected.starts_with("a whole number")
                && wrong.contains("string")
                && value.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            format!("write {expected}, without quotes: {value}")
        }
        Some(value) => format!("`{value}` is not {expected}"),
        None => format!("{wrong}, expected {expected}"),
    }
}
