//! `retr help`: a command's help, or a topic.

use std::process::ExitCode;

use crate::base::{Class, Failure, sanitized};
use crate::cli::args::{self, Common, HelpArgs};
use crate::cli::environment::Environment;
use crate::cli::failure::of_stdout;
use crate::cli::{generate as generator, tell};

/// Widest text that is easy to read.
const MAX_WIDTH: usize = 80;

/// Prints the help of what is named.
pub(crate) fn help(args: &HelpArgs, env: &Environment) -> ExitCode {
    let failed = |failure: &Failure| tell::fail(failure, &Common::default(), env);
    let width = env.stdout.map_or(MAX_WIDTH, |out| env.columns(Some(out)));
    if let [name] = &*args.words
        && let Some(text) = generator::topic(name, width.min(MAX_WIDTH))
    {
        let printed = tell::print(&text);
        return printed.map_or_else(|failure| failed(&failure), |()| ExitCode::SUCCESS);
    }
    let words = std::iter::once("retr").chain(args.words.iter().map(String::as_str));
    let asked = args::command().try_get_matches_from(words.chain(["--help"]));
    match asked {
        Err(help) if !help.use_stderr() => {
            let failure = help.print().err().and_then(of_stdout);
            failure.map_or(ExitCode::SUCCESS, |failure| failed(&failure))
        }
        _ => {
            let words = sanitized(args.words.join(" ").as_bytes());
            let what = format!("`{words}` is neither a command nor a topic");
            let topics: Vec<&str> = generator::topics().collect();
            let hint = format!("`retr help` lists commands; topics: {}", topics.join(", "));
            failed(&Failure::new(Class::Usage, what).hint(hint))
        }
    }
}
