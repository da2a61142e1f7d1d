//! Runs of several sessions: they come to an end, and leave nothing out.

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;

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
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (1_500, 3_000));
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
    peer.on_command(|asked| match asked.line.starts_with("DELE") {
        true => Act::Say("-ERR read-only"),
        false => Act::Serve,
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
    peer.on_command(|asked| match asked.line.starts_with("DELE") {
        true => Act::Close,
        false => Act::Serve,
    });
    let mut job = job(&peer, Kind::Mbox, Disposal::Delete);
    job.no_uidl = true;
    assert_eq!(run_unwatched(&disk, &job).summary.exit, 75);
    peer.behave();
    let outcome = run_unwatched(&disk, &job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert!(peer.maildrop().is_empty());
}

/// `--all`, of mail that stands in the Maildir, and of mail that does not.
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

/// The server mixes its replies up: whatever it took along in that session is
/// fetched once more.
#[test]
fn what_came_before_replies_were_mixed_up_is_compared() {
    let all = mails_that_differ(3);
    for kind in [Kind::Maildir, Kind::Mbox] {
        let disk = disk();
        let peer = Peer::start(all.clone());
        // A word too many: every answer then comes to the next question.
        let mut late = b"-ERR over quota\r\n".to_vec();
        let mails = all.clone();
        peer.on_command(move |asked| {
            let (verb, number) = asked.line.split_once(' ').unwrap_or((&asked.line, ""));
            let number = number.parse::<usize>().unwrap_or(1);
            let answer = match verb {
                "RETR" => mails[number - 1].answer(),
                "DELE" | "QUIT" => b"+OK\r\n".to_vec(),
                _ => return Act::Serve,
            };
            Act::Write(std::mem::replace(&mut late, answer))
        });
        let job = job(&peer, kind, Disposal::Delete);
        run_unwatched(&disk, &job);
        peer.behave();
        run_unwatched(&disk, &job);
        let here = kind.read(&disk);
        for mail in &all {
            assert!(here.contains(&mail.stored()), "{mail:?} is lost");
        }
    }
}
