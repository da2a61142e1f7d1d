//! An export that is one file.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::part::Destination;
use crate::disk::{Disk, File, Kind};
use crate::store::Error;

/// The file, removed when dropped unless it was published.
#[derive(Debug)]
pub(super) struct FilePart {
    place: Destination,
    file: Box<dyn File>,
    published: bool,
}

impl FilePart {
    pub(super) fn create(path: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let place = Destination::new(path, Kind::File, disk)?;
        let file = place.lock(&place.part)?;
        Ok(Self { place, file, published: false })
    }

    /// Where it will be.
    pub(super) fn path(&self) -> &Path {
        &self.place.path
    }

    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.file.write(piece)
    }

    pub(super) fn publish(mut self) -> Result<(), Error> {
        let synced = self.file.sync();
        synced.map_err(Error::io("sync", &self.place.path))?;
        self.place.publish()?;
        self.published = true;
        Ok(())
    }
}

impl Drop for FilePart {
    fn drop(&mut self) {
        if !self.published {
            let _ = self.place.disk.remove(&self.place.part);
        }
    }
}
