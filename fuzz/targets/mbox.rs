//! Messages of any octets in an mbox: each is read again as it was, and no
//! line of one looks like the beginning of another.
#![no_main]

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use retr::base::{AccountId, Cancel, Uid};
use retr::disk::RealDisk;
use retr::store::{Key, Store, Target};

fuzz_target!(|input: (u8, Vec<Vec<u8>>)| {
    let (size, messages) = input;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("box");
    let store = Store::open(
        &Target::Mbox(path.clone()),
        &AccountId::new("alice", "pop.example.com"),
        folder.path(),
        Duration::ZERO,
        &Cancel::new(),
        Arc::new(RealDisk::new()),
    )
    .expect("opened");
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
    let mut publishing = store.begin(sealed).expect("locked");
    let places = publishing.publish().expect("stored");
    drop(publishing);
    for (place, hash) in places.iter().zip(&hashes) {
        assert_eq!(store.reread(place).expect("it is there").hash, *hash);
    }
    let file = fs::read(&path).expect("the mbox");
    let starts = file.split(|&byte| byte == b'\n').filter(|line| line.starts_with(b"From "));
    assert_eq!(starts.count(), messages.len());
});
