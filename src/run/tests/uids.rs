//! Unique ids that are not: shared, given twice, all of them new.

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;

fn shared() -> Vec<Mail> {
    vec![
        Mail::new("same", b"Subject: a\n\n1\n"),
        Mail::new("same", b"Subject: b\n\n22\n"),
        Mail::new("other", b"Subject: c\n\n333\n"),
    ]
}

// Q11.
#[test]
fn messages_that_share_a_uid_are_all_stored_once() {
    for (kind, disposal) in WAYS {
        let disk = disk();
        assert_recovers(&disk, (kind, disposal), shared(), &shared());
        if disposal == Disposal::Keep {
            assert_idle(&disk, (kind, disposal), shared());
        }
    }
}

#[test]
fn no_power_cut_loses_or_doubles_messages_that_share_a_uid() {
    let all = shared();
    for way in [WAYS[0], WAYS[1]] {
        let (kind, disposal) = way;
        let whole = disk();
        run_well(&whole, &job(&Peer::start(all.clone()), kind, disposal));
        let mut ends = Ends::default();
        for at in 1..=whole.calls() {
            let disk = disk();
            disk.cut_power_at(at);
            let peer = Peer::start(all.clone());
            run(&disk, &job(&peer, kind, disposal));
            let image = disk.after_crash(Survives::Some(at));
            ends.check(&image, way, &peer.maildrop(), &all);
        }
    }
}

#[test]
fn another_message_of_a_known_uid_is_stored_and_then_known() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = shared();
        let disk = disk();
        let peer = Peer::start(all[..1].to_vec());
        run_well(&disk, &job(&peer, kind, Disposal::Keep));
        peer.set_maildrop(all.clone());
        assert_recovers(&disk, (kind, Disposal::Keep), all.clone(), &all);
        assert_idle(&disk, (kind, Disposal::Keep), all);
    }
}

/// A server that brings a message back after it was deleted: it is compared
/// once, and then known.
#[test]
fn what_comes_back_and_is_held_already_is_compared_once() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = mails_that_differ(3);
        let disk = disk();
        let peer = Peer::start(all.clone());
        run_well(&disk, &job(&peer, kind, Disposal::Delete));
        // A complete listing lacks them.
        run_well(&disk, &job(&peer, kind, Disposal::Keep));
        assert_eq!(peer.count("RETR"), 3);
        peer.set_maildrop(all.clone());
        let outcome = run_well(&disk, &job(&peer, kind, Disposal::Keep));
        assert_eq!(peer.count("RETR"), 6, "compared");
        assert_eq!(outcome.summary.stored, 0);
        assert_eq!(kind.read(&disk), stored(&all), "and not stored again");
        run_well(&disk, &job(&peer, kind, Disposal::Keep));
        assert_eq!(peer.count("RETR"), 6, "known now");
        let outcome = run_well(&disk, &job(&peer, kind, Disposal::Delete));
        assert_eq!(outcome.summary.deleted, 3);
        assert_eq!(peer.count("RETR"), 6);
    }
}

/// The comparison breaks off in the middle, is taken up again, and what was
/// to be deleted is.
#[test]
fn what_is_held_already_is_deleted_in_the_run_that_compares_it() {
    let all = mails_that_differ(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    peer.set_maildrop(all.clone());
    let before = peer.log().last().expect("lines").session;
    peer.on_command(move |asked| match asked.line.as_str() {
        "RETR 3" if asked.session == before + 1 => Act::Close,
        _ => Act::Serve,
    });
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert!(peer.maildrop().is_empty());
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

/// The server says another message is this one.
#[test]
fn another_message_under_a_deleted_uid_is_stored() {
    let all = [
        Mail::new("u", b"Subject: first\n\n1\n"),
        Mail::new("u", b"Subject: second\n\n2\n"),
    ];
    let disk = disk();
    let peer = Peer::start(all[..1].to_vec());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    let way = (Kind::Maildir, Disposal::Delete);
    assert_recovers(&disk, way, all[1..].to_vec(), &all);
}

// Q12.
#[test]
fn new_ids_for_everything_stop_the_run_until_they_are_accepted() {
    let all = mails_that_differ(25);
    let renamed: Vec<Mail> = all
        .iter()
        .map(|mail| Mail::new(&format!("new-{}", mail.uid), &mail.stored()))
        .collect();
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    peer.set_maildrop(renamed);
    for _ in 0..2 {
        let outcome = run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
        assert_eq!(outcome.summary.exit, 75);
        assert!(matches!(
            outcome.error,
            Some(super::super::Error::UidReset(_))
        ));
    }
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (25, 0));
    assert_eq!(peer.count("QUIT"), 1, "without QUIT nothing can change");
    let mut insists = job(&peer, Kind::Maildir, Disposal::Keep);
    insists.policy.accept_uid_reset = true;
    let outcome = run_well(&disk, &insists);
    assert_eq!(outcome.summary.stored, 25);
}

#[test]
fn an_empty_listing_forgets_nothing() {
    let all = mails_that_differ(25);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    peer.set_maildrop(Vec::new());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    peer.set_maildrop(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(peer.count("RETR"), 25);
}

/// A reply too many stands where the listing should.
#[test]
fn another_reply_in_place_of_the_listing_is_no_empty_maildrop() {
    let all = mails_that_differ(2);
    let peer = Peer::start(all.clone());
    let disk = disk();
    let job = job(&peer, Kind::Maildir, Disposal::Delete);
    peer.on_command(|asked| match asked.line.as_str() {
        "UIDL" => Act::Write(b"+OK\r\nUIDL\r\nUSER\r\n.\r\n".to_vec()),
        _ => Act::Serve,
    });
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 76);
    assert_eq!(ledger(&disk, "alice").sessions(), 0);
    peer.behave();
    run_well(&disk, &job);
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

#[test]
fn an_empty_listing_is_believed_only_of_an_empty_maildrop() {
    for (stat, exit) in [("+OK 2 300", 76), ("+OK", 76), ("+OK 0 0", 0)] {
        let (disk, peer) = (disk(), Peer::start(mails_that_differ(2)));
        peer.on_command(move |asked| match asked.line.as_str() {
            "UIDL" => Act::Write(b"+OK\r\n.\r\n".to_vec()),
            "STAT" => Act::Write(format!("{stat}\r\n").into_bytes()),
            _ => Act::Serve,
        });
        let outcome = run_unwatched(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
        assert_eq!(outcome.summary.exit, exit, "{stat}: {:?}", outcome.error);
    }
}

/// The first message was stored without a size, its deletion never confirmed,
/// and another message has its uid now.
#[test]
fn a_uid_of_unknown_size_whose_deletion_is_open_is_compared() {
    let all = mails_that_differ(1);
    let (disk, peer) = (disk(), Peer::start(all.clone()));
    peer.on_command(|asked| match asked.line.as_str() {
        "LIST" => Act::Write(b"-ERR no\r\n".to_vec()),
        "QUIT" => Act::Close,
        _ => Act::Serve,
    });
    let job = job(&peer, Kind::Maildir, Disposal::Delete);
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 75);
    peer.behave();
    let other = Mail::new(&all[0].uid, b"Subject: another\n\n4444\n");
    peer.set_maildrop(vec![other.clone()]);
    run_well(&disk, &job);
    assert_eq!(Kind::Maildir.read(&disk).len(), 2);
    assert!(Kind::Maildir.read(&disk).contains(&other.stored()));
    assert!(peer.maildrop().is_empty());
}
