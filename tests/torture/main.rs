//! The program under strace: killed at every system call that leaves a trace,
//! and with every one of them failing. `tests/run` installs strace and runs
//! these tests; without it they are ignored.

mod export;
mod points;
mod restore;
mod strace;
mod tokens;

#[expect(dead_code, reason = "the other test binary uses the rest")]
#[path = "../it/support"]
mod support {
    pub(crate) mod env;
    pub(crate) mod issuer;
    pub(crate) mod mail;
    pub(crate) mod mailbox;
    pub(crate) mod model;
    pub(crate) mod output;
    pub(crate) mod store;
    pub(crate) mod user;
    pub(crate) mod web;
}

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use points::Scenario;
use strace::{Injection, Times, What};
use support::store::Kind;

/// Prints what was tried if the test fails there.
struct Trying<'a>(Scenario, &'a Injection);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let Trying(scenario, injection) = self;
            let text = format!("failed at {scenario:?} {injection}\n");
            let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        }
    }
}

/// How many faults there were, and how many of them stopped the run.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    points: usize,
    stopped: usize,
}

impl Tally {
    /// Runs with each fault, several at once, and recovers from each.
    fn torture(&mut self, scenario: Scenario, faults: Vec<Injection>) {
        self.points += faults.len();
        let stopped = AtomicUsize::new(0);
        let queue = Mutex::new(faults);
        let next = || queue.lock().expect("unpoisoned").pop();
        let workers = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(injection) = next() {
                        let _trying = Trying(scenario, &injection);
                        let hit = usize::from(points::survives(scenario, &injection));
                        stopped.fetch_add(hit, Ordering::Relaxed);
                    }
                });
            }
        });
        self.stopped += stopped.into_inner();
    }

    fn tell(self, what: &str) {
        let Self { points, stopped } = self;
        let text = format!("{what}: {points} points, {stopped} stopped the run, 0 lost, 0 twice\n");
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
    }
}

/// What leaves a trace on the disk or on the server.
const TRACES: &[&str] = &[
    "write",
    "pwrite64",
    "ftruncate",
    "fsync",
    "fdatasync",
    "syncfs",
    "rename",
    "renameat",
    "renameat2",
    "link",
    "linkat",
    "unlink",
    "unlinkat",
    "mkdir",
    "openat",
    "sendto",
];

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_loses_and_doubles_nothing() {
    let mut tally = Tally::default();
    for scenario in Scenario::ALL {
        tally.torture(
            scenario,
            points::faults(scenario, TRACES, What::Kill, Times::Once),
        );
    }
    tally.tell("SIGKILL");
    assert!(
        tally.points > 250 && tally.stopped * 10 > tally.points * 9,
        "{tally:?}"
    );
}

/// More messages than are synced one by one: one call for all of them.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_in_a_larger_batch_loses_and_doubles_nothing() {
    let mut tally = Tally::default();
    for scenario in Scenario::LARGER {
        let traces = ["syncfs", "fsync", "fdatasync", "renameat2", "write"];
        tally.torture(
            scenario,
            points::faults(scenario, &traces, What::Kill, Times::Once),
        );
    }
    tally.tell("SIGKILL in a batch of 7");
    assert!(
        tally.points > 30 && tally.stopped * 10 > tally.points * 9,
        "{tally:?}"
    );
}

/// What can fail for lack of room.
const GROWS: &[&str] = &["write", "fsync", "fdatasync", "mkdir", "openat", "link"];

// Faults 31, 36 and 38.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn an_error_at_any_system_call_loses_and_doubles_nothing() {
    let mut points = 0;
    for (error, traces, times) in [
        ("EIO", TRACES, Times::Once),
        ("EIO", TRACES, Times::FromThenOn),
        ("ENOSPC", GROWS, Times::Once),
        ("ENOSPC", GROWS, Times::FromThenOn),
        ("EROFS", GROWS, Times::FromThenOn),
        ("EDQUOT", &["write", "fdatasync"], Times::Once),
        (
            "EINTR",
            &["write", "fsync", "fdatasync", "sendto"],
            Times::Once,
        ),
        ("EMFILE", &["openat"], Times::Once),
    ] {
        let mut tally = Tally::default();
        for scenario in Scenario::ALL {
            tally.torture(
                scenario,
                points::faults(scenario, traces, What::Error(error), times),
            );
        }
        tally.tell(&format!("{error} {times:?}"));
        points += tally.points;
    }
    assert!(points > 1_000, "{points}");
}

/// A write that takes nothing, and says so.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_write_that_takes_nothing_loses_and_doubles_nothing() {
    let mut tally = Tally::default();
    for scenario in Scenario::ALL {
        tally.torture(
            scenario,
            points::faults(scenario, &["write"], What::Returns(0), Times::Once),
        );
    }
    tally.tell("write answers 0");
    assert!(tally.points > 20, "{tally:?}");
}

/// Every kind of target, out of an mbox.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn no_fault_at_any_system_call_doubles_or_loses_what_is_restored() {
    for (what, traces, times) in [
        (What::Kill, TRACES, Times::Once),
        (What::Error("EIO"), TRACES, Times::Once),
        (What::Error("ENOSPC"), GROWS, Times::FromThenOn),
    ] {
        let mut tally = Tally::default();
        for kind in Kind::ALL {
            for injection in restore::faults(kind, traces, what, times) {
                tally.points += 1;
                tally.stopped += usize::from(restore::survives(kind, &injection));
            }
        }
        tally.tell(&format!("restore, {what:?}"));
        assert!(tally.points > 60 && tally.stopped > 20, "{tally:?}");
    }
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_leaves_no_export_that_looks_finished() {
    let mut tally = Tally::default();
    for form in ["mboxrd", "maildir", "eml", "tar"] {
        for injection in export::faults(form, TRACES) {
            tally.points += 1;
            tally.stopped += usize::from(export::survives(form, &injection));
        }
    }
    tally.tell("export, SIGKILL");
    assert!(tally.points > 60, "{tally:?}");
}
