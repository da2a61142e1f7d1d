//! What an export that is one file is written to.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::FilePart;
use crate::store::Error;

/// Octets gathered before they are written.
const BUFFER: usize = 128 * 1024;

/// A file or a stream, buffered, and packed if it is to be.
pub(super) struct Output<'o> {
    way: Way<'o>,
    buffer: Vec<u8>,
    /// What it is called in errors.
    place: PathBuf,
}

enum Way<'o> {
    Plain(To<'o>),
    #[cfg(feature = "zstd")]
    Zstd(zstd::stream::write::Encoder<'static, To<'o>>),
}

impl<'o> Way<'o> {
    #[cfg(feature = "zstd")]
    fn packed(to: To<'o>) -> io::Result<Self> {
        let mut encoder = zstd::stream::write::Encoder::new(to, 0)?;
        // Else not every bit that flips would be told.
        encoder.include_checksum(true)?;
        Ok(Self::Zstd(encoder))
    }

    #[cfg(not(feature = "zstd"))]
    fn packed(_: To<'o>) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

enum To<'o> {
    File(FilePart),
    Stream(&'o mut dyn Write),
}

impl<'o> Output<'o> {
    pub(super) fn to_file(file: FilePart, packs: bool) -> Result<Self, Error> {
        let place = file.path().to_owned();
        Self::to(To::File(file), place, packs)
    }

    pub(super) fn to_stream(out: &'o mut dyn Write, packs: bool) -> Result<Self, Error> {
        Self::to(To::Stream(out), Path::new("stdout").to_owned(), packs)
    }

    fn to(to: To<'o>, place: PathBuf, packs: bool) -> Result<Self, Error> {
        let way = if packs {
            Way::packed(to).map_err(Error::io("pack", &place))?
        } else {
            Way::Plain(to)
        };
        Ok(Self { way, buffer: Vec::with_capacity(BUFFER), place })
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.buffer.len() + piece.len() > BUFFER {
            self.flush()?;
        }
        if piece.len() >= BUFFER {
            return self.put(piece);
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        let buffer = std::mem::take(&mut self.buffer);
        let written = self.put(&buffer);
        self.buffer = buffer;
        self.buffer.clear();
        written
    }

    fn put(&mut self, piece: &[u8]) -> Result<(), Error> {
        let written = match &mut self.way {
            Way::Plain(to) => to.write_all(piece),
            #[cfg(feature = "zstd")]
            Way::Zstd(encoder) => encoder.write_all(piece),
        };
        written.map_err(Error::io("write to", &self.place))
    }

    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.flush()?;
        let failed = Error::io("write to", &self.place);
        let to = match self.way {
            Way::Plain(to) => to,
            #[cfg(feature = "zstd")]
            Way::Zstd(encoder) => match encoder.finish() {
                Ok(to) => to,
                Err(error) => return Err(failed(error)),
            },
        };
        match to {
            To::File(file) => file.publish(),
            To::Stream(out) => out.flush().map_err(failed),
        }
    }
}

impl Write for To<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        match self {
            To::File(file) => file.write(piece),
            To::Stream(out) => out.write(piece),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Output<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").field("place", &self.place).finish_non_exhaustive()
    }
}
