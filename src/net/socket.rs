//! The socket beneath everything, in clear or under TLS.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown, recv, send, shutdown};

use super::Error;
use super::tunnel::Tunnel;
use crate::wait::Timer;

/// Octets of the peer's first words that are kept, to tell what it is if it
/// does not speak TLS.
const MAX_HEAD: usize = 128;

/// Reads of one round; then the peer is said to pause. Under TLS one read of
/// ours may be many of the library's, without end if the peer sends records
/// that hold nothing for us, and no limit would be looked at meanwhile.
const MAX_READS: u32 = 64;

#[cfg(not(target_vendor = "apple"))]
const SEND: SendFlags = SendFlags::NOSIGNAL;
#[cfg(target_vendor = "apple")]
const SEND: SendFlags = SendFlags::empty();

/// A handle on the socket; clones share it. The TLS library owns one, and the
/// connection keeps another to poll it and to learn what really happened,
/// which the library hides.
#[derive(Clone, Debug)]
pub(super) struct Socket(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    // Closed before the tunnel is waited for.
    socket: OwnedFd,
    _tunnel: Option<Tunnel>,
    tcp: bool,
    state: Mutex<SocketState>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SocketState {
    /// A write had to wait in this round.
    write_blocked: bool,
    /// Reads in this round.
    reads: u32,
    /// The peer ended the stream.
    pub(super) ended: bool,
    /// The error that broke the connection.
    pub(super) fault: Option<Errno>,
    /// The first octets received.
    pub(super) head: Vec<u8>,
    /// The peer had spoken before its head was forgotten.
    pub(super) spoke_before: bool,
}

impl Socket {
    /// Over TCP.
    pub(super) fn tcp(socket: OwnedFd) -> Self {
        Self::new(socket, None, true)
    }

    /// Over a unix socket, or to a tunnel.
    pub(super) fn unix(socket: OwnedFd, tunnel: Option<Tunnel>) -> Self {
        Self::new(socket, tunnel, false)
    }

    fn new(socket: OwnedFd, tunnel: Option<Tunnel>, tcp: bool) -> Self {
        let socket =
            Self(Arc::new(Shared { socket, _tunnel: tunnel, tcp, state: Mutex::default() }));
        socket.acknowledge_at_once();
        socket
    }

    pub(super) fn state(&self) -> SocketState {
        self.lock().clone()
    }

    /// Returns whether a write had to wait in this round.
    pub(super) fn write_blocked(&self) -> bool {
        self.lock().write_blocked
    }

    /// Starts a new round of reads and writes; between two of them the limits
    /// are looked at.
    pub(super) fn begin_round(&self) {
        let mut state = self.lock();
        state.write_blocked = false;
        state.reads = 0;
    }

    /// Forgets what the peer said so far: its first words are due now.
    pub(super) fn forget_head(&self) {
        let mut state = self.lock();
        state.spoke_before |= !state.head.is_empty();
        state.head.clear();
    }

    fn lock(&self) -> MutexGuard<'_, SocketState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what is there, at most as much as fits; 0 is the end.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.lock();
        if state.reads == MAX_READS {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        state.reads += 1;
        let result = recv(&self.0.socket, &mut *buffer, RecvFlags::empty());
        match result {
            Ok((0, _)) if !buffer.is_empty() => state.ended = true,
            Ok((count, _)) => {
                let room = MAX_HEAD.saturating_sub(state.head.len());
                state.head.extend_from_slice(&buffer[..count.min(room)]);
                self.acknowledge_at_once();
            }
            Err(Errno::AGAIN | Errno::INTR) => return Err(io::ErrorKind::WouldBlock.into()),
            Err(errno) => state.fault = Some(errno),
        }
        Ok(result?.0)
    }

    /// Writes as much as is taken at once.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<usize> {
        let result = send(&self.0.socket, bytes, SEND);
        match result {
            Ok(_) => {}
            Err(Errno::AGAIN | Errno::INTR) => {
                self.lock().write_blocked = true;
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Err(errno) => self.lock().fault = Some(errno),
        }
        Ok(result?)
    }

    /// Waits for what the last read or write lacked.
    pub(super) fn wait(&self, timer: &Timer<'_>) -> Result<(), Error> {
        let flags = if self.write_blocked() { PollFlags::OUT } else { PollFlags::IN };
        Ok(timer.ready(self, flags)?)
    }

    pub(super) fn send_all(&self, mut bytes: &[u8], timer: &Timer<'_>) -> Result<(), Error> {
        while !bytes.is_empty() {
            self.begin_round();
            match self.send(bytes) {
                Ok(count) => bytes = &bytes[count..],
                Err(error) => self.wait_or_fail(error, timer)?,
            }
        }
        Ok(())
    }

    /// Fills the buffer and takes nothing beyond it.
    pub(super) fn receive_exact(&self, buffer: &mut [u8], timer: &Timer<'_>) -> Result<(), Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            self.begin_round();
            match self.receive(&mut buffer[filled..]) {
                Ok(0) => return Err(Error::Closed),
                Ok(count) => filled += count,
                Err(error) => self.wait_or_fail(error, timer)?,
            }
        }
        Ok(())
    }

    fn wait_or_fail(&self, error: io::Error, timer: &Timer<'_>) -> Result<(), Error> {
        match error.kind() {
            io::ErrorKind::WouldBlock => self.wait(timer),
            _ => Err(Error::Lost { peer: timer.whom().to_owned(), source: error }),
        }
    }

    pub(super) fn end_sending(&self) {
        let _ = shutdown(&self.0.socket, Shutdown::Write);
    }

    /// Servers that write a status and a message apart wait for the
    /// acknowledgement of the first, which would else be delayed by 40 ms.
    /// The system forgets this wish, so it is repeated after each read.
    fn acknowledge_at_once(&self) {
        #[cfg(target_os = "linux")]
        if self.0.tcp {
            let _ = rustix::net::sockopt::set_tcp_quickack(&self.0.socket, true);
        }
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.receive(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
