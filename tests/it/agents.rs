//! Mail handed on to real delivery agents, as the manual writes it. Where one
//! is not installed, a line says so.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::support::env::{Program, has};
use crate::support::lmtp::Lmtp;
use crate::support::mail::{Kind as MailKind, make, small};
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::store::{read_files, sorted};

fn fetch(mailbox: &Mailbox, mda: &str) -> Program {
    mailbox.command("fetch").args(["--mda", mda])
}

/// The command of the recipe for an agent.
fn recipe(account: &str) -> String {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/generate/recipes/handing-on.toml");
    let text = fs::read_to_string(path).expect("the recipe");
    let section = text
        .split(&format!("[accounts.{account}]"))
        .nth(1)
        .expect(account);
    let line = section
        .lines()
        .find(|line| line.starts_with("mda = "))
        .expect("mda");
    let command = line
        .strip_prefix("mda = \"")
        .and_then(|rest| rest.strip_suffix('"'));
    command.expect("a string").replace("\\\"", "\"")
}

/// An mbox as the agents write it, without quoting.
#[track_caller]
fn assert_has_messages(path: &Path, count: usize) {
    let text = fs::read_to_string(path).expect("the mbox");
    let separators = text.lines().filter(|line| line.starts_with("From "));
    assert_eq!(separators.count(), count, "{text}");
}

#[test]
fn the_recipe_is_a_config_file() {
    let mailbox = Mailbox::with(&small(1, 1));
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/generate/recipes/handing-on.toml");
    mailbox
        .sandbox
        .config(&fs::read_to_string(path).expect("the recipe"));
    let output = mailbox.sandbox.retr(["config", "check", "--json"]).run();
    let errors = output.events_of("error");
    // Programs and passwords may be missing here, but nothing is written wrong.
    for error in &errors {
        let text = error["text"].as_str().expect("a text");
        assert!(
            text.starts_with("mda: ") || text.starts_with("lmtp: ") || text.contains("password"),
            "{text}"
        );
    }
    let warnings = output.events_of("warning");
    assert!(
        warnings
            .iter()
            .all(|warning| warning["code"] != "loses-mail"),
        "{output}"
    );
}

#[test]
fn maildrop_takes_and_defers() {
    if !has("maildrop") {
        return;
    }
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let home = mailbox.sandbox.path("");
    let filter = mailbox.sandbox.path(".mailfilter");
    let set = |text: &str| {
        fs::write(&filter, text).expect("written");
        fs::set_permissions(&filter, PermissionsExt::from_mode(0o600)).expect("set");
    };
    let run = |code| {
        // A filter file by its name: whose home it is does not matter then.
        let command = format!("{} {}", recipe("maildrop"), filter.display());
        fetch(&mailbox, &command)
            .env("HOME", &home)
            .args(["--retry-refused"])
            .run_to(code)
    };
    set("EXITCODE=75\nexit\n");
    run(75);
    set("EXITCODE=77\nexit\n");
    run(76);
    set(&format!("to \"{}/box\"\n", home.display()));
    run(0);
    assert_has_messages(&home.join("box"), 3);
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
    let all = fs::read(mailbox.sandbox.path("home/all.txt")).expect("a file");
    assert_eq!(
        all,
        small(2, 1)
            .iter()
            .map(|mail| mail.stored.clone())
            .collect::<Vec<_>>()
            .concat()
    );
    if !has("jq") {
        return;
    }
    let mailbox = Mailbox::with(&small(2, 1));
    let after_new = line("after_new = \"sh -c");
    mailbox.fetch().args(["--after-new", &after_new]).run_to(0);
    let subjects = fs::read_to_string(mailbox.sandbox.path("home/subjects.txt"));
    assert_eq!(subjects.expect("a file").lines().count(), 2);
}

/// Only root may deliver as another user.
#[test]
fn maildrop_refuses_a_user_that_is_not_there() {
    if !has("maildrop") || !rustix::process::getuid().is_root() {
        return;
    }
    let mailbox = Mailbox::with(&small(1, 1));
    let output = fetch(&mailbox, "maildrop -d no-such-user -f {sender}").arg("--json");
    let output = output.run_to(76);
    let failed = output.event("failed");
    assert_eq!(failed["disposition"], "refused", "{output}");
    let text = failed["error"].as_str().expect("a text");
    assert!(text.starts_with("maildrop: exit code 67"), "{text}");
}

/// A mailbox that cannot be written to is a deferral with `-t` and without.
#[test]
fn procmail_defers_what_it_cannot_write() {
    if !has("procmail") {
        return;
    }
    let mailbox = Mailbox::with(&small(1, 1));
    let (rc, home) = (mailbox.sandbox.path("rc"), mailbox.sandbox.path(""));
    fs::write(&rc, "DEFAULT=/dev/full\nORGMAIL=/dev/full\n").expect("written");
    for (command, code) in [("procmail -f {sender}", 73), (&*recipe("procmail"), 75)] {
        let command = format!("{command} {}", rc.display());
        let fetch = fetch(&mailbox, &command).env("HOME", &home);
        let output = fetch.args(["--from-line", "--json"]).run_to(75);
        let failed = output.event("failed");
        let error = failed["error"].as_str().expect("a text");
        let expected = format!("procmail: exit code {code}");
        assert!(error.starts_with(&expected), "{output}");
    }
}

#[test]
fn procmail_takes_and_with_t_defers() {
    if !has("procmail") {
        return;
    }
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let home = mailbox.sandbox.path("");
    let rc = mailbox.sandbox.path("rc");
    let run = |code| {
        let command = format!("{} {}", recipe("procmail"), rc.display());
        fetch(&mailbox, &command)
            .env("HOME", &home)
            .args(["--from-line", "--retry-refused"])
            .run_to(code)
    };
    fs::write(&rc, "EXITCODE=75\n:0\n/dev/null\n").expect("written");
    run(75);
    fs::write(&rc, format!("DEFAULT={}/box\n", home.display())).expect("written");
    run(0);
    assert_has_messages(&home.join("box"), 3);
}

#[test]
fn notmuch_takes_every_octet() {
    if !has("notmuch") {
        return;
    }
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let home = mailbox.sandbox.path("");
    let config = mailbox.sandbox.path("notmuch");
    let mail = mailbox.sandbox.path("Mail");
    fs::create_dir(&mail).expect("made");
    fs::write(
        &config,
        format!(
            "[database]\npath={}\n[user]\nname=a\nprimary_email=a@h\n",
            mail.display()
        ),
    )
    .expect("written");
    let run = |program: Program| program.env("HOME", &home).env("NOTMUCH_CONFIG", &config);
    run(mailbox.sandbox.shell("notmuch new --quiet")).run_to(0);
    run(fetch(&mailbox, &recipe("notmuch"))).run_to(0);
    let folders = ["INBOX/new", "INBOX/cur"].map(|folder| read_files(&mail.join(folder)));
    let stored = sorted(folders.concat());
    assert_eq!(stored, stored_forms(&mails));
}

/// The one of msmtp, which is as good as any: another fetches from it.
#[test]
fn sendmail_takes_every_octet_and_tells_who_refuses_it() {
    if !has("msmtp") {
        return;
    }
    let server = Lmtp::start();
    let mails: Vec<_> = (1..4).map(|seed| make(MailKind::Plain, seed)).collect();
    let mailbox = Mailbox::with(&mails);
    let (_, port) = server.address().split_once(':').expect("a port");
    let config = format!("account default\nhost 127.0.0.1\nport {port}\ntls off\nauth off\n");
    mailbox.sandbox.secret_file(".msmtprc", &config);
    let home = mailbox.sandbox.path("");
    let command = recipe("sendmail").replace("/usr/sbin/sendmail", "/usr/bin/msmtp");
    let run = |code| {
        let fetch = fetch(&mailbox, &command).env("HOME", &home);
        fetch.args(["--json", "--retry-refused"]).run_to(code)
    };
    server.on_line(|line| (line.starts_with("RCPT")).then_some("550 5.1.1 nobody"));
    let refused = run(76).events_of("failed");
    assert_eq!(refused.len(), 3);
    assert!(
        refused
            .iter()
            .all(|event| event["disposition"] == "refused")
    );
    server.on_line(|line| (line == ".").then_some("451 4.3.0 later"));
    assert_eq!(run(75).events_of("failed").len(), 3);
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
    let envelope: Vec<&str> = envelope.iter().map(String::as_str).collect();
    assert_eq!(envelope, ["MAIL FROM:<bob@example.org>", "RCPT TO:<frank>"]);
}

/// What the filter could not read is not delivered as nothing.
#[test]
fn a_filter_in_front_that_fails_is_a_deferral() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let tool = |name: &str, script: &str| {
        let path = mailbox
            .sandbox
            .program(name, format!("#!/bin/sh\n{script}\n"));
        path.display().to_string()
    };
    let lda = tool("lda", "cat >got/$RETR_ID");
    fs::create_dir(mailbox.sandbox.path("got")).expect("made");
    let command = recipe("rspamd").replace("/usr/lib/dovecot/dovecot-lda", &lda);
    let path = format!("{}:/usr/bin:/bin", mailbox.sandbox.root().display());
    let run = |code| {
        fetch(&mailbox, &command)
            .env("PATH", &path)
            .arg("--delete")
            .run_to(code)
    };
    for fails in ["cat >/dev/null; exit 1", "cat >/dev/null"] {
        tool("rspamc", fails);
        run(75);
        assert!(read_files(&mailbox.sandbox.path("got")).is_empty());
        assert_eq!(mailbox.model.maildrop().len(), 2);
    }
    tool("rspamc", "cat");
    run(0);
    assert_eq!(
        read_files(&mailbox.sandbox.path("got")),
        stored_forms(&mails)
    );
    assert_eq!(read_files(&mailbox.sandbox.path("tmp")), [b""; 0]);
}
