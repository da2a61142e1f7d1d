//! A ledger of any octets: read, refused, or repaired; and a repaired one is
//! whole.
#![no_main]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use retr::base::{AccountId, Cancel};
use retr::disk::{Disk, RealDisk};
use retr::ledger::{Error, Ledger, Lock, Snapshot, repair};

fuzz_target!(|input: (Option<bool>, &[u8])| {
    let (is_new, octets) = input;
    let state = tempfile::tempdir().expect("a folder");
    let account = AccountId::new("alice", "pop.example.com");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let lock = Lock::take(
        state.path(),
        &account,
        Duration::ZERO,
        &Cancel::new(),
        &disk,
    );
    let lock = lock.expect("nobody else has it");
    let mut text = Vec::new();
    if let Some(is_new) = is_new {
        let format = if is_new { 2 } else { 1 };
        text = format!("retr-ledger {format} {}\n", account.as_str()).into_bytes();
    }
    text.extend_from_slice(octets);
    fs::write(lock.dir().join("ledger"), &text).expect("written");

    let read = || Snapshot::read(state.path(), &account, &*disk);
    let before = read();
    match repair::<Error>(&lock, &disk, |_| Ok(Vec::new())) {
        Ok(_) => {
            let seen = read().expect("it was repaired").seen().clone();
            if let Ok(before) = before {
                assert_eq!(
                    *before.seen(),
                    seen,
                    "nothing was wrong, and nothing changed"
                );
            }
            let ledger = Ledger::open(lock, disk).expect("it was repaired");
            assert_eq!(*ledger.seen(), seen);
            ledger.close().expect("closed");
        }
        Err(error) => assert!(
            matches!(error, Error::Newer { .. } | Error::OtherAccount { .. }),
            "{error}"
        ),
    }
});
