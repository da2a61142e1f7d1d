use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::*;
use crate::disk::crash::CrashDisk;

/// A ledger in memory, which many tries do not wear out.
struct Memory {
    account: AccountId,
    path: PathBuf,
    disk: CrashDisk,
}

impl Memory {
    fn new() -> Self {
        let account = AccountId::new("alice", "pop.example.com");
        let dir = format!("/state/{}", account.as_str());
        Self {
            path: Path::new(&dir).join(NAME),
            disk: CrashDisk::new(&["/state", &dir]),
            account,
        }
    }

    fn write(&self, bytes: &[u8]) {
        self.disk.put(&self.path.to_string_lossy(), bytes);
    }

    fn bytes(&self) -> Vec<u8> {
        self.disk.content(&self.path).expect("is there")
    }

    fn peek(&self) -> Result<Seen, Error> {
        let snapshot = Snapshot::read(Path::new("/state"), &self.account, &self.disk)?;
        Ok(snapshot.seen().clone())
    }

    fn try_open(&self) -> Result<Ledger, Error> {
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let (state, wait) = (Path::new("/state"), Duration::ZERO);
        let lock = Lock::take(state, &self.account, wait, &Cancel::new(), &disk)?;
        Ledger::open(lock, disk)
    }
}

// Fault 39
#[test]
fn a_ledger_cut_anywhere_says_what_its_whole_lines_say() {
    let state = State::new();
    full(&state);
    let whole = state.bytes();
    let state = Memory::new();
    let mut before = Seen::default();
    let mut states = 1;
    for cut in 0..whole.len() {
        state.write(&whole[..cut]);
        let seen = state.peek().expect("reads");
        let line_end = cut == 0 || whole[cut - 1] == b'\n';
        if seen != before {
            assert!(line_end, "half a line says something at {cut}");
            states += 1;
        }
        before = seen.clone();
        let near_end = whole[cut.saturating_sub(2)..=cut].contains(&b'\n');
        if !near_end && cut % 16 != 0 {
            continue;
        }
        let ledger = state.try_open().expect("opens");
        assert_eq!(*ledger.seen(), seen, "at {cut}");
        let kept = if line_end {
            cut
        } else {
            whole[..cut]
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1)
        };
        if kept > 0 {
            assert_eq!(ledger.repaired_tail(), (cut - kept) as u64, "at {cut}");
            assert!(ledger.needs_rescan() || line_end, "at {cut}");
        } else {
            assert!(ledger.needs_rescan(), "at {cut}");
        }
        drop(ledger);
        assert_eq!(state.peek().expect("reads"), seen, "at {cut}, mended");
    }
    assert!(states > 10, "{states}");
}

// Fault 40
#[test]
fn one_wrong_octet_is_damage_or_a_cut_tail_but_never_another_content() {
    let state = State::new();
    full(&state);
    let whole = state.bytes();
    let state = Memory::new();
    let text = std::str::from_utf8(&whole).expect("text");
    let last_two: usize = text.lines().rev().take(2).map(|line| line.len() + 1).sum();
    let prefixes: Vec<Seen> = (0..whole.len())
        .filter(|cut| whole[*cut] == b'\n')
        .map(|cut| {
            state.write(&whole[..=cut]);
            state.peek().expect("reads")
        })
        .collect();
    for at in 0..whole.len() {
        let other = [whole[at] ^ 0x80, 0, b'\n'][at % 3];
        for wrong in [whole[at] ^ 1, other] {
            if wrong == whole[at] {
                continue;
            }
            let mut bytes = whole.clone();
            bytes[at] = wrong;
            state.write(&bytes);
            // The whole way for one of them; the others only as far as it
            // takes to tell.
            let read = state.peek();
            if read.is_err() && wrong != whole[at] ^ 1 {
                assert_ne!(read.expect_err("is one").class(), Class::Io);
                continue;
            }
            match state.try_open() {
                Err(error) => {
                    let class = error.class();
                    let is_first = at < text.find('\n').expect("a line");
                    assert!(class == Class::Data || is_first && class == Class::Config);
                    assert_eq!(state.bytes(), bytes, "refused and touched");
                }
                Ok(ledger) => {
                    assert!(at >= whole.len() - last_two, "accepted at {at}");
                    assert!(ledger.needs_rescan() && ledger.repaired_tail() > 0);
                    assert!(prefixes.contains(ledger.seen()), "at {at}");
                }
            }
        }
    }
}

// Fault 40
#[test]
fn damage_in_the_middle_names_its_line_and_repair_keeps_the_rest() {
    let state = State::new();
    full(&state);
    let whole = state.bytes();
    let text = String::from_utf8(whole.clone()).expect("text");
    let start = text.match_indices('\n').nth(4).expect("a line").0 + 1;
    let mut bytes = whole.clone();
    bytes[start + 20..start + 30].fill(0);
    state.write(&bytes);
    let error = state.try_open().expect_err("damaged");
    assert_eq!(error.class(), Class::Data);
    let path = state.path();
    let text = format!("the ledger {} is damaged at line 6", path.display());
    assert_eq!(error.to_string(), text);
    assert_eq!(state.peek().expect_err("damaged").to_string(), text);

    let lock = state.lock().expect("locks");
    let lines = whole.iter().filter(|b| **b == b'\n').count() as u64;
    let repaired = repair_all(&lock, &state.shared_disk()).expect("repairs");
    let (kept, lost) = (lines - 1, 1);
    assert_eq!((repaired.kept, repaired.lost), (kept, lost));
    drop(lock);
    let kept = fs::read(state.dir().join("ledger.damaged-1")).expect("is kept");
    assert_eq!(kept, bytes);
    let ledger = state.open();
    assert!(ledger.needs_rescan());
    assert!(ledger.seen().get(&uid("x")).is_some());
}

/// What is not in its target is forgotten, and only that: another message of its
/// uid stays, and its ordinal is free.
#[test]
fn a_repair_forgets_what_is_not_in_its_target() {
    let state = State::new();
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    let messages = [("a", 0), ("b", 0), ("b", 1), ("c", 0), ("c", 1)];
    for (size, (name, ordinal)) in (1..).zip(messages) {
        let stored = message(name, ordinal, size);
        ledger.record(vec![stored]).expect("records");
    }
    ledger.looked();
    ledger.close().expect("closes");
    let mut bytes = state.bytes();
    bytes.extend_from_slice(b"damaged\n");
    bytes.extend(
        state
            .bytes()
            .split_inclusive(|byte| *byte == b'\n')
            .next_back()
            .expect("close"),
    );
    state.write(&bytes);
    let lock = state.lock().expect("locks");
    let mut asked = Vec::new();
    let repaired = repair(&lock, &state.shared_disk(), |stored| {
        asked.extend(
            stored
                .into_iter()
                .map(|stored| (stored.uid, stored.ordinal)),
        );
        Ok::<_, Error>(vec![(uid("a"), 0), (uid("b"), 0), (uid("c"), 1)])
    });
    assert_eq!(repaired.expect("repairs").forgotten, 3);
    assert_eq!(asked, messages.map(|(name, ordinal)| (uid(name), ordinal)));
    drop(lock);
    let ledger = state.open();
    assert!(ledger.seen().get(&uid("a")).is_none());
    for (name, left, free) in [("b", 1, 0), ("c", 0, 1)] {
        let known = ledger.seen().get(&uid(name)).expect("known");
        let copies: Vec<u32> = known.copies().map(|(ordinal, _)| ordinal).collect();
        assert_eq!((copies, known.wanted()), (vec![left], 1), "{name}");
        assert_eq!(ledger.seen().matcher(&uid(name)).next_ordinal(), free);
    }
}

#[test]
fn an_all_zero_ledger_is_damaged_and_not_empty() {
    let state = State::new();
    full(&state);
    state.write(&vec![0; state.bytes().len()]);
    let error = state.try_open().expect_err("damaged");
    assert_eq!(error.class(), Class::Data);
}

// Fault 41
#[test]
fn an_empty_file_is_a_new_ledger() {
    let state = State::new();
    full(&state);
    state.write(b"");
    let ledger = state.open();
    assert!(ledger.needs_rescan() && ledger.seen().is_empty());
}

// Fault 43
#[test]
fn a_newer_format_and_another_account_are_refused_untouched() {
    let state = State::new();
    full(&state);
    let text = String::from_utf8(state.bytes()).expect("text");
    let path = state.path().display().to_string();
    let newer = text.replacen("retr-ledger 2 ", "retr-ledger 3 ", 1);
    let other = text.replacen(state.account.as_str(), "bob@h-0011", 1);
    for (bytes, message) in [
        (
            newer,
            format!("the ledger {path} was written by format 3, this program knows 2"),
        ),
        (
            other,
            format!("the ledger {path} belongs to another account, bob@h-0011"),
        ),
    ] {
        state.write(bytes.as_bytes());
        let error = state.try_open().expect_err("refused");
        assert_eq!(error.class(), Class::Config);
        assert_eq!(error.to_string(), message);
        let lock = state.lock().expect("locks");
        assert!(repair_all(&lock, &state.shared_disk()).is_err());
        assert_eq!(state.bytes(), bytes.as_bytes());
    }
}

// Fault 45
#[test]
fn what_others_may_have_a_hand_in_is_refused_with_the_rule() {
    for name in [NAME, "lock"] {
        let state = State::new();
        full(&state);
        let path = state.dir().join(name);
        let beside = state.root.path().join("beside");
        let rule_of = |state: &State| match state.try_open() {
            Err(Error::Unsafe { path: at, rule }) => {
                assert_eq!(at, path);
                rule
            }
            other => panic!("{other:?}"),
        };
        for mode in [0o620, 0o602] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changes");
            assert_eq!(rule_of(&state), "others can write to it (chmod go-w)");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changes");
        fs::hard_link(&path, &beside).expect("links");
        assert_eq!(rule_of(&state), "it has more than one name (hard links)");
        fs::remove_file(&path).expect("removes");
        symlink(&beside, &path).expect("links");
        assert_eq!(rule_of(&state), "it is a symbolic link");
        fs::remove_file(&path).expect("removes");
        fs::create_dir(&path).expect("creates");
        assert_eq!(rule_of(&state), "it is a folder");
        fs::remove_dir(&path).expect("removes");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0)
            .expect("makes a fifo");
        assert_eq!(rule_of(&state), "it is not a regular file");
    }
}

// Fault 28
#[test]
fn after_a_failed_sync_nothing_is_written_and_the_next_session_copies_the_file() {
    let state = State::new();
    full(&state);
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    state.disk.fail_syncs_after(0);
    let error = ledger.record(vec![message("n", 0, 5)]).expect_err("fails");
    assert_eq!(error.class(), Class::Io);
    assert_eq!(ledger.seen().get(&uid("n")), None);
    state.disk.fail_syncs_after(usize::MAX);
    let before = state.bytes();
    for error in [
        ledger.record(vec![message("o", 0, 5)]),
        ledger.note_deleting(&[uid("u")]),
        ledger.close(),
    ] {
        let error = error.expect_err("is distrusted");
        assert!(matches!(error, Error::Distrusted { .. }), "{error:?}");
    }
    assert_eq!(state.bytes(), before);
    let inode = |state: &State| state.disk.stat(&state.path()).expect("is there").ino;
    let old = inode(&state);
    let ledger = state.open();
    assert!(ledger.needs_rescan());
    assert_ne!(inode(&state), old);
}

#[test]
fn a_sync_that_fails_in_a_session_that_published_nothing_is_not_trusted_either() {
    let state = State::new();
    full(&state);
    let mut ledger = state.open();
    ledger
        .mark(&[(uid("z"), None)], Origin::Marked, NOW)
        .expect("marks");
    state.disk.fail_syncs_after(0);
    ledger.close().expect_err("fails");
    state.disk.fail_syncs_after(usize::MAX);
    assert!(state.open().needs_rescan());
}

#[test]
fn a_failed_write_leaves_no_half_line() {
    let state = State::new();
    full(&state);
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    let before = state.bytes();
    state.disk.fail_after(0);
    let error = ledger.record(vec![message("n", 0, 5)]).expect_err("fails");
    assert_eq!(error.class(), Class::Io);
    state.disk.fail_after(usize::MAX);
    drop(ledger);
    assert!(state.bytes().starts_with(&before));
    let ledger = state.open();
    assert!(ledger.needs_rescan());
    assert_eq!(ledger.seen().get(&uid("n")), None);
}

// Fault 111
// Fault 44.
#[test]
fn a_rewrite_that_breaks_off_anywhere_leaves_a_whole_ledger() {
    let state = State::new();
    full(&state);
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    drop(ledger);
    let seen = state.peek().expect("reads");
    let places = state.stored();
    let mut failures = 0;
    loop {
        state.disk.fail_after(failures);
        let opened = state.try_open();
        let has_failed = state.disk.has_failed();
        state.disk.fail_after(usize::MAX);
        assert_eq!(state.peek().expect("reads"), seen, "after {failures}");
        assert_eq!(state.stored(), places, "after {failures}");
        if opened.is_ok() && !has_failed {
            break;
        }
        failures += 1;
    }
    assert!(failures > 4, "{failures}");
    let mut names = state.disk.list(&state.dir()).expect("lists");
    names.sort();
    assert_eq!(names, ["ledger", "lock"]);
}

#[test]
fn a_repair_that_breaks_off_anywhere_can_be_repeated() {
    let state = State::new();
    full(&state);
    let mut bytes = state.bytes();
    bytes[200] ^= 1;
    state.write(&bytes);
    let lock = state.lock().expect("locks");
    for failures in 0.. {
        state.disk.fail_after(failures);
        let result = repair_all(&lock, &state.shared_disk());
        let has_failed = state.disk.has_failed();
        state.disk.fail_after(usize::MAX);
        if !has_failed {
            assert_eq!(result.expect("repairs").lost, 1);
            break;
        }
        if let Err(error) = state.peek() {
            assert_eq!(error.class(), Class::Data, "after {failures}");
        }
        state.write(&bytes);
    }
    assert!(state.peek().is_ok());
}
