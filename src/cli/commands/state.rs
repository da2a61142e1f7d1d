//! `retr state`: the ledger of an account.

use std::path::Path;
use std::process::ExitCode;

use super::single::{Call, local, single};
use crate::cli::args::{Common, LedgerPlace, SeenBy, StateCommand, StateOf};
use crate::cli::environment::Environment;
use crate::cli::failure::Command;
use crate::cli::import::{self, seen};
use crate::cli::resolve::Need;
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
        StateCommand::Import {
            from,
            file,
            account,
            ledger,
            common,
        } => import(*from, file, account, ledger, common, env),
        StateCommand::MarkSeen {
            account,
            messages,
            connect,
            common,
        } => single(
            account,
            connect,
            common,
            env,
            |account, cancel, observer| run::mark_seen(&account, messages, cancel, observer),
        ),
    }
}

/// Takes over what another program has seen.
fn import(
    from: SeenBy,
    file: &Path,
    account: &str,
    ledger: &LedgerPlace,
    common: &Common,
    env: &Environment,
) -> ExitCode {
    let call = Call {
        command: Command::Another,
        word: account,
        typed: ledger.options(),
        need: Need::Nothing,
        common,
    };
    call.run(
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

fn on_ledger(of: &StateOf, env: &Environment, work: Work) -> ExitCode {
    local(&of.account, &of.ledger, &of.common, env, work)
}

type Work = fn(&run::Account, &crate::base::Cancel, &dyn crate::base::Observer) -> run::Outcome;
