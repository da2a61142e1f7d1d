//! Runs of several sessions: they come to an end, and leave nothing out.

use super::*;

/// Sessions so far.
fn sessions(peer: &Peer) -> usize {
    peer.log().last().map_or(0, |asked| asked.session)
}

/// Codes of the warnings of one run, which must end with this exit code.
#[track_caller]
fn warned(place: &Place, disposal: Disposal, exit: u8) -> Vec<&'static str> {
    let (outcome, events) = run_heard(&place.disk, &place.job(disposal));
    assert_eq!(outcome.summary.exit, exit, "{:?}", outcome.error);
    warnings(events).into_iter().map(|(code, _)| code).collect()
}

/// A run without unique ids that deletes.
fn run_without_uids(place: &Place) -> Outcome {
    let mut job = place.job(Disposal::Delete);
    job.no_uidl = true;
    run_unwatched(&place.disk, &job)
}

/// A run with something changed, that nobody watches.
fn run_as(place: &Place, disposal: Disposal, change: impl FnOnce(&mut Policy)) -> Outcome {
    let mut job = place.job(disposal);
    change(&mut job.policy);
    run_unwatched(&place.disk, &job)
}

#[test]
fn deletions_without_effect_are_asked_for_once_a_run() {
    let place = Place::mbox(&mails_that_differ(1_500));
    place.peer.announce(&["UIDL", "EXPIRE 0"]);
    // It says that it deletes, and does not.
    place.peer.acts([("QUIT", Act::Say("+OK"))]);
    for (run, most) in [(1, 3), (2, 2)] {
        let before = sessions(&place.peer);
        assert_eq!(warned(&place, Disposal::Delete, 0), ["still-there"]);
        assert_eq!(place.retrieved(), 1_500 * run, "none is left out");
        assert_eq!(place.peer.count("DELE"), 1_500 * run);
        assert!(sessions(&place.peer) <= before + most);
    }
}

#[test]
fn new_mail_comes_though_a_thousand_deletions_have_no_effect() {
    let all = mails_that_differ(1_100);
    let place = Place::mbox(&all[..1_050]);
    place.run_unwatched(Disposal::Keep);
    place.peer.set_maildrop(all.clone());
    place.peer.acts([("QUIT", Act::Say("+OK"))]);
    warned(&place, Disposal::Delete, 0);
    place.assert_stored(&all);
}

#[test]
fn refused_deletions_are_tried_once_a_run() {
    let place = Place::mbox(&mails_that_differ(200));
    place.peer.acts([("DELE", Act::Say("-ERR read-only"))]);
    for tried in [200, 400] {
        let summary = place.run_unwatched(Disposal::Delete).summary;
        let counts = (summary.exit, summary.failed, summary.deleted);
        assert_eq!(counts, (76, 200, 0));
        assert_eq!(place.peer.count("DELE"), tried);
    }
    assert!(sessions(&place.peer) <= 4);
    assert_eq!(place.retrieved(), 200);
}

/// The session ends in the midst of messages that share a unique id.
#[test]
fn what_a_session_leaves_of_a_shared_uid_comes_in_the_next_one() {
    let mut all = mails_that_differ(998);
    let shared = |n| Mail::new("shared", format!("Subject: shared {n}\n\n{n}\n").as_bytes());
    all.extend((0..3).map(shared));
    let place = Place::mbox(&all);
    let summary = place.run_unwatched(Disposal::Delete).summary;
    assert_eq!((summary.exit, summary.stored), (0, 1_001));
    place.assert_moved(&all);
}

/// Nothing lets two listings be compared, so nothing can have been reset.
#[test]
fn without_unique_ids_a_cut_locks_nobody_out() {
    let place = Place::mbox(&mails_that_differ(30));
    place.peer.acts([("DELE", Act::Close)]);
    assert_eq!(run_without_uids(&place).summary.exit, 75);
    place.peer.behave();
    let outcome = run_without_uids(&place);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_eq!(place.left(), []);
}

/// `--all`, of mail that is in the Maildir, and of mail that is not.
#[test]
fn all_deletes_what_stands_in_the_maildir_and_fetches_what_is_new() {
    let mut all = mails_that_differ(3);
    let place = Place::maildir(&all[..2]);
    place.run_well(Disposal::Keep);
    // A unique id that is back with another message is new.
    let other = Mail::new("u0", b"Subject: another, of another length\n\nx\n");
    for (mails, deleted) in [(all.clone(), 3), (vec![other.clone()], 1)] {
        place.peer.set_maildrop(mails);
        let summary = run_as(&place, Disposal::Delete, |policy| policy.all = true).summary;
        let expected = (0, 1, deleted);
        assert_eq!((summary.exit, summary.stored, summary.deleted), expected);
        place.assert_stored(&all);
        place.run_well(Disposal::Keep);
        all.push(other.clone());
    }
}

/// The link breaks before anything is deleted: what is stored by then, or was
/// before, is still to be deleted in this run.
#[test]
fn all_deletes_what_a_lost_session_stored_or_found() {
    for kind in [Kind::Maildir, Kind::Mbox, Kind::Archive] {
        for is_gone in [false, true] {
            let all = mails_that_differ(3);
            let place = Place::new(kind, &all);
            place.run_well(Disposal::Keep);
            for path in place.disk.files("/home").iter().filter(|_| is_gone) {
                place.disk.remove(path).expect("a file");
            }
            let mut closes = true;
            place.peer.on_command(move |asked| match asked.line.as_str() {
                "DELE 1" if std::mem::take(&mut closes) => Act::Close,
                _ => Act::Serve,
            });
            let outcome = run_as(&place, Disposal::Delete, |policy| policy.all = true);
            assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
            place.assert_moved(&all);
        }
    }
}

/// Messages that are longer than listed, one by a little and two without an
/// end, are not stored, and hold nothing up for longer than a run.
#[test]
fn what_turns_out_too_large_is_left_out_and_holds_up_no_other() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = mails_that_differ(5);
        let place = Place::new(kind, &all);
        let lines = |count| [&b"+OK\r\n"[..], &b"xxxxxxxxx\r\n".repeat(count)].concat();
        let endless = Act::Write(lines(10_000));
        place.peer.acts([
            ("RETR 1", endless.clone()),
            ("RETR 2", Act::write(&[&lines(200), b".\r\n"])),
            ("RETR 3", endless),
        ]);
        for _ in 0..2 {
            let outcome = run_as(&place, Disposal::Delete, |it| it.limits.size = Some(1_000));
            let summary = outcome.summary;
            assert_eq!((summary.exit, summary.skipped), (76, 3));
        }
        place.assert_stored(&all[3..]);
    }
}

/// Deletions that a server confirms and does not do, or refuses, while nothing
/// tells one message from another: no session may fetch what the last one did.
#[test]
fn deletions_without_effect_under_ever_new_ids_come_to_an_end() {
    for (count, no_uidl, refuses, most) in [
        (250, true, false, 1),
        (1_500, true, false, 1),
        (250, false, false, 2),
        (1_500, false, false, 2),
        (1_100, true, true, 2),
        (1_100, false, true, 2),
    ] {
        let more = if refuses { 0 } else { 10 };
        let place = Place::mbox(&mails_that_differ(count + more));
        place.peer.announce(&["UIDL", "EXPIRE 0"]);
        place.peer.on_command(move |asked| match asked.line.as_str() {
            "QUIT" if !refuses => Act::Say("+OK"),
            // One more message comes between two sessions.
            "UIDL" => {
                let session = asked.session;
                let count = count + if refuses { 0 } else { session };
                Act::list((1..=count).map(|n| format!("{n} s{session}n{n}")))
            }
            line if refuses && line.starts_with("DELE") => Act::Say("-ERR read-only"),
            _ => Act::Serve,
        });
        let mut job = place.job(Disposal::Delete);
        job.no_uidl = no_uidl;
        let outcome = run_unwatched(&place.disk, &job);
        let (fetched, sessions) = (place.retrieved(), sessions(&place.peer));
        assert!(sessions <= most, "{sessions} sessions");
        assert!(fetched <= count + more, "{fetched} of {count} fetched");
        let exit = if most == 1 { 0 } else { 76 };
        assert_eq!(outcome.summary.exit, exit, "{:?}", outcome.error);
    }
}

/// Where deletions have their effect, nothing of that is in the way.
#[test]
fn without_unique_ids_a_run_of_many_sessions_fetches_all() {
    let all = mails_that_differ(2_300);
    let place = Place::mbox(&all);
    let outcome = run_without_uids(&place);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_eq!(outcome.summary.stored, 2_300);
    place.assert_moved(&all);
}

/// A delay between logins that is longer than the run, and so many messages
/// that there may be more.
#[test]
fn what_may_be_behind_a_login_delay_is_left_to_the_next_run() {
    let place = Place::mbox(&mails_that_differ(250));
    place.peer.announce(&["UIDL", "EXPIRE 0", "LOGIN-DELAY 900"]);
    assert_eq!(warned(&place, Disposal::Delete, 0), ["login-delay"]);
    assert_eq!(sessions(&place.peer), 1);
    assert_eq!(place.left(), []);
}

/// The newest come first, and the connection is lost behind one of them.
#[test]
fn what_a_lost_session_leaves_of_a_shared_uid_comes_newest_first() {
    let shared = |n| Mail::new("shared", format!("Subject: {n}\n\n{n}\n").as_bytes());
    let all: Vec<Mail> = (0..4).map(shared).collect();
    for cut in 0..200 {
        let place = Place::maildir(&all);
        place.peer.cut(move |session| (session == 1).then_some(100 + cut));
        let outcome = run_as(&place, Disposal::Keep, |policy| policy.newest_first = true);
        if outcome.summary.exit == 0 {
            assert_eq!(place.here(), stored(&all), "cut at {cut}");
        }
    }
}

#[test]
fn what_is_left_out_is_told_once_a_run() {
    let mut all = mails_that_differ(1_100);
    let large = format!("{}\n", "x".repeat(5_000));
    all.push(Mail::new("large", large.as_bytes()));
    let place = Place::mbox(&all);
    place.peer.on_retr(|session, number| match (session, number) {
        (1, 500) => Act::Close,
        _ => Act::Serve,
    });
    let outcome = run_as(&place, Disposal::Delete, |it| it.limits.size = Some(1_000));
    assert_eq!((outcome.summary.exit, outcome.summary.skipped), (0, 1));
    assert_eq!(sessions(&place.peer), 2);
}
