//! Manifests: written by `verify`, checked by retr and by sha256sum.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::store::Kind;

const FOLDERS: [Kind; 2] = [Kind::Maildir, Kind::Archive];

/// A mailbox whose three messages were fetched, and their lines.
fn fetched(kind: Kind) -> (Mailbox, Vec<Value>) {
    let mailbox = Mailbox::with(&small(3, 1)).kept_in(kind);
    let messages = mailbox.fetch_json().run_to(0).events_of("message");
    (mailbox, messages)
}

fn write(mailbox: &Mailbox) -> Program {
    mailbox.verify().args(["--manifest", "manifest"])
}

fn check(mailbox: &Mailbox) -> Program {
    let check = mailbox.typed("verify --manifest-check manifest");
    check.args(mailbox.target())
}

/// The files of the messages that a manifest lists.
fn listed(mailbox: &Mailbox) -> Vec<PathBuf> {
    let text = mailbox.read("manifest");
    let path = |line: &str| mailbox.store().join(line[64..].trim_start());
    text.lines().map(path).collect()
}

#[test]
fn a_manifest_is_checked_by_sha256sum_and_by_retr() {
    for kind in FOLDERS {
        let (mailbox, _) = fetched(kind);
        let sandbox = &mailbox.sandbox;
        write(&mailbox).run_to(0);
        let files = listed(&mailbox);
        assert_eq!(files.len(), 3);
        assert!(files.iter().all(|file| file.is_file()), "{files:?}");
        let sums = "cd Mail && sha256sum --strict --check ../manifest";
        sandbox.shell(sums).run_to(0);
        let told = "3 checked, 3 intact, 0 missing, 0 altered\n";
        assert_eq!(check(&mailbox).run_to(0).stdout_text(), told);
        // A copy, without ledger and account, where one goes as sha256sum does.
        fs::rename(mailbox.store(), sandbox.path("copy")).expect("moved");
        fs::remove_dir_all(sandbox.path("state")).expect("removed");
        let copy = "cd copy && retr verify --manifest-check ../manifest";
        sandbox.shell(copy).run_to(0);
        let check = |words: &str| {
            let check = sandbox.typed("verify --manifest-check manifest");
            check.args(words.split_whitespace())
        };
        let output = check(&format!("--json --sample 34% {} copy", kind.option())).run_to(0);
        output.has("verification", json!({"stored": 2, "intact": 2}));
        check("").tells(65, "hint: go where the copy is");
    }
}

/// Every bit of a file and of a manifest counts.
#[test]
fn whatever_is_altered_is_told() {
    for kind in FOLDERS {
        let (mailbox, messages) = fetched(kind);
        let sandbox = &mailbox.sandbox;
        write(&mailbox).run_to(0);
        let manifest = sandbox.read("manifest").into_bytes();
        for at in (0..manifest.len()).step_by(3) {
            let mut altered = manifest.clone();
            altered[at] ^= 1 << (at % 7);
            sandbox.write("manifest", altered);
            let output = check(&mailbox).run();
            assert_eq!(output.code(), Some(65), "octet {at}: {output}");
        }
        sandbox.write("manifest", &manifest[..manifest.len() - 9]);
        check(&mailbox).tells(65, "line 3 of");
        sandbox.write("manifest", "");
        check(&mailbox).run_to(65);
        sandbox.write("manifest", &manifest);
        let path = &listed(&mailbox)[1];
        let told = |verdict: &str| {
            let output = check(&mailbox).arg("--json").run_to(65);
            let file = path.to_str();
            let row = json!({"verdict": verdict, "file": file, "uid": null, "on_server": null});
            output.has("verified", row);
        };
        let of_path = |message: &&Value| message[&kind.option()[2..]].as_str() == path.to_str();
        let message = messages.iter().find(of_path).expect("one of them");
        mailbox.alter(message);
        told("altered");
        mailbox.take_out(message);
        told("missing");
        // What is lost is in no new manifest, and that is told.
        write(&mailbox).run_to(65);
        assert_eq!(listed(&mailbox).len(), 2);
        check(&mailbox).run_to(0);
    }
}

/// It is another folder: one line says so. Scripts get a row for each.
#[test]
fn where_nothing_is_here_one_line_is_enough() {
    let (mailbox, _) = fetched(Kind::Archive);
    let written = write(&mailbox).run_to(0).stderr_text();
    let count = listed(&mailbox).len();
    let lines = format!("{count} lines written to ");
    assert!(written.starts_with(&lines), "{written}");
    assert_eq!(write(&mailbox).arg("-q").run_to(0).to_string(), "");
    // Equal messages are one file, and have one line.
    mailbox.model.maildrop().add(&small(1, 1)[0]);
    mailbox.fetch().run_to(0);
    let written = write(&mailbox).run_to(0).stderr_text();
    assert!(written.starts_with(&lines), "{written}");
    assert!(written.ends_with("; equal messages are one file\n"));
    let year = fs::read_dir(mailbox.store()).expect("a folder").next();
    let year = year.expect("a year").expect("an entry").file_name();
    let other = mailbox.sandbox.path("Other");
    fs::create_dir_all(other.join(year)).expect("made");
    let check = || mailbox.typed("verify --manifest-check manifest --archive Other");
    let output = check().run_to(65);
    assert_eq!(output.stdout_text().lines().count(), 1, "{output}");
    let hint = "hint: is it another folder? the first is expected at $SANDBOX/Other/20";
    assert!(output.to_string().contains(hint), "{output}");
    let output = check().arg("--json").run_to(65);
    assert_eq!(output.events_of("verified").len(), count);
}

#[test]
fn what_a_reader_moved_or_flagged_is_found() {
    let (mailbox, messages) = fetched(Kind::Maildir);
    write(&mailbox).run_to(0);
    let seen = mailbox.move_to_cur(&messages[0], ":2,FS");
    mailbox.move_to_cur(&messages[1], "");
    check(&mailbox).run_to(0);
    write(&mailbox).run_to(0);
    assert!(listed(&mailbox).contains(&seen));
    let name = seen.to_str().expect("text").replace(":2,FS", ":2,S");
    fs::rename(&seen, name).expect("flagged");
    check(&mailbox).run_to(0);
}

/// No line leads out of the copy.
#[test]
fn hostile_paths_are_refused() {
    let (mailbox, _) = fetched(Kind::Maildir);
    let secret = mailbox.write("secret", "secret");
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    for path in [
        "../secret",
        secret.to_str().expect("UTF-8"),
        "new/../../secret",
        "new/secret",
        "2026/11/../../secret",
        &format!("2026/11/{}.eml", "0".repeat(64)),
    ] {
        mailbox.write("manifest", format!("{hash}  {path}\n"));
        check(&mailbox).tells(65, "line 1 of");
    }
}

#[test]
fn an_mbox_is_listed_in_rows() {
    let (mailbox, messages) = fetched(Kind::Mbox);
    write(&mailbox).tells(64, "--json");
    assert!(!mailbox.path("manifest").exists());
    write(&mailbox).args(["--json"]).run_to(0);
    let text = mailbox.read("manifest");
    let row = |line| serde_json::from_str::<Value>(line).expect("an object");
    let rows: Vec<Value> = text.lines().map(row).collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0]["path"], "Mail");
    assert_eq!(rows[0]["offset"], 0);
    assert_eq!(rows[2]["uid"], "uid00002");
    let check = || mailbox.typed("verify --manifest-check manifest --json");
    check().run_to(0);
    let mbox = fs::read(mailbox.store()).expect("an mbox");
    // A reader takes the first message out.
    mailbox.take_out(&messages[0]);
    let counts = json!({"intact": 2, "missing": 1});
    check().run_to(65).has("verification", counts);
    fs::write(mailbox.store(), mbox).expect("written");
    mailbox.alter(&messages[0]);
    check().run_to(65);
}

/// Accounts that share an archive share its manifest; one that cannot be written
/// leaves the one before.
#[test]
fn one_manifest_is_of_one_place() {
    let (mailbox, _) = fetched(Kind::Archive);
    let verify = |second: &str| {
        let second = mailbox.account("b", "").replace("archive = '$S/Mail'", second);
        mailbox.config(&(mailbox.account("a", "") + &second));
        mailbox.typed("verify --manifest manifest")
    };
    let same = "archive = '$S/Mail'";
    verify(same).run_to(0);
    assert_eq!(listed(&mailbox).len(), 3, "each file once");
    let before = mailbox.read("manifest");
    verify("archive = '$S/Other'").run_to(64);
    verify(&format!("{same}\ndeadline = 'x'")).run_to(78);
    assert_eq!(mailbox.read("manifest"), before);
    mailbox.config("");
    let nowhere = mailbox.verify().args(["--manifest", "no/folder/manifest"]);
    nowhere.run_to(73);
    assert!(!mailbox.path("manifest.new").exists());
}
