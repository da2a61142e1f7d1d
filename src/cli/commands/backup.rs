//! `retr export` and `retr restore`.

use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use super::single::Call;
use super::work::report_on;
use crate::base::{Class, Failure, Summary};
use crate::cli::args::{ExportArgs, RestoreArgs};
use crate::cli::config::Config;
use crate::cli::environment::Environment;
use crate::cli::failure::{self, Command, Context};
use crate::cli::{resolve, tell};
use crate::report::{Descriptor, Stream};
use crate::run::{self, ExportJob, RestoreJob};

pub(crate) fn export(args: &ExportArgs, env: &Environment) -> ExitCode {
    let seen = match check(args, env) {
        Ok(seen) => seen,
        Err(failure) => return tell::fail(&failure, &args.of.place.common, env),
    };
    let mut call = Call::on_ledger(&args.of);
    call.typed.destination = args.destination.clone();
    call.run_with(
        env,
        |merged, _| {
            let path = if is_stdout(&args.dest) { None } else { Some(env.absolute(&args.dest)?) };
            Ok((resolve::target(merged, env)?, path))
        },
        |(target, path), account, cancel, observer| {
            let mut out = PacedOutput {
                out: Descriptor::new(io::stdout(), cancel),
                timeout: account.access.deadline,
            };
            let job = ExportJob {
                account,
                target: target.clone(),
                format: args.to,
                packs: args.zstd,
                seen: seen.clone(),
                path: path.clone(),
            };
            run::export(&job, &mut out, cancel, observer)
        },
    )
}

fn is_stdout(dest: &Path) -> bool {
    dest.as_os_str() == "-"
}

/// The seconds since 1970 in which it was seen; what makes no sense together
/// is wrong usage.
fn check(args: &ExportArgs, env: &Environment) -> Result<Range<u64>, Failure> {
    let wrong = |what: &str| Err(Failure::usage(what));
    if args.zstd && args.to.is_folder() {
        return wrong("--zstd packs mboxrd and tar, which are one file");
    }
    if args.zstd && !cfg!(feature = "zstd") {
        return wrong(
            "this program was built without zstd; pipe what it writes to stdout through it",
        );
    }
    if is_stdout(&args.dest) {
        if args.to.is_folder() {
            return wrong("only mboxrd and tar can be written to stdout; name a folder");
        }
        if args.of.place.common.json {
            return wrong("--json and the mail would both be written to stdout; name a file");
        }
        if env.stdout.is_some() {
            return wrong("mail is not written to a terminal; name a file, or use a pipe");
        }
    }
    let since = args.since.map_or(0, |day| day.start());
    let until = args.until.map_or(u64::MAX, |day| day.end());
    if since >= until {
        return wrong("--since is later than --until");
    }
    Ok(since..until)
}

/// Standard output, whose reader may take long for all of it but not for a
/// part.
struct PacedOutput<O> {
    out: O,
    timeout: Duration,
}

impl<O: Stream> Write for PacedOutput<O> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.out.give_up_at(Instant::now().checked_add(self.timeout));
        self.out.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

pub(crate) fn restore(args: &RestoreArgs, env: &Environment) -> ExitCode {
    report_on("", &args.common, env, |cancel, observer| {
        let job = match job(args, env) {
            Ok(job) => job,
            Err(failure) => return (Summary::default(), Some(failure)),
        };
        let outcome = run::restore(&job, cancel, observer);
        let context = Context::without_account(Command::Restore);
        let error = outcome.error.as_ref();
        let failure = error.map(|error| failure::explain(error, &context));
        (outcome.summary, failure)
    })
}

fn job(args: &RestoreArgs, env: &Environment) -> Result<RestoreJob, Failure> {
    let config = Config::load(args.common.config.as_deref(), env)?;
    let target = resolve::named_target(&args.destination, "the command", env);
    let target = target.map_err(|failure| Failure { class: Class::Usage, ..failure })?;
    let mut options = config.defaults.fetch.clone();
    options.recipient = args.recipient.clone().or(options.recipient);
    let handover = resolve::handover_by(&options, "restore", "the command", &target)?;
    let connect = &config.defaults.connect;
    let state_dir = args.state_dir.as_ref().or(connect.state_dir.as_ref());
    Ok(RestoreJob {
        source: env.absolute(&args.source)?,
        target,
        handover,
        state_dir: env.state_dir(state_dir.map(|dir| &**dir))?,
        dry_run: args.dry_run,
        timeout: connect.timeout.map_or(resolve::TIMEOUT, |wait| wait.0),
    })
}
