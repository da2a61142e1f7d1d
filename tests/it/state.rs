//! The ledger from outside: `state show`, `forget`, `mark-seen`, `repair`.

use std::fs;
use std::path::PathBuf;

use crate::support::env::Program;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};
use crate::support::refusing::Refusing;
use crate::support::store::Kind;

/// `retr state COMMAND ACCOUNT`.
fn state(mailbox: &Mailbox, command: &str) -> Program {
    mailbox.sandbox.retr(["state", command, &mailbox.url()])
}

fn mark_seen(mailbox: &Mailbox) -> Program {
    state(mailbox, "mark-seen")
        .args(["--tls", "none", "--password-file"])
        .args([mailbox.sandbox.path("password")])
}

/// The command that a hint names does what the hint says, for an account that
/// has its state in a place of its own and for a user who has to be encoded.
#[test]
fn a_hint_calls_the_account_as_it_was_called() {
    let mailbox = Mailbox::with(&small(3, 1));
    let url = |user: &str| format!("pop3://{user}@127.0.0.1:{}", mailbox.model.port());
    mailbox.sandbox.config(&format!(
        "[accounts.'alice@example.com']\nurl = '{}'\nstate_dir = '$S/own'\nmaildir = '$S/Mail'\n\
         tls = 'none'\npassword_file = '$S/password'\n",
        url("alice")
    ));
    let encoded = url("%61lice");
    let quoted = format!("'{encoded}'");
    let by_url = format!("{encoded} --tls none --maildir Mail --password-file password");
    for (words, called, folder) in [
        ("alice@example.com", "alice@example.com", "own"),
        (&by_url, &quoted, "state/retr"),
    ] {
        let fetch = || {
            let words = words.split(' ');
            mailbox.sandbox.retr(["fetch"]).args(words)
        };
        fetch().run_to(0);
        let folder = mailbox.sandbox.path(folder);
        let account = fs::read_dir(folder).expect("the state").next();
        let ledger = account.expect("one").expect("entry").path().join("ledger");
        let mut text = fs::read(&ledger).expect("the ledger");
        let middle = text.len() / 2;
        text[middle] ^= 1;
        fs::write(&ledger, &text).expect("damaged");
        let output = fetch().run_to(65);
        let command = format!("retr state repair {called}");
        let hint = format!("hint: `{command}` keeps what is whole in the ledger\n");
        assert!(output.stderr_text().ends_with(&hint), "{output}");
        mailbox.sandbox.shell(&command).run_to(0);
        fetch().run_to(0);
    }
}

#[test]
fn what_is_stored_is_shown_with_its_place_and_hash() {
    for kind in Kind::BOTH {
        let mailbox = Mailbox::with(&small(3, 1)).kept_in(kind);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        let known = state(&mailbox, "show").args(["--json"]).run_to(0);
        let known = known.events_of("known");
        assert_eq!(known.len(), 3);
        for (known, message) in known.iter().zip(&fetched) {
            for key in ["uid", "sha256", "offset", "length"] {
                assert_eq!(known[key], message[key], "{key}");
            }
            assert_eq!(known["proof"], "stored");
            assert_eq!(known["deleted"], false);
            let time = known["first_seen"].as_str().expect("a time");
            assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
            if let Some(path) = message["maildir"].as_str() {
                let file = known["file"].as_str().expect("a name");
                assert!(path.ends_with(&format!("/new/{file}")), "{path}");
            }
        }
        let table = state(&mailbox, "show").run_to(0).stdout_text();
        assert_eq!(table.lines().count(), 3);
        assert!(table.contains(" stored "), "{table}");
    }
}

#[test]
fn where_nothing_was_fetched_nothing_is_known_and_nothing_is_created() {
    let mailbox = Mailbox::with(&small(1, 1));
    let shown = state(&mailbox, "show").run_to(0);
    assert_eq!(shown.stdout_text(), "");
    assert!(shown.stderr_text().ends_with(": nothing fetched yet\n"));
    state(&mailbox, "repair").run_to(0);
    let output = state(&mailbox, "forget").args(["uid:x"]).run_to(76);
    assert_eq!(
        output.to_string(),
        "------- stderr -------\n\
         retr: error: alice@127.0.0.1: the ledger knows no message uid:x\n\
         hint: `retr state show pop3://alice@127.0.0.1:PORT` lists what it knows\n\
         [exit status: 76]\n"
    );
    assert!(!mailbox.sandbox.path("state/retr").exists());
}

/// A typing error in a host, a user or a password leaves no folder of state.
#[test]
fn an_account_of_which_nothing_was_learned_leaves_no_folder() {
    let mailbox = Mailbox::with(&small(1, 1));
    let accounts = || {
        let state = fs::read_dir(mailbox.sandbox.path("state/retr"));
        state.map_or(0, |accounts| accounts.count())
    };
    let wrong = mailbox.sandbox.secret_file("wrong", "wrong");
    let nobody = Refusing::new();
    let nowhere = format!("pop3://alice@127.0.0.1:{}", nobody.address().port());
    for (account, password, code) in [(&nowhere, "password", 69), (&mailbox.url(), "wrong", 77)] {
        let run = |words: &[&str]| {
            let program = mailbox.sandbox.retr(words.iter().copied());
            program.args([account, "--tls", "none", "--password-file", password])
        };
        run(&["fetch", "--maildir", "Mail"]).run_to(code);
        run(&["state", "mark-seen"]).run_to(code);
        assert_eq!(accounts(), 0, "{account}");
    }
    drop(wrong);
    mailbox.fetch().run_to(0);
    assert_eq!(accounts(), 1);
    mailbox.model.on_command(|_| Act::Close);
    mailbox.fetch().run_to(75);
    assert_eq!(accounts(), 1, "what was learned is kept");
}

#[test]
fn what_is_forgotten_is_fetched_again() {
    let mailbox = Mailbox::with(&small(3, 1));
    let fetched = mailbox.fetch_json().run_to(0).events_of("message");
    let uid = format!("uid:{}", fetched[1]["uid"].as_str().expect("a uid"));
    // All or nothing.
    state(&mailbox, "forget")
        .args([&uid, "uid:nobody"])
        .run_to(76);
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 0);
    let output = state(&mailbox, "forget").args([&uid]).run_to(0);
    assert_eq!(output.stdout_text(), format!("forgotten: {}\n", &uid[4..]));
    // A number is a unique id here, and not the number of a message.
    state(&mailbox, "forget").args(["3"]).run_to(76);
    state(&mailbox, "forget").args([""]).run_to(64);
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 1);
}

/// The host has a new name: what was fetched under the old one is known.
#[test]
fn a_ledger_moves_to_another_account_and_nothing_is_fetched_again() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let account = format!(
        "[accounts.new]\nurl = 'pop3://alice@localhost:{}'\ntls = 'none'\n\
         password_file = '$S/password'\nmaildir = '$S/Mail'\n",
        mailbox.model.port()
    );
    mailbox.sandbox.config(&account);
    let to_new = |from: &str, code| {
        let words = ["state", "move", "--json", from, "new"];
        mailbox.sandbox.retr(words).run_to(code)
    };
    let fetch_new = || {
        let fetched = mailbox.sandbox.retr(["fetch", "--json", "new"]).run_to(0);
        fetched.event("summary")["stored"].as_u64()
    };
    // There is nothing to move, and nothing is made.
    to_new(&mailbox.url(), 78);
    assert!(!mailbox.sandbox.path("state/retr").exists());
    mailbox.fetch().run_to(0);
    let before = fs::read(mailbox.ledger()).expect("the ledger");
    let moved = to_new(&mailbox.url(), 0);
    let event = moved.event("moved");
    assert_eq!((&event["to"], &event["known"]), (&"new".into(), &3.into()));
    assert!(!event["account"].as_str().expect("a name").contains("new"));
    let after = String::from_utf8(fs::read(mailbox.ledger()).expect("one ledger")).expect("text");
    let id = |text: &str| {
        text.lines()
            .next()
            .and_then(|l| l.split(' ').nth(2))
            .map(str::to_owned)
    };
    let old = id(std::str::from_utf8(&before).expect("text")).expect("its id");
    assert!(id(&after).expect("its id").starts_with("alice@localhost-"));
    assert!(after.contains(&format!(" key {old}\n")), "{after}");
    let retrieved = mailbox.model.count("RETR");
    assert_eq!(fetch_new(), Some(0));
    assert_eq!(mailbox.model.count("RETR"), retrieved);
    mailbox.assert_stored(&mails);
    mailbox.sandbox.retr(["verify", "new"]).run_to(0);
    // Nobody who has a ledger gets another.
    mailbox.fetch().run_to(0);
    let output = to_new(&mailbox.url(), 73);
    assert_eq!(output.event("error")["class"], "cantcreate");
    let output = mailbox
        .sandbox
        .retr(["state", "move", "new", "new"])
        .run_to(73);
    assert!(
        output.stderr_text().contains("there is a ledger already, "),
        "{output}"
    );
}

#[test]
fn a_ledger_is_not_moved_while_a_run_has_one_of_the_two_locks() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    let lock = fs::File::open(mailbox.lock_file()).expect("the lock");
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).expect("locked");
    let words = ["state", "move", &mailbox.url(), "pop3s://alice@new.example"];
    mailbox.sandbox.retr(words).run_to(75);
    drop(lock);
    mailbox.sandbox.retr(words).run_to(0);
}

/// Whatever a person did to the mail: what is not there any more comes again by a
/// plain fetch, and nothing else.
#[test]
fn what_is_missing_is_forgotten_and_fetched_again() {
    for kind in Kind::BOTH {
        let mails = small(4, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        let forget = || {
            let words = ["--missing", "--json"];
            state(&mailbox, "forget").args(words)
        };
        forget().run_to(78);
        let fetched = mailbox.fetch_json().run_to(0).events_of("message");
        assert!(forget().run_to(0).events_of("forgotten").is_empty());
        let gone = &fetched[2];
        if kind == Kind::Mbox {
            let number = |key: &str| gone[key].as_u64().expect("a number") as usize;
            let mut text = fs::read(mailbox.store()).expect("the mbox");
            text.drain(number("offset")..number("offset") + number("length"));
            fs::write(mailbox.store(), text).expect("written");
        } else {
            let path = |at: usize| PathBuf::from(fetched[at]["maildir"].as_str().expect("a path"));
            fs::remove_file(path(2)).expect("removed");
            // Read, or altered, is not missing.
            let name = path(0).file_name().expect("a name").to_owned();
            let name = format!("{}:2,S", name.to_str().expect("text"));
            fs::rename(path(0), mailbox.store().join("cur").join(name)).expect("moved");
            fs::write(path(1), "altered").expect("written");
        }
        let forgotten = forget().run_to(0).events_of("forgotten");
        let uids: Vec<_> = forgotten.iter().map(|event| &event["uid"]).collect();
        assert_eq!(uids, [&gone["uid"]], "{kind:?}");
        let retrieved = mailbox.model.count("RETR");
        assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 1);
        assert_eq!(mailbox.model.count("RETR"), retrieved + 1);
        assert!(forget().run_to(0).events_of("forgotten").is_empty());
    }
}

/// A disk that is not mounted looks as if all was gone; a Maildir with another
/// name has everything.
#[test]
fn a_target_that_is_gone_is_not_taken_for_missing_mail() {
    for kind in Kind::BOTH {
        let mails = small(3, 1);
        let mailbox = Mailbox::with(&mails).kept_in(kind);
        mailbox.fetch().run_to(0);
        let moved = mailbox.sandbox.path("Moved");
        fs::rename(mailbox.store(), &moved).expect("moved");
        let output = state(&mailbox, "forget").args(["--missing"]).run_to(73);
        assert!(
            output.stderr_text().contains("is its disk mounted?"),
            "{output}"
        );
        let scheme = &mailbox.target()[0].to_string_lossy()[2..].to_owned();
        mailbox.sandbox.config(&format!(
            "[accounts.work]\nurl = '{}'\n{scheme} = '$S/Moved'\n",
            mailbox.url()
        ));
        let forget = || {
            let words = ["state", "forget", "work", "--missing"];
            mailbox.sandbox.retr(words).run_to(0).stdout_text()
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
    fs::remove_file(fetched[0]["maildir"].as_str().expect("a path")).expect("removed");
    let output = state(&mailbox, "forget").args(["--missing"]).run_to(0);
    assert_eq!(output.stdout_text(), "forgotten: same\n");
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 1);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 0);
}

#[test]
fn what_is_to_be_forgotten_is_named_or_missing() {
    let mailbox = Mailbox::with(&[]);
    state(&mailbox, "forget").run_to(64);
    state(&mailbox, "forget")
        .args(["uid:x", "--missing"])
        .run_to(64);
}

#[test]
fn mark_seen_fetches_nothing_and_begins_from_now() {
    let old = small(5, 1);
    let mailbox = Mailbox::with(&old);
    let output = mark_seen(&mailbox).args(["--json"]).run_to(0);
    let marked = output.event("marked");
    assert_eq!(
        (&marked["listed"], &marked["marked"]),
        (&5.into(), &5.into())
    );
    for command in ["RETR", "TOP", "DELE"] {
        assert_eq!(mailbox.model.count(command), 0, "{command}");
    }
    let again = mark_seen(&mailbox).run_to(0);
    assert_eq!(
        again.stdout_text(),
        "5 messages on the server marked as seen (0 not known before)\n"
    );
    let new = small(2, 9);
    new.iter()
        .for_each(|mail| mailbox.model.maildrop().add(mail));
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&new);
    let known = state(&mailbox, "show").args(["--json"]).run_to(0).events();
    let count = |proof: &str| known.iter().filter(|row| row["proof"] == proof).count();
    assert_eq!((count("marked"), count("stored")), (5, 2));
    // What was never stored is never deleted.
    let rehearsed = mailbox.fetch().args(["--delete-after", "0s", "--dry-run"]);
    let output = rehearsed.run_to(0);
    let left = "2 would be deleted, 5 left, 5 not deleted: never fetched";
    assert!(output.to_string().contains(left), "{output}");
    mailbox.fetch().args(["--delete-after", "0s"]).run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 5);
    assert_eq!(mailbox.model.count("RETR"), 2);
}

#[test]
fn a_mark_that_fails_marks_nothing() {
    let mailbox = Mailbox::with(&small(3, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "UIDL" => Act::Close,
        _ => Act::Serve,
    });
    mark_seen(&mailbox).run_to(75);
    mailbox.model.behave();
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 3);
}

#[test]
fn a_server_without_unique_ids_cannot_be_marked() {
    let setup = Setup {
        uidl: false,
        ..Setup::default()
    };
    mark_seen(&Mailbox::on(setup, &small(1, 1))).run_to(69);
}

#[test]
fn a_torn_line_that_was_cut_off_is_told_when_verbose() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().run_to(0);
    let torn = |mailbox: &Mailbox| {
        let mut text = fs::read(mailbox.ledger()).expect("the ledger");
        text.extend_from_slice(b"sto");
        fs::write(mailbox.ledger(), text).expect("torn");
    };
    torn(&mailbox);
    let output = mailbox.fetch().args(["-v"]).run_to(0);
    let note = "a torn line in the ledger; its 3 octets were cut off";
    assert!(output.stderr_text().contains(note), "{output}");
    torn(&mailbox);
    assert!(mailbox.fetch().run_to(0).stderr.is_empty());
}

#[test]
fn a_damaged_ledger_is_repaired_and_kept_beside() {
    let mails = small(6, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let ledger = mailbox.ledger();
    let mut text = fs::read(&ledger).expect("the ledger");
    let middle = text.len() / 2;
    text[middle] ^= 1;
    fs::write(&ledger, &text).expect("damaged");
    let output = mailbox.fetch().run_to(65);
    assert!(
        output.stderr_text().contains("retr state repair"),
        "{output}"
    );
    state(&mailbox, "show").run_to(65);
    let output = state(&mailbox, "repair").args(["--json"]).run_to(0);
    let repaired = output.event("repaired");
    assert_eq!(repaired["lost"], 1);
    assert_eq!(repaired["ledger"].as_str(), ledger.to_str());
    let beside = ledger.with_file_name("ledger.damaged-1");
    assert_eq!(fs::read(beside).expect("the damaged one"), text);
    // What the lost line told of is found in the Maildir. As it may have told
    // of anything, all of it is compared.
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
    assert_eq!(mailbox.model.count("RETR"), 12);
    let output = state(&mailbox, "repair").run_to(0);
    assert!(
        output.stdout_text().ends_with("lines are whole\n"),
        "{output}"
    );
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
        match kind {
            Kind::Mbox => fs::write(mailbox.store(), "").expect("emptied"),
            _ => fs::remove_dir_all(mailbox.store()).expect("removed"),
        }
        let forget = state(&mailbox, "forget").args(["uid:uid00001"]);
        forget.run_to(0);
        let mut text = fs::read(mailbox.ledger()).expect("the ledger");
        assert!(text.starts_with(&before), "the lines are behind the others");
        text[before.len() + 30] ^= 1;
        text.extend_from_slice(
            before
                .split_inclusive(|b| *b == b'\n')
                .next_back()
                .expect("close"),
        );
        fs::write(mailbox.ledger(), text).expect("damaged");
        let repaired = state(&mailbox, "repair")
            .args(["--json"])
            .run_to(0)
            .event("repaired");
        assert_eq!(repaired["forgotten"], 3, "{kind:?} {repaired}");
        mailbox.fetch().args(["--delete"]).run_to(0);
        assert_eq!(mailbox.model.maildrop().len(), 0);
        mailbox.assert_stored(&mails);
    }
}

#[test]
fn what_another_program_has_seen_is_not_fetched_again() {
    let mailbox = Mailbox::with(&small(3, 1));
    let planned = mailbox.fetch_json().args(["--dry-run"]).run_to(0);
    let uids: Vec<String> = planned
        .events_of("planned")
        .iter()
        .map(|row| row["uid"].as_str().expect("a uid").to_owned())
        .collect();
    let ids: String = uids[..2]
        .iter()
        .map(|uid| format!("alice@127.0.0.1 {uid}\nbob@127.0.0.1 other\n"))
        .collect();
    let file = mailbox.sandbox.path("fetchids");
    fs::write(&file, &ids).expect("written");
    let import = |from: &str| {
        mailbox
            .sandbox
            .retr(["state", "import", "--from", from])
            .args([file.as_os_str(), mailbox.url().as_ref()])
    };
    let output = import("fetchmail").args(["--json"]).run_to(0);
    let imported = output.event("imported");
    assert_eq!(
        (&imported["read"], &imported["imported"]),
        (&2.into(), &2.into())
    );
    let output = import("fetchmail").run_to(0);
    assert_eq!(
        output.stdout_text(),
        "2 ids imported (0 not known before)\n"
    );
    assert_eq!(mailbox.fetch_json().run_to(0).event("summary")["stored"], 1);
    // What was never fetched here is never deleted.
    mailbox.fetch().args(["--delete"]).run_to(0);
    assert_eq!(mailbox.model.maildrop().len(), 2);
    // The wrong program, and a file that is not there.
    assert_eq!(
        import("fdm").run_to(65).to_string(),
        format!(
            "------- stderr -------\n\
             retr: error: alice@127.0.0.1: $SANDBOX/fetchids: line 1 is not what fdm writes\n\
             hint: the line is \"alice@127.0.0.1 {}\"; is --from right?\n\
             [exit status: 65]\n",
            uids[0]
        )
    );
    fs::remove_file(&file).expect("removed");
    import("fdm").run_to(78);
    import("imapsync").run_to(64);
}

#[test]
fn some_messages_are_marked_and_unique_ids_are_words_of_their_own() {
    let mails = small(3, 1);
    let mailbox = Mailbox::with(&mails);
    let marked = mark_seen(&mailbox).args(["2-3", "--json"]).run_to(0);
    assert_eq!(marked.event("summary")["new"], 2);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails[..1]);
    mark_seen(&mailbox).args(["9"]).run_to(76);
    let known = state(&mailbox, "show").args(["--json"]).run_to(0);
    let known = known.events_of("known");
    let uids: Vec<&str> = known
        .iter()
        .map(|known| known["uid"].as_str().expect("an id"))
        .collect();
    let prefixed = format!("uid:{}", uids[1]);
    state(&mailbox, "forget")
        .args([uids[2], &prefixed])
        .run_to(0);
    mailbox.fetch().run_to(0);
    mailbox.assert_stored(&mails);
}
