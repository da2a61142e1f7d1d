//! An archive put back into a mailbox that is new: one message, a month,
//! everything; and what the mailbox has then, proved by the manifest.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use sha2::{Digest, Sha256};

use super::server::Dovecot;
use super::support::env::Program;
use super::support::mail::{Kind as MailKind, assorted};
use super::{Mode, Reader};
use crate::support::store::Kind;

const MESSAGES: usize = 20;

/// As many of them came long ago.
const OLD: usize = 7;

/// The months of an archive, and the files of all.
fn files(archive: &Path) -> Vec<PathBuf> {
    let list = |dir: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).expect("listed");
        entries.map(|entry| entry.expect("one").path()).collect()
    };
    let years = list(archive).into_iter();
    let years = years.filter(|path| !path.ends_with("tmp"));
    let months = years.flat_map(|year| list(&year));
    months.flat_map(|month| list(&month)).collect()
}

fn hash(octets: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(octets))
}

/// What was delivered, without the three fields that Dovecot puts before it.
fn as_sent(delivered: &[u8]) -> &[u8] {
    let mut rest = delivered;
    for field in ["Return-Path: ", "Delivered-To: ", "Received: "] {
        assert!(rest.starts_with(field.as_bytes()), "{field}");
        loop {
            let end = rest.iter().position(|&octet| octet == b'\n');
            rest = &rest[end.expect("a line") + 1..];
            if !rest.starts_with(b"\t") && !rest.starts_with(b" ") {
                break;
            }
        }
    }
    rest
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn an_archive_comes_back_into_a_new_mailbox_and_is_proved_there() {
    let server = Dovecot::start_with_lmtp(&["alice", "bob"], 10 * MESSAGES);
    let mails = assorted(MailKind::served_unchanged(), MESSAGES, 3);
    let (old, new) = mails.split_at(OLD);
    server.deliver_all("alice", 1_700_000_000, new);
    let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Archive);
    let archive = reader.store();
    reader.fetch().run_to(0);

    // The month of long ago is that of another back-up.
    let retr = |words: &[&str]| -> Program { reader.sandbox.retr(words) };
    for (at, mail) in old.iter().enumerate() {
        let path = format!("before/{at}.eml");
        let path = reader.sandbox.write(&path, &mail.stored);
        let then = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let file = File::options().append(true).open(path).expect("opened");
        file.set_modified(then).expect("dated");
    }
    let place = archive.to_str().expect("UTF-8");
    retr(&["restore", "before", "--archive", place]).run_to(0);
    let script = format!("cd {place} && find * -name '*.eml' | xargs sha256sum > ../all.sha256");
    reader.sandbox.shell(&script).run_to(0);

    // One message, its month, everything: each time what is lacking.
    let month = archive.join("2023/11");
    let one = files(&archive).into_iter().find(|file| file.starts_with(&month));
    let lmtp = server.lmtp();
    let restore = |source: &Path| {
        let restore = retr(&["restore", "--json"]).arg(source).arg("--lmtp");
        let output = restore.arg(&lmtp).args(["--recipient", "bob"]).run_to(0);
        let summary = output.event("summary");
        summary["stored"].as_u64().expect("a number")
    };
    assert_eq!(restore(&one.expect("one of them")), 1);
    assert_eq!(server.files("bob").len(), 1);
    assert_eq!(restore(&month), OLD as u64 - 1);
    assert_eq!(server.files("bob").len(), OLD);
    assert_eq!(restore(&archive), (MESSAGES - OLD) as u64);
    assert_eq!(restore(&archive), 0);

    // What the mailbox has is fetched, and proved.
    let fetched = Reader::new(&server, "bob", Mode::Implicit, Kind::Maildir);
    fetched.fetch().run_to(0);
    let copy = reader.sandbox.path("copy");
    let all = files(&archive);
    for message in fetched.stored() {
        let message = as_sent(&message);
        let name = format!("{}.eml", hash(message));
        let file = all.iter().find(|file| file.ends_with(&name));
        let file = file.expect("one of them").strip_prefix(&archive);
        let path = copy.join(file.expect("below"));
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, message).expect("written");
    }
    let check = ["verify", "--manifest-check", "all.sha256", "--archive"];
    let output = retr(&check).arg(&copy).arg("--json").run_to(0);
    output.has("verification", json!({"intact": MESSAGES}));
    fs::remove_file(copy.join(all[0].strip_prefix(&archive).expect("below"))).expect("removed");
    retr(&check).arg(&copy).run_to(65);
}
