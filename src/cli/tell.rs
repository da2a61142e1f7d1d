//! What a command says: reports, data on stdout, and why nothing came of it.

use std::io::{self, Write};
use std::process::ExitCode;

use super::args::Common;
use super::environment::Environment;
use super::failure::written;
use crate::base::{Cancel, Failure};
use crate::report::{self, Descriptor, Report};

/// How this command is to report. Once work is cancelled nobody is waited for.
pub(crate) fn report(common: &Common, env: &Environment, cancel: &Cancel) -> Report {
    let mixes = common.json && env.stdout.is_some();
    let has_room = env.stderr.is_some() && !common.quiet && !mixes;
    let options = report::Options {
        json: common.json,
        quiet: common.quiet,
        verbose: common.verbose,
        progress: (common.progress.is_now(has_room)).then(|| env.columns(env.stderr)),
        color: common.color.is_now(env.likes_color()),
        columns: env.stdout.map(|terminal| env.columns(Some(terminal))),
    };
    let out = Descriptor::new(io::stdout(), cancel);
    let err = Descriptor::new(io::stderr(), cancel);
    Report::new(options, Box::new(out), Box::new(err))
}

/// Writes data to stdout. A reader that went away is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Ends a command that has no report of its own.
pub(crate) fn done(result: Result<(), Failure>, common: &Common, env: &Environment) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure, common, env),
    }
}

/// Reports on stderr what no report is open for any more.
pub(crate) fn complain(failure: &Failure) -> ExitCode {
    let report = Report::new(
        report::Options::default(),
        Box::new(io::sink()),
        Box::new(Descriptor::new(io::stderr(), &Cancel::new())),
    );
    give_up(report, failure)
}

/// Reports a failure of the whole command.
pub(crate) fn fail(failure: &Failure, common: &Common, env: &Environment) -> ExitCode {
    give_up(report(common, env, &Cancel::new()), failure)
}

fn give_up(report: Report, failure: &Failure) -> ExitCode {
    report.failure(None, failure);
    report.finish();
    ExitCode::from(failure.class.code())
}
