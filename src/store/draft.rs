//! Messages on their way in: being received, and received whole.

use std::any::Any;
use std::fmt::Debug;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Error, Key};
use crate::base::Hash;

/// Most octets of a header that are kept for display.
const MAX_HEADER: usize = 64 * 1024;

/// Where a message is until it is published; each target has its own.
/// Dropping it removes it.
pub(super) trait Body: Any + Debug + Send {
    /// Takes a piece.
    fn write(&mut self, piece: &[u8]) -> Result<(), Error>;

    /// The message is complete. Takes its header as far as it was captured,
    /// and the seconds of its key.
    fn finish(&mut self, header: &[u8], seconds: u64) -> Result<(), Error>;

    /// Returns whether a last line without LF (POP3 knows no such thing) gets
    /// one; it then belongs to the message.
    fn ends_lines(&self) -> bool {
        false
    }

    /// Where it is, for errors.
    fn path(&self) -> &Path;
}

/// A message being received.
#[derive(Debug)]
pub struct Draft {
    key: Key,
    facts: Facts,
    body: Box<dyn Body>,
    spoiled: bool,
}

impl Draft {
    pub(super) fn new(key: Key, body: impl Body) -> Self {
        Self { key, facts: Facts::default(), body: Box::new(body), spoiled: false }
    }

    /// Takes a piece (dots off, LF line ends). After an error the message
    /// can only be dropped.
    pub fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.facts.take(piece);
        let written = self.body.write(piece);
        self.spoiled |= written.is_err();
        written
    }

    /// The message is complete.
    pub fn seal(mut self) -> Result<Sealed, Error> {
        if self.body.ends_lines() && self.facts.ends_mid_line() {
            self.write(b"\n")?;
        }
        if self.spoiled {
            let spoiled = io::Error::other("an earlier write failed");
            return Err(Error::io("finish", self.body.path())(spoiled));
        }
        self.body.finish(&self.facts.header, self.key.seconds)?;
        let Facts { hash, len, mut header, .. } = self.facts;
        header.shrink_to_fit();
        Ok(Sealed {
            key: self.key,
            hash: Hash(hash.finalize().into()),
            len,
            header,
            body: self.body,
        })
    }
}

/// A message that is received whole, but neither durable nor visible.
#[derive(Debug)]
pub struct Sealed {
    key: Key,
    hash: Hash,
    len: u64,
    header: Vec<u8>,
    body: Box<dyn Body>,
}

impl Sealed {
    /// Which message it is.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// SHA-256 of the message as received (LF form, before any quoting).
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Octets of that form.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Returns whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Its header as far as it was captured (64 KiB at most), for display:
    /// up to the first empty line, that line not included.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// What the target made it in. It comes from this target's own
    /// [`super::Delivery::draft`].
    pub(super) fn into_body<B: Body>(self) -> Result<B, Error> {
        let foreign = Error::unfit(self.body.path(), "the message was received for another target");
        let body: Box<dyn Any> = self.body;
        body.downcast().map(|body| *body).map_err(|_| foreign)
    }
}

/// What is learnt of a message while it passes.
#[derive(Debug, Default)]
struct Facts {
    hash: Sha256,
    len: u64,
    last: Option<u8>,
    header: Vec<u8>,
    header_ended: bool,
}

impl Facts {
    fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.len += piece.len() as u64;
        self.last = piece.last().copied().or(self.last);
        if !self.header_ended {
            self.capture(piece);
        }
    }

    fn ends_mid_line(&self) -> bool {
        self.last.is_some_and(|last| last != b'\n')
    }

    fn capture(&mut self, piece: &[u8]) {
        let before = self.header.len();
        let room = MAX_HEADER - before;
        self.header.extend_from_slice(&piece[..piece.len().min(room)]);
        let from = before.saturating_sub(1);
        let empty_line = memchr::memmem::find(&self.header[from..], b"\n\n");
        let end = match (self.header.first(), empty_line) {
            (Some(b'\n'), _) => Some(0),
            (_, Some(at)) => Some(from + at + 1),
            _ => None,
        };
        if let Some(end) = end {
            self.header.truncate(end);
        }
        self.header_ended = end.is_some() || self.header.len() == MAX_HEADER;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(pieces: &[&[u8]]) -> Vec<u8> {
        let mut facts = Facts::default();
        for piece in pieces {
            facts.take(piece);
        }
        facts.header
    }

    #[test]
    fn the_header_ends_at_the_first_empty_line_however_it_is_cut() {
        let message = b"A: 1\nB: 2\n 3\n\nbody\n\nmore\n";
        for cut in 0..message.len() {
            let (head, tail) = message.split_at(cut);
            assert_eq!(header_of(&[head, tail]), b"A: 1\nB: 2\n 3\n");
        }
        assert_eq!(header_of(&[b"\n", b"\nbody\n"]), b"");
        assert_eq!(header_of(&[b"A: 1\n", b"B: 2\n"]), b"A: 1\nB: 2\n");
        assert_eq!(header_of(&[]), b"");
    }

    #[test]
    fn an_endless_header_is_cut_at_its_limit() {
        let line = [b'x'; 1000];
        let mut facts = Facts::default();
        for _ in 0..100 {
            facts.take(&line);
        }
        facts.take(b"\n\nbody\n");
        assert_eq!(facts.header.len(), MAX_HEADER);
        assert_eq!(facts.len, 100_007);
    }
}
