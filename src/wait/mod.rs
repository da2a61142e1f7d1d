//! Waiting and reading with limits: the one place where the program sleeps.
//!
//! A wait ends at the latest with its own limit, with the deadline of the run
//! or with a signal ([`Timeouts`]). What cannot be interrupted is done by a
//! thread that can be left behind ([`BackgroundTask`]). A file that is read
//! whole is bounded, and never a FIFO without a writer ([`RegularFile`]).

mod clock;
mod file;
mod input;
mod task;
mod timeouts;

pub use clock::now;
pub use file::{FileError, RegularFile};
pub use input::{ReadError, Until, read_bounded};
pub use task::BackgroundTask;
pub use timeouts::{Error, Limit, Timeouts, Timer, nap};
