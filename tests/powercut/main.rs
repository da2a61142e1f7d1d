//! A real power cut, as far as one machine can have it: ext4 and xfs in image
//! files are cut off from their disk, without a flush of the journal, at the
//! moment the server sees a command. `tests/run` runs these tests; where
//! nothing can be mounted they say so and are skipped.

mod handover;
mod volume;

#[expect(dead_code, reason = "the other test binary uses the rest")]
#[allow(unused_imports, unused_macros, reason = "the same")]
#[path = "../it/support/mod.rs"]
mod support;

use std::fmt::Debug;
use std::fs;
use std::io::Write;
use std::thread;

use support::env::Sandbox;
use support::mail::small;
use support::mailbox::{Mailbox, stored_forms};
use support::model::{Act, Model, Setup};
use support::store::{Kind, assert_same};
use volume::{KINDS, Switch, Volume};

/// What lies on the volume that loses its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// The mail and the state.
    Both,
    /// The mail; the state is on another file system, and keeps everything.
    OnlyMail,
    /// The state; the mail is on another file system, and keeps everything.
    OnlyState,
}

const LAYOUTS: [Layout; 3] = [Layout::Both, Layout::OnlyMail, Layout::OnlyState];

/// When the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The server sees this command, and then serves it.
    At(&'static str),
    /// The server deletes, and its answer to QUIT is lost.
    AtQuitUnanswered,
    /// The program has just ended.
    AtTheEnd,
    /// Whoever is handed messages has just taken this one, and has not said so.
    Taken(usize),
}

const MOMENTS: [Moment; 8] = [
    Moment::At("UIDL"),
    Moment::At("RETR 2"),
    Moment::At("RETR 7"),
    Moment::At("DELE 1"),
    Moment::At("DELE 7"),
    Moment::At("QUIT"),
    Moment::AtQuitUnanswered,
    Moment::AtTheEnd,
];

/// One case: a disk, what is on it, and when its power goes.
#[derive(Clone, Copy, Debug)]
struct Case {
    kind: Kind,
    layout: Layout,
    moment: Moment,
    pipelining: bool,
}

/// Prints the case if the test fails in it.
struct Trying<'a>(&'a dyn Debug);

impl Drop for Trying<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            say(&format!("failed in {:?}", self.0));
        }
    }
}

fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Returns whether power can be cut here; says so if not.
fn can_cut() -> bool {
    match Volume::missing() {
        None => true,
        Some(reason) => {
            say(&format!("skipped: no power cut on this machine: {reason}"));
            false
        }
    }
}

/// Cuts the power when the server sees what it is to be cut at.
fn cut_at(model: &Model, moment: Moment, switch: &Switch) {
    let switch = switch.clone();
    model.on_command(move |line| {
        let is_quit = line.text == "QUIT";
        match moment {
            Moment::At(command) if command == line.text => {
                switch.off();
                Act::Serve
            }
            Moment::AtQuitUnanswered if is_quit => {
                switch.off();
                Act::ServeUnanswered
            }
            _ => Act::Serve,
        }
    });
}

/// Fetches and deletes, with a power cut; then again on what is left.
fn survives(volume: &mut Volume, number: usize, case: Case) {
    let _trying = Trying(&case);
    let mails = small(7, number as u64);
    let setup = Setup::default().pipelining(case.pipelining);
    let mailbox = Mailbox::within(Sandbox::new(), setup, &mails);
    // A folder of the volume that no other case uses.
    let own = volume.root().join(number.to_string());
    let store = match case.layout {
        Layout::OnlyState => mailbox.path("Mail"),
        _ => own.join("Mail"),
    };
    let state = match case.layout {
        Layout::OnlyMail => mailbox.path("state/retr"),
        _ => own.join("state"),
    };
    let fetch = || {
        let fetch = mailbox.command("fetch --delete");
        let fetch = fetch.arg(case.kind.option()).arg(&store);
        fetch.arg("--state-dir").arg(&state)
    };
    fs::create_dir(&own).expect("a folder");
    // The folder itself is not what is tried here.
    volume.restart();

    cut_at(&mailbox.model, case.moment, &volume.switch());
    let output = fetch().run();
    if case.moment == Moment::AtTheEnd {
        assert_eq!(output.code(), Some(0), "{output}");
        assert_eq!(mailbox.model.left(), 0);
        volume.switch().off();
    } else {
        // A success is one only if nothing is missing below.
        assert!(output.signal().is_none(), "{output}");
    }
    volume.restart();

    mailbox.model.behave();
    fetch().run_to(0);
    assert_same(&case.kind.read(&store), &stored_forms(&mails));
    assert_eq!(mailbox.model.left(), 0);
}

fn cut_everywhere(file_system: &str) {
    if !can_cut() {
        return;
    }
    let mut volume = Volume::new(file_system);
    let mut cases = 0;
    for kind in Kind::ALL {
        for layout in LAYOUTS {
            for moment in MOMENTS {
                for pipelining in [true, false] {
                    cases += 1;
                    let case = Case { kind, layout, moment, pipelining };
                    survives(&mut volume, cases, case);
                }
            }
        }
    }
    say(&format!("{file_system}: {cases} power cuts, 0 lost, 0 twice"));
}

// Fault 59.
#[test]
#[ignore = "needs root and loop devices; tests/run powercut runs it"]
fn a_power_cut_on_ext4_loses_and_doubles_nothing() {
    cut_everywhere("ext4");
}

#[test]
#[ignore = "needs root and loop devices; tests/run powercut runs it"]
fn a_power_cut_on_xfs_loses_and_doubles_nothing() {
    cut_everywhere("xfs");
}

#[test]
#[ignore = "needs root and loop devices; tests/run powercut runs it"]
fn a_power_cut_loses_nothing_that_is_handed_on_and_doubles_only_what_is_in_doubt() {
    if can_cut() {
        KINDS.into_iter().for_each(handover::cut_everywhere);
    }
}

/// Else the others would prove nothing.
#[test]
#[ignore = "needs root and loop devices; tests/run powercut runs it"]
fn a_power_cut_takes_what_was_not_synced() {
    if !can_cut() {
        return;
    }
    for kind in KINDS {
        let mut volume = Volume::new(kind);
        let (synced, unsynced) = (volume.root().join("synced"), volume.root().join("unsynced"));
        fs::write(&synced, "kept").expect("written");
        fs::File::open(&synced).and_then(|file| file.sync_all()).expect("synced");
        fs::File::open(volume.root()).and_then(|dir| dir.sync_all()).expect("synced");
        fs::write(&unsynced, "lost").expect("written");
        volume.switch().off();
        volume.restart();
        assert_eq!(fs::read(&synced).expect("kept"), b"kept", "{kind}");
        assert!(!unsynced.exists(), "{kind} kept what was not synced");
    }
}
