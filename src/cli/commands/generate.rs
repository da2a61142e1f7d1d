//! `retr generate`: what packagers need.

use std::process::ExitCode;

use crate::cli::args::{Common, Generated};
use crate::cli::environment::Environment;
use crate::cli::{generate as generator, tell};

pub(crate) fn generate(what: Generated, env: &Environment) -> ExitCode {
    let text = match what {
        Generated::Man => generator::man_page(),
        Generated::Schema => crate::report::SCHEMA.to_owned(),
        Generated::Completions { shell } => generator::completions(shell),
    };
    tell::done(tell::print(&text), &Common::default(), env)
}
