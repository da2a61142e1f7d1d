//! `--mda` and `--lmtp` from outside: what is handed on, told, remembered and
//! left on the server.

use std::fs;

use crate::support::env::Program;
use crate::support::lmtp::Lmtp;
use crate::support::mail::small;
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::store::read_files;

/// A script in the sandbox, as a command.
fn agent(mailbox: &Mailbox, script: &str) -> String {
    let path = mailbox
        .sandbox
        .program("agent", format!("#!/bin/sh\n{script}\n"));
    path.display().to_string()
}

fn fetch(mailbox: &Mailbox, mda: &str) -> Program {
    mailbox.command("fetch").args(["--mda", mda])
}

/// One file for each message, named by its id.
const KEEP: &str = "mkdir -p $HOME/got && cat >$HOME/got/$RETR_ID";

fn got(mailbox: &Mailbox) -> Vec<Vec<u8>> {
    read_files(&mailbox.sandbox.path("got"))
}

#[test]
fn every_octet_is_handed_on_once_and_then_deleted() {
    let mails = small(5, 1);
    let mailbox = Mailbox::with(&mails);
    let mda = agent(&mailbox, KEEP);
    let home = mailbox.sandbox.path("");
    let fetch = || {
        fetch(&mailbox, &mda)
            .env("HOME", &home)
            .args(["--delete", "--deliver-jobs", "2", "--json"])
    };
    let events = fetch().run_to(0).events_of("message");
    assert_eq!(events.len(), 5);
    for event in &events {
        assert_eq!(event["mda"], "agent");
        let id = event["id"].as_str().expect("an id");
        assert!(mailbox.sandbox.path(&format!("got/{id}")).exists());
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
    let home = mailbox.sandbox.path("");
    let fetch = mailbox.connecting(program).env("HOME", &home);
    fetch.args(["--mda", &mda, "--delete"]).run_to(0);
    assert_eq!(got(&mailbox), stored_forms(&mails));
    assert_eq!(mailbox.model.count("DELE"), 2);
}

#[test]
fn what_is_refused_is_shown_and_can_be_given_up() {
    let mailbox = Mailbox::with(&small(2, 1));
    let mda = agent(&mailbox, "cat >/dev/null; echo 'no such user' >&2; exit 67");
    let output = fetch(&mailbox, &mda).args(["--json"]).run_to(76);
    let failed = output.events_of("failed");
    assert_eq!(failed.len(), 2);
    for event in &failed {
        assert_eq!(event["disposition"], "refused");
        assert_eq!(event["error"], "agent: exit code 67: no such user");
    }
    let warnings = output.events_of("warning");
    assert!(warnings.iter().all(|warning| warning["code"] == "delivery"));
    // They wait, and nothing is retrieved.
    let retrieved = mailbox.model.count("RETR");
    let output = fetch(&mailbox, &mda).args(["--json"]).run_to(0);
    assert_eq!(output.events_of("skipped").len(), 2);
    assert_eq!(mailbox.model.count("RETR"), retrieved);
    let show = || mailbox.sandbox.retr(["state", "show", &mailbox.url()]);
    let table = show().run_to(0).stdout_text();
    assert_eq!(
        table
            .matches("agent: exit code 67: no such user (next try 2")
            .count(),
        2,
        "{table}"
    );
    let known = show().args(["--json"]).run_to(0).events_of("known");
    assert_eq!(known[0]["proof"], "refused");
    let uid = known[0]["uid"].as_str().expect("a uid").to_owned();
    let mark = mailbox.sandbox.retr(["state", "mark-seen"]);
    let mark = mailbox.connecting(mark).args([format!("uid:{uid}")]);
    mark.run_to(0);
    let output = fetch(&mailbox, &mda)
        .args(["--json", "--retry-refused"])
        .run_to(76);
    let failed = output.events_of("failed");
    assert_eq!(failed.len(), 1, "one was given up");
    assert_ne!(failed[0]["uid"], uid.as_str());
    let known = show().args(["--json"]).run_to(0).events_of("known");
    let proofs: Vec<_> = known.iter().map(|event| event["proof"].clone()).collect();
    assert!(proofs.contains(&"marked".into()) && proofs.contains(&"refused".into()));
}

#[test]
fn what_is_deferred_stays_and_is_tried_again_at_once() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let home = mailbox.sandbox.path("");
    let mda = agent(
        &mailbox,
        &format!("test -e $HOME/open || {{ cat >/dev/null; exit 75; }}; {KEEP}"),
    );
    let fetch = || fetch(&mailbox, &mda).env("HOME", &home).args(["--delete"]);
    let output = fetch().run_to(75);
    assert!(
        output
            .stderr_text()
            .contains("2 of 2 messages could not be handed on now"),
        "{output}"
    );
    let hint = "exit code 0 says that the command took the message";
    assert!(output.stderr_text().contains(hint), "{output}");
    assert_eq!(mailbox.model.count("DELE"), 0);
    fs::write(mailbox.sandbox.path("open"), "").expect("written");
    fetch().run_to(0);
    assert_eq!(got(&mailbox), stored_forms(&mails));
    assert_eq!(mailbox.model.count("DELE"), 2);
}

#[test]
fn a_command_that_needs_a_shell_says_so_when_it_fails() {
    let mailbox = Mailbox::with(&small(1, 1));
    let hint = "no shell runs it: write the whole path, or sh -c '…'";
    let output = fetch(&mailbox, "tee -a ~/all.txt").run_to(75);
    assert!(output.stderr_text().ends_with(&format!("hint: {hint}\n")));
    let filtered = fetch(&mailbox, "cat").args(["--filter", "ls ~/none"]);
    let output = filtered.args(["--after-new", "ls $HOME/none"]).run_to(0);
    let text = output.stderr_text();
    assert_eq!(text.matches(&format!("; {hint}\n")).count(), 2, "{output}");
}

#[test]
fn mistakes_are_told_before_anybody_is_connected_to() {
    let mailbox = Mailbox::with(&small(1, 1));
    for (options, code, text) in [
        (
            &["--mda", "no-such-agent -x"][..],
            73,
            "cannot hand mail to the command no-such-agent",
        ),
        (&["--mda", "lda -d {recipient}"], 78, "wants a recipient"),
        (&["--mda", "a 'b"], 78, "has a quote that is not closed"),
        (&["--lmtp", "/run/lmtp"], 78, "wants a recipient"),
        (
            &["--lmtp", "localhost", "--recipient", "a"],
            78,
            "neither the absolute path",
        ),
        (&["--lmtp", "h:24", "--recipient", "a b"], 64, "one address"),
        (
            &["--mda", "cat", "--lmtp", "h:24"],
            64,
            "cannot be used with",
        ),
        (
            &["--mda", "cat", "--delete-verified", "--delete"],
            78,
            "delete_verified",
        ),
        (&["--mda", "cat", "--in-doubt", "maybe"], 64, "maybe"),
        (&["--mda", "cat", "--sender=-oQ/tmp"], 64, "-oQ/tmp"),
    ] {
        let output = mailbox.command("fetch").args(options).run_to(code);
        assert!(output.stderr_text().contains(text), "{options:?}: {output}");
    }
    assert_eq!(mailbox.model.count("USER"), 0);
}

#[test]
fn an_lmtp_server_that_is_not_there_is_no_reason_to_retrieve_anything() {
    let mailbox = Mailbox::with(&small(1, 1));
    let socket = mailbox.sandbox.path("lmtp").display().to_string();
    let fetch = || {
        mailbox
            .command("fetch")
            .args(["--lmtp", &socket, "--recipient", "alice"])
    };
    let output = fetch().run_to(75);
    let expected = format!("cannot hand mail to {socket}: ");
    assert!(output.stderr_text().contains(&expected), "{output}");
    assert_eq!(mailbox.model.count("RETR"), 0);
}

/// A fetch of three messages that go to an LMTP server.
fn fetch_to(mailbox: &Mailbox, server: &Lmtp) -> Program {
    let fetch = mailbox.command("fetch").args(["--json", "--delete"]);
    fetch.args(["--lmtp", server.address(), "--recipient", "alice"])
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
        let mails = small(3, 1);
        let mailbox = Mailbox::with(&mails);
        let server = Lmtp::start();
        server.on_line(move |line| line.starts_with(step).then_some(answer));
        let output = fetch_to(&mailbox, &server).run_to(code);
        let told = format!("{step} {answer}: {output}");
        assert_eq!(output.events_of("failed").len(), failed, "{told}");
        let left = if code == 0 { 0 } else { 3 };
        assert_eq!(mailbox.model.maildrop().len(), left, "{told}");
        // A server that is well takes them.
        server.on_line(|_| None);
        fetch_to(&mailbox, &server).arg("--retry-refused").run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 0, "{told}");
        // What it was told in vain was an end without a message.
        let taken = server.taken();
        let whole = taken.iter().filter(|message| !message.is_empty());
        let expected = if code == 0 { 0 } else { 3 };
        assert_eq!(whole.count(), expected, "{told}");
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
    assert_eq!(output.event("failed")["disposition"], "deferred");
    assert_eq!(mailbox.model.maildrop().len(), 1);
    let output = fetch().args(["--in-doubt", "hold"]).run_to(76);
    let error = output.event("failed")["error"].to_string();
    assert!(error.contains("may have been handed on already"), "{error}");
    server.on_line(|_| None);
    let output = fetch().run_to(0);
    assert_eq!(output.event("warning")["code"], "in-doubt");
    assert_eq!(mailbox.model.maildrop().len(), 0);
}

#[test]
fn where_nothing_is_new_nobody_is_started_or_called() {
    let mailbox = Mailbox::with(&small(1, 1));
    let mda = agent(&mailbox, "echo x >>runs; cat >/dev/null");
    let runs = || fs::read_to_string(mailbox.sandbox.path("runs")).expect("started");
    fetch(&mailbox, &mda).run_to(0);
    assert_eq!(runs(), "x\n");
    fetch(&mailbox, &mda).run_to(0);
    assert_eq!(runs(), "x\n");
    // Nobody listens there; that does not matter.
    let socket = mailbox.sandbox.path("lmtp").display().to_string();
    let fetch = mailbox.command("fetch").args(["--lmtp", &socket]);
    fetch.args(["--recipient", "alice"]).run_to(0);
}

#[test]
fn what_was_handed_on_is_out_of_reach_for_verify() {
    let mailbox = Mailbox::with(&small(2, 1));
    let mda = agent(&mailbox, "cat >/dev/null");
    fetch(&mailbox, &mda).run_to(0);
    let verify = || mailbox.command("verify").args(["--mda", &mda]);
    let output = verify().run_to(78);
    assert!(output.stderr_text().contains("out of reach"), "{output}");
    let output = verify().args(["--server", "--json"]).run_to(0);
    assert_eq!(output.events_of("warning")[0]["code"], "out-of-reach");
    mailbox.model.maildrop().add(&small(1, 99)[0]);
    verify().args(["--server"]).run_to(65);
}

#[test]
fn config_check_knows_commands_that_lose_mail() {
    let mailbox = Mailbox::with(&small(1, 1));
    let lda = mailbox.sandbox.program("dovecot-lda", "#!/bin/sh\n");
    mailbox.sandbox.config(&format!(
        "[accounts.work]\nurl = '{}'\ntls = 'none'\npassword_file = '$S/password'\n\
         mda = '{} -d alice'\n",
        mailbox.url(),
        lda.display()
    ));
    let output = mailbox.sandbox.retr(["config", "check"]).run_to(0);
    let expected = "dovecot-lda without -e exits with 0 when a mailbox is full";
    assert!(output.stderr_text().contains(expected), "{output}");
}

/// What is in the Maildir is there, wherever a message went last.
#[test]
fn a_maildir_is_not_filled_twice_after_mail_was_handed_on() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let mda = agent(&mailbox, KEEP);
    let home = mailbox.sandbox.path("");
    let fetch_all = fetch(&mailbox, &mda).env("HOME", &home).arg("--all");
    fetch_all.run_to(0);
    assert_eq!(got(&mailbox).len(), 3);
    mailbox.command("verify").args(mailbox.target()).run_to(0);
    mailbox.fetch().arg("--all").run_to(0);
    mailbox.assert_stored(&mails);
}
