//! A small disk for this folder's tests: real files, and a number of changes
//! after which every further one fails.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::disk::{Disk, File, Kind, Open, Stat};

/// Counts down with each change of the disk; at 0 all fail.
#[derive(Clone, Debug)]
pub(super) struct TestDisk {
    left: Arc<AtomicUsize>,
    /// Likewise for syncs of files.
    syncs: Arc<AtomicUsize>,
}

impl TestDisk {
    pub(super) fn new() -> Self {
        Self {
            left: Arc::new(AtomicUsize::new(usize::MAX)),
            syncs: Arc::new(AtomicUsize::new(usize::MAX)),
        }
    }

    /// All but so many changes from now on fail.
    pub(super) fn fail_after(&self, changes: usize) {
        self.left.store(changes, Ordering::Relaxed);
    }

    /// All but so many syncs from now on fail.
    pub(super) fn fail_syncs_after(&self, syncs: usize) {
        self.syncs.store(syncs, Ordering::Relaxed);
    }

    pub(super) fn has_failed(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
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
    file: fs::File,
    disk: TestDisk,
}

fn stat(meta: &fs::Metadata) -> Stat {
    let kind = match meta.file_type() {
        kind if kind.is_file() => Kind::File,
        kind if kind.is_dir() => Kind::Dir,
        kind if kind.is_symlink() => Kind::Link,
        kind => {
            assert!(kind.is_fifo());
            Kind::Other
        }
    };
    Stat {
        dev: meta.dev(),
        ino: meta.ino(),
        len: meta.len(),
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        links: meta.nlink(),
        kind,
        modified: meta.mtime(),
    }
}

impl TestDisk {
    fn file(&self, file: io::Result<fs::File>) -> io::Result<Box<dyn File>> {
        let disk = self.clone();
        Ok(Box::new(TestFile { file: file?, disk }))
    }
}

impl Disk for TestDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        if path.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        spend(&self.left)?;
        let mut options = fs::OpenOptions::new();
        options.read(true).append(true).create_new(true).mode(0o600);
        self.file(options.open(path))
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let mut options = fs::OpenOptions::new();
        options.read(true).append(how != Open::Read).mode(0o600);
        options.create(how == Open::AppendOrCreate);
        self.file(options.open(path))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        spend(&self.left)?;
        fs::DirBuilder::new().mode(0o700).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        if to.exists() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.replace(from, to)
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        spend(&self.left)?;
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        spend(&self.left)?;
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        if path.symlink_metadata().is_ok() {
            spend(&self.left)?;
        }
        fs::remove_file(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        Ok(stat(&path.symlink_metadata()?))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(dir)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }

    fn sync_dir(&self, _: &Path) -> io::Result<bool> {
        spend(&self.left)?;
        Ok(true)
    }

    fn sync_files(&self, _: &Path, _: Vec<Box<dyn File>>) -> io::Result<()> {
        Ok(())
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
        let mut file = &self.file;
        file.seek(SeekFrom::Start(offset))?;
        file.read(buf)
    }

    fn sync(&mut self) -> io::Result<()> {
        spend(&self.disk.syncs)?;
        spend(&self.disk.left)
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        spend(&self.disk.left)?;
        self.file.set_len(len)
    }

    fn stat(&self) -> io::Result<Stat> {
        Ok(stat(&self.file.metadata()?))
    }

    fn try_flock(&self) -> io::Result<bool> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(fs::TryLockError::WouldBlock) => Ok(false),
            Err(fs::TryLockError::Error(error)) => Err(error),
        }
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        Ok(true)
    }
}
