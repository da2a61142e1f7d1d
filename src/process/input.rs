//! What a command reads from its stdin. All of it is there before the command
//! starts, so that not even a kill of this process shows it a part with a
//! clean end.

use std::fs::File;
use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::process::Stdio;

/// Largest pipe that is asked for, in octets; what Linux allows everybody.
#[cfg(target_os = "linux")]
const MAX_PIPE: usize = 1 << 20;

/// What stdin is.
#[derive(Debug)]
pub enum Input {
    /// Nothing.
    Nothing,
    /// These octets: a pipe, filled and closed beforehand, or, where they do
    /// not fit, a file in memory without a name.
    Octets(Vec<u8>),
    /// What this file has from its present position on.
    File(File),
    /// One end of a connection.
    Socket(OwnedFd),
}

/// A pipe that was filled, to find out what is left in it.
#[derive(Debug)]
pub(super) struct Filled {
    reader: PipeReader,
    octets: u64,
}

impl Filled {
    /// Returns whether anything was read from it; `None` if that is unknown.
    pub(super) fn was_read(&self) -> Option<bool> {
        let left = rustix::io::ioctl_fionread(&self.reader).ok()?;
        Some(left < self.octets)
    }
}

impl Input {
    /// As what a command is started with.
    pub(super) fn open(self) -> io::Result<(Stdio, Option<Filled>)> {
        match self {
            Input::Nothing => Ok((Stdio::null(), None)),
            Input::File(file) => Ok((file.into(), None)),
            Input::Socket(socket) => Ok((socket.into(), None)),
            Input::Octets(octets) => match fill_pipe(&octets)? {
                Some(reader) => {
                    let octets = octets.len() as u64;
                    let stdin = reader.try_clone()?.into();
                    Ok((stdin, Some(Filled { reader, octets })))
                }
                None => Ok((unnamed_file(&octets)?.into(), None)),
            },
        }
    }
}

/// A pipe with the octets in it and no writer; `None` if they do not fit.
fn fill_pipe(octets: &[u8]) -> io::Result<Option<PipeReader>> {
    let (reader, writer) = io::pipe()?;
    #[cfg(target_os = "linux")]
    if (1..=MAX_PIPE).contains(&octets.len()) {
        // A user with many pipes gets no more; then it stays small.
        let _ = rustix::pipe::fcntl_setpipe_size(&writer, octets.len());
    }
    rustix::io::ioctl_fionbio(&writer, true)?;
    let mut rest = octets;
    while !rest.is_empty() {
        match rustix::io::write(&writer, rest) {
            Ok(count) => rest = &rest[count..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => return Ok(None),
            Err(errno) => return Err(errno.into()),
        }
    }
    Ok(Some(reader))
}

#[cfg(target_os = "linux")]
fn unnamed_file(octets: &[u8]) -> io::Result<File> {
    use std::io::{Seek, Write};
    let flags = rustix::fs::MemfdFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::memfd_create("stdin", flags)?);
    file.write_all(octets)?;
    file.rewind()?;
    Ok(file)
}

#[cfg(not(target_os = "linux"))]
fn unnamed_file(_: &[u8]) -> io::Result<File> {
    Err(io::Error::other("this is more than a pipe holds here"))
}
