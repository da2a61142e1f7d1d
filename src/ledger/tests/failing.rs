//! The memory of runs that failed.

use super::super::{forget_failures, note_failure};
use super::*;

const HOUR: u64 = 3600;

#[test]
fn failures_are_told_after_a_day_and_once_a_day() {
    let state = State::new();
    let dir = state.dir();
    let note = |hour: u64| note_failure(&dir, 1_700_000_000 + hour * HOUR, &*state.disk);
    // No folder is made for it.
    assert_eq!(note(0), None);
    assert!(!dir.exists());
    std::fs::create_dir_all(&dir).expect("folder");
    let since = Some(1_700_000_000 + HOUR);
    for (hour, told) in [
        (1, None),
        (24, None),
        (25, since),
        (26, None),
        (48, None),
        (49, since),
        // The clock went back.
        (0, None),
        (23, None),
        (24, Some(1_700_000_000)),
    ] {
        assert_eq!(note(hour), told, "{hour}");
    }
    forget_failures(&dir, &*state.disk);
    assert!(!dir.join("failing").exists());
    assert_eq!(note(100), None);
}
