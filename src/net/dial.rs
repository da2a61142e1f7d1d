//! From addresses to a connected socket: Happy Eyeballs (RFC 8305 §5).

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketAddrUnix, SocketType, sockopt};

use super::Error;
use crate::base::sanitized;
use crate::wait::Timer;

/// Head start of one attempt before the next (RFC 8305 §5).
const HEAD_START: Duration = Duration::from_millis(250);

/// The addresses that were tried, and what the system said about each.
#[derive(Debug)]
pub struct Attempts(Vec<(SocketAddr, io::Error)>);

impl Attempts {
    /// Returns whether every address kept silent or broke off, so that it may
    /// pass.
    pub fn is_passing(&self) -> bool {
        use io::ErrorKind::{ConnectionReset, TimedOut};
        (self.0.iter()).all(|(_, error)| matches!(error.kind(), ConnectionReset | TimedOut))
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (address, error)) in self.0.iter().enumerate() {
            let separator = if at == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {error}", address.ip())?;
        }
        Ok(())
    }
}

impl std::error::Error for Attempts {}

/// Connects to the first of the addresses that answers, from the source
/// address if there is one (of the same family).
pub(super) fn dial(
    addresses: &[SocketAddr],
    bind: Option<IpAddr>,
    timer: &Timer<'_>,
) -> Result<(OwnedFd, SocketAddr), Error> {
    let mut waiting = addresses.iter().copied().peekable();
    let mut racing: Vec<(OwnedFd, SocketAddr)> = Vec::new();
    let mut failed: Vec<(SocketAddr, io::Error)> = Vec::new();
    let mut next_start = Instant::now();
    loop {
        timer.slice()?;
        let now = Instant::now();
        if racing.is_empty() || now >= next_start {
            if let Some(address) = waiting.next() {
                match begin(address, bind) {
                    Ok(socket) => {
                        racing.push((socket, address));
                        next_start = now + HEAD_START;
                    }
                    Err(error) => failed.push((address, error)),
                }
                continue;
            }
            if racing.is_empty() {
                return Err(Error::Connect {
                    peer: timer.whom().to_owned(),
                    source: Attempts(failed),
                });
            }
        }
        let pause = match waiting.peek() {
            Some(_) => next_start - now,
            None => HEAD_START,
        };
        let ready = ready(&racing, timer, pause)?;
        // From the last to the first, so that the places stay true.
        for at in ready.into_iter().rev() {
            let (socket, address) = racing.swap_remove(at);
            match outcome(&socket) {
                Ok(()) => return Ok((socket, address)),
                Err(error) => {
                    failed.push((address, error));
                    next_start = now;
                }
            }
        }
    }
}

/// Sleeps until an attempt ended, and says which ones did.
fn ready(
    racing: &[(OwnedFd, SocketAddr)],
    timer: &Timer<'_>,
    pause: Duration,
) -> Result<Vec<usize>, Error> {
    let mut fds: Vec<PollFd<'_>> =
        (racing.iter()).map(|(socket, _)| PollFd::new(socket, PollFlags::OUT)).collect();
    timer.nap(&mut fds, pause)?;
    let ended = |(at, fd): (usize, &PollFd<'_>)| (!fd.revents().is_empty()).then_some(at);
    Ok(fds.iter().enumerate().filter_map(ended).collect())
}

fn begin(address: SocketAddr, bind: Option<IpAddr>) -> io::Result<OwnedFd> {
    let family = match address {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = new_socket(family)?;
    sockopt::set_tcp_nodelay(&socket, true)?;
    sockopt::set_socket_keepalive(&socket, true)?;
    if let Some(bind) = bind {
        net::bind(&socket, &SocketAddr::new(bind, 0))
            .map_err(|errno| in_words(errno.into(), &format!("source address {bind}")))?;
    }
    match net::connect(&socket, &address) {
        Ok(()) | Err(Errno::INPROGRESS | Errno::INTR) => Ok(socket),
        Err(errno) => Err(errno.into()),
    }
}

fn outcome(socket: &OwnedFd) -> io::Result<()> {
    sockopt::socket_error(socket)?.map_err(io::Error::from)
}

/// Says to what an error belongs; the kind stays.
fn in_words(error: io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}

/// Connects to a unix socket. While its queue is full, tries again.
pub(super) fn dial_unix(path: &Path, timer: &Timer<'_>) -> Result<OwnedFd, Error> {
    let failed = |errno: Errno| Error::Socket {
        path: sanitized(path.as_os_str().as_encoded_bytes()),
        source: errno.into(),
    };
    let address = SocketAddrUnix::new(path).map_err(failed)?;
    let socket = new_socket(AddressFamily::UNIX).map_err(failed)?;
    loop {
        match net::connect(&socket, &address) {
            Ok(()) => return Ok(socket),
            Err(Errno::AGAIN | Errno::INTR) => timer.nap(&mut [], HEAD_START)?,
            Err(errno) => return Err(failed(errno)),
        }
    }
}

/// A stream socket that does not block and does not pass to children.
fn new_socket(family: AddressFamily) -> Result<OwnedFd, Errno> {
    #[cfg(not(target_vendor = "apple"))]
    {
        let flags = net::SocketFlags::NONBLOCK | net::SocketFlags::CLOEXEC;
        net::socket_with(family, SocketType::STREAM, flags, None)
    }
    #[cfg(target_vendor = "apple")]
    {
        let socket = net::socket(family, SocketType::STREAM, None)?;
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(&socket, true)?;
        Ok(socket)
    }
}
