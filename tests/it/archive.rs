//! `fetch --archive`: one file a message, named by its hash.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::support::env::Program;
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Model, Setup};
use crate::support::output::Output;
use crate::support::store::Kind;

fn mailbox(mails: &[Mail]) -> Mailbox {
    Mailbox::with(mails).kept_in(Kind::Archive)
}

/// The paths of the messages that a run stored.
fn paths(output: &Output) -> Vec<PathBuf> {
    let messages = output.events_of("message");
    let path = |message: &serde_json::Value| message["archive"].as_str().expect("a path").into();
    messages.iter().map(path).collect()
}

/// The same fetch from another server, whose account shares the archive.
fn fetch_from(mailbox: &Mailbox, model: &Model) -> Program {
    let url = format!("pop3://bob@127.0.0.1:{}", model.port());
    mailbox
        .sandbox
        .retr(["fetch", "--json", "--tls", "none", &url, "--password-file"])
        .args([mailbox.sandbox.path("password")])
        .args(mailbox.target())
}

#[test]
fn the_same_message_is_one_file_and_counts_as_stored_each_time() {
    let mails = small(2, 1);
    let mailbox = mailbox(&[mails[0].clone(), mails[1].clone(), mails[0].clone()]);
    let output = mailbox.fetch_json().run_to(0);
    assert_eq!(output.event("summary")["stored"], 3);
    let own = paths(&output);
    assert_eq!(own[0], own[2]);
    assert_ne!(own[0], own[1]);
    mailbox.assert_stored(&mails);
    // Another account's, a month later or not.
    let setup = Setup {
        user: "bob",
        ..Setup::default()
    };
    let model = Model::start(setup).holding(&mails[..1]);
    let output = fetch_from(&mailbox, &model).args(["--delete"]).run_to(0);
    assert_eq!(output.event("summary")["deleted"], 1);
    assert_eq!(paths(&output), own[..1]);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["new"], 0);
    let verify = mailbox.sandbox.retr(["verify", &mailbox.url()]);
    let output = verify.args(mailbox.target()).run_to(0);
    assert!(
        output.to_string().contains("3 stored, 3 intact"),
        "{output}"
    );
}

/// What is there already may have been damaged since: it is read before it
/// counts, and nothing is deleted on the server for it.
#[test]
fn a_damaged_file_is_no_reason_to_delete_anything() {
    let mails = small(1, 1);
    let mailbox = mailbox(&mails);
    let path = paths(&mailbox.fetch_json().run_to(0)).remove(0);
    let damage = || {
        fs::remove_file(&path).expect("removed");
        fs::write(&path, "rot\n").expect("written");
    };
    damage();
    let verify = || {
        let verify = mailbox.sandbox.retr(["verify", "--json", &mailbox.url()]);
        verify.args(mailbox.target())
    };
    let row = verify().run_to(65).event("verified");
    assert_eq!(row["verdict"], "altered");
    assert_eq!(row["archive"].as_str(), path.to_str());
    let delete = || mailbox.fetch_json().args(["--delete"]);
    delete().args(["--delete-verified"]).run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 1);
    let output = mailbox.fetch_json().args(["--all", "--delete"]).run_to(0);
    assert_eq!(output.event("warning")["code"], "set-aside");
    assert_eq!(mailbox.model.maildrop().len(), 0);
    assert_eq!(fs::read(&path).expect("read"), mails[0].stored);
    let aside = path.with_extension("damaged-1");
    assert_eq!(fs::read(aside).expect("kept"), b"rot\n");
    verify().run_to(0);
}

#[test]
fn links_in_an_archive_are_refused_before_anything_is_fetched() {
    let mailbox = mailbox(&small(1, 1));
    mailbox.fetch().run_to(0);
    for mail in small(1, 2) {
        mailbox.model.maildrop().add(&mail);
    }
    let elsewhere = mailbox.sandbox.path("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    let retrieved = mailbox.model.count("RETR");
    for name in ["1999", "tmp"] {
        let link = mailbox.store().join(name);
        let _ = fs::remove_dir(&link);
        symlink(&elsewhere, &link).expect("linked");
        let output = mailbox.fetch().run_to(73);
        let told = format!("cannot store mail in $SANDBOX/Mail/{name}: it is a symbolic link");
        assert!(output.to_string().contains(&told), "{output}");
        fs::remove_file(&link).expect("removed");
    }
    assert_eq!(mailbox.model.count("RETR"), retrieved);
    assert_eq!(fs::read_dir(&elsewhere).expect("listed").count(), 0);
    mailbox.fetch().run_to(0);
}

#[test]
fn a_config_file_names_an_archive() {
    let mailbox = mailbox(&small(1, 1));
    let config = format!(
        "[accounts.work]\nurl = \"{}\"\ntls = \"none\"\npassword_file = \"password\"\n\
         archive = \"~/box\"\n",
        mailbox.url()
    );
    let path = mailbox.sandbox.path("config.toml");
    fs::write(&path, config).expect("written");
    let retr = |words: &[&str]| {
        let program = mailbox.sandbox.retr(words.iter().copied());
        program.args([Path::new("--config"), &path])
    };
    let stored = paths(&retr(&["fetch", "work", "--json"]).run_to(0));
    assert!(stored[0].is_file());
    retr(&["verify", "work"]).run_to(0);
    retr(&["config", "check"]).run_to(0);
    let output = retr(&["config", "show", "work"]).run_to(0);
    assert!(output.to_string().contains("archive = "), "{output}");
    let output = retr(&["fetch", "work", "--maildir", "x", "--archive", "y"]).run_to(64);
    assert!(
        output.to_string().contains("cannot be used with"),
        "{output}"
    );
}
