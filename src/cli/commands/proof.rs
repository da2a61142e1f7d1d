//! `retr probe` and `retr verify`.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use super::fetch::{accounts, one_reader_each};
use super::single::Call;
use super::work::{abandon, attend, end, run_with_secret, worst};
use crate::base::{Cancel, Class, Event, Failure, Observer};
use crate::cli::args::{ProbeArgs, VerifyArgs};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::{Command, Context};
use crate::cli::resolve::{self, Need};
use crate::cli::secret::Source;
use crate::cli::{signals, tell};
use crate::disk::{Disk, RealDisk};
use crate::run::{self, Account, CheckJob, Form, Manifest, ProbeJob, VerifyJob};
use crate::store::{self, Address, Target};

pub(crate) fn probe(args: &ProbeArgs, env: &Environment) -> ExitCode {
    let call = Call {
        command: Command::Probe,
        word: &args.account,
        typed: Options::from(&args.connect),
        need: Need::Offered,
        common: &args.common,
    };
    call.run(env, |account, cancel, observer| run::probe(&ProbeJob { account }, cancel, observer))
}

/// An account to verify, and how to get its secret.
struct Task {
    account: Account,
    target: Target,
    source: Source,
}

/// Proves that what was stored is still there, by the ledgers of accounts or by
/// a manifest.
pub(crate) fn verify(args: &VerifyArgs, env: &Environment) -> ExitCode {
    match &args.manifest_check {
        Some(manifest) => check_manifest(args, manifest, env),
        None => verify_accounts(args, env)
            .unwrap_or_else(|failure| tell::fail(&failure, &args.common, env)),
    }
}

/// Fails where nothing at all is done.
fn verify_accounts(args: &VerifyArgs, env: &Environment) -> Result<ExitCode, Failure> {
    let common = &args.common;
    let config = Config::load(common.config.as_deref(), env)?;
    let names = accounts(&args.accounts, &args.connect, &config)?;
    let one_of_several = names.len() > 1;
    let cancel = Cancel::new();
    let report = tell::report(common, env, &cancel);
    let mut codes = Vec::new();
    let mut tasks = Vec::new();
    for word in names {
        match resolved(word, args, &config, env) {
            Ok(task) => tasks.push(task),
            Err(failure) => codes.push(abandon(&report, word, failure).exit),
        }
    }
    let readers = tasks.iter().map(|task| (&task.account.id, &task.source));
    one_reader_each(readers)?;
    // Not one of them was named, and there is something to prove.
    let with_others =
        args.accounts.is_empty() && tasks.iter().any(|task| task.target.scheme().address.is_path());
    let mut manifest = begin_manifest(args, &tasks, env)?;
    signals::watch(&cancel)?;
    for task in tasks {
        let mut observer = report.account(&task.account.name);
        observer.limit(task.account.access.deadline);
        if one_of_several {
            observer.among_others();
        }
        let context = Context::of(Command::Another, &task.account);
        let work = |account| {
            let job = VerifyJob {
                account,
                target: task.target.clone(),
                server: args.server,
                with_others,
            };
            run::verify(&job, manifest.as_mut(), &cancel, &observer)
        };
        let (source, account) = (&task.source, &task.account);
        let summary = run_with_secret(&context, source, account, &cancel, &observer, work);
        observer.notice(&Event::Summary(summary));
        codes.push(summary.exit);
    }
    let whole = |code: &u8| [0, Class::Data.code()].contains(code);
    match manifest.filter(|_| codes.iter().all(whole)).map(Manifest::finish) {
        Some(Ok(written)) => report.say(&written),
        Some(Err(error)) => {
            let failure = Failure::from_error(error.class(), &error);
            codes.push(failure.class.code());
            report.failure(None, &failure);
        }
        None => {}
    }
    Ok(end(report, &cancel, worst(codes.into_iter())))
}

fn resolved(
    word: &str,
    args: &VerifyArgs,
    config: &Config,
    env: &Environment,
) -> Result<Task, Failure> {
    let typed = Options { destination: args.destination.clone(), ..Options::from(&args.connect) };
    let need = if args.server { Need::Login } else { Need::Nothing };
    let merged = resolve::merge(word, typed, config)?;
    let target = resolve::target(&merged, env)?;
    let (account, source) = resolve::account(&merged, need, env)?;
    Ok(Task { account, target, source })
}

/// Begins the manifest that is asked for. Its paths are below one target.
fn begin_manifest(
    args: &VerifyArgs,
    tasks: &[Task],
    env: &Environment,
) -> Result<Option<Manifest>, Failure> {
    let (Some(file), Some(first)) = (&args.manifest, tasks.first()) else {
        return Ok(None);
    };
    if tasks.iter().any(|task| task.target != first.target) {
        let what = "a manifest is of one place, and these accounts have several";
        return Err(Failure::usage(what).hint("name the accounts of one place"));
    }
    let form = if args.common.json { Form::Rows } else { Form::Sums };
    let noun = first.target.scheme().noun;
    if form == Form::Sums && first.target.scheme().address != Address::Folder {
        let what = format!("sha256sum knows files, and the messages of this {noun} are none");
        return Err(Failure::usage(what).hint("--json lists them as one object a line"));
    }
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let manifest = Manifest::create(&env.absolute(file)?, form, &disk);
    let manifest = manifest.map_err(|error| Failure::from_error(error.class(), &error))?;
    Ok(Some(manifest))
}

fn check_manifest(args: &VerifyArgs, manifest: &Path, env: &Environment) -> ExitCode {
    let common = &args.common;
    let name = manifest.to_string_lossy();
    attend(&name, common, env, |cancel, observer| {
        let manifest = env.absolute(manifest)?;
        let here = env.absolute(Path::new("."))?;
        let beside = manifest.parent().unwrap_or(&manifest).to_owned();
        let job = CheckJob {
            target: resolve::place(&args.destination, env)?,
            folders: vec![here, beside],
            percent: args.sample.map(|percent| percent.0),
            manifest,
        };
        match run::check(&job, cancel, observer).error {
            None => Ok(()),
            Some(error) => Err(explained(&error)),
        }
    })
}

fn explained(error: &run::Error) -> Failure {
    let failure = Failure::from_error(error.class(), error);
    match error {
        run::Error::Store(store::Error::NoStore { .. }) => failure
            .hint("go where the copy is, or name it: --maildir DIR, --mbox FILE, --archive DIR"),
        run::Error::NoneHere { first, .. } => {
            failure.hint(format!("is it another folder? the first is expected at {first}"))
        }
        _ => failure,
    }
}
