//! The deadline is that of the whole run, whatever it waits for.

use super::*;
use crate::disk::Disk;
use crate::ledger::Lock;

#[test]
fn no_wait_for_another_run_goes_beyond_the_deadline() {
    let disk = disk();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let held = Lock::take(
        Path::new(STATE),
        &id("alice"),
        Duration::ZERO,
        &Cancel::new(),
        &shared,
    );
    let held = held.expect("it is free");
    let peer = Peer::start(mails(1));
    let mut job = job(&peer, Kind::Maildir, Disposal::Keep);
    job.lock_wait = Duration::from_secs(15);
    job.account.access.deadline = Duration::from_millis(200);
    let outcome = run(&disk, &job);
    drop(held);
    assert_eq!(outcome.summary.exit, 75);
    let elapsed = outcome.summary.elapsed_ms;
    assert!((200..10_000).contains(&elapsed), "{elapsed} ms");
    assert_eq!(peer.log(), []);
}
