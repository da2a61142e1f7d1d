//! Folders that are there after a power cut, too.

use std::io::{Error, ErrorKind};
use std::path::Path;

use super::Disk;

/// Creates a folder and its parents as far as they are missing, and makes
/// each entry durable before anything is created in it. A run that is killed
/// leaves at most the last folder it made without a durable entry; so a process
/// that makes something in a folder that was there syncs that one's entry too.
/// Returns how many of them were missing. `fail` is told what failed, and where.
pub fn create_dirs<E>(
    dir: &Path,
    disk: &dyn Disk,
    fail: &impl Fn(&'static str, &Path, Error) -> E,
) -> Result<usize, E> {
    let failed = |error| fail("create", dir, error);
    let made = match disk.create_dir(dir) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(0),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let parent = dir.parent().ok_or(error).map_err(failed)?;
            let above = create_dirs(parent, disk, fail)?;
            match disk.create_dir(dir) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => 0,
                made => made.map(|()| 1 + above).map_err(failed)?,
            }
        }
        made => {
            made.map_err(failed)?;
            if let Some(above) = dir.parent().and_then(Path::parent) {
                sync_entries(above, disk, fail)?;
            }
            1
        }
    };
    if let Some(parent) = dir.parent() {
        sync_entries(parent, disk, fail)?;
    }
    Ok(made)
}

/// Makes a folder's entries durable. One that we may not read is not ours,
/// and what is in it was there before.
pub fn sync_entries<E>(
    dir: &Path,
    disk: &dyn Disk,
    fail: &impl Fn(&'static str, &Path, Error) -> E,
) -> Result<(), E> {
    match disk.sync_dir(dir) {
        Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(fail("sync", dir, error)),
        _ => Ok(()),
    }
}
