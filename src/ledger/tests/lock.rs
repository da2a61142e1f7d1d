use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_state_folder_that_others_can_write_to_is_refused() {
    let state = State::full();
    fs::set_permissions(state.dir(), fs::Permissions::from_mode(0o770)).expect("changes");
    let error = state.lock().expect_err("refused");
    assert_eq!(error.class(), Class::Config);
    let dir = state.dir();
    let rule = "is not safe to use: others can write to it (chmod go-w)";
    assert_eq!(error.to_string(), format!("{} {rule}", dir.display()));
}

#[test]
fn a_state_folder_that_cannot_be_created_is_told_so() {
    let state = State::new();
    fs::write(state.root.path().join("state"), b"").expect("writes");
    let error = state.lock().expect_err("refused");
    assert_eq!(error.class(), Class::CantCreate);
}

// Faults 46, 47
#[test]
fn the_second_holder_is_told_of_the_first_and_a_dead_one_is_in_nobody_s_way() {
    let state = State::new();
    state.make_dir();
    let first = state.lock().expect("locks");
    let error = state.lock().expect_err("is held");
    assert_eq!(error.class(), Class::Temporary);
    let pid = std::process::id();
    assert!(matches!(error, Error::Locked { pid: Some(p), since: Some(_), .. } if p == pid));
    let path = state.dir().join("lock").display().to_string();
    let text = error.to_string();
    let start = format!("another run (process {pid}, since 2");
    assert!(text.starts_with(&start), "{text}");
    assert!(text.ends_with(&format!(") has the lock {path}")), "{text}");
    drop(first);
    fs::write(state.dir().join("lock"), "999999 1\n").expect("writes");
    state.lock().expect("a stale text is no lock");
}

#[test]
fn a_lock_is_waited_for() {
    let state = State::new();
    let first = state.lock().expect("locks");
    std::thread::scope(|scope| {
        let second = scope.spawn(|| state.lock_within(Duration::from_secs(60)).map(drop));
        drop(first);
        second.join().expect("ends").expect("locks");
    });
}

#[test]
fn a_cancelled_wait_ends() {
    let state = State::new();
    let _first = state.lock().expect("locks");
    let cancel = Cancel::new();
    let flag = cancel.flag();
    flag.store(15, std::sync::atomic::Ordering::Relaxed);
    let root = state.root.path().join("state");
    let wait = Duration::from_secs(3600);
    let error = Lock::take(&root, &state.account, wait, &cancel, &state.disk).expect_err("stopped");
    assert!(matches!(error, Error::Stopped(cancelled) if cancelled.signal == 15));
}

// Fault 48
#[test]
fn of_fifty_at_once_one_gets_the_lock() {
    let state = State::new();
    let barrier = std::sync::Barrier::new(50);
    let held = std::thread::scope(|scope| {
        let start = || {
            barrier.wait();
            let lock = state.lock();
            barrier.wait();
            lock.is_ok()
        };
        let threads: Vec<_> = (0..50).map(|_| scope.spawn(start)).collect();
        let results = threads.into_iter().map(|thread| thread.join().expect("ends"));
        results.filter(|held| *held).count()
    });
    assert_eq!(held, 1);
}

#[test]
fn a_folder_that_was_made_for_nothing_goes_with_its_lock() {
    let state = State::new();
    drop(state.lock().expect("locks"));
    assert!(!state.dir().exists(), "locked only");
    let root = state.root.path().join("state");
    assert!(!root.exists(), "and the one above, which it made too");
    fs::create_dir(&root).expect("folder");
    drop(state.lock().expect("locks"));
    assert!(root.exists(), "but none that was there");
    drop(state.open());
    assert!(!state.dir().exists(), "with a ledger that says nothing");
    state.open().close().expect("closes");
    assert!(!state.dir().exists(), "and that was closed");
    let lock = state.lock().expect("locks");
    fs::write(state.dir().join("hints"), "").expect("writes");
    drop(lock);
    assert!(state.dir().join("hints").exists(), "others may keep theirs");
}

#[test]
fn a_folder_stays_that_was_there_or_in_which_something_was_learned() {
    let state = State::new();
    state.make_dir();
    drop(state.lock().expect("locks"));
    assert!(state.dir().join("lock").exists());
    let (state, ledger) = begun();
    drop(ledger);
    let bytes = state.bytes();
    // Nor is one removed that another run has left since the folder was made.
    let lock = state.lock().expect("locks");
    drop(lock);
    assert_eq!(state.bytes(), bytes);
    let state = State::new();
    let lock = state.lock().expect("locks");
    fs::write(state.path(), "no ledger").expect("writes");
    Ledger::open(lock, Arc::clone(&state.disk)).expect_err("it is damaged");
    assert_eq!(state.bytes(), b"no ledger");
}

/// Each makes the folder, or finds it and waits, and takes it away again.
#[test]
fn a_folder_that_comes_and_goes_has_one_holder_at_a_time() {
    use std::sync::atomic::{AtomicU32, Ordering};
    let state = State::new();
    let held = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let lock = state.lock_within(Duration::from_secs(60)).expect("locks");
                    assert_eq!(held.fetch_add(1, Ordering::SeqCst), 0);
                    assert!(lock.dir().join("lock").exists());
                    assert_eq!(held.fetch_sub(1, Ordering::SeqCst), 1);
                }
            });
        }
    });
}

/// Whenever the power goes while a folder is made and taken away again, the
/// next run makes do with what is left.
#[test]
fn a_folder_half_made_or_half_taken_away_is_in_nobody_s_way() {
    let account = AccountId::new("alice", "h");
    let open = |disk: &CrashDisk| Memory::new(&account, disk).try_open();
    let start = || CrashDisk::new(&[]);
    cut_power_everywhere(
        start,
        |disk| drop(open(disk)),
        |disk, _| {
            let mut ledger = open(disk).expect("opens");
            assert!(ledger.needs_rescan() && ledger.seen().is_empty());
            ledger.begin(NOW).expect("begins");
        },
    );
}
