//! Ledgers of the id of before, which left the port out.

use std::path::Path;

use super::*;
use crate::disk::crash::{CrashDisk, Survives};

fn account(port: u16) -> AccountId {
    AccountId::reached_by("alice", "pop.example.com", &format!("port {port}"))
}

fn open(disk: &CrashDisk, account: &AccountId) -> Result<Ledger, Error> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let (root, wait) = (Path::new("/state"), Duration::ZERO);
    Ledger::open(
        Lock::take(root, account, wait, &Cancel::new(), &disk)?,
        disk,
    )
}

fn look(disk: &CrashDisk, account: &AccountId) -> (Seen, Vec<Stored>) {
    let mut stored = Vec::new();
    let mut each = |message: &Stored| stored.push(message.clone());
    let seen = Ledger::peek_stored(Path::new("/state"), account, disk, &mut each);
    (seen.expect("reads"), stored)
}

/// With a ledger under the id of before.
fn started() -> CrashDisk {
    let disk = CrashDisk::new(&["/state"]);
    let mut ledger = open(&disk, &account(1110).former().expect("it has one")).expect("opens");
    ledger.begin(NOW).expect("begins");
    ledger.looked();
    ledger.record(&[message("a", 0, 1)]).expect("records");
    ledger.close().expect("closes");
    disk
}

#[test]
fn the_first_account_takes_the_ledger_of_before_and_the_second_begins_anew() {
    let disk = started();
    let (first, second) = (account(1110), account(1111));
    let before = look(&disk, &first);
    assert_eq!(before.1, [message("a", 0, 1)]);
    let ledger = open(&disk, &first).expect("opens");
    assert_eq!(ledger.seen(), &before.0);
    assert!(!ledger.needs_rescan(), "it had ended well");
    assert_eq!(Some(ledger.key_account()), first.former(), "its keys stay");
    drop(ledger);
    for _ in 0..2 {
        assert_eq!(look(&disk, &first), before);
        let ledger = open(&disk, &first).expect("opens");
        assert_eq!(Some(ledger.key_account()), first.former());
    }
    assert!(look(&disk, &second).0.is_empty());
    let ledger = open(&disk, &second).expect("opens");
    assert!(ledger.seen().is_empty());
    assert_eq!(ledger.key_account(), second);
}

#[test]
fn a_ledger_of_before_is_not_taken_from_a_run_that_has_it() {
    let disk = started();
    let former = account(1110).former().expect("it has one");
    let running = open(&disk, &former).expect("opens");
    let error = open(&disk, &account(1110)).expect_err("it is locked");
    assert_eq!(error.class(), Class::Temporary);
    drop(running);
    open(&disk, &account(1110)).expect("opens");
}

/// Whenever the power goes, the ledger is there, for one account only.
#[test]
fn a_ledger_of_before_that_is_taken_over_is_never_lost_and_never_shared() {
    let (first, second) = (account(1110), account(1111));
    let expected = look(&started(), &first);
    let whole = started();
    let calls = whole.calls();
    drop(open(&whole, &first).expect("opens"));
    for call in 1..=whole.calls() - calls {
        let disk = started();
        disk.cut_power_at(calls + call);
        let _ = open(&disk, &first);
        for survives in [
            Survives::Nothing,
            Survives::Everything,
            Survives::Some(call),
        ] {
            let disk = disk.after_crash(survives);
            assert_eq!(look(&disk, &first), expected, "call {call}, {survives:?}");
            drop(open(&disk, &first).expect("opens"));
            assert_eq!(look(&disk, &first), expected, "call {call}, {survives:?}");
            assert!(open(&disk, &second).expect("opens").seen().is_empty());
        }
    }
}
