//! `delete`: what it warns of, when it asks, and what it does without unique
//! ids.

use crate::support::env::has;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::terminal::Terminal;

/// What is deleted, by the numbers of the deletions in JSON.
fn warning(mailbox: &Mailbox, words: &[&str]) -> Option<String> {
    let delete = mailbox
        .command("delete")
        .args(words)
        .arg("--json")
        .run_to(0);
    let warnings = delete.events_of("warning");
    let [warning] = &warnings[..] else {
        assert!(warnings.is_empty(), "{delete}");
        return None;
    };
    assert_eq!(warning["code"], "never-fetched");
    warning["text"].as_str().map(str::to_owned)
}

#[test]
fn what_was_never_fetched_is_deleted_with_a_warning() {
    let mailbox = Mailbox::with(&small(4, 1));
    mailbox.fetch().args(["--max-messages", "2"]).run_to(0);
    let none = "none of the 2 messages to delete was ever fetched";
    assert_eq!(
        warning(&mailbox, &["3", "4", "--dry-run"]).as_deref(),
        Some(none)
    );
    assert_eq!(mailbox.model.count("DELE"), 0);
    assert_eq!(warning(&mailbox, &["1"]), None);
    let some = "1 of the 2 messages to delete were never fetched";
    assert_eq!(warning(&mailbox, &["1", "2"]).as_deref(), Some(some));
    let one = "the message to delete was never fetched";
    assert_eq!(warning(&mailbox, &["1"]).as_deref(), Some(one));
    assert_eq!(mailbox.model.count("DELE"), 4);
}

/// What is known only by word was never fetched either.
#[test]
fn what_was_only_marked_as_seen_is_deleted_with_a_warning() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.fetch().args(["--max-messages", "1"]).run_to(0);
    let mark = mailbox.sandbox.retr(["state", "mark-seen"]);
    mailbox.connecting(mark).run_to(0);
    let some = "2 of the 3 messages to delete were never fetched";
    assert_eq!(warning(&mailbox, &["1-3"]).as_deref(), Some(some));
    // What was handed on was.
    mailbox.model.maildrop().add(&small(1, 9)[0]);
    mailbox.command("fetch").args(["--mda", "cat"]).run_to(0);
    assert_eq!(warning(&mailbox, &["1"]), None);
}

#[test]
fn on_a_terminal_it_is_asked_for_first() {
    if !has("setsid") {
        return;
    }
    for (options, answer, code, deletions) in [
        (&[][..], Some("y\r"), 0, 1),
        (&[], Some("Yes\r"), 0, 1),
        (&[], Some("n\r"), 75, 0),
        (&[], Some("\r"), 75, 0),
        (&["--yes"], None, 0, 1),
    ] {
        let mailbox = Mailbox::with(&small(1, 1));
        let mut terminal = Terminal::of_columns(80);
        let program = mailbox.connecting(terminal.retr(&mailbox.sandbox, "delete"));
        let run = program.args(["1"]).args(options).start();
        if let Some(answer) = answer {
            let question = "the message to delete was never fetched\r\nDelete them? [y/N] ";
            terminal.wait_for(question);
            assert_eq!(mailbox.model.count("DELE"), 0);
            terminal.type_in(answer.as_bytes());
        }
        let output = run.finish();
        let shown = String::from_utf8(terminal.shown()).expect("UTF-8");
        assert_eq!(output.code(), Some(code), "{answer:?} {shown}");
        assert_eq!(mailbox.model.count("DELE"), deletions, "{answer:?}");
        let refused = shown.contains("nothing was deleted: it was not confirmed");
        assert_eq!(refused, code == 75);
    }
}

#[test]
fn without_unique_ids_the_numbers_of_the_session_count() {
    let setup = Setup {
        uidl: false,
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(3, 1));
    let refused = mailbox.command("delete").args(["2"]).run_to(69);
    let hint = "hint: --no-uidl deletes by the numbers of this session\n";
    assert!(refused.stderr_text().ends_with(hint), "{refused}");
    let unknown = "without unique ids nothing tells what was ever fetched";
    let dry = ["2", "--no-uidl", "--dry-run"];
    assert_eq!(warning(&mailbox, &dry).as_deref(), Some(unknown));
    assert_eq!(mailbox.model.count("DELE"), 0);
    assert_eq!(
        warning(&mailbox, &["2", "--no-uidl"]).as_deref(),
        Some(unknown)
    );
    let log = mailbox.model.log();
    let mut deletions = log.iter().filter(|line| line.text.starts_with("DELE"));
    assert_eq!(deletions.next().map(|line| &*line.text), Some("DELE 2"));
    assert_eq!(deletions.count(), 0);
    mailbox
        .command("delete")
        .args(["9", "--no-uidl"])
        .run_to(76);
    mailbox
        .command("delete")
        .args(["uid:x", "--no-uidl"])
        .run_to(64);
}
