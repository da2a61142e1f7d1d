//! What becomes of a unique id that is known.

use super::*;

/// The server's word that a message is deleted outlives the session: whatever
/// is listed under its uid later is compared.
#[test]
fn a_confirmed_deletion_counts_as_gone_at_once() {
    let (state, mut ledger) = begun();
    let one = listing(&[("a", 1)]);
    ledger.note_listing(&one, NOW).expect("notes");
    ledger.record(vec![message("a", 0, 1)]).expect("records");
    ledger.note_deleting(&[uid("a")]).expect("notes");
    let deleted = [uid("a"), uid("zz")];
    ledger.note_deleted(&deleted, NOW + 1).expect("notes");
    drop(ledger);
    let seen = state.peek().expect("reads");
    let gone = Gone { since: NOW + 1, at_session: 1 };
    assert_eq!(seen.get(&uid("a")).and_then(|a| a.gone()), Some(gone));
    assert_eq!(seen.get(&uid("zz")), None);
}

#[test]
fn what_is_compared_counts_as_known_only_when_it_was_retrieved() {
    let state = State::new();
    let two = listing(&[("u", 1), ("u", 2)]);
    let mut ledger = state.open();
    ledger.begin(NOW).expect("begins");
    ledger.record(vec![message("u", 0, 1)]).expect("records");
    let policy = Policy { disposal: Disposal::Delete, ..Policy::default() };
    let plan = decide(&two, ledger.seen(), &policy, &Moment::at(NOW)).expect("no reset");
    ledger.note_listing(&two, NOW).expect("notes");
    ledger.renew(&plan).expect("renews");
    let again = crate::plan::Change::Again { uid: uid("u"), ordinal: 0, size: Some(1) };
    ledger.record_with(vec![], vec![again]).expect("notes");
    drop(ledger);
    let seen = state.peek().expect("reads");
    let u = seen.get(&uid("u")).expect("known");
    assert_eq!((u.current().count(), u.wanted()), (1, 2));
}

#[test]
fn a_forgotten_uid_is_fetched_again_and_its_place_is_not_handed_out() {
    let (state, mut ledger) = begun();
    ledger.looked();
    ledger.record(vec![message("a", 0, 1)]).expect("records");
    ledger.forget(&[uid("a"), uid("zz")]).expect("forgets");
    ledger.close().expect("closes");
    assert_eq!(state.stored(), []);
    assert!(state.peek().expect("reads").is_empty());
    let kinds = state.kinds();
    assert_eq!(kinds.iter().filter(|kind| *kind == "forgotten").count(), 1);
}

#[test]
fn a_uid_is_forgotten_on_disk_after_90_days_and_100_listings() {
    let (state, mut ledger) = begun();
    ledger.looked();
    ledger.record(vec![message("a", 0, 1)]).expect("records");
    ledger.close().expect("closes");
    for session in 0..=100 {
        assert!(state.peek().expect("reads").get(&uid("a")).is_some());
        let mut ledger = state.open();
        let now = NOW + session * DAY;
        ledger.note_listing(&listing(&[]), now).expect("notes");
        ledger.close().expect("closes");
    }
    assert_eq!(state.peek().expect("reads").get(&uid("a")), None);
}

// Case 37: an empty listing costs a line, not the ledger.
#[test]
fn polls_that_find_nothing_are_compacted_away() {
    let state = State::full();
    let seen = state.peek().expect("reads");
    let mut ledger = state.open();
    let now = listing(&[("x", 50), ("u", 3)]);
    for _ in 0..MAX_WASTE + 100 {
        ledger.note_listing(&now, NOW + 2).expect("notes");
    }
    let expected = ledger.seen().clone();
    let places = state.stored();
    ledger.close().expect("closes");
    assert!(state.kinds().len() < 40, "{}", state.kinds().len());
    assert_eq!(state.peek().expect("reads"), expected);
    assert_eq!(state.stored(), places);
    assert_eq!(expected.sessions(), seen.sessions() + MAX_WASTE + 100);
    assert!(!state.open().needs_rescan());
}
