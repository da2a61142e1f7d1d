//! How long to wait, and what ends a wait early.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::base::{Cancel, Cancelled, Class};

/// Longest sleep without a look at the cancel token: a signal may have
/// interrupted another thread than the one that waits.
const MAX_SLICE: Duration = Duration::from_millis(100);

/// A deadline beyond what the clock can tell.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// How long to wait, and what may interrupt it.
#[derive(Clone, Debug)]
pub struct Timeouts {
    /// Longest single wait.
    pub wait: Duration,
    /// End of the whole run.
    pub deadline: Instant,
    /// Looked at ten times a second while waiting.
    pub cancel: Cancel,
}

/// Which of the two limits ended a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// [`Timeouts::wait`].
    Wait,
    /// [`Timeouts::deadline`].
    Deadline,
}

/// Why a wait ended without what was waited for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A signal asked for the end.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A limit was reached.
    #[error("{}{what} {}", before(whom), within(*limit, *after))]
    TimedOut {
        /// What did not come, such as `no answer`.
        what: &'static str,
        /// Who did not give it; empty if that is plain.
        whom: String,
        /// Which limit it was.
        limit: Limit,
        /// How long the wait had lasted.
        after: Duration,
    },
    /// A system call failed that should not.
    #[error("{doing} failed")]
    System {
        /// Which.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Cancelled(_) | Error::TimedOut { .. } => Class::Temporary,
            Error::System { .. } => Class::Io,
        }
    }
}

fn before(whom: &str) -> String {
    if whom.is_empty() {
        return String::new();
    }
    format!("{whom}: ")
}

fn within(limit: Limit, after: Duration) -> String {
    match limit {
        Limit::Wait => format!("within {after:?}"),
        Limit::Deadline => "before the deadline of the run".to_owned(),
    }
}

impl Timeouts {
    /// Waits of at most `wait`, in a run that ends after `run` from now.
    pub fn new(wait: Duration, run: Duration, cancel: &Cancel) -> Self {
        let now = Instant::now();
        Self { wait, deadline: now.checked_add(run).unwrap_or(now + YEAR), cancel: cancel.clone() }
    }

    /// The same with another longest wait.
    pub fn with_wait(&self, wait: Duration) -> Self {
        Self { wait, ..self.clone() }
    }

    /// The same for somebody who types: only the end of the run is a limit.
    pub fn patient(&self) -> Self {
        self.with_wait(Duration::MAX)
    }

    /// What is left of the run.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Begins a wait. `what` and `whom` are for [`Error::TimedOut`].
    pub fn start<'a>(&'a self, what: &'static str, whom: &'a str) -> Timer<'a> {
        self.since(Instant::now(), what, whom)
    }

    /// Goes on with a wait that began at some time.
    pub fn since<'a>(&'a self, started: Instant, what: &'static str, whom: &'a str) -> Timer<'a> {
        Timer { timeouts: self, started, what, whom }
    }
}

/// A single wait under way.
#[derive(Clone, Debug)]
pub struct Timer<'a> {
    timeouts: &'a Timeouts,
    started: Instant,
    what: &'static str,
    whom: &'a str,
}

impl<'a> Timer<'a> {
    /// Returns who is waited for.
    pub fn whom(&self) -> &'a str {
        self.whom
    }

    /// Returns how long to sleep before the next check, or an error once a
    /// limit is reached or a signal asked for the end.
    pub fn slice(&self) -> Result<Duration, Error> {
        self.timeouts.cancel.check()?;
        let passed = self.started.elapsed();
        let wait = self.timeouts.wait.saturating_sub(passed);
        let run = self.timeouts.left();
        let (limit, after) = match (wait, run) {
            (Duration::ZERO, _) => (Limit::Wait, self.timeouts.wait),
            (_, Duration::ZERO) => (Limit::Deadline, passed),
            (wait, run) => return Ok(MAX_SLICE.min(wait).min(run)),
        };
        Err(Error::TimedOut { what: self.what, whom: self.whom.to_owned(), limit, after })
    }

    /// Sleeps for one slice, or for `at_most`, or until one of `fds` is ready.
    pub fn nap(&self, fds: &mut [PollFd<'_>], at_most: Duration) -> Result<(), Error> {
        let length = self.slice()?.min(at_most);
        nap(fds, length).map_err(|source| Error::System { doing: "poll", source })
    }

    /// Waits until the descriptor is ready, or failed.
    pub fn ready(&self, fd: impl AsFd, flags: PollFlags) -> Result<(), Error> {
        loop {
            let mut fds = [PollFd::new(&fd, flags)];
            self.nap(&mut fds, MAX_SLICE)?;
            if !fds[0].revents().is_empty() {
                return Ok(());
            }
        }
    }
}

/// Sleeps for this time, at most a tenth of a second, or until one of `fds` is
/// ready.
pub fn nap(fds: &mut [PollFd<'_>], length: Duration) -> io::Result<()> {
    // Rounded up to a millisecond, so that the last one does not spin.
    let nanoseconds = length.as_nanos().clamp(1_000_000, MAX_SLICE.as_nanos());
    let length = Timespec { tv_sec: 0, tv_nsec: nanoseconds as _ };
    match poll(fds, Some(&length)) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn the_nearer_limit_ends_a_wait_and_is_named() {
        let rows = [
            (Duration::ZERO, LONG, "h:110: no answer within 0ns"),
            (LONG, Duration::ZERO, "h:110: no answer before the deadline of the run"),
        ];
        for (wait, run, text) in rows {
            let timeouts = Timeouts::new(wait, run, &Cancel::new());
            let error = timeouts.start("no answer", "h:110").slice();
            let error = error.expect_err("over");
            assert_eq!(error.to_string(), text);
            assert_eq!(error.class(), Class::Temporary);
        }
    }

    #[test]
    fn a_wait_is_cut_into_slices_within_both_limits() {
        let slice = |wait, run| {
            let timeouts = Timeouts::new(wait, run, &Cancel::new());
            timeouts.start("", "").slice().expect("time")
        };
        assert_eq!(slice(LONG, LONG), MAX_SLICE);
        assert_eq!(slice(LONG, Duration::MAX), MAX_SLICE);
        let short = Duration::from_millis(50);
        assert!(slice(short, LONG) <= short);
        assert!(slice(LONG, short) <= short);
    }

    #[test]
    fn a_signal_ends_a_wait() {
        let cancel = Cancel::new();
        let timeouts = Timeouts::new(LONG, LONG, &cancel);
        cancel.flag().store(15, Ordering::Relaxed);
        let error = timeouts.start("", "").slice().expect_err("cancelled");
        assert_eq!(error.to_string(), "interrupted by SIGTERM");
    }
}
