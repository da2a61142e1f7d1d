//! The deadline is that of the whole run, whatever it waits for.

use super::*;

#[test]
fn no_wait_for_another_run_goes_beyond_the_deadline() {
    let place = Place::maildir(&mails(1));
    let held = lock(&place.disk);
    let mut job = place.job(Disposal::Keep);
    job.lock_wait = Duration::from_secs(15);
    job.account.access.deadline = Duration::from_millis(200);
    let outcome = run(&place.disk, &job);
    drop(held);
    assert_eq!(outcome.summary.exit, 75);
    let elapsed = outcome.summary.elapsed_ms;
    assert!((200..10_000).contains(&elapsed), "{elapsed} ms");
    assert_eq!(place.peer.log(), []);
}
