use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::io::Errno;

use super::*;
use crate::disk::crash::{Fault, Hits};

// Fault 39
#[test]
fn a_ledger_cut_anywhere_says_what_its_whole_lines_say() {
    let whole = State::full().bytes();
    // In memory, which many tries do not wear out.
    let state = Memory::with(&[]);
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
        let end = whole[..cut].iter().rposition(|b| *b == b'\n');
        let kept = end.map_or(0, |at| at + 1);
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
    let whole = State::full().bytes();
    // In memory, which many tries do not wear out.
    let state = Memory::with(&[]);
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
    let state = State::full();
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
    let repaired = repair_all(&lock, &state.disk).expect("repairs");
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
    let (state, mut ledger) = begun();
    let messages = [("a", 0), ("b", 0), ("b", 1), ("c", 0), ("c", 1)];
    for (size, (name, ordinal)) in (1..).zip(messages) {
        let stored = message(name, ordinal, size);
        ledger.record(vec![stored]).expect("records");
    }
    ledger.looked();
    ledger.close().expect("closes");
    let bytes = state.bytes();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n');
    let close = lines.next_back().expect("close");
    state.write(&[&bytes, &b"damaged\n"[..], close].concat());
    let lock = state.lock().expect("locks");
    let mut asked = Vec::new();
    let repaired = repair(&lock, &state.disk, |stored| {
        asked.extend(stored.into_iter().map(|it| (it.uid, it.ordinal)));
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
    let state = Memory::with(&vec![0; 1000]);
    assert_eq!(state.try_open().expect_err("damaged").class(), Class::Data);
}

// Fault 41
#[test]
fn an_empty_file_is_a_new_ledger() {
    let ledger = Memory::with(b"").open();
    assert!(ledger.needs_rescan() && ledger.seen().is_empty());
}

// Fault 43
#[test]
fn a_newer_format_and_another_account_are_refused_untouched() {
    let text = String::from_utf8(State::full().bytes()).expect("text");
    let state = Memory::with(&[]);
    let rows = [
        ("retr-ledger 2 ", "retr-ledger 3 ", "was written by format 3, this program knows 2"),
        (state.account.as_str(), "bob@h-0011", "belongs to another account, bob@h-0011"),
    ];
    for (from, to, message) in rows {
        let bytes = text.replacen(from, to, 1);
        state.write(bytes.as_bytes());
        let error = state.try_open().expect_err("refused");
        assert_eq!(error.class(), Class::Config);
        let path = state.path();
        let expected = format!("the ledger {} {message}", path.display());
        assert_eq!(error.to_string(), expected);
        assert!(state.repair().is_err());
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
        rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).expect("makes a fifo");
        assert_eq!(rule_of(&state), "it is not a regular file");
    }
}

/// All calls of this kind fail from now on.
fn fail(state: &Memory, hits: Hits) {
    let next = state.disk.calls() + 1;
    state.disk.fail(Fault::once(next, hits, Errno::IO).lasts(true));
}

/// A whole ledger in memory, and a session that has begun.
fn begun_in_memory() -> (Memory, Ledger) {
    let state = Memory::with(&State::full().bytes());
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    (state, ledger)
}

// Fault 28
#[test]
fn after_a_failed_sync_nothing_is_written_and_the_next_session_copies_the_file() {
    let (state, mut ledger) = begun_in_memory();
    fail(&state, Hits::Syncs);
    let error = ledger.record(vec![message("n", 0, 5)]).expect_err("fails");
    assert_eq!(error.class(), Class::Io);
    assert_eq!(ledger.seen().get(&uid("n")), None);
    state.disk.mend();
    let before = state.bytes();
    for error in
        [ledger.record(vec![message("o", 0, 5)]), ledger.note_deleting(&[uid("u")]), ledger.close()]
    {
        let error = error.expect_err("is distrusted");
        assert!(matches!(error, Error::Distrusted { .. }), "{error:?}");
    }
    assert_eq!(state.bytes(), before);
    let inode = |state: &Memory| state.disk.stat(&state.path()).expect("is there").ino;
    let old = inode(&state);
    assert!(state.open().needs_rescan());
    assert_ne!(inode(&state), old);
}

#[test]
fn a_sync_that_fails_in_a_session_that_published_nothing_is_not_trusted_either() {
    let state = Memory::with(&State::full().bytes());
    let mut ledger = state.open();
    let marked = ledger.mark(&[(uid("z"), None)], Origin::Marked, NOW);
    marked.expect("marks");
    fail(&state, Hits::Syncs);
    ledger.close().expect_err("fails");
    state.disk.mend();
    assert!(state.open().needs_rescan());
}

#[test]
fn a_failed_write_leaves_no_half_line() {
    let (state, mut ledger) = begun_in_memory();
    let before = state.bytes();
    state.disk.write_at_most(9);
    let writes = state.disk.calls() + 2;
    let full = Fault::once(writes, Hits::Writes, Errno::NOSPC).lasts(true);
    state.disk.fail(full);
    let error = ledger.record(vec![message("n", 0, 5)]).expect_err("fails");
    assert_eq!(error.class(), Class::Io);
    state.disk.mend();
    let later = ledger.record(vec![message("o", 0, 5)]);
    assert!(matches!(later, Err(Error::Distrusted { .. })));
    drop(ledger);
    assert!(state.bytes().starts_with(&before));
    let ledger = state.open();
    assert!(ledger.needs_rescan());
    assert_eq!(ledger.seen().get(&uid("n")), None);
}

/// Each call of an act on a ledger in turn fails, and so do all after it.
fn fail_everywhere<T>(
    bytes: &[u8],
    act: impl Fn(&Memory) -> Result<T, Error>,
    look: impl Fn(&Memory, u64),
) {
    let whole = Memory::with(bytes);
    assert!(act(&whole).is_ok());
    assert!(whole.disk.calls() > 4);
    for call in 1..=whole.disk.calls() {
        let mut state = Memory::with(bytes);
        let lasting = Fault::once(call, Hits::Any, Errno::IO).lasts(true);
        state.disk.fail(lasting);
        drop(act(&state));
        state.disk = state.disk.after_kill();
        look(&state, call);
    }
}

// Fault 111
// Fault 44.
#[test]
fn a_rewrite_that_breaks_off_anywhere_leaves_a_whole_ledger() {
    let (state, ledger) = begun_in_memory();
    drop(ledger);
    let said = state.look().expect("reads");
    fail_everywhere(&state.bytes(), Memory::try_open, |state, call| {
        assert_eq!(state.look().expect("reads"), said, "call {call}");
        drop(state.open());
        assert_eq!(state.look().expect("reads"), said, "call {call}");
        let names = state.disk.files("/state").into_iter();
        let names: Vec<_> =
            names.filter_map(|path| path.file_name().map(ToOwned::to_owned)).collect();
        assert_eq!(names, ["ledger", "lock"]);
    });
}

#[test]
fn a_repair_that_breaks_off_anywhere_can_be_repeated() {
    let mut bytes = State::full().bytes();
    bytes[200] ^= 1;
    fail_everywhere(
        &bytes,
        |state| state.repair(),
        |state, call| {
            if let Err(error) = state.peek() {
                assert_eq!(error.class(), Class::Data, "call {call}");
                assert_eq!(state.repair().expect("repairs").lost, 1);
            }
            assert!(state.peek().is_ok());
        },
    );
}
