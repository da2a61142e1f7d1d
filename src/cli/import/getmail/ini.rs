//! The form of getmail's config file: what Python's RawConfigParser reads,
//! and the literals of Python in its values.

use std::str::Chars;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) section: String,
    /// In lower case.
    pub(super) key: String,
    pub(super) value: String,
}

/// Reads a file: keys in any case, `=` or `:`, values that go on in lines
/// that are indented farther than their key, comments in lines of their own.
pub(super) fn settings(text: &str) -> Vec<Setting> {
    let mut found: Vec<Setting> = Vec::new();
    let mut section = String::new();
    // How far the key is indented whose value may go on.
    let mut open: Option<usize> = None;
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        let goes_on = open.is_some_and(|open| indent > open);
        if let Some(last) = found.last_mut().filter(|_| goes_on) {
            last.value.push('\n');
            last.value.push_str(trimmed);
            continue;
        }
        if let Some((name, _)) = (trimmed.strip_prefix('[')).and_then(|rest| rest.rsplit_once(']'))
            && !name.is_empty()
        {
            section = name.to_owned();
            open = None;
            continue;
        }
        let (key, value) = trimmed.split_once(['=', ':']).unwrap_or((trimmed, ""));
        open = Some(indent);
        found.push(Setting {
            section: section.clone(),
            key: key.trim().to_lowercase(),
            value: value.trim().to_owned(),
        });
    }
    found
}

/// Returns whether a value is true, in any of its spellings.
pub(super) fn is_on(value: &str) -> bool {
    matches!(value.to_lowercase().as_str(), "1" | "true" | "yes" | "on")
}

/// The words of a tuple of strings: `("pass", 'show', r"mail")`.
pub(super) fn tuple(value: &str) -> Option<Vec<String>> {
    let inner = value.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut words: Vec<String> = Vec::new();
    let mut chars = inner.chars();
    // Whether a string is next to the one before, and continues it.
    let mut goes_on = false;
    while let Some(c) = chars.next() {
        match c {
            ',' if goes_on => goes_on = false,
            c if c.is_whitespace() => {}
            _ => {
                let raw = "rR".contains(c);
                let quote = match c {
                    'r' | 'R' | 'u' | 'U' => chars.next()?,
                    quote => quote,
                };
                let word = string(&mut chars, quote, raw)?;
                match words.last_mut() {
                    Some(last) if goes_on => last.push_str(&word),
                    _ => words.push(word),
                }
                goes_on = true;
            }
        }
    }
    Some(words)
}

/// A string behind its opening quote; an unknown escape stays as it is.
fn string(chars: &mut Chars<'_>, quote: char, raw: bool) -> Option<String> {
    if !"'\"".contains(quote) {
        return None;
    }
    let mut word = String::new();
    loop {
        match chars.next()? {
            c if c == quote => return Some(word),
            '\\' if raw => word.extend(['\\', chars.next()?]),
            '\\' => match chars.next()? {
                '\n' => {}
                'n' => word.push('\n'),
                't' => word.push('\t'),
                'r' => word.push('\r'),
                same @ ('\\' | '\'' | '"') => word.push(same),
                'x' => {
                    let high = chars.next()?.to_digit(16)?;
                    word.push(char::from_u32(high * 16 + chars.next()?.to_digit(16)?)?);
                }
                other => word.extend(['\\', other]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_python_reads_them() {
        let text = "# a\n[One] x\nKey = a = b ; c\n  two\n\n; no\n   three\nk2:v\n\
                    [Two]\n  type = x\n  Path=/p\n    more\n  %(a)s: %(b)s\nlonely\n";
        let found: Vec<(String, String, String)> = settings(text)
            .into_iter()
            .map(|setting| (setting.section, setting.key, setting.value))
            .collect();
        let expected = [
            ("One", "key", "a = b ; c\ntwo\nthree"),
            ("One", "k2", "v"),
            ("Two", "type", "x"),
            ("Two", "path", "/p\nmore"),
            ("Two", "%(a)s", "%(b)s"),
            ("Two", "lonely", ""),
        ];
        let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
        assert_eq!(found, expected);
    }

    #[test]
    fn tuples_are_python_s() {
        let words = |value| tuple(value).map(|words| words.join("|"));
        for (value, expected) in [
            ("()", Some("")),
            ("('a', \"b c\",)", Some("a|b c")),
            ("('it\\'s' ' one',\n  r'a\\d', '\\d\\n\\x41\\\\')", Some("it's one|a\\d|\\d\nA\\")),
            ("(u'é')", Some("é")),
            ("('open)", None),
            ("'a'", None),
            ("(a)", None),
            ("(1, 2)", None),
            ("", None),
        ] {
            assert_eq!(words(value).as_deref(), expected, "{value}");
        }
    }
}
