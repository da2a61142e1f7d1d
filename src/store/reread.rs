//! What a stored message is, read again from the disk.

use sha2::{Digest, Sha256};

use super::Error;
use crate::base::Hash;

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
        Reread {
            hash,
            ended,
            octets: self.octets,
        }
    }
}
