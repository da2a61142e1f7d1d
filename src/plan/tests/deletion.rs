use super::*;

// Cases 82, 83: DELE was answered, QUIT was not confirmed.
// Q37.
#[test]
fn an_unconfirmed_deletion_is_repeated_without_a_fetch() {
    let mut seen = stored("a=10");
    seen.apply(&Change::Deleted(uid("a")));
    let listing = listing("a=10");
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
    let seen = stored("a=100 b=100 c=100");
    let listing = listing("a=9000 b=9000 c=100");
    let keep = plan(&listing, &seen, &Policy::default());
    assert!(is_all(&keep, Action::Keep));
    assert_eq!(keep.warnings, []);
    let delete = plan(&listing, &seen, &policy(Disposal::Delete));
    let why = "Keep: its size changed since it was stored";
    let expected = [format!("1 {why}"), format!("2 {why}")];
    assert_eq!(lines(&delete)[..2], expected);
    assert_eq!(lines(&delete)[2..], ["3 Delete: stored"]);
    assert_eq!(codes(&delete), ["size-changed"]);
    assert_eq!(
        delete.warnings[0].text,
        "2 unique ids are left on the server: the listed size is not the one it was stored with \
         (the first: a)"
    );
}

#[test]
fn unknown_sizes_never_differ() {
    let seen = stored("a b=5");
    let listing = listing("a=7 b");
    let plan = plan(&listing, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&plan), ["1 Delete: stored", "2 Delete: stored"]);
}

#[test]
fn messages_of_one_uid_are_deleted_only_if_count_and_all_sizes_match() {
    let seen = stored("u=1 u=2");
    let delete = policy(Disposal::Delete);
    let same = plan(&listing("u=2 x u=1"), &seen, &delete);
    let new = "2 Fetch+delete: new";
    assert_eq!(lines(&same), ["1 Delete: stored", new, "3 Delete: stored"]);
    let sized = plan(&listing("u=2 u=2"), &seen, &delete);
    assert!(is_all(&sized, Action::Keep));
    assert_eq!(codes(&sized), ["size-changed"]);
    let fewer = plan(&listing("u=2"), &seen, &delete);
    assert_eq!(lines(&fewer), ["1 Keep: fewer of its id than stored"]);
    assert_eq!(codes(&fewer), ["count-changed"]);
}

#[test]
fn when_one_of_a_uid_vanished_the_rest_is_left_at_first_and_then_compared() {
    let mut seen = stored("u=1 u=1");
    let rest = listing("u=1");
    let first = plan(&rest, &seen, &policy(Disposal::Delete));
    assert_eq!(codes(&first), ["count-changed"]);
    note(&mut seen, &rest, NOW);
    let next = plan(&rest, &seen, &policy(Disposal::Delete));
    assert_eq!(next.items[0].action, Action::Compare);
    assert!(next.items[0].then_delete);
}

#[test]
fn what_was_never_stored_is_never_deleted_unless_the_user_says_so() {
    let mut seen = Seen::default();
    mark(&mut seen, "m=5 n=5", Origin::Marked);
    mark(&mut seen, "i=5", Origin::Imported);
    let listing = listing("m=5 n=6 i=5");
    let expected = [
        "1 Keep: marked as seen, never fetched",
        "2 Keep: marked as seen, never fetched",
        "3 Keep: taken over from another program, never fetched",
    ];
    let delete = self::plan(&listing, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&delete), expected);
    let insists = with(policy(Disposal::Delete), |it| it.delete_imported = true);
    let plan = plan(&listing, &seen, &insists);
    let deleted = "3 Delete: taken over from another program, never fetched";
    assert_eq!(lines(&plan)[2], deleted);
    assert_eq!(lines(&plan)[..2], expected[..2]);
}

#[test]
fn a_listing_marks_as_many_messages_of_a_uid_as_it_has() {
    let mut seen = stored("u=1");
    let messages = "u=1 u=2 v u=3";
    mark(&mut seen, messages, Origin::Marked);
    assert_eq!(marks(&seen, messages, Origin::Marked), []);
    let all = "u=3 u=1 u=2 v=9";
    let plan = plan(&listing(all), &seen, &policy(Disposal::Delete));
    assert!(is_all(&plan, Action::Keep));
}

#[test]
fn what_is_marked_while_gone_is_known_and_what_is_imported_while_gone_changes_nothing() {
    let mut seen = stored("u=1");
    seen.apply(&Change::Deleted(uid("u")));
    note(&mut seen, &listing(""), NOW);
    assert_eq!(marks(&seen, "u", Origin::Imported), []);
    mark(&mut seen, "u=2", Origin::Marked);
    let plan = plan(&listing("u=2"), &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: marked as seen, never fetched"]);
    assert_eq!(seen.matcher(&uid("u")).take(hash(0)), Some(0));
}

#[test]
fn a_fetched_message_takes_the_place_of_its_mark() {
    let mut seen = Seen::default();
    mark(&mut seen, "i", Origin::Imported);
    let ordinal = seen.matcher(&uid("i")).next_ordinal();
    put(&mut seen, "i", ordinal, Some(4), hash(1), NOW);
    let plan = plan(&listing("i=4"), &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&plan), ["1 Delete: stored"]);
}

#[test]
fn deletion_after_an_age_counts_from_first_sight() {
    let seen = stored("a=1");
    let listing = listing("a=1 b=2");
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
    let mut seen = stored("u=1");
    put(&mut seen, "u", 1, Some(2), hash(9), NOW - 5);
    let plan =
        plan(&listing("u=1 u=2"), &seen, &policy(Disposal::DeleteAfter(Duration::from_secs(DAY))));
    assert!(is_all(&plan, Action::Keep));
}

// Fault 56
#[test]
fn a_clock_that_went_back_or_a_first_sight_to_come_deletes_nothing_by_age() {
    let listing = listing("a=1");
    let hour = policy(Disposal::DeleteAfter(Duration::from_secs(3600)));
    let mut future = Seen::default();
    put(&mut future, "a", 0, Some(1), hash(1), NOW + 1);
    let mut back = stored("a=1");
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
    let seen = stored("a=1");
    let listing = listing("a=1");
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
    let mut seen = stored("a=1");
    let listing = listing("a=1");
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
    let plan = plan(&listing("a=1"), &Seen::default(), &month);
    assert_eq!(lines(&plan), ["1 Fetch: new"]);
}
