//! Networks and servers that break off: nothing partial, nothing lost, never
//! a success that is none, and afterwards every message exactly once.

use rustix::process::Signal;

use crate::support::env::Sandbox;
use crate::support::mail::{Kind as MailKind, Mail, make, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Faults, Setup};
use crate::support::store::Kind;

fn tiny() -> [Mail; 2] {
    ["A: 1\r\n\r\n.x\r\n.\r\n", "A: 2\r\n\r\nFrom y\r\n"].map(Mail::new)
}

/// On a server of few words, so that a whole session is some hundred octets.
fn mailbox(kind: Kind) -> Mailbox {
    let terse = Setup::default().greeting("+OK").mechanisms(&[]);
    let terse = terse.capa(false).pipelining(false);
    Mailbox::within(Sandbox::in_memory(), terse, &tiny()).kept_in(kind)
}

/// Octets the server sends in a whole session with deletion.
fn session_length(kind: Kind) -> u64 {
    let mailbox = mailbox(kind);
    mailbox.fetch().args(["--delete"]).run_to(0);
    let lines = mailbox.model.lines();
    assert_eq!(lines.last().map(String::as_str), Some("QUIT"));
    mailbox.model.sent_before_end() + "+OK\r\n".len() as u64
}

/// Fetches and deletes without a fault, after one.
fn recovers(mailbox: &Mailbox, at: u64) {
    mailbox.assert_part_stored(&tiny());
    mailbox.model.behave();
    let output = mailbox.fetch().args(["--delete"]).run();
    assert_eq!(output.code(), Some(0), "after octet {at}\n{output}");
    mailbox.assert_stored(&tiny());
    assert_eq!(mailbox.model.left(), 0, "after octet {at}");
}

/// The same after the faults that come at an octet.
fn survives(kind: Kind, faults: Faults, at: u64) {
    let mailbox = mailbox(kind);
    mailbox.model.set_faults(faults);
    let output = mailbox.fetch().args(["--delete"]).run();
    let (stored, left) = (mailbox.stored().len(), mailbox.model.left());
    // Another connection is made once; if it had less to bring than came
    // before the fault, all is done.
    let is_done = stored == 2 && left == 0;
    let is_told = output.code() == Some(75) || output.code() == Some(0) && is_done;
    assert!(is_told, "broken off at octet {at}\n{output}");
    assert!(stored + left >= 2, "lost mail, broken off at octet {at}");
    recovers(&mailbox, at);
}

/// The program as a whole, in each answer of a session at least once; every
/// octet is cut in `run::tests::cuts`.
// Case 15, Q32, faults 3, 4, 6 and 9.
#[test]
fn a_cut_loses_and_doubles_nothing_in_a_maildir() {
    let length = session_length(Kind::Maildir);
    assert!((150..1500).contains(&length), "{length} octets");
    for at in (0..length).step_by("+OK\r\n".len()) {
        survives(Kind::Maildir, Faults::cut(at), at);
    }
}

#[test]
fn a_reset_loses_and_doubles_nothing() {
    for kind in Kind::ALL {
        for at in (0..session_length(kind)).step_by(29) {
            survives(kind, Faults::reset(at), at);
        }
    }
}

// Case 86, fault 58.
#[test]
fn a_kill_loses_and_doubles_nothing() {
    for kind in Kind::ALL {
        for at in (0..session_length(kind)).step_by(13) {
            let mailbox = mailbox(kind);
            let gate = mailbox.model.gate_behind(at);
            let running = mailbox.fetch().args(["--delete"]).start();
            gate.wait_until_reached();
            running.dies_of(Signal::KILL);
            gate.open();
            recovers(&mailbox, at);
        }
    }
}

// Cases 87 and 88, Q40, fault 53.
#[test]
fn a_failure_on_this_side_deletes_nothing() {
    // Nothing can be appended to a device that is always full; what the
    // program says of an mbox that is no file may differ, what it must not
    // do is delete.
    let mailbox = Mailbox::with(&small(3, 1));
    let output = mailbox.command("fetch --mbox /dev/full --delete").run();
    assert!(matches!(output.code(), Some(73 | 74 | 78)), "{output}");
    assert_eq!(mailbox.model.count("DELE"), 0);
    assert_eq!(mailbox.model.left(), 3);
}

#[test]
fn endless_text_where_a_line_is_due_is_not_kept() {
    let mailbox = Mailbox::with(&small(1, 1));
    let endless = Act::SayAndClose(vec![b'x'; 8 << 20]);
    mailbox.model.at("UIDL", endless);
    mailbox.fetch().run_to(76);
    mailbox.assert_stored(&[]);
}

// Q28.
#[test]
fn a_line_without_an_end_streams_through() {
    let mut wire = b"Subject: long\r\n\r\n".to_vec();
    wire.resize(wire.len() + (24 << 20), b'x');
    wire.extend_from_slice(b"\r\n.\r\n");
    let mails = [Mail::new(wire), make(MailKind::Plain, 1)];
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}

// Case 96.
#[test]
fn overlapping_runs_store_everything_once() {
    let mails = small(40, 1);
    for kind in Kind::ALL {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let gate = mailbox.model.gate_at("RETR 20");
        let first = mailbox.fetch().start();
        gate.wait_until_reached();
        mailbox.fetch().run_to(75);
        gate.open();
        first.ends_with(0);
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}
