use super::*;
use crate::base::{Entry, Hash, Listing};

const DAY: u64 = 86_400;
const NOW: u64 = 1_800_000_000;

pub(super) fn uid(name: &str) -> Uid {
    Uid::new(name.as_bytes()).expect("valid")
}

pub(super) fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

/// A listing, numbered from 1 on.
pub(super) fn listing(messages: &[(&str, Option<u64>)]) -> Listing {
    let entries = (1..).zip(messages).map(|(number, (name, size))| Entry {
        number: MessageNumber::new(number).expect("not 0"),
        uid: uid(name),
        size: *size,
    });
    Listing::new(entries.collect())
}

/// Each uid stored once, a day ago, with this size.
fn stored(messages: &[(&str, Option<u64>)]) -> Seen {
    let mut seen = Seen::default();
    for (name, size) in messages {
        let ordinal = seen.tally(&uid(name)).next_ordinal();
        let hash = hash(seen.len() as u8 * 7 + ordinal as u8);
        seen.store(&uid(name), ordinal, hash, *size, NOW - DAY, 0);
    }
    seen.apply(&Change::Listed {
        sessions: 1,
        now: NOW - DAY,
    });
    seen
}

fn note(seen: &mut Seen, listing: &Listing, now: u64) {
    for change in seen.changes(listing, now) {
        seen.apply(&change);
    }
}

fn policy(disposal: Disposal) -> Policy {
    Policy {
        disposal,
        ..Policy::default()
    }
}

fn plan(listing: &Listing, seen: &Seen, policy: &Policy) -> Plan {
    decide(listing, seen, policy, NOW).expect("no reset")
}

/// As `number action reason`.
fn lines(plan: &Plan) -> Vec<String> {
    let line = |item: &Item| {
        let then = if item.then_delete { "+delete" } else { "" };
        format!("{} {:?}{then}: {}", item.number, item.action, item.reason)
    };
    plan.items.iter().map(line).collect()
}

fn codes(plan: &Plan) -> Vec<&'static str> {
    plan.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn an_unknown_uid_is_fetched_and_a_known_one_kept() {
    let seen = stored(&[("a", Some(10))]);
    let listing = listing(&[("a", Some(10)), ("b", Some(20))]);
    let plan = plan(&listing, &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: stored", "2 Fetch: new"]);
    assert_eq!(plan.warnings, []);
}

// protocol.md 30, reliability.md 77
#[test]
fn a_uid_listed_twice_is_fetched_twice_then_not_at_all_and_a_third_is_compared() {
    let twice = listing(&[("u", Some(1)), ("u", Some(2))]);
    let first = plan(&twice, &Seen::default(), &Policy::default());
    assert_eq!(lines(&first), ["1 Fetch: new", "2 Fetch: new"]);
    let seen = stored(&[("u", Some(1)), ("u", Some(2))]);
    let second = plan(&twice, &seen, &Policy::default());
    assert_eq!(lines(&second), ["1 Keep: stored", "2 Keep: stored"]);
    let thrice = listing(&[("u", Some(1)), ("u", Some(2)), ("u", Some(3))]);
    let third = plan(&thrice, &seen, &policy(Disposal::Delete));
    let reason = "Compare+delete: more of its id than stored";
    let expected: Vec<String> = (1..=3).map(|n| format!("{n} {reason}")).collect();
    assert_eq!(lines(&third), expected);
}

// reliability.md 81, protocol.md 37
#[test]
fn a_short_listing_once_refetches_nothing() {
    let mut seen = stored(&[("a", Some(10)), ("b", Some(20)), ("c", None)]);
    let whole = listing(&[("a", Some(10)), ("b", Some(20)), ("c", Some(30))]);
    note(&mut seen, &listing(&[]), NOW);
    let before = plan(&whole, &seen, &Policy::default());
    assert!(before.items.iter().all(|item| item.action == Action::Keep));
    note(&mut seen, &whole, NOW);
    let after = plan(&whole, &seen, &Policy::default());
    assert!(after.items.iter().all(|item| item.action == Action::Keep));
}

// reliability.md 78
#[test]
fn a_uid_that_is_back_with_another_size_is_compared_until_that_is_done() {
    let mut seen = stored(&[("a", Some(10))]);
    note(&mut seen, &listing(&[]), NOW);
    let back = listing(&[("a", Some(99))]);
    let first = plan(&back, &seen, &Policy::default());
    assert_eq!(
        lines(&first),
        ["1 Compare: its id is back with another size"]
    );
    note(&mut seen, &back, NOW);
    let again = plan(&back, &seen, &Policy::default());
    assert_eq!(
        lines(&again),
        ["1 Compare: of its id not all were fetched"]
    );
    seen.store(&uid("a"), 1, hash(9), Some(99), NOW, 0);
    let known = plan(&back, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&known), ["1 Delete: stored"]);
}

#[test]
fn a_uid_that_is_back_with_an_unknown_size_is_known() {
    let mut seen = stored(&[("a", Some(10))]);
    note(&mut seen, &listing(&[]), NOW);
    let plan = plan(&listing(&[("a", None)]), &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: stored"]);
}

#[test]
fn a_uid_that_is_back_after_retr_deleted_it_is_compared_though_its_size_is_the_same() {
    let mut seen = stored(&[("a", Some(10))]);
    seen.apply(&Change::Deleted(uid("a")));
    note(&mut seen, &listing(&[]), NOW);
    let back = listing(&[("a", Some(10))]);
    let before = plan(&back, &seen, &policy(Disposal::Delete));
    let why = "its id is back after it was deleted";
    assert_eq!(lines(&before), [format!("1 Compare+delete: {why}")]);
    note(&mut seen, &back, NOW);
    let after = plan(&back, &seen, &policy(Disposal::Delete));
    assert_eq!(after.items[0].action, Action::Compare);
}

// Only one of two messages with one uid was fetched (and perhaps deleted);
// then one of them is left, and it need not be that one.
#[test]
fn when_not_all_of_a_uid_were_fetched_what_is_left_of_it_is_compared() {
    let two = listing(&[("u", Some(5)), ("u", Some(5))]);
    let mut seen = Seen::default();
    note(&mut seen, &two, NOW);
    seen.store(&uid("u"), 0, hash(1), Some(5), NOW, 0);
    seen.apply(&Change::Deleted(uid("u")));
    let one = listing(&[("u", Some(5))]);
    for _ in 0..2 {
        let next = plan(&one, &seen, &policy(Disposal::Delete));
        let why = "of its id not all were fetched";
        assert_eq!(lines(&next), [format!("1 Compare+delete: {why}")]);
        note(&mut seen, &one, NOW);
    }
    seen.apply(&Change::Renewed(uid("u"), 1));
    seen.store(&uid("u"), 1, hash(2), Some(5), NOW, 0);
    let last = plan(&one, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&last), ["1 Delete: stored"]);
}

#[test]
fn a_message_compared_and_found_held_is_known_again() {
    let mut seen = stored(&[("a", Some(10))]);
    seen.apply(&Change::Deleted(uid("a")));
    note(&mut seen, &listing(&[]), NOW);
    let back = listing(&[("a", Some(11))]);
    note(&mut seen, &back, NOW);
    assert_eq!(seen.tally(&uid("a")).take(hash(0)), Some(0));
    seen.apply(&Change::Again {
        uid: uid("a"),
        ordinal: 0,
        size: Some(11),
    });
    let plan = plan(&back, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&plan), ["1 Delete: stored"]);
}

// protocol.md 82, 83: DELE was answered, QUIT was not confirmed.
#[test]
fn an_unconfirmed_deletion_is_repeated_without_a_fetch() {
    let mut seen = stored(&[("a", Some(10))]);
    seen.apply(&Change::Deleted(uid("a")));
    let listing = listing(&[("a", Some(10))]);
    note(&mut seen, &listing, NOW);
    let again = plan(&listing, &seen, &policy(Disposal::Delete));
    let why = "its deletion was not confirmed";
    assert_eq!(lines(&again), [format!("1 Delete: {why}")]);
    let keep = plan(&listing, &seen, &Policy::default());
    assert_eq!(lines(&keep), [format!("1 Keep: {why}")]);
}

// protocol.md 39
#[test]
fn another_size_alone_is_not_new_and_is_left_with_one_warning() {
    let seen = stored(&[("a", Some(100)), ("b", Some(100)), ("c", Some(100))]);
    let listing = listing(&[("a", Some(9000)), ("b", Some(9000)), ("c", Some(100))]);
    let keep = plan(&listing, &seen, &Policy::default());
    assert!(keep.items.iter().all(|item| item.action == Action::Keep));
    assert_eq!(keep.warnings, []);
    let delete = plan(&listing, &seen, &policy(Disposal::Delete));
    let why = "Keep: its size changed since it was stored";
    let expected = [
        format!("1 {why}"),
        format!("2 {why}"),
        "3 Delete: stored".into(),
    ];
    assert_eq!(lines(&delete), expected);
    assert_eq!(codes(&delete), ["size-changed"]);
    assert_eq!(
        delete.warnings[0].text,
        "2 unique ids are left on the server: the listed size is not the one it was stored with \
         (the first: a)"
    );
}

#[test]
fn unknown_sizes_never_differ() {
    let seen = stored(&[("a", None), ("b", Some(5))]);
    let listing = listing(&[("a", Some(7)), ("b", None)]);
    let plan = plan(&listing, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&plan), ["1 Delete: stored", "2 Delete: stored"]);
}

#[test]
fn messages_of_one_uid_are_deleted_only_if_count_and_all_sizes_match() {
    let seen = stored(&[("u", Some(1)), ("u", Some(2))]);
    let delete = policy(Disposal::Delete);
    let same = plan(
        &listing(&[("u", Some(2)), ("x", None), ("u", Some(1))]),
        &seen,
        &delete,
    );
    assert_eq!(
        lines(&same),
        [
            "1 Delete: stored",
            "2 Fetch+delete: new",
            "3 Delete: stored"
        ]
    );
    let sized = plan(&listing(&[("u", Some(2)), ("u", Some(2))]), &seen, &delete);
    assert!(sized.items.iter().all(|item| item.action == Action::Keep));
    assert_eq!(codes(&sized), ["size-changed"]);
    let fewer = plan(&listing(&[("u", Some(2))]), &seen, &delete);
    assert_eq!(lines(&fewer), ["1 Keep: fewer of its id than stored"]);
    assert_eq!(codes(&fewer), ["count-changed"]);
}

#[test]
fn when_one_of_a_uid_vanished_the_rest_is_left_at_first_and_then_compared() {
    let mut seen = stored(&[("u", Some(1)), ("u", Some(1))]);
    let rest = listing(&[("u", Some(1))]);
    assert_eq!(
        codes(&plan(&rest, &seen, &policy(Disposal::Delete))),
        ["count-changed"]
    );
    note(&mut seen, &rest, NOW);
    let next = plan(&rest, &seen, &policy(Disposal::Delete));
    assert_eq!(next.items[0].action, Action::Compare);
    assert!(next.items[0].then_delete);
}

#[test]
fn marked_messages_may_be_deleted_and_imported_ones_never() {
    let mut seen = Seen::default();
    for (names, origin) in [("mn", Origin::Marked), ("i", Origin::Imported)] {
        let messages: Vec<_> = names
            .chars()
            .map(|c| (uid(&c.to_string()), Some(5)))
            .collect();
        for change in seen.marks(&messages, origin, NOW) {
            seen.apply(&change);
        }
    }
    let listing = listing(&[("m", Some(5)), ("n", Some(6)), ("i", Some(5))]);
    let plan = plan(&listing, &seen, &policy(Disposal::Delete));
    let expected = [
        "1 Delete: marked as seen",
        "2 Keep: its size changed since it was stored",
        "3 Keep: taken over from another program, never fetched",
    ];
    assert_eq!(lines(&plan), expected);
}

#[test]
fn a_listing_marks_as_many_messages_of_a_uid_as_it_has() {
    let mut seen = stored(&[("u", Some(1))]);
    let messages = [
        (uid("u"), Some(1)),
        (uid("u"), Some(2)),
        (uid("v"), None),
        (uid("u"), Some(3)),
    ];
    for change in seen.marks(&messages, Origin::Marked, NOW) {
        seen.apply(&change);
    }
    assert_eq!(seen.marks(&messages, Origin::Marked, NOW), []);
    let all = [
        ("u", Some(3)),
        ("u", Some(1)),
        ("u", Some(2)),
        ("v", Some(9)),
    ];
    let plan = plan(&listing(&all), &seen, &policy(Disposal::Delete));
    assert!(plan.items.iter().all(|item| item.action == Action::Delete));
}

#[test]
fn what_is_marked_while_gone_is_known_and_what_is_imported_while_gone_changes_nothing() {
    let mut seen = stored(&[("u", Some(1))]);
    seen.apply(&Change::Deleted(uid("u")));
    note(&mut seen, &listing(&[]), NOW);
    assert_eq!(seen.marks(&[(uid("u"), None)], Origin::Imported, NOW), []);
    for change in seen.marks(&[(uid("u"), Some(2))], Origin::Marked, NOW) {
        seen.apply(&change);
    }
    let plan = plan(&listing(&[("u", Some(2))]), &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: marked as seen"]);
    assert_eq!(seen.tally(&uid("u")).take(hash(0)), Some(0));
}

#[test]
fn a_fetched_message_takes_the_place_of_its_mark() {
    let mut seen = Seen::default();
    for change in seen.marks(&[(uid("i"), None)], Origin::Imported, NOW) {
        seen.apply(&change);
    }
    let ordinal = seen.tally(&uid("i")).next_ordinal();
    seen.store(&uid("i"), ordinal, hash(1), Some(4), NOW, 0);
    let plan = plan(
        &listing(&[("i", Some(4))]),
        &seen,
        &policy(Disposal::Delete),
    );
    assert_eq!(lines(&plan), ["1 Delete: stored"]);
}

#[test]
fn deletion_after_an_age_counts_from_first_sight() {
    let seen = stored(&[("a", Some(1))]);
    let listing = listing(&[("a", Some(1)), ("b", Some(2))]);
    let after = |seconds| policy(Disposal::DeleteAfter(Duration::from_secs(seconds)));
    let old = plan(&listing, &seen, &after(DAY));
    assert_eq!(lines(&old), ["1 Delete: stored", "2 Fetch: new"]);
    let young = plan(&listing, &seen, &after(DAY + 1));
    assert_eq!(lines(&young)[0], "1 Keep: not old enough to be deleted");
    assert_eq!(young.warnings, []);
    let none = plan(&listing, &seen, &after(0));
    assert_eq!(lines(&none), ["1 Delete: stored", "2 Fetch+delete: new"]);
}

#[test]
fn the_youngest_message_of_a_uid_decides_its_age() {
    let mut seen = stored(&[("u", Some(1))]);
    seen.store(&uid("u"), 1, hash(9), Some(2), NOW - 5, 0);
    let plan = plan(
        &listing(&[("u", Some(1)), ("u", Some(2))]),
        &seen,
        &policy(Disposal::DeleteAfter(Duration::from_secs(DAY))),
    );
    assert!(plan.items.iter().all(|item| item.action == Action::Keep));
}

// reliability.md 56
#[test]
fn a_clock_that_went_back_or_a_first_sight_to_come_deletes_nothing_by_age() {
    let listing = listing(&[("a", Some(1))]);
    let hour = policy(Disposal::DeleteAfter(Duration::from_secs(3600)));
    let mut future = Seen::default();
    future.store(&uid("a"), 0, hash(1), Some(1), NOW + 1, 0);
    let mut back = stored(&[("a", Some(1))]);
    note(&mut back, &listing, NOW + 1);
    for seen in [future, back] {
        let plan = plan(&listing, &seen, &hour);
        assert_eq!(lines(&plan), ["1 Keep: not old enough to be deleted"]);
        assert_eq!(codes(&plan), ["clock"]);
    }
}

// reliability.md 56
#[test]
fn a_jump_ahead_does_not_count_in_the_run_that_sees_it() {
    let seen = stored(&[("a", Some(1))]);
    let listing = listing(&[("a", Some(1))]);
    let month = policy(Disposal::DeleteAfter(Duration::from_secs(30 * DAY)));
    let later = NOW + 3650 * DAY;
    let jumped = decide(&listing, &seen, &month, later).expect("no reset");
    assert_eq!(lines(&jumped), ["1 Keep: not old enough to be deleted"]);
    assert_eq!(codes(&jumped), ["clock"]);
    assert_eq!(
        jumped.warnings[0].text,
        "the last session was 3651 days ago: they do not count yet towards the age at which \
         messages are deleted"
    );
}

#[test]
fn who_runs_once_a_quarter_has_mail_deleted_one_run_later() {
    let mut seen = stored(&[("a", Some(1))]);
    let listing = listing(&[("a", Some(1))]);
    let month = policy(Disposal::DeleteAfter(Duration::from_secs(30 * DAY)));
    let actions: Vec<Action> = (1..=2)
        .map(|quarter| {
            let now = NOW + quarter * 91 * DAY;
            let plan = decide(&listing, &seen, &month, now).expect("no reset");
            note(&mut seen, &listing, now);
            plan.items[0].action
        })
        .collect();
    assert_eq!(actions, [Action::Keep, Action::Delete]);
}

// reliability.md 112
#[test]
fn without_a_ledger_age_deletes_nothing() {
    let month = policy(Disposal::DeleteAfter(Duration::from_secs(30 * DAY)));
    let plan = plan(&listing(&[("a", Some(1))]), &Seen::default(), &month);
    assert_eq!(lines(&plan), ["1 Fetch: new"]);
}

fn limited(limits: Limits) -> Policy {
    Policy {
        limits,
        ..Policy::default()
    }
}

#[test]
fn each_limit_names_itself() {
    let listing = listing(&[
        ("a", Some(10)),
        ("b", Some(101)),
        ("c", None),
        ("d", Some(100)),
        ("e", Some(1)),
    ]);
    let size = limited(Limits {
        size: Some(100),
        ..Limits::default()
    });
    let by_size = plan(&listing, &Seen::default(), &size);
    assert_eq!(lines(&by_size)[1], "2 Skip: larger than --max-size");
    assert_eq!(
        by_size
            .items
            .iter()
            .filter(|i| i.action == Action::Fetch)
            .count(),
        4
    );
    let both = limited(Limits {
        messages: Some(2),
        size: Some(100),
        ..Limits::default()
    });
    let expected = [
        "1 Fetch: new",
        "2 Skip: larger than --max-size",
        "3 Fetch: new",
        "4 Skip: --max-messages reached",
        "5 Skip: --max-messages reached",
    ];
    assert_eq!(lines(&plan(&listing, &Seen::default(), &both)), expected);
    let bytes = limited(Limits {
        bytes: Some(111),
        ..Limits::default()
    });
    let expected = [
        "1 Fetch: new",
        "2 Fetch: new",
        "3 Fetch: new",
        "4 Skip: --max-bytes reached",
        "5 Skip: --max-bytes reached",
    ];
    assert_eq!(lines(&plan(&listing, &Seen::default(), &bytes)), expected);
}

#[test]
fn a_message_larger_than_all_of_max_bytes_comes_when_it_is_the_first() {
    let bytes = limited(Limits {
        bytes: Some(50),
        ..Limits::default()
    });
    let listing = listing(&[("a", Some(10)), ("b", Some(500)), ("c", Some(10))]);
    let first = plan(&listing, &Seen::default(), &bytes);
    let reached = "Skip: --max-bytes reached";
    let expected = [
        "1 Fetch: new".into(),
        format!("2 {reached}"),
        format!("3 {reached}"),
    ];
    assert_eq!(lines(&first), expected);
    let second = plan(&listing, &stored(&[("a", Some(10))]), &bytes);
    assert_eq!(
        lines(&second)[1..],
        ["2 Fetch: new".into(), format!("3 {reached}")]
    );
}

#[test]
fn what_is_compared_is_taken_whole_or_not_at_all() {
    let one = limited(Limits {
        messages: Some(1),
        ..Limits::default()
    });
    let messages = [
        ("u", Some(1)),
        ("x", Some(1)),
        ("u", Some(2)),
        ("v", Some(1)),
        ("v", Some(1)),
    ];
    let seen = stored(&[("u", Some(1)), ("v", Some(1))]);
    let actions: Vec<Action> = plan(&listing(&messages), &seen, &one)
        .items
        .iter()
        .map(|item| item.action)
        .collect();
    use Action::{Compare, Skip};
    assert_eq!(actions, [Compare, Skip, Compare, Skip, Skip]);
}

#[test]
fn a_too_large_message_of_a_known_uid_has_the_others_not_fetched_again() {
    let small = limited(Limits {
        size: Some(10),
        ..Limits::default()
    });
    let seen = stored(&[("u", Some(1))]);
    let listing = listing(&[("u", Some(1)), ("u", Some(11))]);
    let plan = plan(&listing, &seen, &small);
    assert_eq!(
        lines(&plan),
        ["1 Keep: stored", "2 Skip: larger than --max-size"]
    );
}

#[test]
fn newest_first_turns_the_order_and_what_the_limits_reach() {
    let policy = Policy {
        newest_first: true,
        limits: Limits {
            messages: Some(1),
            ..Limits::default()
        },
        ..Policy::default()
    };
    let listing = listing(&[("a", None), ("b", None)]);
    let plan = plan(&listing, &Seen::default(), &policy);
    assert_eq!(
        lines(&plan),
        ["2 Fetch: new", "1 Skip: --max-messages reached"]
    );
}

#[test]
fn all_fetches_what_is_known_too_and_deletes_it_only_if_nothing_differs() {
    let seen = stored(&[("a", Some(1)), ("b", Some(1))]);
    let policy = Policy {
        all: true,
        disposal: Disposal::Delete,
        ..Policy::default()
    };
    let plan = plan(&listing(&[("a", Some(1)), ("b", Some(2))]), &seen, &policy);
    let expected = [
        "1 Fetch+delete: known, and wanted again",
        "2 Fetch: known, and wanted again",
    ];
    assert_eq!(lines(&plan), expected);
}

fn many(prefix: &str, count: usize) -> Vec<(String, Option<u64>)> {
    (0..count)
        .map(|i| (format!("{prefix}{i}"), Some(1)))
        .collect()
}

fn named(messages: &[(String, Option<u64>)]) -> Vec<(&str, Option<u64>)> {
    messages.iter().map(|(n, s)| (n.as_str(), *s)).collect()
}

// protocol.md 38, reliability.md 79
#[test]
fn twenty_ids_that_are_all_gone_and_as_many_new_ones_look_like_a_reset() {
    let (old, new) = (many("old", 20), many("new", 20));
    let seen = stored(&named(&old));
    let reset = decide(&listing(&named(&new)), &seen, &Policy::default(), NOW);
    assert_eq!(
        reset,
        Err(UidReset {
            gone: 20,
            listed: 20
        })
    );
    let insist = Policy {
        accept_uid_reset: true,
        ..Policy::default()
    };
    let plan = plan(&listing(&named(&new)), &seen, &insist);
    assert!(plan.items.iter().all(|item| item.action == Action::Fetch));
}

#[test]
fn what_only_resembles_a_reset_is_none() {
    let (old, new) = (many("old", 20), many("new", 20));
    let seen = stored(&named(&old));
    let is_reset = |seen: &Seen, messages: &[(&str, Option<u64>)]| {
        decide(&listing(messages), seen, &Policy::default(), NOW).is_err()
    };
    assert!(!is_reset(&seen, &[]));
    assert!(!is_reset(&seen, &named(&new)[..19]));
    assert!(!is_reset(&stored(&named(&old)[..19]), &named(&new)));
    let mut one_left = named(&new);
    one_left.push(("old7", Some(1)));
    assert!(!is_reset(&seen, &one_left));
    let mut deleted = seen.clone();
    deleted.apply(&Change::Deleted(uid("old3")));
    assert!(!is_reset(&deleted, &named(&new)));
    let mut gone = seen.clone();
    note(&mut gone, &listing(&named(&old)[1..]), NOW);
    assert!(!is_reset(&gone, &named(&new)));
}

#[test]
fn an_id_that_was_deleted_long_ago_does_not_hide_a_reset() {
    let (old, new) = (many("old", 20), many("new", 20));
    let mut seen = stored(&named(&old));
    seen.store(&uid("new0"), 0, hash(1), Some(1), NOW - DAY, 0);
    seen.apply(&Change::Deleted(uid("new0")));
    note(&mut seen, &listing(&named(&old)), NOW);
    let reset = decide(&listing(&named(&new)), &seen, &Policy::default(), NOW);
    assert!(reset.is_err());
}

#[test]
fn sizes_are_needed_only_when_something_may_be_done() {
    let seen = stored(&[("a", Some(1)), ("b", Some(1))]);
    let keep = Policy::default();
    let needs = |listing: &Listing, seen: &Seen, policy: &Policy| {
        needs_sizes(listing, seen, policy, NOW)
    };
    let known = listing(&[("a", None), ("b", None)]);
    assert!(!needs(&known, &seen, &keep));
    assert!(!needs(&listing(&[]), &seen, &keep));
    assert!(needs(&listing(&[("c", None)]), &seen, &keep));
    assert!(needs(&listing(&[("a", None), ("a", None)]), &seen, &keep));
    assert!(needs(&known, &seen, &policy(Disposal::Delete)));
    let after = |days| policy(Disposal::DeleteAfter(Duration::from_secs(days * DAY)));
    assert!(needs(&known, &seen, &after(1)));
    assert!(!needs(&known, &seen, &after(2)));
    let all = Policy { all: true, ..keep };
    assert!(needs(&known, &seen, &all));
    let mut gone = seen.clone();
    note(&mut gone, &listing(&[("a", None)]), NOW);
    assert!(!needs(&listing(&[("a", None)]), &gone, &keep));
    assert!(needs(&known, &gone, &keep));
}

#[test]
fn a_uid_is_forgotten_after_90_days_and_100_listings_without_it() {
    let mut seen = stored(&[("a", Some(1))]);
    note(&mut seen, &listing(&[]), NOW);
    for session in 1..100 {
        note(&mut seen, &listing(&[]), NOW + 90 * DAY);
        assert!(seen.get(&uid("a")).is_some(), "after {session} listings");
    }
    note(&mut seen, &listing(&[]), NOW + 90 * DAY - 1);
    assert!(seen.get(&uid("a")).is_some(), "a second too early");
    note(&mut seen, &listing(&[]), NOW + 90 * DAY);
    assert_eq!(seen.get(&uid("a")), None);
    assert_eq!(seen.len(), 0);
    let again = plan(&listing(&[("a", Some(1))]), &seen, &Policy::default());
    assert_eq!(lines(&again), ["1 Fetch: new"]);
}

#[test]
fn what_came_back_in_between_is_not_forgotten() {
    let mut seen = stored(&[("a", Some(1))]);
    for session in 0..170 {
        let now = NOW + session * DAY;
        let messages = [("a", Some(1))];
        let listed = if session == 85 { &messages[..] } else { &[] };
        note(&mut seen, &listing(listed), now);
    }
    assert!(seen.get(&uid("a")).is_some());
}

#[test]
fn a_hundred_thousand_messages_are_planned_at_once() {
    let messages: Vec<(String, Option<u64>)> = (0..100_000)
        .map(|i| (format!("u{}", i % 90_000), Some(i)))
        .collect();
    let listing = listing(&named(&messages));
    let mut seen = Seen::default();
    for entry in listing.entries().iter().skip(50_000) {
        let ordinal = seen.tally(&entry.uid).next_ordinal();
        seen.store(&entry.uid, ordinal, hash(0), entry.size, NOW, 0);
    }
    let plan = plan(&listing, &seen, &Policy::default());
    let count = |action| plan.items.iter().filter(|i| i.action == action).count();
    assert_eq!(count(Action::Fetch), 40_000);
    assert_eq!(count(Action::Compare), 20_000);
    assert_eq!(count(Action::Keep), 40_000);
}
