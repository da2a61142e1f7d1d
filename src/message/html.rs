//! HTML as plain text: tags off, entities decoded, links kept. Made for mail,
//! whose HTML is mostly broken; one pass, whatever comes.

mod entities;

/// Longest link that is shown, in octets.
const LINK_MAX: usize = 2_000;

/// Turns HTML into text.
pub(super) fn to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut rest = html;
    while let Some(at) = memchr::memchr(b'<', rest.as_bytes()) {
        writer.text(&rest[..at]);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after(comment, "-->");
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
            let Some(end) = tag_end(rest) else {
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
    }
    // An unfinished tag at the end is no text.
    if !rest.starts_with('<') {
        writer.text(rest);
    }
    writer.finish()
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

/// Where the tag that starts the text ends: at the first `>` outside quotes,
/// or, when a quote is never closed, at the first `>` at all.
fn tag_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &bytes[at..])?;
        if bytes[at] == b'>' {
            return Some(at);
        }
        let quote = bytes[at];
        match memchr::memchr(quote, &bytes[at + 1..]) {
            Some(length) => at += length + 2,
            // This quote comes nowhere behind, so that this happens at most
            // once for each of the two.
            None => return memchr::memchr(b'>', bytes),
        }
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

    /// The value of an attribute, entities decoded.
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
                return Some(entities::decode(value));
            }
            rest = tail;
        }
    }
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
}

impl Writer {
    fn text(&mut self, raw: &str) {
        if raw.is_empty() {
            return;
        }
        let text = entities::decode(raw);
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
            self.out.truncate(trimmed);
            let have = self.out.len() - self.out.trim_end_matches('\n').len();
            for _ in have..self.breaks.max(have) {
                self.out.push('\n');
            }
        } else if self.blank && !self.out.is_empty() && !self.out.ends_with(['\n', ' ']) {
            self.out.push(' ');
        }
        self.breaks = 0;
        self.blank = false;
        self.out.push_str(word);
    }

    /// At least so many line ends come before the next text.
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
                self.pre = match tag.closing {
                    true => self.pre.saturating_sub(1),
                    false => self.pre + 1,
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
            if shown != link && link.strip_prefix("mailto:") != Some(shown) {
                self.blank = true;
                self.word(&format!("<{link}>"));
            }
        }
        if !tag.closing {
            self.link = tag
                .attribute("href")
                .map(|link| link.trim().to_owned())
                .filter(|link| link.len() <= LINK_MAX && is_link(link))
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

/// Whether a link leads anywhere outside of the message.
fn is_link(link: &str) -> bool {
    ["http:", "https:", "mailto:", "ftp:"].iter().any(|scheme| {
        link.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme))
    })
}

#[cfg(test)]
mod tests;
