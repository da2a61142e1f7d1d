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
    #[error("it took longer than {}", bound(*limit, *after))]
    TimedOut {
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

fn bound(limit: Limit, after: Duration) -> String {
    match limit {
        Limit::Wait => format!("{after:?}"),
        Limit::Deadline => "the deadline of the run allows".to_owned(),
    }
}

impl Timeouts {
    /// Waits of at most `wait`, in a run that ends after `run` from now.
    pub fn new(wait: Duration, run: Duration, cancel: &Cancel) -> Self {
        let now = Instant::now();
        Self {
            wait,
            deadline: now.checked_add(run).unwrap_or(now + YEAR),
            cancel: cancel.clone(),
        }
    }

    /// What is left of the run.
    pub fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Begins a wait.
    pub fn start(&self) -> Timer {
        Timer {
            timeouts: self.clone(),
            started: Instant::now(),
        }
    }
}

/// A single wait under way.
#[derive(Clone, Debug)]
pub struct Timer {
    timeouts: Timeouts,
    started: Instant,
}

impl Timer {
    /// Returns how long to sleep before the next check, or an error once a
    /// limit is reached or a signal asked for the end.
    pub fn slice(&self) -> Result<Duration, Error> {
        self.timeouts.cancel.check()?;
        let passed = self.started.elapsed();
        let wait = self.timeouts.wait.saturating_sub(passed);
        let run = self.timeouts.left();
        if wait.is_zero() {
            let after = self.timeouts.wait;
            let limit = Limit::Wait;
            return Err(Error::TimedOut { limit, after });
        }
        if run.is_zero() {
            let (limit, after) = (Limit::Deadline, passed);
            return Err(Error::TimedOut { limit, after });
        }
        Ok(MAX_SLICE.min(wait).min(run))
    }

    /// Sleeps for one slice, or for `at_most`, or until one of `fds` is ready.
    pub fn nap(&self, fds: &mut [PollFd<'_>], at_most: Duration) -> Result<(), Error> {
        let length = self.slice()?.min(at_most);
        nap(fds, length).map_err(|source| Error::System {
            doing: "poll",
            source,
        })
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
    let length = Timespec {
        tv_sec: 0,
        tv_nsec: nanoseconds as _,
    };
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
        for (wait, run, text) in [
            (Duration::ZERO, LONG, "it took longer than 0ns"),
            (
                LONG,
                Duration::ZERO,
                "it took longer than the deadline of the run allows",
            ),
        ] {
            let error = Timeouts::new(wait, run, &Cancel::new()).start().slice();
            let error = error.expect_err("over");
            assert_eq!(error.to_string(), text);
            assert_eq!(error.class(), Class::Temporary);
        }
    }

    #[test]
    fn a_wait_is_cut_into_slices_within_both_limits() {
        let timer = |wait, run| Timeouts::new(wait, run, &Cancel::new()).start();
        assert_eq!(timer(LONG, LONG).slice().expect("time"), MAX_SLICE);
        assert_eq!(timer(LONG, Duration::MAX).slice().expect("time"), MAX_SLICE);
        let short = Duration::from_millis(50);
        assert!(timer(short, LONG).slice().expect("time") <= short);
        assert!(timer(LONG, short).slice().expect("time") <= short);
    }

    #[test]
    fn a_signal_ends_a_wait() {
        let cancel = Cancel::new();
        let timer = Timeouts::new(LONG, LONG, &cancel).start();
        cancel.flag().store(15, Ordering::Relaxed);
        let error = timer.slice().expect_err("cancelled");
        assert_eq!(error.to_string(), "interrupted by SIGTERM");
    }
}
