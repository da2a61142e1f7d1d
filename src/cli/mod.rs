//! The command line.

mod args;
mod config;
mod environment;
mod failure;
mod hosts;
mod resolve;
mod secret;
mod url;

use clap::Parser;
use std::process::ExitCode;

/// Runs the program.
pub fn main() -> ExitCode {
    match args::Cli::try_parse() {
        Ok(c) => {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{c:#?}").as_bytes());
        }
        Err(e) => e.exit(),
    }
    ExitCode::SUCCESS
}
