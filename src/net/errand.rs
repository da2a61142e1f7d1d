//! Work that cannot be interrupted, done in a thread of its own, so that
//! whoever waits for it can stop waiting.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use super::Error;
use super::patience::Timer;

/// A piece of work under way. If nobody waits for it any more, its thread is
/// left behind.
#[derive(Debug)]
pub(super) struct Errand<T> {
    what: &'static str,
    answer: Receiver<T>,
}

impl<T: Send + 'static> Errand<T> {
    /// Starts the work.
    pub(super) fn send(
        what: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Self, Error> {
        let (done, answer) = mpsc::channel();
        thread::Builder::new()
            .name(what.to_owned())
            // Sending fails if nobody waits any more.
            .spawn(move || drop(done.send(work())))
            .map_err(|source| failure(what, source))?;
        Ok(Self { what, answer })
    }

    /// Waits for the outcome.
    pub(super) fn wait(self, timer: &Timer<'_>) -> Result<T, Error> {
        loop {
            match self.answer.recv_timeout(timer.slice()?) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let source = io::Error::other("it ended without an outcome");
                    return Err(failure(self.what, source));
                }
            }
        }
    }
}

fn failure(what: &'static str, source: io::Error) -> Error {
    Error::System {
        doing: what,
        source,
    }
}
