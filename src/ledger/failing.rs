//! Since when every run of an account ended with "try again later": a small
//! file beside the ledger, so that somebody hears of it who hears of no such run.

use std::path::Path;

use super::hints;
use crate::disk::Disk;

const FAILING: &str = "failing";

/// For how long it is no news that runs fail, and between two times it is told.
const DAY: u64 = 24 * 3600;

/// Notes in an account's state folder, if there is one, that a run failed now
/// and may succeed later. Returns since when that was so of every run, if it is
/// time to tell. All times are in seconds since 1970.
pub fn note_failure(dir: &Path, now: u64, disk: &dyn Disk) -> Option<u64> {
    let path = dir.join(FAILING);
    let known = hints::read(&path, disk);
    let time = |name: &str| {
        let (_, value) = known.iter().find(|(key, _)| key == name)?;
        // A time to come was written by another clock.
        value.parse::<u64>().ok().filter(|time| *time <= now)
    };
    let since = time("since");
    let last = time("told").or(since);
    let due = last.is_some_and(|last| now - last >= DAY);
    if since.is_none() || due {
        let mut times = vec![("since".to_owned(), since.unwrap_or(now).to_string())];
        if due {
            times.push(("told".to_owned(), now.to_string()));
        }
        // What cannot be noted is told the next time, or too often.
        let _ = hints::write(&path, disk, &times);
    }
    since.filter(|_| due)
}

/// Forgets the failures: a run ended in another way.
pub fn forget_failures(dir: &Path, disk: &dyn Disk) {
    let path = dir.join(FAILING);
    if disk.stat(&path).is_ok() {
        let _ = disk.remove(&path);
    }
}
