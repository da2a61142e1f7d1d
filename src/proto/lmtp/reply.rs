//! Replies (RFC 5321 §4.2), of several lines too, and what they mean for a
//! message.

/// Longest line of a reply, in octets. RFC 5321 §4.5.3.1.5 wants 512.
const MAX_LINE: usize = 4096;

/// Most lines of a reply.
const MAX_LINES: usize = 128;

/// Most octets of a reply's text that are kept.
const MAX_TEXT: usize = 1024;

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its code, from 200 to 599.
    pub code: u16,
    /// The text of its lines, cut. Foreign and not safe to print.
    pub lines: Vec<Vec<u8>>,
}

/// What a reply that is no success means for the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Not now.
    Deferred,
    /// Not this one.
    Refused,
}

impl Reply {
    /// Returns whether it says yes.
    pub(super) fn is_success(&self) -> bool {
        self.code / 100 == 2
    }

    /// What a 4xx or 5xx means. A full mailbox (552, 5.2.x) and a mail system
    /// that is not able to (5.3.x) pass, whatever the first digit says; `None`
    /// for a reply that makes no sense as an answer.
    pub(super) fn failure(&self) -> Option<FailureKind> {
        match self.code / 100 {
            4 => Some(FailureKind::Deferred),
            5 => {
                let text = self.lines.first().map_or(&[][..], |line| line);
                let passing =
                    self.code == 552 || text.starts_with(b"5.2.") || text.starts_with(b"5.3.");
                Some(if passing { FailureKind::Deferred } else { FailureKind::Refused })
            }
            _ => None,
        }
    }

    /// The code and the text, as one line.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = self.code.to_string().into_bytes();
        for line in self.lines.iter().filter(|line| !line.is_empty()) {
            text.push(b' ');
            text.extend_from_slice(line);
        }
        text.truncate(MAX_TEXT);
        text
    }
}

/// Puts replies together from what comes in.
#[derive(Debug, Default)]
pub(super) struct Replies {
    buffer: Vec<u8>,
    code: Option<u16>,
    lines: Vec<Vec<u8>>,
    count: usize,
}

impl Replies {
    pub(super) fn push(&mut self, octets: &[u8]) {
        self.buffer.extend_from_slice(octets);
    }

    /// The next whole reply; an error, in a few words, if what came is none.
    pub(super) fn next(&mut self) -> Result<Option<Reply>, &'static str> {
        while let Some(end) = memchr::memchr(b'\n', &self.buffer) {
            let mut line: Vec<u8> = self.buffer.drain(..=end).collect();
            line.pop();
            line.pop_if(|last| *last == b'\r');
            if let Some(reply) = self.line(&line)? {
                return Ok(Some(reply));
            }
        }
        if self.buffer.len() > MAX_LINE {
            return Err("a line without an end");
        }
        Ok(None)
    }

    fn line(&mut self, line: &[u8]) -> Result<Option<Reply>, &'static str> {
        const NONE: &str = "something that is no reply";
        if line.len() > MAX_LINE {
            return Err("a line without an end");
        }
        let (code, rest) = line.split_at_checked(3).ok_or(NONE)?;
        let is_code = matches!(code[0], b'2'..=b'5') && code[1..].iter().all(u8::is_ascii_digit);
        let number =
            code.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit.wrapping_sub(b'0')));
        let (is_last, text) = match rest {
            [] => (true, rest),
            [b' ', text @ ..] => (true, text),
            [b'-', text @ ..] => (false, text),
            _ => return Err(NONE),
        };
        if !is_code || self.code.is_some_and(|first| first != number) {
            return Err(NONE);
        }
        self.count += 1;
        if self.count > MAX_LINES {
            return Err("a reply without an end");
        }
        self.code = Some(number);
        let text = &text[..text.len().min(MAX_TEXT)];
        self.lines.push(text.to_vec());
        if !is_last {
            return Ok(None);
        }
        self.code = None;
        self.count = 0;
        Ok(Some(Reply { code: number, lines: std::mem::take(&mut self.lines) }))
    }
}
