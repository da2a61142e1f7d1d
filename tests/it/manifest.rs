//! Manifests: written by `verify`, checked by retr and by sha256sum.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::store::Kind;

const FOLDERS: [Kind; 2] = [Kind::Maildir, Kind::Archive];

/// A mailbox whose three messages were fetched.
fn fetched(kind: Kind) -> Mailbox {
    let mailbox = Mailbox::with(&small(3, 1)).kept_in(kind);
    mailbox.fetch().run_to(0);
    mailbox
}

fn file(mailbox: &Mailbox) -> PathBuf {
    mailbox.sandbox.path("manifest")
}

fn write(mailbox: &Mailbox) -> Program {
    let program = mailbox.sandbox.retr(["verify", &mailbox.url()]);
    let program = program.args(mailbox.target());
    program.args([Path::new("--manifest"), &file(mailbox)])
}

fn check(mailbox: &Mailbox) -> Program {
    let program = mailbox.sandbox.retr(["verify", "--manifest-check"]);
    program.args([file(mailbox)])
}

/// The files of the messages that a manifest lists.
fn listed(mailbox: &Mailbox) -> Vec<PathBuf> {
    let text = fs::read_to_string(file(mailbox)).expect("a manifest");
    let path = |line: &str| mailbox.store().join(line[64..].trim_start());
    text.lines().map(path).collect()
}

#[test]
fn a_manifest_is_checked_by_sha256sum_and_by_retr() {
    for kind in FOLDERS {
        let mailbox = fetched(kind);
        write(&mailbox).run_to(0);
        let files = listed(&mailbox);
        assert_eq!(files.len(), 3);
        assert!(files.iter().all(|file| file.is_file()), "{files:?}");
        let sums = "cd Mail && sha256sum --strict --check ../manifest";
        mailbox.sandbox.shell(sums).run_to(0);
        let target = mailbox.target();
        let output = check(&mailbox).args(target).run_to(0);
        assert_eq!(
            output.stdout_text(),
            "3 checked, 3 intact, 0 missing, 0 altered\n"
        );
        // A copy, without ledger and account, where one goes as sha256sum does.
        fs::rename(mailbox.store(), mailbox.sandbox.path("copy")).expect("moved");
        fs::remove_dir_all(mailbox.sandbox.path("state")).expect("removed");
        let copy = "cd copy && retr verify --manifest-check ../manifest";
        mailbox.sandbox.shell(copy).run_to(0);
        let output = check(&mailbox).args(["--json", "--sample", "34%"]);
        let output = output.args([kind.option().into(), mailbox.sandbox.path("copy")]);
        let counts = output.run_to(0).event("verification");
        assert_eq!(
            (&counts["stored"], &counts["intact"]),
            (&2.into(), &2.into())
        );
        let output = check(&mailbox).run_to(65);
        assert!(
            output.stderr_text().contains("hint: go where the copy is"),
            "{output}"
        );
    }
}

/// Every bit of a file and of a manifest counts.
#[test]
fn whatever_is_altered_is_told() {
    for kind in FOLDERS {
        let mailbox = fetched(kind);
        write(&mailbox).run_to(0);
        let manifest = fs::read(file(&mailbox)).expect("a manifest");
        let checked = || check(&mailbox).args(mailbox.target());
        for at in (0..manifest.len()).step_by(3) {
            let mut altered = manifest.clone();
            altered[at] ^= 1 << (at % 7);
            fs::write(file(&mailbox), &altered).expect("written");
            let output = checked().run();
            assert_eq!(output.code(), Some(65), "octet {at}: {output}");
        }
        fs::write(file(&mailbox), &manifest[..manifest.len() - 9]).expect("written");
        let output = checked().run_to(65);
        assert!(output.stderr_text().contains("line 3 of"), "{output}");
        fs::write(file(&mailbox), "").expect("written");
        checked().run_to(65);
        fs::write(file(&mailbox), &manifest).expect("written");
        let path = &listed(&mailbox)[1];
        let mut message = fs::read(path).expect("a message");
        message[10] ^= 4;
        fs::remove_file(path).expect("removed");
        fs::write(path, message).expect("written");
        let row = checked().args(["--json"]).run_to(65).event("verified");
        assert_eq!(row["verdict"], "altered");
        assert_eq!(row["file"].as_str(), path.to_str());
        assert!(row["uid"].is_null() && row["on_server"].is_null(), "{row}");
        fs::remove_file(path).expect("removed");
        let row = checked().args(["--json"]).run_to(65).event("verified");
        assert_eq!(row["verdict"], "missing");
        // What is lost is in no new manifest, and that is told.
        write(&mailbox).run_to(65);
        assert_eq!(listed(&mailbox).len(), 2);
        checked().run_to(0);
    }
}

/// It is another folder: one line says so. Scripts get a row for each.
#[test]
fn where_nothing_is_here_one_line_is_enough() {
    let mailbox = fetched(Kind::Archive);
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
    let check = || {
        let words = ["verify", "--manifest-check"];
        let program = mailbox.sandbox.retr(words).args([file(&mailbox)]);
        program.arg("--archive").arg(&other)
    };
    let output = check().run_to(65);
    assert_eq!(output.stdout_text().lines().count(), 1, "{output}");
    let hint = "hint: is it another folder? the first is expected at $SANDBOX/Other/20";
    assert!(output.to_string().contains(hint), "{output}");
    let output = check().arg("--json").run_to(65);
    assert_eq!(output.events_of("verified").len(), count);
}

#[test]
fn what_a_reader_moved_or_flagged_is_found() {
    let mailbox = fetched(Kind::Maildir);
    write(&mailbox).run_to(0);
    let name = |file: &Path| {
        file.file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    let files = listed(&mailbox);
    for (file, flags) in files.iter().zip([":2,FS", ""]) {
        let cur = mailbox.store().join("cur").join(name(file) + flags);
        fs::rename(file, cur).expect("moved");
    }
    check(&mailbox).args(mailbox.target()).run_to(0);
    write(&mailbox).run_to(0);
    let flagged = mailbox.store().join("cur").join(name(&files[0]) + ":2,FS");
    assert!(listed(&mailbox).contains(&flagged));
    fs::rename(
        &flagged,
        mailbox.store().join("cur").join(name(&files[0]) + ":2,S"),
    )
    .expect("flagged");
    check(&mailbox).args(mailbox.target()).run_to(0);
}

/// No line leads out of the copy.
#[test]
fn hostile_paths_are_refused() {
    let mailbox = fetched(Kind::Maildir);
    let secret = mailbox.sandbox.path("secret");
    fs::write(&secret, "secret").expect("written");
    let hash = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
    for path in [
        "../secret".to_owned(),
        secret.display().to_string(),
        "new/../../secret".into(),
        "new/secret".into(),
        "2026/11/../../secret".into(),
        format!("2026/11/{}.eml", "0".repeat(64)),
    ] {
        fs::write(file(&mailbox), format!("{hash}  {path}\n")).expect("written");
        let output = check(&mailbox).args(mailbox.target()).run_to(65);
        assert!(output.stderr_text().contains("line 1 of"), "{output}");
    }
}

#[test]
fn an_mbox_is_listed_in_rows() {
    let mailbox = fetched(Kind::Mbox);
    let output = write(&mailbox).run_to(64);
    assert!(output.stderr_text().contains("--json"), "{output}");
    assert!(!file(&mailbox).exists());
    write(&mailbox).args(["--json"]).run_to(0);
    let text = fs::read_to_string(file(&mailbox)).expect("a manifest");
    let rows: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object"))
        .collect();
    assert_eq!(rows.len(), 3);
    assert_eq!(
        (&rows[0]["path"], &rows[0]["offset"]),
        (&"Mail".into(), &0.into())
    );
    assert_eq!(rows[2]["uid"], "uid00002");
    check(&mailbox).run_to(0);
    // A reader takes the first message out.
    let mbox = fs::read(mailbox.store()).expect("an mbox");
    let second = rows[1]["offset"].as_u64().expect("a number") as usize;
    fs::write(mailbox.store(), &mbox[second..]).expect("cut");
    let counts = check(&mailbox)
        .args(["--json"])
        .run_to(65)
        .event("verification");
    assert_eq!(
        (&counts["intact"], &counts["missing"]),
        (&2.into(), &1.into())
    );
    let mut altered = mbox.clone();
    altered[second - 5] ^= 1;
    fs::write(mailbox.store(), altered).expect("altered");
    check(&mailbox).run_to(65);
}

/// Accounts that share an archive share its manifest; one that cannot be written
/// leaves the one before.
#[test]
fn one_manifest_is_of_one_place() {
    let mailbox = fetched(Kind::Archive);
    let config = |second: &str| {
        let url = mailbox.url();
        let text = format!(
            "[defaults]\ntls = \"none\"\npassword_file = \"password\"\narchive = \"Mail\"\n\
             [accounts.a]\nurl = \"{url}\"\n[accounts.b]\nurl = \"{url}\"\n{second}"
        );
        fs::write(mailbox.sandbox.path("config.toml"), text).expect("written");
        let program = mailbox.sandbox.retr(["verify", "--config"]);
        let program = program.args([mailbox.sandbox.path("config.toml")]);
        program.args([Path::new("--manifest"), &file(&mailbox)])
    };
    config("").run_to(0);
    assert_eq!(listed(&mailbox).len(), 3, "each file once");
    let before = fs::read(file(&mailbox)).expect("a manifest");
    config("archive = \"Other\"\n").run_to(64);
    config("deadline = \"x\"\n").run_to(78);
    assert_eq!(fs::read(file(&mailbox)).expect("a manifest"), before);
    let nowhere = mailbox.sandbox.path("no/folder/manifest");
    let program = mailbox
        .sandbox
        .retr(["verify", &mailbox.url(), "--manifest"]);
    program.args([nowhere]).args(mailbox.target()).run_to(73);
    let left = fs::read_dir(mailbox.sandbox.root()).expect("listed");
    let names = left.map(|entry| entry.expect("entry").file_name());
    assert!(names.into_iter().all(|name| name != "manifest.new"));
}
