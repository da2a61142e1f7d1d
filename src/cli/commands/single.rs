//! What the commands on one account have in common.

use std::process::ExitCode;

use super::work::{abandon, end, run_with_secret};
use crate::base::{Cancel, Event, Failure, Observer};
use crate::cli::args::{Common, Connect, OnServer, StateOf, StatePlace};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::{Command, Context};
use crate::cli::resolve::{self, Merged, Need};
use crate::cli::{signals, tell};
use crate::report::AccountReport;
use crate::run::{Account, Outcome};

/// One account on the command line.
pub(super) struct Call<'c> {
    pub(super) command: Command,
    pub(super) word: &'c str,
    /// What the command line says of it.
    pub(super) typed: Options,
    pub(super) need: Need,
    pub(super) common: &'c Common,
}

/// What the command line says of where the record is.
pub(super) fn options_of(place: &StatePlace) -> Options {
    Options::from(&Connect { state_dir: place.state_dir.clone(), ..Connect::default() })
}

impl<'c> Call<'c> {
    /// That of a command that logs in and has no options of its own.
    pub(super) fn on_server(on: &'c OnServer) -> Self {
        Self {
            command: Command::Another,
            word: &on.account,
            typed: Options::from(&on.connect),
            need: Need::Login,
            common: &on.common,
        }
    }

    /// That of a command that connects to nothing.
    pub(super) fn on_ledger(of: &'c StateOf) -> Self {
        Self::on_ledger_of(&of.account, &of.place)
    }

    /// The same on an account that is named otherwise.
    pub(super) fn on_ledger_of(word: &'c str, place: &'c StatePlace) -> Self {
        Self {
            command: Command::Another,
            word,
            typed: options_of(place),
            need: Need::Nothing,
            common: &place.common,
        }
    }

    /// Resolves the account, gets its secret, does the work, and reports.
    pub(super) fn run(
        self,
        env: &Environment,
        work: impl Fn(Account, &Cancel, &AccountReport<'_>) -> Outcome,
    ) -> ExitCode {
        self.run_with(
            env,
            |_, _| Ok(()),
            |(), account, cancel, observer| work(account, cancel, observer),
        )
    }

    /// The same; `prepare` resolves what the command needs besides the account.
    pub(super) fn run_with<T>(
        self,
        env: &Environment,
        prepare: impl FnOnce(&Merged, &Config) -> Result<T, Failure>,
        work: impl Fn(&T, Account, &Cancel, &AccountReport<'_>) -> Outcome,
    ) -> ExitCode {
        let (command, word) = (self.command, self.word);
        let resolve = || {
            let config = Config::load(self.common.config.as_deref(), env)?;
            let merged = resolve::merge(word, self.typed, &config)?;
            let prepared = prepare(&merged, &config)?;
            let (account, source) = resolve::account(&merged, self.need, env)?;
            Ok((prepared, account, source))
        };
        let resolved = resolve();
        let cancel = Cancel::new();
        let report = tell::report(self.common, env, &cancel);
        let watched = resolved.and_then(|resolved| {
            signals::watch(&cancel)?;
            Ok(resolved)
        });
        let summary = match watched {
            Ok((prepared, account, source)) => {
                let mut observer = report.account(&account.name);
                observer.limit(account.access.deadline);
                let context = Context::of(command, &account);
                let work = |account| work(&prepared, account, &cancel, &observer);
                let summary =
                    run_with_secret(&context, &source, &account, &cancel, &observer, work);
                observer.notice(&Event::Summary(summary));
                summary
            }
            Err(failure) => abandon(&report, word, failure),
        };
        end(report, &cancel, summary.exit)
    }
}
