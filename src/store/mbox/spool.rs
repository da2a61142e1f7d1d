//! A message on its way into an mbox, quoted already.

use std::path::Path;

use super::quote::Quote;
use crate::store::Error;
use crate::store::draft::Body;
use crate::store::from_line::from_line;
use crate::store::reread::CHUNK;
use crate::store::spool::Spool;

/// Octets kept in memory; more go into a file.
pub(super) const MAX_MEMORY: usize = 1024 * 1024;

/// The quoted message.
#[derive(Debug)]
pub(super) struct QuotedSpool {
    spool: Spool,
    quote: Quote,
    from_line: String,
}

impl QuotedSpool {
    /// An empty one.
    pub(super) fn new(spool: Spool) -> Self {
        Self { spool, quote: Quote::new(), from_line: String::new() }
    }

    /// The From_ line, without its LF.
    pub(super) fn first_line(&self) -> &str {
        &self.from_line
    }

    /// Octets it takes in the mbox: From_ line, message, blank line.
    pub(super) fn length(&self) -> u64 {
        self.from_line.len() as u64 + 1 + self.spool.len() + 1
    }

    /// Octets of memory it takes.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.spool.buffered()
    }

    /// Hands the message out, with its From_ line and the blank line.
    pub(super) fn pour(
        &self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        sink(self.from_line.as_bytes())?;
        sink(b"\n")?;
        self.spool.pour(sink)?;
        sink(b"\n")
    }
}

impl Body for QuotedSpool {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        for piece in piece.chunks(CHUNK) {
            let quote = &mut self.quote;
            self.spool.append(|buffer| quote.push(piece, buffer))?;
        }
        Ok(())
    }

    fn finish(&mut self, header: &[u8], seconds: u64) -> Result<(), Error> {
        let quote = &mut self.quote;
        self.spool.append(|buffer| quote.finish(buffer))?;
        self.from_line = from_line(header, seconds);
        self.spool.finish()
    }

    fn ends_lines(&self) -> bool {
        true
    }

    fn path(&self) -> &Path {
        self.spool.path()
    }
}
