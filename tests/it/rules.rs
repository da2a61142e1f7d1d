//! `skip` and `filter` leave messages on the server, `after_new` is run when
//! something was stored.

use std::fs;

use serde_json::json;

use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::table::table;

fn mail(from: &str, subject: &str) -> Mail {
    let header = format!("From: {from}\r\nSubject: {subject}\r\n\r\n");
    Mail::new(format!("{header}text of {subject}\r\n"))
}

/// Three messages; the second one is from a shop.
fn mails() -> [Mail; 3] {
    let greetings = "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=";
    [
        mail("alice@example.com", "one"),
        mail("The Shop <News@Shop.Example>", greetings),
        mail("bob@example.com", "three"),
    ]
}

#[test]
fn skip_leaves_what_matches_and_tells_it_once() {
    let mails = mails();
    for options in [&["from:*@shop.example"][..], &["to:*", "subject:GRÜSSE", "subject:grüße"]] {
        let mailbox = Mailbox::with(&mails);
        let fetch = || {
            let options = options.iter().flat_map(|pattern| ["--skip", pattern]);
            mailbox.fetch_json().args(options).run_to(0)
        };
        let pattern = options.last().expect("a pattern");
        let reason = format!("matches --skip {pattern}");
        let output = fetch();
        output.has("skipped", json!({"number": 2, "reason": reason}));
        output.has("summary", json!({"skipped": 1}));
        mailbox.assert_stored(&[mails[0].clone(), mails[2].clone()]);
        let output = fetch();
        assert!(output.events_of("skipped").is_empty(), "{output}");
        output.has("summary", json!({"new": 0}));
        assert_eq!(mailbox.model.count("TOP"), 3);
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn the_config_file_has_rules_and_the_ledger_tells_what_was_left() {
    let mails = mails();
    let mailbox = Mailbox::with(&mails);
    let rules = "delete = true\nskip = ['from:*@shop.example', 'list-id:*']\n\
                 filter = \"sh -c 'grep -q \\\"^Subject: three\\\" && exit 99; exit 0'\"";
    mailbox.configure("a", rules);
    let run = |words: &str| mailbox.typed(words).arg("--json").run_to(0);
    let reasons = run("fetch a").column("skipped", "reason");
    let expected = ["matches --skip from:*@shop.example", "left by --filter"];
    assert_eq!(reasons, expected);
    mailbox.assert_stored(&mails[..1]);
    assert_eq!(mailbox.model.left(), 2);
    run("fetch a").has("summary", json!({"deleted": 0}));
    assert_eq!(mailbox.model.count("TOP"), 3);
    let mut proofs = run("state show a").column("known", "proof");
    proofs.retain(|proof| proof == "left");
    assert_eq!(proofs.len(), 2);
    // `list` takes them for known, too.
    let list = run("list a --new");
    assert!(list.events_of("listed").is_empty(), "{list}");
}

#[test]
fn a_filter_that_fails_is_a_warning() {
    let mailbox = Mailbox::with(&mails());
    let filter = "sh -c 'echo \"no \u{1b}[31m daemon\" >&2; exit 1'";
    let output = mailbox.fetch_json().args(["--filter", filter]).run_to(0);
    let text =
        "the filter failed at message 1, which is fetched: exit status: 1: no \\x1b[31m daemon";
    output.has("warning", json!({"code": "filter-failed", "text": text}));
    mailbox.assert_stored(&mails());
}

/// The filter that README and man page show, word for word.
#[test]
fn the_filter_of_the_readme_leaves_spam_and_nothing_else() {
    let readme = include_str!("../../README.md");
    let filter = readme.lines().find(|line| line.starts_with("filter = "));
    let filter = filter.expect("a filter");
    let man = include_str!("../../src/cli/generate/prose/config.roff");
    let in_man = man.replace("\\(dq", "\"").replace("\\-", "-");
    assert!(in_man.contains(filter), "{filter}");
    for (script, kept) in [
        (Some("#!/bin/sh\n! grep -q '^Subject: three'\n"), 2),
        (Some("#!/bin/sh\nexit 74\n"), 3),
        (None, 3),
    ] {
        let mailbox = Mailbox::with(&mails());
        mailbox.configure("a", filter);
        let folder = mailbox.path("bin");
        fs::create_dir(&folder).expect("a folder");
        if let Some(script) = script {
            mailbox.program("bin/spamc", script);
        }
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let fetch = mailbox.retr(["fetch", "a"]);
        fetch.env("PATH", path).run_to(0);
        assert_eq!(mailbox.stored().len(), kept, "{script:?}");
    }
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let mailbox = Mailbox::with(&[]);
    let text = "is not a valid pattern; write from, to, cc, subject or list-id";
    mailbox.fetch().args(["--skip", "bcc:x"]).tells(64, text);
    for [key, text, commands] in table(
        "
        skip = 'x'                    | `skip`: `x` is not a valid pattern    | fetch; config check
        skip = ['to:a', 'x']          | `skip`: `x` is not a valid pattern    | fetch; config check
        filter = \"a 'b\"             | filter has a quote that is not closed | fetch; config check
        after_new = ''                | after_new is empty                    | fetch; config check
        deliver_timeout = '0s'        | `deliver_timeout`                     | fetch; config check
        filter = '/nonexistent/x'     | filter: filter `/nonexistent/x` cannot be started       | config check
        after_new = '/nonexistent/x'  | after_new: after_new `/nonexistent/x` cannot be started | config check",
    ) {
        mailbox.configure("a", key);
        for command in commands.split("; ") {
            mailbox.typed(command).tells(78, text);
        }
    }
}

#[test]
fn after_new_gets_the_lines_of_new_messages_once() {
    let mailbox = Mailbox::with(&small(3, 1));
    let sandbox = &mailbox.sandbox;
    let script = "cat > lines; echo \"$RETR_ACCOUNT $RETR_STORED $RETR_PASSWORD\" >> runs";
    mailbox.configure("a", &format!("after_new = '''sh -c '{script}' '''"));
    let fetch = |words: &str| {
        let program = sandbox.typed(words);
        program.env("RETR_PASSWORD", "canary").run_to(0)
    };
    let told = fetch("fetch a --json").stdout_text();
    let told = told.lines().filter(|line| line.contains("\"event\":\"message\""));
    let told: Vec<&str> = told.collect();
    assert_eq!(sandbox.read("lines").lines().collect::<Vec<_>>(), told);
    assert_eq!(told.len(), 3);
    // A poll that finds nothing starts nothing.
    fetch("fetch a --json");
    assert_eq!(sandbox.read("runs"), "a 3 \n");
    // The headers are there without --json, too.
    mailbox.model.maildrop().add(&mail("x@y", "later"));
    assert_eq!(fetch("fetch a").to_string(), "");
    let lines = sandbox.read("lines");
    assert!(lines.contains("\"subject\":\"later\""), "{lines}");
    assert_eq!(sandbox.read("runs"), "a 3 \na 1 \n");
}

#[test]
fn after_new_is_run_after_quit_and_for_what_a_broken_run_stored() {
    let mailbox = Mailbox::with(&small(3, 1));
    // The third one is never had.
    mailbox.model.answer("RETR 3", "-ERR no");
    let hook = ["--after-new", "sh -c 'wc -l > count'"];
    mailbox.fetch().args(hook).run_to(76);
    assert_eq!(mailbox.read("count").trim(), "2");
}

#[test]
fn a_hook_that_fails_is_a_warning_and_changes_no_exit_code() {
    for [hook, why] in table(
        "
        sh -c 'echo broken >&2; exit 3' | `sh` failed: exit status: 3: broken
        sh -c 'exec sleep 100' | `sh` failed: no end within 1s
        /nonexistent/x | `/nonexistent/x` failed: No such file or directory (os error 2)",
    ) {
        let mailbox = Mailbox::with(&small(1, 1));
        let fetch = mailbox.fetch_json().args(["--after-new", hook]);
        let output = fetch.args(["--deliver-timeout", "1s"]).run_to(0);
        let text = format!("after_new {why}");
        output.has("warning", json!({"code": "hook-failed", "text": text}));
        assert_eq!(output.events().last().expect("lines")["event"], "summary");
    }
}

/// More lines than are kept in memory come all the same, and nothing stays.
#[test]
fn after_new_gets_more_lines_than_memory_takes() {
    let subject = "x".repeat(900);
    let mail = |n| mail("a@b", &format!("{n}{subject}"));
    let mails: Vec<Mail> = (0..1_200).map(mail).collect();
    let mailbox = Mailbox::with(&mails);
    let hook = ["--after-new", "sh -c 'wc -l > count; cat > /dev/null'"];
    mailbox.fetch().args(hook).run_to(0);
    assert_eq!(mailbox.read("count").trim(), "1200");
    assert!(!mailbox.ledger().with_file_name("after-new").exists());
}
