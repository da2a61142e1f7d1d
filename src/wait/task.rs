//! Work that cannot be interrupted, done in a thread of its own, so that a
//! wait for it can be.

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;

use super::{Error, Timer};

/// A piece of work under way. If it is waited for no longer, its thread is
/// left behind.
#[derive(Debug)]
pub struct BackgroundTask<T> {
    name: &'static str,
    outcome: Receiver<T>,
}

impl<T: Send + 'static> BackgroundTask<T> {
    /// Starts the work; `name` is the thread's.
    pub fn start(
        name: &'static str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Self, Error> {
        let (done, outcome) = mpsc::channel();
        thread::Builder::new()
            .name(name.to_owned())
            // Sending fails if nobody waits any more.
            .spawn(move || drop(done.send(work())))
            .map_err(|source| failure(name, source))?;
        Ok(Self { name, outcome })
    }

    /// Waits for the outcome.
    pub fn wait(self, timer: &Timer<'_>) -> Result<T, Error> {
        loop {
            match self.outcome.recv_timeout(timer.slice()?) {
                Ok(outcome) => return Ok(outcome),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    let source = io::Error::other("it ended without an outcome");
                    return Err(failure(self.name, source));
                }
            }
        }
    }
}

fn failure(doing: &'static str, source: io::Error) -> Error {
    Error::System { doing, source }
}
