//! How many files become durable: the one place that chooses the call.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::{File, Unsynced};

/// Up to this many files, it is quicker to sync each than the whole file
/// system, and strangers' writes to the same disk are not waited for.
const MAX_SYNCED_SINGLY: usize = 4;

/// Files kept open until their sync where each has its own.
const MAX_OPEN: usize = 32;

/// Threads that call fsync side by side.
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
    open: Arc<AtomicUsize>,
}

/// A folder that was open before anything was written there.
#[derive(Debug)]
struct Folder {
    handle: Arc<OwnedFd>,
    /// Whether syncfs keeps its word here.
    whole: bool,
}

/// One of the files that stay open until their sync.
#[derive(Debug)]
pub(super) struct Slot(Arc<AtomicUsize>);

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Syncer {
    fn folders(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Folder>>> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Called before a file is created in a folder.
    pub(super) fn watch(
        &self,
        dir: &Path,
        open: impl FnOnce() -> io::Result<Arc<OwnedFd>>,
    ) -> io::Result<()> {
        let mut folders = self.folders();
        if !folders.contains_key(dir) {
            let handle = open()?;
            let whole = syncs_whole(&handle);
            folders.insert(dir.into(), Arc::new(Folder { handle, whole }));
        }
        Ok(())
    }

    /// Returns whether one call can be trusted with all files of a folder.
    fn whole(&self, dir: &Path) -> Option<Arc<Folder>> {
        let folder = self.folders().get(dir).cloned();
        folder.filter(|folder| folder.whole)
    }

    /// Takes a file that is written in full.
    pub(super) fn park(&self, path: &Path, mut file: Box<dyn File>) -> io::Result<Unsynced> {
        let whole = self.whole(path.parent().unwrap_or(path)).is_some();
        let slot = Slot(Arc::clone(&self.open));
        let open = self.open.fetch_add(1, Ordering::Relaxed);
        if open < if whole { MAX_SYNCED_SINGLY } else { MAX_OPEN } {
            return Ok(Unsynced::open(path, file, Some(slot)));
        }
        if !whole {
            // Closed, it could take the news of a failed write with it.
            file.sync()?;
        }
        Ok(Unsynced::closed(path))
    }

    /// Makes files durable and closes them.
    pub(super) fn sync(
        &self,
        dir: &Path,
        files: Vec<Unsynced>,
        open: impl FnOnce() -> io::Result<fs::File>,
    ) -> io::Result<()> {
        let all_open = files.iter().all(Unsynced::is_open);
        match self.whole(dir) {
            Some(folder) if files.len() > MAX_SYNCED_SINGLY || !all_open => {
                // The name may lead to another file system by now.
                if rustix::fs::fstat(&*folder.handle)?.st_dev != rustix::fs::fstat(open()?)?.st_dev
                {
                    return Err(rustix::io::Errno::STALE.into());
                }
                sync_whole(&folder.handle)
            }
            Some(_) => sync_some(files),
            // What is closed was synced before.
            None => sync_each(files),
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
            shares.push(thread::Builder::new().spawn_scoped(scope, || sync_some(some))?);
        }
        shares.into_iter().try_for_each(|share| {
            share
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("a thread that syncs files stopped")))
        })
    })
}

fn sync_some(files: Vec<Unsynced>) -> io::Result<()> {
    files.into_iter().filter_map(Unsynced::into_open).try_for_each(|mut file| file.sync())
}

#[cfg(target_os = "linux")]
fn sync_whole(folder: &OwnedFd) -> io::Result<()> {
    Ok(rustix::io::retry_on_intr(|| rustix::fs::syncfs(folder))?)
}

#[cfg(not(target_os = "linux"))]
fn sync_whole(_: &OwnedFd) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns whether syncfs of this folder keeps its word. It reports failed
/// write-back from Linux 5.8 on. That the file system's own commit failed it
/// reports from 5.17 on; but a journaling one then refuses everything, also the
/// sync of the folder into which the files are renamed next. A network or FUSE
/// file system may leave all to fsync.
#[cfg(target_os = "linux")]
fn syncs_whole(folder: &OwnedFd) -> bool {
    const EXT4: u32 = 0xef53;
    const XFS: u32 = 0x5846_5342;
    const BTRFS: u32 = 0x9123_683e;
    const F2FS: u32 = 0xf2f5_2010;
    const TMPFS: u32 = 0x0102_1994;
    let system = rustix::system::uname();
    release_number(&system.release().to_string_lossy()) >= Some((5, 8))
        && rustix::fs::fstatfs(folder)
            .is_ok_and(|facts| [EXT4, XFS, BTRFS, F2FS, TMPFS].contains(&(facts.f_type as u32)))
}

#[cfg(not(target_os = "linux"))]
fn syncs_whole(_: &OwnedFd) -> bool {
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
    use crate::disk::{Disk, RealDisk};
    use std::io::Write;

    /// A syncer that believes this of a folder.
    fn syncer(dir: &Path, whole: bool) -> Syncer {
        let syncer = Syncer::default();
        let handle = Arc::new(fs::File::open(dir).expect("opened").into());
        let folder = Arc::new(Folder { handle, whole });
        syncer.folders().insert(dir.into(), folder);
        syncer
    }

    fn parked(syncer: &Syncer, dir: &Path, count: usize) -> Vec<Unsynced> {
        let disk = RealDisk::new();
        let park = |n: usize| {
            let path = dir.join(n.to_string());
            let mut file = disk.create(&path).expect("created");
            file.write_all(b"x").expect("written");
            syncer.park(&path, file).expect("parked")
        };
        (0..count).map(park).collect()
    }

    #[test]
    fn only_so_many_files_stay_open_and_all_are_synced() {
        for (whole, most) in [(true, MAX_SYNCED_SINGLY), (false, MAX_OPEN)] {
            for count in [0, 1, MAX_SYNCED_SINGLY, MAX_SYNCED_SINGLY + 1, MAX_OPEN + 9] {
                let dir = tempfile::tempdir().expect("a folder");
                let syncer = syncer(dir.path(), whole);
                let files = parked(&syncer, dir.path(), count);
                let open = files.iter().filter(|file| file.is_open()).count();
                assert_eq!(open, count.min(most));
                assert_eq!(syncer.open.load(Ordering::Relaxed), open);
                syncer.sync(dir.path(), files, || fs::File::open(dir.path())).expect("synced");
                assert_eq!(syncer.open.load(Ordering::Relaxed), 0);
            }
        }
    }

    /// A file whose sync fails.
    #[derive(Debug)]
    struct Broken(Box<dyn File>);

    impl Write for Broken {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl File for Broken {
        fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
            self.0.read_at(buf, offset)
        }
        fn sync(&mut self) -> io::Result<()> {
            Err(rustix::io::Errno::IO.into())
        }
        fn rewrite(&mut self, part: std::ops::Range<u64>) -> io::Result<()> {
            self.0.rewrite(part)
        }
        fn set_len(&mut self, len: u64) -> io::Result<()> {
            self.0.set_len(len)
        }
        fn stat(&self) -> io::Result<super::super::Stat> {
            self.0.stat()
        }
        fn try_flock(&self) -> io::Result<bool> {
            self.0.try_flock()
        }
        fn try_record_lock(&self) -> io::Result<bool> {
            self.0.try_record_lock()
        }
    }

    #[test]
    fn one_failure_fails_them_all() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("broken");
        let broken = || Box::new(Broken(RealDisk::new().create(&path).expect("created")));
        let syncer = syncer(dir.path(), false);
        let mut files = parked(&syncer, dir.path(), MAX_OPEN - 1);
        files.push(syncer.park(&path, broken()).expect("parked open"));
        let error = syncer
            .sync(dir.path(), files, || fs::File::open(dir.path()))
            .expect_err("one is broken");
        assert_eq!(error.raw_os_error(), Some(5));
        fs::remove_file(&path).expect("removed");
        fs::remove_dir_all(dir.path()).expect("removed");
        fs::create_dir(dir.path()).expect("created");
        let _full = parked(&syncer, dir.path(), MAX_OPEN);
        syncer.park(&path, broken()).expect_err("synced before it is closed");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn kernel_releases_compare_as_numbers() {
        assert_eq!(release_number("6.1.0-18-amd64"), Some((6, 1)));
        assert_eq!(release_number("5.10.0"), Some((5, 10)));
        assert!(release_number("5.4.0") < Some((5, 8)));
        assert!(release_number("strange") < Some((5, 8)));
    }
}
