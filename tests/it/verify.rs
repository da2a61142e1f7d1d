//! `verify`, and what `--delete-verified` leaves on the server.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::env::Program;
use crate::support::mail::{Kind as MailKind, assorted, small};
use crate::support::mailbox::Mailbox;
use crate::support::store::Kind;

/// `retr verify ACCOUNT` of the store, without the server.
fn verify(mailbox: &Mailbox) -> Program {
    mailbox
        .sandbox
        .retr(["verify", &mailbox.url()])
        .args(mailbox.target())
}

/// The files in new/, in the order of their names.
fn files(mailbox: &Mailbox) -> Vec<PathBuf> {
    let entries = fs::read_dir(mailbox.store().join("new")).expect("new/");
    let mut files: Vec<PathBuf> = entries.map(|e| e.expect("entry").path()).collect();
    files.sort();
    files
}

/// What a reader does with a message it has seen.
fn read(mailbox: &Mailbox, file: &Path) {
    let name = file.file_name().expect("a name").to_string_lossy();
    let cur = mailbox.store().join(format!("cur/{name}:2,S"));
    fs::rename(file, cur).expect("moved");
}

#[test]
fn everything_stored_is_proved_without_the_server() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&assorted(&MailKind::ALL, 26, 1)).kept_in(kind);
        mailbox.fetch().run_to(0);
        let sessions = mailbox.model.session_count();
        let output = verify(&mailbox).run_to(0);
        assert_eq!(
            output.to_string(),
            "26 stored, 26 intact, 0 missing, 0 altered\n"
        );
        let output = verify(&mailbox).args(["--json"]).run_to(0);
        let counts = output.event("verification");
        assert_eq!(
            (&counts["intact"], &counts["not_here"]),
            (&26.into(), &().into())
        );
        assert_eq!(output.events_of("verified").len(), 0);
        let output = verify(&mailbox).args(["--json", "-v"]).run_to(0);
        assert_eq!(output.events_of("verified").len(), 26);
        assert_eq!(verify(&mailbox).args(["-q"]).run_to(0).to_string(), "");
        assert_eq!(mailbox.model.session_count(), sessions);
    }
}

#[test]
fn what_is_missing_or_altered_is_told_and_exits_65() {
    let mailbox = Mailbox::with(&small(5, 1));
    mailbox.fetch().run_to(0);
    let files = files(&mailbox);
    read(&mailbox, &files[0]);
    fs::remove_file(&files[1]).expect("removed");
    fs::write(
        &files[2],
        "Date: Sat, 28 Nov 2026 10:00:00 +0100\nSubject: Changed\n\n",
    )
    .expect("changed");
    let output = verify(&mailbox).args(["--json"]).run_to(65);
    let counts = output.event("verification");
    for (key, count) in [("stored", 5), ("intact", 3), ("missing", 1), ("altered", 1)] {
        assert_eq!(counts[key], count, "{key}");
    }
    let rows = output.events_of("verified");
    let of = |verdict: &str| {
        let row = rows.iter().find(|row| row["verdict"] == verdict);
        row.unwrap_or_else(|| panic!("no {verdict}"))
    };
    assert_eq!(of("altered")["maildir"].as_str(), files[2].to_str());
    assert!(of("missing")["maildir"].is_null());
    assert_eq!(of("missing")["file"].as_str(), files[1].to_str());
    assert_eq!(of("missing")["on_server"], true);
    assert_eq!(output.event("error")["class"], "data");
    let output = verify(&mailbox).run_to(65);
    assert_eq!(
        output.stderr_text(),
        format!(
            "retr: error: alice@127.0.0.1: not all messages are here and unaltered: 1 missing, 1 altered\n\
             hint: `retr fetch --all {}` stores again what is missing or altered and still on \
             the server\n",
            mailbox.url()
        )
    );
    let lines = output.stdout_text();
    let seen = of("missing")["first_seen"].as_str().expect("a time");
    let missing = format!("{}  first seen {}\n", files[1].display(), &seen[..10]);
    let altered = format!("{}  2026-11-28  Changed\n", files[2].display());
    assert!(
        lines.contains(&missing) && lines.contains(&altered),
        "{lines}"
    );
    // As the hint says.
    mailbox.fetch().args(["--all"]).run_to(0);
    verify(&mailbox).run_to(0);
}

/// Of several accounts, or of all, each is told by its name, and the worst code
/// is the code of all.
#[test]
fn several_accounts_are_verified_at_once() {
    let mailbox = Mailbox::with(&small(2, 1));
    let config = format!(
        "[accounts.work]\nurl = \"{0}\"\nmaildir = \"Mail\"\n\
         [accounts.never]\nurl = \"pop3://bob@127.0.0.1\"\nmaildir = \"Mail\"\n\
         [accounts.off]\nenabled = false\nurl = \"pop3://bob@127.0.0.1\"\nmaildir = \"Mail\"\n",
        mailbox.url()
    );
    fs::write(mailbox.sandbox.path("config.toml"), config).expect("written");
    let retr = |words: &[&str]| {
        let program = mailbox.sandbox.retr(["verify", "--config"]);
        let program = program.args([mailbox.sandbox.path("config.toml")]);
        program.args(words)
    };
    mailbox.fetch().run_to(0);
    retr(&["work"]).run_to(0);
    let output = retr(&[]).run_to(78);
    assert_eq!(
        output.stdout_text(),
        "work: 2 stored, 2 intact, 0 missing, 0 altered\n"
    );
    let never = "never: nothing was ever fetched";
    assert!(output.stderr_text().contains(never), "{output}");
    assert_eq!(output.stderr_text().matches("retr: error").count(), 1);
    fs::remove_file(&files(&mailbox)[0]).expect("removed");
    assert_eq!(
        retr(&["work", "never", "--json"])
            .run_to(78)
            .events_of("summary")
            .len(),
        2
    );
    retr(&["work", "work"]).run_to(65);
}

/// A script that verifies all can get 0; by its name, an account that cannot
/// be verified is an error.
#[test]
fn what_was_handed_on_holds_up_no_other_account() {
    let mailbox = Mailbox::with(&small(2, 1));
    let url = mailbox.url();
    let password = mailbox.sandbox.path("password");
    let own = mailbox.sandbox.path("own");
    mailbox.sandbox.config(&format!(
        "[defaults]\npassword_file = \"{}\"\n\
         [accounts.work]\nurl = \"{url}\"\ntls = \"none\"\nmaildir = \"{}\"\n\
         [accounts.on]\nurl = \"{url}\"\ntls = \"none\"\nmda = \"cat\"\nstate_dir = \"{}\"\n",
        password.display(),
        mailbox.store().display(),
        own.display()
    ));
    mailbox.sandbox.retr(["fetch"]).run_to(0);
    let verify = |words: &[&str]| mailbox.sandbox.retr(["verify"]).args(words);
    let output = verify(&["--json"]).run_to(0);
    let warning = output.event("warning");
    assert_eq!(
        (&warning["account"], &warning["code"]),
        (&"on".into(), &"out-of-reach".into())
    );
    assert_eq!(output.events_of("summary").len(), 2);
    let counts = output.event("verification");
    assert_eq!(
        (&counts["account"], &counts["intact"]),
        (&"work".into(), &2.into())
    );
    verify(&["on"]).run_to(78);
    verify(&["work", "on"]).run_to(78);
    fs::remove_file(&files(&mailbox)[0]).expect("removed");
    verify(&[]).run_to(65);
}

#[test]
fn nothing_stored_is_nothing_to_verify() {
    let mailbox = Mailbox::with(&[]);
    mailbox.fetch().run_to(0);
    assert_eq!(
        verify(&mailbox).run_to(0).stdout_text(),
        "nothing was stored yet: there is nothing to verify\n"
    );
}

#[test]
fn an_mbox_that_a_reader_has_shortened_is_still_proved() {
    let mailbox = Mailbox::with(&small(4, 1)).kept_in(Kind::Mbox);
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    let path = mailbox.store();
    let text = fs::read(&path).expect("read");
    let from = fetched[1]["offset"].as_u64().expect("an offset") as usize;
    let length = fetched[1]["length"].as_u64().expect("a length") as usize;
    let cut = [&text[..from], &text[from + length..]].concat();
    fs::write(&path, cut).expect("cut");
    let output = verify(&mailbox).args(["--json"]).run_to(65);
    let counts = output.event("verification");
    assert_eq!(
        (&counts["intact"], &counts["missing"]),
        (&3.into(), &1.into())
    );
    assert_eq!(output.event("verified")["uid"], fetched[1]["uid"]);
}

#[test]
fn the_server_s_listing_is_compared() {
    let mailbox = Mailbox::with(&small(3, 1));
    let compared = || {
        verify(&mailbox)
            .args(["--json", "--server", "--tls", "none", "--password-file"])
            .args([mailbox.sandbox.path("password")])
    };
    mailbox.fetch().run_to(0);
    let counts = compared().run_to(0).event("verification");
    assert_eq!(counts["not_here"], 0);
    for mail in small(2, 7) {
        mailbox.model.maildrop().add(&mail);
    }
    let output = compared().run_to(65);
    assert_eq!(output.event("verification")["not_here"], 2);
    assert_eq!(output.events_of("verified").len(), 2);
    assert_eq!(output.event("summary")["listed"], 5);
    assert_eq!(mailbox.model.count("RETR"), 3);
    mailbox.sandbox.secret_file("password", "wrong");
    compared().run_to(77);
}

#[test]
fn a_wrong_place_is_told_as_such() {
    let mailbox = Mailbox::with(&small(2, 1));
    mailbox.fetch().run_to(0);
    let url = mailbox.url();
    let elsewhere = mailbox.sandbox.path("Elsewhere");
    let output = mailbox
        .sandbox
        .retr(["verify", &url, "--maildir"])
        .args([&elsewhere])
        .run_to(65);
    assert!(
        output
            .to_string()
            .contains("there is no Maildir at $SANDBOX/Elsewhere")
    );
    assert!(!elsewhere.exists());
    fs::write(&elsewhere, "").expect("written");
    let output = mailbox
        .sandbox
        .retr(["verify", &url, "--mbox"])
        .args([&elsewhere])
        .run_to(65);
    let told = "2 of the missing ones were stored in the Maildir $SANDBOX/Mail; \
                --maildir $SANDBOX/Mail verifies those";
    assert!(output.to_string().contains(told), "{output}");
    mailbox.sandbox.retr(["verify", &url]).run_to(78);
    // What was handed on is nowhere to be verified.
    mailbox.model.maildrop().add(&small(1, 9)[0]);
    mailbox.command("fetch").args(["--mda", "cat"]).run_to(0);
    let output = verify(&mailbox).run_to(65);
    let told = "1 of the missing ones were handed to the command cat, which keeps nothing to read";
    assert!(output.to_string().contains(told), "{output}");
    let export = ["export", &url, "--to", "mboxrd", "out"];
    let export = mailbox.sandbox.retr(export).args(mailbox.target());
    let told = "it was handed to the command cat, which keeps nothing to read";
    assert!(export.run_to(65).to_string().contains(told));
}

#[test]
fn a_sample_is_of_a_manifest_only() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    verify(&mailbox).args(["--sample", "5%"]).run_to(64);
}

#[test]
fn only_what_verifies_is_deleted() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(4, 1)).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        match kind {
            Kind::Maildir => {
                let path = |at: usize| fetched[at]["maildir"].as_str().expect("a path");
                read(&mailbox, Path::new(path(0)));
                fs::write(path(1), "other\n").expect("changed");
                fs::remove_file(path(2)).expect("removed");
            }
            Kind::Archive => unreachable!("it is not among both"),
            Kind::Mbox => {
                let mut text = fs::read(mailbox.store()).expect("read");
                for row in &fetched[1..3] {
                    let at = row["offset"].as_u64().expect("an offset");
                    let length = row["length"].as_u64().expect("a length");
                    text[(at + length) as usize - 3] ^= 1;
                }
                fs::write(mailbox.store(), text).expect("changed");
            }
        }
        let delete = || mailbox.fetch_json().args(["--delete", "--delete-verified"]);
        let planned = delete().args(["--dry-run"]).run_to(0).events_of("planned");
        let actions: Vec<&str> = planned
            .iter()
            .filter_map(|p| p["action"].as_str())
            .collect();
        assert_eq!(actions, ["delete", "keep", "keep", "delete"]);
        let output = delete().run_to(0);
        let deleted = output.events_of("deleted");
        let uids: Vec<_> = deleted.iter().map(|row| &row["uid"]).collect();
        assert_eq!(uids, [&fetched[0]["uid"], &fetched[3]["uid"]]);
        assert_eq!(output.event("warning")["code"], "not-verified");
        assert_eq!(mailbox.model.maildrop().len(), 2);
        // New mail needs no second look, and what was never stored has none.
        let new = small(1, 9);
        mailbox.model.maildrop().add(&new[0]);
        delete().run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 2);
        mailbox.fetch().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 0);
    }
}

#[test]
fn what_was_only_marked_is_never_deleted_as_verified() {
    let mailbox = Mailbox::with(&small(2, 1));
    mailbox
        .sandbox
        .retr(["state", "mark-seen", &mailbox.url(), "--tls", "none"])
        .args(["--password-file".into(), mailbox.sandbox.path("password")])
        .run_to(0);
    mailbox
        .fetch()
        .args(["--delete", "--delete-verified"])
        .run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 2);
}

#[test]
fn an_account_that_never_fetched_has_nothing_to_verify() {
    let mailbox = Mailbox::with(&small(1, 1));
    fs::create_dir_all(mailbox.store().join("new")).expect("made");
    let output = verify(&mailbox).run_to(78).to_string();
    let told = "nothing was ever fetched for this account under $SANDBOX/state/retr";
    assert!(output.contains(told), "{output}");
    let hint = format!(
        "hint: run `retr fetch {}` first; if you did, was it with another --state-dir?",
        mailbox.url()
    );
    assert!(verify(&mailbox).run_to(78).stderr_text().contains(&hint));
    assert!(!mailbox.sandbox.path("state/retr").exists());
}

/// The disk of the Maildir is not mounted: nothing is begun anew, nothing
/// fetched twice.
#[test]
fn a_maildir_that_had_mail_and_is_gone_is_not_made_anew() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let away = mailbox.sandbox.path("away");
    fs::rename(mailbox.store(), &away).expect("moved");
    let output = mailbox.fetch().run_to(73).to_string();
    assert!(output.contains("is its disk mounted?"), "{output}");
    assert!(!mailbox.store().exists());
    fs::rename(&away, mailbox.store()).expect("moved");
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    fs::rename(mailbox.store(), &away).expect("moved");
    mailbox.fetch().args(["--all"]).run_to(0);
    mailbox.assert_stored(&mails);
}
