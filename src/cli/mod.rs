//! The command line: arguments, config file, secrets, signals; what failed in
//! words and as an exit code.
//!
//! ```text
//! dispatch  from the start of the process to its exit code
//! commands  one file a command: runs the job, and reports
//! resolve   arguments, config file and defaults, to a job with nothing left open
//! config    what the config file says, in the structs of args
//! args      what was typed, as plain values
//! tell      how a command reports, and says why nothing came of it
//! ```

mod account;
mod args;
mod ask;
mod commands;
mod config;
mod demo;
mod dispatch;
mod environment;
mod failure;
mod generate;
mod import;
mod resolve;
mod secret;
mod signals;
mod tell;
mod url;
mod usage;

#[cfg(any(test, fuzzing))]
pub use account::check_appended;
pub use dispatch::main;
