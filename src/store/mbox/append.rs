//! Appending a batch.

use std::sync::Arc;

use super::lock::Hold;
use super::spool::QuotedSpool;
use super::{Mbox, Part};
use crate::base::{Hash, Note, PendingAppend};
use crate::disk::Open;
use crate::store::{Error, Fate, Journal, Prepared, Sealed};

/// Octets gathered before they are written.
const BUFFER: usize = 256 * 1024;

/// A batch that is about to be appended; holds the locks.
#[derive(Debug)]
pub(super) struct Append<'m> {
    mbox: &'m Mbox,
    hold: Hold,
    /// LFs that mend a foreign tail, so that our From_ line starts a line
    /// behind a blank one.
    mend: &'static [u8],
    messages: Vec<Message>,
}

#[derive(Debug)]
struct Message {
    spool: QuotedSpool,
    part: Part,
    hash: Hash,
}

impl Mbox {
    /// Locks the mbox and lays the batch out. Nothing is written yet.
    pub(super) fn lay_out(&self, batch: Vec<Sealed>) -> Result<Append<'_>, Error> {
        let hold = self.hold(Open::AppendOrCreate)?;
        self.anchor()?;
        let len = hold.facts.len;
        let mut tail = [b'\n'; 2];
        let known = len.min(2) as usize;
        hold.file
            .fill(&mut tail[2 - known..], len - known as u64)
            .map_err(Error::io("read", &self.path))?;
        let mend: &[u8] = match tail {
            _ if len == 0 => b"",
            [b'\n', b'\n'] if len > 1 => b"",
            [_, b'\n'] => b"\n",
            _ => b"\n\n",
        };
        let mut offset = len + mend.len() as u64;
        let mut messages = Vec::with_capacity(batch.len());
        for sealed in batch {
            let hash = sealed.hash();
            let spool: QuotedSpool = sealed.into_body()?;
            let length = spool.length();
            let part = Part { offset, length };
            messages.push(Message { spool, part, hash });
            offset = part.end();
        }
        Ok(Append { mbox: self, hold, mend, messages })
    }
}

impl Prepared for Append<'_> {
    /// What is to come: the inode and the length of the mbox; of each message
    /// its From_ line, which proves that a torn one is ours.
    fn note(&self) -> Option<Note> {
        let facts = &self.hold.facts;
        let pending = |message: &Message| PendingAppend {
            hash: message.hash,
            receipt: message.part.receipt(&self.mbox.name),
            words: vec![message.spool.first_line().to_owned()],
        };
        Some(Note {
            target: Arc::clone(&self.mbox.name),
            words: vec![facts.ino.to_string(), facts.len.to_string()],
            messages: self.messages.iter().map(pending).collect(),
        })
    }

    /// Writes and syncs. On an error the mbox gets its old length back.
    fn publish(&mut self, _: &mut dyn Journal) -> Result<Vec<Fate>, Error> {
        if self.messages.is_empty() {
            return Ok(Vec::new());
        }
        if self.len()? != self.hold.facts.len {
            return Err(self.changed());
        }
        if let Err(error) = self.write() {
            self.cut_back();
            self.messages.clear();
            return Err(error);
        }
        let end = self.end();
        let messages = std::mem::take(&mut self.messages);
        if self.len()? != end {
            return Err(self.changed());
        }
        let fate = |message: Message| Fate::Stored(message.part.receipt(&self.mbox.name));
        Ok(messages.into_iter().map(fate).collect())
    }
}

impl Append<'_> {
    /// Octets behind the last message.
    fn end(&self) -> u64 {
        let last = self.messages.last();
        last.map_or(self.hold.facts.len, |last| last.part.end())
    }

    fn write(&mut self) -> Result<(), Error> {
        let path = &self.mbox.path;
        let mut buffer = self.mend.to_vec();
        let file = &mut self.hold.file;
        for message in &self.messages {
            message.spool.pour(&mut |piece| {
                if buffer.len() + piece.len() > BUFFER {
                    file.write_all(&buffer).map_err(Error::io("write", path))?;
                    buffer.clear();
                }
                buffer.extend_from_slice(piece);
                Ok(())
            })?;
        }
        file.write_all(&buffer).map_err(Error::io("write", path))?;
        file.sync().map_err(Error::io("sync", path))
    }

    /// Cuts off what was written, unless more than that is there: then
    /// somebody else wrote too. Should it fail, the ledger's intent remains,
    /// and the next run finds the tail.
    fn cut_back(&mut self) {
        let (from, end) = (self.hold.facts.len, self.end());
        if self.len().is_ok_and(|len| from <= len && len <= end) {
            let file = &mut self.hold.file;
            let _ = file.set_len(from).and_then(|()| file.sync());
        }
    }

    fn len(&self) -> Result<u64, Error> {
        let facts = self.hold.file.stat();
        Ok(facts.map_err(Error::io("look at", &self.mbox.path))?.len)
    }

    fn changed(&self) -> Error {
        Error::Changed { path: self.mbox.path.clone() }
    }
}
