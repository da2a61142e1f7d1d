//! Signals: stop, keep what is committed, and die of the signal.

use rustix::process::Signal;

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Faults, Gate, Setup};
use crate::support::store::Kind;

// Fault 57.
#[test]
fn a_signal_ends_a_run_that_waits_for_the_server() {
    let mails = small(6, 1);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        for kind in Kind::ALL {
            let setup = Setup {
                pipelining: false,
                ..Setup::default()
            };
            let mailbox = Mailbox::on(setup, &mails).kept_in(kind);
            let gate = Gate::new();
            mailbox.model.stall_at("RETR 4", &gate);
            let running = mailbox.fetch().args(["--delete"]).start();
            gate.wait_until_reached();
            running.signal(signal);
            let output = running.finish();
            assert_eq!(output.signal(), Some(signal.as_raw()), "{output}");
            gate.open();

            // What is committed is kept, and nothing is deleted without QUIT.
            mailbox.assert_part_stored(&mails[..3]);
            let kept = mailbox.stored().len();
            assert_eq!(mailbox.model.maildrop().len(), 6);
            assert_eq!(mailbox.model.count("QUIT"), 0);

            mailbox.model.behave();
            mailbox.fetch().args(["--delete"]).run_to(0);
            mailbox.assert_stored(&mails);
            assert_eq!(mailbox.model.maildrop().len(), 0);
            assert_eq!(mailbox.model.count("RETR"), 4 + 6 - kept);
        }
    }
}

#[test]
fn a_signal_in_mid_message_leaves_nothing_partial() {
    let mails = small(3, 1);
    for kind in Kind::ALL {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().args(["--dry-run"]).run_to(0);
        let listed = mailbox.model.log().last().expect("lines").sent_before;
        for within in 0..60 {
            let gate = Gate::new();
            mailbox.model.set_faults(Faults {
                stall_at: Some((listed + within * 3, gate.clone())),
                ..Faults::default()
            });
            let running = mailbox.fetch().start();
            gate.wait_until_reached();
            running.signal(Signal::TERM);
            let output = running.finish();
            assert_eq!(output.signal(), Some(15), "{output}");
            gate.open();
            mailbox.assert_part_stored(&mails);
            if mailbox.stored().len() > 1 {
                break;
            }
        }
        mailbox.model.behave();
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn a_signal_before_the_greeting_ends_the_run_as_well() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = Gate::new();
    mailbox.model.set_faults(Faults {
        stall_at: Some((0, gate.clone())),
        ..Faults::default()
    });
    let running = mailbox.fetch().start();
    gate.wait_until_reached();
    running.signal(Signal::INT);
    let output = running.finish();
    assert_eq!(output.signal(), Some(2));
    assert_eq!(
        output.stderr_text(),
        "retr: error: alice@127.0.0.1: interrupted by SIGINT\n"
    );
    gate.open();
}
