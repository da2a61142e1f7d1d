//! Text as TOML has it.

use serde_json::Value;

use crate::base::escape;

/// A value without tables as JSON and TOML both have it, with DEL, C1 and
/// reordering marks escaped as well.
pub(crate) fn quoted(value: &Value) -> String {
    let text = value.to_string();
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        let mut buffer = [0; 2];
        if escape(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8() {
            safe.push(c);
        } else {
            for unit in c.encode_utf16(&mut buffer) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

/// A name as TOML has it after a dot.
pub(crate) fn heading(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.chars().all(is_bare) {
        return name.to_owned();
    }
    quoted(&Value::from(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsafe_characters_are_escaped_as_json_has_it() {
        let text = "a\u{7f}\u{9b}\u{202e}é\u{1b}\u{1f600}";
        let expected = "\"a\\u007f\\u009b\\u202eé\\u001b\u{1f600}\"";
        assert_eq!(quoted(&Value::from(text)), expected);
        assert_eq!(heading("a-b_1"), "a-b_1");
        assert_eq!(heading("a b"), "\"a b\"");
    }
}
