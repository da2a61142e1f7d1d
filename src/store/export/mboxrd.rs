//! An export as one mbox in its mboxrd form, as `store::mbox` has it.

use super::output::Output;
use super::{About, Export};
use crate::store::Error;
use crate::store::from_line::from_line;
use crate::store::mbox::Quote;

/// The mbox, and where in a message it is.
#[derive(Debug)]
pub(super) struct Mboxrd<'o> {
    output: Output<'o>,
    quote: Quote,
    quoted: Vec<u8>,
    last: u8,
}

impl<'o> Mboxrd<'o> {
    pub(super) fn new(output: Output<'o>) -> Self {
        Self { output, quote: Quote::new(), quoted: Vec::new(), last: b'\n' }
    }

    fn put_quoted(&mut self) -> Result<(), Error> {
        let written = self.output.write(&self.quoted);
        self.quoted.clear();
        written
    }
}

impl Export for Mboxrd<'_> {
    fn begin(&mut self, about: &About<'_>) -> Result<Option<String>, Error> {
        let line = from_line(about.header, about.seconds);
        self.output.write(line.as_bytes())?;
        self.output.write(b"\n")?;
        self.quote = Quote::new();
        self.last = b'\n';
        Ok(None)
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.last = piece.last().copied().unwrap_or(self.last);
        self.quote.push(piece, &mut self.quoted);
        self.put_quoted()
    }

    /// A last line without its end gets one, as in every mbox.
    fn end(&mut self) -> Result<(), Error> {
        self.quote.finish(&mut self.quoted);
        self.put_quoted()?;
        let ending: &[u8] = if self.last == b'\n' { b"\n" } else { b"\n\n" };
        self.output.write(ending)
    }

    fn finish(self: Box<Self>) -> Result<(), Error> {
        self.output.finish()
    }
}
