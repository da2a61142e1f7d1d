//! Text as TOML has it.

use serde_json::Value;

use crate::base::escape_json;

/// A value without tables as JSON and TOML both have it, with DEL, C1 and
/// reordering marks escaped as well.
pub(crate) fn quoted(value: &Value) -> String {
    escape_json(&value.to_string()).into_owned()
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
