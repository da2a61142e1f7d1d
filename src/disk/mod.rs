//! Files that can be made durable: the only door to the file system for the
//! stores and the ledger, so that tests can cut the power behind it.

#[cfg(test)]
pub(crate) mod crash;
mod dirs;
mod real;
mod sync;
#[cfg(test)]
mod tests;

pub use dirs::{create_dirs, sync_entries};
pub use real::RealDisk;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::{Path, PathBuf};

use rustix::io::Errno;

use crate::base::Class;

/// What it means that a call failed before anything was fetched: something is
/// in the way ([`Class::CantCreate`]), or the disk fails ([`Class::Io`]).
pub fn class_at_opening(error: &io::Error) -> Class {
    use ErrorKind::*;
    match error.kind() {
        PermissionDenied | ReadOnlyFilesystem | NotFound | NotADirectory | IsADirectory
        | AlreadyExists | InvalidFilename | CrossesDevices => Class::CantCreate,
        _ if Errno::from_io_error(error) == Some(Errno::LOOP) => Class::CantCreate,
        _ => Class::Io,
    }
}

/// What a path or an open file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Device.
    pub dev: u64,
    /// Inode.
    pub ino: u64,
    /// Size in octets.
    pub len: u64,
    /// Permission bits.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Names it has.
    pub links: u64,
    /// What it is.
    pub kind: Kind,
    /// Last change of content, in seconds since 1970.
    pub modified: i64,
}

/// What a directory entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Dir,
    /// A symbolic link.
    Link,
    /// Anything else.
    Other,
}

/// How to open a file that should be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// To read.
    Read,
    /// To read, and to append.
    Append,
    /// The same; it is created (0600) if it is missing.
    AppendOrCreate,
}

/// A file that is written in full, but not durable yet: between
/// [`Disk::park`] and [`Disk::sync_files`].
#[derive(Debug)]
pub struct Unsynced {
    path: PathBuf,
    file: Option<Box<dyn File>>,
    _slot: Option<sync::Slot>,
}

impl Unsynced {
    fn open(path: &Path, file: Box<dyn File>, slot: Option<sync::Slot>) -> Self {
        Self { path: path.into(), file: Some(file), _slot: slot }
    }

    fn closed(path: &Path) -> Self {
        Self { path: path.into(), file: None, _slot: None }
    }

    fn is_open(&self) -> bool {
        self.file.is_some()
    }

    fn into_open(self) -> Option<Box<dyn File>> {
        self.file
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// A file system. Paths are absolute. No file is reached through a symbolic
/// link in the last part of its path (`ELOOP`); everything is created with its
/// final mode.
pub trait Disk: Debug + Send + Sync {
    /// Creates a file that must not be there yet (0600), to read and append.
    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.create_as(path, 0o600)
    }
    /// The same with this mode, which binds only those who open it later.
    fn create_as(&self, path: &Path, mode: u32) -> io::Result<Box<dyn File>>;
    /// Opens a file. Does not wait for the other end of a pipe.
    fn open(&self, path: &Path, how: Open) -> io::Result<Box<dyn File>>;
    /// Opens a folder, and tells what it is. From here on, whatever is done with
    /// a name in it is done in this very folder, though somebody puts another,
    /// or a link, in its place. A link in the last part of the path is not
    /// followed (`ELOOP`); the path of a folder that may be behind one ends
    /// with `/.`.
    fn hold(&self, dir: &Path) -> io::Result<Stat> {
        self.stat(dir)
    }
    /// Ends [`Disk::hold`], for a folder in which nothing more is made.
    fn release(&self, _dir: &Path) {}
    /// Creates a folder (0700).
    fn create_dir(&self, path: &Path) -> io::Result<()>;
    /// Renames; fails with `AlreadyExists` rather than replace anything.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames and replaces.
    fn replace(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name (for a dotlock).
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes a file, unless nothing is there.
    fn remove_if_there(&self, path: &Path) -> io::Result<()> {
        match self.remove(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }
    /// Removes a folder in which nothing is.
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// What a path is, links not followed.
    fn stat(&self, path: &Path) -> io::Result<Stat>;
    /// The same; `None` if nothing is there.
    fn find(&self, path: &Path) -> io::Result<Option<Stat>> {
        match self.stat(path) {
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
                Ok(None)
            }
            facts => facts.map(Some),
        }
    }
    /// The names in a folder, in no order.
    fn list(&self, dir: &Path) -> io::Result<Vec<OsString>>;
    /// Makes a folder's entries durable, through a symbolic link too. File
    /// systems that cannot (`EINVAL`, `ENOTSUP`) answer `Ok(false)`.
    fn sync_dir(&self, dir: &Path) -> io::Result<bool>;
    /// Takes a file that [`Disk::create`] of this very disk made and that is
    /// written in full. When too many wait to be synced it is closed, but
    /// never so that a failed write could go unnoticed.
    fn park(&self, path: &Path, file: Box<dyn File>) -> io::Result<Unsynced>;
    /// Makes the contents of parked files of one folder durable, by whatever
    /// call is quickest, and closes them. After an error none may be trusted.
    fn sync_files(&self, dir: &Path, files: Vec<Unsynced>) -> io::Result<()>;
}

/// An open file. Writes append.
pub trait File: io::Write + Debug + Send {
    /// Reads at an offset; 0 at the end.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Reads until the buffer is full or the file ends.
    fn fill(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buf.len() {
            match self.read_at(&mut buf[filled..], offset + filled as u64)? {
                0 => break,
                read => filled += read,
            }
        }
        Ok(filled)
    }
    /// Makes the content (and the length) durable. After an error the file
    /// must not be trusted, and the call not repeated.
    fn sync(&mut self) -> io::Result<()>;
    /// Writes a part of the file again, as it reads. A failed sync leaves
    /// pages that look clean and are not on the disk; only what is written
    /// again is taken by the next sync.
    fn rewrite(&mut self, part: Range<u64>) -> io::Result<()>;
    /// Cuts the file.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// What it is.
    fn stat(&self) -> io::Result<Stat>;
    /// The file as another process can read it, from its beginning.
    fn handle(&self) -> io::Result<std::fs::File> {
        Err(ErrorKind::Unsupported.into())
    }
    /// Takes the whole-file lock of flock(2) without waiting; `false` if
    /// somebody else has it. It goes with the file handle, whatever copies of
    /// that a child has.
    fn try_flock(&self) -> io::Result<bool>;
    /// Takes the record lock of fcntl(2) on the whole file without waiting;
    /// `false` if another process has it. It belongs to the process, not to
    /// the handle: it keeps no other thread out, and is lost when *any* handle
    /// of the same file is closed by this process.
    fn try_record_lock(&self) -> io::Result<bool>;
}
