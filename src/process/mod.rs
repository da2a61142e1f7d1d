//! Commands of the user's: the one place where they are started and ended.
//!
//! A command is split into words as a shell does it and run without one
//! ([`Words`]). It has a process group of its own, and with the [`Running`]
//! that represents it, the whole group ends. Variables that may hold a password
//! are not inherited; what it prints is taken up to a limit, and what still
//! holds its output when it has ended is not waited for.

mod ended;
mod input;
mod memory;
mod output;
mod running;
#[cfg(test)]
pub(crate) mod tests;
mod words;

pub use input::Input;
pub use memory::keep_private;
pub use output::Output;
pub use running::{Ended, How, Launch, Running, kill_all, nap};
pub use words::{CRON_PATH, NO_SHELL, Words, find, find_in};
