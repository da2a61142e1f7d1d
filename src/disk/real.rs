//! The real file system.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write};
use std::ops::Range;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::fs::{Access, AtFlags, CWD, FileType, FlockOperation, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::sync::Syncer;
use super::{Disk, File, Kind, Open, Stat, Unsynced};

/// Mode of a file that is created, unless another one is asked for.
const FILE_MODE: Mode = Mode::from_bits_retain(0o600);

/// Mode of every folder that is created.
const FOLDER_MODE: Mode = Mode::from_bits_retain(0o700);

/// The file system of this machine.
#[derive(Debug, Default)]
pub struct RealDisk {
    syncer: Syncer,
    /// Folders that are held open, by their paths.
    held: Mutex<HashMap<PathBuf, Arc<OwnedFd>>>,
}

/// Where a path leads: a name in a folder that is held, or the path itself.
struct At<'p> {
    folder: Option<Arc<OwnedFd>>,
    name: &'p OsStr,
}

impl At<'_> {
    fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_ref().map_or(CWD, |folder| folder.as_fd())
    }

    /// Opens what is there; no link is followed, and a pipe or a terminal in
    /// the place of a file does not stop the program.
    fn open(&self, flags: OFlags, mode: Mode) -> io::Result<fs::File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let open = || rustix::fs::openat(self.folder(), self.name, flags, mode);
        Ok(retry_on_intr(open)?.into())
    }
}

impl RealDisk {
    /// Nothing is opened yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A rename that replaces nothing, in two steps.
    pub(super) fn relink(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.link(from, to)?;
        self.remove(from)
    }

    fn held(&self, dir: &Path) -> Option<Arc<OwnedFd>> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(dir).cloned()
    }

    fn at<'p>(&self, path: &'p Path) -> At<'p> {
        let folder = path.parent().and_then(|dir| self.held(dir));
        match (folder, path.file_name()) {
            (folder @ Some(_), Some(name)) => At { folder, name },
            _ => At { folder: None, name: path.as_os_str() },
        }
    }

    /// A folder, opened to be read; through a link unless it is held.
    fn open_folder(&self, dir: &Path) -> io::Result<fs::File> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let open = || match self.held(dir) {
            Some(folder) => rustix::fs::openat(&*folder, ".", flags, Mode::empty()),
            None => rustix::fs::openat(CWD, dir, flags, Mode::empty()),
        };
        Ok(retry_on_intr(open)?.into())
    }

    /// Returns whether entries can be made in a folder, which may be reached
    /// through a symbolic link. Nothing is changed.
    pub fn check_folder(&self, dir: &Path) -> io::Result<()> {
        check_access(&dir.join("."), Access::WRITE_OK | Access::EXEC_OK)
    }

    /// Returns whether a file can be read and written. Nothing is changed.
    pub fn check_file(&self, path: &Path) -> io::Result<()> {
        check_access(path, Access::READ_OK | Access::WRITE_OK)
    }
}

/// What the effective user may do.
fn check_access(path: &Path, access: Access) -> io::Result<()> {
    Ok(rustix::fs::accessat(CWD, path, access, AtFlags::EACCESS)?)
}

impl Disk for RealDisk {
    fn hold(&self, path: &Path) -> io::Result<Stat> {
        let dir: PathBuf = path.components().collect();
        if let Some(folder) = self.held(&dir) {
            return Ok(stat(&rustix::fs::fstat(&*folder)?));
        }
        let folder = self.at(path).open(OFlags::RDONLY | OFlags::DIRECTORY, FILE_MODE)?;
        let facts = stat(&rustix::fs::fstat(&folder)?);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(dir, Arc::new(folder.into()));
        Ok(facts)
    }

    fn release(&self, dir: &Path) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(dir);
    }

    fn create_as(&self, path: &Path, mode: u32) -> io::Result<Box<dyn File>> {
        if let Some(dir) = path.parent() {
            self.syncer.watch(dir, || match self.held(dir) {
                Some(folder) => Ok(folder),
                None => Ok(Arc::new(self.open_folder(dir)?.into())),
            })?;
        }
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL;
        let file = self.at(path).open(flags, Mode::from_bits_retain(mode))?;
        Ok(Box::new(RealFile::from(file)))
    }

    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>> {
        let flags = match how {
            Open::Read => OFlags::RDONLY,
            Open::Append => OFlags::RDWR | OFlags::APPEND,
            Open::AppendOrCreate => OFlags::RDWR | OFlags::APPEND | OFlags::CREATE,
        };
        let file = self.at(path).open(flags, FILE_MODE)?;
        Ok(Box::new(RealFile::from(file)))
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        let at = self.at(path);
        Ok(rustix::fs::mkdirat(at.folder(), at.name, FOLDER_MODE)?)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match rename_without_replacing(&self.at(from), &self.at(to)) {
            // NFS and some FUSE file systems know no flags of renameat2.
            Err(Errno::INVAL | Errno::NOSYS) => self.relink(from, to),
            result => Ok(result?),
        }
    }

    fn replace(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.at(from), self.at(to));
        Ok(rustix::fs::renameat(from.folder(), from.name, to.folder(), to.name)?)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (from, to) = (self.at(from), self.at(to));
        Ok(rustix::fs::linkat(from.folder(), from.name, to.folder(), to.name, AtFlags::empty())?)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        let at = self.at(path);
        Ok(rustix::fs::unlinkat(at.folder(), at.name, AtFlags::REMOVEDIR)?)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let at = self.at(path);
        Ok(rustix::fs::unlinkat(at.folder(), at.name, AtFlags::empty())?)
    }

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let at = self.at(path);
        let facts = rustix::fs::statat(at.folder(), at.name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(stat(&facts))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::new(self.open_folder(dir)?)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<bool> {
        let folder = self.open_folder(dir)?;
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
        self.syncer.sync(dir, files, || self.open_folder(dir))
    }
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn rename_without_replacing(from: &At<'_>, to: &At<'_>) -> rustix::io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    let flags = RenameFlags::NOREPLACE;
    renameat_with(from.folder(), from.name, to.folder(), to.name, flags)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn rename_without_replacing(_: &At<'_>, _: &At<'_>) -> rustix::io::Result<()> {
    Err(Errno::NOSYS)
}

// The types of some of these fields differ from system to system.
#[allow(clippy::unnecessary_cast)]
fn stat(facts: &rustix::fs::Stat) -> Stat {
    Stat {
        dev: facts.st_dev as u64,
        ino: facts.st_ino as u64,
        len: facts.st_size as u64,
        mode: facts.st_mode as u32 & 0o7777,
        uid: facts.st_uid,
        links: facts.st_nlink as u64,
        kind: match FileType::from_raw_mode(facts.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Dir,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        },
        modified: facts.st_mtime as i64,
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

    fn handle(&self) -> io::Result<std::fs::File> {
        let mut file = self.file.try_clone()?;
        io::Seek::rewind(&mut file)?;
        Ok(file)
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
        Ok(stat(&rustix::fs::fstat(&self.file)?))
    }

    fn try_flock(&self) -> io::Result<bool> {
        let lock = FlockOperation::NonBlockingLockExclusive;
        let taken = taken(rustix::fs::flock(&self.file, lock))?;
        self.flocked.fetch_or(taken, Ordering::Relaxed);
        Ok(taken)
    }

    fn try_record_lock(&self) -> io::Result<bool> {
        taken(rustix::fs::fcntl_lock(&self.file, FlockOperation::NonBlockingLockExclusive))
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

/// Returns whether a lock was taken; if not, another process has it.
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
