//! A real power cut, as far as one machine can have it: ext4 and xfs in image
//! files are cut off from their disk, without a flush of the journal, at the
//! moment the server sees a command. `tests/run` runs these tests; where
//! nothing can be mounted they say so and are skipped.

mod handover;
mod volume;

#[expect(dead_code, reason = "the other test binary uses the rest")]
#[path = "../it/support"]
mod support {
    pub(crate) mod agent;
    pub(crate) mod env;
    pub(crate) mod lmtp;
    pub(crate) mod mail;
    pub(crate) mod mailbox;
    pub(crate) mod model;
    pub(crate) mod output;
    pub(crate) mod store;
}

use std::fmt::Debug;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::thread;

use support::env::{Program, Sandbox};
use support::mail::{Mail, small};
use support::mailbox::Mailbox;
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

/// A user whose mail or state is on a volume.
struct User<'v> {
    mailbox: Mailbox,
    volume: &'v mut Volume,
    case: Case,
    /// A folder of the volume that no other case uses.
    own: String,
}

impl User<'_> {
    fn store(&self) -> PathBuf {
        match self.case.layout {
            Layout::OnlyState => self.mailbox.sandbox.path("Mail"),
            _ => self.volume.root().join(&self.own).join("Mail"),
        }
    }

    fn state(&self) -> PathBuf {
        match self.case.layout {
            Layout::OnlyMail => self.mailbox.sandbox.path("state/retr"),
            _ => self.volume.root().join(&self.own).join("state"),
        }
    }

    fn fetch(&self) -> Program {
        let target = self.case.kind.option();
        self.mailbox
            .command("fetch")
            .args([Path::new(target), &self.store()])
            .args([Path::new("--state-dir"), &self.state()])
            .args(["--delete"])
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
    let user = User {
        mailbox: Mailbox::within(Sandbox::new(), setup, &mails),
        own: number.to_string(),
        volume,
        case,
    };
    fs::create_dir(user.volume.root().join(&user.own)).expect("a folder");
    // The folder itself is not what is tried here.
    user.volume.restart();

    cut_at(&user.mailbox.model, case.moment, &user.volume.switch());
    let output = user.fetch().run();
    match case.moment {
        Moment::AtTheEnd => {
            assert_eq!(output.code(), Some(0), "{output}");
            assert_eq!(user.mailbox.model.left(), 0);
            user.volume.switch().off();
        }
        // A success is one only if nothing is missing below.
        _ => assert!(output.signal().is_none(), "{output}"),
    }
    user.volume.restart();

    user.mailbox.model.behave();
    user.fetch().run_to(0);
    let expected = support::store::sorted(mails.iter().map(|mail: &Mail| mail.stored.clone()));
    assert_same(&case.kind.read(&user.store()), &expected);
    assert_eq!(user.mailbox.model.left(), 0);
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
                    let case = Case {
                        kind,
                        layout,
                        moment,
                        pipelining,
                    };
                    survives(&mut volume, cases, case);
                }
            }
        }
    }
    say(&format!(
        "{file_system}: {cases} power cuts, 0 lost, 0 twice"
    ));
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
        fs::File::open(&synced)
            .and_then(|file| file.sync_all())
            .expect("synced");
        fs::File::open(volume.root())
            .and_then(|dir| dir.sync_all())
            .expect("synced");
        fs::write(&unsynced, "lost").expect("written");
        volume.switch().off();
        volume.restart();
        assert_eq!(fs::read(&synced).expect("kept"), b"kept", "{kind}");
        assert!(!unsynced.exists(), "{kind} kept what was not synced");
    }
}
