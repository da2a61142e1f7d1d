//! The program under strace: killed at every system call that leaves a trace,
//! and with every one of them failing. `tests/run` installs strace and runs
//! these tests; without it they are ignored.

mod export;
mod handover;
mod points;
mod restore;
mod strace;
mod tokens;

#[expect(dead_code, reason = "the other test binary uses the rest")]
#[path = "../it/support"]
mod support {
    pub(crate) mod agent;
    pub(crate) mod env;
    pub(crate) mod issuer;
    pub(crate) mod lmtp;
    pub(crate) mod mail;
    pub(crate) mod mailbox;
    pub(crate) mod model;
    pub(crate) mod output;
    pub(crate) mod store;
    pub(crate) mod user;
    pub(crate) mod web;
}

use std::fmt::Debug;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use points::Scenario;
use strace::{Injection, Times, What};
use support::store::Kind;

/// Not by the macro, whose lines only a failed test shows.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints what was tried if the test fails there.
struct Trying<'a>(&'a dyn Debug, &'a Injection);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let Trying(scenario, injection) = self;
            say(&format!("failed at {scenario:?} {injection}"));
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
    fn torture<S: Copy + Debug + Sync>(
        &mut self,
        scenario: S,
        faults: Vec<Injection>,
        survives: fn(S, &Injection) -> bool,
    ) {
        self.points += faults.len();
        let stopped = AtomicUsize::new(0);
        let queue = Mutex::new(faults);
        let next = || queue.lock().expect("unpoisoned").pop();
        let workers = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(injection) = next() {
                        let _trying = Trying(&scenario, &injection);
                        let hit = usize::from(survives(scenario, &injection));
                        stopped.fetch_add(hit, Ordering::Relaxed);
                    }
                });
            }
        });
        self.stopped += stopped.into_inner();
    }

    fn tell(self, what: &str) {
        let Self { points, stopped } = self;
        say(&format!(
            "{what}: {points} points, {stopped} stopped the run, 0 lost, 0 twice"
        ));
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
        let faults = points::faults(scenario, TRACES, What::Kill, Times::Once);
        tally.torture(scenario, faults, points::survives);
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
        let faults = points::faults(scenario, &traces, What::Kill, Times::Once);
        tally.torture(scenario, faults, points::survives);
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
            let faults = points::faults(scenario, traces, What::Error(error), times);
            tally.torture(scenario, faults, points::survives);
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
        let faults = points::faults(scenario, &["write"], What::Returns(0), Times::Once);
        tally.torture(scenario, faults, points::survives);
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

/// What goes to a command or comes from an LMTP server, besides. Not `close`:
/// one that fails has closed all the same, and strace keeps it from that.
const HANDS: &[&str] = &[
    "clone",
    "clone3",
    "vfork",
    "wait4",
    "waitid",
    "pidfd_open",
    "pipe2",
    "ioctl",
    "fcntl",
    "memfd_create",
    "connect",
    "recvfrom",
];

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_loses_nothing_and_doubles_only_what_is_in_doubt() {
    let mut tally = Tally::default();
    for scenario in handover::Scenario::ALL {
        for traces in [TRACES, HANDS] {
            let faults = handover::faults(scenario, traces, What::Kill, Times::Once);
            tally.torture(scenario, faults, handover::survives);
        }
    }
    tally.tell("handing on, SIGKILL");
    handover::tell_doubts();
    assert!(
        tally.points > 250 && tally.stopped * 10 > tally.points * 9,
        "{tally:?}"
    );
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn an_error_at_any_system_call_loses_nothing_and_doubles_only_what_is_in_doubt() {
    let mut points = 0;
    for (error, traces, times) in [
        ("EIO", TRACES, Times::Once),
        ("EIO", TRACES, Times::FromThenOn),
        ("EIO", HANDS, Times::Once),
        ("ENOSPC", GROWS, Times::FromThenOn),
        (
            "EINTR",
            &["write", "fsync", "sendto", "recvfrom", "wait4"],
            Times::Once,
        ),
        (
            "EMFILE",
            &["openat", "pipe2", "pidfd_open", "memfd_create"],
            Times::Once,
        ),
        ("EAGAIN", &["clone", "clone3", "vfork"], Times::FromThenOn),
    ] {
        let mut tally = Tally::default();
        for scenario in handover::Scenario::ALL {
            let faults = handover::faults(scenario, traces, What::Error(error), times);
            tally.torture(scenario, faults, handover::survives);
        }
        tally.tell(&format!("handing on, {error} {times:?}"));
        points += tally.points;
    }
    handover::tell_doubts();
    assert!(points > 1_000, "{points}");
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
