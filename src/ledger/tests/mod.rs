mod damage;
mod failing;
mod format1;
mod hints;
mod known;
mod lock;
mod properties;
mod takeover;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::ledger::MAX_WASTE;
use super::*;
use crate::base::{
    AccountId, Cancel, Class, Entry, Listing, MessageNumber, PendingAppend, TargetName,
};
use crate::disk::crash::{CrashDisk, Survives};
use crate::disk::{Disk, RealDisk};
use crate::plan::{Disposal, Gone, Moment, Origin, Policy, Proof, Seen, decide};

const NOW: u64 = 1_800_000_000;
const DAY: u64 = 86_400;

/// Repairs it where all that is stored is in its place.
fn repair_all(lock: &Lock, disk: &Arc<dyn Disk>) -> Result<Repaired, Error> {
    repair(lock, disk, |_| Ok(Vec::new()))
}

/// A state folder with one account.
struct State {
    root: tempfile::TempDir,
    account: AccountId,
    disk: Arc<dyn Disk>,
}

impl State {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().expect("a folder"),
            account: AccountId::new("alice", "pop.example.com"),
            disk: Arc::new(RealDisk::new()),
        }
    }

    /// With a ledger that has a bit of everything.
    fn full() -> Self {
        let state = Self::new();
        full(&state);
        state
    }

    fn dir(&self) -> PathBuf {
        self.root.path().join("state").join(self.account.as_str())
    }

    /// Makes the folder as a run makes it that learns something.
    fn make_dir(&self) {
        let mut builder = fs::DirBuilder::new();
        let builder = std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(self.dir()).expect("made");
    }

    fn path(&self) -> PathBuf {
        self.dir().join(NAME)
    }

    fn lock_within(&self, wait: Duration) -> Result<Lock, Error> {
        let state = self.root.path().join("state");
        let cancel = Cancel::new();
        Lock::take(&state, &self.account, wait, &cancel, &self.disk)
    }

    fn lock(&self) -> Result<Lock, Error> {
        self.lock_within(Duration::ZERO)
    }

    fn try_open(&self) -> Result<Ledger, Error> {
        Ledger::open(self.lock()?, Arc::clone(&self.disk))
    }

    fn open(&self) -> Ledger {
        self.try_open().expect("opens")
    }

    fn peek(&self) -> Result<Seen, Error> {
        let state = self.root.path().join("state");
        Ok(look(&state, &self.account, &*self.disk)?.0)
    }

    fn stored(&self) -> Vec<Stored> {
        let state = self.root.path().join("state");
        look(&state, &self.account, &*self.disk).expect("reads").1
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.path()).expect("is there")
    }

    /// Whatever the umask is, which other tests of this process change.
    fn write(&self, bytes: &[u8]) {
        fs::write(self.path(), bytes).expect("writes");
        fs::set_permissions(self.path(), fs::Permissions::from_mode(0o600)).expect("chmod");
    }

    /// The kinds of the records in the file.
    fn kinds(&self) -> Vec<String> {
        let text = String::from_utf8(self.bytes()).expect("text");
        let kind = |line: &str| line.split(' ').nth(1).expect("a kind").to_owned();
        text.lines().skip(1).map(kind).collect()
    }
}

/// What a ledger says, and all that is stored.
fn look(state: &Path, account: &AccountId, disk: &dyn Disk) -> Result<(Seen, Vec<Stored>), Error> {
    let snapshot = Snapshot::read(state, account, disk)?;
    let mut all = Vec::new();
    snapshot.stored(|stored| -> Result<(), Error> {
        all.push(stored);
        Ok(())
    })?;
    Ok((snapshot.seen().clone(), all))
}

/// An account whose ledger is in memory, below `/state`.
#[derive(Clone)]
struct Memory {
    account: AccountId,
    disk: CrashDisk,
}

impl Memory {
    fn new(account: &AccountId, disk: &CrashDisk) -> Self {
        Self { account: account.clone(), disk: disk.clone() }
    }

    /// With the folder of the account, and this in its ledger.
    fn with(bytes: &[u8]) -> Self {
        let account = AccountId::new("alice", "pop.example.com");
        let dir = format!("/state/{}", account.as_str());
        let state = Self::new(&account, &CrashDisk::new(&["/state", &dir]));
        state.write(bytes);
        state
    }

    fn path(&self) -> PathBuf {
        Path::new("/state").join(self.account.as_str()).join(NAME)
    }

    fn write(&self, bytes: &[u8]) {
        self.disk.put(&self.path().to_string_lossy(), bytes);
    }

    fn bytes(&self) -> Vec<u8> {
        self.disk.content(self.path()).expect("is there")
    }

    fn look(&self) -> Result<(Seen, Vec<Stored>), Error> {
        look(Path::new("/state"), &self.account, &self.disk)
    }

    fn peek(&self) -> Result<Seen, Error> {
        Ok(self.look()?.0)
    }

    fn lock(&self) -> Result<Lock, Error> {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let (state, wait) = (Path::new("/state"), Duration::ZERO);
        Lock::take(state, &self.account, wait, &Cancel::new(), &disk)
    }

    fn try_open(&self) -> Result<Ledger, Error> {
        Ledger::open(self.lock()?, Arc::new(self.disk.clone()))
    }

    fn open(&self) -> Ledger {
        self.try_open().expect("opens")
    }

    fn repair(&self) -> Result<Repaired, Error> {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        repair_all(&self.lock()?, &disk)
    }
}

/// The power goes at every call of an act in turn. What is left of the disk is
/// looked at in three of the ways it may end.
fn cut_power_everywhere(
    start: impl Fn() -> CrashDisk,
    act: impl Fn(&CrashDisk),
    look: impl Fn(&CrashDisk, u64),
) {
    let whole = start();
    let before = whole.calls();
    act(&whole);
    for call in 1..=whole.calls() - before {
        let disk = start();
        disk.cut_power_at(before + call);
        act(&disk);
        for survives in [Survives::Nothing, Survives::Everything, Survives::Some(call)] {
            look(&disk.after_crash(survives), call);
        }
    }
}

/// A ledger whose session has begun.
fn begun() -> (State, Ledger) {
    let state = State::new();
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    (state, ledger)
}

fn uid(name: &str) -> Uid {
    Uid::new(name.as_bytes()).expect("valid")
}

fn target(scheme: &str, address: &str) -> Arc<TargetName> {
    Arc::new(TargetName { scheme: scheme.into(), address: address.into() })
}

fn maildir(word: String) -> Receipt {
    Receipt { target: target("maildir", "/home/alice/Mail"), words: vec![word] }
}

fn mbox(offset: u64) -> Receipt {
    Receipt {
        target: target("mbox", "/home/alice/Mail box"),
        words: vec![offset.to_string(), "10".into()],
    }
}

/// What a target may want to know of a batch.
fn note(messages: &[Stored]) -> Note {
    let pending = |stored: &Stored| PendingAppend {
        hash: stored.hash,
        receipt: stored.receipt.clone(),
        words: vec!["From a@b Mon Nov  2 10:00:00 2026".into(), "-, %".into()],
    };
    Note {
        target: target("mbox", "/home/alice/Mail box"),
        words: vec!["7".into(), "1000".into(), String::new()],
        messages: messages.iter().map(pending).collect(),
    }
}

fn message(name: &str, ordinal: u32, size: u64) -> Stored {
    Stored {
        uid: uid(name),
        ordinal,
        size: Some(size),
        hash: Hash([size as u8; 32]),
        first_seen: NOW,
        receipt: maildir(format!("new/{NOW}.R{name}{ordinal}.host,S={size}")),
    }
}

fn listing(messages: &[(&str, u64)]) -> Listing {
    let entry = |(number, (name, size)): (u32, &(&str, u64))| {
        let number = MessageNumber::new(number).expect("not 0");
        Entry::new(number, uid(name), Some(*size))
    };
    Listing::new((1..).zip(messages).map(entry).collect())
}

/// A ledger with a bit of everything, closed cleanly.
fn full(state: &State) {
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    ledger.looked();
    let first = listing(&[("a", 1), ("b c%", 2), ("u", 3), ("u", 4)]);
    ledger.note_listing(&first, NOW).expect("notes");
    let messages = [("a", 1), ("b c%", 2), ("u", 3)];
    let messages = messages.map(|(name, size)| message(name, 0, size));
    ledger.record(messages.to_vec()).expect("records");
    let marked = [(uid("m"), Some(9)), (uid("m"), None)];
    ledger.mark(&marked, Origin::Marked, NOW).expect("marks");
    let imported = [(uid("i"), None)];
    ledger.mark(&imported, Origin::Imported, NOW).expect("marks");
    ledger.note_deleting(&[uid("a")]).expect("notes");
    let messages: Vec<Stored> = (0..3)
        .map(|i| Stored {
            receipt: mbox(1000 + 10 * u64::from(i)),
            ..message("x", i, 50 + u64::from(i))
        })
        .collect();
    ledger.intend(note(&messages), messages).expect("intends");
    ledger.settle(2).expect("settles");
    ledger.note_listing(&listing(&[("b c%", 8), ("x", 50)]), NOW + 1).expect("notes");
    ledger.forget(&[uid("b c%")]).expect("forgets");
    ledger.close().expect("closes");
}

#[test]
fn a_new_ledger_is_unclean_until_a_session_closes() {
    let state = State::new();
    for _ in 0..2 {
        let ledger = state.open();
        assert!(ledger.needs_rescan());
        assert!(ledger.seen().is_empty());
        ledger.close().expect("closes");
    }
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    ledger.begin(NOW).expect("begins once");
    ledger.looked();
    ledger.close().expect("closes");
    assert!(!state.open().needs_rescan());
    assert_eq!(state.kinds(), ["open", "open", "close"]);
    for (path, mode) in [(state.path(), 0o600), (state.dir(), 0o700)] {
        let permissions = fs::metadata(path).expect("is there").permissions();
        assert_eq!(permissions.mode() & 0o777, mode);
    }
}

#[test]
fn the_file_is_readable_text() {
    let (state, mut ledger) = begun();
    ledger.looked();
    ledger.record(vec![message("b c%", 0, 2)]).expect("records");
    ledger.close().expect("closes");
    let text = String::from_utf8(state.bytes()).expect("text");
    let lines: Vec<&str> = text.lines().collect();
    let first = format!("retr-ledger 2 {}", state.account.as_str());
    assert_eq!(lines[0], first);
    assert!(lines[2].ends_with(&format!(" open {NOW}")));
    assert!(lines[3].ends_with(" target 1 maildir /home/alice/Mail"));
    let (crc, body) = lines[4].split_at(9);
    let hash = "02".repeat(32);
    let place = format!("maildir:1 new/{NOW}.Rb%20c%250.host%2CS=2");
    assert_eq!(body, format!("stored b%20c%25 0 2 {hash} {NOW} {place}"));
    assert_eq!(crc, format!("{:08x} ", crc32fast::hash(body.as_bytes())));
}

#[test]
fn what_was_noted_is_known_the_next_time() {
    let state = State::full();
    let ledger = state.open();
    assert!(!ledger.needs_rescan());
    assert_eq!(ledger.unsettled(), None);
    assert_eq!(ledger.repaired_tail(), 0);
    let seen = ledger.seen();
    assert_eq!((seen.sessions(), seen.last_session()), (2, Some(NOW + 1)));
    assert_eq!(seen.last_listed(), Some(2));
    assert_eq!(ledger.last_target(), Some(&mbox(0).target));
    let gone = Gone { since: NOW + 1, at_session: 2 };
    let a = seen.get(&uid("a")).expect("known");
    assert!(a.is_deleted());
    assert_eq!(a.gone(), Some(gone));
    assert_eq!(a.copy(0).and_then(|copy| copy.hash()), Some(Hash([1; 32])));
    assert_eq!(seen.get(&uid("b c%")), None);
    assert_eq!(seen.get(&uid("u")).map(|u| u.wanted()), Some(2));
    assert_eq!(seen.get(&uid("m")).map(|m| m.copies().count()), Some(2));
    let x = seen.get(&uid("x")).expect("known");
    assert_eq!((x.copies().count(), x.wanted(), x.gone()), (2, 1, None));
    assert_eq!(state.peek().expect("reads"), *seen);
}

#[test]
fn each_stored_message_is_handed_out_with_its_last_place() {
    let state = State::full();
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    ledger.looked();
    let moved = Stored { receipt: maildir("elsewhere".into()), ..message("a", 0, 1) };
    ledger.record(vec![moved.clone()]).expect("records");
    ledger.close().expect("closes");
    let stored = state.stored().into_iter();
    let places: Vec<(Uid, u32, Receipt)> =
        stored.map(|it| (it.uid, it.ordinal, it.receipt)).collect();
    let u = message("u", 0, 3).receipt;
    let expected = [
        (uid("u"), 0, u),
        (uid("x"), 0, mbox(1000)),
        (uid("x"), 1, mbox(1010)),
        (uid("a"), 0, moved.receipt),
    ];
    assert_eq!(places, expected);
}

#[test]
fn a_command_that_does_not_begin_leaves_an_unclean_ledger_unclean() {
    let (state, ledger) = begun();
    drop(ledger);
    let mut ledger = state.open();
    ledger.forget(&[uid("a")]).expect("forgets");
    ledger.close().expect("closes");
    assert!(state.open().needs_rescan());
}

#[test]
fn an_unsettled_intent_is_found_again_until_it_is_settled() {
    let state = State::new();
    let messages = vec![message("a", 0, 1), message("b", 0, 2)];
    let note = note(&messages);
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    ledger.intend(note.clone(), messages).expect("intends");
    drop(ledger);
    let mut ledger = state.open();
    assert_eq!(ledger.unsettled(), Some(&note));
    ledger.settle(1).expect("settles");
    assert_eq!(ledger.unsettled(), None);
    assert!(ledger.seen().get(&uid("a")).is_some());
    assert_eq!(ledger.seen().get(&uid("b")), None);
    drop(ledger);
    assert_eq!(state.open().unsettled(), None);
    assert_eq!(state.stored(), [message("a", 0, 1)]);
}

/// What is handed on is in doubt until it is known what became of it, however
/// often the ledger is written anew.
#[test]
fn what_is_handed_on_is_in_doubt_until_the_answer_is_known() {
    let (state, mut ledger) = begun();
    for (name, durably) in [("a", true), ("b", false), ("c", false)] {
        ledger.handing(&uid(name), 0, durably).expect("notes");
    }
    ledger.handed(message("a", 0, 1)).expect("notes");
    ledger.returned(&uid("b"), 0).expect("notes");
    ledger.make_durable(Vec::new()).expect("syncs");
    drop(ledger);
    for _ in 0..2 {
        let ledger = state.open();
        let known = ledger.seen().get(&uid("c")).expect("in doubt");
        assert_eq!(known.in_doubt(), [0]);
        assert!(ledger.seen().get(&uid("a")).is_some());
        assert_eq!(ledger.seen().get(&uid("b")), None);
    }
    let mut ledger = state.open();
    ledger.record(vec![message("c", 0, 1)]).expect("records");
    drop(ledger);
    let ledger = state.open();
    let known = ledger.seen().get(&uid("c")).expect("stored");
    assert!(known.in_doubt().is_empty());
}

/// A refusal is remembered with its answer, and the pause before the next try
/// doubles, whatever was written anew meanwhile.
#[test]
fn what_is_refused_waits_for_longer_each_time() {
    let state = State::new();
    let mut pauses = Vec::new();
    for _ in 0..10 {
        let mut ledger = state.open();
        ledger.begin(NOW).expect("begins");
        ledger.handing(&uid("a"), 0, false).expect("notes");
        let refused = ledger.refused(&uid("a"), 0, "550 no, %", NOW);
        refused.expect("notes");
        ledger.make_durable(Vec::new()).expect("syncs");
        drop(ledger);
        let seen = state.peek().expect("reads");
        let known = seen.get(&uid("a")).expect("known");
        assert!(known.in_doubt().is_empty(), "it was answered");
        let refusal = known.refusal().expect("refused");
        assert_eq!(refusal.answer, "550 no, %");
        pauses.push((refusal.until - NOW) / 60);
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
    let mut ledger = state.open();
    ledger.handed(message("a", 0, 1)).expect("notes");
    drop(ledger);
    let seen = state.peek().expect("reads");
    assert_eq!(seen.get(&uid("a")).expect("stored").refusal(), None);
}

/// Several targets of one account, each named once.
#[test]
fn a_message_names_the_target_it_went_to() {
    let (state, mut ledger) = begun();
    ledger.looked();
    let receipts = [maildir("new/1".into()), mbox(5), maildir("new/2".into())];
    let messages: Vec<Stored> = (0..)
        .zip(&receipts)
        .map(|(at, receipt)| Stored { receipt: receipt.clone(), ..message("u", at, 1) })
        .collect();
    ledger.record(messages.to_vec()).expect("records");
    ledger.close().expect("closes");
    let names = state.kinds();
    assert_eq!(names.iter().filter(|kind| *kind == "target").count(), 2);
    let found: Vec<Receipt> = state.stored().into_iter().map(|s| s.receipt).collect();
    assert_eq!(found, receipts);
    assert_eq!(state.open().last_target(), Some(&receipts[2].target));
}

#[test]
fn a_reader_sees_a_whole_state_while_another_writes() {
    let (state, mut ledger) = begun();
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut before = 0;
            loop {
                let seen = state.peek().expect("reads");
                assert!(seen.len() >= before);
                before = seen.len();
                if before == 300 {
                    return;
                }
            }
        });
        for i in 0..300 {
            let name = format!("uid{i}");
            ledger.record(vec![message(&name, 0, 1)]).expect("records");
        }
        reader.join().expect("ends");
    });
}

#[test]
fn a_missing_ledger_is_peeked_at_as_empty_and_not_created() {
    let state = State::new();
    assert!(state.peek().expect("reads").is_empty());
    assert!(!state.dir().exists());
}
