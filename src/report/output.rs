//! Standard output as messages are poured into it.

use std::io::{self, Write};
use std::time::Instant;

use super::screen::Screen;
use crate::base::escape_lines;

/// Takes messages as they are. A terminal gets them escaped, but for line
/// ends and tabs; whatever else reads them gets every octet.
#[derive(Debug)]
pub struct Output<'r> {
    screen: &'r Screen,
    is_terminal: bool,
    until: Option<Instant>,
    /// The beginning of a character whose end is still to come.
    begun: Vec<u8>,
}

impl<'r> Output<'r> {
    pub(super) fn new(screen: &'r Screen, is_terminal: bool, until: Option<Instant>) -> Self {
        Self { screen, is_terminal, until, begun: Vec::new() }
    }

    fn print(&self, data: &[u8]) -> io::Result<()> {
        self.screen.print(data, self.until);
        self.screen.out_error().map_or(Ok(()), Err)
    }
}

impl Write for Output<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.is_terminal {
            self.begun.extend_from_slice(piece);
            let last = self.begun.utf8_chunks().last();
            let begun = last.map_or(0, |chunk| chunk.invalid().len());
            let whole = self.begun.len() - begun;
            self.print(escape_lines(&self.begun[..whole]).as_bytes())?;
            self.begun.drain(..whole);
        } else {
            self.print(piece)?;
        }
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.begun);
        self.print(escape_lines(&rest).as_bytes())
    }
}
