//! The use cases: what one command does from beginning to end, and the one
//! order of steps that keeps mail safe.

mod error;
mod job;

pub use error::Error;
pub use job::{Account, FetchJob};

use crate::base::{Cancel, Observer, Summary};

/// How a command ended. Everything in it was also told to the observer,
/// but for the error, which only the command line can put into words.
#[derive(Debug)]
pub struct Outcome {
    /// The counts; `exit` and `elapsed_ms` are filled in.
    pub summary: Summary,
    /// Why it ended early, or what was left undone.
    pub error: Option<Error>,
}

/// Fetches what is new.
pub fn fetch(job: &FetchJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    todo!()
}

/// Asks for count and octets (STAT); announces [`crate::base::Event::Stat`].
pub fn stat(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    todo!()
}
