//! `retr state`: the ledger of an account.

use std::path::Path;
use std::process::ExitCode;

use super::single::{Call, local, single};
use crate::cli::args::{SeenBy, StateCommand, StateOf};
use crate::cli::environment::Environment;
use crate::cli::import::{self, seen};
use crate::run;

/// Runs one of the commands.
pub(crate) fn state(command: &StateCommand, env: &Environment) -> ExitCode {
    match command {
        StateCommand::Show(of) => local(of, env, run::known),
        StateCommand::Repair(of) => local(of, env, run::repair),
        StateCommand::Forget { of, messages } => local(of, env, |account, cancel, observer| {
            run::forget(account, messages, cancel, observer)
        }),
        StateCommand::Import { from, file, of } => import(*from, file, of, env),
        StateCommand::MarkSeen { on, messages } => single(on, env, |account, cancel, observer| {
            run::mark_seen(&account, messages, cancel, observer)
        }),
    }
}

/// Takes over what another program has seen.
fn import(from: SeenBy, file: &Path, of: &StateOf, env: &Environment) -> ExitCode {
    Call::on_ledger(of).run(
        env,
        |merged| {
            let bytes = import::read(file, env)?;
            let seen = seen::read(from, &bytes, &merged.user, &merged.host);
            seen.map_err(|failure| import::in_file(failure, file))
        },
        |seen, account, cancel, observer| {
            run::import(&account, &seen.uids, &seen.aliases, cancel, observer)
        },
    )
}
