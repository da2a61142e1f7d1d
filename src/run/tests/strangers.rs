//! What is in the Maildir under a key, and is not what the server has.

use super::*;

/// The same unique ids, and other messages: some as long as the first ones.
fn others() -> Vec<Mail> {
    let texts = [
        "Subject: ONE\n\nFrom the start\n.\n..two dots\nthe end\n",
        "Subject: another, and a longer one\n\n",
        "\n",
    ];
    mails_of(3, |n| texts[n].to_owned())
}

/// As users do it after "the unique ids were reset".
#[test]
fn a_lost_ledger_takes_no_other_message_for_a_stored_one() {
    for disposal in [Disposal::Keep, Disposal::Delete] {
        let place = Place::maildir(&mails(3));
        place.run_well(Disposal::Keep);
        place.disk.remove(&ledger_path()).expect("it was there");
        place.peer.set_maildrop(others());
        assert_eq!(place.run_well(disposal).summary.stored, 3);
        place.assert_stored(&[mails(3), others()].concat());
        assert_eq!(place.run_well(disposal).summary.stored, 0);
    }
}

/// What `verify` found damaged and the user therefore forgot is fetched anew,
/// wherever the next run is killed.
#[test]
fn what_was_forgotten_for_its_damage_is_not_taken_up_again() {
    let all = mails(1);
    let broken = || {
        let place = Place::maildir(&all);
        place.run_well(Disposal::Keep);
        let path = place.disk.files("/home/Mail/new").remove(0);
        let mut bytes = place.disk.content(&path).expect("a message");
        bytes[3] ^= 1;
        place.disk.put(&path.to_string_lossy(), &bytes);
        let mut ledger = open_ledger(&place.disk);
        ledger.forget(&[all[0].id()]).expect("forgotten");
        ledger.close().expect("closed");
        place
    };
    let whole = broken();
    let before = whole.disk.calls();
    whole.run_well(Disposal::Keep);
    for at in 1..=whole.disk.calls() - before {
        let place = broken();
        place.disk.cut_power_at(place.disk.calls() + at);
        place.run_unwatched(Disposal::Keep);
        let image = place.disk.after_kill();
        let mut job = place.job(Disposal::Delete);
        job.delete_verified = true;
        run_unwatched(&image, &job);
        let here = Kind::Maildir.read(&image).contains(&all[0].stored());
        assert!(here, "killed at call {at}");
    }
}

/// Under one unique id there were several messages, and there is another one.
#[test]
fn a_lost_ledger_finds_every_message_of_a_uid() {
    let all = ["first\n\n1", "second\n\n2"];
    let all = all.map(|text| Mail::new("u", format!("Subject: {text}\n").as_bytes()));
    let place = Place::maildir(&all);
    place.run_well(Disposal::Keep);
    place.disk.remove(&ledger_path()).expect("it was there");
    place.peer.set_maildrop(all[1..].to_vec());
    place.run_well(Disposal::Delete);
    place.assert_moved(&all);
}

#[test]
fn a_reader_may_move_mail_while_the_maildir_is_looked_at() {
    let all = mails_that_differ(5);
    let place = Place::maildir(&all);
    place.run_well(Disposal::Keep);
    place.disk.remove(&ledger_path()).expect("it was there");
    // The listing of the Maildir is over when LIST is asked.
    let reader = place.disk.clone();
    place.peer.on_command(move |asked| {
        if asked.line == "LIST" {
            recovery::read_mail(&reader);
        }
        Act::Serve
    });
    place.run_well(Disposal::Keep);
    place.assert_stored(&all);
}

/// Its deletion was confirmed, and another one came before any listing; or a
/// listing lacked it.
#[test]
fn another_message_under_a_deleted_uid_is_fetched() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        for disposal in [Disposal::Keep, Disposal::Delete] {
            for is_missed in [false, true] {
                let place = Place::new(kind, &mails(1));
                place.run_well(Disposal::Delete);
                if is_missed {
                    place.run_well(Disposal::Delete);
                }
                let other = Mail::new("u0", b"Subject: another, of another length\n\nx\n");
                place.peer.set_maildrop(vec![other.clone()]);
                assert_eq!(place.run_well(disposal).summary.stored, 1);
                place.assert_stored(&[mails(1), vec![other]].concat());
            }
        }
    }
}
