//! How many files become durable: the one place that chooses the call.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::{Disk, FEW, Open, RealDisk, Unsynced};

/// Threads that call fsync side by side where syncfs is not to be trusted.
const THREADS: usize = 8;

/// Syncs files, and remembers the folders in which files were created.
///
/// syncfs(2) tells of a failed write-back only through descriptors that were
/// opened before it failed: the kernel keeps a counter of errors for each file
/// system, every descriptor remembers where it stood when it was opened, and
/// the call compares the two. So each folder is opened before the first file
/// is created in it and stays open: no failure of any later write is missed,
/// even when the file itself is long closed. What strangers' writes failed on
/// the same disk is reported too; that can only make us keep mail on the
/// server that need not have stayed.
#[derive(Debug, Default)]
pub(super) struct Syncer {
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

/// A folder that was open before anything was written there.
#[derive(Debug)]
struct Folder {
    handle: fs::File,
    whole: bool,
}

impl Folder {
    /// Whether the path still leads to the same file system.
    fn is_still(&self, dir: &Path) -> bool {
        let dev = |facts: fs::Metadata| facts.dev();
        matches!(
            (self.handle.metadata().map(dev), fs::metadata(dir).map(dev)),
            (Ok(then), Ok(now)) if then == now
        )
    }
}

impl Syncer {
    /// Called before a file is created.
    pub(super) fn watch(&self, file: &Path) -> io::Result<()> {
        let Some(dir) = file.parent() else {
            return Ok(());
        };
        let mut folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if !folders.contains_key(dir) {
            let handle = fs::File::open(dir)?;
            let whole = syncs_whole(&handle);
            folders.insert(dir.into(), Arc::new(Folder { handle, whole }));
        }
        Ok(())
    }

    /// Makes files durable and closes them.
    pub(super) fn sync(&self, dir: &Path, files: Vec<Unsynced>) -> io::Result<()> {
        let all_open = files.iter().all(|file| matches!(file, Unsynced::Open(_)));
        if files.len() <= FEW && all_open {
            return files.into_iter().try_for_each(sync_one);
        }
        let folders = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        let folder = folders.get(dir).cloned();
        drop(folders);
        match folder {
            Some(folder) if folder.whole && folder.is_still(dir) => sync_whole(&folder.handle),
            _ => sync_each(files),
        }
    }
}

/// Syncs each file, several at once.
fn sync_each(files: Vec<Unsynced>) -> io::Result<()> {
    let share = files.len().div_ceil(THREADS).max(1);
    let mut files = files.into_iter();
    thread::scope(|scope| {
        let mut shares = Vec::new();
        loop {
            let some: Vec<Unsynced> = files.by_ref().take(share).collect();
            if some.is_empty() {
                break;
            }
            let work = move || some.into_iter().try_for_each(sync_one);
            shares.push(thread::Builder::new().spawn_scoped(scope, work)?);
        }
        shares.into_iter().try_for_each(|share| {
            share
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread that syncs files stopped")))
        })
    })
}

fn sync_one(file: Unsynced) -> io::Result<()> {
    match file {
        Unsynced::Open(mut file) => file.sync(),
        // A failure that nobody has seen yet is kept with the inode, and told
        // to whoever opens it next (Linux 4.17 on).
        Unsynced::Closed(path) => RealDisk::new().open(&path, Open::Read)?.sync(),
    }
}

#[cfg(target_os = "linux")]
fn sync_whole(folder: &fs::File) -> io::Result<()> {
    Ok(rustix::io::retry_on_intr(|| rustix::fs::syncfs(folder))?)
}

#[cfg(not(target_os = "linux"))]
fn sync_whole(_: &fs::File) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether syncfs of this folder keeps its word: write-back errors are
/// reported from Linux 5.8 on, failures of the file system's own commit only
/// from 5.17 on, and a network or FUSE file system may leave all to fsync.
#[cfg(target_os = "linux")]
fn syncs_whole(folder: &fs::File) -> bool {
    const EXT4: u64 = 0xef53;
    const XFS: u64 = 0x5846_5342;
    const BTRFS: u64 = 0x9123_683e;
    const F2FS: u64 = 0xf2f5_2010;
    const TMPFS: u64 = 0x0102_1994;
    let release = rustix::system::uname();
    let release = release.release().to_string_lossy();
    release_number(&release) >= Some((5, 17))
        && rustix::fs::fstatfs(folder).is_ok_and(|facts| {
            [EXT4, XFS, BTRFS, F2FS, TMPFS].contains(&u64::from(facts.f_type as u32))
        })
}

#[cfg(not(target_os = "linux"))]
fn syncs_whole(_: &fs::File) -> bool {
    false
}

/// `6.1.0-18-amd64` is 6 and 1.
#[cfg(target_os = "linux")]
fn release_number(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn unsynced(disk: &RealDisk, dir: &Path, count: usize) -> Vec<Unsynced> {
        (0..count)
            .map(|n| {
                let path = dir.join(n.to_string());
                let mut file = disk.create(&path).expect("created");
                file.write_all(b"x").expect("written");
                match n % 2 {
                    0 => Unsynced::Open(file),
                    _ => Unsynced::Closed(path),
                }
            })
            .collect()
    }

    #[test]
    fn every_way_to_sync_takes_any_number_of_files() {
        let dir = tempfile::tempdir().expect("a folder");
        for count in [0, 1, FEW, FEW + 1, 40] {
            let here = dir.path().join(count.to_string());
            let disk = RealDisk::new();
            disk.create_dir(&here).expect("created");
            let files = unsynced(&disk, &here, count);
            disk.sync_files(&here, files).expect("synced");
            disk.create_dir(&here.join("each")).expect("created");
            sync_each(unsynced(&disk, &here.join("each"), count)).expect("synced");
        }
    }

    #[test]
    fn one_file_that_cannot_be_synced_fails_them_all() {
        let dir = tempfile::tempdir().expect("a folder");
        let disk = RealDisk::new();
        let mut files = unsynced(&disk, dir.path(), 20);
        files.push(Unsynced::Closed(dir.path().join("missing")));
        let error = sync_each(files).expect_err("one is missing");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn kernel_releases_compare_as_numbers() {
        assert_eq!(release_number("6.1.0-18-amd64"), Some((6, 1)));
        assert_eq!(release_number("5.10.0"), Some((5, 10)));
        assert!(release_number("5.4.0") < Some((5, 17)));
        assert!(release_number("strange") < Some((5, 17)));
    }
}
