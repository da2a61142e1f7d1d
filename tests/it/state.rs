//! The ledger from outside: `state show`, `forget`, `mark-seen`, `repair`.

use std::fs::{self, File};

use serde_json::json;

use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};
use crate::support::output::Output;
use crate::support::refusing::Refusing;
use crate::support::store::Kind;

/// `retr state COMMAND`, which connects to nobody.
fn state(mailbox: &Mailbox, command: &str) -> Program {
    mailbox.offline(&format!("state {command}"))
}

fn mark_seen(mailbox: &Mailbox) -> Program {
    mailbox.command("state mark-seen")
}

/// What the ledger knows.
fn known(mailbox: &Mailbox) -> Output {
    state(mailbox, "show --json").run_to(0)
}

/// The command that a hint names does what the hint says, for an account that
/// has its state in a place of its own and for a user who has to be encoded.
#[test]
fn a_hint_calls_the_account_as_it_was_called() {
    let mailbox = Mailbox::with(&small(3, 1));
    let own = mailbox.account("'alice@example.com'", "state_dir = '$S/own'");
    mailbox.config(&own);
    let encoded = mailbox.url().replace("alice", "%61lice");
    let by_url = format!("{encoded} --tls none --maildir Mail --password-file password");
    for (words, called, folder) in [
        ("alice@example.com", "alice@example.com", "own"),
        (&by_url, &format!("'{encoded}'"), "state/retr"),
    ] {
        let fetch = || mailbox.typed(&format!("fetch {words}"));
        fetch().run_to(0);
        let folder = mailbox.path(folder);
        let account = fs::read_dir(folder).expect("the state").next();
        let ledger = account.expect("one").expect("entry").path().join("ledger");
        let mut text = fs::read(&ledger).expect("the ledger");
        let middle = text.len() / 2;
        text[middle] ^= 1;
        fs::write(&ledger, &text).expect("damaged");
        let command = format!("retr state repair {called}");
        let hint = format!("hint: `{command}` keeps what is whole in the ledger\n");
        let told = fetch().run_to(65).stderr_text();
        assert!(told.ends_with(&hint), "{told}");
        mailbox.shell(&command).run_to(0);
        fetch().run_to(0);
    }
}

#[test]
fn what_is_stored_is_shown_with_its_place_and_hash() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(3, 1)).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        let rows = known(&mailbox).events_of("known");
        assert_eq!(rows.len(), 3);
        for (row, message) in rows.iter().zip(&fetched) {
            for key in ["uid", "sha256", "offset", "length"] {
                assert_eq!(row[key], message[key], "{key}");
            }
            assert_eq!(row["proof"], "stored");
            assert_eq!(row["deleted"], false);
            let time = row["first_seen"].as_str().expect("a time");
            assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
            if let Some(path) = message["maildir"].as_str() {
                let file = row["file"].as_str().expect("a name");
                assert!(path.ends_with(&format!("/new/{file}")), "{path}");
            }
        }
        let table = state(&mailbox, "show").run_to(0).stdout_text();
        assert_eq!(table.matches(" stored ").count(), 3, "{table}");
        assert_eq!(table.lines().count(), 3);
    }
}

#[test]
fn where_nothing_was_fetched_nothing_is_known_and_nothing_is_created() {
    let mailbox = Mailbox::with(&small(1, 1));
    let shown = state(&mailbox, "show").run_to(0);
    assert_eq!(shown.stdout_text(), "");
    assert!(shown.stderr_text().ends_with(": nothing fetched yet\n"));
    state(&mailbox, "repair").run_to(0);
    state(&mailbox, "forget").arg("uid:x").run_to(76);
    assert!(!mailbox.path("state/retr").exists());
}

/// A typing error in a host, a user or a password leaves no folder of state.
#[test]
fn an_account_of_which_nothing_was_learned_leaves_no_folder() {
    let mailbox = Mailbox::with(&small(1, 1));
    let accounts = || {
        let state = fs::read_dir(mailbox.path("state/retr"));
        state.map_or(0, Iterator::count)
    };
    mailbox.secret_file("wrong", "wrong");
    let nobody = Refusing::new();
    let nowhere = format!("pop3://alice@127.0.0.1:{}", nobody.address().port());
    for (account, password, code) in [(&nowhere, "password", 69), (&mailbox.url(), "wrong", 77)] {
        for words in ["fetch --maildir Mail", "state mark-seen"] {
            let program = mailbox.typed(words).arg(account);
            program.args(["--tls", "none", "--password-file", password]).run_to(code);
            assert_eq!(accounts(), 0, "{account}");
        }
    }
    mailbox.fetch().run_to(0);
    assert_eq!(accounts(), 1);
    mailbox.model.on_command(|_| Act::Close);
    mailbox.fetch().run_to(75);
    assert_eq!(accounts(), 1, "what was learned is kept");
}

#[test]
fn what_is_forgotten_is_fetched_again() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.fetch().run_to(0);
    let forget = |words: &str| state(&mailbox, "forget").args(words.split(' '));
    // All or nothing.
    forget("uid:uid00001 uid:nobody").run_to(76);
    assert_eq!(mailbox.stores(), 0);
    let output = forget("uid:uid00001").run_to(0);
    assert_eq!(output.stdout_text(), "forgotten: uid00001\n");
    // A number is a unique id here, and not the number of a message; and what
    // is to be forgotten is named, or missing.
    forget("3").run_to(76);
    forget("").run_to(64);
    state(&mailbox, "forget").run_to(64);
    forget("uid:x --missing").run_to(64);
    assert_eq!(mailbox.stores(), 1);
}

/// The host has a new name: what was fetched under the old one is known.
#[test]
fn a_ledger_moves_to_another_account_and_nothing_is_fetched_again() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let new = mailbox.account("new", "").replace("@127.0.0.1", "@localhost");
    mailbox.config(&new);
    let to_new = |code| state(&mailbox, "move --json").arg("new").run_to(code);
    // There is nothing to move, and nothing is made.
    to_new(78);
    assert!(!mailbox.path("state/retr").exists());
    mailbox.fetch().run_to(0);
    let read = || fs::read_to_string(mailbox.ledger()).expect("one ledger");
    let id = |text: &str| text.split([' ', '\n']).nth(2).expect("its id").to_owned();
    let old = id(&read());
    let moved = to_new(0).has("moved", json!({"to": "new", "known": 3}));
    assert!(!moved["account"].as_str().expect("a name").contains("new"));
    assert!(id(&read()).starts_with("alice@localhost-"));
    assert!(read().contains(&format!(" key {old}\n")), "{}", read());
    let retrieved = mailbox.model.count("RETR");
    let fetched = mailbox.typed("fetch --json new").run_to(0);
    fetched.has("summary", json!({"stored": 0}));
    assert_eq!(mailbox.model.count("RETR"), retrieved);
    mailbox.assert_stored(&mails);
    mailbox.retr(["verify", "new"]).run_to(0);
    // Nobody who has a ledger gets another.
    mailbox.fetch().run_to(0);
    to_new(73).has("error", json!({"class": "cantcreate"}));
    let told = "there is a ledger already, ";
    mailbox.typed("state move new new").tells(73, told);
}

#[test]
fn a_ledger_is_not_moved_while_a_run_has_one_of_the_two_locks() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    let lock = File::open(mailbox.lock_file()).expect("the lock");
    lock.lock().expect("locked");
    let moves = || state(&mailbox, "move").arg("pop3s://alice@new.example");
    moves().run_to(75);
    drop(lock);
    moves().run_to(0);
}

/// Whatever a person did to the mail: what is not there any more comes again by a
/// plain fetch, and nothing else.
#[test]
fn what_is_missing_is_forgotten_and_fetched_again() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(4, 1)).kept_in(kind);
        let forget = || state(&mailbox, "forget --missing --json");
        forget().run_to(78);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        assert!(forget().run_to(0).events_of("forgotten").is_empty());
        mailbox.take_out(&fetched[2]);
        if kind == Kind::Maildir {
            // Read, or altered, is not missing.
            mailbox.move_to_cur(&fetched[0], ":2,S");
            mailbox.alter(&fetched[1]);
        }
        let gone = fetched[2]["uid"].as_str().expect("a uid");
        let forgotten = forget().run_to(0).column("forgotten", "uid");
        assert_eq!(forgotten, [gone], "{kind:?}");
        let retrieved = mailbox.model.count("RETR");
        assert_eq!(mailbox.stores(), 1);
        assert_eq!(mailbox.model.count("RETR"), retrieved + 1);
        assert!(forget().run_to(0).events_of("forgotten").is_empty());
    }
}

/// A disk that is not mounted looks as if all was gone; a Maildir with another
/// name has everything.
#[test]
fn a_target_that_is_gone_is_not_taken_for_missing_mail() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(3, 1)).kept_in(kind);
        mailbox.fetch().run_to(0);
        let moved = mailbox.path("Moved");
        fs::rename(mailbox.store(), &moved).expect("moved");
        let told = "is its disk mounted?";
        state(&mailbox, "forget --missing").tells(73, told);
        let account = mailbox.account("work", "");
        mailbox.config(&account.replace("$S/Mail", "$S/Moved"));
        let forget = || {
            let forget = mailbox.typed("state forget work --missing");
            forget.run_to(0).stdout_text()
        };
        assert_eq!(forget(), "", "all is there");
        if kind == Kind::Maildir {
            let first = fs::read_dir(moved.join("new")).expect("new").next();
            fs::remove_file(first.expect("one").expect("entry").path()).expect("removed");
            assert_eq!(forget().lines().count(), 1);
        }
    }
}

/// Messages that share a unique id: the one that is there is not stored twice.
#[test]
fn of_messages_that_share_a_uid_only_the_missing_one_comes_again() {
    let mails = small(2, 1);
    let mailbox = Mailbox::with(&[]);
    for mail in &mails {
        mailbox.model.maildrop().add_as("same", mail);
    }
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    mailbox.take_out(&fetched[0]);
    let output = state(&mailbox, "forget --missing").run_to(0);
    assert_eq!(output.stdout_text(), "forgotten: same\n");
    assert_eq!(mailbox.stores(), 1);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.stores(), 0);
}

#[test]
fn mark_seen_fetches_nothing_and_begins_from_now() {
    let mailbox = Mailbox::with(&small(5, 1));
    let marked = mark_seen(&mailbox).arg("--json").run_to(0);
    marked.has("marked", json!({"listed": 5, "marked": 5}));
    for command in ["RETR", "TOP", "DELE"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
    let again = mark_seen(&mailbox).run_to(0).stdout_text();
    let told = "5 messages on the server marked as seen (0 not known before)\n";
    assert_eq!(again, told);
    let new = small(2, 9);
    mailbox.model.maildrop().add_all(&new);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&new);
    let proofs = known(&mailbox).column("known", "proof");
    let count = |proof: &str| proofs.iter().filter(|row| *row == proof).count();
    assert_eq!((count("marked"), count("stored")), (5, 2));
    // What was never stored is never deleted.
    let delete = || mailbox.fetch().args(["--delete-after", "0s"]);
    let left = "2 would be deleted, 5 left, 5 not deleted: never fetched";
    delete().arg("--dry-run").run_to(0).shows(left);
    delete().run_to(0);
    mailbox.fetch().args(["--delete", "--delete-verified"]).run_to(0);
    assert_eq!(mailbox.model.left(), 5);
    assert_eq!(mailbox.model.count("RETR"), 2);
}

#[test]
fn a_mark_that_fails_marks_nothing() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.model.at("UIDL", Act::Close);
    mark_seen(&mailbox).run_to(75);
    mailbox.model.behave();
    assert_eq!(mailbox.stores(), 3);
    let without_ids = Mailbox::on(Setup::default().uidl(false), &small(1, 1));
    mark_seen(&without_ids).run_to(69);
}

#[test]
fn a_torn_line_that_was_cut_off_is_told_when_verbose() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    let torn = || {
        let mut text = fs::read(mailbox.ledger()).expect("the ledger");
        text.extend_from_slice(b"sto");
        fs::write(mailbox.ledger(), text).expect("torn");
        mailbox.fetch()
    };
    let note = "a torn line in the ledger; its 3 octets were cut off";
    torn().arg("-v").tells(0, note);
    assert!(torn().run_to(0).stderr.is_empty());
}

#[test]
fn a_damaged_ledger_is_repaired_and_kept_beside() {
    let mails = small(6, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let text = mailbox.damage_ledger();
    mailbox.fetch().tells(65, "retr state repair");
    state(&mailbox, "show").run_to(65);
    let ledger = mailbox.ledger();
    let output = state(&mailbox, "repair --json").run_to(0);
    output.has("repaired", json!({"lost": 1, "ledger": ledger.to_str()}));
    let beside = ledger.with_file_name("ledger.damaged-1");
    assert_eq!(fs::read(beside).expect("the damaged one"), text);
    // What the lost line told of is found in the Maildir. As it may have told
    // of anything, all of it is compared.
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.count("RETR"), 12);
    let told = state(&mailbox, "repair").run_to(0).stdout_text();
    assert!(told.ends_with("lines are whole\n"), "{told}");
}

/// The line that is lost may have said `forgotten`: a user who has no copy any
/// more is to get one, and nothing is deleted on the server before.
#[test]
fn what_is_no_more_where_it_was_stored_is_not_held_after_a_repair() {
    for kind in Kind::ALL {
        let mails = small(3, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        let before = fs::read(mailbox.ledger()).expect("the ledger");
        mailbox.remove_store();
        if kind == Kind::Mbox {
            mailbox.write("Mail", "");
        }
        state(&mailbox, "forget").arg("uid:uid00001").run_to(0);
        let mut text = fs::read(mailbox.ledger()).expect("the ledger");
        assert!(text.starts_with(&before), "the lines are behind the others");
        text[before.len() + 30] ^= 1;
        let close = before.split_inclusive(|b| *b == b'\n').next_back();
        text.extend_from_slice(close.expect("close"));
        fs::write(mailbox.ledger(), text).expect("damaged");
        let output = state(&mailbox, "repair --json").run_to(0);
        output.has("repaired", json!({"forgotten": 3}));
        mailbox.fetch().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.left(), 0, "{kind:?}");
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn what_another_program_has_seen_is_not_fetched_again() {
    let mailbox = Mailbox::with(&small(3, 1));
    let id = |uid| format!("alice@127.0.0.1 {uid}\nbob@127.0.0.1 other\n");
    let ids = ["uid00000", "uid00001"].map(id).concat();
    let file = mailbox.write("fetchids", ids);
    let import = |from: &str| {
        let import = mailbox.typed(&format!("state import --from {from}"));
        import.arg(&file).arg(mailbox.url())
    };
    let output = import("fetchmail").arg("--json").run_to(0);
    output.has("imported", json!({"read": 2, "imported": 2}));
    let told = import("fetchmail").run_to(0).stdout_text();
    assert_eq!(told, "2 ids imported (0 not known before)\n");
    assert_eq!(mailbox.stores(), 1);
    // What was never fetched here is never deleted.
    mailbox.fetch().args(["--delete"]).run_to(0);
    assert_eq!(mailbox.model.left(), 2);
    // The wrong program; others are in `messages.rs`.
    let hint = "hint: the line is \"alice@127.0.0.1 uid00000\"; is --from right?\n";
    import("fdm").tells(65, hint);
    import("imapsync").run_to(64);
}

#[test]
fn some_messages_are_marked_and_unique_ids_are_words_of_their_own() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let marked = mark_seen(&mailbox).args(["2-3", "--json"]).run_to(0);
    marked.has("summary", json!({"new": 2}));
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails[..1]);
    mark_seen(&mailbox).args(["9"]).run_to(76);
    state(&mailbox, "forget").args(["uid00002", "uid:uid00001"]).run_to(0);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}
