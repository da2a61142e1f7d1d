use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn a_state_folder_that_others_can_write_to_is_refused() {
    let state = State::new();
    full(&state);
    fs::set_permissions(state.dir(), fs::Permissions::from_mode(0o770)).expect("changes");
    let error = state.lock().expect_err("refused");
    assert_eq!(error.class(), Class::Config);
    let dir = state.dir().display().to_string();
    let rule = "others can write to it (chmod go-w)";
    assert_eq!(
        error.to_string(),
        format!("{dir} is not safe to use: {rule}")
    );
}

#[test]
fn a_state_folder_that_cannot_be_created_is_told_so() {
    let state = State::new();
    fs::write(state.root.path().join("state"), b"").expect("writes");
    let error = state.lock().expect_err("refused");
    assert_eq!(error.class(), Class::CantCreate);
}

// reliability.md 46, 47
#[test]
fn the_second_holder_is_told_of_the_first_and_a_dead_one_is_in_nobody_s_way() {
    let state = State::new();
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
    cancel
        .flag()
        .store(15, std::sync::atomic::Ordering::Relaxed);
    let root = state.root.path().join("state");
    let wait = Duration::from_secs(3600);
    let error = Lock::take(&root, &state.account, wait, &cancel, &state.shared_disk())
        .expect_err("stopped");
    assert!(matches!(error, Error::Stopped(cancelled) if cancelled.signal == 15));
}

// reliability.md 48
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
        let results = threads
            .into_iter()
            .map(|thread| thread.join().expect("ends"));
        results.filter(|held| *held).count()
    });
    assert_eq!(held, 1);
}
