//! The place of an export while it is not finished: beside its path, under a
//! name that tells so, and locked. What a killed run left there is removed by
//! the next one that exports to the same path.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::disk::{Disk, File, Kind, Open, Stat};
use crate::store::Error;
use crate::store::origin::check_owner;

/// Where an export will be, and where it is until then.
#[derive(Debug)]
pub(super) struct Destination {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) path: PathBuf,
    /// Where it is until then.
    pub(super) part: PathBuf,
    parent: PathBuf,
    /// Something empty is there already.
    taken: bool,
}

impl Destination {
    /// Refuses what is not empty, and what is of another kind.
    pub(super) fn new(path: &Path, kind: Kind, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Error::unfit(path, "it is the root"));
        };
        let above = disk.hold(&parent.join("."));
        let above = above.map_err(Error::opening("look at", parent))?;
        let there = disk.find(path).map_err(Error::opening("look at", path))?;
        if let Some(facts) = &there {
            check_empty(path, kind, facts, &above, &**disk)?;
        }
        let mut part = OsString::from(".");
        part.push(name);
        part.push(".retr-part");
        Ok(Self {
            disk: Arc::clone(disk),
            path: path.into(),
            part: parent.join(part),
            parent: parent.into(),
            taken: there.is_some(),
        })
    }

    /// Opens a file that is ours alone as long as it is open, and empty.
    pub(super) fn lock(&self, path: &Path) -> Result<Box<dyn File>, Error> {
        let failed = |step| move |error| Error::opening(step, path)(error);
        let file = self.disk.open(path, Open::AppendOrCreate);
        let mut file = file.map_err(failed("create"))?;
        let facts = file.stat().map_err(failed("look at"))?;
        check_owner(path, &facts)?;
        if facts.kind != Kind::File || facts.links > 1 {
            return Err(Error::unfit(path, "it is no file of an export"));
        }
        let locked = file.try_flock().map_err(failed("lock"))?;
        // It may have become the export of somebody who is just done.
        let still = self.disk.stat(path).is_ok_and(|now| now.ino == facts.ino);
        if !locked || !still {
            return Err(Error::locked(&self.path));
        }
        file.set_len(0).map_err(failed("write"))?;
        Ok(file)
    }

    /// Gives what is complete and durable its name, durably.
    pub(super) fn publish(&self) -> Result<(), Error> {
        let Self { disk, path, part, .. } = self;
        let renamed = if self.taken {
            // Of a folder the system makes sure that it is empty.
            match disk.stat(path) {
                Ok(facts) if facts.kind == Kind::File && facts.len > 0 => {
                    Err(ErrorKind::AlreadyExists.into())
                }
                _ => disk.replace(part, path),
            }
        } else {
            disk.rename(part, path)
        };
        renamed.map_err(Error::opening("write the export to", path))?;
        self.sync(&self.parent)
    }

    /// Makes the names in a folder durable, as far as its file system can.
    pub(super) fn sync(&self, folder: &Path) -> Result<(), Error> {
        let synced = self.disk.sync_dir(folder);
        synced.map(|_| ()).map_err(Error::io("sync", folder))
    }
}

impl Error {
    pub(super) fn locked(path: &Path) -> Self {
        Error::Locked { path: path.into(), holder: "another export".to_owned() }
    }
}

fn check_empty(
    path: &Path,
    kind: Kind,
    facts: &Stat,
    above: &Stat,
    disk: &dyn Disk,
) -> Result<(), Error> {
    if facts.kind != kind {
        return Err(Error::unfit(
            path,
            match kind {
                Kind::Dir => "it is not a folder",
                _ => "it is not a regular file",
            },
        ));
    }
    check_owner(path, facts)?;
    let empty = match kind {
        Kind::Dir => {
            let names = disk.list(path).map_err(Error::opening("list", path))?;
            names.is_empty()
        }
        _ => facts.len == 0,
    };
    if !empty {
        return Err(Error::unfit(path, "it is not empty"));
    }
    if kind == Kind::Dir && facts.dev != above.dev {
        return Err(Error::unfit(path, "a file system is mounted there; name a new folder in it"));
    }
    Ok(())
}
