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

fn recovers_from_a_cut_at_every_octet(kind: Kind) {
    let mails = tiny();
    let length = session_length(kind, &mails);
    assert!((150..1500).contains(&length), "{length} octets");
    for at in 0..length {
        let faults = Faults {
            cut_at: Some(at),
            ..Faults::default()
        };
        recovers(kind, &mails, faults, at);
    }
}

#[test]
fn a_cut_at_any_octet_loses_and_doubles_nothing_in_a_maildir() {
    recovers_from_a_cut_at_every_octet(Kind::Maildir);
}

#[test]
fn a_cut_at_any_octet_loses_and_doubles_nothing_in_an_mbox() {
    recovers_from_a_cut_at_every_octet(Kind::Mbox);
}

#[test]
fn a_reset_loses_and_doubles_nothing() {
    let mails = tiny();
    for kind in Kind::BOTH {
        for at in (0..session_length(kind, &mails)).step_by(29) {
            let faults = Faults {
                reset_at: Some(at),
                ..Faults::default()
            };
            recovers(kind, &mails, faults, at);
        }
    }
}

#[test]
fn a_kill_loses_and_doubles_nothing() {
    let mails = tiny();
    for kind in Kind::BOTH {
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

#[test]
fn what_came_whole_before_a_cut_is_kept() {
    let mails = small(10, 1);
    let mailbox = Mailbox::on(terse(), &mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 8" => Act::SayAndClose(b"+OK\r\nSubject: half\r\n".into()),
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(75);
    mailbox.assert_stored(&mails[..7]);
    mailbox.model.behave();
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    let second = mailbox.model.log().last().expect("lines").session;
    let again = mailbox
        .model
        .log()
        .into_iter()
        .filter(|line| line.session == second && line.text.starts_with("RETR"));
    assert_eq!(again.count(), 3);
}

#[test]
fn an_error_within_a_message_is_text_and_the_end_behind_it_a_loss() {
    let mails = small(1, 1);
    let mailbox = Mailbox::on(terse(), &mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 1" => Act::SayAndClose(b"+OK\r\nSubject: x\r\n\r\n-ERR boom\r\n".into()),
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(75);
    mailbox.assert_stored(&[]);
}

#[test]
fn a_cut_with_several_commands_outstanding_is_tried_again_one_by_one() {
    let mails = small(30, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 3" if line.session == 1 => Act::Close,
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.session_count(), 2);
}

#[test]
fn a_message_that_cannot_be_had_does_not_hold_up_the_others() {
    for pipelining in [true, false] {
        let mails = small(5, 1);
        let setup = Setup {
            pipelining,
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        mailbox.model.on_command(|line| match line.text.as_str() {
            "RETR 2" => Act::say("-ERR gone"),
            _ => Act::Serve,
        });
        let output = mailbox.fetch_json().args(["--delete"]).run_to(76);
        let failed = output.event("failed");
        assert_eq!(failed["number"], 2);
        assert_eq!(failed["uid"], "uid00001");
        let rest: Vec<Mail> = [0, 2, 3, 4].map(|at: usize| mails[at].clone()).into();
        mailbox.assert_stored(&rest);
        assert_eq!(mailbox.model.maildrop().len(), 1);

        mailbox.model.behave();
        mailbox.fetch().args(["--delete"]).run_to(0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.maildrop().len(), 0);
    }
}

#[test]
fn deletions_that_are_not_confirmed_are_made_up_for() {
    let refusal = || Act::say("-ERR some deleted messages not removed");
    let acts: [fn() -> Act; 3] = [refusal, || Act::Close, || Act::ServeUnanswered];
    for act in acts {
        let mails = small(3, 1);
        let mailbox = Mailbox::with(&mails);
        mailbox
            .model
            .on_command(move |line| match line.text.as_str() {
                "QUIT" => act(),
                _ => Act::Serve,
            });
        let output = mailbox.fetch_json().args(["--delete"]).run_to(75);
        assert_eq!(output.events_of("deleted").len(), 0, "{output}");
        mailbox.assert_stored(&mails);
        mailbox.model.behave();
        mailbox.fetch().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 0);
        assert_eq!(mailbox.model.count("RETR"), 3);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn a_quit_without_an_answer_matters_only_when_something_was_deleted() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "QUIT" => Act::Close,
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn a_refused_deletion_leaves_the_message_for_the_next_run() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "DELE 2" => Act::say("-ERR no"),
        _ => Act::Serve,
    });
    mailbox.fetch().args(["--delete"]).run_to(76);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.maildrop().len(), 1);
    mailbox.model.behave();
    mailbox.fetch().args(["--delete"]).run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.maildrop().len(), 0);
}

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
fn a_listing_that_breaks_off_fetches_and_forgets_nothing() {
    let mails = small(25, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "UIDL" => Act::SayAndClose(b"+OK\r\n1 unheard-of\r\n".into()),
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(75);
    mailbox.model.behave();
    mailbox.fetch().run_to(0);
    assert_eq!(mailbox.model.count("RETR"), 25);
    mailbox.assert_stored(&mails);
}

#[test]
fn a_server_that_hangs_up_on_capa_is_asked_once() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.model.on_command(|line| match line.text.as_str() {
        "CAPA" => Act::Close,
        _ => Act::Serve,
    });
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.session_count(), 2);
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

#[test]
fn overlapping_runs_store_everything_once() {
    let mails = small(40, 1);
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let gate = Gate::new();
        let stalled = gate.clone();
        mailbox
            .model
            .on_command(move |line| match line.text.as_str() {
                "RETR 20" => Act::Stall(stalled.clone()),
                _ => Act::Serve,
            });
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
