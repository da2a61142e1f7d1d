//! What a stored message is, read again from the disk.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::Error;
use crate::base::Hash;
use crate::disk::{File, Stat};

/// Octets read at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// What a stored message is, read again from the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reread {
    /// SHA-256 of the LF form, mbox quoting taken off.
    pub hash: Hash,
    /// The same with an LF at its end, if its last line lacks that.
    pub ended: Hash,
    /// Octets as a server counts them: each LF as two.
    pub octets: u64,
}

/// Takes a message piece by piece. Its failure ends the reading.
pub type Sink<'s> = &'s mut dyn FnMut(&[u8]) -> Result<(), Error>;

/// Hashes and counts a message piece by piece.
#[derive(Debug, Default)]
pub(super) struct MessageHasher {
    hash: Sha256,
    octets: u64,
    last: Option<u8>,
}

/// Hands out and hashes a file of this length from its beginning to its end.
/// `go_on` ends it early by failing. Returns also how many octets it had.
pub(super) fn hash_file(
    file: &dyn File,
    path: &Path,
    len: u64,
    sink: Sink<'_>,
    go_on: impl Fn() -> Result<(), Error>,
) -> Result<(Reread, u64), Error> {
    let mut hasher = MessageHasher::default();
    // Most messages are short, and room costs time.
    let mut buf = vec![0; usize::try_from(len).map_or(CHUNK, |len| len.clamp(1, CHUNK))];
    let mut offset = 0;
    loop {
        go_on()?;
        let read = file.read_at(&mut buf, offset);
        let piece = &buf[..read.map_err(Error::io("read", path))?];
        // One that grew is another message, and may have no end.
        if piece.is_empty() || offset > len {
            return Ok((hasher.finish(), offset));
        }
        hasher.take(piece);
        sink(piece)?;
        offset += piece.len() as u64;
    }
}

/// Fails if a file is not as it was.
pub(super) fn check_unchanged(file: &dyn File, path: &Path, before: &Stat) -> Result<(), Error> {
    let after = file.stat().map_err(Error::io("look at", path))?;
    if (after.len, after.modified) != (before.len, before.modified) {
        return Err(Error::ChangedMeanwhile { path: path.into() });
    }
    Ok(())
}

impl MessageHasher {
    /// Takes a piece in LF form.
    pub(super) fn take(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.last = piece.last().copied().or(self.last);
        self.octets += (piece.len() + memchr::memchr_iter(b'\n', piece).count()) as u64;
    }

    /// The result.
    pub(super) fn finish(self) -> Reread {
        let hash = Hash(self.hash.clone().finalize().into());
        let ended = match self.last {
            None | Some(b'\n') => hash,
            Some(_) => Hash(self.hash.chain_update(b"\n").finalize().into()),
        };
        Reread { hash, ended, octets: self.octets }
    }
}
