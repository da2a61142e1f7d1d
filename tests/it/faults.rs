//! Networks and servers that break off: nothing partial, nothing lost, never
//! a success that is none, and afterwards every message exactly once.

use rustix::process::Signal;

use crate::support::env::Sandbox;
use crate::support::mail::{Kind as MailKind, Mail, make, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Faults, Gate, Setup};
use crate::support::store::Kind;

/// A server of few words, so that a whole session is some hundred octets.
fn terse() -> Setup {
    Setup {
        greeting: "+OK",
        capa: false,
        pipelining: false,
        mechanisms: &[],
        ..Setup::default()
    }
}

fn tiny() -> Vec<Mail> {
    vec![
        Mail::new("A: 1\r\n\r\n.x\r\n.\r\n"),
        Mail::new("A: 2\r\n\r\nFrom y\r\n"),
    ]
}

fn mailbox(kind: Kind, mails: &[Mail]) -> Mailbox {
    Mailbox::within(Sandbox::in_memory(), terse(), mails).kept_in(kind)
}

/// Octets the server sends in a whole session with deletion.
fn session_length(kind: Kind, mails: &[Mail]) -> u64 {
    let mailbox = mailbox(kind, mails);
    mailbox.fetch().args(["--delete"]).run_to(0);
    let log = mailbox.model.log();
    let quit = log.last().expect("lines");
    assert_eq!(quit.text, "QUIT");
    quit.sent_before + "+OK\r\n".len() as u64
}

/// Fetches and deletes with a fault in the way, then without.
fn recovers(kind: Kind, mails: &[Mail], faults: Faults, at: u64) {
    let mailbox = mailbox(kind, mails);
    mailbox.model.set_faults(faults);
    let output = mailbox.fetch().args(["--delete"]).run();
    mailbox.assert_part_stored(mails);
    // Another connection is made once; if it had less to bring than came
    // before the fault, all is done.
    let is_done = mailbox.stored().len() == mails.len() && mailbox.model.maildrop().len() == 0;
    let code = if output.code() == Some(0) && is_done {
        0
    } else {
        75
    };
    assert_eq!(
        output.code(),
        Some(code),
        "broken off at octet {at}\n{output}"
    );
    let kept = mailbox.stored().len() + mailbox.model.maildrop().len();
    assert!(kept >= mails.len(), "lost mail, broken off at octet {at}");

    mailbox.model.behave();
    let output = mailbox.fetch().args(["--delete"]).run();
    assert_eq!(output.code(), Some(0), "after octet {at}\n{output}");
    mailbox.assert_stored(mails);
    assert_eq!(mailbox.model.maildrop().len(), 0, "after octet {at}");
}

/// The program as a whole, in each answer of a session at least once; every
/// octet is cut in `run::tests::cuts`.
// Case 15, Q32, faults 3, 4, 6 and 9.
#[test]
fn a_cut_loses_and_doubles_nothing_in_a_maildir() {
    let (kind, mails) = (Kind::Maildir, tiny());
    let length = session_length(kind, &mails);
    assert!((150..1500).contains(&length), "{length} octets");
    for at in (0..length).step_by("+OK\r\n".len()) {
        let faults = Faults {
            cut_at: Some(at),
            ..Faults::default()
        };
        recovers(kind, &mails, faults, at);
    }
}

#[test]
fn a_reset_loses_and_doubles_nothing() {
    let mails = tiny();
    for kind in Kind::ALL {
        for at in (0..session_length(kind, &mails)).step_by(29) {
            let faults = Faults {
                reset_at: Some(at),
                ..Faults::default()
            };
            recovers(kind, &mails, faults, at);
        }
    }
}

// Case 86, fault 58.
#[test]
fn a_kill_loses_and_doubles_nothing() {
    let mails = tiny();
    for kind in Kind::ALL {
        for at in (0..session_length(kind, &mails)).step_by(13) {
            let mailbox = mailbox(kind, &mails);
            let gate = Gate::new();
            mailbox.model.set_faults(Faults {
                stall_at: Some((at, gate.clone())),
                ..Faults::default()
            });
            let running = mailbox.fetch().args(["--delete"]).start();
            gate.wait_until_reached();
            running.signal(Signal::KILL);
            let output = running.finish();
            assert_eq!(output.signal(), Some(9), "{output}");
            gate.open();
            mailbox.assert_part_stored(&mails);

            mailbox.model.behave();
            mailbox.fetch().args(["--delete"]).run_to(0);
            mailbox.assert_stored(&mails);
            assert_eq!(mailbox.model.maildrop().len(), 0);
        }
    }
}

// Cases 87 and 88, Q40, fault 53.
#[test]
fn a_failure_on_this_side_deletes_nothing() {
    // Nothing can be appended to a device that is always full; what the
    // program says of an mbox that is no file may differ, what it must not
    // do is delete.
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let output = mailbox
        .command("fetch")
        .args(["--mbox", "/dev/full", "--delete"])
        .run();
    assert!(matches!(output.code(), Some(73 | 74 | 78)), "{output}");
    assert_eq!(mailbox.model.count("DELE"), 0);
    assert_eq!(mailbox.model.maildrop().len(), 3);
}

#[test]
fn endless_text_where_a_line_is_due_is_not_kept() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "UIDL" => Act::SayAndClose(vec![b'x'; 8 << 20]),
        _ => Act::Serve,
    });
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
        let gate = Gate::new();
        mailbox.model.stall_at("RETR 20", &gate);
        let first = mailbox.fetch().start();
        gate.wait_until_reached();
        mailbox.fetch().run_to(75);
        gate.open();
        let output = first.finish();
        assert_eq!(output.code(), Some(0), "{output}");
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}
