//! All messages of an mbox, no matter who wrote them.

use std::ops::{ControlFlow, Range};
use std::path::Path;

use super::Part;
use super::quote::Unquote;
use crate::base::Cancel;
use crate::disk::File;
use crate::store::reread::{CHUNK, MessageHasher};
use crate::store::{Error, Reread, Sink};

/// What a message begins with, at the start of the file or behind a blank
/// line.
const FROM: &[u8] = b"From ";

/// Takes each message once it ended, with its part of the file; ends the scan
/// if it has seen enough.
type Each<'e> = &'e mut dyn FnMut(Reread, Part) -> ControlFlow<()>;

/// Goes through all messages in a part of a file: hands out the pieces of each,
/// its quoting taken off, then what it is. What is in front of the first one is
/// left out.
pub(in crate::store) fn scan(
    file: &dyn File,
    range: Range<u64>,
    path: &Path,
    cancel: &Cancel,
    sink: Sink<'_>,
    each: Each<'_>,
) -> Result<(), Error> {
    let mut buf: Vec<u8> = Vec::with_capacity(2 * CHUNK);
    let mut scanner = Scanner::new(range.start, sink, each);
    let mut read_to = range.start;
    loop {
        cancel.check()?;
        let kept = buf.len();
        let most = usize::try_from(range.end - read_to).map_or(CHUNK, |left| left.min(CHUNK));
        buf.resize(kept + most, 0);
        let read = file.read_at(&mut buf[kept..], read_to);
        let read = read.map_err(Error::io("read", path))?;
        buf.truncate(kept + read);
        read_to += read as u64;
        let taken = scanner.take(&buf, read == 0)?;
        if scanner.done {
            return Ok(());
        }
        buf.drain(..taken);
        if read == 0 {
            return scanner.end();
        }
    }
}

/// Hands out and hashes the message that [`scan`] found in a part.
pub(in crate::store) fn read(
    file: &dyn File,
    part: Part,
    path: &Path,
    cancel: &Cancel,
    sink: Sink<'_>,
) -> Result<Reread, Error> {
    let mut found = None;
    let mut each = |reread, _| {
        found = Some(reread);
        ControlFlow::Break(())
    };
    scan(file, part.offset..part.end(), path, cancel, sink, &mut each)?;
    found.ok_or_else(|| Error::Missing { path: path.into() })
}

/// What the line at hand belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    Nothing,
    FromLine,
    Message,
}

struct Scanner<'e> {
    sink: Sink<'e>,
    each: Each<'e>,
    done: bool,
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
    fn new(at: u64, sink: Sink<'e>, each: Each<'e>) -> Self {
        Self {
            sink,
            each,
            done: false,
            within: Within::Nothing,
            at,
            start: at,
            line_starts: true,
            blank: true,
            hasher: MessageHasher::default(),
            unquote: Unquote::new(),
            out: Vec::new(),
        }
    }

    /// Returns how much was taken: the start of a line is left over as long
    /// as it cannot be told from a From_ line.
    fn take(&mut self, bytes: &[u8], is_last: bool) -> Result<usize, Error> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let lf = memchr::memchr(b'\n', rest);
            if self.line_starts && lf.is_none() && rest.len() < FROM.len() && !is_last {
                break;
            }
            let (piece, tail) = rest.split_at(lf.map_or(rest.len(), |lf| lf + 1));
            if self.line_starts && self.blank && piece.starts_with(FROM) {
                self.end()?;
                if self.done {
                    break;
                }
                self.within = Within::FromLine;
                self.start = self.at;
                self.blank = false;
            }
            match self.within {
                Within::Message => self.content(piece)?,
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
        Ok(bytes.len() - rest.len())
    }

    fn content(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.blank {
            self.blank = false;
            self.feed(b"\n")?;
        }
        if self.line_starts && piece == b"\n" {
            self.blank = true;
            return Ok(());
        }
        self.feed(piece)
    }

    fn feed(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.unquote.push(piece, &mut self.out);
        self.hand_out()
    }

    fn hand_out(&mut self) -> Result<(), Error> {
        self.hasher.take(&self.out);
        let taken = (self.sink)(&self.out);
        self.out.clear();
        taken
    }

    /// The message, if there was one, ends here.
    fn end(&mut self) -> Result<(), Error> {
        if self.within != Within::Nothing {
            let unquote = std::mem::replace(&mut self.unquote, Unquote::new());
            unquote.finish(&mut self.out);
            self.hand_out()?;
            let reread = std::mem::take(&mut self.hasher).finish();
            let part = Part { offset: self.start, length: self.at - self.start };
            self.done = (self.each)(reread, part).is_break();
        }
        Ok(())
    }
}
