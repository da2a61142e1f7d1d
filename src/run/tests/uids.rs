//! Unique ids that are not: shared, given twice, all of them new.

use super::*;

fn shared() -> Vec<Mail> {
    let mails = [("same", "a\n\n1"), ("same", "b\n\n22"), ("other", "c\n\n333")];
    let mail = |(uid, text)| Mail::new(uid, format!("Subject: {text}\n").as_bytes());
    mails.map(mail).to_vec()
}

// Q11.
#[test]
fn messages_that_share_a_uid_are_all_stored_once() {
    for way in WAYS {
        let disk = disk();
        assert_recovers(&disk, way, shared(), &shared());
        if way.1 == Disposal::Keep {
            assert_idle(&disk, way, shared());
        }
    }
}

#[test]
fn no_power_cut_loses_or_doubles_messages_that_share_a_uid() {
    let all = shared();
    for way in [WAYS[0], WAYS[1]] {
        let mut ends = Ends::default();
        cut_power_everywhere(way, &all, 1, |at, disk, peer| {
            let image = disk.after_crash(Survives::Some(at));
            ends.check(&image, way, &peer.maildrop(), &all);
        });
    }
}

#[test]
fn another_message_of_a_known_uid_is_stored_and_then_known() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = shared();
        let place = Place::new(kind, &all[..1]);
        place.run_well(Disposal::Keep);
        let way = (kind, Disposal::Keep);
        assert_recovers(&place.disk, way, all.clone(), &all);
        assert_idle(&place.disk, way, all);
    }
}

/// A server that brings a message back after it was deleted: it is compared
/// once, and then known.
#[test]
fn what_comes_back_and_is_held_already_is_compared_once() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = mails_that_differ(3);
        let place = Place::new(kind, &all);
        place.run_well(Disposal::Delete);
        // A complete listing lacks them.
        place.run_well(Disposal::Keep);
        assert_eq!(place.retrieved(), 3);
        place.peer.set_maildrop(all.clone());
        assert_eq!(place.run_well(Disposal::Keep).summary.stored, 0);
        assert_eq!(place.retrieved(), 6, "compared");
        place.assert_stored(&all);
        place.run_well(Disposal::Keep);
        assert_eq!(place.retrieved(), 6, "known now");
        assert_eq!(place.run_well(Disposal::Delete).summary.deleted, 3);
        assert_eq!(place.retrieved(), 6);
    }
}

/// The comparison breaks off in the middle, is taken up again, and what was
/// to be deleted is.
#[test]
fn what_is_held_already_is_deleted_in_the_run_that_compares_it() {
    let all = mails_that_differ(3);
    let place = Place::maildir(&all);
    place.run_well(Disposal::Delete);
    place.run_well(Disposal::Delete);
    place.peer.set_maildrop(all.clone());
    let before = place.peer.log().last().expect("lines").session;
    place.peer.on_retr(move |session, number| match number {
        3 if session == before + 1 => Act::Close,
        _ => Act::Serve,
    });
    place.run_well(Disposal::Delete);
    place.assert_moved(&all);
}

// Q12.
#[test]
fn new_ids_for_everything_stop_the_run_until_they_are_accepted() {
    let all = mails_that_differ(25);
    let renamed = |mail: &Mail| Mail::new(&format!("new-{}", mail.uid), &mail.stored());
    let place = Place::maildir(&all);
    place.run_well(Disposal::Keep);
    place.peer.set_maildrop(all.iter().map(renamed).collect());
    for _ in 0..2 {
        let outcome = place.run(Disposal::Delete);
        assert_eq!(outcome.summary.exit, 75);
        assert!(matches!(outcome.error, Some(crate::run::Error::UidReset(_))));
    }
    assert_eq!((place.retrieved(), place.peer.count("DELE")), (25, 0));
    let quits = place.peer.count("QUIT");
    assert_eq!(quits, 1, "without QUIT nothing can change");
    let mut insists = place.job(Disposal::Keep);
    insists.policy.accept_uid_reset = true;
    assert_eq!(run_well(&place.disk, &insists).summary.stored, 25);
}

#[test]
fn an_empty_listing_forgets_nothing() {
    let all = mails_that_differ(25);
    let place = Place::maildir(&all);
    for mails in [all.clone(), Vec::new(), all] {
        place.peer.set_maildrop(mails);
        place.run_well(Disposal::Keep);
    }
    assert_eq!(place.retrieved(), 25);
}

/// A reply too many stands where the listing should.
#[test]
fn another_reply_in_place_of_the_listing_is_no_empty_maildrop() {
    let all = mails_that_differ(2);
    let place = Place::maildir(&all);
    place.peer.acts([("UIDL", Act::list(["UIDL", "USER"]))]);
    assert_eq!(place.run_unwatched(Disposal::Delete).summary.exit, 76);
    assert_eq!(ledger(&place.disk, "alice").sessions(), 0);
    place.peer.behave();
    place.run_well(Disposal::Delete);
    place.assert_stored(&all);
}

#[test]
fn an_empty_listing_is_believed_only_of_an_empty_maildrop() {
    for (stat, exit) in [("+OK 2 300", 76), ("+OK", 76), ("+OK 0 0", 0)] {
        let place = Place::maildir(&mails_that_differ(2));
        place.peer.acts([("UIDL", Act::Say("+OK\r\n.")), ("STAT", Act::Say(stat))]);
        let outcome = place.run_unwatched(Disposal::Keep);
        assert_eq!(outcome.summary.exit, exit, "{stat}: {:?}", outcome.error);
    }
}

/// The first message was stored without a size, its deletion never confirmed,
/// and another message has its uid now.
#[test]
fn a_uid_of_unknown_size_whose_deletion_is_open_is_compared() {
    let all = mails_that_differ(1);
    let place = Place::maildir(&all);
    place.peer.acts([("LIST", Act::Say("-ERR no")), ("QUIT", Act::Close)]);
    assert_eq!(place.run_unwatched(Disposal::Delete).summary.exit, 75);
    place.peer.behave();
    let other = Mail::new(&all[0].uid, b"Subject: another\n\n4444\n");
    place.peer.set_maildrop(vec![other.clone()]);
    place.run_well(Disposal::Delete);
    place.assert_moved(&[all, vec![other]].concat());
}
