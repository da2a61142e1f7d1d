//! The parts of the man page that `retr help TOPIC` shows: the same source, as
//! plain text.

use super::man::prose;

/// The topics, with the part of the page that each is.
const TOPICS: [(&str, &str); 4] = [
    ("exit-codes", include_str!("prose/exit-codes.roff")),
    ("json", include_str!("prose/json.roff")),
    ("units", include_str!("prose/units.roff")),
    ("promises", include_str!("prose/promises.roff")),
];

pub(crate) fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(name, _)| *name)
}

/// A topic as text of lines of at most `width` columns.
pub(crate) fn topic(name: &str, width: usize) -> Option<String> {
    let (_, roff) = TOPICS.iter().find(|(known, _)| *known == name)?;
    let mut page = Page::new(width);
    prose(roff).lines().for_each(|line| page.line(line));
    page.end_paragraph();
    Some(page.text)
}

/// Columns that what explains a term is moved to the right.
const INDENT: usize = 8;

/// Text that is being set from the few requests that the prose is written in.
#[derive(Default)]
struct Page {
    text: String,
    width: usize,
    words: String,
    /// What stands before the paragraph, on its first line or above it.
    tag: String,
    indent: usize,
    is_tag: bool,
}

impl Page {
    fn new(width: usize) -> Self {
        Self { width, ..Self::default() }
    }

    fn line(&mut self, line: &str) {
        let (request, rest) = match line.strip_prefix('.') {
            Some(request) => request.split_once(' ').unwrap_or((request, "")),
            None => ("", line),
        };
        let words = arguments(rest);
        if ["SH", "TP", "IP", "PP"].contains(&request) {
            self.end_paragraph();
            self.indent = 0;
        }
        match request {
            "SH" => self.text.push_str(&format!("{}\n", words.join(" "))),
            "TP" => {
                (self.indent, self.is_tag) = (INDENT, true);
                return;
            }
            "IP" => {
                self.indent = 4;
                self.tag = words.into_iter().next().unwrap_or_default();
                return;
            }
            "PP" => return,
            "B" | "I" => self.add(&words.join(" ")),
            "" => self.add(&plain(rest)),
            // Fonts that alternate.
            _ => self.add(&words.concat()),
        }
        if std::mem::take(&mut self.is_tag) {
            self.tag = std::mem::take(&mut self.words);
        }
    }

    fn add(&mut self, words: &str) {
        if !self.words.is_empty() {
            self.words.push(' ');
        }
        self.words.push_str(words);
    }

    fn end_paragraph(&mut self) {
        let tag = std::mem::take(&mut self.tag);
        let words = std::mem::take(&mut self.words);
        if tag.is_empty() && words.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let mut line = tag;
        // A term that is too long has a line of its own.
        if line.chars().count() + 1 > self.indent && !line.is_empty() {
            self.text.push_str(&std::mem::take(&mut line));
            self.text.push('\n');
        }
        let missing = self.indent.saturating_sub(line.chars().count());
        line.push_str(&" ".repeat(missing));
        let mut is_begun = false;
        for word in words.split_whitespace() {
            if is_begun && line.chars().count() + 1 + word.chars().count() > self.width {
                self.text.push_str(line.trim_end());
                self.text.push('\n');
                line = " ".repeat(self.indent);
                is_begun = false;
            }
            if is_begun {
                line.push(' ');
            }
            line.push_str(word);
            is_begun = true;
        }
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }
}

fn arguments(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (word, behind) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => {
                // An escaped space is part of the word.
                let end = rest.replace("\\ ", "\\_").find(' ');
                rest.split_at(end.unwrap_or(rest.len()))
            }
        };
        words.push(plain(word));
        rest = behind.trim_start();
    }
    words
}

/// Text without its escapes.
fn plain(text: &str) -> String {
    let mut plain = text.to_owned();
    for (escape, meaning) in [
        ("\\fB", ""),
        ("\\fI", ""),
        ("\\fR", ""),
        ("\\fP", ""),
        ("\\&", ""),
        ("\\-", "-"),
        ("\\ ", " "),
        ("\\(dq", "\""),
        ("\\(aq", "'"),
        ("\\(ga", "`"),
        ("\\(ha", "^"),
        ("\\(ti", "~"),
        ("\\e", "\\"),
    ] {
        plain = plain.replace(escape, meaning);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Class, WarningCode};

    #[test]
    fn topics_are_plain_text_that_fits() {
        for name in topics() {
            let text = topic(name, 60).expect("a topic");
            for line in text.lines() {
                assert!(line.chars().count() <= 60, "{line}");
                assert!(!line.starts_with('.') && !line.contains("\\f"), "{line}");
                assert!(!line.contains("{{"), "{line}");
            }
            assert!(text.lines().count() > 10, "{text}");
        }
        assert_eq!(topic("nothing", 60), None);
    }

    #[test]
    fn topics_have_what_scripts_rely_on() {
        let codes = topic("exit-codes", 80).expect("a topic");
        for class in Class::WORST_FIRST {
            let code = format!("\n{}      ", class.code());
            assert!(codes.contains(&code), "{code}{codes}");
        }
        let json = topic("json", 80).expect("a topic");
        for code in WarningCode::ALL {
            assert!(json.contains(code.word()), "{}", code.word());
        }
    }

    #[test]
    fn requests_become_text() {
        let mut page = Page::new(30);
        let roff =
            ".SH A\n.TP\n.BR one \", \" two\nIs \\fBnot\\fR\n.B \"\\-\\-x\"\n.RB ( y ).\n.PP\nz";
        roff.lines().for_each(|line| page.line(line));
        page.end_paragraph();
        assert_eq!(page.text, "A\n\none, two\n        Is not --x (y).\n\nz\n");
    }
}
