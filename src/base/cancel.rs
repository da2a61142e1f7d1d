//! The token by which a signal, or another thread, asks work to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Shared flag: 0 while work may go on, else the number of the signal that
/// asked for the end. Clones share the flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    signal: Arc<AtomicUsize>,
}

/// The answer of a cancelled wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("interrupted by {}", name(*signal))]
pub struct Cancelled {
    /// Which signal asked for it.
    pub signal: usize,
}

/// A signal's name, of those that are watched for.
fn name(signal: usize) -> String {
    match signal {
        1 => "SIGHUP".to_owned(),
        2 => "SIGINT".to_owned(),
        15 => "SIGTERM".to_owned(),
        signal => format!("signal {signal}"),
    }
}

impl Cancel {
    /// A token nobody has cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// The flag itself, for a signal handler to store a number into.
    pub fn flag(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.signal)
    }

    /// The signal that asked for the end, if any.
    pub fn signal(&self) -> Option<usize> {
        match self.signal.load(Ordering::Relaxed) {
            0 => None,
            signal => Some(signal),
        }
    }

    /// `Err` once somebody asked for the end.
    pub fn check(&self) -> Result<(), Cancelled> {
        match self.signal() {
            None => Ok(()),
            Some(signal) => Err(Cancelled { signal }),
        }
    }
}
