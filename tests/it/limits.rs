//! Surroundings that give a program little, and servers that give too much.

use rustix::process::Signal;

use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Act;
use crate::support::store::Kind;

/// A fetch that a shell starts, after what it does first.
fn fetch_after(mailbox: &Mailbox, first: &str) -> Program {
    let script = format!("{first} exec \"$0\" \"$@\"");
    let shell = mailbox.sandbox.command("sh").args(["-c", &script]);
    let program = shell.args([env!("CARGO_BIN_EXE_retr"), "fetch"]);
    mailbox.connecting(program).args(mailbox.target())
}

/// Little room for files, memory and stack is enough; and where its standard
/// files are closed, no file of the program's becomes its standard output.
// Faults 62 and 110.
#[test]
fn standard_files_that_are_closed_and_little_room_change_nothing() {
    let mails = small(100, 1);
    for first in ["exec <&- >&- 2>&-;", "ulimit -n 16; ulimit -s 1024; ulimit -v 100000;"] {
        for kind in Kind::ALL {
            let mailbox = Mailbox::with(&mails).kept_in(kind);
            let fetch = fetch_after(&mailbox, first);
            fetch.args(["--json", "-vv", "--delete"]).run_to(0);
            mailbox.assert_stored(&mails);
            assert_eq!(mailbox.model.left(), 0);
        }
    }
}

// Fault 63.
#[test]
fn a_program_that_was_stopped_for_a_while_goes_on() {
    let mails = small(5, 1);
    let mailbox = Mailbox::with(&mails);
    let gate = mailbox.model.gate_at("RETR 3");
    let running = mailbox.fetch().args(["--delete"]).start();
    gate.wait_until_reached();
    running.signal(Signal::STOP);
    gate.open();
    running.signal(Signal::CONT);
    running.ends_with(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.left(), 0);
}

// Fault 70.
#[test]
fn a_list_of_capabilities_without_end_is_not_kept() {
    let mails = small(1, 1);
    let mailbox = Mailbox::with(&mails);
    let lines = b"X-ANOTHER\r\n".repeat(1 << 20);
    let endless = [b"+OK\r\n", &lines[..]].concat();
    mailbox.model.at("CAPA", Act::SayAndClose(endless));
    // Without it the server is one that has none.
    let output = mailbox.fetch().run();
    assert!(matches!(output.code(), Some(0 | 76)), "{output}");
    mailbox.assert_part_stored(&mails);
}
