//! What the commands on one account have in common.

use std::process::ExitCode;

use super::{abandon, conduct, end};
use crate::base::{Cancel, Event, Observer};
use crate::cli::args::{Common, Connect};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::Context;
use crate::cli::resolve::{self, Need};
use crate::cli::{signals, start};
use crate::run::{Account, Outcome};

/// Resolves the account, gets its secret, does the work, and reports.
pub(super) fn single(
    word: &str,
    connect: &Connect,
    common: &Common,
    env: &Environment,
    work: impl FnOnce(Account, &Cancel, &dyn Observer) -> Outcome,
) -> ExitCode {
    let typed = Options {
        connect: connect.clone(),
        ..Options::default()
    };
    let resolved = Config::load(common.config.as_deref(), env)
        .and_then(|config| resolve::merge(word, typed, &config))
        .and_then(|merged| resolve::account(&merged, Need::Login, env));
    let report = start::report(common, env);
    let cancel = Cancel::new();
    let watched = resolved.and_then(|resolved| {
        signals::watch(&cancel)?;
        Ok(resolved)
    });
    let summary = match watched {
        Ok((mut account, source)) => {
            let observer = report.account(&account.name);
            let context = Context::of(&account);
            let summary = conduct(&context, source, &cancel, &observer, |secret| {
                account.access.secret = secret;
                work(account, &cancel, &observer)
            });
            observer.notice(&Event::Summary(summary));
            summary
        }
        Err(failure) => abandon(&report, word, failure),
    };
    end(report, &cancel, summary.exit)
}
