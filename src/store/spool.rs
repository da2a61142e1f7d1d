//! Octets on their way, in memory or, where they are many, in a file that has
//! no name any more: it goes with its handle, however the run ends.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Error;
use super::reread::CHUNK;
use crate::disk::{Disk, File};

/// How the names of spool files start, for as long as they have one.
const PREFIX: &str = "spool-";

/// What was written so far.
#[derive(Debug)]
pub(super) struct Spool {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    /// Octets kept in memory at most; more go into a file.
    most: usize,
    /// All of it, or what is not in the file yet.
    buffer: Vec<u8>,
    file: Option<Box<dyn File>>,
    in_file: u64,
}

impl Spool {
    /// An empty one that keeps this many octets in memory, with a place in the
    /// state folder for its file should it need one. Nobody else under the
    /// lock of the account has the same serial number at the same time.
    pub(super) fn new(disk: &Arc<dyn Disk>, scratch: &Path, serial: u64, most: usize) -> Self {
        Self {
            disk: Arc::clone(disk),
            path: scratch.join(format!("{PREFIX}{serial}")),
            most,
            buffer: Vec::new(),
            file: None,
            in_file: 0,
        }
    }

    /// Removes files that a killed run left in a state folder. The caller
    /// holds the account's lock.
    pub(super) fn sweep(scratch: &Path, disk: &dyn Disk) -> Result<(), Error> {
        for name in disk.list(scratch).map_err(Error::io("list", scratch))? {
            if name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) {
                let path = scratch.join(name);
                disk.remove(&path).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Appends what a writer adds to the octets that it is given. They may be
    /// more than a chunk only by what that is made into.
    pub(super) fn append(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        write(&mut self.buffer);
        let room = if self.file.is_some() { CHUNK } else { self.most };
        if self.buffer.len() > room {
            self.spill()?;
        }
        Ok(())
    }

    /// Nothing follows.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        if self.file.is_some() {
            self.spill()?;
        }
        self.buffer.shrink_to_fit();
        Ok(())
    }

    fn spill(&mut self) -> Result<(), Error> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = self.disk.create(&self.path);
                let file = file.map_err(Error::io("create", &self.path))?;
                self.disk.remove(&self.path).map_err(Error::io("remove", &self.path))?;
                self.file.insert(file)
            }
        };
        file.write_all(&self.buffer).map_err(Error::io("write", &self.path))?;
        self.in_file += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(2 * CHUNK);
        Ok(())
    }

    /// Where its file is or would be.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Octets of it.
    pub(super) fn len(&self) -> u64 {
        self.in_file + self.buffer.len() as u64
    }

    /// Octets of memory it takes.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    /// All of it if it is in memory.
    pub(super) fn in_memory(&self) -> Option<&[u8]> {
        self.file.is_none().then_some(&*self.buffer)
    }

    /// Reads a piece at an offset once it is finished; 0 at the end.
    pub(super) fn read_at(&self, buf: &mut [u8], offset: u64) -> Result<usize, Error> {
        let Some(file) = &self.file else {
            let rest = self.buffer.get(offset as usize..).unwrap_or_default();
            let len = rest.len().min(buf.len());
            buf[..len].copy_from_slice(&rest[..len]);
            return Ok(len);
        };
        let read = file.read_at(buf, offset).and_then(|read| match read {
            // It was cut, or never as long as its writes said.
            0 if offset < self.in_file => Err(io::ErrorKind::UnexpectedEof.into()),
            read => Ok(read),
        });
        read.map_err(Error::io("read", &self.path))
    }

    /// Its file as another process can read it from its beginning; `None` if
    /// it is in memory.
    pub(super) fn handle(&self) -> Option<io::Result<std::fs::File>> {
        self.file.as_ref().map(|file| file.handle())
    }

    /// Hands it out piece by piece once it is finished.
    pub(super) fn pour(
        &self,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let Some(all) = self.in_memory() {
            return sink(all);
        }
        let mut buf = vec![0; CHUNK];
        let mut offset = 0;
        loop {
            let read = self.read_at(&mut buf, offset)?;
            if read == 0 {
                return Ok(());
            }
            sink(&buf[..read])?;
            offset += read as u64;
        }
    }
}
