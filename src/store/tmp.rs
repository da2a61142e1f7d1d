//! A message's file while it is a draft.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Error;
use super::draft::Body;
use crate::disk::{Disk, File, Unsynced};

/// Octets gathered before they are written: most messages take one call.
const BUFFER: usize = 64 * 1024;

/// A file, removed when dropped unless it was published.
#[derive(Debug)]
pub(super) struct TmpFile {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    buffer: Vec<u8>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Writing(Box<dyn File>),
    Parked(Unsynced),
    /// Durable, or lost in an error.
    Closed,
    /// It has another name now.
    Published,
}

impl TmpFile {
    /// Creates the file, with the mode that it will have under its other name.
    pub(super) fn create(disk: &Arc<dyn Disk>, path: PathBuf, mode: u32) -> Result<Self, Error> {
        let file = disk.create_as(&path, mode).map_err(Error::io("create", &path))?;
        Ok(Self {
            disk: Arc::clone(disk),
            path,
            buffer: Vec::new(),
            content: Content::Writing(file),
        })
    }

    fn flush(&mut self) -> Result<(), Error> {
        let buffer = std::mem::take(&mut self.buffer);
        self.put(&buffer)?;
        self.buffer = buffer;
        self.buffer.clear();
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), Error> {
        match &mut self.content {
            Content::Writing(file) => file.write_all(bytes).map_err(Error::io("write", &self.path)),
            _ => Ok(()),
        }
    }

    /// Octets of memory it takes.
    #[cfg(test)]
    pub(super) fn buffered(&self) -> usize {
        self.buffer.capacity()
    }

    /// What has to be synced, once.
    pub(super) fn unsynced(&mut self) -> Option<Unsynced> {
        match std::mem::replace(&mut self.content, Content::Closed) {
            Content::Parked(unsynced) => Some(unsynced),
            _ => None,
        }
    }

    /// It stays under another name.
    pub(super) fn published(mut self) {
        self.content = Content::Published;
    }
}

impl Body for TmpFile {
    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        if self.buffer.len() + piece.len() > BUFFER {
            self.flush()?;
        }
        if piece.len() > BUFFER {
            return self.put(piece);
        }
        self.buffer.extend_from_slice(piece);
        Ok(())
    }

    fn finish(&mut self, _: &[u8], _: u64) -> Result<(), Error> {
        self.flush()?;
        self.buffer = Vec::new();
        if let Content::Writing(file) = std::mem::replace(&mut self.content, Content::Closed) {
            let parked = self.disk.park(&self.path, file);
            self.content = Content::Parked(parked.map_err(Error::io("sync", &self.path))?);
        }
        Ok(())
    }

    fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TmpFile {
    fn drop(&mut self) {
        if !matches!(self.content, Content::Published) {
            // Should it fail, the next run sweeps it.
            let _ = self.disk.remove(&self.path);
        }
    }
}
