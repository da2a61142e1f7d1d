//! From the start of the process to its exit code.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::process::ExitCode;

use clap::FromArgMatches;

use super::args::{self, Cli, Command, Common};
use super::commands;
use super::environment::Environment;
use super::failure::written;
use super::tell;
use super::usage::usage;
use crate::base::{Class, sanitized};
use crate::process;

/// Runs the program. The standard library has opened `/dev/null` for each of
/// stdin, stdout and stderr that was closed, and ignores SIGPIPE.
pub fn main() -> ExitCode {
    process::keep_private();
    std::panic::set_hook(Box::new(bug));
    let env = Environment::of_process();
    let matches = args::command().try_get_matches();
    match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => run(cli.command, &env),
        Err(error) => refuse(&error, &env),
    }
}

fn run(command: Command, env: &Environment) -> ExitCode {
    match command {
        Command::Fetch(args) => commands::fetch(&args, env),
        Command::List(args) => commands::list(&args, env),
        Command::Show(args) => commands::show(&args, env),
        Command::Delete(args) => commands::delete(&args, env),
        Command::Stat(args) => commands::stat(&args, env),
        Command::Probe(args) => commands::probe(&args, env),
        Command::Verify(args) => commands::verify(&args, env),
        Command::Export(args) => commands::export(&args, env),
        Command::Restore(args) => commands::restore(&args, env),
        Command::State(args) => commands::state(&args.command, env),
        Command::Demo(args) => commands::demo(&args, env),
        Command::Account(args) => commands::account(&args.command, env),
        Command::OAuth(args) => commands::oauth(&args.command, env),
        Command::Config(args) => commands::config(&args.command, env),
        Command::Generate(args) => commands::generate(args.what, env),
        Command::Help(args) => commands::help(&args, env),
    }
}

/// Answers `--help` and `--version`, and tells what is wrong with the command
/// line.
fn refuse(error: &clap::Error, env: &Environment) -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let told = if error.use_stderr() { Err(usage(error, &words)) } else { written(error.print()) };
    // A script that asked for JSON reads no prose, though nothing could be
    // parsed.
    let before_dashes = words.iter().take_while(|word| *word != "--");
    let common = Common {
        json: before_dashes.into_iter().any(|word| word == "--json"),
        ..Common::default()
    };
    tell::done(told, &common, env)
}

/// A panic is a bug: tell it in one breath and end at once. What is on disk
/// is safe, as after a kill.
fn bug(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    let place = info
        .location()
        .map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
    let message = sanitized(message.as_bytes());
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        io::stderr(),
        "retr: error: a bug in retr {version}: {message}{place}\n\
         hint: please report these lines, and what was typed"
    );
    process::kill_all();
    std::process::exit(Class::Internal.code().into());
}
