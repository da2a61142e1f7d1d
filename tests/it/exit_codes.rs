//! Exit codes, and the three lines that explain them.

use std::fs::{self, File};
use std::net::ToSocketAddrs;
use std::os::unix::fs::PermissionsExt;

use crate::support::env::{Program, Sandbox};
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Faults, Gate, Setup};
use crate::support::output::Output;
use crate::support::refusing::Refusing;
use crate::support::store::Kind;

/// Fails unless stderr is an error of at most three lines.
#[track_caller]
fn assert_explained(output: &Output) {
    let text = output.stderr_text();
    let lines: Vec<&str> = text.lines().collect();
    assert!((1..=3).contains(&lines.len()), "{output}");
    assert!(lines[0].starts_with("retr: error: "), "{output}");
    for line in &lines[1..] {
        let known = line.starts_with("caused by: ") || line.starts_with("hint: ");
        assert!(known, "{output}");
    }
    assert!(output.stdout.is_empty(), "{output}");
}

/// Runs to this code, and explains it.
#[track_caller]
fn ends(program: Program, code: i32) -> Output {
    let output = program.run_to(code);
    assert_explained(&output);
    output
}

/// `fetch` with everything it needs, from a server that is not reached.
fn fetch_from(sandbox: &Sandbox, url: &str) -> Program {
    let password = sandbox.secret_file("password", "x");
    sandbox
        .retr(["fetch", url, "--tls", "none", "--password-file"])
        .args([password])
        .args(["--maildir".into(), sandbox.path("Mail")])
}

#[test]
fn wrong_use_of_the_command_line() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["fetch", "--no-such-option"][..],
        &["no-such-command"],
        &["fetch", "pop3://alice@127.0.0.1", "--timeout", "soon"],
        &["fetch", "pop3://alice@127.0.0.1", "--auth", "shouting"],
        &[
            "fetch",
            "pop3://alice@127.0.0.1",
            "--maildir",
            "a",
            "--mbox",
            "b",
        ],
        &["fetch", "pop3://alice@127.0.0.1", "--max-size", "big"],
        &["fetch", "http://alice@127.0.0.1", "--maildir", "a"],
        &[
            "fetch",
            "pop3://alice@127.0.0.1",
            "--maildir",
            "a",
            "--no-uidl",
        ],
    ] {
        let output = sandbox.retr(arguments).run_to(64);
        assert!(output.stdout.is_empty(), "{output}");
        assert!(!output.stderr.is_empty(), "{output}");
    }
    let output = fetch_from(&sandbox, "pop3://alice:hunter2@127.0.0.1").run_to(64);
    assert_explained(&output);
    assert!(output.stderr_text().contains("hint: "), "{output}");
    assert!(!output.stderr_text().contains("hunter2"), "{output}");
}

// Fault 1.
#[test]
fn an_unknown_host() {
    // Where no name server answers at all, trying later is the right advice.
    let error = ("nosuch.invalid", 110)
        .to_socket_addrs()
        .expect_err("no such name");
    let code = if error.to_string().contains("Temporary failure") {
        75
    } else {
        68
    };
    let sandbox = Sandbox::new();
    let output = fetch_from(&sandbox, "pop3://alice@nosuch.invalid").args(["--insecure-plaintext"]);
    ends(output, code);
}

#[test]
fn help_on_what_is_neither_a_command_nor_a_topic() {
    let sandbox = Sandbox::new();
    for words in [
        &["help"][..],
        &["help", "state", "show"],
        &["help", "units"],
    ] {
        let output = sandbox.retr(words).run_to(0);
        assert!(
            output.stderr.is_empty() && !output.stdout.is_empty(),
            "{output}"
        );
    }
    let output = sandbox.retr(["help", "nothing"]).run_to(64);
    assert_eq!(
        output.to_string(),
        "------- stderr -------\n\
         retr: error: `nothing` is neither a command nor a topic\n\
         hint: `retr help` lists commands; topics: exit-codes, json, units, promises\n\
         [exit status: 64]\n"
    );
}

#[test]
fn a_refused_connection() {
    let nobody = Refusing::new();
    let port = nobody.address().port();
    let sandbox = Sandbox::new();
    let output = ends(
        fetch_from(&sandbox, &format!("pop3://alice@127.0.0.1:{port}")),
        69,
    );
    assert!(
        output.stderr_text().contains(&format!("port {port}: ")),
        "{output}"
    );
}

#[test]
fn a_wrong_password() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.sandbox.secret_file("password", "wrong");
    ends(mailbox.fetch(), 77);
}

#[test]
fn json_tells_the_error_as_an_event() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.sandbox.secret_file("password", "wrong");
    let output = mailbox.fetch_json().run_to(77);
    let error = output.event("error");
    assert_eq!(error["code"], 77);
    assert_eq!(error["class"], "auth");
    assert_eq!(error["retryable"], false);
    assert!(
        error["text"].is_string() && error.get("hint").is_some(),
        "{error}"
    );
    let summary = output.event("summary");
    assert_eq!(summary["exit"], 77);
    assert_eq!(output.events().last(), Some(&summary));
}

#[test]
fn no_later_run_mends_a_reset() {
    let mailbox = Mailbox::with(&small(20, 1));
    mailbox.fetch().run_to(0);
    mailbox.model.maildrop().renumber();
    let output = mailbox.fetch_json().run_to(75);
    let error = output.event("error");
    assert_eq!(error["code"], 75);
    assert_eq!(error["class"], "temporary");
    assert_eq!(error["retryable"], false);
    let hint = error["hint"].as_str().expect("a hint");
    let way_out = format!("`retr state mark-seen {}`", mailbox.url());
    assert!(hint.contains(&way_out), "{hint}");
    let marked = mailbox.sandbox.retr(["state", "mark-seen"]);
    mailbox.connecting(marked).run_to(0);
    mailbox.fetch().run_to(0);
    assert_eq!(mailbox.model.count("RETR"), 20);
}

// Fault 95.
#[test]
fn servers_that_do_not_speak_pop3() {
    for (greeting, code) in [
        ("HTTP/1.1 400 Bad Request", 76),
        ("SSH-2.0-x", 76),
        ("+ERR no", 76),
        ("-ERR too busy", 75),
        ("-ERR [SYS/TEMP] too busy", 75),
        ("-ERR [SYS/PERM] closed", 77),
    ] {
        let setup = Setup {
            greeting,
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &small(1, 1));
        let output = ends(mailbox.fetch(), code);
        for command in ["USER", "PASS", "AUTH"] {
            assert_eq!(mailbox.model.count(command), 0, "{greeting}\n{output}");
        }
    }
}

#[test]
fn a_server_that_falls_silent() {
    let mailbox = Mailbox::with(&small(1, 1));
    let gate = Gate::new();
    mailbox.model.set_faults(Faults {
        stall_at: Some((0, gate.clone())),
        ..Faults::default()
    });
    ends(mailbox.fetch().args(["--timeout", "1s"]), 75);
    ends(mailbox.fetch().args(["--deadline", "1s"]), 75);
    gate.open();
}

// Q4, fault 80.
#[test]
fn a_server_without_unique_ids() {
    let setup = Setup {
        uidl: false,
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    let output = ends(mailbox.fetch(), 69);
    assert!(output.stderr_text().contains("hint: "), "{output}");
    assert!(output.stderr_text().contains("--no-uidl"), "{output}");
    assert_eq!(mailbox.model.count("RETR"), 0);
    assert_eq!(mailbox.stored().len(), 0);
}

#[test]
fn a_target_that_cannot_be_made_is_found_before_anything_is_fetched() {
    let mailbox = Mailbox::with(&small(1, 1));
    let file = mailbox.sandbox.path("file");
    fs::write(&file, "in the way").expect("a file");
    let folder = mailbox.sandbox.path("folder");
    fs::create_dir(&folder).expect("a folder");
    for (option, path) in [
        ("--maildir", file.join("Mail")),
        ("--maildir", file.clone()),
        ("--maildir", mailbox.sandbox.path("missing/Mail")),
        ("--mbox", file.join("mbox")),
        ("--mbox", folder),
        ("--mbox", mailbox.sandbox.path("missing/mbox")),
    ] {
        let output = mailbox.command("fetch").args([option]).args([&path]).run();
        assert!(matches!(output.code(), Some(73 | 78)), "{path:?}\n{output}");
        assert_explained(&output);
        assert_eq!(mailbox.model.count("RETR"), 0);
    }
    let output = mailbox
        .fetch()
        .args(["--state-dir".into(), file.join("state")])
        .run_to(73);
    assert_explained(&output);
    assert_eq!(mailbox.model.count("RETR"), 0);
    assert_eq!(fs::read(&file).expect("the file"), b"in the way");
}

#[test]
fn another_run_holds_the_lock() {
    let mails = small(1, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let lock = File::open(mailbox.lock_file()).expect("the lock file");
    lock.lock().expect("the lock");
    ends(mailbox.fetch(), 75);
    let waiting = mailbox.fetch().args(["--lock-wait", "30s"]).start();
    lock.unlock().expect("unlock");
    let output = waiting.finish();
    assert_eq!(output.code(), Some(0), "{output}");
    mailbox.assert_stored(&mails);
}

#[test]
fn a_damaged_ledger_is_never_taken_for_an_empty_one() {
    let mailbox = Mailbox::with(&small(20, 1));
    mailbox.fetch().run_to(0);
    let ledger = mailbox.ledger();
    let whole = fs::read(&ledger).expect("the ledger");
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&ledger, &damaged).expect("damage");
    ends(mailbox.fetch(), 65);
    assert_eq!(fs::read(&ledger).expect("the ledger"), damaged);
    assert_eq!(mailbox.model.count("RETR"), 20);

    // A torn tail is what a power cut leaves, and is mended.
    fs::write(&ledger, &whole[..whole.len() - 3]).expect("tear");
    mailbox.fetch().run_to(0);
    assert_eq!(mailbox.stored().len(), 20);
}

#[test]
fn secrets_that_others_can_read() {
    let mailbox = Mailbox::with(&small(1, 1));
    let password = mailbox.sandbox.path("password");
    fs::set_permissions(&password, fs::Permissions::from_mode(0o644)).expect("chmod");
    let output = ends(mailbox.fetch(), 78);
    assert!(output.stderr_text().contains("chmod"), "{output}");
    assert_eq!(mailbox.model.session_count(), 0);
    fs::remove_file(&password).expect("remove");
    ends(mailbox.fetch(), 78);
    mailbox.sandbox.secret_file("password", "one\ntwo\n");
    let output = ends(mailbox.fetch(), 78);
    assert!(!output.stderr_text().contains("two"), "{output}");
}

#[test]
fn a_config_that_is_wrong() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("config/retr")).expect("folder");
    let config = sandbox.path("config/retr/config.toml");
    fs::write(&config, "[accounts.work]\nhots = \"pop.example.com\"\n").expect("config");
    let output = ends(sandbox.retr(["fetch", "work"]), 78);
    let text = output.stderr_text();
    for part in ["config.toml", "hots", "host", "2"] {
        assert!(text.contains(part), "{part}\n{output}");
    }
    let good = "[accounts.work]\nhost = \"127.0.0.1\"\nuser = \"alice\"\n";
    fs::write(&config, good).expect("config");
    ends(sandbox.retr(["fetch", "home"]), 78);
    // There is no place for the mail.
    ends(sandbox.retr(["fetch", "work"]), 78);
}

#[test]
fn an_empty_run_may_have_a_code_of_its_own() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().args(["--exit-empty", "5"]).run_to(0);
    mailbox.fetch().args(["--exit-empty", "5"]).run_to(5);
    mailbox.fetch().run_to(0);
}

#[test]
fn of_several_accounts_the_worst_failure_counts() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    let nobody = Refusing::new();
    let refused = nobody.address().port();
    let bad = mailbox.sandbox.secret_file("bad", "wrong");
    let good = mailbox.sandbox.path("password");
    let other = Mailbox::with(&mails);
    let account = |name: &str, port: u16, password: &std::path::Path| {
        format!(
            "[accounts.{name}]\nhost = \"127.0.0.1\"\nport = {port}\nuser = \"alice\"\ntls = \"none\"\n\
             password_file = {password:?}\nmaildir = {:?}\nstate_dir = {:?}\n",
            mailbox.sandbox.path(name),
            mailbox.sandbox.path(&format!("state-{name}")),
        )
    };
    let config = [
        account("works", mailbox.model.port(), &good),
        account("refused", refused, &good),
        account("locked-out", other.model.port(), &bad),
    ];
    fs::create_dir(mailbox.sandbox.path("config/retr")).expect("folder");
    fs::write(
        mailbox.sandbox.path("config/retr/config.toml"),
        config.concat(),
    )
    .expect("config");
    let output = mailbox.sandbox.retr(["fetch", "--json"]).run_to(77);
    let exits: std::collections::BTreeMap<String, u64> = output
        .events_of("summary")
        .into_iter()
        .filter_map(|event| {
            Some((
                event["account"].as_str()?.to_owned(),
                event["exit"].as_u64()?,
            ))
        })
        .collect();
    assert_eq!(exits["works"], 0, "{output}");
    assert_eq!(exits["refused"], 69, "{output}");
    assert_eq!(exits["locked-out"], 77, "{output}");
    assert_eq!(Kind::Maildir.read(&mailbox.sandbox.path("works")).len(), 2);
}
