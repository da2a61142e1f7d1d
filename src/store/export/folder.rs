//! An export as a folder: a Maildir, or a file for each message.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::name::{Names, eml};
use super::part::Destination;
use super::{About, Export};
use crate::disk::{Disk, File, Kind, Stat, Unsynced};
use crate::store::maildir::safe_host;
use crate::store::{Error, origin};

/// Files that are synced at once.
const MANY: usize = 1_000;

/// Octets gathered before they are written.
const BUFFER: usize = 64 * 1024;

/// The folder, removed with all that is in it when dropped unless it was
/// published.
#[derive(Debug)]
pub(super) struct Folder {
    place: Destination,
    /// In which its files are.
    inner: PathBuf,
    /// The host, in the names of a Maildir.
    host: Option<String>,
    names: Names,
    /// The message that is being written.
    current: Option<Current>,
    unsynced: Vec<Unsynced>,
    /// A program that has it open writes here.
    lock: Option<Box<dyn File>>,
    published: bool,
}

#[derive(Debug)]
struct Current {
    path: PathBuf,
    file: Box<dyn File>,
    buffer: Vec<u8>,
}

impl Folder {
    /// A file for each message.
    pub(super) fn eml(path: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        Self::create(path, disk)
    }

    /// A Maildir: the messages are in its new/.
    pub(super) fn maildir(path: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let mut folder = Self::create(path, disk)?;
        for name in ["tmp", "cur", "new"] {
            folder.inner = folder.place.part.join(name);
            folder.make(&folder.inner)?;
        }
        folder.host = Some(safe_host(&origin::host()));
        Ok(folder)
    }

    fn create(path: &Path, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let place = Destination::new(path, Kind::Dir, disk)?;
        let part = place.part.clone();
        let mut folder = Self {
            inner: part.clone(),
            place,
            host: None,
            names: Names::default(),
            current: None,
            unsynced: Vec::new(),
            lock: None,
            // Nothing of it is ours yet.
            published: true,
        };
        let made = folder.make(&part)?;
        folder.lock = Some(folder.place.lock(&part.join(LOCK))?);
        // It may have become the export of somebody who is just done.
        let now = disk.stat(&part);
        if !now.is_ok_and(|now| now.ino == made.ino) {
            let _ = disk.remove(&part.join(LOCK));
            return Err(Error::locked(path));
        }
        folder.published = false;
        folder.clear()?;
        Ok(folder)
    }

    /// Makes a folder that may be there, and holds it.
    fn make(&self, folder: &Path) -> Result<Stat, Error> {
        let disk = &self.place.disk;
        match disk.create_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            made => made.map_err(Error::opening("create", folder))?,
        }
        let facts = disk.hold(folder);
        let facts = facts.map_err(Error::opening("look at", folder))?;
        origin::check_owner(folder, &facts)?;
        Ok(facts)
    }

    /// Removes what is in it but the lock: files, and folders of files.
    fn clear(&self) -> Result<(), Error> {
        let (disk, part) = (&self.place.disk, &self.place.part);
        let list = |dir: &Path| disk.list(dir).map_err(Error::opening("list", dir));
        let remove = |path: &Path| disk.remove(path).map_err(Error::opening("remove", path));
        for name in list(part)?.into_iter().filter(|name| name != LOCK) {
            let path = part.join(name);
            let facts = disk.stat(&path).map_err(Error::opening("look at", &path))?;
            if facts.kind != Kind::Dir {
                remove(&path)?;
                continue;
            }
            disk.hold(&path).map_err(Error::opening("look at", &path))?;
            for name in list(&path)? {
                remove(&path.join(name))?;
            }
            disk.release(&path);
            disk.remove_dir(&path).map_err(Error::opening("remove", &path))?;
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Error> {
        let files = std::mem::take(&mut self.unsynced);
        let synced = self.place.disk.sync_files(&self.inner, files);
        synced.map_err(Error::io("sync files in", &self.place.path))
    }
}

/// The file by which two exports to one path keep apart.
const LOCK: &str = ".lock";

impl Export for Folder {
    fn begin(&mut self, about: &About<'_>) -> Result<Option<String>, Error> {
        let name = match &self.host {
            Some(host) => {
                let stem = format!("{}.{}", about.seconds, HEXLOWER.encode(&about.hash.0[..16]));
                self.names.unique(&stem, &format!(".{host},S={}", about.len))
            }
            None => self.names.unique(&eml(about), ".eml"),
        };
        let path = self.inner.join(&name);
        let file = self.place.disk.create(&path);
        let file = file.map_err(Error::io("create", &self.place.path.join(&name)))?;
        self.current = Some(Current { path, file, buffer: Vec::new() });
        Ok(Some(match self.host {
            Some(_) => format!("new/{name}"),
            None => name,
        }))
    }

    fn write(&mut self, piece: &[u8]) -> Result<(), Error> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        current.buffer.extend_from_slice(piece);
        if current.buffer.len() < BUFFER {
            return Ok(());
        }
        let written = current.file.write_all(&current.buffer);
        current.buffer.clear();
        written.map_err(Error::io("write", &self.place.path))
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(mut current) = self.current.take() else {
            return Ok(());
        };
        let written = current.file.write_all(&current.buffer);
        let parked = written.and_then(|()| self.place.disk.park(&current.path, current.file));
        self.unsynced.push(parked.map_err(Error::io("write", &self.place.path))?);
        if self.unsynced.len() >= MANY {
            self.sync()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), Error> {
        self.sync()?;
        let part = self.place.part.clone();
        self.place.sync(&self.inner)?;
        self.place.sync(&part)?;
        self.place.publish()?;
        self.published = true;
        // It says nothing to anybody: if it stays, so be it.
        let _ = self.place.disk.remove(&self.place.path.join(LOCK));
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.published && self.clear().is_ok() {
            let (disk, part) = (&self.place.disk, &self.place.part);
            let _ = disk.remove(&part.join(LOCK));
            let _ = disk.remove_dir(part);
        }
    }
}
