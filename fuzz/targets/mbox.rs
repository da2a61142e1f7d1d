//! Messages of any octets in an mbox: each is read again as it was, and no
//! line of one looks like the beginning of another.
#![no_main]

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use retr::base::{AccountId, Cancel, Event, Uid};
use retr::disk::{Disk, RealDisk};
use retr::store::{Fate, Finding, Journal, JournalFailed, Kept, Key, Reading, Setting, Target};

/// An mbox hands nothing on.
struct NoJournal;

impl Journal for NoJournal {
    fn handing(&mut self, _: usize, _: bool) -> Result<(), JournalFailed> {
        Err(JournalFailed)
    }

    fn handed(&mut self, _: usize, _: &Fate) -> Result<(), JournalFailed> {
        Err(JournalFailed)
    }

    fn tell(&mut self, _: &Event) {}
}

fuzz_target!(|input: (u8, Vec<Vec<u8>>)| {
    let (size, messages) = input;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("box");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let (account, cancel) = (AccountId::new("alice", "pop.example.com"), Cancel::new());
    let setting = Setting {
        deadline: Instant::now() + Duration::from_secs(3600),
        handover: Default::default(),
        account: account.clone(),
        scratch: folder.path().into(),
        had_mail: false,
        lock_wait: Duration::ZERO,
        cancel: cancel.clone(),
        disk: Arc::clone(&disk),
    };
    let target = Target::mbox(path.clone());
    let store = target.open(&setting).expect("opened");
    let messages = &messages[..messages.len().min(4)];
    let sealed = messages.iter().map(|message| {
        let key = Key {
            uid: Uid::new(b"u").expect("valid"),
            ordinal: 0,
            seconds: 1_700_000_000,
        };
        let mut draft = store.draft(key).expect("a draft");
        for piece in message.chunks(usize::from(size).max(1)) {
            draft.write(piece).expect("written");
        }
        draft.seal().expect("sealed")
    });
    let sealed: Vec<_> = sealed.collect();
    let hashes: Vec<_> = sealed.iter().map(|sealed| sealed.hash()).collect();
    let mut prepared = store.prepare(sealed).expect("locked");
    let fates = prepared.publish(&mut NoJournal).expect("stored");
    drop(prepared);
    let reading = Reading {
        account: &account,
        cancel: &cancel,
        disk: &disk,
    };
    let mut archive = target.archive(&reading).expect("it is there");
    for (fate, hash) in fates.iter().zip(&hashes) {
        let Fate::Stored(receipt) = fate else {
            panic!("{fate:?}");
        };
        let finding = archive
            .look(receipt, *hash, &mut Kept::nothing())
            .expect("read");
        assert!(matches!(finding, Finding::Intact(_)), "{finding:?}");
    }
    let file = fs::read(&path).expect("the mbox");
    let starts = file
        .split(|&byte| byte == b'\n')
        .filter(|line| line.starts_with(b"From "));
    assert_eq!(starts.count(), messages.len());
});
