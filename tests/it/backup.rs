//! `export` and `restore`: everything comes back, whatever it is; what is
//! damaged or hostile does not, and is told.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::support::env::{Program, Sandbox, has};
use crate::support::mail::{Kind as MailKind, assorted, small};
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::store::{self, Kind};

const FORMS: [&str; 4] = ["mboxrd", "maildir", "eml", "tar"];

/// `retr export ACCOUNT` of the store.
fn export(mailbox: &Mailbox, form: &str, dest: &str) -> Program {
    let export = mailbox.sandbox.retr(["export", &mailbox.url()]);
    let export = export.args(mailbox.target());
    export.args(["--to", form, dest])
}

fn restore(sandbox: &Sandbox, source: impl AsRef<Path>, kind: Kind, to: &str) -> Program {
    let restore = sandbox.retr(["restore"]).arg(source.as_ref());
    restore.args([kind.option(), to])
}

#[test]
fn everything_comes_back_from_every_form() {
    let mut mails = assorted(&MailKind::ALL, 26, 1);
    mails.push(mails[3].clone());
    for kind in Kind::ALL {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        for form in FORMS {
            let output = export(&mailbox, form, form).run_to(0);
            assert_eq!(output.to_string(), "", "cron hears nothing");
            let targets = [
                (Kind::Maildir, "M"),
                (Kind::Mbox, "b"),
                (Kind::Archive, "A"),
            ];
            for (to, target) in targets {
                let target = format!("{target}-{form}");
                let output = restore(&mailbox.sandbox, form, to, &target).run_to(0);
                assert_eq!(output.to_string(), "", "{form}");
                let stored = to.read(&mailbox.sandbox.path(&target));
                let mut expected = stored_forms(&mails);
                if to == Kind::Archive {
                    // One file, however often a message comes.
                    expected.dedup();
                }
                store::assert_same(&stored, &expected);
            }
        }
    }
}

#[test]
fn the_order_is_that_of_arrival_and_days_choose() {
    let mailbox = Mailbox::with(&small(5, 1));
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    let output = export(&mailbox, "eml", "out").arg("--json").run_to(0);
    let rows = output.events_of("exported");
    let column = |rows: &[serde_json::Value], key: &str| -> Vec<String> {
        let cell = |row: &serde_json::Value| row[key].as_str().expect("text").to_owned();
        rows.iter().map(cell).collect()
    };
    for key in ["uid", "sha256"] {
        assert_eq!(column(&rows, key), column(&fetched, key));
    }
    for row in &rows {
        let file = mailbox
            .sandbox
            .path("out")
            .join(row["file"].as_str().expect("a name"));
        let mode = fs::metadata(&file)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(
            fs::metadata(&file).expect("it is there").len(),
            row["size"].as_u64().expect("a size")
        );
    }
    let summary = output.event("summary");
    assert_eq!(
        (&summary["stored"], &summary["failed"]),
        (&5.into(), &0.into())
    );
    let today = fetched_day(&mailbox);
    for (option, day, count) in [
        ("--since", today.as_str(), 5),
        ("--until", today.as_str(), 5),
        ("--until", "2001-01-01", 0),
        ("--since", "2999-01-01", 0),
    ] {
        let dest = format!("{option}{count}{day}");
        let output = export(&mailbox, "mboxrd", &format!("x{dest}"));
        let output = output.args([option, day, "--json"]).run_to(0);
        assert_eq!(output.events_of("exported").len(), count, "{dest}");
        let again = export(&mailbox, "mboxrd", &format!("y{dest}"));
        let told = again.args([option, day]).run_to(0).stderr_text();
        assert_eq!(told.contains("nothing to export"), count == 0, "{told}");
    }
    let wrong =
        export(&mailbox, "mboxrd", "y").args(["--since", "2026-02-02", "--until", "2026-02-01"]);
    wrong.run_to(64);
    export(&mailbox, "mboxrd", "y")
        .args(["--since", "yesterday"])
        .run_to(64);
}

/// The day on which the messages were first seen.
fn fetched_day(mailbox: &Mailbox) -> String {
    let known = mailbox
        .sandbox
        .retr(["state", "show", "--json", &mailbox.url()]);
    let known = known.run_to(0).events_of("known");
    known[0]["first_seen"].as_str().expect("a time")[..10].to_owned()
}

#[test]
fn what_is_missing_or_altered_is_told_and_left_out() {
    for kind in Kind::BOTH {
        let mails = small(4, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        let mut left = vec![mails[0].clone(), mails[3].clone()];
        match kind {
            Kind::Maildir => {
                let path = |at: usize| fetched[at]["maildir"].as_str().expect("a path");
                fs::write(path(1), "other\n").expect("changed");
                fs::remove_file(path(2)).expect("removed");
            }
            _ => {
                let mut text = fs::read(mailbox.store()).expect("read");
                let number =
                    |at: usize, key: &str| fetched[at][key].as_u64().expect("a number") as usize;
                text[number(1, "offset") + number(1, "length") - 3] ^= 1;
                let cut = number(2, "offset");
                text.drain(cut..cut + number(2, "length"));
                fs::write(mailbox.store(), text).expect("changed");
            }
        }
        let output = export(&mailbox, "maildir", "out").arg("--json").run_to(65);
        let failed = output.events_of("failed");
        let uids: Vec<_> = failed.iter().map(|row| &row["uid"]).collect();
        assert_eq!(uids, [&fetched[1]["uid"], &fetched[2]["uid"]]);
        let told = |at: usize| failed[at]["error"].as_str().expect("a reason");
        assert!(told(0).starts_with("altered: "), "{}", told(0));
        assert_eq!(output.event("error")["code"], 65);
        store::assert_same(
            &Kind::Maildir.read(&mailbox.sandbox.path("out")),
            &stored_forms(&left),
        );
        // What a reader moved is found.
        left.truncate(1);
    }
}

#[test]
fn a_destination_is_empty_or_absent() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    let sandbox = &mailbox.sandbox;
    fs::write(sandbox.path("full"), "x").expect("written");
    for form in FORMS {
        let told = export(&mailbox, form, "full").arg("-v").run_to(73);
        assert!(!told.to_string().contains("nothing to export"), "{told}");
        export(&mailbox, form, "no/where").run_to(73);
        export(&mailbox, form, "home").run_to(if ["maildir", "eml"].contains(&form) {
            0
        } else {
            73
        });
        let _ = fs::remove_dir_all(sandbox.path("home"));
        fs::create_dir(sandbox.path("home")).expect("made");
    }
    assert_eq!(fs::read(sandbox.path("full")).expect("read"), b"x");
    // Somebody who never fetched has nothing to take out.
    let nobody = [
        "export",
        "pop3://bob@127.0.0.1",
        "--maildir",
        "Mail",
        "--to",
        "eml",
        "z",
    ];
    sandbox.retr(nobody).run_to(78);
    assert!(!sandbox.path("z").exists());
}

#[test]
fn a_pipe_gets_the_mail_and_nothing_else() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.fetch().run_to(0);
    for form in ["mboxrd", "tar"] {
        export(&mailbox, form, form).run_to(0);
        let piped = mailbox.sandbox.path("piped");
        let file = fs::File::create(&piped).expect("made");
        export(&mailbox, form, "-").arg("-v").stdout(file).run_to(0);
        assert_eq!(
            fs::read(&piped).expect("read"),
            fs::read(mailbox.sandbox.path(form)).expect("read")
        );
    }
    for form in ["maildir", "eml"] {
        export(&mailbox, form, "-").run_to(64);
    }
    export(&mailbox, "tar", "-").arg("--json").run_to(64);
    // The reader that goes away has not got everything.
    let full = fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("opened");
    export(&mailbox, "tar", "-").stdout(full).run_to(74);
}

#[test]
fn what_zstd_packs_is_read_again_and_what_is_damaged_is_told() {
    let mails = small(40, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let sandbox = &mailbox.sandbox;
    for form in ["mboxrd", "tar"] {
        let packed = format!("{form}.zst");
        export(&mailbox, form, &packed).arg("--zstd").run_to(0);
        let piped = fs::File::create(sandbox.path("piped")).expect("made");
        export(&mailbox, form, "-")
            .arg("--zstd")
            .stdout(piped)
            .run_to(0);
        let octets = fs::read(sandbox.path(&packed)).expect("read");
        assert_eq!(fs::read(sandbox.path("piped")).expect("read"), octets);
        if has("zstd") {
            export(&mailbox, form, form).run_to(0);
            let unpacked = sandbox.command("zstd").args(["-dc", &packed]).run_to(0);
            let plain = fs::read(sandbox.path(form)).expect("read");
            assert!(unpacked.stdout == plain && octets.len() < plain.len());
        }
        let to = format!("M-{form}");
        restore(sandbox, &packed, Kind::Maildir, &to).run_to(0);
        store::assert_same(
            &Kind::Maildir.read(&sandbox.path(&to)),
            &stored_forms(&mails),
        );
        // Nothing of what is cut or altered is taken for mail.
        let middle = octets.len() / 2;
        let mut altered = octets.clone();
        altered[middle] ^= 4;
        for damaged in [&octets[..middle], &altered] {
            fs::write(sandbox.path("damaged"), damaged).expect("written");
            let output = restore(sandbox, "damaged", Kind::Maildir, "D").run_to(65);
            let told = "it is packed by zstd, and damaged";
            assert!(output.stderr_text().contains(told), "{output}");
            assert!(!sandbox.path("D").exists());
        }
    }
    export(&mailbox, "eml", "x").arg("--zstd").run_to(64);
}

#[test]
fn other_programs_read_a_tar() {
    if !has("tar") {
        return;
    }
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    export(&mailbox, "tar", "x.tar").run_to(0);
    let sandbox = &mailbox.sandbox;
    fs::create_dir(sandbox.path("x")).expect("made");
    sandbox
        .command("tar")
        .args(["-xf", "x.tar", "-C", "x"])
        .run_to(0);
    let files: Vec<PathBuf> = fs::read_dir(sandbox.path("x"))
        .expect("listed")
        .map(|entry| entry.expect("one").path())
        .collect();
    let mut read: Vec<Vec<u8>> = files
        .iter()
        .map(|file| fs::read(file).expect("read"))
        .collect();
    read.sort();
    assert_eq!(read, stored_forms(&mails));
    // And what it packs is read here: a whole Maildir.
    sandbox
        .command("tar")
        .args(["-cf", "mail.tar", "Mail"])
        .run_to(0);
    restore(sandbox, "mail.tar", Kind::Maildir, "Back").run_to(0);
    store::assert_same(
        &Kind::Maildir.read(&sandbox.path("Back")),
        &stored_forms(&mails),
    );
}

#[test]
fn a_second_restore_stores_only_what_is_gone() {
    for kind in Kind::ALL {
        let mails = small(4, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        export(&mailbox, "tar", "x.tar").run_to(0);
        let sandbox = &mailbox.sandbox;
        let again = || restore(sandbox, "x.tar", kind, "Mail").arg("--json");
        // Where mail was fetched to, all of it is.
        let summary = again().run_to(0).event("summary");
        assert_eq!(
            (&summary["stored"], &summary["skipped"]),
            (&0.into(), &4.into())
        );
        match kind {
            Kind::Maildir | Kind::Archive => {
                fs::remove_dir_all(mailbox.store()).expect("removed");
            }
            Kind::Mbox => fs::remove_file(mailbox.store()).expect("removed"),
        }
        let dry = restore(sandbox, "x.tar", kind, "Mail")
            .arg("--dry-run")
            .run_to(0);
        assert_eq!(dry.stderr_text(), "dry run: 4 would be restored\n");
        assert!(!mailbox.store().exists());
        let output = again().run_to(0);
        assert_eq!(output.event("summary")["stored"], 4);
        let rows = output.events_of("message");
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0]["uid"], rows[0]["sha256"]);
        mailbox.assert_stored(&mails);
        let summary = again().run_to(0).event("summary");
        assert_eq!(
            (&summary["stored"], &summary["skipped"]),
            (&0.into(), &4.into())
        );
        mailbox.assert_stored(&mails);
    }
}

/// What tells when a message came stays with it.
#[test]
fn an_archive_comes_back_with_the_same_names() {
    let sandbox = Sandbox::new();
    let source = sandbox.path("source");
    fs::create_dir(&source).expect("made");
    fs::write(source.join("a.eml"), "S: a\n\n").expect("written");
    let file = fs::File::options().append(true).open(source.join("a.eml"));
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    file.expect("opened").set_modified(then).expect("dated");
    let listed = |script: &str| sandbox.shell(script).run_to(0).stdout_text();
    restore(&sandbox, "source", Kind::Archive, "A").run_to(0);
    let files = listed("cd A && find . -name '*.eml'");
    assert!(files.starts_with("./2023/11/"), "{files}");
    restore(&sandbox, "source", Kind::Maildir, "M").run_to(0);
    let files = listed("ls M/new");
    assert!(files.starts_with("1700000000.R"), "{files}");
    // What is altered under that name is in nobody's way.
    fs::write(sandbox.path("M/new").join(files.trim()), "S: b\n\n").expect("altered");
    restore(&sandbox, "source", Kind::Maildir, "M").run_to(0);
    assert_eq!(
        Kind::Maildir.read(&sandbox.path("M")),
        [b"S: a\n\n", b"S: b\n\n"]
    );
}

#[test]
fn what_cannot_be_had_is_told_and_the_rest_is_restored() {
    let sandbox = Sandbox::new();
    let source = sandbox.path("source");
    fs::create_dir(&source).expect("made");
    fs::write(source.join("a.eml"), "S: a\n\n").expect("written");
    fs::write(source.join("notes.txt"), "no mail").expect("written");
    fs::write(sandbox.path("secret"), "secret\n").expect("written");
    symlink(sandbox.path("secret"), source.join("b.eml")).expect("linked");
    let output = restore(&sandbox, "source", Kind::Maildir, "Mail")
        .arg("--json")
        .run_to(65);
    let row = output.event("unrestored");
    assert_eq!(
        (&row["file"], &row["error"]),
        (&"b.eml".into(), &"it is a symbolic link".into())
    );
    assert_eq!(output.event("warning")["code"], "not-mail");
    assert_eq!(output.event("error")["class"], "data");
    assert_eq!(Kind::Maildir.read(&sandbox.path("Mail")), [b"S: a\n\n"]);
    let output = restore(&sandbox, "source", Kind::Maildir, "Mail").run_to(65);
    assert_eq!(
        output.stderr_text(),
        "retr: error: b.eml: it is a symbolic link\n\
         retr: warning: left out, as no messages by their names: 1 file, such as notes.txt\n\
         retr: error: 1 of 2 messages of the source could not be read; the rest is restored\n"
    );
    restore(&sandbox, "nowhere", Kind::Maildir, "Mail").run_to(65);
    restore(&sandbox, "secret", Kind::Maildir, "Mail").run_to(65);
    restore(&sandbox, "source", Kind::Maildir, "no/where").run_to(73);
    sandbox.retr(["restore", "source"]).run_to(64);
}

#[test]
fn a_read_only_source_is_enough_and_a_full_disk_is_told() {
    let sandbox = Sandbox::new();
    let source = sandbox.path("source");
    fs::create_dir(&source).expect("made");
    fs::write(source.join("a.eml"), "S: a\n\n").expect("written");
    fs::set_permissions(&source, fs::Permissions::from_mode(0o500)).expect("chmod");
    restore(&sandbox, "source", Kind::Mbox, "box").run_to(0);
    fs::set_permissions(&source, fs::Permissions::from_mode(0o700)).expect("chmod");
    let limited = "ulimit -f 8; trap '' XFSZ; exec retr restore source --maildir Mail";
    fs::write(source.join("large.eml"), "x".repeat(1 << 20)).expect("written");
    let output = sandbox.shell(limited).run_to(74);
    assert!(output.to_string().contains("cannot write"), "{output}");
    restore(&sandbox, "source", Kind::Maildir, "Mail").run_to(0);
    assert_eq!(Kind::Maildir.read(&sandbox.path("Mail")).len(), 2);
}

/// Larger than what is kept of a message.
#[test]
fn a_large_message_is_read_twice_and_not_held() {
    let sandbox = Sandbox::new();
    let large = vec![b'x'; 40 << 20];
    fs::write(sandbox.path("a.eml"), &large).expect("written");
    let script = "ulimit -v 400000; exec retr restore a.eml --maildir Mail";
    sandbox.shell(script).run_to(0);
    assert!(Kind::Maildir.read(&sandbox.path("Mail")) == [large]);
}
