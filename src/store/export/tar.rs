//! An export as a tar of single files.

use super::name::{Names, eml};
use super::output::Output;
use super::{About, Export};
use crate::store::Error;
use crate::store::ustar::{BLOCK, header, padding};

/// The tar.
#[derive(Debug)]
pub(super) struct Tar<'o> {
    output: Output<'o>,
    names: Names,
    len: u64,
}

impl<'o> Tar<'o> {
    pub(super) fn new(output: Output<'o>) -> Self {
        Self { output, names: Names::default(), len: 0 }
    }
}

impl Export for Tar<'_> {
    fn begin(&mut self, about: &About<'_>) -> Result<Option<String>, Error> {
        let name = self.names.unique(&eml(about), ".eml");
        self.len = about.len;
        self.output.write(&header(&name, about.len, about.seconds))?;
        Ok(Some(name))
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.output.write(piece)
    }

    fn end(&mut self) -> Result<(), Error> {
        self.output.write(&[0; BLOCK][..padding(self.len)])
    }

    /// Two empty blocks are the end.
    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.output.write(&[0; 2 * BLOCK])?;
        self.output.finish()
    }
}
