//! `retr probe` and `retr verify`.

use std::process::ExitCode;

use super::single::Call;
use crate::cli::args::{ProbeArgs, VerifyArgs};
use crate::cli::config::Options;
use crate::cli::environment::Environment;
use crate::cli::failure::Command;
use crate::cli::resolve::{self, Need};
use crate::run::{self, ProbeJob, VerifyJob};

/// Shows what a server is and can do.
pub(crate) fn probe(args: &ProbeArgs, env: &Environment) -> ExitCode {
    let call = Call {
        command: Command::Probe,
        word: &args.account,
        typed: Options {
            connect: args.connect.clone(),
            ..Options::default()
        },
        need: Need::Offered,
        common: &args.common,
    };
    call.run(
        env,
        |_| Ok(()),
        |_, account, cancel, observer| run::probe(&ProbeJob { account }, cancel, observer),
    )
}

/// Proves that what was stored is still there.
pub(crate) fn verify(args: &VerifyArgs, env: &Environment) -> ExitCode {
    let mut call = Call::on_server(&args.on);
    call.typed.destination = args.destination.clone();
    if !args.server {
        call.need = Need::Nothing;
    }
    call.run(
        env,
        |merged| resolve::target(merged, env),
        |target, account, cancel, observer| {
            let job = VerifyJob {
                account,
                target: target.clone(),
                server: args.server,
            };
            run::verify(&job, cancel, observer)
        },
    )
}
