//! `--mda` and `--lmtp` from outside: what is handed on, told, remembered and
//! left on the server.

use serde_json::json;

use crate::support::env::Program;
use crate::support::lmtp::Lmtp;
use crate::support::mail::small;
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::store::read_files;
use crate::support::table::table;

/// A fetch that hands on to a script, by somebody whose home is the sandbox.
fn fetch(mailbox: &Mailbox, script: &str) -> Program {
    mailbox.command("fetch").args(["--mda", &agent(mailbox, script)]).env("HOME", mailbox.root())
}

fn agent(mailbox: &Mailbox, script: &str) -> String {
    let script = format!("#!/bin/sh\n{script}\n");
    mailbox.program("agent", script).display().to_string()
}

/// One file for each message, named by its id.
const KEEP: &str = "mkdir -p $HOME/got && cat >$HOME/got/$RETR_ID";

fn got(mailbox: &Mailbox) -> Vec<Vec<u8>> {
    read_files(&mailbox.path("got"))
}

#[test]
fn every_octet_is_handed_on_once_and_then_deleted() {
    let mails = small(5, 1);
    let mailbox = Mailbox::with(&mails);
    let fetch = || fetch(&mailbox, KEEP).args(["--delete", "--deliver-jobs", "2", "--json"]);
    let output = fetch().run_to(0);
    assert_eq!(output.column("message", "mda"), ["agent"; 5]);
    for id in output.column("message", "id") {
        assert!(mailbox.path(&format!("got/{id}")).exists());
    }
    assert_eq!(got(&mailbox), stored_forms(&mails));
    assert_eq!(mailbox.model.count("DELE"), 5);
    assert!(fetch().run_to(0).events_of("message").is_empty());
}

/// As whoever ignores SIGCHLD starts it: the system would keep no exit code.
#[test]
fn what_a_command_took_is_known_whoever_started_us() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let mda = agent(&mailbox, KEEP);
    let program = mailbox.sandbox.command("/usr/bin/env");
    let program = program.args(["--ignore-signal=CHLD", env!("CARGO_BIN_EXE_retr"), "fetch"]);
    let fetch = mailbox.connecting(program).env("HOME", mailbox.root());
    fetch.args(["--mda", &mda, "--delete"]).run_to(0);
    assert_eq!(got(&mailbox), stored_forms(&mails));
    assert_eq!(mailbox.model.count("DELE"), 2);
}

#[test]
fn what_is_refused_is_shown_and_can_be_given_up() {
    let mailbox = Mailbox::with(&small(2, 1));
    let fetch = || {
        let script = "cat >/dev/null; echo 'no such user' >&2; exit 67";
        fetch(&mailbox, script).arg("--json")
    };
    let why = "agent: exit code 67: no such user";
    let output = fetch().run_to(76);
    assert_eq!(output.column("failed", "disposition"), ["refused"; 2]);
    assert_eq!(output.column("failed", "error"), [why; 2]);
    let codes = output.column("warning", "code");
    assert!(codes.iter().all(|code| code == "delivery"), "{output}");
    // They wait, and nothing is retrieved.
    let retrieved = mailbox.model.count("RETR");
    let output = fetch().run_to(0);
    assert_eq!(output.events_of("skipped").len(), 2);
    assert_eq!(mailbox.model.count("RETR"), retrieved);
    let show = |words: &str| mailbox.offline(&format!("state show {words}")).run_to(0);
    let table = show("").stdout_text();
    let rows = table.matches(&format!("{why} (next try 2")).count();
    assert_eq!(rows, 2, "{table}");
    let known = show("--json");
    assert_eq!(known.column("known", "proof"), ["refused"; 2]);
    let uid = known.column("known", "uid").remove(0);
    let mark = mailbox.command("state mark-seen");
    mark.arg(format!("uid:{uid}")).run_to(0);
    let output = fetch().arg("--retry-refused").run_to(76);
    let failed = output.column("failed", "uid");
    assert_eq!(failed.len(), 1, "one was given up");
    assert_ne!(failed, [uid]);
    let mut proofs = show("--json").column("known", "proof");
    proofs.sort();
    assert_eq!(proofs, ["marked", "refused"]);
}

#[test]
fn what_is_deferred_stays_and_is_tried_again_at_once() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let script = format!("test -e $HOME/open || {{ cat >/dev/null; exit 75; }}; {KEEP}");
    let fetch = || fetch(&mailbox, &script).arg("--delete");
    let output = fetch().tells(75, "2 of 2 messages could not be handed on now");
    output.says("exit code 0 says that the command took the message");
    assert_eq!(mailbox.model.count("DELE"), 0);
    mailbox.write("open", "");
    fetch().run_to(0);
    assert_eq!(got(&mailbox), stored_forms(&mails));
    assert_eq!(mailbox.model.count("DELE"), 2);
}

#[test]
fn a_command_that_needs_a_shell_says_so_when_it_fails() {
    let mailbox = Mailbox::with(&small(1, 1));
    let hint = "no shell runs it: write the whole path, or sh -c '…'";
    let fetch = |words: &str| mailbox.command(&format!("fetch {words}"));
    fetch("--mda 'tee -a ~/all.txt'").tells(75, format!("hint: {hint}\n"));
    let output = fetch("--mda cat --filter 'ls ~/none' --after-new 'ls $HOME/none'").run_to(0);
    let text = output.stderr_text();
    assert_eq!(text.matches(&format!("; {hint}\n")).count(), 2, "{output}");
}

/// The last one is of a server that is not there.
#[test]
fn mistakes_are_told_before_anything_is_retrieved() {
    let mailbox = Mailbox::with(&small(1, 1));
    for [options, code, text] in table(
        "
        --mda 'no-such-agent -x'                   | 73 | cannot hand mail to the command no-such-agent
        --mda 'lda -d {recipient}'                 | 78 | wants a recipient
        --mda \"a 'b\"                             | 78 | has a quote that is not closed
        --lmtp /run/lmtp                           | 78 | wants a recipient
        --lmtp localhost --recipient a             | 78 | neither the absolute path
        --lmtp h:24 --recipient 'a b'              | 64 | one address
        --mda cat --lmtp h:24                      | 64 | cannot be used with
        --mda cat --delete-verified --delete       | 78 | delete_verified
        --mda cat --in-doubt maybe                 | 64 | maybe
        --mda cat --sender=-oQ/tmp                 | 64 | -oQ/tmp
        --lmtp /nonexistent/lmtp --recipient alice | 75 | cannot hand mail to /nonexistent/lmtp: ",
    ) {
        let is_last = code == "75";
        let fetch = mailbox.command(&format!("fetch {options}"));
        fetch.tells(code.parse().expect("a code"), text);
        assert!(is_last || mailbox.model.log().is_empty(), "{options}");
    }
    assert_eq!(mailbox.model.count("RETR"), 0);
}

/// A fetch of messages that go to an LMTP server.
fn fetch_to(mailbox: &Mailbox, server: &Lmtp) -> Program {
    let fetch = mailbox.command("fetch --json --delete --recipient alice");
    fetch.args(["--lmtp", server.address()])
}

#[test]
fn whatever_an_lmtp_server_answers_nothing_is_lost() {
    // At a step, what is said there each time; the exit code, and how many
    // failures are told.
    for (step, answer, code, failed) in [
        ("MAIL", "452 4.3.1 no room", 75, 3),
        ("RCPT", "550 5.1.1 nobody", 76, 3),
        ("RCPT", "552 5.2.2 full", 75, 3),
        ("DATA", "554 no", 76, 3),
        (".", "451 later", 75, 3),
        (".", "554 5.7.1 spam", 76, 3),
        (".", "554 5.2.2 full", 75, 3),
        (".", "421 closing", 75, 1),
        (".", "what?", 75, 2),
        ("RCPT", "999 what?", 75, 1),
        ("LHLO", "502 what?", 75, 0),
        (".", "250 one\r\n250 two", 0, 0),
        (".", "250-one\r\n250-two\r\n250 three", 0, 0),
    ] {
        let mailbox = Mailbox::with(&small(3, 1));
        let server = Lmtp::start();
        server.on_line(move |line| line.starts_with(step).then_some(answer));
        let output = fetch_to(&mailbox, &server).run_to(code);
        let told = format!("{step} {answer}: {output}");
        let left = if code == 0 { 0 } else { 3 };
        assert_eq!(output.events_of("failed").len(), failed, "{told}");
        assert_eq!(mailbox.model.left(), left, "{told}");
        // A server that is well takes them.
        server.on_line(|_| None);
        fetch_to(&mailbox, &server).arg("--retry-refused").run_to(0);
        assert_eq!(mailbox.model.left(), 0, "{told}");
        // What it was told in vain was an end without a message.
        let taken = server.taken();
        let whole = taken.iter().filter(|message| !message.is_empty());
        assert_eq!(whole.count(), left, "{told}");
    }
}

/// It took the message, and its answer does not come: that is in doubt.
#[test]
fn an_answer_that_does_not_come_leaves_a_message_in_doubt() {
    let mailbox = Mailbox::with(&small(1, 1));
    let server = Lmtp::start();
    server.on_line(|line| (line == ".").then_some("250-and"));
    let fetch = || fetch_to(&mailbox, &server).args(["--deliver-timeout", "1s"]);
    let output = fetch().run_to(75);
    output.has("failed", json!({"disposition": "deferred"}));
    assert_eq!(mailbox.model.left(), 1);
    let output = fetch().args(["--in-doubt", "hold"]).run_to(76);
    let error = output.event("failed")["error"].to_string();
    assert!(error.contains("may have been handed on already"), "{error}");
    server.on_line(|_| None);
    fetch().run_to(0).has("warning", json!({"code": "in-doubt"}));
    assert_eq!(mailbox.model.left(), 0);
}

#[test]
fn where_nothing_is_new_nobody_is_started_or_called() {
    let mailbox = Mailbox::with(&small(1, 1));
    for _ in 0..2 {
        fetch(&mailbox, "echo x >>runs; cat >/dev/null").run_to(0);
        assert_eq!(mailbox.read("runs"), "x\n");
    }
    // Nobody listens there; that does not matter.
    let fetch = mailbox.command("fetch --lmtp /nonexistent/lmtp --recipient alice");
    fetch.run_to(0);
}

#[test]
fn what_was_handed_on_is_out_of_reach_for_verify() {
    let mailbox = Mailbox::with(&small(2, 1));
    fetch(&mailbox, "cat >/dev/null").run_to(0);
    let mda = mailbox.path("agent");
    let verify = |words: &str| mailbox.command(&format!("verify {words}")).arg("--mda").arg(&mda);
    verify("").tells(78, "out of reach");
    let output = verify("--server --json").run_to(0);
    assert_eq!(output.column("warning", "code")[0], "out-of-reach");
    mailbox.model.maildrop().add(&small(1, 99)[0]);
    verify("--server").run_to(65);
}

#[test]
fn config_check_knows_commands_that_lose_mail() {
    let mailbox = Mailbox::with(&small(1, 1));
    let lda = mailbox.program("dovecot-lda", "#!/bin/sh\n");
    let account = mailbox.account("work", "");
    let mda = format!("mda = '{} -d alice'", lda.display());
    let account = account.replace("maildir = '$S/Mail'", &mda);
    mailbox.config(&account);
    let expected = "dovecot-lda without -e exits with 0 when a mailbox is full";
    mailbox.typed("config check").tells(0, expected);
}

/// What is in the Maildir is there, wherever a message went last.
#[test]
fn a_maildir_is_not_filled_twice_after_mail_was_handed_on() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    fetch(&mailbox, KEEP).arg("--all").run_to(0);
    assert_eq!(got(&mailbox).len(), 3);
    mailbox.verify().run_to(0);
    mailbox.fetch().arg("--all").run_to(0);
    mailbox.assert_stored(&mails);
}
