//! HTML as plain text: tags off, character references decoded, links kept.
//! One pass, whatever comes.

use std::collections::BTreeMap;

use html5gum::{DefaultEmitter, Error, HtmlString, Spanned, Token, Tokenizer};

use super::steps::Steps;
use crate::base::Cancelled;

/// Longest link that is shown, in octets.
const MAX_LINK: usize = 2_000;

/// Elements with an empty line before and behind them.
const PARAGRAPHS: &str = "p h1 h2 h3 h4 h5 h6 blockquote table ul ol dl pre";

/// Elements that begin and end a line.
const LINES: &str = "div tr dt dd li hr section article header footer form";

type Attributes = BTreeMap<HtmlString, Spanned<HtmlString>>;

/// Turns HTML into text.
pub(super) fn to_text(html: &str, steps: &mut Steps<'_>) -> Result<String, Cancelled> {
    let mut writer = Writer::default();
    let mut from = 0;
    // Behind a quote that is never closed, a browser shows nothing. Here the
    // text goes on behind that tag; no more than a few can be like that.
    while let Some(unfinished) = read(&html[from..], &mut writer, steps)? {
        let tag = &html.as_bytes()[from + unfinished..];
        steps.take(tag.len())?;
        let Some(end) = memchr::memchr(b'>', tag) else {
            break;
        };
        from += unfinished + end + 1;
    }
    steps.take(writer.scanned)?;
    Ok(writer.finish())
}

/// Writes the text of all tags, and returns where the last one starts if it
/// has no end.
fn read(
    html: &str,
    writer: &mut Writer,
    steps: &mut Steps<'_>,
) -> Result<Option<usize>, Cancelled> {
    let mut emitter = DefaultEmitter::<usize>::new_with_span();
    emitter.naively_switch_states(true);
    let mut raw = false;
    let mut end = 0;
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        let span = match token {
            Token::String(text) => {
                if !raw {
                    writer.text(&String::from_utf8_lossy(&text));
                }
                text.span
            }
            Token::StartTag(tag) => {
                raw = matches!(&**tag.name, b"script" | b"style" | b"title");
                writer.start(&tag.name, &tag.attributes);
                tag.span
            }
            Token::EndTag(tag) => {
                raw = false;
                writer.end(&tag.name);
                tag.span
            }
            Token::Comment(comment) => comment.span,
            Token::Doctype(doctype) => doctype.span,
            Token::Error(error) if error.value == Error::EofInTag => return Ok(Some(end)),
            Token::Error(_) => continue,
        };
        steps.take(span.end.saturating_sub(end))?;
        end = span.end;
    }
    Ok(None)
}

/// Collects text and decides about blanks and line ends.
#[derive(Default)]
struct Writer {
    out: String,
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
    fn text(&mut self, text: &str) {
        // A blank that must not break a line is a blank.
        let text = text.replace('\u{a0}', " ");
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
            let last = self.out.bytes().rev().take(self.breaks);
            let ends = last.take_while(|&octet| octet == b'\n').count();
            self.out.push_str(&"\n".repeat(self.breaks - ends));
        } else if self.blank && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.blank = false;
        self.out.push_str(word);
    }

    fn start(&mut self, name: &[u8], attributes: &Attributes) {
        let attribute = |name: &[u8]| attributes.get(name).map(|a| String::from_utf8_lossy(a));
        self.lay_out(name);
        match name {
            b"br" => self.breaks = (self.breaks + 1).min(2),
            b"pre" => self.pre += 1,
            b"hr" => {
                self.word("----");
                self.breaks = 1;
            }
            b"li" => {
                self.word("*");
                self.blank = true;
            }
            b"a" => {
                self.end_of_link();
                self.link = attribute(b"href")
                    .map(|link| link.trim().to_owned())
                    .filter(|link| link.len() <= MAX_LINK && is_link(link))
                    .map(|link| (link, self.out.len()));
            }
            b"img" => {
                let text = attribute(b"alt").unwrap_or_default();
                if !text.trim().is_empty() {
                    self.word(&format!("[{}]", text.trim()));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        self.lay_out(name);
        match name {
            b"pre" => self.pre = self.pre.saturating_sub(1),
            b"a" => self.end_of_link(),
            _ => {}
        }
    }

    /// How an element is set apart from what is before and behind it.
    fn lay_out(&mut self, name: &[u8]) {
        let is_in = |names: &str| names.split(' ').any(|n| n.as_bytes() == name);
        self.breaks = match name {
            _ if is_in(PARAGRAPHS) => 2,
            _ if is_in(LINES) => self.breaks.max(1),
            _ => self.breaks,
        };
        self.blank |= is_in("td th");
    }

    /// A link is shown behind its text, unless the text is the link.
    fn end_of_link(&mut self) {
        if let Some((link, start)) = self.link.take() {
            let shown = self.out.get(start..).unwrap_or_default().trim();
            self.scanned += self.out.len() - start.min(self.out.len());
            if shown != link && link.strip_prefix("mailto:") != Some(shown) {
                self.blank = true;
                self.word(&format!("<{link}>"));
            }
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

/// Returns whether a link leads anywhere outside of the message.
fn is_link(link: &str) -> bool {
    let scheme = link.split(':').next().unwrap_or_default();
    let known = ["http", "https", "mailto", "ftp"];
    scheme.len() < link.len() && known.iter().any(|name| scheme.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests;
