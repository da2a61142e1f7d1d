//! The real disk for this folder's tests, with a number of changes after
//! which every further one fails.

use std::ffi::OsString;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::disk::{Disk, File, Open, RealDisk, Stat, Unsynced};

/// Counts down with each change of the disk; at 0 all fail.
#[derive(Clone, Debug)]
pub(super) struct TestDisk {
    real: Arc<RealDisk>,
    left: Arc<AtomicUsize>,
    /// Likewise for syncs of files.
    syncs: Arc<AtomicUsize>,
}

impl TestDisk {
    pub(super) fn new() -> Self {
        Self {
            real: Arc::new(RealDisk::new()),
            left: Arc::new(AtomicUsize::new(usize::MAX)),
            syncs: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }

    /// All but this many changes from now on fail.
    pub(super) fn fail_after(&self, changes: usize) {
        self.left.store(changes, Ordering::Relaxed);
    }

    /// All but this many syncs from now on fail.
    pub(super) fn fail_syncs_after(&self, syncs: usize) {
        self.syncs.store(syncs, Ordering::Relaxed);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn file(&self, file: io::Result<Box<dyn File>>) -> io::Result<Box<dyn File>> {
        let disk = self.clone();
        Ok(Box::new(TestFile { file: file?, disk }))
    }
}

fn spend(count: &AtomicUsize) -> io::Result<()> {
    let spent = |left: usize| left.checked_sub(1);
    count
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, spent)
        .map(drop)
        .map_err(|_| io::Error::from_raw_os_error(5))
}

#[derive(Debug)]
struct TestFile {
    file: Box<dyn File>,
    disk: TestDisk,
}

impl Disk for TestDisk {
    fn create_as(&self, path: &Path, mode: u32) -> io::Result<Box<dyn File>> {
        if path.symlink_metadata().is_err() {
            spend(&self.left)?;
        }
        self.file(self.real.create_as(path, mode))
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        self.file(self.real.open(path, how))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        spend(&self.left)?;
        self.real.create_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        spend(&self.left)?;
        self.real.rename(from, to)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        spend(&self.left)?;
        self.real.replace(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        spend(&self.left)?;
        self.real.link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata().is_ok() {
            spend(&self.left)?;
        }
        self.real.remove(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        spend(&self.left)?;
        self.real.remove_dir(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        self.real.stat(path)
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        self.real.list(dir)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<bool> {
        spend(&self.left)?;
        self.real.sync_dir(dir)
    }

    fn park(&self, path: &Path, file: Box<dyn File>) -> io::Result<Unsynced> {
        self.real.park(path, file)
    }

    fn sync_files(&self, dir: &Path, files: Vec<Unsynced>) -> io::Result<()> {
        self.real.sync_files(dir, files)
    }
}

/// A failing write leaves half of it behind.
impl Write for TestFile {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if let Err(error) = spend(&self.disk.left) {
            self.file.write_all(&buf[..buf.len() / 2])?;
            return Err(error);
        }
        self.file.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl File for TestFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buf, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        spend(&self.disk.syncs)?;
        spend(&self.disk.left)
    }

    fn rewrite(&mut self, part: Range<u64>) -> io::Result<()> {
        spend(&self.disk.left)?;
        self.file.rewrite(part)
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        spend(&self.disk.left)?;
        self.file.set_len(len)
    }

    fn stat(&self) -> io::Result<Stat> {
        self.file.stat()
    }

    fn try_flock(&self) -> io::Result<bool> {
        self.file.try_flock()
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        self.file.try_record_lock()
    }
}
