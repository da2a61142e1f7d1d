//! What `fetch` stores, skips, deletes and tells.

use std::fs;

use sha2::{Digest, Sha256};

use crate::support::mail::{Kind as MailKind, Mail, assorted, make, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::store::Kind;

// Cases 1, 4 and 12, Q27, faults 66, 85 and 86.
#[test]
fn the_first_run_stores_every_octet() {
    let mails = assorted(&MailKind::ALL, 39, 1);
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.maildrop().len(), 39);
        assert_eq!(mailbox.model.count("DELE"), 0);
        assert_eq!(mailbox.model.count("QUIT"), 1);
    }
}

// Case 11.
#[test]
fn octets_that_come_one_by_one_are_stored_the_same() {
    let mut mails = small(3, 1);
    for kind in [
        MailKind::Dots,
        MailKind::BareCr,
        MailKind::Nul,
        MailKind::Nothing,
    ] {
        mails.push(make(kind, 9));
    }
    for pipelining in [true, false] {
        let setup = Setup {
            pipelining,
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        mailbox.model.set_faults(crate::support::model::Faults {
            dribble: true,
            ..Default::default()
        });
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn the_second_run_stores_nothing_and_the_third_only_what_is_new() {
    for kind in Kind::BOTH {
        let mut mails = assorted(&MailKind::ALL, 30, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        let before = mailbox.stored();

        let second = mailbox.fetch_json().run_to(0);
        assert_eq!(second.event("summary")["stored"], 0);
        assert_eq!(mailbox.stored(), before);
        assert_eq!(mailbox.model.count("RETR"), 30);

        let more = small(3, 77);
        for mail in &more {
            mailbox.model.maildrop().add(mail);
        }
        mails.extend(more);
        let third = mailbox.fetch_json().run_to(0);
        assert_eq!(third.event("summary")["stored"], 3);
        assert_eq!(mailbox.model.count("RETR"), 33);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn delete_leaves_the_server_empty_and_the_mail_here() {
    for kind in Kind::BOTH {
        let mails = assorted(&MailKind::ALL, 26, 3);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let output = mailbox.fetch_json().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 0);
        mailbox.assert_stored(&mails);
        assert_eq!(output.events_of("deleted").len(), 26);
        assert_eq!(output.event("summary")["deleted"], 26);
    }
}

#[test]
fn delete_after_some_time_leaves_what_is_younger() {
    let mails = small(4, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().args(["--delete-after", "30d"]).run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 4);
    mailbox.fetch().args(["--delete-after", "0s"]).run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 0);
    assert_eq!(mailbox.model.count("RETR"), 4);
    mailbox.assert_stored(&mails);
}

#[test]
fn what_a_limit_leaves_out_is_not_deleted() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox
        .fetch()
        .args(["--delete", "--max-messages", "1"])
        .run_to(0);
    let left = mailbox.model.maildrop().messages();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].uid, b"uid00001");
    mailbox.assert_stored(&mails[..1]);
}

#[test]
fn limits_leave_messages_out_and_say_so() {
    let sizes = [10_usize, 3000, 20, 30];
    let mails: Vec<Mail> = sizes
        .iter()
        .map(|size| Mail::new(format!("Subject: {size}\r\n\r\n{}\r\n", "x".repeat(*size))))
        .collect();
    for (options, taken) in [
        (["--max-messages", "2"], vec![0, 1]),
        (["--max-size", "1k"], vec![0, 2, 3]),
        (["--max-bytes", "100"], vec![0, 2]),
    ] {
        let mailbox = Mailbox::with(&mails);
        let output = mailbox.fetch_json().args(options).run_to(0);
        let summary = output.event("summary");
        let skipped = output.events_of("skipped");
        assert_eq!(summary["skipped"], skipped.len(), "{options:?}\n{output}");
        for event in &skipped {
            assert!(
                event["reason"].is_string() && event["size"].is_u64(),
                "{event}"
            );
        }
        if options[0] == "--max-bytes" {
            let octets: u64 = summary["bytes"].as_u64().expect("a number");
            assert!((1..=100).contains(&octets), "{output}");
            mailbox.assert_part_stored(&mails);
            continue;
        }
        let expected: Vec<Mail> = taken.iter().map(|&at| mails[at].clone()).collect();
        mailbox.assert_stored(&expected);
        assert_eq!(skipped.len(), 4 - taken.len());
        // What was left out is no less new in the next run.
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn all_stores_again_only_what_has_gone_from_the_maildir() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let new = mailbox.store().join("new");
    let gone = fs::read_dir(&new)
        .expect("new")
        .map(|entry| entry.expect("entry").path())
        .find(|path| fs::read(path).expect("mail") == mails[1].stored)
        .expect("the second message");
    fs::remove_file(gone).expect("remove");
    mailbox.fetch().run_to(0);
    assert_eq!(mailbox.stored().len(), 2);
    mailbox.fetch().args(["--all"]).run_to(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn a_dry_run_tells_and_touches_nothing() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let output = mailbox
        .fetch_json()
        .args(["--dry-run", "--delete"])
        .run_to(0);
    let planned = output.events_of("planned");
    assert_eq!(planned[0]["uid"], "uid00000");
    assert!(
        planned.iter().all(|row| row["then_delete"] == true),
        "{output}"
    );
    let told = mailbox.fetch().args(["--dry-run", "--delete"]).run_to(0);
    let rows = told.stdout_text();
    assert_eq!(
        rows.matches(" fetch, then delete uid0").count(),
        3,
        "{told}"
    );
    assert!(!mailbox.store().exists());
    for command in ["RETR", "TOP", "DELE"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
    mailbox.fetch().args(["--delete"]).run_to(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn a_dry_deletion_tells_sizes() {
    let mailbox = Mailbox::with(&small(2, 1));
    let url = format!("pop3://alice@127.0.0.1:{}", mailbox.model.port());
    let output = mailbox
        .sandbox
        .retr(["delete", &url, "1", "--dry-run", "--json", "--tls", "none"])
        .args(["--password-file"])
        .args([mailbox.sandbox.path("password")])
        .run_to(0);
    let planned = output.event("planned");
    assert!(
        planned["size"].as_u64().is_some_and(|size| size > 0),
        "{output}"
    );
    assert_eq!(mailbox.model.count("DELE"), 0);
}

// Case 34.
#[test]
fn without_uidl_everything_is_fetched_and_deleted() {
    let mails = small(3, 1);
    let setup = Setup {
        uidl: false,
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &mails);
    mailbox.fetch().args(["--no-uidl", "--delete"]).run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.maildrop().len(), 0);
}

#[test]
fn json_tells_every_message_and_the_counts_agree() {
    for kind in Kind::ALL {
        let mails = assorted(&MailKind::ALL, 26, 5);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let output = mailbox.fetch_json().run_to(0);
        assert!(output.stderr.is_empty(), "{output}");

        let session = output.event("session");
        assert_eq!(session["host"], "127.0.0.1");
        assert_eq!(session["port"], mailbox.model.port());
        assert_eq!(session["tls"], false);
        assert_eq!(session["listed"], 26);
        assert_eq!(session["new"], 26);

        let file = fs::read(mailbox.store()).unwrap_or_default();
        for message in output.events_of("message") {
            let number = message["number"].as_u64().expect("a number") as usize;
            let mail = &mails[number - 1];
            let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(&mail.stored));
            assert_eq!(message["uid"], format!("uid{:05}", number - 1));
            assert_eq!(message["size"], mail.wire.len(), "{message}");
            assert_eq!(message["sha256"], hash, "{message}");
            match kind {
                Kind::Maildir | Kind::Archive => {
                    let path = message[&kind.option()[2..]].as_str().expect("a path");
                    assert_eq!(fs::read(path).expect("the file named"), mail.stored);
                }
                Kind::Mbox => {
                    let start = message["offset"].as_u64().expect("offset") as usize;
                    let length = message["length"].as_u64().expect("length") as usize;
                    let part = &file[start..start + length];
                    assert!(part.starts_with(b"From ") && part.ends_with(b"\n\n"));
                    let rest = &file[start + length..];
                    assert!(rest.is_empty() || rest.starts_with(b"From "));
                }
            }
        }
        assert_eq!(output.events_of("message").len(), 26);

        let octets: usize = mails.iter().map(|mail| mail.wire.len()).sum();
        let summary = output.event("summary");
        assert_eq!(output.events().last().expect("events"), &summary);
        for (key, value) in [
            ("listed", 26),
            ("new", 26),
            ("stored", 26),
            ("skipped", 0),
            ("failed", 0),
            ("deleted", 0),
            ("exit", 0),
            ("bytes", octets),
        ] {
            assert_eq!(summary[key], value, "{key}");
        }
        assert!(summary["elapsed_ms"].is_u64());
    }
}

#[test]
fn json_decodes_what_the_header_says() {
    let mailbox = Mailbox::with(&[make(MailKind::Gb2312, 7), make(MailKind::Koi8, 8)]);
    let output = mailbox.fetch_json().run_to(0);
    let messages = output.events_of("message");
    assert_eq!(messages[0]["subject"], "中文邮件");
    assert_eq!(messages[1]["subject"], "Привет");
    assert_eq!(messages[0]["message_id"], "<7.retr@example.org>");
    assert_eq!(messages[0]["from"][0]["name"], "Bob");
    assert_eq!(messages[0]["from"][0]["address"], "bob@example.org");
    assert_eq!(messages[0]["to"].as_array().expect("a list").len(), 2);
    let date = messages[0]["date"].as_str().expect("a date");
    assert!(date.starts_with("2026-11-02T"), "{date}");
}

// Q10, fault 75.
#[test]
fn odd_ids_are_ids_and_never_paths() {
    let mails = small(5, 1);
    let long = "x".repeat(300);
    let mailbox = Mailbox::with(&[]);
    for (uid, mail) in ["/../../x", "#", "\u{e9} spaced out", &long, "%41"]
        .iter()
        .zip(&mails)
    {
        mailbox.model.maildrop().add_as(*uid, mail);
    }
    for _ in 0..2 {
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
    assert_eq!(mailbox.model.count("RETR"), 5);
}

// Q9, fault 76.
#[test]
fn a_message_without_an_id_does_not_stop_the_others() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&[]);
    for (uid, mail) in ["a", "", "c"].iter().zip(&mails) {
        mailbox.model.maildrop().add_as(*uid, mail);
    }
    for _ in 0..2 {
        mailbox.fetch().run_to(0);
        mailbox.assert_stored(&mails);
    }
}

// Case 48, Q34.
#[test]
fn nothing_is_sent_behind_a_login_before_it_is_answered() {
    let mails = small(20, 1);
    for mechanisms in [&["PLAIN"][..], &[]] {
        let setup = Setup {
            mechanisms,
            swallows_behind_login: true,
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        mailbox.fetch().args(["--timeout", "10s"]).run_to(0);
        mailbox.assert_stored(&mails);
        assert_eq!(mailbox.model.session_count(), 1);
    }
}

#[test]
fn another_state_folder_has_seen_nothing() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let other = mailbox.sandbox.path("Other");
    let state = mailbox.sandbox.path("other-state");
    mailbox
        .command("fetch")
        .args([
            "--maildir".into(),
            other.clone(),
            "--state-dir".into(),
            state,
        ])
        .run_to(0);
    assert_eq!(Kind::Maildir.read(&other).len(), 2);
}

#[test]
fn an_mbox_that_others_wrote_is_only_appended_to() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails).kept_in(Kind::Mbox);
    let before = b"From x Thu Jan  1 00:00:00 1970\nSubject: old\n\nno blank line at the end\n";
    fs::write(mailbox.store(), before).expect("an mbox");
    mailbox.fetch().run_to(0);
    let file = fs::read(mailbox.store()).expect("the mbox");
    assert!(file.starts_with(before));
    let mut expected = vec![b"Subject: old\n\nno blank line at the end\n".to_vec()];
    expected.extend(mails.iter().map(|mail| mail.stored.clone()));
    expected.sort();
    assert_eq!(mailbox.stored(), expected);
}
