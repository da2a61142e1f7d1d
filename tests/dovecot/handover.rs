//! Mail handed on to Dovecot: by LMTP, and to its delivery agent.

use super::server::Dovecot;
use super::support::env::Program;
use super::support::mail::{Kind as MailKind, Mail, assorted};
use super::{Mode, Reader};
use crate::support::store::Kind;

/// Messages that a mailbox takes.
const QUOTA: usize = 5;

const LDA: &str = "/usr/lib/dovecot/dovecot-lda";

fn mails(count: usize, seed: u64) -> Vec<Mail> {
    assorted(&MailKind::SERVED_UNCHANGED, count, seed)
}

fn put(server: &Dovecot, mails: &[Mail], from: usize) {
    for (at, mail) in mails.iter().enumerate() {
        server.deliver(
            "alice",
            &format!("1700000000.{}.test", from + at),
            &mail.stored,
        );
    }
}

/// A fetch of alice's mail that is handed on in this way.
fn fetch(reader: &Reader<'_>, how: &[&str]) -> Program {
    let url = format!("pop3://alice@127.0.0.1:{}", reader.server.pop3);
    let password = reader.sandbox.path("password");
    reader
        .sandbox
        .retr([
            "fetch",
            &url,
            "--json",
            "--tls",
            "none",
            "--delete",
            "--password-file",
        ])
        .args([password])
        .args(how)
}

/// Returns whether each message came, with what a delivery agent puts before
/// it.
fn assert_came(server: &Dovecot, mails: &[Mail]) {
    let files = server.files("bob");
    assert_eq!(files.len(), mails.len());
    for mail in mails {
        let came = files.iter().filter(|file| file.ends_with(&mail.stored));
        assert_eq!(came.count(), 1);
    }
}

fn hands_on(how: impl Fn(&Dovecot, &str) -> Vec<String>) {
    let server = Dovecot::start_with_lmtp(&["alice", "bob"], QUOTA);
    let reader = Reader::new(&server, "alice", Mode::Plain, Kind::Maildir);
    let fetch = |user: &str| {
        let how = how(&server, user);
        fetch(&reader, &how.iter().map(String::as_str).collect::<Vec<_>>())
    };
    // Nobody is there of this name: nothing is lost by that.
    let first = mails(3, 1);
    put(&server, &first, 0);
    let output = fetch("nobody-here").run_to(76);
    let failed = output.events_of("failed");
    assert_eq!(failed.len(), 3);
    assert!(
        failed.iter().all(|event| event["disposition"] == "refused"),
        "{output}"
    );
    assert_eq!(server.files("alice").len(), 3);
    let output = fetch("bob").args(["--retry-refused"]).run_to(0);
    assert_eq!(output.events_of("message").len(), 3);
    assert_came(&server, &first);
    assert!(server.files("alice").is_empty());
    // Two more are within the quota, and what is not stays.
    let more = mails(4, 50);
    put(&server, &more, 3);
    let output = fetch("bob").run();
    assert_ne!(output.code(), Some(0), "{output}");
    assert_eq!(output.events_of("message").len(), 2);
    assert_eq!(output.events_of("failed").len(), 2);
    assert_eq!(server.files("bob").len(), QUOTA);
    assert_eq!(server.files("alice").len(), 2);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn dovecot_takes_messages_by_lmtp() {
    hands_on(|server, user| {
        let socket = server.lmtp().display().to_string();
        ["--lmtp", &socket, "--recipient", user]
            .map(str::to_owned)
            .into()
    });
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn dovecot_lda_takes_messages() {
    hands_on(|server, user| {
        let config = server.config().display().to_string();
        let command = format!("{LDA} -c {config} -e -f {{sender}} -d {{recipient}}");
        ["--mda", &command, "--recipient", user]
            .map(str::to_owned)
            .into()
    });
}
