//! `restore` under strace.

use std::fs;

use crate::points::of_main;
use crate::strace::{Injection, Times, What};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::store::{self, Kind};

/// A sandbox with an mbox to restore from, and what is in it.
fn sandbox() -> (Sandbox, Vec<Vec<u8>>) {
    let sandbox = Sandbox::in_memory();
    let mut mails: Vec<Vec<u8>> = small(3, 1).into_iter().map(|mail| mail.stored).collect();
    mails.push(mails[0].clone());
    let mut mbox = Vec::new();
    for mail in &mails {
        mbox.extend_from_slice(b"From a Thu Jan  1 00:00:00 1970\n");
        for line in mail.split_inclusive(|byte| *byte == b'\n') {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            if line[marks..].starts_with(b"From ") {
                mbox.push(b'>');
            }
            mbox.extend_from_slice(line);
        }
        mbox.push(b'\n');
    }
    fs::write(sandbox.path("source"), mbox).expect("written");
    mails.sort();
    (sandbox, mails)
}

fn restore(sandbox: &Sandbox, starter: &[&str], kind: Kind) -> Program {
    let program = env!("CARGO_BIN_EXE_retr");
    let words = [
        starter,
        &[program, "restore", "source", kind.option(), "Mail"],
    ]
    .concat();
    sandbox.command(words[0]).args(&words[1..])
}

/// Every point of a restore at which one of these calls is made.
pub(crate) fn faults(
    kind: Kind,
    calls: &[&'static str],
    what: What,
    times: Times,
) -> Vec<Injection> {
    let (sandbox, _) = sandbox();
    of_main(&sandbox, calls, what, times, |starter| {
        restore(&sandbox, starter, kind).run_to(0);
    })
}

/// Restores with a fault, then without: everything is there once. Returns
/// whether the fault stopped the run.
pub(crate) fn survives(kind: Kind, injection: &Injection) -> bool {
    let (sandbox, mut mails) = sandbox();
    if kind == Kind::Archive {
        mails.dedup();
    }
    let target = sandbox.path("Mail");
    let [trace, inject] = injection.options();
    let starter = ["strace", "-f", "-qq", "-o", "/dev/null", &trace, &inject];
    let output = restore(&sandbox, &starter, kind).run();
    let stopped = output.code() != Some(0);
    if !stopped {
        store::assert_same(&kind.read(&target), &mails);
    }
    restore(&sandbox, &[], kind).run_to(0);
    store::assert_same(&kind.read(&target), &mails);
    restore(&sandbox, &[], kind).run_to(0);
    store::assert_same(&kind.read(&target), &mails);
    stopped
}
