//! A run that renews a token is killed at every system call from the answer to
//! the login: the account logs in afterwards, though its issuer takes the old
//! token back as soon as the new one is used.

use crate::strace::{Injection, Times, What, Whose, started};
use crate::support::env::Sandbox;
use crate::support::user::User;

/// What leaves a trace on the disk, at the issuer or at the server.
#[rustfmt::skip]
const TRACES: [&str; 12] = [
    "openat", "write", "ftruncate", "fsync", "fdatasync", "rename", "renameat", "renameat2",
    "unlink", "unlinkat", "sendto", "recvfrom",
];

/// Returns whether the run was killed there. Afterwards a run has to do.
fn is_killed_at(call: &'static str, at: usize) -> bool {
    let user = User::within(Sandbox::in_memory(), "");
    user.issuer.set_lasts(0);
    user.sign_in();
    let injection =
        Injection { call, at, what: What::Kill, times: Times::Once, whose: Whose::Anybodys };
    let [trace, inject] = injection.options();
    let options = ["/dev/null", &trace, &inject];
    let program = started(&user.mailbox.sandbox, &options);
    let output = program.args(["stat", "work"]).run();
    let is_killed = output.code() != Some(0);
    let output = user.typed("stat work").run();
    assert_eq!(output.code(), Some(0), "after {injection}: {output}");
    is_killed
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_of_a_renewal_leaves_an_account_that_logs_in() {
    let mut points = 0;
    for call in TRACES {
        for at in 1.. {
            if !is_killed_at(call, at) {
                break;
            }
            points += 1;
        }
    }
    crate::say(&format!("SIGKILL in a renewal: {points} points, 0 accounts lost"));
    assert!(points > 50, "{points}");
}
