//! `export` under strace.

use crate::points::of_main;
use crate::strace::{Injection, Times, What};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::store::{self, Kind};

/// A mailbox that was fetched.
fn fetched() -> Mailbox {
    let setup = Setup {
        mechanisms: &[],
        ..Setup::default()
    };
    let mailbox = Mailbox::within(Sandbox::in_memory(), setup, &small(3, 1));
    mailbox.fetch().run_to(0);
    mailbox
}

fn export(mailbox: &Mailbox, starter: &[&str], form: &str) -> Program {
    let program = env!("CARGO_BIN_EXE_retr");
    let words = [starter, &[program, "export"]].concat();
    let export = mailbox.sandbox.command(words[0]).args(&words[1..]);
    let export = export.arg(mailbox.url()).args(mailbox.target());
    export.args(["--to", form, "out"])
}

/// Every point of an export at which one of these calls is made.
pub(crate) fn faults(form: &str, calls: &[&'static str]) -> Vec<Injection> {
    let mailbox = fetched();
    of_main(
        &mailbox.sandbox,
        calls,
        What::Kill,
        Times::Once,
        |starter| {
            export(&mailbox, starter, form).run_to(0);
        },
    )
}

/// Exports until it is killed: there is all of it or nothing, and the next run
/// makes the rest. Returns whether it was killed.
pub(crate) fn survives(form: &str, injection: &Injection) -> bool {
    let mailbox = fetched();
    let out = mailbox.sandbox.path("out");
    let [trace, inject] = injection.options();
    let starter = ["strace", "-f", "-qq", "-o", "/dev/null", &trace, &inject];
    let stopped = export(&mailbox, &starter, form).run().signal() == Some(9);
    if !out.exists() {
        export(&mailbox, &[], form).run_to(0);
    }
    let restore = mailbox
        .sandbox
        .retr(["restore", "out", "--maildir", "Back"]);
    restore.run_to(0);
    let back = Kind::Maildir.read(&mailbox.sandbox.path("Back"));
    store::assert_same(&back, &mailbox.stored());
    stopped
}
