//! What is deleted on the server, and what becomes of deletions that the
//! server does not confirm.

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;

// Faults 13 and 14.
#[test]
fn deletions_that_are_not_confirmed_are_asked_for_again_without_a_download() {
    let acts = [
        Act::Say("-ERR some deleted messages not removed"),
        Act::Close,
        Act::ServeUnanswered,
    ];
    for act in acts {
        for kind in [Kind::Maildir, Kind::Mbox] {
            let all = mails(3);
            let disk = disk();
            let peer = Peer::start(all.clone());
            let at_quit = act.clone();
            peer.on_command(move |asked| match asked.line.as_str() {
                "QUIT" => at_quit.clone(),
                _ => Act::Serve,
            });
            let outcome = run(&disk, &job(&peer, kind, Disposal::Delete));
            assert_eq!(outcome.summary.exit, 75);
            assert_eq!(outcome.summary.deleted, 0);
            assert_eq!(outcome.summary.stored, 3);
            let left = peer.maildrop().len();
            assert_eq!(left, if act == Act::ServeUnanswered { 0 } else { 3 });

            peer.behave();
            let outcome = run_well(&disk, &job(&peer, kind, Disposal::Delete));
            assert_eq!(outcome.summary.deleted, left as u64);
            assert_eq!(peer.count("RETR"), 3);
            assert_eq!(peer.count("DELE"), 3 + left);
            assert!(peer.maildrop().is_empty());
            assert_eq!(kind.read(&disk), stored(&all));
        }
    }
}

/// Across a power cut too: what was DELEd is recorded, so it comes by no
/// second download.
#[test]
fn unconfirmed_deletions_outlive_a_power_cut() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.on_command(|asked| match asked.line.as_str() {
        "QUIT" => Act::Close,
        _ => Act::Serve,
    });
    run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    peer.behave();
    let image = disk.after_crash(Survives::Nothing);
    run_well(&image, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(peer.count("RETR"), 3);
    assert!(peer.maildrop().is_empty());
}

// Case 17, fault 82.
#[test]
fn a_message_that_cannot_be_had_is_counted_and_holds_up_no_other() {
    for (kind, disposal) in WAYS {
        for pipelining in [false, true] {
            let all = mails(4);
            let disk = disk();
            let peer = Peer::start(all.clone());
            if pipelining {
                peer.announce(&["UIDL", "USER", "PIPELINING"]);
            }
            peer.on_command(|asked| match asked.line.as_str() {
                "RETR 2" => Act::Say("-ERR gone"),
                _ => Act::Serve,
            });
            let outcome = run(&disk, &job(&peer, kind, disposal));
            assert_eq!(outcome.summary.exit, 76);
            assert_eq!((outcome.summary.stored, outcome.summary.failed), (3, 1));
            let rest = [&all[..1], &all[2..]].concat();
            assert_eq!(kind.read(&disk), stored(&rest));
            if disposal == Disposal::Delete {
                assert_eq!(peer.maildrop(), all[1..2]);
            }
            peer.behave();
            let outcome = run_well(&disk, &job(&peer, kind, disposal));
            assert_eq!(outcome.summary.stored, 1);
            assert_eq!(kind.read(&disk), stored(&all));
        }
    }
}

// Case 81.
#[test]
fn a_refused_deletion_is_counted_and_asked_for_again() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.on_command(|asked| match asked.line.as_str() {
        "DELE 2" => Act::Say("-ERR no"),
        _ => Act::Serve,
    });
    let outcome = run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(outcome.summary.exit, 76);
    assert_eq!(outcome.summary.deleted, 2);
    peer.behave();
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(peer.count("RETR"), 3);
    assert!(peer.maildrop().is_empty());
}

#[test]
fn mail_that_is_kept_first_is_deleted_later_without_a_download() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(peer.count("DELE"), 0);
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(peer.count("RETR"), 3);
    assert!(peer.maildrop().is_empty());
}

#[test]
fn a_long_run_deletes_in_one_session() {
    let all = mails_that_differ(1_050);
    let disk = disk();
    let peer = Peer::start(all.clone());
    peer.announce(&["UIDL", "USER", "PIPELINING"]);
    let outcome = run_unwatched(&disk, &job(&peer, Kind::Mbox, Disposal::Delete));
    assert_eq!(outcome.summary.deleted, 1_050);
    assert_eq!(outcome.summary.stored, 1_050);
    assert!(peer.maildrop().is_empty());
    assert_eq!(Kind::Mbox.read(&disk), stored(&all));
    let log = peer.log();
    let first = log
        .iter()
        .filter(|a| a.session == 1 && a.line.starts_with("DELE"));
    assert_eq!(first.count(), 1_050);
    assert_eq!(peer.count("RETR"), 1_050);
}

/// Where a server announces pipelining, several batches come and go in one
/// session, and nothing but RETR is outstanding while a RETR is.
#[test]
fn nothing_is_asked_behind_a_message_that_is_still_to_come() {
    let all = mails_that_differ(40);
    let (disk, peer) = (disk(), Peer::start(all.clone()));
    peer.announce(&["PIPELINING", "UIDL"]);
    // By these sizes eight are the first batch, and four are asked for at once.
    peer.on_command(|asked| match asked.line.as_str() {
        "LIST" => {
            let lines: String = (1..=40).map(|n| format!("{n} 1048576\r\n")).collect();
            Act::Write(format!("+OK\r\n{lines}.\r\n").into_bytes())
        }
        _ => Act::Serve,
    });
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert!(peer.count("STAT") >= 3, "batches, each with its proof");
    assert_eq!(peer.behind_messages(), [""; 0]);
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    assert!(peer.maildrop().is_empty());
}
