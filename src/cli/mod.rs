//! The command line: arguments, config file, secrets, signals; what failed in
//! words and as an exit code.
//!
//! ```text
//! args      what was typed, as plain values
//! config    what the config file says, in the same structs
//! resolve   both, with the defaults, to a job with nothing left open
//! commands  one file a command: runs the job, and reports
//! ```

mod args;
mod commands;
mod config;
mod demo;
mod environment;
mod failure;
mod generate;
mod hosts;
mod import;
mod resolve;
mod secret;
mod signals;
mod start;
mod url;

pub use start::main;
