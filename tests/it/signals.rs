//! Signals: stop, keep what is committed, and die of the signal.

use rustix::process::Signal;

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::store::Kind;

// Fault 57.
#[test]
fn a_signal_ends_a_run_that_waits_for_the_server() {
    let mails = small(6, 1);
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        for kind in Kind::ALL {
            let setup = Setup::default().pipelining(false);
            let mailbox = Mailbox::on(setup, &mails).kept_in(kind);
            let gate = mailbox.model.gate_at("RETR 4");
            let running = mailbox.fetch().args(["--delete"]).start();
            gate.wait_until_reached();
            running.dies_of(signal);
            gate.open();

            // What is committed is kept, and nothing is deleted without QUIT.
            mailbox.assert_part_stored(&mails[..3]);
            let kept = mailbox.stored().len();
            assert_eq!(mailbox.model.left(), 6);
            assert_eq!(mailbox.model.count("QUIT"), 0);

            mailbox.model.behave();
            mailbox.fetch().args(["--delete"]).run_to(0);
            mailbox.assert_stored(&mails);
            assert_eq!(mailbox.model.left(), 0);
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
        let listed = mailbox.model.sent_before_end();
        for within in 0..60 {
            let gate = mailbox.model.gate_behind(listed + within * 3);
            let running = mailbox.fetch().start();
            gate.wait_until_reached();
            running.dies_of(Signal::TERM);
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
    let gate = mailbox.model.gate_behind(0);
    let running = mailbox.fetch().start();
    gate.wait_until_reached();
    let told = running.dies_of(Signal::INT).stderr_text();
    let expected = "retr: error: alice@127.0.0.1: interrupted by SIGINT\n";
    assert_eq!(told, expected);
    gate.open();
}
