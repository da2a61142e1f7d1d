//! What `fetch` stores, skips, deletes and tells.

use std::fs;

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::mail::{Kind as MailKind, Mail, assorted, make, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Faults, Setup};
use crate::support::store::Kind;

/// First everything, then nothing, then what is new; and it all can be deleted.
// Cases 1, 4 and 12, Q27, faults 66, 85 and 86.
#[test]
fn the_first_run_stores_every_octet() {
    for kind in Kind::ALL {
        let mut mails = assorted(&MailKind::ALL, 39, 1);
        if kind == Kind::Archive {
            // One file, however often a message comes.
            mails.retain(|mail| mail.wire.len() > 2);
        }
        let count = mails.len();
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.left(), count);
        assert_eq!(mailbox.model.count("DELE"), 0);
        assert_eq!(mailbox.model.count("QUIT"), 1);

        assert_eq!(mailbox.stores(), 0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.count("RETR"), count);

        let more = small(3, 77);
        mailbox.model.maildrop().add_all(&more);
        mails.extend(more);
        assert_eq!(mailbox.stores(), 3);
        assert_eq!(mailbox.model.count("RETR"), count + 3);
        let output = mailbox.fetch_json().arg("--delete").run_to(0);
        assert_eq!(mailbox.model.left(), 0);
        mailbox.assert_stored(&mails);
        assert_eq!(output.events_of("deleted").len(), count + 3);
        output.has("summary", json!({"deleted": count + 3}));
    }
}

// Case 11.
#[test]
fn octets_that_come_one_by_one_are_stored_the_same() {
    let odd = [MailKind::Dots, MailKind::BareCr, MailKind::Nul, MailKind::Nothing];
    let mut mails = small(3, 1);
    mails.extend(odd.map(|kind| make(kind, 9)));
    for pipelining in [true, false] {
        let mailbox = Mailbox::on(Setup::default().pipelining(pipelining), &mails);
        mailbox.model.set_faults(Faults { dribble: true, ..Faults::default() });
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

/// What was left out is not deleted, and no less new in the next run.
#[test]
fn limits_leave_messages_out_and_say_so() {
    let mail = |size| Mail::new(format!("Subject: {size}\r\n\r\n{}\r\n", "x".repeat(size)));
    let mails = [10, 3000, 20, 30].map(mail);
    for (options, taken) in [
        (["--max-messages", "2"], &[0, 1][..]),
        (["--max-size", "1k"], &[0, 2, 3]),
        (["--max-bytes", "100"], &[0, 2]),
    ] {
        let mailbox = Mailbox::with(&mails);
        let fetch = mailbox.fetch_json().arg("--delete");
        let output = fetch.args(options).run_to(0);
        let skipped = output.events_of("skipped");
        let summary = output.has("summary", json!({"skipped": skipped.len()}));
        for event in &skipped {
            assert!(event["reason"].is_string(), "{event}");
            assert!(event["size"].is_u64(), "{event}");
        }
        if options[0] == "--max-bytes" {
            let octets = summary["bytes"].as_u64().expect("a number");
            assert!((1..=100).contains(&octets), "{output}");
            mailbox.assert_part_stored(&mails);
        } else {
            let expected: Vec<Mail> = taken.iter().map(|&at: &usize| mails[at].clone()).collect();
            mailbox.assert_stored(&expected);
            assert_eq!(skipped.len(), 4 - taken.len());
        }
        assert_eq!(mailbox.model.left(), skipped.len());
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn all_stores_again_only_what_has_gone_from_the_maildir() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    mailbox.take_out(&fetched[1]);
    assert_eq!(mailbox.stores(), 0);
    mailbox.fetch().args(["--all"]).run_to(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn a_dry_run_tells_and_touches_nothing() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let dry = ["--dry-run", "--delete"];
    let output = mailbox.fetch_json().args(dry).run_to(0);
    let planned = output.events_of("planned");
    assert_eq!(planned[0]["uid"], "uid00000");
    let is_deleted = |row: &serde_json::Value| row["then_delete"] == true;
    assert!(planned.iter().all(is_deleted), "{output}");
    let rows = mailbox.fetch().args(dry).run_to(0).stdout_text();
    let told = rows.matches(" fetch, then delete uid0");
    assert_eq!(told.count(), 3, "{rows}");
    let delete = mailbox.command("delete").args(["1", "--dry-run", "--json"]);
    let planned = delete.run_to(0).event("planned");
    assert!(planned["size"].as_u64() > Some(0), "{planned}");
    assert!(!mailbox.store().exists());
    for command in ["RETR", "TOP", "DELE"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
    mailbox.fetch().args(["--delete"]).run_to(0);
    mailbox.assert_stored(&mails);
}

// Case 34.
#[test]
fn without_uidl_everything_is_fetched_and_deleted() {
    let mails = small(3, 1);
    let mailbox = Mailbox::on(Setup::default().uidl(false), &mails);
    mailbox.fetch().args(["--no-uidl", "--delete"]).run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.left(), 0);
}

#[test]
fn json_tells_every_message_and_the_counts_agree() {
    for kind in Kind::ALL {
        let mails = assorted(&MailKind::ALL, 26, 5);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let output = mailbox.fetch_json().run_to(0);
        assert!(output.stderr.is_empty(), "{output}");
        let port = mailbox.model.port();
        output.has(
            "session",
            json!({"host": "127.0.0.1", "port": port, "tls": false, "listed": 26, "new": 26}),
        );
        let file = fs::read(mailbox.store()).unwrap_or_default();
        let messages = output.events_of("message");
        assert_eq!(messages.len(), 26);
        for message in messages {
            let number = message["number"].as_u64().expect("a number") as usize;
            let mail = &mails[number - 1];
            let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&mail.stored));
            assert_eq!(message["uid"], format!("uid{:05}", number - 1));
            assert_eq!(message["size"], mail.wire.len(), "{message}");
            assert_eq!(message["sha256"], hash, "{message}");
            if kind == Kind::Mbox {
                let start = message["offset"].as_u64().expect("offset") as usize;
                let length = message["length"].as_u64().expect("length") as usize;
                let (part, rest) = file[start..].split_at(length);
                assert!(part.starts_with(b"From ") && part.ends_with(b"\n\n"));
                assert!(rest.is_empty() || rest.starts_with(b"From "));
            } else {
                let path = message[&kind.option()[2..]].as_str().expect("a path");
                assert_eq!(fs::read(path).expect("the file named"), mail.stored);
            }
        }
        let octets: usize = mails.iter().map(|mail| mail.wire.len()).sum();
        let counts = json!({"listed": 26, "new": 26, "stored": 26, "skipped": 0, "failed": 0,
            "deleted": 0, "exit": 0, "bytes": octets});
        let summary = output.has("summary", counts);
        assert!(summary["elapsed_ms"].is_u64());
        assert_eq!(output.events().last().expect("events"), &summary);
    }
}

/// One that has none stops nobody either.
// Q9, Q10, faults 75 and 76.
#[test]
fn odd_ids_are_ids_and_never_paths() {
    let long = "x".repeat(300);
    let uids = ["/../../x", "#", "\u{e9} spaced out", &long, "%41", ""];
    let mails = small(uids.len(), 1);
    let mailbox = Mailbox::with(&[]);
    for (uid, mail) in uids.iter().zip(&mails) {
        mailbox.model.maildrop().add_as(*uid, mail);
    }
    for _ in 0..2 {
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
    assert_eq!(mailbox.model.count("RETR"), uids.len());
}

// Case 48, Q34.
#[test]
fn nothing_is_sent_behind_a_login_before_it_is_answered() {
    let mails = small(20, 1);
    for mechanisms in [&["PLAIN"][..], &[]] {
        let setup = Setup::default().mechanisms(mechanisms);
        let mailbox = Mailbox::on(setup.swallows_behind_login(true), &mails);
        mailbox.fetch().args(["--timeout", "10s"]).run_to(0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.session_count(), 1);
    }
}

#[test]
fn another_state_folder_has_seen_nothing() {
    let mailbox = Mailbox::with(&small(2, 1));
    mailbox.fetch().run_to(0);
    let fetch = mailbox.command("fetch --maildir Other --state-dir other-state");
    fetch.run_to(0);
    assert_eq!(Kind::Maildir.read(&mailbox.path("Other")).len(), 2);
}
