//! Mail handed on to real delivery agents, as the manual writes it. Where one
//! is not installed, a line says so.

use std::collections::BTreeSet;
use std::fs;
use std::sync::{Arc, Mutex};

use crate::support::env::{Program, chmod};
use crate::support::lmtp::Lmtp;
use crate::support::mail::{Kind as MailKind, make, small};
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::needs::needs;
use crate::support::store::{read_files, sorted};

const RECIPES: &str = include_str!("../../src/cli/generate/recipes/handing-on.toml");

/// `fetch` by somebody whose home is the sandbox.
fn fetch(mailbox: &Mailbox, mda: &str) -> Program {
    let fetch = mailbox.command("fetch").args(["--mda", mda]);
    fetch.env("HOME", mailbox.root())
}

/// The command of the recipe for an agent.
fn recipe(account: &str) -> String {
    let recipes: toml::Table = toml::from_str(RECIPES).expect("TOML");
    let command = recipes["accounts"][account]["mda"].as_str();
    command.expect("a command").to_owned()
}

/// An mbox as the agents write it, without quoting, in the sandbox.
#[track_caller]
fn assert_has_three(mailbox: &Mailbox) {
    let text = mailbox.read("box");
    let separators = text.lines().filter(|line| line.starts_with("From "));
    assert_eq!(separators.count(), 3, "{text}");
}

#[test]
fn the_recipe_is_a_config_file() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.config(RECIPES);
    let output = mailbox.typed("config check --json").run();
    // Programs and passwords may be missing here, but nothing is written wrong.
    for text in output.column("error", "text") {
        let is_missing = text.starts_with("mda: ") || text.starts_with("lmtp: ");
        assert!(is_missing || text.contains("password"), "{text}");
    }
    let warnings = output.column("warning", "code");
    assert!(!warnings.contains(&"loses-mail".to_owned()), "{output}");
}

#[test]
fn maildrop_takes_and_defers() {
    needs!("maildrop");
    let mailbox = Mailbox::with(&small(3, 1));
    // A filter file by its name: whose home it is does not matter then.
    let filter = mailbox.path(".mailfilter");
    let command = format!("{} {}", recipe("maildrop"), filter.display());
    let takes = format!("to \"{}\"\n", mailbox.path("box").display());
    for (text, code) in [("EXITCODE=75\nexit\n", 75), ("EXITCODE=77\nexit\n", 76), (&takes, 0)] {
        mailbox.write(".mailfilter", text);
        chmod(&filter, 0o600);
        let fetch = fetch(&mailbox, &command).arg("--retry-refused");
        fetch.run_to(code);
    }
    assert_has_three(&mailbox);
}

/// The lines for beginners, word for word.
#[test]
fn the_shell_of_the_readme_does_what_a_command_alone_does_not() {
    let readme = include_str!("../../README.md");
    let line = |begin: &str| {
        let line = readme.lines().find(|line| line.starts_with(begin));
        let (_, rest) = line.expect("a line").split_once('"').expect("quotes");
        rest.split_once('"').expect("quotes").0.to_owned()
    };
    let mailbox = Mailbox::with(&small(2, 1));
    fetch(&mailbox, &line("mda = \"sh -c")).run_to(0);
    let all = mailbox.read("all.txt").into_bytes();
    assert_eq!(all, stored_forms(&small(2, 1)).concat());
    needs!("jq");
    let mailbox = Mailbox::with(&small(2, 1));
    let after_new = line("after_new = \"sh -c");
    mailbox.fetch().args(["--after-new", &after_new]).run_to(0);
    let subjects = fs::read_to_string(mailbox.sandbox.path("home/subjects.txt"));
    assert_eq!(subjects.expect("a file").lines().count(), 2);
}

/// Only root may deliver as another user.
#[test]
fn maildrop_refuses_a_user_that_is_not_there() {
    needs!("maildrop");
    if !rustix::process::getuid().is_root() {
        return;
    }
    let mailbox = Mailbox::with(&small(1, 1));
    let fetch = fetch(&mailbox, "maildrop -d no-such-user -f {sender}");
    let output = fetch.arg("--json").run_to(76);
    assert_eq!(output.column("failed", "disposition"), ["refused"]);
    let text = output.column("failed", "error").remove(0);
    assert!(text.starts_with("maildrop: exit code 67"), "{text}");
}

/// A mailbox that cannot be written to is a deferral with `-t` and without.
#[test]
fn procmail_takes_and_defers() {
    needs!("procmail");
    let mailbox = Mailbox::with(&small(3, 1));
    let rc = mailbox.path("rc");
    let run = |text: &str, command: &str, code, most| {
        fs::write(&rc, text).expect("written");
        let fetch = fetch(&mailbox, &format!("{command} {}", rc.display()));
        let fetch = fetch.args(["--from-line", "--json", "--max-messages", most]);
        fetch.run_to(code)
    };
    let full = "DEFAULT=/dev/full\nORGMAIL=/dev/full\n";
    for (command, code) in [("procmail -f {sender}", 73), (&*recipe("procmail"), 75)] {
        let output = run(full, command, 75, "1");
        let expected = format!("procmail: exit code {code}");
        let error = output.column("failed", "error").remove(0);
        assert!(error.starts_with(&expected), "{output}");
    }
    let recipe = recipe("procmail");
    run("EXITCODE=75\n:0\n/dev/null\n", &recipe, 75, "3");
    let place = mailbox.path("box");
    run(&format!("DEFAULT={}\n", place.display()), &recipe, 0, "3");
    assert_has_three(&mailbox);
}

#[test]
fn notmuch_takes_every_octet() {
    needs!("notmuch");
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let sandbox = &mailbox.sandbox;
    let (home, mail) = (sandbox.root(), sandbox.path("Mail"));
    fs::create_dir(&mail).expect("made");
    let (database, user) = (mail.display(), "name=a\nprimary_email=a@h");
    let config = format!("[database]\npath={database}\n[user]\n{user}\n");
    let config = sandbox.write("notmuch", config);
    let run = |program: Program| program.env("HOME", home).env("NOTMUCH_CONFIG", &config);
    run(sandbox.shell("notmuch new --quiet")).run_to(0);
    run(fetch(&mailbox, &recipe("notmuch"))).run_to(0);
    let folders = ["INBOX/new", "INBOX/cur"].map(|folder| read_files(&mail.join(folder)));
    assert_eq!(sorted(folders.concat()), stored_forms(&mails));
}

/// The one of msmtp, which is as good as any: another fetches from it.
#[test]
fn sendmail_takes_every_octet_and_tells_who_refuses_it() {
    needs!("msmtp");
    let server = Lmtp::start();
    let mails: Vec<_> = (1..4).map(|seed| make(MailKind::Plain, seed)).collect();
    let mailbox = Mailbox::with(&mails);
    let (_, port) = server.address().split_once(':').expect("a port");
    let config = format!("account default\nhost 127.0.0.1\nport {port}\ntls off\nauth off\n");
    mailbox.secret_file(".msmtprc", &config);
    let command = recipe("sendmail").replace("/usr/sbin/sendmail", "/usr/bin/msmtp");
    let run = |code| {
        let fetch = fetch(&mailbox, &command);
        let output = fetch.args(["--json", "--retry-refused"]).run_to(code);
        output.column("failed", "disposition")
    };
    server.on_line(|line| (line.starts_with("RCPT")).then_some("550 5.1.1 nobody"));
    assert_eq!(run(76), ["refused"; 3]);
    server.on_line(|line| (line == ".").then_some("451 4.3.0 later"));
    assert_eq!(run(75).len(), 3);
    assert!(server.taken().is_empty());
    let envelope = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&envelope);
    server.on_line(move |line| {
        if line.contains(':') {
            seen.lock().expect("unpoisoned").insert(line.to_owned());
        }
        None
    });
    run(0);
    assert_eq!(sorted(server.taken()), stored_forms(&mails));
    let envelope = envelope.lock().expect("unpoisoned");
    let expected = ["MAIL FROM:<bob@example.org>", "RCPT TO:<frank>"];
    assert_eq!(*envelope, expected.map(str::to_owned).into());
}

/// What the filter could not read is not delivered as nothing.
#[test]
fn a_filter_in_front_that_fails_is_a_deferral() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let sandbox = &mailbox.sandbox;
    let tool = |name: &str, script: &str| {
        let path = sandbox.program(name, format!("#!/bin/sh\n{script}\n"));
        path.display().to_string()
    };
    let lda = tool("lda", "cat >got/$RETR_ID");
    fs::create_dir(sandbox.path("got")).expect("made");
    let got = || read_files(&sandbox.path("got"));
    let command = recipe("rspamd").replace("/usr/lib/dovecot/dovecot-lda", &lda);
    let path = format!("{}:/usr/bin:/bin", sandbox.root().display());
    let run = |rspamc: &str, code| {
        tool("rspamc", rspamc);
        let fetch = fetch(&mailbox, &command).env("PATH", &path);
        fetch.arg("--delete").run_to(code);
    };
    for fails in ["cat >/dev/null; exit 1", "cat >/dev/null"] {
        run(fails, 75);
        assert!(got().is_empty());
        assert_eq!(mailbox.model.left(), 2);
    }
    run("cat", 0);
    assert_eq!(got(), stored_forms(&mails));
    assert_eq!(read_files(&sandbox.path("tmp")), [b""; 0]);
}
