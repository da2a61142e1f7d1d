//! A message that is handed on once it is there as a whole: in memory, or in a
//! file without a name.

use std::path::Path;
use std::sync::Arc;

use super::draft::Body;
use super::from_line::from_line;
use super::reread::CHUNK;
use super::spool::Spool;
use super::{Draft, Error, Handover, Key, Sealed, Setting, key_text};
use crate::base::Hash;

/// Octets kept in memory; more go into a file.
const MAX_MEMORY: usize = 256 * 1024;

/// Octets at the beginning that are awaited for the header, in which the sender
/// is.
const MAX_HEAD: usize = 64 * 1024;

/// A message on its way in, with what is put before it.
#[derive(Debug)]
pub(super) struct Incoming {
    spool: Spool,
    handover: Arc<Handover>,
    id: String,
    seconds: u64,
    /// Its beginning, as long as nothing is in the spool.
    head: Option<Vec<u8>>,
    sender: Vec<u8>,
    lines: u64,
    ends_mid_line: bool,
}

/// A message that is there as a whole.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Which it is.
    pub(super) key: Key,
    /// The same for machines: 32 hexadecimal digits, equal at every try.
    pub(super) id: String,
    /// SHA-256 of the message alone.
    pub(super) hash: Hash,
    /// Envelope sender; empty is the null sender.
    pub(super) sender: Vec<u8>,
    /// What is handed on.
    pub(super) content: Spool,
    /// Octets of it where each line ends with CRLF.
    pub(super) octets_on_wire: u64,
}

impl Incoming {
    /// Begins with a message.
    pub(super) fn draft(
        key: Key,
        setting: &Setting,
        handover: &Arc<Handover>,
        serial: u64,
    ) -> Draft {
        let incoming = Self {
            spool: Spool::new(&setting.disk, &setting.scratch, serial, MAX_MEMORY),
            handover: Arc::clone(handover),
            id: key_text(&setting.account, &key.uid, key.ordinal),
            seconds: key.seconds,
            head: Some(Vec::new()),
            sender: Vec::new(),
            lines: 0,
            ends_mid_line: false,
        };
        Draft::new(key, incoming)
    }

    /// Puts what comes first into the spool, and the beginning behind it.
    fn begin(&mut self) -> Result<(), Error> {
        let Some(head) = self.head.take() else {
            return Ok(());
        };
        let header = header_of(&head);
        let Handover { sender, from_line: has_from_line, id_header, .. } = &*self.handover;
        self.sender = sender.of(header);
        let mut first = Vec::new();
        if *has_from_line {
            first.extend_from_slice(from_line(header, self.seconds).as_bytes());
            first.push(b'\n');
        }
        if *id_header {
            first.extend_from_slice(format!("X-Retr-Id: {}\n", self.id).as_bytes());
        }
        self.put(&first)?;
        self.put(&head)
    }

    fn put(&mut self, piece: &[u8]) -> Result<(), Error> {
        for piece in piece.chunks(CHUNK) {
            self.lines += memchr::memchr_iter(b'\n', piece).count() as u64;
            self.ends_mid_line = !piece.ends_with(b"\n");
            self.spool.append(|buffer| buffer.extend_from_slice(piece))?;
        }
        Ok(())
    }
}

/// Up to the first empty line, as far as it is there.
fn header_of(head: &[u8]) -> &[u8] {
    if head.starts_with(b"\n") {
        return b"";
    }
    match memchr::memmem::find(head, b"\n\n") {
        Some(end) => &head[..end + 1],
        None => head,
    }
}

impl Body for Incoming {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        let Some(head) = &mut self.head else {
            return self.put(piece);
        };
        head.extend_from_slice(piece);
        if head.len() < MAX_HEAD {
            return Ok(());
        }
        self.begin()
    }

    fn finish(&mut self, _: &[u8], _: u64) -> Result<(), Error> {
        self.begin()?;
        self.spool.finish()
    }

    fn path(&self) -> &Path {
        self.spool.path()
    }
}

impl Parcel {
    /// From what [`Incoming::draft`] made.
    pub(super) fn of(sealed: Sealed) -> Result<Self, Error> {
        let (key, hash) = (sealed.key().clone(), sealed.hash());
        let incoming: Incoming = sealed.into_body()?;
        let end = if incoming.ends_mid_line { 2 } else { 0 };
        Ok(Self {
            key,
            hash,
            id: incoming.id,
            sender: incoming.sender,
            octets_on_wire: incoming.spool.len() + incoming.lines + end,
            content: incoming.spool,
        })
    }
}
