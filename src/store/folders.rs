//! Folders in which each message is a file: what a Maildir and an archive have
//! in common. A message is written as a draft, and renamed once it is durable.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;

use super::draft::Body;
use super::reread::hash_file;
use super::tmp::TmpFile;
use super::warnings::Warnings;
use super::{Error, Reread, Sink, origin};
use crate::base::{Hash, Location, Receipt, Value, Warning, WarningCode};
use crate::disk::{Disk, Kind, Open, Stat};

/// The folders of one target, for the account that has it open.
#[derive(Debug)]
pub(super) struct Folders {
    disk: Arc<dyn Disk>,
    /// Where the drafts are.
    tmp: PathBuf,
    /// How the names of this account's drafts end, and nobody else's.
    ending: String,
    serial: AtomicU64,
    warnings: Warnings,
}

/// The name of a message is taken, and not by the same message.
pub(super) struct NameTaken {
    /// Its draft.
    pub(super) file: TmpFile,
    /// What the rename said.
    pub(super) error: io::Error,
}

/// The path of the file that a receipt names: its word is the path below the
/// target.
pub(super) fn path(receipt: &Receipt) -> PathBuf {
    Path::new(&receipt.target.address).join(receipt.word())
}

/// Where that file is, as a field of this name.
pub(super) fn locate(field: &'static str, receipt: &Receipt) -> Location {
    let path = path(receipt).to_string_lossy().into_owned();
    Location { fields: vec![(field, Value::Text(path.clone()))], text: path }
}

impl Folders {
    pub(super) fn new(disk: &Arc<dyn Disk>, tmp: PathBuf, ending: String) -> Self {
        Self {
            disk: Arc::clone(disk),
            tmp,
            ending,
            serial: AtomicU64::new(0),
            warnings: Warnings::default(),
        }
    }

    pub(super) fn disk(&self) -> &dyn Disk {
        &*self.disk
    }

    /// Sees to it that a folder is there, and holds it: from here on nobody can
    /// put another in its place, and mail into that. Returns whether it was
    /// made.
    pub(super) fn ensure(&self, folder: &Path, may_make: bool) -> Result<bool, Error> {
        let mut made = false;
        match self.disk.stat(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !may_make {
                    let path = folder.into();
                    return Err(Error::Vanished { path });
                }
                match self.disk.create_dir(folder) {
                    // Another account's thread was quicker.
                    Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                    result => result.map_err(Error::opening("create", folder))?,
                }
                made = true;
            }
            facts => fit(folder, &facts.map_err(Error::opening("look at", folder))?)?,
        }
        let facts = self.disk.hold(folder);
        fit(folder, &facts.map_err(Error::opening("look at", folder))?).map(|()| made)
    }

    /// Ends the hold of a folder in which nothing more is made.
    pub(super) fn release(&self, folder: &Path) {
        self.disk.release(folder);
    }

    /// Removes what an earlier run of this account left of its drafts. The
    /// caller holds the account's lock, so nobody is writing there.
    pub(super) fn sweep(&self) -> Result<(), Error> {
        let names = self.disk.list(&self.tmp);
        for name in names.map_err(Error::io("list", &self.tmp))? {
            if name.as_encoded_bytes().ends_with(self.ending.as_bytes()) {
                let path = self.tmp.join(name);
                self.disk.remove_if_there(&path).map_err(Error::io("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Proves that a file can be made where the drafts are, and moved to a
    /// folder, under a name that readers don't look at.
    pub(super) fn probe(&self, to: &Path) -> Result<(), Error> {
        let name = format!(".retr{}", self.ending);
        let [made, moved] = [&self.tmp, to].map(|folder| folder.join(&name));
        self.disk.create(&made).map_err(Error::opening("create a file", &made))?;
        // Replaces what a killed run may have left.
        if let Err(error) = self.disk.replace(&made, &moved) {
            let _ = self.disk.remove(&made);
            return Err(match error.kind() {
                ErrorKind::CrossesDevices => {
                    Error::unfit(to, "it is on another file system than tmp/")
                }
                _ => Error::opening("create a file", &moved)(error),
            });
        }
        self.disk.remove(&moved).map_err(Error::opening("remove", &moved))
    }

    /// Makes a folder's names durable.
    pub(super) fn sync_dir(&self, folder: &Path) -> Result<(), Error> {
        let synced = self.disk.sync_dir(folder);
        if !synced.map_err(Error::io("sync", folder))? {
            self.warnings.directory_sync(folder);
        }
        Ok(())
    }

    /// A new draft, whose name begins with `stem`.
    pub(super) fn draft(&self, stem: &str, mode: u32) -> Result<TmpFile, Error> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let name = format!("{stem}Q{serial}{}", self.ending);
        TmpFile::create(&self.disk, self.tmp.join(name), mode)
    }

    /// Makes the contents of drafts durable.
    pub(super) fn sync<'f>(
        &self,
        files: impl Iterator<Item = &'f mut TmpFile>,
    ) -> Result<(), Error> {
        let files = files.filter_map(TmpFile::unsynced).collect();
        self.disk.sync_files(&self.tmp, files).map_err(Error::io("sync files in", &self.tmp))
    }

    /// Gives a durable draft its name. Where that is taken by the same message,
    /// it is stored already.
    pub(super) fn publish(
        &self,
        file: TmpFile,
        path: &Path,
        hash: Hash,
    ) -> Result<Result<(), NameTaken>, Error> {
        match self.disk.rename(file.path(), path) {
            Ok(()) => {
                file.published();
                Ok(Ok(()))
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Ok(if self.holds(path, hash)? { Ok(()) } else { Err(NameTaken { file, error }) })
            }
            Err(error) => Err(Error::io("rename a message to", path)(error)),
        }
    }

    /// Returns whether a file is there and is this very message; it is durable
    /// then.
    pub(super) fn holds(&self, path: &Path, hash: Hash) -> Result<bool, Error> {
        match self.reread(path) {
            Ok(reread) if reread.hash == hash => {
                let file = self.disk.open(path, Open::Read);
                file.and_then(|mut file| file.sync()).map_err(Error::io("sync", path))?;
                Ok(true)
            }
            Ok(_) | Err(Error::Missing { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Hashes the file of a message.
    pub(super) fn reread(&self, path: &Path) -> Result<Reread, Error> {
        reread(&*self.disk, path, &mut |_| Ok(()))
    }

    /// Something is worth a warning, once.
    pub(super) fn warn(&self, code: WarningCode, text: impl FnOnce() -> String) {
        self.warnings.add(code, text);
    }

    /// Warnings that were not taken before.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        self.warnings.take()
    }
}

/// Refuses what is no folder of this user's.
pub(super) fn fit(folder: &Path, facts: &Stat) -> Result<(), Error> {
    match facts.kind {
        Kind::Dir => origin::check_owner(folder, facts),
        Kind::Link => Err(Error::unfit(folder, "it is a symbolic link")),
        _ => Err(Error::unfit(folder, "it is not a folder")),
    }
}

/// Hands out and hashes the file of a message.
pub(super) fn reread(disk: &dyn Disk, path: &Path, sink: Sink<'_>) -> Result<Reread, Error> {
    let missing = || Error::Missing { path: path.into() };
    let file = match disk.open(path, Open::Read) {
        Err(error) if is_nothing(&error) => return Err(missing()),
        result => result.map_err(Error::io("open", path))?,
    };
    let facts = file.stat().map_err(Error::io("look at", path))?;
    if facts.kind != Kind::File {
        return Err(missing());
    }
    Ok(hash_file(&*file, path, facts.len, sink, || Ok(()))?.0)
}

/// Returns whether nothing is there, or a link, which is never followed.
fn is_nothing(error: &io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || Errno::from_io_error(error) == Some(Errno::LOOP)
}
