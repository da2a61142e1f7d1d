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
#[allow(unused_imports, unused_macros, reason = "the same")]
#[path = "../it/support/mod.rs"]
mod support;

use std::fmt::Debug;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use points::Scenario;
use strace::Injection;
use strace::Times::{self, FromThenOn, Once};
use strace::What::{self, Error, Kill, Returns};
use support::store::Kind;

/// Not by the macro, whose lines only a failed test shows.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What is done under a fault.
trait Scene: Copy + Debug + Sync {
    /// Every point at which one of these calls is made.
    fn faults(self, calls: &[&'static str], what: What, times: Times) -> Vec<Injection>;

    /// Does it with a fault, then without, and checks what is there. Returns
    /// whether the fault stopped it.
    fn survives(self, injection: &Injection) -> bool;
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
#[derive(Clone, Copy, Debug)]
struct Tally {
    points: usize,
    stopped: usize,
}

impl Tally {
    /// Fails unless so much was tried, and most of it stopped the run: calls that
    /// wait for others are not made as often in every run.
    #[track_caller]
    fn assert_kills(self, points: usize) {
        let most = self.stopped * 4 > self.points * 3;
        assert!(self.points > points && most, "{self:?}");
    }
}

/// Runs each scene with each fault, several at once, and recovers from each.
fn torture<S: Scene>(
    title: &str,
    scenes: &[S],
    calls: &[&'static str],
    what: What,
    times: Times,
) -> Tally {
    let (mut points, stopped) = (0, AtomicUsize::new(0));
    for &scene in scenes {
        let faults = scene.faults(calls, what, times);
        points += faults.len();
        let queue = Mutex::new(faults);
        let next = || queue.lock().expect("unpoisoned").pop();
        let workers = thread::available_parallelism().map_or(2, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(|| {
                    while let Some(injection) = next() {
                        let _trying = Trying(&scene, &injection);
                        let hit = usize::from(scene.survives(&injection));
                        stopped.fetch_add(hit, Ordering::Relaxed);
                    }
                });
            }
        });
    }
    let stopped = stopped.into_inner();
    say(&format!(
        "{title}, {what:?} {times:?}: {points} points, {stopped} stopped the run, 0 lost, 0 twice"
    ));
    Tally { points, stopped }
}

/// What leaves a trace on the disk or on the server.
#[rustfmt::skip]
const TRACES: &[&str] = &[
    "write", "pwrite64", "ftruncate", "fsync", "fdatasync", "syncfs", "rename", "renameat",
    "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "openat", "sendto",
];

/// What can fail for lack of room.
const GROWS: &[&str] = &["write", "fsync", "fdatasync", "mkdir", "openat", "link"];

/// What goes to a command or comes from an LMTP server, besides. Not `close`:
/// one that fails has closed all the same, and strace keeps it from that.
#[rustfmt::skip]
const HANDS: &[&str] = &[
    "clone", "clone3", "vfork", "wait4", "waitid", "pidfd_open", "pipe2", "ioctl", "fcntl",
    "memfd_create", "connect", "recvfrom",
];

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_loses_and_doubles_nothing() {
    let scenes = Scenario::ALL.concat();
    torture("fetch", &scenes, TRACES, Kill, Once).assert_kills(250);
}

/// More messages than are synced one by one: one call for all of them.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_in_a_larger_batch_loses_and_doubles_nothing() {
    let (scenes, calls) =
        (Scenario::LARGER, ["syncfs", "fsync", "fdatasync", "renameat2", "write"]);
    torture("a batch of 7", &scenes, &calls, Kill, Once).assert_kills(30);
}

/// And a write that takes nothing, and says so.
// Faults 31, 36 and 38.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn an_error_at_any_system_call_loses_and_doubles_nothing() {
    let mut points = 0;
    for (what, calls, times) in [
        (Error("EIO"), TRACES, Once),
        (Error("EIO"), TRACES, FromThenOn),
        (Error("ENOSPC"), GROWS, Once),
        (Error("ENOSPC"), GROWS, FromThenOn),
        (Error("EROFS"), GROWS, FromThenOn),
        (Error("EDQUOT"), &["write", "fdatasync"], Once),
        (Error("EINTR"), &["write", "fsync", "fdatasync", "sendto"], Once),
        (Error("EMFILE"), &["openat"], Once),
        (Returns(0), &["write"], Once),
    ] {
        let tally = torture("fetch", &Scenario::ALL.concat(), calls, what, times);
        let is_write = what == Returns(0);
        assert!(!is_write || tally.points > 20, "{tally:?}");
        points += tally.points;
    }
    assert!(points > 1_000, "{points}");
}

/// Every kind of target, out of an mbox.
#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn no_fault_at_any_system_call_doubles_or_loses_what_is_restored() {
    for (what, calls, times) in
        [(Kill, TRACES, Once), (Error("EIO"), TRACES, Once), (Error("ENOSPC"), GROWS, FromThenOn)]
    {
        let scenes = Kind::ALL.map(restore::Restore);
        let tally = torture("restore", &scenes, calls, what, times);
        assert!(tally.points > 60 && tally.stopped > 20, "{tally:?}");
    }
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_loses_nothing_and_doubles_only_what_is_in_doubt() {
    let (scenes, calls) = (handover::Scenario::ALL, [TRACES, HANDS].concat());
    let tally = torture("handing on", &scenes, &calls, Kill, Once);
    handover::tell_doubts();
    tally.assert_kills(250);
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn an_error_at_any_system_call_loses_nothing_and_doubles_only_what_is_in_doubt() {
    let mut points = 0;
    for (error, calls, times) in [
        ("EIO", TRACES, Once),
        ("EIO", TRACES, FromThenOn),
        ("EIO", HANDS, Once),
        ("ENOSPC", GROWS, FromThenOn),
        ("EINTR", &["write", "fsync", "sendto", "recvfrom", "wait4"], Once),
        ("EMFILE", &["openat", "pipe2", "pidfd_open", "memfd_create"], Once),
        ("EAGAIN", &["clone", "clone3", "vfork"], FromThenOn),
    ] {
        let scenes = handover::Scenario::ALL;
        points += torture("handing on", &scenes, calls, Error(error), times).points;
    }
    handover::tell_doubts();
    assert!(points > 1_000, "{points}");
}

#[test]
#[ignore = "needs strace; tests/run torture runs it"]
fn a_kill_at_any_system_call_leaves_no_export_that_looks_finished() {
    let scenes = ["mboxrd", "maildir", "eml", "tar"].map(export::Export);
    let tally = torture("export", &scenes, TRACES, Kill, Once);
    assert!(tally.points > 60, "{tally:?}");
}
