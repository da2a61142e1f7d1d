//! Calls of the disk that fail: once, and from then on.

use rustix::io::Errno;

use super::*;
use crate::disk::crash::{Fault, Hits};

/// Every call in turn fails. Whatever the run makes of it, nothing is deleted
/// that is not safe, success is told only of what is safe, and the next run
/// needs no help. Returns how many runs had an error.
fn fail_everywhere(way: (Kind, Disposal), hits: Hits, error: Errno, lasts: bool) -> usize {
    let (kind, disposal) = way;
    let all = mails(1);
    let whole = disk();
    run_well(&whole, &job(&Peer::start(all.clone()), kind, disposal));
    let (mut failed, mut ends) = (0, Ends::default());
    for at in whole.calls_hit(hits) {
        let disk = disk();
        disk.fail(Fault {
            at,
            hits,
            lasts,
            error,
        });
        let peer = Peer::start(all.clone());
        oracle::watch(&peer, &disk, kind, &all);
        let outcome = run(&disk, &job(&peer, kind, disposal));
        let left = peer.maildrop();
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
        let image = disk.after_crash(Survives::Nothing);
        ends.check(&image, way, &left, &all);
        ends.check(&disk.after_kill(), way, &left, &all);
    }
    failed
}

#[test]
fn no_error_that_comes_once_loses_or_doubles_mail() {
    for way in WAYS {
        assert!(fail_everywhere(way, Hits::Any, Errno::IO, false) > 10);
    }
}

#[test]
fn no_error_that_stays_loses_or_doubles_mail() {
    for way in WAYS {
        assert!(fail_everywhere(way, Hits::Any, Errno::IO, true) > 10);
    }
}

// Fault 24.
#[test]
fn no_full_disk_loses_or_doubles_mail() {
    for way in WAYS {
        // The writes of a message are fewer than its calls.
        assert!(fail_everywhere(way, Hits::Writes, Errno::NOSPC, true) > 3);
    }
}

// Faults 23, 26 and 27.
#[test]
fn no_error_that_comes_at_a_sync_loses_or_doubles_mail() {
    for way in WAYS {
        assert!(fail_everywhere(way, Hits::Syncs, Errno::IO, false) > 10);
        assert!(fail_everywhere(way, Hits::Syncs, Errno::NOSPC, true) > 10);
    }
}

/// Nothing is fetched where it could not be recorded.
// Fault 25.
#[test]
fn a_full_disk_is_noticed_before_anything_is_fetched() {
    for (kind, disposal) in WAYS {
        let disk = disk();
        disk.fail(Fault {
            at: 1,
            hits: Hits::Writes,
            lasts: true,
            error: Errno::NOSPC,
        });
        let peer = Peer::start(mails(1));
        let outcome = run(&disk, &job(&peer, kind, disposal));
        assert_eq!(outcome.summary.exit, 74);
        assert_eq!(peer.log(), [], "not even connected");
    }
}

/// A file system that cannot sync folders is worth a warning, and no more.
// Fault 29.
#[test]
fn folders_that_cannot_be_synced_are_one_warning() {
    let disk = disk();
    disk.refuse_dir_syncs();
    let all = mails(2);
    let peer = Peer::start(all.clone());
    let warned = Mutex::new(Vec::new());
    let observer = Warned(&warned);
    let job = job(&peer, Kind::Maildir, Disposal::Delete);
    let outcome = fetch_on(Arc::new(disk.clone()), &job, &Cancel::new(), &observer);
    assert_eq!(outcome.summary.exit, 0);
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    assert_eq!(*warned.lock().expect("unpoisoned"), ["directory-sync"]);
}

struct Warned<'w>(&'w Mutex<Vec<&'static str>>);

impl Observer for Warned<'_> {
    fn notice(&self, event: &Event) {
        if let Event::Warning(warning) = event {
            self.0.lock().expect("unpoisoned").push(warning.code.word());
        }
    }
}
