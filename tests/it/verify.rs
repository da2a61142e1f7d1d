//! `verify`, and what `--delete-verified` leaves on the server.

use std::fs;

use serde_json::json;

use crate::support::mail::{Kind as MailKind, assorted, small};
use crate::support::mailbox::Mailbox;
use crate::support::store::Kind;

#[test]
fn everything_stored_is_proved_without_the_server() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&assorted(&MailKind::ALL, 26, 1)).kept_in(kind);
        mailbox.fetch().run_to(0);
        let sessions = mailbox.model.session_count();
        let verify = |how: &[&str]| mailbox.verify().args(how).run_to(0);
        let told = "26 stored, 26 intact, 0 missing, 0 altered\n";
        assert_eq!(verify(&[]).to_string(), told);
        let output = verify(&["--json"]);
        output.has("verification", json!({"intact": 26, "not_here": null}));
        assert_eq!(output.events_of("verified").len(), 0);
        let output = verify(&["--json", "-v"]);
        assert_eq!(output.events_of("verified").len(), 26);
        assert_eq!(verify(&["-q"]).to_string(), "");
        assert_eq!(mailbox.model.session_count(), sessions);
    }
}

#[test]
fn what_is_missing_or_altered_is_told_and_exits_65() {
    let mailbox = Mailbox::with(&small(5, 1));
    let fetched = mailbox.fetch_json().run_to(0);
    let files = fetched.column("message", "maildir");
    let fetched = fetched.events_of("message");
    mailbox.move_to_cur(&fetched[0], ":2,S");
    mailbox.take_out(&fetched[1]);
    let changed = "Date: Sat, 28 Nov 2026 10:00:00 +0100\nSubject: Changed\n\n";
    fs::write(&files[2], changed).expect("changed");
    let output = mailbox.verify().args(["--json"]).run_to(65);
    let counts = json!({"stored": 5, "intact": 3, "missing": 1, "altered": 1});
    output.has("verification", counts);
    let rows = output.events_of("verified");
    let of = |verdict: &str| {
        let row = rows.iter().find(|row| row["verdict"] == verdict);
        row.unwrap_or_else(|| panic!("no {verdict}"))
    };
    assert_eq!(of("altered")["maildir"], files[2]);
    let missing = of("missing");
    assert!(missing["maildir"].is_null());
    assert_eq!(missing["file"], files[1]);
    assert_eq!(missing["on_server"], true);
    output.has("error", json!({"class": "data"}));
    let output = mailbox.verify().run_to(65);
    let url = mailbox.url();
    assert_eq!(
        output.stderr_text(),
        format!(
            "retr: error: alice@127.0.0.1: not all messages are here and unaltered: 1 missing, 1 altered\n\
             hint: `retr fetch --all {url}` stores again what is missing or altered and still on \
             the server\n"
        )
    );
    let lines = output.stdout_text();
    let seen = &missing["first_seen"].as_str().expect("a time")[..10];
    for line in [
        format!("{}  first seen {seen}\n", files[1]),
        format!("{}  2026-11-28  Changed\n", files[2]),
    ] {
        assert!(lines.contains(&line), "{lines}");
    }
    // As the hint says.
    mailbox.fetch().args(["--all"]).run_to(0);
    mailbox.verify().run_to(0);
}

/// Of several accounts, or of all, each is told by its name, and the worst code
/// is the code of all.
#[test]
fn several_accounts_are_verified_at_once() {
    let mailbox = Mailbox::with(&small(2, 1));
    let other = |name: &str, keys: &str| {
        let account = mailbox.account(name, keys);
        account.replace("alice@", "bob@")
    };
    let [never, off] = [other("never", ""), other("off", "enabled = false")];
    mailbox.config(&(mailbox.account("work", "") + &never + &off));
    let verify = |words: &str| mailbox.typed(&format!("verify {words}"));
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    verify("work").run_to(0);
    let output = verify("").tells(78, "never: nothing was ever fetched");
    let told = "work: 2 stored, 2 intact, 0 missing, 0 altered\n";
    assert_eq!(output.stdout_text(), told);
    assert_eq!(output.stderr_text().matches("retr: error").count(), 1);
    mailbox.take_out(&fetched[0]);
    let output = verify("work never --json").run_to(78);
    assert_eq!(output.events_of("summary").len(), 2);
    verify("work work").run_to(65);
}

/// A script that verifies all can get 0; by its name, an account that cannot
/// be verified is an error.
#[test]
fn what_was_handed_on_holds_up_no_other_account() {
    let mailbox = Mailbox::with(&small(2, 1));
    let own = mailbox.sandbox.path("own");
    let on = format!(
        "[accounts.on]\nurl = \"{}\"\ntls = \"none\"\nmda = \"cat\"\nstate_dir = \"{}\"\npassword_file = \"{}\"\n",
        mailbox.url(),
        own.display(),
        mailbox.sandbox.path("password").display(),
    );
    mailbox.sandbox.config(&(mailbox.account("work", "") + &on));
    let fetched = mailbox.sandbox.typed("fetch work on --json").run_to(0);
    let fetched = fetched.events_of("message");
    let kept = fetched.iter().find(|message| message["account"] == "work");
    let verify = |words: &str| mailbox.sandbox.typed(&format!("verify {words}"));
    let output = verify("--json").run_to(0);
    output.has("warning", json!({"account": "on", "code": "out-of-reach"}));
    assert_eq!(output.events_of("summary").len(), 2);
    output.has("verification", json!({"account": "work", "intact": 2}));
    verify("on").run_to(78);
    verify("work on").run_to(78);
    mailbox.take_out(kept.expect("a message"));
    verify("").run_to(65);
}

/// Neither where there was no mail, nor for an account that never fetched.
#[test]
fn nothing_stored_is_nothing_to_verify() {
    let mailbox = Mailbox::with(&[]);
    fs::create_dir_all(mailbox.store().join("new")).expect("made");
    let told = "nothing was ever fetched for this account under $SANDBOX/state/retr";
    mailbox.verify().run_to(78).shows(told);
    assert!(!mailbox.path("state/retr").exists());
    mailbox.fetch().run_to(0);
    let told = "nothing was stored yet: there is nothing to verify\n";
    assert_eq!(mailbox.verify().run_to(0).stdout_text(), told);
}

#[test]
fn an_mbox_that_a_reader_has_shortened_is_still_proved() {
    let mailbox = Mailbox::with(&small(4, 1)).kept_in(Kind::Mbox);
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    mailbox.take_out(&fetched[1]);
    let output = mailbox.verify().args(["--json"]).run_to(65);
    output.has("verification", json!({"intact": 3, "missing": 1}));
    output.has("verified", json!({"uid": fetched[1]["uid"]}));
}

#[test]
fn the_server_s_listing_is_compared() {
    let mailbox = Mailbox::with(&small(3, 1));
    let compared = || mailbox.command("verify --json --server").args(mailbox.target());
    mailbox.fetch().run_to(0);
    compared().run_to(0).has("verification", json!({"not_here": 0}));
    mailbox.model.maildrop().add_all(&small(2, 7));
    let output = compared().run_to(65);
    output.has("verification", json!({"not_here": 2}));
    assert_eq!(output.events_of("verified").len(), 2);
    output.has("summary", json!({"listed": 5}));
    assert_eq!(mailbox.model.count("RETR"), 3);
    mailbox.secret_file("password", "wrong");
    compared().run_to(77);
}

#[test]
fn a_wrong_place_is_told_as_such() {
    let mailbox = Mailbox::with(&small(2, 1));
    mailbox.fetch().run_to(0);
    let elsewhere = mailbox.path("Elsewhere");
    let verify = |option: &str| mailbox.offline("verify").arg(option).arg(&elsewhere);
    let told = "there is no Maildir at $SANDBOX/Elsewhere";
    verify("--maildir").run_to(65).shows(told);
    assert!(!elsewhere.exists());
    mailbox.write("Elsewhere", "");
    let told = "2 of the missing ones were stored in the Maildir $SANDBOX/Mail; \
                --maildir $SANDBOX/Mail verifies those";
    verify("--mbox").run_to(65).shows(told);
    mailbox.offline("verify").run_to(78);
    // What was handed on is nowhere to be verified.
    mailbox.model.maildrop().add(&small(1, 9)[0]);
    mailbox.command("fetch").args(["--mda", "cat"]).run_to(0);
    let told = "1 of the missing ones were handed to the command cat, which keeps nothing to read";
    mailbox.verify().run_to(65).shows(told);
    let export = mailbox.offline("export").args(["--to", "mboxrd", "out"]);
    let told = "it was handed to the command cat, which keeps nothing to read";
    export.args(mailbox.target()).run_to(65).shows(told);
}

#[test]
fn a_sample_is_of_a_manifest_only() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    mailbox.verify().args(["--sample", "5%"]).run_to(64);
}

#[test]
fn only_what_verifies_is_deleted() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(4, 1)).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        mailbox.alter(&fetched[1]);
        if kind == Kind::Maildir {
            mailbox.move_to_cur(&fetched[0], ":2,S");
            mailbox.take_out(&fetched[2]);
        } else {
            mailbox.alter(&fetched[2]);
        }
        let delete = || mailbox.fetch_json().args(["--delete", "--delete-verified"]);
        let planned = delete().args(["--dry-run"]).run_to(0);
        let actions = planned.column("planned", "action");
        assert_eq!(actions, ["delete", "keep", "keep", "delete"]);
        let output = delete().run_to(0);
        let uids = [0, 3].map(|at: usize| fetched[at]["uid"].as_str().expect("a uid"));
        assert_eq!(output.column("deleted", "uid"), uids);
        output.has("warning", json!({"code": "not-verified"}));
        assert_eq!(mailbox.model.left(), 2);
        // New mail needs no second look, and what was never stored has none.
        mailbox.model.maildrop().add_all(&small(1, 9));
        delete().run_to(0);
        assert_eq!(mailbox.model.left(), 2);
        mailbox.fetch().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.left(), 0);
    }
}

/// The disk of the Maildir is not mounted: nothing is begun anew, nothing
/// fetched twice.
#[test]
fn a_maildir_that_had_mail_and_is_gone_is_not_made_anew() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let away = mailbox.path("away");
    fs::rename(mailbox.store(), &away).expect("moved");
    mailbox.fetch().tells(73, "is its disk mounted?");
    assert!(!mailbox.store().exists());
    fs::rename(&away, mailbox.store()).expect("moved");
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    fs::rename(mailbox.store(), &away).expect("moved");
    mailbox.fetch().args(["--all"]).run_to(0);
    mailbox.assert_stored(&mails);
}
