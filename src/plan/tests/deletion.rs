use super::*;

// Cases 82, 83: DELE was answered, QUIT was not confirmed.
// Q37.
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

// Case 39
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
fn what_was_never_stored_is_never_deleted_unless_the_user_says_so() {
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
    let expected = [
        "1 Keep: marked as seen, never fetched",
        "2 Keep: marked as seen, never fetched",
        "3 Keep: taken over from another program, never fetched",
    ];
    assert_eq!(
        lines(&self::plan(&listing, &seen, &policy(Disposal::Delete))),
        expected
    );
    let insists = Policy {
        delete_imported: true,
        ..policy(Disposal::Delete)
    };
    let plan = plan(&listing, &seen, &insists);
    let deleted = "3 Delete: taken over from another program, never fetched";
    assert_eq!(lines(&plan)[2], deleted);
    assert_eq!(lines(&plan)[..2], expected[..2]);
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
    assert!(plan.items.iter().all(|item| item.action == Action::Keep));
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
    assert_eq!(lines(&plan), ["1 Keep: marked as seen, never fetched"]);
    assert_eq!(seen.matcher(&uid("u")).take(hash(0)), Some(0));
}

#[test]
fn a_fetched_message_takes_the_place_of_its_mark() {
    let mut seen = Seen::default();
    for change in seen.marks(&[(uid("i"), None)], Origin::Imported, NOW) {
        seen.apply(&change);
    }
    let ordinal = seen.matcher(&uid("i")).next_ordinal();
    seen.store(
        &uid("i"),
        ordinal,
        KnownCopy::stored(hash(1), Some(4), NOW, 0),
    );
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
    seen.store(
        &uid("u"),
        1,
        KnownCopy::stored(hash(9), Some(2), NOW - 5, 0),
    );
    let plan = plan(
        &listing(&[("u", Some(1)), ("u", Some(2))]),
        &seen,
        &policy(Disposal::DeleteAfter(Duration::from_secs(DAY))),
    );
    assert!(plan.items.iter().all(|item| item.action == Action::Keep));
}

// Fault 56
#[test]
fn a_clock_that_went_back_or_a_first_sight_to_come_deletes_nothing_by_age() {
    let listing = listing(&[("a", Some(1))]);
    let hour = policy(Disposal::DeleteAfter(Duration::from_secs(3600)));
    let mut future = Seen::default();
    future.store(
        &uid("a"),
        0,
        KnownCopy::stored(hash(1), Some(1), NOW + 1, 0),
    );
    let mut back = stored(&[("a", Some(1))]);
    note(&mut back, &listing, NOW + 1);
    for seen in [future, back] {
        let plan = plan(&listing, &seen, &hour);
        assert_eq!(lines(&plan), ["1 Keep: not old enough to be deleted"]);
        assert_eq!(codes(&plan), ["clock"]);
    }
}

// Fault 56
#[test]
fn a_jump_ahead_does_not_count_in_the_run_that_sees_it() {
    let seen = stored(&[("a", Some(1))]);
    let listing = listing(&[("a", Some(1))]);
    let month = policy(Disposal::DeleteAfter(Duration::from_secs(30 * DAY)));
    let later = NOW + 3650 * DAY;
    let jumped = decide(&listing, &seen, &month, &Moment::at(later)).expect("no reset");
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
            let plan = decide(&listing, &seen, &month, &Moment::at(now)).expect("no reset");
            note(&mut seen, &listing, now);
            plan.items[0].action
        })
        .collect();
    assert_eq!(actions, [Action::Keep, Action::Delete]);
}

// Fault 112
#[test]
fn without_a_ledger_age_deletes_nothing() {
    let month = policy(Disposal::DeleteAfter(Duration::from_secs(30 * DAY)));
    let plan = plan(&listing(&[("a", Some(1))]), &Seen::default(), &month);
    assert_eq!(lines(&plan), ["1 Fetch: new"]);
}
