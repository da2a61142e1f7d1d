//! The real file system.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Access, AtFlags, FlockOperation, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::sync::Syncer;
use super::{Disk, File, Kind, Open, Stat, Unsynced};

/// The file system of this machine.
#[derive(Debug, Default)]
pub struct RealDisk {
    syncer: Syncer,
}

impl RealDisk {
    /// Nothing is opened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether entries can be made in a folder, which may be reached through a
    /// symbolic link. Nothing is changed.
    pub fn check_folder(&self, dir: &Path) -> io::Result<()> {
        check_access(&dir.join("."), Access::WRITE_OK | Access::EXEC_OK)
    }

    /// Whether a file can be read and written. Nothing is changed.
    pub fn check_file(&self, path: &Path) -> io::Result<()> {
        check_access(path, Access::READ_OK | Access::WRITE_OK)
    }
}

/// What the effective user may do.
fn check_access(path: &Path, access: Access) -> io::Result<()> {
    Ok(rustix::fs::accessat(
        rustix::fs::CWD,
        path,
        access,
        AtFlags::EACCESS,
    )?)
}

/// For opening what is there already: no link is followed, a pipe or a
/// terminal in the place of a file does not stop the program.
const CAREFUL: OFlags = OFlags::NOFOLLOW
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Flags in the form the standard library takes them.
fn custom(flags: OFlags) -> i32 {
    flags.bits() as i32
}

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.syncer.watch(path)?;
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(custom(OFlags::NOFOLLOW))
            .open(path)?;
        Ok(Box::new(RealFile::from(file)))
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let file = OpenOptions::new()
            .read(true)
            .append(how != Open::Read)
            .create(how == Open::AppendOrCreate)
            .mode(0o600)
            .custom_flags(custom(CAREFUL))
            .open(path)?;
        Ok(Box::new(RealFile::from(file)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rename_without_replacing(from, to) {
            // NFS and some FUSE file systems know no flags of renameat2.
            Err(error) if is_one_of(&error, &[Errno::INVAL, Errno::NOSYS]) => relink(from, to),
            result => result,
        }
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        fs::symlink_metadata(path).map(|facts| stat(&facts))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(dir)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<bool> {
        let folder = OpenOptions::new()
            .read(true)
            .custom_flags(custom(OFlags::DIRECTORY))
            .open(dir)?;
        match retry_on_intr(|| rustix::fs::fsync(&folder)) {
            Ok(()) => Ok(true),
            Err(Errno::INVAL | Errno::NOTSUP) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn park(&self, path: &Path, file: Box<dyn File>) -> io::Result<Unsynced> {
        self.syncer.park(path, file)
    }

    fn sync_files(&self, dir: &Path, files: Vec<Unsynced>) -> io::Result<()> {
        self.syncer.sync(dir, files)
    }
}

/// A rename that replaces nothing, in two steps.
pub(super) fn relink(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_without_replacing(_: &Path, _: &Path) -> io::Result<()> {
    Err(Errno::NOSYS.into())
}

fn is_one_of(error: &io::Error, numbers: &[Errno]) -> bool {
    Errno::from_io_error(error).is_some_and(|number| numbers.contains(&number))
}

fn stat(facts: &fs::Metadata) -> Stat {
    let kind = facts.file_type();
    Stat {
        dev: facts.dev(),
        ino: facts.ino(),
        len: facts.len(),
        mode: facts.mode() & 0o7777,
        uid: facts.uid(),
        links: facts.nlink(),
        kind: if kind.is_file() {
            Kind::File
        } else if kind.is_dir() {
            Kind::Dir
        } else if kind.is_symlink() {
            Kind::Link
        } else {
            Kind::Other
        },
        modified: facts.mtime(),
    }
}

/// An open file of the real file system.
#[derive(Debug)]
struct RealFile {
    file: fs::File,
    /// Whether it has the lock of flock(2).
    flocked: AtomicBool,
}

impl From<fs::File> for RealFile {
    fn from(file: fs::File) -> Self {
        let flocked = AtomicBool::new(false);
        Self { file, flocked }
    }
}

/// A child has a copy of each handle until it executes its command, and with
/// it the lock: closing alone would not free that at once.
impl Drop for RealFile {
    fn drop(&mut self) {
        if *self.flocked.get_mut() {
            let _ = rustix::fs::flock(&self.file, FlockOperation::Unlock);
        }
    }
}

impl Write for RealFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl File for RealFile {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match self.file.read_at(buf, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        // fdatasync, which writes the length too; F_FULLFSYNC on a Mac.
        self.file.sync_data()
    }

    fn rewrite(&mut self, part: Range<u64>) -> io::Result<()> {
        // While it appends, Linux appends whatever the offset.
        let flags = rustix::fs::fcntl_getfl(&self.file)?;
        rustix::fs::fcntl_setfl(&self.file, flags - OFlags::APPEND)?;
        let result = write_again(&self.file, part);
        rustix::fs::fcntl_setfl(&self.file, flags)?;
        result
    }

    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn stat(&self) -> io::Result<Stat> {
        self.file.metadata().map(|facts| stat(&facts))
    }

    fn try_flock(&self) -> io::Result<bool> {
        let lock = FlockOperation::NonBlockingLockExclusive;
        let is_taken = taken(rustix::fs::flock(&self.file, lock))?;
        self.flocked.fetch_or(is_taken, Ordering::Relaxed);
        Ok(is_taken)
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        taken(rustix::fs::fcntl_lock(
            &self.file,
            FlockOperation::NonBlockingLockExclusive,
        ))
    }
}

/// Reads a part of a file and writes it to where it was.
fn write_again(file: &fs::File, part: Range<u64>) -> io::Result<()> {
    let mut buf = vec![0; 64 * 1024];
    let mut at = part.start;
    while at < part.end {
        let most = usize::try_from(part.end - at).map_or(buf.len(), |left| left.min(buf.len()));
        file.read_exact_at(&mut buf[..most], at)?;
        file.write_all_at(&buf[..most], at)?;
        at += most as u64;
    }
    Ok(())
}

/// Whether a lock was taken or somebody else has it.
fn taken(result: rustix::io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(Errno::AGAIN | Errno::ACCESS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_of_a_handle_keeps_no_lock() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let open = || RealFile::from(fs::File::open(file.path()).expect("opened"));
        let (first, second) = (open(), open());
        let copy = first.file.try_clone().expect("a copy");
        assert!(first.try_flock().expect("asked"));
        drop(first);
        assert!(second.try_flock().expect("asked"));
        drop(copy);
    }
}
