//! `fetch --archive`: one file a message, named by its hash.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

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
    let paths = output.column("message", "archive").into_iter();
    paths.map(PathBuf::from).collect()
}

#[test]
fn the_same_message_is_one_file_and_counts_as_stored_each_time() {
    let mails = small(2, 1);
    let mailbox = mailbox(&[mails[0].clone(), mails[1].clone(), mails[0].clone()]);
    let output = mailbox.fetch_json().run_to(0);
    output.has("summary", json!({"stored": 3}));
    let own = paths(&output);
    assert_eq!(own[0], own[2]);
    assert_ne!(own[0], own[1]);
    mailbox.assert_stored(&mails);
    // Another account's, from another server, a month later or not.
    let model = Model::start(Setup::default().user("bob")).holding(&mails[..1]);
    let url = format!("pop3://bob@127.0.0.1:{}", model.port());
    let fetch = mailbox.typed("fetch --json --tls none --delete");
    let fetch = fetch.args([&url, "--password-file", "password"]);
    let output = fetch.args(mailbox.target()).run_to(0);
    output.has("summary", json!({"deleted": 1}));
    assert_eq!(paths(&output), own[..1]);
    mailbox.assert_stored(&mails);
    let again = mailbox.fetch_json().run_to(0);
    again.has("summary", json!({"new": 0}));
    let output = mailbox.verify().run_to(0);
    output.shows("3 stored, 3 intact");
}

/// What is there already may have been damaged since: it is read before it
/// counts, and nothing is deleted on the server for it.
#[test]
fn a_damaged_file_is_no_reason_to_delete_anything() {
    let mails = small(1, 1);
    let mailbox = mailbox(&mails);
    let path = paths(&mailbox.fetch_json().run_to(0)).remove(0);
    fs::remove_file(&path).expect("removed");
    fs::write(&path, "rot\n").expect("written");
    let verify = || mailbox.verify().arg("--json");
    let altered = json!({"verdict": "altered", "archive": path.to_str()});
    verify().run_to(65).has("verified", altered);
    let delete = || mailbox.fetch_json().arg("--delete");
    delete().arg("--delete-verified").run_to(0);
    assert_eq!(mailbox.model.left(), 1);
    let output = delete().arg("--all").run_to(0);
    output.has("warning", json!({"code": "set-aside"}));
    assert_eq!(mailbox.model.left(), 0);
    assert_eq!(fs::read(&path).expect("read"), mails[0].stored);
    let aside = path.with_extension("damaged-1");
    assert_eq!(fs::read(aside).expect("kept"), b"rot\n");
    verify().run_to(0);
}

#[test]
fn a_config_file_names_an_archive() {
    let mailbox = mailbox(&small(1, 1));
    mailbox.configure("work", "");
    let retr = |words: &str| mailbox.typed(words);
    let stored = paths(&retr("fetch work --json").run_to(0));
    assert!(stored[0].is_file());
    retr("verify work").run_to(0);
    retr("config check").run_to(0);
    retr("config show work").run_to(0).shows("archive = ");
    let both = "fetch work --maildir x --archive y";
    retr(both).tells(64, "cannot be used with");
}
