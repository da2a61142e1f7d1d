//! `retr list`, `show`, `delete` and `stat`.

use std::process::ExitCode;
use std::time::Duration;

use super::single::Call;
use crate::base::Failure;
use crate::cli::args::{DeleteArgs, ListArgs, ShowArgs, StatArgs};
use crate::cli::environment::Environment;
use crate::cli::failure::Command;
use crate::cli::{ask, tell};
use crate::run::{self, DeleteJob, ListJob, ShowJob, View, Wanted};
use crate::wait::Timeouts;

pub(crate) fn list(args: &ListArgs, env: &Environment) -> ExitCode {
    Call::on_server(&args.on).run(env, |account, cancel, observer| {
        let job = ListJob { account, headers: !args.no_headers, only_new: args.new };
        run::list(&job, cancel, observer)
    })
}

pub(crate) fn show(args: &ShowArgs, env: &Environment) -> ExitCode {
    let view = match (args.raw, args.headers, args.lines) {
        (true, ..) => View::Raw,
        (_, true, _) => View::Headers,
        (.., Some(lines)) => View::Lines(lines),
        _ => View::Readable,
    };
    Call::on_server(&args.on).run(env, |account, cancel, observer| {
        let job = ShowJob { account, wanted: args.messages.clone(), view };
        run::show(&job, &mut observer.output(), cancel, observer)
    })
}

/// Longest wait for an answer, while the server waits for a command: it may
/// hang up after ten minutes (RFC 1939 §3).
const MAX_QUESTION: Duration = Duration::from_secs(5 * 60);

pub(crate) fn delete(args: &DeleteArgs, env: &Environment) -> ExitCode {
    let is_uid = |wanted: &Wanted| matches!(wanted, Wanted::Uid(_));
    if args.no_uidl && args.messages.iter().any(is_uid) {
        let what = "with --no-uidl there are no unique ids: name messages by their numbers";
        return tell::fail(&Failure::usage(what), &args.on.common, env);
    }
    let call = Call { command: Command::Delete, ..Call::on_server(&args.on) };
    call.run(env, |account, cancel, observer| {
        let timeouts = Timeouts::new(MAX_QUESTION, account.access.deadline, cancel);
        let job = DeleteJob {
            account,
            wanted: args.messages.clone(),
            dry_run: args.dry_run,
            no_uidl: args.no_uidl,
        };
        let may_go_on =
            || args.yes || !env.stdin_is_terminal || ask::yes("Delete them?", &timeouts);
        run::delete(&job, &may_go_on, cancel, observer)
    })
}

pub(crate) fn stat(args: &StatArgs, env: &Environment) -> ExitCode {
    Call::on_server(&args.on)
        .run(env, |account, cancel, observer| run::stat(&account, cancel, observer))
}
