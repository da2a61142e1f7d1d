//! What a command prints, taken up to a limit.

use std::io::{self, PipeReader};
use std::os::fd::OwnedFd;
use std::process::Stdio;

use rustix::io::Errno;
use zeroize::Zeroizing;

/// Reads at a time; then the limits are looked at again.
const MAX_READS: usize = 64;

/// Where stdout or stderr goes.
#[derive(Debug)]
pub enum Output {
    /// Where ours goes.
    Inherited,
    /// Nowhere.
    Discarded,
    /// To one end of a connection.
    Socket(OwnedFd),
    /// Kept, up to this many octets; one more ends the command.
    Whole(usize),
    /// The first octets are kept, this many at most; the rest is taken and
    /// dropped.
    First(usize),
}

/// What was printed so far.
#[derive(Debug)]
pub(super) struct Collected {
    /// `None` once it has ended.
    pub(super) source: Option<PipeReader>,
    /// One longer than the limit.
    kept: Zeroizing<Vec<u8>>,
    filled: usize,
    whole: bool,
}

impl Output {
    /// As what a command is started with.
    pub(super) fn open(self) -> io::Result<(Stdio, Option<Collected>)> {
        let (limit, whole) = match self {
            Output::Inherited => return Ok((Stdio::inherit(), None)),
            Output::Discarded => return Ok((Stdio::null(), None)),
            Output::Socket(socket) => return Ok((socket.into(), None)),
            Output::Whole(limit) => (limit, true),
            Output::First(limit) => (limit, false),
        };
        let (reader, writer) = io::pipe()?;
        rustix::io::ioctl_fionbio(&reader, true)?;
        let collected = Collected {
            source: Some(reader),
            kept: Zeroizing::new(vec![0; limit + 1]),
            filled: 0,
            whole,
        };
        Ok((writer.into(), Some(collected)))
    }
}

impl Collected {
    /// Takes what is there, without waiting for more. Returns whether it is
    /// too much.
    pub(super) fn take(&mut self) -> bool {
        let limit = self.kept.len() - 1;
        let mut dropped = [0; 8192];
        for _ in 0..MAX_READS {
            let Some(source) = &self.source else { break };
            let room = &mut self.kept[self.filled..];
            let full = self.filled >= limit && !self.whole;
            let read = if full {
                rustix::io::read(source, &mut dropped)
            } else {
                rustix::io::read(source, room)
            };
            match read {
                Ok(octets @ 1..) if !full => self.filled += octets,
                Ok(1..) | Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break,
                Ok(0) | Err(_) => self.source = None,
            }
            if self.filled > limit && self.whole {
                return true;
            }
        }
        false
    }

    pub(super) fn into_octets(mut self) -> Zeroizing<Vec<u8>> {
        let limit = self.kept.len() - 1;
        self.kept.truncate(self.filled.min(limit));
        self.kept
    }
}
