//! Mail handed on to Dovecot: by LMTP, and to its delivery agent.

use std::io::{self, Write};
use std::path::Path;

use super::server::Dovecot;
use super::support::env::Program;
use super::support::mail::{Kind as MailKind, Mail, assorted};
use super::{Mode, Reader};
use crate::support::store::Kind;

/// Messages that a mailbox takes.
const QUOTA: usize = 5;

const LDA: &str = "/usr/lib/dovecot/dovecot-lda";

fn mails(count: usize, seed: u64) -> Vec<Mail> {
    assorted(MailKind::served_unchanged(), count, seed)
}

fn url(reader: &Reader<'_>) -> String {
    format!("pop3://alice@127.0.0.1:{}", reader.server.pop3)
}

/// A fetch of alice's mail that is handed on in this way.
fn hand_on(reader: &Reader<'_>, how: &[String]) -> Program {
    let fetch = reader.sandbox.typed("fetch --json --tls none");
    let fetch = fetch.args(["--password-file", "password"]);
    fetch.arg(url(reader)).args(how)
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

/// Hands on to it, and tells what it says of a mailbox that is full.
fn hands_on(how: How, full: &str, code: i32) {
    let server = Dovecot::start_with_lmtp(&["alice", "bob"], QUOTA);
    let reader = Reader::new(&server, "alice", Mode::Plain, Kind::Maildir);
    let fetch = |user: &str| hand_on(&reader, &how(&server, user)).arg("--delete");
    // Nobody is there of this name: nothing is lost by that.
    let first = mails(3, 1);
    server.deliver_all("alice", 1_700_000_000, &first);
    let output = fetch("nobody-here").run_to(76);
    let told = output.column("failed", "disposition");
    assert_eq!(told, ["refused"; 3], "{output}");
    assert_eq!(server.files("alice").len(), 3);
    let output = fetch("bob").args(["--retry-refused"]).run_to(0);
    assert_eq!(output.events_of("message").len(), 3);
    assert_came(&server, &first);
    assert!(server.files("alice").is_empty());
    // Two more are within the quota, and what is not stays.
    let more = mails(4, 50);
    server.deliver_all("alice", 1_700_000_001, &more);
    let output = fetch("bob").run_to(code);
    assert_eq!(output.events_of("message").len(), 2);
    let told = output.column("failed", "disposition");
    assert_eq!(told, [full; 2], "{output}");
    assert_eq!(server.files("bob").len(), QUOTA);
    assert_eq!(server.files("alice").len(), 2);
}

/// The options for one of Dovecot's ways to take messages.
type How = fn(&Dovecot, &str) -> Vec<String>;

fn by_lmtp(server: &Dovecot, user: &str) -> Vec<String> {
    let socket = server.lmtp().display().to_string();
    ["--lmtp", &socket, "--recipient", user].map(str::to_owned).into()
}

fn by_lda(server: &Dovecot, user: &str) -> Vec<String> {
    let config = server.config().display().to_string();
    let command = format!("{LDA} -c {config} -e -f {{sender}} -d {{recipient}}");
    ["--mda", &command, "--recipient", user].map(str::to_owned).into()
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn dovecot_takes_messages_by_lmtp() {
    // Full is a state that passes.
    hands_on(by_lmtp, "deferred", 75);
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn dovecot_lda_takes_messages() {
    hands_on(by_lda, "refused", 76);
}

/// The id is the same at every try, so that sieve can tell a second copy.
#[test]
#[ignore = "needs Dovecot: tests/run"]
fn sieve_stores_what_is_handed_on_twice_once() {
    if !Path::new("/usr/lib/dovecot/modules/lib90_sieve_plugin.so").exists() {
        let _ =
            writeln!(io::stderr(), "dovecot-sieve is not installed: the test with it was not run");
        return;
    }
    for how in [by_lmtp as How, by_lda] {
        let server = Dovecot::start_with_sieve(&["alice", "bob"]);
        let reader = Reader::new(&server, "alice", Mode::Plain, Kind::Maildir);
        let mails = mails(2, 1);
        server.deliver_all("alice", 1_700_000_000, &mails);
        let how = how(&server, "bob");
        for (id, stored) in [("--id-header", 2), ("--id-header", 2), ("--from-line", 4)] {
            let output = hand_on(&reader, &how).arg(id).run_to(0);
            let uids = output.column("message", "uid");
            assert_eq!(uids.len(), 2, "{output}");
            assert_eq!(server.files("bob").len(), stored, "{id}");
            // As if nobody knew whether it was taken.
            for uid in uids {
                let (url, uid) = (url(&reader), format!("uid:{uid}"));
                let forget = ["state", "forget", &url, &uid];
                reader.sandbox.retr(forget).run_to(0);
            }
        }
    }
}
