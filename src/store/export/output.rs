//! What an export that is one file is written to.

use std::fmt;
use std::io::Write;
use std::path::Path;

use super::file::FilePart;
use crate::store::Error;

/// Octets gathered before they are written.
const BUFFER: usize = 128 * 1024;

/// A file or a stream, buffered.
pub(super) struct Output<'o> {
    to: To<'o>,
    buffer: Vec<u8>,
}

enum To<'o> {
    File(FilePart),
    Stream(&'o mut dyn Write),
}

impl<'o> Output<'o> {
    pub(super) fn to_file(file: FilePart) -> Self {
        Self::to(To::File(file))
    }

    pub(super) fn to_stream(out: &'o mut dyn Write) -> Self {
        Self::to(To::Stream(out))
    }

    fn to(to: To<'o>) -> Self {
        Self {
            to,
            buffer: Vec::with_capacity(BUFFER),
        }
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.buffer.len() + piece.len() > BUFFER {
            self.flush()?;
        }
        if piece.len() >= BUFFER {
            return self.to.write(piece);
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let written = self.to.write(&self.buffer);
        self.buffer.clear();
        written
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        match self.to {
            To::File(file) => file.publish(),
            To::Stream(out) => out.flush().map_err(Error::io("write to", stdout())),
        }
    }
}

impl To<'_> {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        match self {
            To::File(file) => file.write(piece),
            To::Stream(out) => out
                .write_all(piece)
                .map_err(Error::io("write to", stdout())),
        }
    }
}

/// What a stream is called in errors.
fn stdout() -> &'static Path {
    Path::new("stdout")
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.to {
            To::File(file) => file.fmt(f),
            To::Stream(_) => f.write_str("stdout"),
        }
    }
}
