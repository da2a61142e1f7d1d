//! What an account that is added leaves behind: its table in the config file,
//! and its password somewhere safe.

mod block;
mod keep;

#[cfg(any(test, fuzzing))]
pub use block::check_appended;
pub(crate) use block::{Block, Draft};
pub(crate) use keep::{Kept, keep};
