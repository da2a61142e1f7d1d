//! The program against Dovecot, with plain, STARTTLS and implicit TLS, into
//! both kinds of stores. `tests/run` installs Dovecot and runs these tests;
//! without it they are ignored.

mod backup;
mod handover;
mod server;
mod switch;
mod tokens;

#[expect(dead_code, reason = "the other test binary uses the rest")]
#[allow(unused_imports, unused_macros, reason = "the same")]
#[path = "../it/support/mod.rs"]
mod support;

use std::path::PathBuf;

use serde_json::json;
use sha2::{Digest, Sha256};

use server::{Dovecot, PASSWORD};
use support::env::{Program, Sandbox};
use support::mail::{Kind as MailKind, assorted};
use support::model::certs;
use support::store::{Kind, assert_same};
use support::table::at_once;

/// How the connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    Starttls,
    Implicit,
}

/// A user of the server, with a place to keep mail.
struct Reader<'a> {
    server: &'a Dovecot,
    user: &'static str,
    mode: Mode,
    kind: Kind,
    /// The root it trusts.
    ca: PathBuf,
    sandbox: Sandbox,
}

impl<'a> Reader<'a> {
    fn new(server: &'a Dovecot, user: &'static str, mode: Mode, kind: Kind) -> Self {
        let sandbox = Sandbox::new();
        sandbox.secret_file("password", PASSWORD);
        Self { server, user, mode, kind, ca: certs::ca(), sandbox }
    }

    fn store(&self) -> PathBuf {
        self.sandbox.path("Mail")
    }

    fn fetch(&self) -> Program {
        self.fetch_by(&["--password-file".into(), self.sandbox.path("password")])
    }

    /// The same, with the secret got in this way.
    fn fetch_by(&self, secret: &[PathBuf]) -> Program {
        let (scheme, port) = match self.mode {
            Mode::Implicit => ("pop3s", self.server.pop3s),
            _ => ("pop3", self.server.pop3),
        };
        let url = format!("{scheme}://{}@127.0.0.1:{port}", self.user);
        let trust: [PathBuf; 2] = match self.mode {
            Mode::Plain => ["--tls".into(), "none".into()],
            _ => ["--tls-ca".into(), self.ca.clone()],
        };
        self.sandbox
            .retr(["fetch", &url, "--json"])
            .args(trust)
            .args(secret)
            .args([self.kind.option().into(), self.store()])
    }

    fn stored(&self) -> Vec<Vec<u8>> {
        self.kind.read(&self.store())
    }
}

const MESSAGES: usize = 306;

/// First run, second run, three more, and then everything off the server.
#[test]
#[ignore = "needs Dovecot: tests/run"]
fn everything_is_backed_up_and_taken_off_the_server() {
    let mode = |mode| Kind::BOTH.map(|kind| (mode, kind));
    let ways = [Mode::Plain, Mode::Starttls, Mode::Implicit].map(mode);
    at_once(ways.concat(), |(mode, kind)| backs_up_and_empties(mode, kind));
}

fn backs_up_and_empties(mode: Mode, kind: Kind) {
    let server = Dovecot::start(&["alice"]);
    let mails = assorted(MailKind::served_unchanged(), MESSAGES, 1);
    server.deliver_all("alice", 1_700_000_000, &mails);
    let reader = Reader::new(&server, "alice", mode, kind);

    let first = reader.fetch().run_to(0);
    let files = server.files("alice");
    assert_eq!(files.len(), MESSAGES);
    assert_same(&reader.stored(), &files);
    let octets: usize = mails.iter().map(|mail| mail.wire.len()).sum();
    let counts = json!({"listed": MESSAGES, "new": MESSAGES, "stored": MESSAGES, "skipped": 0,
        "failed": 0, "deleted": 0, "bytes": octets, "exit": 0});
    first.has("summary", counts);
    assert_eq!(first.events_of("session")[0]["tls"], mode != Mode::Plain);
    let mut told = first.column("message", "sha256");
    told.sort();
    let hash = |file: &Vec<u8>| data_encoding::HEXLOWER.encode(&Sha256::digest(file));
    let mut hashes: Vec<String> = files.iter().map(hash).collect();
    hashes.sort();
    assert_eq!(told, hashes);

    let nothing = json!({"listed": MESSAGES, "new": 0, "stored": 0, "bytes": 0});
    reader.fetch().run_to(0).has("summary", nothing);
    assert_same(&reader.stored(), &files);

    let more = assorted(MailKind::served_unchanged(), 3, 5000);
    server.deliver_all("alice", 1_700_000_001, &more);
    let third = reader.fetch().run_to(0);
    let files = server.files("alice");
    assert_eq!(files.len(), MESSAGES + 3);
    third.has("summary", json!({"stored": 3}));
    assert_same(&reader.stored(), &files);

    let last = reader.fetch().args(["--delete"]).run_to(0);
    assert!(server.files("alice").is_empty());
    assert_same(&reader.stored(), &files);
    last.has("summary", json!({"stored": 0, "deleted": MESSAGES + 3}));
    assert_eq!(last.events_of("deleted").len(), MESSAGES + 3);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn mail_is_fetched_and_deleted_in_one_run() {
    let server = Dovecot::start(&["alice"]);
    let mails = assorted(MailKind::served_unchanged(), 60, 9);
    server.deliver_all("alice", 1_700_000_000, &mails);
    let files = server.files("alice");
    let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Maildir);
    let output = reader.fetch().args(["--delete"]).run_to(0);
    assert_same(&reader.stored(), &files);
    assert!(server.files("alice").is_empty());
    output.has("summary", json!({"deleted": 60}));
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn every_mechanism_logs_in_and_refuses_a_wrong_password() {
    let users = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7"];
    let server = Dovecot::start(&users);
    for (user, (option, method)) in users.into_iter().zip([
        ("plain", "PLAIN"),
        ("login", "LOGIN"),
        ("cram-md5", "CRAM-MD5"),
        ("scram-sha-1", "SCRAM-SHA-1"),
        ("scram-sha-256", "SCRAM-SHA-256"),
        ("apop", "APOP"),
        ("user", "PLAIN"),
        ("auto", "SCRAM-SHA-256"),
    ]) {
        server.deliver(user, "1700000000.1.test", b"Subject: x\n\ny\n");
        let reader = Reader::new(&server, user, Mode::Plain, Kind::Maildir);
        let fetch = || reader.fetch().args(["--auth", option]);
        fetch().run_to(0);
        assert_eq!(reader.stored(), [b"Subject: x\n\ny\n"], "{option}");
        server.wait_for_log(&format!("Login: user=<{user}>, method={method},"));
        reader.sandbox.secret_file("password", "wrong");
        fetch().run_to(77).has("error", json!({"code": 77}));
    }
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn a_mechanism_it_does_not_have_is_no_wrong_password() {
    let server = Dovecot::start(&["alice"]);
    for (option, method) in [("xoauth2", "XOAUTH2"), ("oauthbearer", "OAUTHBEARER")] {
        let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Maildir);
        let output = reader.fetch().args(["--auth", option, "-vv"]).run_to(69);
        let error = output.has("error", json!({"class": "unavailable"}));
        let text = error["text"].as_str().expect("a text");
        let told = format!("login by {method} was refused: ");
        assert!(text.contains(&told), "{text}");
        let offer = "(the server offers only PLAIN, LOGIN, CRAM-MD5, SCRAM-SHA-1, SCRAM-SHA-256)";
        assert!(text.ends_with(offer), "{text}");
        // It heard the name alone, and no other mechanism was tried.
        let trace = output.stderr_text();
        let mut lines = trace.lines().filter(|line| line.contains("C: AUTH"));
        let said = lines.next().expect("a line");
        assert!(said.ends_with(&format!("C: AUTH {method}")), "{trace}");
        assert_eq!(lines.next(), None, "{trace}");
    }
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn a_root_it_does_not_know_is_refused() {
    let server = Dovecot::start(&["alice"]);
    for mode in [Mode::Starttls, Mode::Implicit] {
        let mut reader = Reader::new(&server, "alice", mode, Kind::Maildir);
        reader.ca = certs::path("self-signed.pem");
        reader.fetch().run_to(79).has("error", json!({"class": "tls"}));
    }
}
