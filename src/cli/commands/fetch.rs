//! `retr fetch`: several accounts, some at once.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::hook::Hook;
use super::work::{abandon, end, run_with_secret, worst};
use crate::base::{
    AccountId, Cancel, Class, Event, Failure, Observer, PASSWORD_VARIABLE, Summary, WarningCode,
    rfc3339,
};
use crate::cli::args::{Connect, FetchArgs, OptionSet, RunOptions};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::{Command, Context};
use crate::cli::resolve::{self, Need};
use crate::cli::secret::{self, Single, Source};
use crate::cli::{signals, tell};
use crate::disk::RealDisk;
use crate::process::Words;
use crate::report::Report;
use crate::run::{self, FetchJob};

use crate::ledger;
use crate::wait::Timeouts;

/// Accounts fetched at once unless the user says otherwise.
const JOBS: usize = 4;

/// A job, and how to get its secret.
struct Task {
    job: FetchJob,
    source: Source,
    /// What is run when something was stored, and for how long at most.
    after_new: Option<(Words, Duration)>,
}

#[derive(Clone, Copy)]
struct End {
    /// Its exit code if it failed, else 0.
    code: u8,
    /// It did not fail, and nothing was new.
    empty: bool,
}

impl End {
    /// That of an account, whatever `--exit-empty` makes of it.
    fn of(summary: &Summary) -> Self {
        Self { code: summary.exit, empty: summary.exit == 0 && summary.new == 0 }
    }
}

/// Stores new messages of all accounts named, or of all there are.
pub(crate) fn fetch(args: &FetchArgs, env: &Environment) -> ExitCode {
    try_fetch(args, env).unwrap_or_else(|failure| tell::fail(&failure, &args.common, env))
}

/// Fails where nothing at all is done.
fn try_fetch(args: &FetchArgs, env: &Environment) -> Result<ExitCode, Failure> {
    let common = &args.common;
    let config = Config::load(common.config.as_deref(), env)?;
    let names = accounts(&args.accounts, &args.connect, &config)?;
    let options = args.run.clone().or(&config.run);
    let cancel = Cancel::new();
    let report = tell::report(common, env, &cancel);
    let mut ends = Vec::with_capacity(names.len());
    let mut tasks = Vec::with_capacity(names.len());
    for name in names {
        match resolved(name, args, &config, env) {
            Ok(task) => tasks.extend(task),
            // A mistake on the command line.
            Err(failure) if failure.class == Class::Usage => return Err(failure),
            Err(failure) => ends.push(End::of(&abandon(&report, name, failure))),
        }
    }
    let readers = tasks.iter().map(|task| (&task.job.account.id, &task.source));
    one_reader_each(readers)?;
    // From here on work waits: a signal ends that in an orderly way.
    signals::watch(&cancel)?;
    // While somebody is asked for a password nothing else moves on the screen.
    let at_once = match options.jobs {
        _ if tasks.iter().any(|task| task.source.may_ask()) => 1,
        Some(jobs) => jobs.get().into(),
        None => JOBS,
    };
    ends.extend(work(queues(tasks), at_once, &cancel, &report, &options));
    let code = overall(&ends, options.exit_empty.unwrap_or(0));
    Ok(end(report, &cancel, code))
}

/// The accounts that are named, or all that are enabled, each once.
pub(super) fn accounts<'a>(
    typed: &'a [String],
    connect: &Connect,
    config: &'a Config,
) -> Result<Vec<&'a str>, Failure> {
    let mut known = HashSet::new();
    let typed = typed.iter().map(String::as_str);
    let mut names: Vec<&str> = typed.filter(|name| known.insert(*name)).collect();
    if names.is_empty() {
        let enabled = config.accounts.iter().filter(|one| one.is_enabled());
        names = enabled.map(|account| account.name.as_str()).collect();
    }
    if names.is_empty() {
        return Err(config.no_account());
    }
    if names.len() > 1 && connect.password_fd.is_some() {
        let failure = secret::several_readers("--password-fd");
        return Err(Failure { class: Class::Usage, ..failure });
    }
    Ok(names)
}

/// One password is one account's. The config file may give a descriptor to
/// several, by `[defaults]`; `RETR_PASSWORD` is for all that have no other.
pub(super) fn one_reader_each<'t>(
    tasks: impl Iterator<Item = (&'t AccountId, &'t Source)>,
) -> Result<(), Failure> {
    let mut readers = HashMap::new();
    for (id, source) in tasks {
        let Some(single) = source.single() else {
            continue;
        };
        if *readers.entry(single).or_insert(id) != id {
            return Err(secret::several_readers(match single {
                Single::Descriptor(_) => "a password_fd",
                Single::Variable => PASSWORD_VARIABLE,
            }));
        }
    }
    Ok(())
}

/// `None` if the account is in another part: not even its secret is read.
fn resolved(
    name: &str,
    args: &FetchArgs,
    config: &Config,
    env: &Environment,
) -> Result<Option<Task>, Failure> {
    let typed = Options {
        destination: args.destination.clone(),
        fetch: args.fetch.clone(),
        connect: args.connect.clone(),
    };
    let merged = resolve::merge(name, typed, config)?;
    if let Some(shard) = args.shard
        && !shard.holds(&merged.id(env)?)
    {
        return Ok(None);
    }
    let (job, source) = resolve::fetch(&merged, &args.fetch, Need::Login, env)?;
    Ok(Some(Task { job, source, after_new: resolve::after_new(&merged)? }))
}

/// Puts tasks on the same mailbox into one queue: they share a ledger and its
/// lock, and would be in each other's way.
fn queues(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let mut queues: Vec<Vec<Task>> = Vec::with_capacity(tasks.len());
    let mut places = HashMap::new();
    for task in tasks {
        let account = &task.job.account;
        let key = (account.id.clone(), account.state_dir.clone());
        let place = *places.entry(key).or_insert(queues.len());
        if place == queues.len() {
            queues.push(Vec::new());
        }
        queues[place].push(task);
    }
    queues
}

/// Works the queues off, `at_once` of them at a time. Each account ends by
/// itself.
fn work(
    queues: Vec<Vec<Task>>,
    at_once: usize,
    cancel: &Cancel,
    report: &Report,
    options: &RunOptions,
) -> Vec<End> {
    let workers = at_once.min(queues.len());
    let queues = Mutex::new(queues.into_iter());
    let ends = Mutex::new(Vec::new());
    let next = || queues.lock().ok()?.next();
    let worker = || {
        while let Some(queue) = next() {
            for task in queue {
                let end = one(task, cancel, report, options);
                if let Ok(mut ends) = ends.lock() {
                    ends.push(end);
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(worker);
        }
        worker();
    });
    ends.into_inner().unwrap_or_default()
}

/// One account from its secret to its end.
fn one(task: Task, cancel: &Cancel, report: &Report, options: &RunOptions) -> End {
    let mut job = task.job;
    let name = job.account.name.clone();
    if let Err(cancelled) = cancel.check() {
        // It was not begun, and has nothing to tell but that.
        let failure = Failure::from_error(Class::Temporary, &cancelled);
        return End::of(&abandon(report, &name, failure));
    }
    let mut observer = report.account(&name);
    observer.limit(job.account.access.deadline);
    let account = job.account.clone();
    let context = Context::of(Command::Fetch, &account);
    let hook = task.after_new.as_ref().map(|(words, wait)| {
        let timeouts = Timeouts::new(*wait, account.access.deadline, cancel);
        (Hook::new(words, &name, account.dir(), &observer), timeouts)
    });
    let told: &dyn Observer = match &hook {
        Some((hook, _)) => hook,
        None => &observer,
    };
    let work = |account| {
        job.account = account;
        run::fetch(&job, cancel, told)
    };
    let mut summary = run_with_secret(&context, &task.source, &account, cancel, told, work);
    if let Some((hook, timeouts)) = hook {
        hook.run(summary.stored, &timeouts);
    }
    let end = End::of(&summary);
    remember(end, account.dir(), &observer);
    if end.empty {
        summary.exit = options.exit_empty.unwrap_or(0);
    }
    observer.notice(&Event::Summary(summary));
    end
}

/// Remembers that a run is to be tried again later, and warns once a day if no
/// other has ended in another way for a day: scripts keep quiet about it.
fn remember(end: End, dir: PathBuf, observer: &dyn Observer) {
    let disk = RealDisk::new();
    if end.code != Class::Temporary.code() {
        return ledger::forget_failures(&dir, &disk);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_secs());
    if let Some(since) = ledger::note_failure(&dir, now, &disk) {
        let since = rfc3339(since).unwrap_or_default();
        let text = format!("since {since} every fetch has ended with 75, try again later");
        observer.warn(WarningCode::FailingSince, text);
    }
}

/// The exit code of all. Empty accounts beside others that had something new
/// are no reason for `--exit-empty`.
fn overall(ends: &[End], exit_empty: u8) -> u8 {
    if ends.iter().all(|end| end.empty) {
        return exit_empty;
    }
    worst(ends.iter().map(|end| end.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(new: u64, exit: u8) -> End {
        End::of(&Summary { new, exit, ..Summary::default() })
    }

    #[test]
    fn nothing_new_has_its_code_only_if_nothing_was_new_anywhere() {
        assert_eq!(overall(&[end(0, 0)], 9), 9);
        assert_eq!(overall(&[end(0, 0), end(0, 0)], 9), 9);
        assert_eq!(overall(&[end(0, 0), end(2, 0)], 9), 0);
        assert_eq!(overall(&[end(0, 0), end(0, 75)], 9), 75);
        assert_eq!(overall(&[end(0, 0), end(1, 0)], 0), 0);
        assert_eq!(overall(&[end(0, 77), end(1, 75)], 0), 77);
        // A failure with the code for nothing new is a failure.
        assert_eq!(overall(&[end(0, 69), end(1, 0)], 69), 69);
        assert_eq!(overall(&[end(0, 75), end(0, 0)], 75), 75);
    }

    #[test]
    fn one_mailbox_has_one_queue() {
        let env = Environment::of(&[("HOME", "/h"), ("RETR_PASSWORD", "p")]);
        let config = Config::default();
        let task = |url: &str| {
            let args = FetchArgs {
                accounts: Vec::new(),
                shard: None,
                destination: crate::cli::args::Destination {
                    maildir: Some("/m".into()),
                    ..Default::default()
                },
                fetch: Default::default(),
                run: Default::default(),
                connect: Default::default(),
                common: Default::default(),
            };
            resolved(url, &args, &config, &env).expect(url).expect("in every part")
        };
        let queues = queues(vec![task("pop3s://a@h"), task("pop3s://b@h"), task("pop3://a@H:110")]);
        let names: Vec<Vec<&str>> = queues
            .iter()
            .map(|queue| queue.iter().map(|t| &*t.job.account.name).collect())
            .collect();
        assert_eq!(names, [&["a@h", "a@H"][..], &["b@h"]]);
    }
}
