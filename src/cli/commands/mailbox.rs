//! `retr list`, `show`, `delete` and `stat`.

use std::process::ExitCode;

use super::single::single;
use crate::cli::args::{DeleteArgs, ListArgs, ShowArgs, StatArgs};
use crate::cli::environment::Environment;
use crate::run::{self, DeleteJob, ListJob, ShowJob, View};

/// Lists what is on the server.
pub(crate) fn list(args: &ListArgs, env: &Environment) -> ExitCode {
    single(
        &args.account,
        &args.connect,
        &args.common,
        env,
        |account, cancel, observer| {
            let job = ListJob {
                account,
                headers: !args.no_headers,
                only_new: args.new,
            };
            run::list(&job, cancel, observer)
        },
    )
}

/// Shows messages.
pub(crate) fn show(args: &ShowArgs, env: &Environment) -> ExitCode {
    let view = match (args.raw, args.headers, args.lines) {
        (true, ..) => View::Raw,
        (_, true, _) => View::Headers,
        (.., Some(lines)) => View::Lines(lines),
        _ => View::Readable,
    };
    single(
        &args.account,
        &args.connect,
        &args.common,
        env,
        |account, cancel, observer| {
            let job = ShowJob {
                account,
                wanted: args.messages.clone(),
                view,
            };
            run::show(&job, &mut observer.output(), cancel, observer)
        },
    )
}

/// Deletes messages on the server.
pub(crate) fn delete(args: &DeleteArgs, env: &Environment) -> ExitCode {
    single(
        &args.account,
        &args.connect,
        &args.common,
        env,
        |account, cancel, observer| {
            let job = DeleteJob {
                account,
                wanted: args.messages.clone(),
                dry_run: args.dry_run,
            };
            run::delete(&job, cancel, observer)
        },
    )
}

/// Counts messages and octets on the server.
pub(crate) fn stat(args: &StatArgs, env: &Environment) -> ExitCode {
    single(
        &args.account,
        &args.connect,
        &args.common,
        env,
        |account, cancel, observer| run::stat(&account, cancel, observer),
    )
}
