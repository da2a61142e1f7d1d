//! The work of one account from its secret to its end, and the end of a
//! command.

use std::io::ErrorKind;
use std::process::ExitCode;
use std::time::Instant;

use crate::base::{Cancel, Class, Event, Failure, Observer, Summary};
use crate::cli::args::Common;
use crate::cli::environment::Environment;
use crate::cli::failure::{self, Context};
use crate::cli::secret::Source;
use crate::cli::{resolve, signals, tell};
use crate::net::Via;
use crate::report::Report;
use crate::run::{self, Account, Outcome, SecretSource};
use crate::wait::Timeouts;

/// Does the work of one account within one deadline, gets the secret once the
/// work needs it, and reports why it ended early, if it did.
pub(super) fn run_with_secret(
    context: &Context<'_>,
    source: &Source,
    account: &Account,
    cancel: &Cancel,
    observer: &dyn Observer,
    mut work: impl FnMut(Account) -> Outcome,
) -> Summary {
    let access = &account.access;
    let timeouts = Timeouts::new(access.timeout, access.deadline, cancel);
    let started = Instant::now();
    let mut work = |secret: &SecretSource| {
        let mut account = account.clone();
        account.secret = secret.clone();
        account.access.deadline = timeouts.left();
        work(account)
    };
    let secret = {
        let (source, timeouts) = (source.clone(), timeouts.clone());
        // The command of a tunnel may ask by itself, and is run once.
        let is_tunnel = matches!(access.route.via, Via::Tunnel(_));
        let asks = source.may_ask() && !is_tunnel && !source.is_in_netrc().unwrap_or(true);
        SecretSource::new(move |observer| source.secret(&timeouts, observer)).asking(asks)
    };
    let mut outcome = work(&secret);
    let is_refused = outcome.error.as_ref().map(run::Error::class) == Some(Class::Auth);
    // A token may end before it was said to.
    if let Some(refused) = secret.got().filter(|_| is_refused && context.has_token()) {
        match source.another(refused, &timeouts, observer) {
            Ok(None) => {}
            Ok(Some(fresh)) => {
                observer.note("the access token was refused; trying once with a fresh one".into());
                let first = outcome.summary;
                outcome = work(&SecretSource::new(move |_| Ok(Some(fresh.clone()))));
                add(&mut outcome.summary, &first);
            }
            // It tells more than the refusal.
            Err(failure) => outcome.error = Some(run::Error::Secret(Box::new(failure))),
        }
    }
    let mut summary = outcome.summary;
    let failure = outcome.error.and_then(|error| {
        let failure = failure::explain(&error, context);
        match &error {
            // The reader of the output has had enough.
            run::Error::Output(error) if error.kind() == ErrorKind::BrokenPipe => {
                summary.exit = 0;
                None
            }
            // Its reader, or somebody who was asked, was not waited for any
            // longer.
            run::Error::Output(_) | run::Error::Secret(_) => {
                Some(failure::or_signal(failure, cancel))
            }
            _ => Some(failure),
        }
    });
    let elapsed = started.elapsed().as_millis();
    summary.elapsed_ms = u64::try_from(elapsed).unwrap_or(u64::MAX);
    if let Some(failure) = failure {
        summary.exit = failure.class.code();
        observer.notice(&Event::Error(failure));
    }
    summary
}

/// Does what belongs to an account and has no messages, and reports why it
/// came to nothing, if it did.
pub(super) fn attend(
    name: &str,
    common: &Common,
    env: &Environment,
    work: impl FnOnce(&Cancel, &dyn Observer) -> Result<(), Failure>,
) -> ExitCode {
    report_on(name, common, env, |cancel, observer| {
        let failure = work(cancel, observer).err();
        let failure = failure.map(|failure| failure::or_signal(failure, cancel));
        (Summary::default(), failure)
    })
}

/// Does work that has no secret, and reports it; of no account if the name is
/// empty.
pub(super) fn report_on(
    name: &str,
    common: &Common,
    env: &Environment,
    work: impl FnOnce(&Cancel, &dyn Observer) -> (Summary, Option<Failure>),
) -> ExitCode {
    let cancel = Cancel::new();
    let report = tell::report(common, env, &cancel);
    let observer = report.account(name);
    let (mut summary, failure) = match signals::watch(&cancel) {
        Ok(()) => work(&cancel, &observer),
        Err(failure) => (Summary::default(), Some(failure)),
    };
    summary.exit = failure.as_ref().map_or(0, |failure| failure.class.code());
    if let Some(failure) = failure {
        observer.notice(&Event::Error(failure));
    }
    observer.notice(&Event::Summary(summary));
    drop(observer);
    end(report, &cancel, summary.exit)
}

/// Adds what was done before a fresh token was needed.
fn add(summary: &mut Summary, first: &Summary) {
    summary.listed = summary.listed.max(first.listed);
    summary.new += first.stored;
    summary.stored += first.stored;
    summary.skipped = summary.skipped.max(first.skipped);
    summary.failed += first.failed;
    summary.deleted += first.deleted;
    summary.bytes += first.bytes;
}

/// Reports an account that was never started, as it was named by the user.
pub(super) fn abandon(report: &Report, word: &str, failure: Failure) -> Summary {
    let summary = Summary { exit: failure.class.code(), ..Summary::default() };
    let account = report.account(&resolve::name_of(word));
    account.notice(&Event::Error(failure));
    account.notice(&Event::Summary(summary));
    summary
}

/// The end of a command that worked: by the signal that cancelled it, or with
/// the code.
pub(super) fn end(report: Report, cancel: &Cancel, code: u8) -> ExitCode {
    let lost = report.finish();
    signals::reraise(cancel);
    match lost.and_then(failure::of_stdout) {
        Some(failure) if code == 0 => tell::complain(&failure),
        _ => ExitCode::from(code),
    }
}

/// The worst of several exit codes; one that is no class's is worse than 0
/// only.
pub(super) fn worst(codes: impl Iterator<Item = u8>) -> u8 {
    let rank = |code: u8| match code {
        0 => usize::MAX,
        code => Class::WORST_FIRST
            .iter()
            .position(|class| class.code() == code)
            .unwrap_or(Class::WORST_FIRST.len()),
    };
    codes.min_by_key(|code| rank(*code)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_code_follows_the_published_order() {
        assert_eq!(worst([].into_iter()), 0);
        assert_eq!(worst([0, 0].into_iter()), 0);
        assert_eq!(worst([0, 64, 75].into_iter()), 75);
        assert_eq!(worst([75, 77, 0, 74].into_iter()), 74);
        assert_eq!(worst([78, 79].into_iter()), 79);
        assert_eq!(worst([9, 0].into_iter()), 9);
        assert_eq!(worst([9, 64].into_iter()), 64);
    }
}
