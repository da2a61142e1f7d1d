//! `delete`: what it warns of, when it asks, and what it does without unique
//! ids.

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::needs::needs;
use crate::support::table::table;
use crate::support::terminal::Terminal;

/// What a deletion warns of, if it does.
fn warning(mailbox: &Mailbox, words: &str) -> Option<String> {
    let delete = mailbox.command("delete").args(words.split(' '));
    let output = delete.arg("--json").run_to(0);
    let codes = output.column("warning", "code");
    assert!(codes.iter().all(|code| code == "never-fetched"), "{output}");
    assert!(codes.len() < 2, "{output}");
    output.column("warning", "text").pop()
}

#[test]
fn what_was_never_fetched_is_deleted_with_a_warning() {
    let mailbox = Mailbox::with(&small(4, 1));
    mailbox.fetch().args(["--max-messages", "2"]).run_to(0);
    for [words, deleted, text] in table(
        "
        3 4 --dry-run | 0 | none of the 2 messages to delete was ever fetched
        1             | 1 |
        1 2           | 3 | 1 of the 2 messages to delete were never fetched
        1             | 4 | the message to delete was never fetched",
    ) {
        let warning = warning(&mailbox, words).unwrap_or_default();
        assert_eq!(warning, text, "{words}");
        assert_eq!(mailbox.model.count("DELE").to_string(), deleted, "{words}");
    }
}

/// What is known only by word was never fetched either.
#[test]
fn what_was_only_marked_as_seen_is_deleted_with_a_warning() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.fetch().args(["--max-messages", "1"]).run_to(0);
    let mark = mailbox.sandbox.retr(["state", "mark-seen"]);
    mailbox.connecting(mark).run_to(0);
    let some = "2 of the 3 messages to delete were never fetched";
    assert_eq!(warning(&mailbox, "1-3").as_deref(), Some(some));
    // What was handed on was.
    mailbox.model.maildrop().add(&small(1, 9)[0]);
    mailbox.command("fetch").args(["--mda", "cat"]).run_to(0);
    assert_eq!(warning(&mailbox, "1"), None);
}

#[test]
fn on_a_terminal_it_is_asked_for_first() {
    needs!("setsid");
    for (options, answer, code, deletions) in [
        (&["1"][..], Some("y\r"), 0, 1),
        (&["1"], Some("Yes\r"), 0, 1),
        (&["1"], Some("n\r"), 75, 0),
        (&["1"], Some("\r"), 75, 0),
        (&["1", "--yes"], None, 0, 1),
    ] {
        let mailbox = Mailbox::with(&small(1, 1));
        let mut terminal = Terminal::of_columns(80);
        let program = mailbox.connecting(terminal.retr(&mailbox.sandbox, "delete"));
        let run = program.args(options).start();
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
    let mailbox = Mailbox::on(Setup::default().uidl(false), &small(3, 1));
    let refused = mailbox.command("delete").arg("2").run_to(69);
    let hint = "hint: --no-uidl deletes by the numbers of this session\n";
    assert!(refused.stderr_text().ends_with(hint), "{refused}");
    let unknown = "without unique ids nothing tells what was ever fetched";
    let dry = warning(&mailbox, "2 --no-uidl --dry-run");
    assert_eq!(dry.as_deref(), Some(unknown));
    assert_eq!(mailbox.model.count("DELE"), 0);
    let real = warning(&mailbox, "2 --no-uidl");
    assert_eq!(real.as_deref(), Some(unknown));
    let mut deletions = mailbox.model.lines();
    deletions.retain(|line| line.starts_with("DELE"));
    assert_eq!(deletions, ["DELE 2"]);
    for (words, code) in [("9 --no-uidl", 76), ("uid:x --no-uidl", 64)] {
        let delete = mailbox.command("delete");
        delete.args(words.split(' ')).run_to(code);
    }
}
