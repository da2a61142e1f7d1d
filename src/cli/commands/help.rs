//! `retr help`: a command's help, or a topic.

use std::process::ExitCode;

use crate::base::{Failure, sanitized};
use crate::cli::args::{self, Common, HelpArgs};
use crate::cli::environment::Environment;
use crate::cli::failure::written;
use crate::cli::{generate as generator, tell};

/// Widest text that is easy to read.
const MAX_WIDTH: usize = 80;

pub(crate) fn help(args: &HelpArgs, env: &Environment) -> ExitCode {
    tell::done(print(&args.words, env), &Common::default(), env)
}

fn print(words: &[String], env: &Environment) -> Result<(), Failure> {
    let width = env.stdout.map_or(MAX_WIDTH, |out| env.columns(Some(out)));
    if let [name] = words
        && let Some(text) = generator::topic(name, width.min(MAX_WIDTH))
    {
        return tell::print(&text);
    }
    let command = std::iter::once("retr").chain(words.iter().map(String::as_str));
    match args::command().try_get_matches_from(command.chain(["--help"])) {
        Err(help) if !help.use_stderr() => written(help.print()),
        _ => {
            let words = sanitized(words.join(" ").as_bytes());
            let what = format!("`{words}` is neither a command nor a topic");
            let topics: Vec<&str> = generator::topics().collect();
            let hint = format!("`retr help` lists commands; topics: {}", topics.join(", "));
            Err(Failure::usage(what).hint(hint))
        }
    }
}
