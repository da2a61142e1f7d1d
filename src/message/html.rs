//! HTML as plain text: tags off, entities decoded, links kept. Made for mail,
//! whose HTML is mostly broken; one pass, whatever comes.

use std::borrow::Cow;

use super::steps::Steps;
use crate::base::Cancelled;

/// Longest link that is shown, in octets.
const MAX_LINK: usize = 2_000;

/// Turns HTML into text.
pub(super) fn to_text(html: &str, steps: &mut Steps<'_>) -> Result<String, Cancelled> {
    let mut writer = Writer::default();
    let mut rest = html;
    // Once a quote is never closed, none of the later ones means anything.
    let mut are_quotes_closed = true;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        steps.take(at)?;
        writer.text(&rest[..at]);
        rest = &rest[at..];
        let length = rest.len();
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after(comment, "-->");
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            let mut end = None;
            if are_quotes_closed {
                end = tag_end(rest);
                are_quotes_closed = end.is_some();
                if end.is_none() {
                    steps.take(rest.len())?;
                }
            }
            let Some(end) = end.or_else(|| memchr::memchr(b'>', rest.as_bytes())) else {
                break;
            };
            let tag = Tag::parse(&rest[1..end]);
            rest = &rest[end + 1..];
            if !tag.closing && matches!(tag.name.as_str(), "script" | "style" | "title") {
                rest = after_element(rest, &tag.name);
            } else {
                writer.tag(&tag);
            }
        } else {
            writer.text("<");
            rest = &rest[1..];
        }
        steps.take(length - rest.len())?;
    }
    // An unfinished tag at the end is no text.
    if !rest.starts_with('<') {
        writer.text(rest);
    }
    steps.take(rest.len() + writer.scanned)?;
    Ok(writer.finish())
}

/// What follows `mark`; nothing if it is missing.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    text.split_once(mark).map_or("", |(_, rest)| rest)
}

/// From the closing tag of a raw element on; nothing if it is missing.
fn after_element<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest.as_bytes(), b"</") {
        rest = &rest[at + 2..];
        if rest
            .get(..name.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(name))
        {
            return after(rest, ">");
        }
    }
    ""
}

/// Where the tag that starts the text ends: at the first `>` outside quotes.
/// `None` if that never comes.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at);
        }
        at += memchr::memchr(bytes[at], &bytes[at + 1..])? + 2;
    }
}

/// A tag without its angle brackets.
struct Tag<'a> {
    name: String,
    closing: bool,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    fn parse(inner: &'a str) -> Self {
        let closing = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        let end = inner
            .find(|c: char| c.is_ascii_whitespace() || c == '/')
            .unwrap_or(inner.len());
        Self {
            name: inner[..end].to_ascii_lowercase(),
            closing,
            attributes: &inner[end..],
        }
    }

    /// The value of an attribute, character references decoded.
    fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .find(|c: char| c.is_ascii_whitespace() || c == '=')
                .unwrap_or(rest.len());
            let (key, tail) = rest.split_at(end);
            let tail = tail.trim_start();
            let Some(tail) = tail.strip_prefix('=') else {
                rest = tail;
                continue;
            };
            let tail = tail.trim_start();
            let (value, tail) = match tail.chars().next() {
                Some(quote @ ('"' | '\'')) => {
                    tail[1..].split_once(quote).unwrap_or((&tail[1..], ""))
                }
                _ => tail.split_at(
                    tail.find(|c: char| c.is_ascii_whitespace())
                        .unwrap_or(tail.len()),
                ),
            };
            if key.eq_ignore_ascii_case(name) {
                return Some(htmlize::unescape_attribute(value).into_owned());
            }
            rest = tail;
        }
    }
}

/// Collects text and decides about blanks and line ends.
#[derive(Default)]
struct Writer {
    out: String,
    /// Line ends at the end of `out`, with nothing but blanks behind them.
    ends: usize,
    /// Line ends that are due before the next text.
    breaks: usize,
    /// A blank is due before the next text.
    blank: bool,
    /// Inside `<pre>` blanks and line ends are text.
    pre: usize,
    /// The link being shown, and where its text starts.
    link: Option<(String, usize)>,
    /// Octets of `out` that were read again.
    scanned: usize,
}

impl Writer {
    fn text(&mut self, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let text = text_of(raw);
        if self.pre > 0 {
            self.word(&text);
            return;
        }
        let blank = |c: char| c.is_ascii_whitespace();
        self.blank |= text.starts_with(blank);
        for (i, word) in text.split(blank).filter(|w| !w.is_empty()).enumerate() {
            self.blank |= i > 0;
            self.word(word);
        }
        self.blank |= text.ends_with(blank);
    }

    fn word(&mut self, word: &str) {
        if self.breaks > 0 && !self.out.is_empty() {
            let trimmed = self.out.trim_end_matches(' ').len();
            self.scanned += self.out.len() - trimmed;
            self.out.truncate(trimmed);
            for _ in self.ends..self.breaks {
                self.out.push('\n');
            }
            self.ends = self.ends.max(self.breaks);
        } else if self.blank && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.blank = false;
        self.out.push_str(word);
        let rest = word.trim_end_matches([' ', '\n']);
        let ends = word[rest.len()..].matches('\n').count();
        self.ends = if rest.is_empty() {
            self.ends + ends
        } else {
            ends
        };
    }

    /// At least this many line ends come before the next text.
    fn break_lines(&mut self, lines: usize) {
        self.breaks = self.breaks.max(lines);
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        match tag.name.as_str() {
            "br" => self.breaks = (self.breaks + 1).min(2),
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "blockquote" | "table" | "ul"
            | "ol" | "dl" => self.break_lines(2),
            "hr" => {
                self.break_lines(1);
                self.word("----");
                self.break_lines(1);
            }
            "pre" => {
                self.break_lines(2);
                self.pre = if tag.closing {
                    self.pre.saturating_sub(1)
                } else {
                    self.pre + 1
                };
            }
            "div" | "tr" | "dt" | "dd" | "section" | "article" | "header" | "footer" | "form" => {
                self.break_lines(1);
            }
            "li" => {
                self.break_lines(1);
                if !tag.closing {
                    self.word("*");
                    self.blank = true;
                }
            }
            "td" | "th" => self.blank = true,
            "a" => self.anchor(tag),
            "img" => {
                let text = tag.attribute("alt").unwrap_or_default();
                let text = text.trim();
                if !text.is_empty() {
                    self.word(&format!("[{text}]"));
                }
            }
            _ => {}
        }
    }

    /// A link is shown behind its text, unless the text is the link.
    fn anchor(&mut self, tag: &Tag<'_>) {
        if let Some((link, start)) = self.link.take() {
            let shown = self.out.get(start..).unwrap_or_default().trim();
            self.scanned += self.out.len() - start.min(self.out.len());
            if shown != link && link.strip_prefix("mailto:") != Some(shown) {
                self.blank = true;
                self.word(&format!("<{link}>"));
            }
        }
        if !tag.closing {
            self.link = tag
                .attribute("href")
                .map(|link| link.trim().to_owned())
                .filter(|link| link.len() <= MAX_LINK && is_link(link))
                .map(|link| (link, self.out.len()));
        }
    }

    fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.out
    }
}

/// Text with its character references decoded. A blank that must not break a
/// line is a blank.
fn text_of(raw: &str) -> Cow<'_, str> {
    let text = htmlize::unescape(raw);
    if text.contains('\u{a0}') {
        Cow::Owned(text.replace('\u{a0}', " "))
    } else {
        text
    }
}

/// Whether a link leads anywhere outside of the message.
fn is_link(link: &str) -> bool {
    ["http:", "https:", "mailto:", "ftp:"].iter().any(|scheme| {
        link.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

#[cfg(test)]
mod tests;
