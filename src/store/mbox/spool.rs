//! A message on its way into an mbox, quoted already.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::from_line::from_line;
use super::quote::Quote;
use crate::disk::{Disk, File};
use crate::store::Error;
use crate::store::draft::Body;
use crate::store::reread::CHUNK;

/// Octets kept in memory; more go into a file.
const MEMORY: usize = 1024 * 1024;

/// The quoted message, in memory or in a file that has no name any more.
#[derive(Debug)]
pub(super) struct Spool {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    quote: Quote,
    from_line: String,
    /// All of it, or what is not in the file yet.
    buffer: Vec<u8>,
    file: Option<Box<dyn File>>,
    in_file: u64,
}

impl Spool {
    /// An empty one, with a place for its file should it need one.
    pub(super) fn new(disk: &Arc<dyn Disk>, path: PathBuf) -> Self {
        Self {
            disk: Arc::clone(disk),
            path,
            quote: Quote::new(),
            from_line: String::new(),
            buffer: Vec::new(),
            file: None,
            in_file: 0,
        }
    }

    fn spill(&mut self) -> Result<(), Error> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = self.disk.create(&self.path);
                let file = file.map_err(Error::io("create", &self.path))?;
                // It goes with its handle, however the run ends.
                self.disk
                    .remove(&self.path)
                    .map_err(Error::io("remove", &self.path))?;
                self.file.insert(file)
            }
        };
        file.write_all(&self.buffer)
            .map_err(Error::io("write", &self.path))?;
        self.in_file += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(2 * CHUNK);
        Ok(())
    }

    /// The From_ line, without its LF.
    pub(super) fn first_line(&self) -> &str {
        &self.from_line
    }

    /// Octets it takes in the mbox: From_ line, message, blank line.
    pub(super) fn length(&self) -> u64 {
        self.from_line.len() as u64 + 1 + self.in_file + self.buffer.len() as u64 + 1
    }

    /// Octets of memory it takes.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    /// Hands the message out, with its From_ line and the blank line.
    pub(super) fn pour(
        &self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        sink(self.from_line.as_bytes())?;
        sink(b"\n")?;
        if let Some(file) = &self.file {
            let mut buf = vec![0; CHUNK];
            let mut offset = 0;
            while offset < self.in_file {
                let read = file
                    .read_at(&mut buf, offset)
                    .and_then(|read| match read {
                        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
                        read => Ok(read),
                    })
                    .map_err(Error::io("read", &self.path))?;
                sink(&buf[..read])?;
                offset += read as u64;
            }
        }
        sink(&self.buffer)?;
        sink(b"\n")
    }
}

impl Body for Spool {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        for piece in piece.chunks(CHUNK) {
            self.quote.push(piece, &mut self.buffer);
            let room = if self.file.is_some() { CHUNK } else { MEMORY };
            if self.buffer.len() > room {
                self.spill()?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, header: &[u8], seconds: u64) -> Result<(), Error> {
        self.quote.finish(&mut self.buffer);
        self.from_line = from_line(header, seconds);
        if self.file.is_some() {
            self.spill()?;
        }
        self.buffer.shrink_to_fit();
        Ok(())
    }

    fn ends_lines(&self) -> bool {
        true
    }

    /// Where its file is or would be.
    fn path(&self) -> &Path {
        &self.path
    }
}
