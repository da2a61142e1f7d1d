//! `retr state`: the ledger of an account.

use std::path::Path;
use std::process::ExitCode;

use super::single::{Call, options_of};
use crate::cli::args::{SeenBy, StateCommand, StateOf, StatePlace};
use crate::cli::environment::Environment;
use crate::cli::import::{self, seen};
use crate::cli::resolve::{self, Need};
use crate::run;

pub(crate) fn state(command: &StateCommand, env: &Environment) -> ExitCode {
    match command {
        StateCommand::Show(of) => Call::on_ledger(of)
            .run(env, |account, cancel, observer| run::known(&account, cancel, observer)),
        StateCommand::Repair(of) => Call::on_ledger(of)
            .run(env, |account, cancel, observer| run::repair(&account, cancel, observer)),
        StateCommand::Forget { of, missing: true, .. } => forget_missing(of, env),
        StateCommand::Forget { of, messages, .. } => Call::on_ledger(of)
            .run(env, |account, cancel, observer| {
                run::forget(&account, messages, cancel, observer)
            }),
        StateCommand::Move { old, new, place } => give(old, new, place, env),
        StateCommand::Import { from, file, of } => import(*from, file, of, env),
        StateCommand::MarkSeen { on, messages } => Call::on_server(on)
            .run(env, |account, cancel, observer| {
                run::mark_seen(&account, messages, cancel, observer)
            }),
    }
}

fn forget_missing(of: &StateOf, env: &Environment) -> ExitCode {
    Call::on_ledger(of).run_with(
        env,
        |merged, _| {
            let named = !merged.options.destination.named().is_empty();
            named.then(|| resolve::target(merged, env)).transpose()
        },
        |target, account, cancel, observer| {
            run::forget_missing(&account, target.as_ref(), cancel, observer)
        },
    )
}

/// Gives the ledger of one account to another.
fn give(old: &str, new: &str, place: &StatePlace, env: &Environment) -> ExitCode {
    Call::on_ledger_of(old, place).run_with(
        env,
        |_, config| {
            let merged = resolve::merge(new, options_of(place), config)?;
            resolve::account(&merged, Need::Nothing, env).map(|(account, _)| account)
        },
        |new, old, cancel, observer| run::give(&old, new, cancel, observer),
    )
}

/// Takes over what another program has seen.
fn import(from: SeenBy, file: &Path, of: &StateOf, env: &Environment) -> ExitCode {
    Call::on_ledger(of).run_with(
        env,
        |merged, _| {
            let bytes = import::read(file, env)?;
            let seen = seen::read(from, &bytes, &merged.user, &merged.host);
            seen.map_err(|failure| import::in_file(failure, file))
        },
        |seen, account, cancel, observer| {
            run::import(&account, &seen.uids, &seen.aliases, cancel, observer)
        },
    )
}
