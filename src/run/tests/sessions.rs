//! Runs of several sessions: they come to an end, and leave nothing out.

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;
use crate::disk::Disk;

/// Sessions so far.
fn sessions(peer: &Peer) -> usize {
    peer.log().last().map_or(0, |asked| asked.session)
}

/// Codes of the warnings of one run, which must end with this exit code.
#[track_caller]
fn warned(disk: &CrashDisk, job: &FetchJob, exit: u8) -> Vec<&'static str> {
    let listener = Listener::default();
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &listener);
    assert_eq!(outcome.summary.exit, exit, "{:?}", outcome.error);
    listener
        .warnings()
        .into_iter()
        .map(|(code, _)| code)
        .collect()
}

#[test]
fn deletions_without_effect_are_asked_for_once_a_run() {
    let all = mails_that_differ(1_500);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.announce(&["UIDL", "EXPIRE 0"]);
    // It says that it deletes, and does not.
    peer.on_command(|asked| match asked.line.as_str() {
        "QUIT" => Act::Say("+OK"),
        _ => Act::Serve,
    });
    let job = job(&peer, Kind::Mbox, Disposal::Delete);
    assert_eq!(warned(&disk, &job, 0), ["still-there"]);
    assert_eq!(peer.count("RETR"), 1_500, "none is left out");
    assert_eq!(peer.count("DELE"), 1_500);
    assert!(sessions(&peer) <= 3, "{} sessions", sessions(&peer));
    let before = sessions(&peer);
    assert_eq!(warned(&disk, &job, 0), ["still-there"]);
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (3_000, 3_000));
    assert!(sessions(&peer) <= before + 2);
}

#[test]
fn new_mail_comes_though_a_thousand_deletions_have_no_effect() {
    let all = mails_that_differ(1_100);
    let disk = disk();
    let peer = Peer::start(all[..1_050].to_vec());
    run_unwatched(&disk, &job(&peer, Kind::Mbox, Disposal::Keep));
    peer.set_maildrop(all.clone());
    peer.on_command(|asked| match asked.line.as_str() {
        "QUIT" => Act::Say("+OK"),
        _ => Act::Serve,
    });
    warned(&disk, &job(&peer, Kind::Mbox, Disposal::Delete), 0);
    assert_eq!(Kind::Mbox.read(&disk), stored(&all));
}

#[test]
fn refused_deletions_are_tried_once_a_run() {
    let all = mails_that_differ(200);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.on_command(|asked| {
        if asked.line.starts_with("DELE") {
            Act::Say("-ERR read-only")
        } else {
            Act::Serve
        }
    });
    let job = job(&peer, Kind::Mbox, Disposal::Delete);
    for tried in [200, 400] {
        let outcome = run_unwatched(&disk, &job);
        assert_eq!(outcome.summary.exit, 76);
        assert_eq!((outcome.summary.failed, outcome.summary.deleted), (200, 0));
        assert_eq!(peer.count("DELE"), tried);
    }
    assert!(sessions(&peer) <= 4, "{} sessions", sessions(&peer));
    assert_eq!(peer.count("RETR"), 200);
}

/// The session ends in the midst of messages that share a unique id.
#[test]
fn what_a_session_leaves_of_a_shared_uid_comes_in_the_next_one() {
    let mut all = mails_that_differ(998);
    for n in 0..3 {
        let text = format!("Subject: shared {n}\n\n{n}\n");
        all.push(Mail::new("shared", text.as_bytes()));
    }
    let disk = disk();
    let peer = Peer::start(all.clone());
    let outcome = run_unwatched(&disk, &job(&peer, Kind::Mbox, Disposal::Delete));
    assert_eq!(outcome.summary.exit, 0);
    assert_eq!(outcome.summary.stored, 1_001);
    assert!(peer.maildrop().is_empty());
    assert_eq!(Kind::Mbox.read(&disk), stored(&all));
}

/// Nothing lets two listings be compared, so nothing can have been reset.
#[test]
fn without_unique_ids_a_cut_locks_nobody_out() {
    let all = mails_that_differ(30);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.on_command(|asked| {
        if asked.line.starts_with("DELE") {
            Act::Close
        } else {
            Act::Serve
        }
    });
    let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
    job.no_uidl = true;
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 75);
    peer.behave();
    let outcome = run_unwatched(&disk, &job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert!(peer.maildrop().is_empty());
}

/// `--all`, of mail that is in the Maildir, and of mail that is not.
#[test]
fn all_deletes_what_stands_in_the_maildir_and_fetches_what_is_new() {
    let all = mails_that_differ(3);
    let disk = disk();
    let peer = Peer::start(all[..2].to_vec());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    peer.set_maildrop(all.clone());
    let mut again = job(&peer, Kind::Maildir, Disposal::Delete);
    again.policy.all = true;
    let outcome = run_well(&disk, &again);
    assert_eq!((outcome.summary.stored, outcome.summary.deleted), (1, 3));
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    // A unique id that is back with another message is new.
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    let other = Mail::new("u0", b"Subject: another, of another length\n\nx\n");
    peer.set_maildrop(vec![other.clone()]);
    let outcome = run_well(&disk, &again);
    assert_eq!((outcome.summary.stored, outcome.summary.deleted), (1, 1));
    let all = [all, vec![other]].concat();
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

/// The link breaks before anything is deleted: what is stored by then, or was
/// before, is still to be deleted in this run.
#[test]
fn all_deletes_what_a_lost_session_stored_or_found() {
    for kind in [Kind::Maildir, Kind::Mbox, Kind::Archive] {
        for is_gone in [false, true] {
            let all = mails_that_differ(3);
            let disk = disk();
            let peer = Peer::start(all.clone());
            run_well(&disk, &job(&peer, kind, Disposal::Keep));
            if is_gone {
                let files = disk.files("/home");
                files
                    .iter()
                    .for_each(|path| disk.remove(path).expect("a file"));
            }
            let mut closes = true;
            peer.on_command(move |asked| match asked.line.as_str() {
                "DELE 1" if std::mem::take(&mut closes) => Act::Close,
                _ => Act::Serve,
            });
            let mut again = job(&peer, kind, Disposal::Delete);
            again.policy.all = true;
            let outcome = run_unwatched(&disk, &again);
            assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
            assert!(peer.maildrop().is_empty(), "{kind:?}, {is_gone}");
            assert_eq!(kind.read(&disk), stored(&all), "{kind:?}, {is_gone}");
        }
    }
}

/// Messages that are longer than listed, one by a little and two without an
/// end, are not stored, and hold nothing up for longer than a run.
#[test]
fn what_turns_out_too_large_is_left_out_and_holds_up_no_other() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let all = mails_that_differ(5);
        let disk = disk();
        let peer = Peer::start(all.clone());
        peer.on_command(|asked| {
            let text = |lines| [&b"+OK\r\n"[..], &b"xxxxxxxxx\r\n".repeat(lines)].concat();
            match asked.line.as_str() {
                "RETR 1" | "RETR 3" => Act::Write(text(10_000)),
                "RETR 2" => Act::Write([text(200), b".\r\n".to_vec()].concat()),
                _ => Act::Serve,
            }
        });
        let mut job = job(&peer, kind, Disposal::Delete);
        job.policy.limits.size = Some(1_000);
        for _ in 0..2 {
            let summary = run_unwatched(&disk, &job).summary;
            assert_eq!((summary.exit, summary.skipped), (76, 3));
        }
        assert_eq!(kind.read(&disk), stored(&all[3..]));
    }
}

/// Deletions that a server confirms, and does not do, while nothing tells one
/// message from another: no session may fetch what the last one did.
#[test]
fn deletions_without_effect_under_ever_new_ids_come_to_an_end() {
    for (count, no_uidl, most) in [
        (250, true, 1),
        (1_500, true, 1),
        (250, false, 2),
        (1_500, false, 2),
    ] {
        let all = mails_that_differ(count + 10);
        let disk = disk();
        let peer = Peer::start(all);
        peer.announce(&["UIDL", "EXPIRE 0"]);
        // One more message comes between two sessions.
        peer.on_command(move |asked| match asked.line.as_str() {
            "QUIT" => Act::Say("+OK"),
            "UIDL" => new_ids(asked.session, 1..=count + asked.session),
            _ => Act::Serve,
        });
        let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
        job.no_uidl = no_uidl;
        let outcome = run_unwatched(&disk, &job);
        let fetched = peer.count("RETR");
        assert!(sessions(&peer) <= most, "{} sessions", sessions(&peer));
        assert!(
            fetched <= count + 10,
            "{fetched} of {count} messages fetched"
        );
        let exit = if most == 1 { 0 } else { 76 };
        assert_eq!(outcome.summary.exit, exit, "{:?}", outcome.error);
    }
}

/// The same where the server refuses to delete.
#[test]
fn refused_deletions_under_ever_new_ids_come_to_an_end() {
    for no_uidl in [true, false] {
        let all = mails_that_differ(1_100);
        let disk = disk();
        let peer = Peer::start(all);
        peer.on_command(move |asked| match asked.line.as_str() {
            "UIDL" => new_ids(asked.session, 1..=1_100),
            line if line.starts_with("DELE") => Act::Say("-ERR read-only"),
            _ => Act::Serve,
        });
        let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
        job.no_uidl = no_uidl;
        assert_eq!(run_unwatched(&disk, &job).summary.exit, 76);
        assert!(sessions(&peer) <= 2, "{} sessions", sessions(&peer));
        assert!(peer.count("RETR") <= 1_100);
    }
}

/// Unique ids that no other session has.
fn new_ids(session: usize, numbers: std::ops::RangeInclusive<usize>) -> Act {
    let lines: String = numbers.map(|n| format!("{n} s{session}n{n}\r\n")).collect();
    Act::Write(format!("+OK\r\n{lines}.\r\n").into_bytes())
}

/// Where deletions have their effect, nothing of that is in the way.
#[test]
fn without_unique_ids_a_run_of_many_sessions_fetches_all() {
    let all = mails_that_differ(2_300);
    let disk = disk();
    let peer = Peer::start(all.clone());
    let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
    job.no_uidl = true;
    let outcome = run_unwatched(&disk, &job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_eq!(outcome.summary.stored, 2_300);
    assert_eq!(Kind::Mbox.read(&disk), stored(&all));
    assert!(peer.maildrop().is_empty());
}

/// A delay between logins that is longer than the run, and so many messages
/// that there may be more.
#[test]
fn what_may_be_behind_a_login_delay_is_left_to_the_next_run() {
    let all = mails_that_differ(250);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.announce(&["UIDL", "EXPIRE 0", "LOGIN-DELAY 900"]);
    let job = job(&peer, Kind::Mbox, Disposal::Delete);
    assert_eq!(warned(&disk, &job, 0), ["login-delay"]);
    assert_eq!(sessions(&peer), 1);
    assert!(peer.maildrop().is_empty());
}

/// The newest come first, and the connection is lost behind one of them.
#[test]
fn what_a_lost_session_leaves_of_a_shared_uid_comes_newest_first() {
    let all: Vec<Mail> = (0..4)
        .map(|n| Mail::new("shared", format!("Subject: {n}\n\n{n}\n").as_bytes()))
        .collect();
    for cut in 0..200 {
        let disk = disk();
        let peer = Peer::start(all.clone());
        peer.cut(move |session| (session == 1).then_some(100 + cut));
        let mut job = job(&peer, Kind::Maildir, Disposal::Keep);
        job.policy.newest_first = true;
        let outcome = run_unwatched(&disk, &job);
        if outcome.summary.exit == 0 {
            assert_eq!(Kind::Maildir.read(&disk), stored(&all), "cut at {cut}");
        }
    }
}

#[test]
fn what_is_left_out_is_told_once_a_run() {
    let mut all = mails_that_differ(1_100);
    all.push(Mail::new(
        "large",
        format!("{}\n", "x".repeat(5_000)).as_bytes(),
    ));
    let disk = disk();
    let peer = Peer::start(all);
    peer.on_command(|asked| match (asked.session, asked.line.as_str()) {
        (1, "RETR 500") => Act::Close,
        _ => Act::Serve,
    });
    let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
    job.policy.limits.size = Some(1_000);
    let outcome = run_unwatched(&disk, &job);
    assert_eq!((outcome.summary.exit, outcome.summary.skipped), (0, 1));
    assert_eq!(sessions(&peer), 2);
}
