//! What the tests of all targets share.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use sha2::{Digest, Sha256};

use super::*;
use crate::base::{Class, Event, Hash, Note, Receipt, Uid};
use crate::disk::RealDisk;
use crate::disk::crash::Survives;

/// When the test messages are first seen: Tue Nov 14 22:13:20 2023.
pub(super) const SECONDS: u64 = 1_700_000_000;

/// What an error of the disk at opening is.
pub(super) const AT_OPEN: [(Errno, Class); 6] = [
    (Errno::ROFS, Class::CantCreate),
    (Errno::ACCESS, Class::CantCreate),
    (Errno::XDEV, Class::CantCreate),
    (Errno::IO, Class::Io),
    (Errno::NOSPC, Class::Io),
    (Errno::MFILE, Class::Io),
];

pub(super) fn account() -> AccountId {
    AccountId::new("alice", "pop.example.com")
}

pub(super) fn key(uid: &str) -> Key {
    Key { uid: Uid::new(uid.as_bytes()).expect("valid"), ordinal: 0, seconds: SECONDS }
}

pub(super) fn hash(message: &[u8]) -> Hash {
    Hash(Sha256::digest(message).into())
}

/// The names in a folder, sorted.
pub(super) fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("listed");
    let name = |entry: std::io::Result<std::fs::DirEntry>| entry.expect("listed").file_name();
    let mut names: Vec<String> =
        entries.map(|entry| name(entry).into_string().expect("text")).collect();
    names.sort();
    names
}

pub(super) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let facts = std::fs::symlink_metadata(path).expect("it is there");
    facts.permissions().mode() & 0o7777
}

/// Asserts that what could not be had is told so.
#[track_caller]
pub(super) fn assert_told<T: std::fmt::Debug>(result: Result<T, Error>, class: Class, text: &str) {
    let error = result.expect_err(text);
    assert_eq!((error.class(), &*error.to_string()), (class, text));
}

/// Nobody waits for locks.
pub(super) fn setting(scratch: &Path, disk: Arc<dyn Disk>) -> Setting {
    Setting {
        account: account(),
        scratch: scratch.into(),
        had_mail: false,
        lock_wait: Duration::ZERO,
        cancel: Cancel::new(),
        deadline: Instant::now() + Duration::from_secs(60),
        handover: Handover::default(),
        disk,
    }
}

/// Opens without waiting for locks.
pub(super) fn open(
    target: &Target,
    scratch: &Path,
    disk: &(impl Disk + Clone + 'static),
) -> Result<Box<dyn Delivery>, Error> {
    target.open(&setting(scratch, Arc::new(disk.clone())))
}

/// Looks for what an interrupted append left, without waiting for locks.
pub(super) fn recover(
    note: &Note,
    scratch: &Path,
    disk: &(impl Disk + Clone + 'static),
) -> Result<Recovered, Error> {
    super::recover(note, &setting(scratch, Arc::new(disk.clone())))
}

pub(super) fn open_real(target: &Target, scratch: &Path) -> Result<Box<dyn Delivery>, Error> {
    target.open(&setting(scratch, Arc::new(RealDisk::new())))
}

pub(super) fn seal(store: &dyn Delivery, key: Key, message: &[u8]) -> Result<Sealed, Error> {
    let mut draft = store.draft(key)?;
    for piece in message.chunks(1000) {
        draft.write(piece)?;
    }
    draft.seal()
}

/// Receives messages, whose uids are `u0`, `u1`, …
pub(super) fn batch(store: &dyn Delivery, messages: &[&[u8]]) -> Result<Vec<Sealed>, Error> {
    let numbered = messages.iter().enumerate();
    numbered.map(|(n, message)| seal(store, key(&format!("u{n}")), message)).collect()
}

/// Receives messages and stores them.
pub(super) fn deliver(store: &dyn Delivery, messages: &[&[u8]]) -> Result<Vec<Receipt>, Error> {
    publish(&mut *store.prepare(batch(store, messages)?)?)
}

/// The second step of a batch whose target is not acknowledged.
pub(super) fn publish(prepared: &mut dyn Prepared) -> Result<Vec<Receipt>, Error> {
    let fates = prepared.publish(&mut NoJournal)?;
    Ok(fates.iter().map(receipt).cloned().collect())
}

/// What is handed on by none of these targets.
struct NoJournal;

impl Journal for NoJournal {
    fn handing(&mut self, at: usize, _: bool) -> Result<(), JournalFailed> {
        panic!("message {at} is handed on");
    }

    fn handed(&mut self, at: usize, _: &Fate) -> Result<(), JournalFailed> {
        panic!("message {at} was handed on");
    }

    fn tell(&mut self, event: &Event) {
        panic!("{event:?}");
    }
}

/// Takes down what is handed on: `handing 0`, `handed 0 stored`, and what is
/// told.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    pub(super) lines: Vec<String>,
    pub(super) told: Vec<String>,
}

impl Journal for Recorder {
    fn handing(&mut self, at: usize, durably: bool) -> Result<(), JournalFailed> {
        let how = if durably { " durably" } else { "" };
        self.lines.push(format!("handing {at}{how}"));
        Ok(())
    }

    fn handed(&mut self, at: usize, fate: &Fate) -> Result<(), JournalFailed> {
        self.lines.push(format!("handed {at} {}", word(fate)));
        Ok(())
    }

    fn tell(&mut self, event: &Event) {
        self.told.push(match event {
            Event::Note(text) => format!("note: {text}"),
            Event::Warning(warning) => format!("{}: {}", warning.code.word(), warning.text),
            event => panic!("{event:?}"),
        });
    }
}

fn word(fate: &Fate) -> &'static str {
    match fate {
        Fate::Stored(_) => "stored",
        Fate::Deferred(_) => "deferred",
        Fate::Refused(_) => "refused",
        Fate::InDoubt(_) => "in doubt",
        Fate::Left => "left",
    }
}

pub(super) fn words(fates: &[Fate]) -> Vec<&'static str> {
    fates.iter().map(word).collect()
}

/// The receipt of what was stored.
#[track_caller]
pub(super) fn receipt(fate: &Fate) -> &Receipt {
    match fate {
        Fate::Stored(receipt) => receipt,
        fate => panic!("{fate:?}"),
    }
}

/// Hands messages on, whose uids are `u0`, `u1`, …
pub(super) fn hand_on(
    store: &dyn Delivery,
    messages: &[&[u8]],
    recorder: &mut Recorder,
) -> Vec<Fate> {
    let batch = batch(store, messages).expect("received");
    let mut prepared = store.prepare(batch).expect("prepared");
    prepared.publish(recorder).expect("published")
}

/// Ways in which a crash may end.
pub(super) fn endings() -> impl Iterator<Item = Survives> {
    let dice = (0..25).map(Survives::Some);
    [Survives::Nothing, Survives::Everything].into_iter().chain(dice)
}
