//! One uid for all messages of a maildrop, which a hostile server may give,
//! and some old ones nearly do. Whatever is done for each of so many must not
//! look at all of them: these tests would take minutes.

use super::*;

const MESSAGES: u32 = 50_000;

fn content(number: u32) -> Hash {
    let mut hash = Hash([0; 32]);
    hash.0[..4].copy_from_slice(&number.to_le_bytes());
    hash
}

/// As many messages of one uid.
fn crowd() -> Listing {
    let entry = |number| {
        let number = MessageNumber::new(number).expect("not 0");
        Entry::new(number, uid("u"), Some(1))
    };
    Listing::new((1..=MESSAGES).map(entry).collect())
}

fn stored_crowd() -> Seen {
    let mut seen = Seen::default();
    for number in 0..MESSAGES {
        put(&mut seen, "u", number, Some(1), content(number), NOW);
    }
    seen
}

#[test]
fn a_crowd_of_one_uid_is_stored_and_then_known() {
    let listing = crowd();
    let mut seen = Seen::default();
    note(&mut seen, &listing, NOW);
    let mut matcher = seen.matcher(&uid("u"));
    for number in 0..MESSAGES {
        assert_eq!(matcher.take(content(number)), None);
        assert_eq!(matcher.next_ordinal(), number);
        matcher.store();
        put(&mut seen, "u", number, Some(1), content(number), NOW);
    }
    let known = seen.get(&uid("u")).expect("known");
    let counts = (known.current().count(), known.wanted());
    assert_eq!(counts, (MESSAGES as usize, 0));
    assert!((0..MESSAGES).all(|number| known.copy(number).is_some()));
    let plan = plan(&listing, &seen, &policy(Disposal::Delete));
    assert!(is_all(&plan, Action::Delete));
    assert_eq!(plan.items.len(), MESSAGES as usize);
}

#[test]
fn a_crowd_of_one_uid_is_compared() {
    let listing = crowd();
    let mut seen = stored_crowd();
    seen.apply(&Change::Renewed(uid("u"), MESSAGES));
    let plan = plan(&listing, &seen, &policy(Disposal::Keep));
    assert!(is_all(&plan, Action::Compare));
    let mut matcher = seen.matcher(&uid("u"));
    for number in (0..MESSAGES).rev() {
        let ordinal = matcher.take(content(number)).expect("held");
        assert_eq!(ordinal, number);
        seen.apply(&Change::Again { uid: uid("u"), ordinal, size: Some(1) });
    }
    assert!(seen == stored_crowd());
}

/// With `--all`, what is not in the target takes its own places.
#[test]
fn a_crowd_of_equal_messages_is_stored_again() {
    let mut seen = Seen::default();
    for number in 0..MESSAGES {
        put(&mut seen, "u", number, Some(1), content(0), NOW);
    }
    let mut matcher = seen.matcher(&uid("u"));
    assert!((0..MESSAGES).all(|number| matcher.take(content(0)) == Some(number)));
    assert_eq!(matcher.take(content(0)), None);
    let mut matcher = seen.matcher_of(&uid("u"), &|_| false);
    for number in 0..MESSAGES {
        assert_eq!(matcher.next_ordinal(), number);
        matcher.store();
    }
}

#[test]
fn a_crowd_of_one_uid_is_marked() {
    let mut seen = Seen::default();
    let messages = vec![(uid("u"), Some(1)); MESSAGES as usize];
    for _ in 0..2 {
        for change in seen.marks(&messages, Origin::Marked, NOW) {
            seen.apply(&change);
        }
    }
    let known = seen.get(&uid("u")).expect("known");
    assert_eq!(known.current().count(), MESSAGES as usize);
}
