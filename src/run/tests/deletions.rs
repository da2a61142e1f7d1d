//! What is deleted on the server, and what becomes of deletions that the
//! server does not confirm.

use super::*;

/// Across a power cut too: what was DELEd is recorded, so it comes by no
/// second download.
// Faults 13 and 14.
#[test]
fn deletions_that_are_not_confirmed_are_asked_for_again_without_a_download() {
    let refused = Act::Say("-ERR some deleted messages not removed");
    for act in [refused, Act::Close, Act::ServeUnanswered] {
        for (kind, power_goes) in
            [(Kind::Maildir, false), (Kind::Maildir, true), (Kind::Mbox, false)]
        {
            let all = mails(3);
            let mut place = Place::new(kind, &all);
            place.peer.acts([("QUIT", act.clone())]);
            let summary = place.run(Disposal::Delete).summary;
            let counts = (summary.exit, summary.deleted, summary.stored);
            assert_eq!(counts, (75, 0, 3));
            let left = place.left().len();
            assert_eq!(left, if act == Act::ServeUnanswered { 0 } else { 3 });

            place.peer.behave();
            if power_goes {
                place.disk = place.disk.after_crash(Survives::Nothing);
            }
            let outcome = place.run_well(Disposal::Delete);
            assert_eq!(outcome.summary.deleted, left as u64);
            assert_eq!(place.retrieved(), 3);
            assert_eq!(place.peer.count("DELE"), 3 + left);
            place.assert_moved(&all);
        }
    }
}

// Case 17, fault 82.
#[test]
fn a_message_that_cannot_be_had_is_counted_and_holds_up_no_other() {
    for (kind, disposal) in WAYS {
        for pipelining in [false, true] {
            let all = mails(4);
            let place = Place::new(kind, &all);
            if pipelining {
                place.peer.pipelines();
            }
            place.peer.acts([("RETR 2", Act::Say("-ERR gone"))]);
            let summary = place.run(disposal).summary;
            assert_eq!((summary.exit, summary.stored, summary.failed), (76, 3, 1));
            place.assert_stored(&[&all[..1], &all[2..]].concat());
            if disposal == Disposal::Delete {
                assert_eq!(place.left(), all[1..2]);
            }
            place.peer.behave();
            assert_eq!(place.run_well(disposal).summary.stored, 1);
            place.assert_stored(&all);
        }
    }
}

// Case 81.
#[test]
fn a_refused_deletion_is_counted_and_asked_for_again() {
    let all = mails(3);
    let place = Place::maildir(&all);
    place.peer.acts([("DELE 2", Act::Say("-ERR no"))]);
    let summary = place.run(Disposal::Delete).summary;
    assert_eq!((summary.exit, summary.deleted), (76, 2));
    place.peer.behave();
    place.run_well(Disposal::Delete);
    assert_eq!(place.retrieved(), 3);
    place.assert_moved(&all);
}

#[test]
fn mail_that_is_kept_first_is_deleted_later_without_a_download() {
    let all = mails(3);
    let place = Place::maildir(&all);
    place.run_well(Disposal::Keep);
    assert_eq!(place.peer.count("DELE"), 0);
    place.run_well(Disposal::Delete);
    assert_eq!(place.retrieved(), 3);
    place.assert_moved(&all);
}

#[test]
fn a_long_run_deletes_in_one_session() {
    let all = mails_that_differ(1_050);
    let place = Place::mbox(&all);
    place.peer.pipelines();
    let summary = place.run_unwatched(Disposal::Delete).summary;
    assert_eq!((summary.deleted, summary.stored), (1_050, 1_050));
    place.assert_moved(&all);
    let mut first = place.peer.log();
    first.retain(|asked| asked.session == 1 && asked.line.starts_with("DELE"));
    assert_eq!((first.len(), place.retrieved()), (1_050, 1_050));
}

/// Where a server announces pipelining, several batches come and go in one
/// session, and nothing but RETR is outstanding while a RETR is.
#[test]
fn nothing_is_asked_behind_a_message_that_is_still_to_come() {
    let all = mails_that_differ(40);
    let place = Place::maildir(&all);
    place.peer.pipelines();
    // By these sizes eight are the first batch, and four are asked for at once.
    let sizes = Act::list((1..=40).map(|n| format!("{n} 1048576")));
    place.peer.acts([("LIST", sizes)]);
    place.run_well(Disposal::Delete);
    let holds = place.peer.count("STAT") >= 3;
    assert!(holds, "batches, each with its proof");
    assert_eq!(place.peer.behind_messages(), [""; 0]);
    place.assert_moved(&all);
}
