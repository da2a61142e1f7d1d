//! Files that are read whole, such as the config file, a password or a root
//! certificate.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use crate::base::Failure;

/// Most octets that are read of a file without a length.
const MAX_UNTOLD: usize = 64 << 10;

/// Why a file cannot be read whole. The text goes on after "it is" or "X is"
/// for all but [`FileError::Io`].
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// What the system said.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A symbolic link where none is followed.
    #[error("a symbolic link")]
    Link,
    /// A folder, a FIFO, a device or a socket.
    #[error("not a regular file")]
    NotRegular,
    /// More octets than are ever needed.
    #[error("larger than {}", size(*limit))]
    TooLarge {
        /// How many octets it may have.
        limit: usize,
    },
}

fn size(limit: usize) -> String {
    match limit >> 20 {
        0 => format!("{} KiB", limit >> 10),
        mebi => format!("{mebi} MiB"),
    }
}

impl FileError {
    /// Returns whether there is no such file.
    pub fn is_missing(&self) -> bool {
        use io::ErrorKind::{NotADirectory, NotFound};
        matches!(self, FileError::Io(error) if matches!(error.kind(), NotFound | NotADirectory))
    }

    /// Says it of a file, whose name is safe to print.
    pub fn failure(&self, file: &str) -> Failure {
        let FileError::Io(error) = self else {
            return Failure::config(format!("{file} is {self}"));
        };
        Failure::config(format!("cannot read {file}")).because(error)
    }
}

/// An open regular file. Opening it waits for nobody: a FIFO has no writer to
/// wait for, because it is refused.
#[derive(Debug)]
pub struct RegularFile {
    file: OwnedFd,
    facts: Metadata,
}

impl RegularFile {
    /// Opens a file to read.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        Self::open_with(path, OFlags::empty())
    }

    /// The same, but a symbolic link in the place of the file is refused.
    pub fn open_no_link(path: &Path) -> Result<Self, FileError> {
        Self::open_with(path, OFlags::NOFOLLOW)
    }

    fn open_with(path: &Path, flags: OFlags) -> Result<Self, FileError> {
        let flags = flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(Errno::LOOP) if flags.contains(OFlags::NOFOLLOW) => return Err(FileError::Link),
            // What opening a socket says.
            Err(Errno::NXIO) => return Err(FileError::NotRegular),
            Err(errno) => return Err(io::Error::from(errno).into()),
        };
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(FileError::NotRegular);
        }
        let file = file.into();
        Ok(Self { file, facts })
    }

    /// What the system knows of the open file.
    pub fn facts(&self) -> &Metadata {
        &self.facts
    }

    /// Reads all of it, at most `limit` octets, into memory that is wiped when
    /// dropped and was never moved.
    pub fn read(self, limit: usize) -> Result<Zeroizing<Vec<u8>>, FileError> {
        if self.facts.len() > limit as u64 {
            return Err(FileError::TooLarge { limit });
        }
        let room = match self.facts.len() as usize {
            // It may be one of /proc, which have no length.
            0 => limit.min(MAX_UNTOLD),
            length => length,
        };
        let mut bytes = Zeroizing::new(vec![0; room + 1]);
        let mut filled = 0;
        while filled <= room {
            match rustix::io::read(&self.file, &mut bytes[filled..]) {
                Ok(0) => {
                    bytes.truncate(filled);
                    return Ok(bytes);
                }
                Ok(octets) => filled += octets,
                Err(Errno::INTR) => {}
                Err(errno) => return Err(io::Error::from(errno).into()),
            }
        }
        if room < limit {
            return Err(io::Error::other("it grew while it was read").into());
        }
        Err(FileError::TooLarge { limit })
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn read(path: &Path, limit: usize) -> Result<Vec<u8>, String> {
        let told = |error: FileError| error.failure("X").what;
        let file = RegularFile::open(path).map_err(told)?;
        let bytes = file.read(limit).map_err(told)?;
        Ok(bytes.to_vec())
    }

    #[test]
    fn a_file_is_read_whole_up_to_the_limit() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("file");
        for (length, limit, outcome) in [
            (0, 2048, Ok(())),
            (2048, 2048, Ok(())),
            (2049, 2048, Err("X is larger than 2 KiB".to_owned())),
            (1 << 20, 2 << 20, Ok(())),
        ] {
            let content = vec![b'x'; length];
            std::fs::write(&path, &content).expect("written");
            assert_eq!(read(&path, limit), outcome.map(|()| content), "{length}");
        }
        // Its length is said to be 0.
        assert!(read(Path::new("/proc/self/status"), 1 << 20).is_ok_and(|text| !text.is_empty()));
    }

    #[test]
    fn only_regular_files_are_opened_and_nothing_is_waited_for() {
        let dir = tempfile::tempdir().expect("tempdir");
        let fifo = dir.path().join("fifo");
        let mode = Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0)
            .expect("a FIFO");
        let socket = dir.path().join("socket");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).expect("a socket");
        for path in [&*fifo, &*socket, dir.path(), Path::new("/dev/zero")] {
            let told = read(path, 100);
            assert_eq!(told, Err("X is not a regular file".to_owned()), "{path:?}");
        }
        let missing = RegularFile::open(&dir.path().join("none")).expect_err("missing");
        assert!(missing.is_missing(), "{missing}");
    }

    #[test]
    fn links_are_followed_only_where_wanted() {
        let dir = tempfile::tempdir().expect("tempdir");
        let link = dir.path().join("link");
        std::fs::write(dir.path().join("file"), "x").expect("written");
        symlink("file", &link).expect("a link");
        assert_eq!(read(&link, 100), Ok(b"x".to_vec()));
        let error = RegularFile::open_no_link(&link).expect_err("a link");
        assert_eq!(error.failure("X").what, "X is a symbolic link");
    }
}
