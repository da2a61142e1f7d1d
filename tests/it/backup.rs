//! `export` and `restore`: everything comes back, whatever it is; what is
//! damaged or hostile does not, and is told.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;

use crate::support::env::{Program, Sandbox, chmod, has, mode};
use crate::support::mail::{Kind as MailKind, Mail, assorted, small};
use crate::support::mailbox::{Mailbox, stored_forms};
use crate::support::needs::needs;
use crate::support::store::{Kind, assert_same, read_files};

const FORMS: [&str; 4] = ["mboxrd", "maildir", "eml", "tar"];

/// `retr export ACCOUNT` of the store.
fn export(mailbox: &Mailbox, form: &str, dest: &str) -> Program {
    let export = mailbox.offline("export").args(mailbox.target());
    export.args(["--to", form, dest])
}

fn restore(sandbox: &Sandbox, source: &str, kind: Kind, to: &str) -> Program {
    sandbox.retr(["restore", source, kind.option(), to])
}

/// A mailbox that was fetched.
fn fetched(mails: &[Mail], kind: Kind) -> Mailbox {
    let mailbox = Mailbox::with(mails).kept_in(kind);
    mailbox.fetch().run_to(0);
    mailbox
}

/// A sandbox with a folder `source`, in which is one message.
fn with_source() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("source/a.eml", "S: a\n\n");
    sandbox
}

#[test]
fn everything_comes_back_from_every_form() {
    let mut mails = assorted(&MailKind::ALL, 26, 1);
    mails.push(mails[3].clone());
    for kind in Kind::ALL {
        let mailbox = fetched(&mails, kind);
        for form in FORMS {
            let output = export(&mailbox, form, form).run_to(0);
            assert_eq!(output.to_string(), "", "cron hears nothing");
            for to in Kind::ALL {
                let target = format!("{to:?}-{form}");
                let output = restore(&mailbox.sandbox, form, to, &target).run_to(0);
                assert_eq!(output.to_string(), "", "{form}");
                let mut expected = stored_forms(&mails);
                if to == Kind::Archive {
                    // One file, however often a message comes.
                    expected.dedup();
                }
                assert_same(&to.read(&mailbox.path(&target)), &expected);
            }
        }
    }
}

#[test]
fn the_order_is_that_of_arrival_and_days_choose() {
    let mailbox = Mailbox::with(&small(5, 1));
    let fetched = mailbox.fetch_json().run_to(0);
    let output = export(&mailbox, "eml", "out").arg("--json").run_to(0);
    for key in ["uid", "sha256"] {
        let [rows, messages] = [(&output, "exported"), (&fetched, "message")]
            .map(|(output, event)| output.column(event, key));
        assert_eq!(rows, messages);
    }
    for row in output.events_of("exported") {
        let file = mailbox.path("out");
        let file = file.join(row["file"].as_str().expect("a name"));
        assert_eq!(mode(&file), 0o600);
        assert_eq!(row["size"], fs::metadata(&file).expect("it is there").len());
    }
    output.has("summary", json!({"stored": 5, "failed": 0}));
    // The day on which the messages were first seen.
    let known = mailbox.offline("state show --json").run_to(0);
    let today = &known.column("known", "first_seen")[0][..10];
    for (option, day, count) in [
        ("--since", today, 5),
        ("--until", today, 5),
        ("--until", "2001-01-01", 0),
        ("--since", "2999-01-01", 0),
    ] {
        let output = export(&mailbox, "mboxrd", &format!("x{option}{day}"));
        let output = output.args([option, day, "--json"]).run_to(0);
        assert_eq!(output.events_of("exported").len(), count, "{option} {day}");
        let again = export(&mailbox, "mboxrd", &format!("y{option}{day}"));
        let told = again.args([option, day]).run_to(0).stderr_text();
        assert_eq!(told.contains("nothing to export"), count == 0, "{told}");
    }
    for wrong in ["--since 2026-02-02 --until 2026-02-01", "--since yesterday"] {
        let export = export(&mailbox, "mboxrd", "y");
        export.args(wrong.split(' ')).run_to(64);
    }
}

#[test]
fn what_is_missing_or_altered_is_told_and_left_out() {
    let mails = small(4, 1);
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        mailbox.alter(&fetched[1]);
        mailbox.take_out(&fetched[2]);
        let output = export(&mailbox, "maildir", "out").arg("--json").run_to(65);
        let uids = [1, 2].map(|at: usize| fetched[at]["uid"].as_str().expect("a uid"));
        assert_eq!(output.column("failed", "uid"), uids);
        let told = &output.column("failed", "error")[0];
        assert!(told.starts_with("altered: "), "{told}");
        output.has("error", json!({"code": 65}));
        // What a reader moved is found.
        let left = [mails[0].clone(), mails[3].clone()];
        let out = mailbox.path("out");
        assert_same(&Kind::Maildir.read(&out), &stored_forms(&left));
    }
}

#[test]
fn a_destination_is_empty_or_absent() {
    let mailbox = fetched(&small(1, 1), Kind::Maildir);
    let sandbox = &mailbox.sandbox;
    sandbox.write("full", "x");
    for form in FORMS {
        let told = export(&mailbox, form, "full").arg("-v").run_to(73);
        assert!(!told.to_string().contains("nothing to export"), "{told}");
        export(&mailbox, form, "no/where").run_to(73);
        let is_folder = ["maildir", "eml"].contains(&form);
        export(&mailbox, form, "home").run_to(if is_folder { 0 } else { 73 });
        let _ = fs::remove_dir_all(sandbox.path("home"));
        fs::create_dir(sandbox.path("home")).expect("made");
    }
    assert_eq!(sandbox.read("full"), "x");
    // Somebody who never fetched has nothing to take out.
    let nobody = "export pop3://bob@127.0.0.1 --maildir Mail --to eml z";
    sandbox.typed(nobody).run_to(78);
    assert!(!sandbox.path("z").exists());
}

#[test]
fn a_pipe_gets_the_mail_and_nothing_else() {
    let mailbox = fetched(&small(3, 1), Kind::Maildir);
    for form in ["mboxrd", "tar"] {
        export(&mailbox, form, form).run_to(0);
        let piped = export(&mailbox, form, "-").arg("-v").run_to(0).stdout;
        assert_eq!(piped, fs::read(mailbox.path(form)).expect("read"));
    }
    for form in ["maildir", "eml"] {
        export(&mailbox, form, "-").run_to(64);
    }
    export(&mailbox, "tar", "-").arg("--json").run_to(64);
    // The reader that goes away has not got everything.
    let full = File::options().write(true).open("/dev/full");
    let export = export(&mailbox, "tar", "-");
    export.stdout(full.expect("opened")).run_to(74);
}

#[test]
fn what_zstd_packs_is_read_again_and_what_is_damaged_is_told() {
    let mails = small(40, 1);
    let mailbox = fetched(&mails, Kind::Maildir);
    let sandbox = &mailbox.sandbox;
    for form in ["mboxrd", "tar"] {
        let packed = format!("{form}.zst");
        export(&mailbox, form, &packed).arg("--zstd").run_to(0);
        let octets = fs::read(sandbox.path(&packed)).expect("read");
        let piped = export(&mailbox, form, "-").arg("--zstd").run_to(0);
        assert_eq!(piped.stdout, octets);
        if has("zstd") {
            export(&mailbox, form, form).run_to(0);
            let unpacked = sandbox.command("zstd").args(["-dc", &packed]).run_to(0);
            let plain = fs::read(sandbox.path(form)).expect("read");
            assert!(unpacked.stdout == plain && octets.len() < plain.len());
        }
        let to = format!("M-{form}");
        restore(sandbox, &packed, Kind::Maildir, &to).run_to(0);
        let back = Kind::Maildir.read(&sandbox.path(&to));
        assert_same(&back, &stored_forms(&mails));
        // Nothing of what is cut or altered is taken for mail.
        let middle = octets.len() / 2;
        let mut altered = octets.clone();
        altered[middle] ^= 4;
        for damaged in [&octets[..middle], &altered] {
            sandbox.write("damaged", damaged);
            let told = "it is packed by zstd, and damaged";
            restore(sandbox, "damaged", Kind::Maildir, "D").tells(65, told);
            assert!(!sandbox.path("D").exists());
        }
    }
    export(&mailbox, "eml", "x").arg("--zstd").run_to(64);
}

#[test]
fn other_programs_read_a_tar() {
    needs!("tar");
    let mails = small(3, 1);
    let mailbox = fetched(&mails, Kind::Maildir);
    export(&mailbox, "tar", "x.tar").run_to(0);
    let sandbox = &mailbox.sandbox;
    sandbox.shell("mkdir x && tar -xf x.tar -C x").run_to(0);
    assert_eq!(read_files(&sandbox.path("x")), stored_forms(&mails));
    // And what it packs is read here: a whole Maildir.
    sandbox.shell("tar -cf mail.tar Mail").run_to(0);
    restore(sandbox, "mail.tar", Kind::Maildir, "Back").run_to(0);
    let back = Kind::Maildir.read(&sandbox.path("Back"));
    assert_same(&back, &stored_forms(&mails));
}

#[test]
fn a_second_restore_stores_only_what_is_gone() {
    for kind in Kind::ALL {
        let mails = small(4, 1);
        let mailbox = fetched(&mails, kind);
        export(&mailbox, "tar", "x.tar").run_to(0);
        let restore = || restore(&mailbox.sandbox, "x.tar", kind, "Mail");
        let again = || restore().arg("--json").run_to(0);
        let nothing = json!({"stored": 0, "skipped": 4});
        // Where mail was fetched to, all of it is.
        again().has("summary", nothing.clone());
        mailbox.remove_store();
        let dry = restore().arg("--dry-run").run_to(0);
        assert_eq!(dry.stderr_text(), "dry run: 4 would be restored\n");
        assert!(!mailbox.store().exists());
        let output = again();
        output.has("summary", json!({"stored": 4}));
        let rows = output.column("message", "uid");
        assert_eq!((rows.len(), rows), (4, output.column("message", "sha256")));
        mailbox.assert_stored(&mails);
        again().has("summary", nothing);
        mailbox.assert_stored(&mails);
    }
}

/// What tells when a message came stays with it.
#[test]
fn an_archive_comes_back_with_the_same_names() {
    let sandbox = with_source();
    let file = File::options().append(true).open(sandbox.path("source/a.eml"));
    let then = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    file.expect("opened").set_modified(then).expect("dated");
    let listed = |script: &str| sandbox.shell(script).run_to(0).stdout_text();
    restore(&sandbox, "source", Kind::Archive, "A").run_to(0);
    let files = listed("cd A && find . -name '*.eml'");
    assert!(files.starts_with("./2023/11/"), "{files}");
    restore(&sandbox, "source", Kind::Maildir, "M").run_to(0);
    let files = listed("ls M/new");
    assert!(files.starts_with("1700000000.R"), "{files}");
    // What is altered under that name is in nobody's way.
    sandbox.write(&format!("M/new/{}", files.trim()), "S: b\n\n");
    restore(&sandbox, "source", Kind::Maildir, "M").run_to(0);
    let stored = Kind::Maildir.read(&sandbox.path("M"));
    assert_eq!(stored, [b"S: a\n\n", b"S: b\n\n"]);
}

#[test]
fn what_cannot_be_had_is_told_and_the_rest_is_restored() {
    let sandbox = with_source();
    sandbox.write("source/notes.txt", "no mail");
    let secret = sandbox.write("secret", "secret\n");
    symlink(secret, sandbox.path("source/b.eml")).expect("linked");
    let from = |source: &str, to: &str| restore(&sandbox, source, Kind::Maildir, to);
    let output = from("source", "Mail").arg("--json").run_to(65);
    let why = json!({"file": "b.eml", "error": "it is a symbolic link"});
    output.has("unrestored", why);
    output.has("warning", json!({"code": "not-mail"}));
    output.has("error", json!({"class": "data"}));
    let stored = Kind::Maildir.read(Path::new(&sandbox.path("Mail")));
    assert_eq!(stored, [b"S: a\n\n"]);
    assert_eq!(
        from("source", "Mail").run_to(65).stderr_text(),
        "retr: error: b.eml: it is a symbolic link\n\
         retr: warning: left out, as no messages by their names: 1 file, such as notes.txt\n\
         retr: error: 1 of 2 messages of the source could not be read; the rest is restored\n"
    );
    for (source, to, code) in
        [("nowhere", "Mail", 65), ("secret", "Mail", 65), ("source", "no/where", 73)]
    {
        from(source, to).run_to(code);
    }
    sandbox.retr(["restore", "source"]).run_to(64);
}

#[test]
fn a_read_only_source_is_enough_and_a_full_disk_is_told() {
    let sandbox = with_source();
    chmod(&sandbox.path("source"), 0o500);
    restore(&sandbox, "source", Kind::Mbox, "box").run_to(0);
    chmod(&sandbox.path("source"), 0o700);
    let limited = "ulimit -f 8; trap '' XFSZ; exec retr restore source --maildir Mail";
    sandbox.write("source/large.eml", "x".repeat(1 << 20));
    sandbox.shell(limited).run_to(74).shows("cannot write");
    restore(&sandbox, "source", Kind::Maildir, "Mail").run_to(0);
    assert_eq!(Kind::Maildir.read(&sandbox.path("Mail")).len(), 2);
}

/// Larger than what is kept of a message.
#[test]
fn a_large_message_is_read_twice_and_not_held() {
    let sandbox = Sandbox::new();
    let large = vec![b'x'; 40 << 20];
    sandbox.write("a.eml", &large);
    let script = "ulimit -v 400000; exec retr restore a.eml --maildir Mail";
    sandbox.shell(script).run_to(0);
    assert!(Kind::Maildir.read(&sandbox.path("Mail")) == [large]);
}
