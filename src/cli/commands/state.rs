//! `retr state`: the ledger of an account.

use std::process::ExitCode;

use super::single::{local, single};
use crate::cli::args::{StateCommand, StateOf};
use crate::cli::environment::Environment;
use crate::run;

/// Runs one of the commands.
pub(crate) fn state(command: &StateCommand, env: &Environment) -> ExitCode {
    match command {
        StateCommand::Show(of) => on_ledger(of, env, run::known),
        StateCommand::Repair(of) => on_ledger(of, env, run::repair),
        StateCommand::Forget {
            account,
            messages,
            ledger,
            common,
        } => local(account, ledger, common, env, |account, cancel, observer| {
            run::forget(account, messages, cancel, observer)
        }),
        StateCommand::MarkSeen {
            account,
            connect,
            common,
        } => single(
            account,
            connect,
            common,
            env,
            |account, cancel, observer| run::mark_seen(&account, cancel, observer),
        ),
    }
}

fn on_ledger(of: &StateOf, env: &Environment, work: Work) -> ExitCode {
    local(&of.account, &of.ledger, &of.common, env, work)
}

type Work = fn(&run::Account, &crate::base::Cancel, &dyn crate::base::Observer) -> run::Outcome;
