//! `retr stat`.

use std::process::ExitCode;

use super::{abandon, conduct, end};
use crate::base::{Cancel, Event, Observer};
use crate::cli::args::StatArgs;
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::Context;
use crate::cli::resolve::{self, Need};
use crate::cli::{signals, start};
use crate::run;

/// Counts messages and octets on the server.
pub(crate) fn stat(args: &StatArgs, env: &Environment) -> ExitCode {
    let common = &args.common;
    let typed = Options {
        connect: args.connect.clone(),
        ..Options::default()
    };
    let resolved = Config::load(common.config.as_deref(), env)
        .and_then(|config| resolve::merge(&args.account, typed, &config))
        .and_then(|merged| resolve::account(&merged, Need::Login, env));
    let report = start::report(common, env);
    let cancel = Cancel::new();
    let summary = match resolved.and_then(|resolved| {
        signals::watch(&cancel)?;
        Ok(resolved)
    }) {
        Ok((mut account, source)) => {
            let observer = report.account(&account.name);
            let context = Context::of(&account);
            let summary = conduct(&context, source, &cancel, &observer, |secret| {
                account.access.secret = secret;
                run::stat(&account, &cancel, &observer)
            });
            observer.notice(&Event::Summary(summary));
            summary
        }
        Err(failure) => abandon(&report, &args.account, failure),
    };
    end(report, &cancel, summary.exit)
}
