//! All messages of an mbox, whoever wrote them.

use std::path::Path;

use super::Part;
use super::quote::Unquote;
use crate::base::{Cancel, Hash};
use crate::disk::File;
use crate::store::Error;
use crate::store::reread::{CHUNK, MessageHasher};

/// What a message begins with, at the start of the file or behind a blank
/// line.
const FROM: &[u8] = b"From ";

/// Hands out the hash of each message, its quoting taken off, and its part of
/// the file. What is in front of the first one is left out.
pub(super) fn scan(
    file: &dyn File,
    path: &Path,
    cancel: &Cancel,
    each: &mut dyn FnMut(Hash, Part),
) -> Result<(), Error> {
    let mut buf: Vec<u8> = Vec::with_capacity(2 * CHUNK);
    let mut scanner = Scanner::new(each);
    let mut read_to = 0;
    loop {
        cancel.check()?;
        let kept = buf.len();
        buf.resize(kept + CHUNK, 0);
        let read = file.read_at(&mut buf[kept..], read_to);
        let read = read.map_err(Error::io("read", path))?;
        buf.truncate(kept + read);
        read_to += read as u64;
        let taken = scanner.take(&buf, read == 0);
        buf.drain(..taken);
        if read == 0 {
            scanner.end();
            return Ok(());
        }
    }
}

/// What the line at hand belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    FromLine,
    Message,
}

struct Scanner<'e> {
    each: &'e mut dyn FnMut(Hash, Part),
    within: Within,
    at: u64,
    /// Where the message began.
    start: u64,
    line_starts: bool,
    /// The line before was blank; it may be the end of the message, and is
    /// held back.
    blank: bool,
    hasher: MessageHasher,
    unquote: Unquote,
    out: Vec<u8>,
}

impl<'e> Scanner<'e> {
    fn new(each: &'e mut dyn FnMut(Hash, Part)) -> Self {
        Self {
            each,
            within: Within::Nothing,
            at: 0,
            start: 0,
            line_starts: true,
            blank: true,
            hasher: MessageHasher::default(),
            unquote: Unquote::new(),
            out: Vec::new(),
        }
    }

    /// Answers how much was taken: the start of a line is left over as long
    /// as it cannot be told from a From_ line.
    fn take(&mut self, bytes: &[u8], is_last: bool) -> usize {
        let mut rest = bytes;
        while !rest.is_empty() {
            let lf = memchr::memchr(b'\n', rest);
            if self.line_starts && lf.is_none() && rest.len() < FROM.len() && !is_last {
                break;
            }
            let (piece, tail) = rest.split_at(lf.map_or(rest.len(), |lf| lf + 1));
            if self.line_starts && self.blank && piece.starts_with(FROM) {
                self.end();
                self.within = Within::FromLine;
                self.start = self.at;
                self.blank = false;
            }
            match self.within {
                Within::Message => self.content(piece),
                // The line before the first message counts as blank only if
                // it is.
                Within::Nothing => self.blank = self.line_starts && piece == b"\n",
                Within::FromLine if lf.is_some() => self.within = Within::Message,
                Within::FromLine => {}
            }
            self.line_starts = lf.is_some();
            self.at += piece.len() as u64;
            rest = tail;
        }
        bytes.len() - rest.len()
    }

    fn content(&mut self, piece: &[u8]) {
        if self.blank {
            self.blank = false;
            self.feed(b"\n");
        }
        if self.line_starts && piece == b"\n" {
            self.blank = true;
        } else {
            self.feed(piece);
        }
    }

    fn feed(&mut self, piece: &[u8]) {
        self.unquote.push(piece, &mut self.out);
        self.hasher.take(&self.out);
        self.out.clear();
    }

    /// The message, if there was one, ends here.
    fn end(&mut self) {
        if self.within != Within::Nothing {
            let unquote = std::mem::replace(&mut self.unquote, Unquote::new());
            unquote.finish(&mut self.out);
            self.hasher.take(&self.out);
            self.out.clear();
            let hash = std::mem::take(&mut self.hasher).finish().hash;
            let part = Part {
                offset: self.start,
                length: self.at - self.start,
            };
            (self.each)(hash, part);
        }
    }
}
