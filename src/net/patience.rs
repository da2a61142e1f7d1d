//! How long to wait, and for what: the one place where this layer sleeps.

use std::fmt;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::Error;
use crate::base::Cancel;

/// Longest sleep without a look at the cancel token: a signal may have
/// interrupted another thread than the one that waits.
const SLICE: Duration = Duration::from_millis(100);

/// How long to wait, and who may interrupt it.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Longest single wait.
    pub wait: Duration,
    /// End of the whole run.
    pub deadline: Instant,
    /// Asked for at least five times a second while waiting.
    pub cancel: Cancel,
}

/// What was waited for when time ran out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The addresses of a name.
    Lookup,
    /// A connection.
    Connect,
    /// The proxy's consent.
    Proxy,
    /// The end of the TLS handshake.
    Handshake,
    /// Octets to come, or to be taken.
    Data,
}

impl fmt::Display for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Waited::Lookup => "no answer from the name server",
            Waited::Connect => "no connection",
            Waited::Proxy => "no answer from the proxy",
            Waited::Handshake => "no end of the TLS handshake",
            Waited::Data => "no answer",
        })
    }
}

/// Which of the two limits ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Patience::wait`].
    Wait,
    /// [`Patience::deadline`].
    Deadline,
}

/// The time one step has.
#[derive(Debug)]
pub(super) struct Timer<'a> {
    patience: &'a Patience,
    what: Waited,
    peer: &'a str,
    started: Instant,
}

impl<'a> Timer<'a> {
    /// Starts the clock of a step; `peer` names the other side in errors.
    pub(super) fn start(patience: &'a Patience, what: Waited, peer: &'a str) -> Self {
        Self {
            patience,
            what,
            peer,
            started: Instant::now(),
        }
    }

    /// Who is waited for.
    pub(super) fn peer(&self) -> &'a str {
        self.peer
    }

    /// How long to sleep before the next check; an error once somebody asked
    /// for the end or a limit is reached.
    pub(super) fn slice(&self) -> Result<Duration, Error> {
        self.patience.cancel.check()?;
        let now = Instant::now();
        let wait = (self.patience.wait).saturating_sub(now.duration_since(self.started));
        let run = self.patience.deadline.saturating_duration_since(now);
        if wait.is_zero() || run.is_zero() {
            let (limit, after) = if wait.is_zero() {
                (Limit::Wait, self.patience.wait)
            } else {
                (Limit::Deadline, now.duration_since(self.started))
            };
            return Err(Error::TimedOut {
                what: self.what,
                limit,
                peer: self.peer.to_owned(),
                after,
            });
        }
        Ok(SLICE.min(wait).min(run))
    }

    /// Sleeps for one slice, or for `at_most`, or until one of `fds` is ready.
    pub(super) fn nap(&self, fds: &mut [PollFd<'_>], at_most: Duration) -> Result<(), Error> {
        let length = self.slice()?.min(at_most);
        // Rounded up to a millisecond, so that the last one does not spin.
        let nanoseconds = length.as_nanos().clamp(1_000_000, SLICE.as_nanos());
        let length = Timespec {
            tv_sec: 0,
            tv_nsec: nanoseconds as _,
        };
        match poll(fds, Some(&length)) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(errno) => Err(Error::System {
                doing: "poll",
                source: errno.into(),
            }),
        }
    }

    /// Waits until the socket is ready, or failed.
    pub(super) fn ready(&self, socket: impl AsFd, flags: PollFlags) -> Result<(), Error> {
        loop {
            let mut fds = [PollFd::new(&socket, flags)];
            self.nap(&mut fds, SLICE)?;
            if !fds[0].revents().is_empty() {
                return Ok(());
            }
        }
    }
}
