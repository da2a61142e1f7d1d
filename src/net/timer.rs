//! The time that one step of a connection has.

use std::fmt;
use std::os::fd::AsFd;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::Error;
use crate::wait::{self, BackgroundTask, Timeouts};

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

/// A wait of which is known what for, and for whom.
#[derive(Debug)]
pub(super) struct Timer<'a> {
    timer: wait::Timer,
    what: Waited,
    peer: &'a str,
}

impl<'a> Timer<'a> {
    /// Starts the clock of a step; `peer` names the other side in errors.
    pub(super) fn start(timeouts: &Timeouts, what: Waited, peer: &'a str) -> Self {
        let timer = timeouts.start();
        Self { timer, what, peer }
    }

    /// Returns who is waited for.
    pub(super) fn peer(&self) -> &'a str {
        self.peer
    }

    /// See [`wait::Timer::slice`].
    pub(super) fn slice(&self) -> Result<Duration, Error> {
        self.timer.slice().map_err(|why| self.failure(why))
    }

    /// See [`wait::Timer::nap`].
    pub(super) fn nap(&self, fds: &mut [PollFd<'_>], at_most: Duration) -> Result<(), Error> {
        let napped = self.timer.nap(fds, at_most);
        napped.map_err(|why| self.failure(why))
    }

    /// See [`wait::Timer::ready`].
    pub(super) fn ready(&self, socket: impl AsFd, flags: PollFlags) -> Result<(), Error> {
        let ready = self.timer.ready(socket, flags);
        ready.map_err(|why| self.failure(why))
    }

    /// Waits for the outcome of a task, if it could be started.
    pub(super) fn outcome<T: Send + 'static>(
        &self,
        task: Result<BackgroundTask<T>, wait::Error>,
    ) -> Result<T, Error> {
        let outcome = task.and_then(|task| task.wait(&self.timer));
        outcome.map_err(|why| self.failure(why))
    }

    fn failure(&self, why: wait::Error) -> Error {
        match why {
            wait::Error::TimedOut { limit, after } => Error::TimedOut {
                what: self.what,
                limit,
                peer: self.peer.to_owned(),
                after,
            },
            wait::Error::Cancelled(cancelled) => cancelled.into(),
            wait::Error::System { doing, source } => Error::System { doing, source },
        }
    }
}
