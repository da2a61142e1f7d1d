//! Calls of the disk that fail: once, and from then on.

use rustix::io::Errno;

use super::*;
use crate::disk::crash::{Fault, Hits};

/// Every call in turn fails. Whatever the run makes of it, nothing is deleted
/// that is not safe, success is told only of what is safe, and the next run
/// needs no help. Tells for each way how many runs had an error.
fn fail_everywhere(hits: Hits, error: Errno, lasts: bool, least: usize) {
    let all = mails(1);
    for (kind, disposal) in WAYS {
        let whole = Place::new(kind, &all);
        whole.run_well(disposal);
        let (mut failed, mut ends) = (0, Ends::default());
        for at in whole.disk.calls_hit(hits) {
            let place = Place::new(kind, &all);
            let disk = &place.disk;
            disk.fail(Fault::once(at, hits, error).lasts(lasts));
            oracle::watch(&place.peer, disk, kind, &all);
            let outcome = place.run(disposal);
            let left = place.left();
            if outcome.summary.exit == 0 {
                let image = disk.after_crash(Survives::Nothing);
                assert_eq!(kind.read(&image), stored(&all), "call {at}");
                assert!(disposal == Disposal::Keep || left.is_empty(), "call {at}");
            } else {
                failed += 1;
                let told = &outcome.error;
                assert_eq!(outcome.summary.exit, 74, "call {at}: {told:?}");
            }
            // The machine goes down and loses what it can; or it stays up.
            for image in [disk.after_crash(Survives::Nothing), disk.after_kill()] {
                ends.check(&image, (kind, disposal), &left, &all);
            }
        }
        assert!(failed > least, "{failed} had an error");
    }
}

#[test]
fn no_error_that_comes_once_loses_or_doubles_mail() {
    fail_everywhere(Hits::Any, Errno::IO, false, 10);
}

#[test]
fn no_error_that_stays_loses_or_doubles_mail() {
    fail_everywhere(Hits::Any, Errno::IO, true, 10);
}

// Fault 24.
#[test]
fn no_full_disk_loses_or_doubles_mail() {
    // The writes of a message are fewer than its calls.
    fail_everywhere(Hits::Writes, Errno::NOSPC, true, 3);
}

// Faults 23, 26 and 27.
#[test]
fn no_error_that_comes_at_a_sync_loses_or_doubles_mail() {
    fail_everywhere(Hits::Syncs, Errno::IO, false, 10);
    fail_everywhere(Hits::Syncs, Errno::NOSPC, true, 10);
}

/// Nothing is fetched where it could not be recorded.
// Fault 25.
#[test]
fn a_full_disk_is_noticed_before_anything_is_fetched() {
    for (kind, disposal) in WAYS {
        let place = Place::new(kind, &mails(1));
        let full = Fault::once(1, Hits::Writes, Errno::NOSPC).lasts(true);
        place.disk.fail(full);
        assert_eq!(place.run(disposal).summary.exit, 74);
        assert_eq!(place.peer.log(), [], "not even connected");
    }
}

/// A file system that cannot sync folders is worth a warning, and no more.
// Fault 29.
#[test]
fn folders_that_cannot_be_synced_are_one_warning() {
    let all = mails(2);
    let place = Place::maildir(&all);
    place.disk.refuse_dir_syncs();
    let (outcome, events) = run_heard(&place.disk, &place.job(Disposal::Delete));
    assert_eq!(outcome.summary.exit, 0);
    place.assert_stored(&all);
    let codes: Vec<_> = warnings(events).into_iter().map(|it| it.0).collect();
    assert_eq!(codes, ["directory-sync"]);
}
