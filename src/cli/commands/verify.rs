//! `retr verify`.

use std::process::ExitCode;

use super::single::Call;
use crate::cli::args::VerifyArgs;
use crate::cli::config::Options;
use crate::cli::environment::Environment;
use crate::cli::resolve::{self, Need};
use crate::run::{self, VerifyJob};

/// Proves that what was stored is still there.
pub(crate) fn verify(args: &VerifyArgs, env: &Environment) -> ExitCode {
    let call = Call {
        word: &args.account,
        typed: Options {
            destination: args.destination.clone(),
            connect: args.connect.clone(),
            ..Options::default()
        },
        need: if args.server {
            Need::Login
        } else {
            Need::Nothing
        },
        common: &args.common,
    };
    call.run(
        env,
        |merged| resolve::target(merged, env),
        |target, account, cancel, observer| {
            let job = VerifyJob {
                account,
                target,
                server: args.server,
            };
            run::verify(&job, cancel, observer)
        },
    )
}
