//! `skip` and `filter` leave messages on the server, `after_new` is run when
//! something was stored.

use std::fs;

use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};

fn mail(from: &str, subject: &str) -> Mail {
    Mail::new(format!(
        "From: {from}\r\nSubject: {subject}\r\n\r\ntext of {subject}\r\n"
    ))
}

/// Three messages; the second one is from a shop.
fn mails() -> [Mail; 3] {
    [
        mail("alice@example.com", "one"),
        mail(
            "The Shop <News@Shop.Example>",
            "=?utf-8?Q?Gr=C3=BC=C3=9Fe?=",
        ),
        mail("bob@example.com", "three"),
    ]
}

/// A config file with one account, `a`, that has these lines besides.
fn configured(mailbox: &Mailbox, lines: &str) {
    mailbox.sandbox.config(&format!(
        "[accounts.a]\nurl = '{}'\ntls = 'none'\npassword_file = '$S/password'\nmaildir = '$S/Mail'\n{lines}\n",
        mailbox.url()
    ));
}

#[test]
fn skip_leaves_what_matches_and_tells_it_once() {
    let mails = mails();
    for options in [
        &["--skip", "from:*@shop.example"][..],
        &[
            "--skip",
            "to:*",
            "--skip",
            "subject:GRÜSSE",
            "--skip",
            "subject:grüße",
        ],
    ] {
        let mailbox = Mailbox::with(&mails);
        let output = mailbox.fetch_json().args(options).run_to(0);
        let skipped = output.event("skipped");
        assert_eq!(skipped["number"], 2);
        let pattern = options.last().expect("a pattern");
        assert_eq!(skipped["reason"], format!("matches --skip {pattern}"));
        assert_eq!(output.event("summary")["skipped"], 1);
        mailbox.assert_stored(&[mails[0].clone(), mails[2].clone()]);
        let output = mailbox.fetch_json().args(options).run_to(0);
        assert!(output.events_of("skipped").is_empty(), "{output}");
        assert_eq!(output.event("summary")["new"], 0);
        assert_eq!(mailbox.model.count("TOP"), 3);
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn the_config_file_has_rules_and_the_ledger_tells_what_was_left() {
    let mails = mails();
    let mailbox = Mailbox::with(&mails);
    configured(
        &mailbox,
        "delete = true\nskip = ['from:*@shop.example', 'list-id:*']\n\
         filter = \"sh -c 'grep -q \\\"^Subject: three\\\" && exit 99; exit 0'\"",
    );
    let fetch = || mailbox.sandbox.retr(["fetch", "a", "--json"]).run_to(0);
    let output = fetch();
    let reasons: Vec<_> = output.events_of("skipped");
    let reasons: Vec<_> = reasons
        .iter()
        .map(|event| event["reason"].as_str())
        .collect();
    let expected = ["matches --skip from:*@shop.example", "left by --filter"];
    assert_eq!(reasons, expected.map(Some));
    mailbox.assert_stored(&mails[..1]);
    assert_eq!(mailbox.model.maildrop().len(), 2);
    assert_eq!(fetch().event("summary")["deleted"], 0);
    assert_eq!(mailbox.model.count("TOP"), 3);
    let known = mailbox
        .sandbox
        .retr(["state", "show", "a", "--json"])
        .run_to(0);
    let left = known.events_of("known").into_iter();
    assert_eq!(left.filter(|event| event["proof"] == "left").count(), 2);
    // `list` takes them for known, too.
    let list = mailbox
        .sandbox
        .retr(["list", "a", "--new", "--json"])
        .run_to(0);
    assert!(list.events_of("listed").is_empty(), "{list}");
}

#[test]
fn a_server_without_top_is_told_about_before_anything_is_fetched() {
    let mailbox = Mailbox::on(
        Setup {
            capa: false,
            pipelining: false,
            ..Setup::default()
        },
        &mails(),
    );
    mailbox.model.on_command(|line| {
        if line.text.starts_with("TOP") {
            Act::say("-ERR unknown command")
        } else {
            Act::Serve
        }
    });
    for option in ["--skip=subject:x", "--filter=true"] {
        let output = mailbox.fetch().arg(option).run_to(69);
        let text = output.stderr_text();
        assert!(text.contains("the server refuses TOP"), "{output}");
        assert!(
            text.contains("hint: without TOP no header can be looked at"),
            "{output}"
        );
    }
    assert_eq!(mailbox.model.count("RETR"), 0);
}

#[test]
fn a_filter_that_fails_is_a_warning() {
    let mailbox = Mailbox::with(&mails());
    let output = mailbox
        .fetch_json()
        .args([
            "--filter",
            "sh -c 'echo \"no \u{1b}[31m daemon\" >&2; exit 1'",
        ])
        .run_to(0);
    let warning = output.event("warning");
    assert_eq!(warning["code"], "filter-failed");
    let text =
        "the filter failed at message 1, which is fetched: exit status: 1: no \\x1b[31m daemon";
    assert_eq!(warning["text"], text);
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
    let mails = mails();
    for (script, kept) in [
        (Some("#!/bin/sh\n! grep -q '^Subject: three'\n"), 2),
        (Some("#!/bin/sh\nexit 74\n"), 3),
        (None, 3),
    ] {
        let mailbox = Mailbox::with(&mails);
        configured(&mailbox, filter);
        let folder = mailbox.sandbox.path("bin");
        fs::create_dir(&folder).expect("a folder");
        if let Some(script) = script {
            mailbox.sandbox.program("bin/spamc", script);
        }
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let fetch = mailbox.sandbox.retr(["fetch", "a"]);
        fetch.env("PATH", path).run_to(0);
        assert_eq!(mailbox.stored().len(), kept, "{script:?}");
    }
}

#[test]
fn rules_that_make_no_sense_are_refused() {
    let mailbox = Mailbox::with(&[]);
    let output = mailbox.fetch().args(["--skip", "bcc:x"]).run_to(64);
    let text = "is not a valid pattern; write from, to, cc, subject or list-id";
    assert!(output.stderr_text().contains(text), "{output}");
    for (key, text) in [
        ("skip = 'x'", "`skip`: `x` is not a valid pattern"),
        ("skip = ['to:a', 'x']", "`skip`: `x` is not a valid pattern"),
        ("filter = \"a 'b\"", "filter has a quote that is not closed"),
        ("after_new = ''", "after_new is empty"),
        ("deliver_timeout = '0s'", "`deliver_timeout`"),
    ] {
        configured(&mailbox, key);
        for command in ["fetch", "config check"] {
            let output = mailbox.sandbox.retr(command.split(' ')).run_to(78);
            assert!(output.stderr_text().contains(text), "{key}: {output}");
        }
    }
    for key in ["filter", "after_new"] {
        configured(&mailbox, &format!("{key} = '/nonexistent/x'"));
        let output = mailbox.sandbox.retr(["config", "check"]).run_to(78);
        let text = format!("{key}: {key} `/nonexistent/x` cannot be started");
        assert!(output.stderr_text().contains(&text), "{output}");
    }
}

#[test]
fn after_new_gets_the_lines_of_new_messages_once() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let script = "cat > lines; echo \"$RETR_ACCOUNT $RETR_STORED $RETR_PASSWORD\" >> runs";
    configured(&mailbox, &format!("after_new = '''sh -c '{script}' '''"));
    let fetch = || {
        let program = mailbox.sandbox.retr(["fetch", "a", "--json"]);
        program.env("RETR_PASSWORD", "canary").run_to(0)
    };
    let output = fetch();
    let lines = fs::read_to_string(mailbox.sandbox.path("lines")).expect("lines");
    let told = output.stdout_text();
    let told = told
        .lines()
        .filter(|line| line.contains("\"event\":\"message\""));
    assert_eq!(lines.lines().collect::<Vec<_>>(), told.collect::<Vec<_>>());
    assert_eq!(lines.lines().count(), 3);
    // A poll that finds nothing starts nothing.
    fetch();
    let runs = || fs::read_to_string(mailbox.sandbox.path("runs")).expect("runs");
    assert_eq!(runs(), "a 3 \n");
    // The headers are there without --json, too.
    mailbox.model.maildrop().add(&mail("x@y", "later"));
    let quiet = mailbox.sandbox.retr(["fetch", "a"]).run_to(0);
    assert_eq!((quiet.stdout.len(), quiet.stderr.len()), (0, 0), "{quiet}");
    let lines = fs::read_to_string(mailbox.sandbox.path("lines")).expect("lines");
    assert!(lines.contains("\"subject\":\"later\""), "{lines}");
    assert_eq!(runs(), "a 3 \na 1 \n");
}

#[test]
fn after_new_is_run_after_quit_and_for_what_a_broken_run_stored() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    // The third one is never had.
    mailbox.model.on_command(|line| match line.text.as_str() {
        "RETR 3" => Act::say("-ERR no"),
        _ => Act::Serve,
    });
    let hook = "sh -c 'wc -l > count'";
    mailbox.fetch().args(["--after-new", hook]).run_to(76);
    let count = fs::read_to_string(mailbox.sandbox.path("count")).expect("it was run");
    assert_eq!(count.trim(), "2");
}

#[test]
fn a_hook_that_fails_is_a_warning_and_changes_no_exit_code() {
    for (hook, why) in [
        (
            "sh -c 'echo broken >&2; exit 3'",
            "`sh` failed: exit status: 3: broken",
        ),
        ("sh -c 'exec sleep 100'", "`sh` failed: no end within 1s"),
        (
            "/nonexistent/x",
            "`/nonexistent/x` failed: No such file or directory (os error 2)",
        ),
    ] {
        let mailbox = Mailbox::with(&mails());
        let fetch = mailbox
            .fetch_json()
            .args(["--after-new", hook, "--deliver-timeout", "1s"]);
        let output = fetch.run_to(0);
        let warning = output.event("warning");
        assert_eq!(warning["code"], "hook-failed");
        assert_eq!(warning["text"], format!("after_new {why}"));
        assert_eq!(output.events().last().expect("lines")["event"], "summary");
    }
}

/// More lines than are kept in memory come all the same, and nothing stays.
#[test]
fn after_new_gets_more_lines_than_memory_takes() {
    let subject = "x".repeat(900);
    let mails: Vec<Mail> = (0..1_200)
        .map(|n| mail("a@b", &format!("{n}{subject}")))
        .collect();
    let mailbox = Mailbox::with(&mails);
    let hook = "sh -c 'wc -l > count; cat > /dev/null'";
    mailbox.fetch().args(["--after-new", hook]).run_to(0);
    let count = fs::read_to_string(mailbox.sandbox.path("count")).expect("it was run");
    assert_eq!(count.trim(), "1200");
    let state = mailbox.ledger();
    let folder = state.parent().expect("a folder");
    let names = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = names
        .map(|entry| entry.expect("entry").file_name())
        .collect();
    names.sort();
    assert!(!names.iter().any(|name| name == "after-new"), "{names:?}");
}
