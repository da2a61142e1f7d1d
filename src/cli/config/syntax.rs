//! What the TOML reader says, in words that tell what to write.

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
    if let Some(rest) = line.strip_prefix('[') {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || " \t-_.[]\"'".contains(c);
        if let Some((name, _)) = rest.rsplit_once(']')
            && !name.chars().all(is_plain)
        {
            let what = "a heading has characters that are not allowed without quotes";
            let account = name
                .strip_prefix("accounts.")
                .unwrap_or("alice@example.org");
            let hint = format!("quote the name: [accounts.{}]", heading(account));
            return (what.to_owned(), Some(hint));
        }
    } else if let Some((_, value)) = line.split_once('=') {
        let value = value.trim_start();
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

/// A wrong value's message without the types that Rust knows.
pub(super) fn plain(message: &str) -> String {
    let Some((wrong, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
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
    format!("{wrong}, expected {expected}")
}
