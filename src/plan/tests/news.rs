use super::*;

#[test]
fn an_unknown_uid_is_fetched_and_a_known_one_kept() {
    let seen = stored("a=10");
    let listing = listing("a=10 b=20");
    let plan = plan(&listing, &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: stored", "2 Fetch: new"]);
    assert_eq!(plan.warnings, []);
}

// Case 30, fault 77
#[test]
fn a_uid_listed_twice_is_fetched_twice_then_not_at_all_and_a_third_is_compared() {
    let twice = listing("u=1 u=2");
    let first = plan(&twice, &Seen::default(), &Policy::default());
    assert_eq!(lines(&first), ["1 Fetch: new", "2 Fetch: new"]);
    let seen = stored("u=1 u=2");
    let second = plan(&twice, &seen, &Policy::default());
    assert_eq!(lines(&second), ["1 Keep: stored", "2 Keep: stored"]);
    let thrice = listing("u=1 u=2 u=3");
    let third = plan(&thrice, &seen, &policy(Disposal::Delete));
    let reason = "Compare+delete: more of its id than stored";
    let expected: Vec<String> = (1..=3).map(|n| format!("{n} {reason}")).collect();
    assert_eq!(lines(&third), expected);
}

// Fault 81, case 37
#[test]
fn a_short_listing_once_refetches_nothing() {
    let mut seen = stored("a=10 b=20 c");
    let whole = listing("a=10 b=20 c=30");
    note(&mut seen, &listing(""), NOW);
    let before = plan(&whole, &seen, &Policy::default());
    assert!(is_all(&before, Action::Keep));
    note(&mut seen, &whole, NOW);
    let after = plan(&whole, &seen, &Policy::default());
    assert!(is_all(&after, Action::Keep));
}

// Fault 78
// Q13.
#[test]
fn a_uid_that_is_back_with_another_size_is_compared_until_that_is_done() {
    let mut seen = stored("a=10");
    note(&mut seen, &listing(""), NOW);
    let back = listing("a=99");
    let first = plan(&back, &seen, &Policy::default());
    let other = "1 Compare: its id is back with another size";
    assert_eq!(lines(&first), [other]);
    note(&mut seen, &back, NOW);
    let again = plan(&back, &seen, &Policy::default());
    assert_eq!(lines(&again), ["1 Compare: of its id not all were fetched"]);
    put(&mut seen, "a", 1, Some(99), hash(9), NOW);
    let known = plan(&back, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&known), ["1 Delete: stored"]);
}

#[test]
fn a_uid_that_is_back_with_an_unknown_size_is_known() {
    let mut seen = stored("a=10");
    note(&mut seen, &listing(""), NOW);
    let plan = plan(&listing("a"), &seen, &Policy::default());
    assert_eq!(lines(&plan), ["1 Keep: stored"]);
}

#[test]
fn a_uid_that_is_back_after_retr_deleted_it_is_compared_though_its_size_is_the_same() {
    let mut seen = stored("a=10");
    seen.apply(&Change::Deleted(uid("a")));
    note(&mut seen, &listing(""), NOW);
    let back = listing("a=10");
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
    let two = listing("u=5 u=5");
    let mut seen = Seen::default();
    note(&mut seen, &two, NOW);
    put(&mut seen, "u", 0, Some(5), hash(1), NOW);
    seen.apply(&Change::Deleted(uid("u")));
    let one = listing("u=5");
    for _ in 0..2 {
        let next = plan(&one, &seen, &policy(Disposal::Delete));
        let why = "of its id not all were fetched";
        assert_eq!(lines(&next), [format!("1 Compare+delete: {why}")]);
        note(&mut seen, &one, NOW);
    }
    seen.apply(&Change::Renewed(uid("u"), 1));
    put(&mut seen, "u", 1, Some(5), hash(2), NOW);
    let last = plan(&one, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&last), ["1 Delete: stored"]);
}

#[test]
fn a_message_compared_and_found_held_is_known_again() {
    let mut seen = stored("a=10");
    seen.apply(&Change::Deleted(uid("a")));
    note(&mut seen, &listing(""), NOW);
    let back = listing("a=11");
    note(&mut seen, &back, NOW);
    assert_eq!(seen.matcher(&uid("a")).take(hash(0)), Some(0));
    seen.apply(&Change::Again { uid: uid("a"), ordinal: 0, size: Some(11) });
    let plan = plan(&back, &seen, &policy(Disposal::Delete));
    assert_eq!(lines(&plan), ["1 Delete: stored"]);
}

/// With `--all`: those of one uid are matched by content, so one that is lost
/// has all of it retrieved.
#[test]
fn all_fetches_what_is_not_in_the_target_and_deletes_the_rest_unfetched() {
    let seen = stored("a=1 b=1 s=1 s=2");
    let policy = Policy { all: true, disposal: Disposal::Delete, ..Policy::default() };
    let all = "a=1 b=1 s=1 s=2";
    let moment = Moment {
        intact: &|known, ordinal| *known == uid("a") || *known == uid("s") && ordinal == 0,
        ..Moment::at(NOW)
    };
    let plan = decide(&listing(all), &seen, &policy, &moment).expect("no reset");
    let missing = |n| format!("{n} Compare+delete: known, and not in the target");
    assert_eq!(lines(&plan)[0], "1 Delete: stored");
    assert_eq!(lines(&plan)[1..], [2, 3, 4].map(missing));
}

#[test]
fn sizes_are_needed_only_when_something_may_be_done() {
    let seen = stored("a=1 b=1");
    let keep = Policy::default();
    let needs = |listing: &Listing, seen: &Seen, policy: &Policy| {
        needs_sizes(listing, seen, policy, &Moment::at(NOW))
    };
    let known = listing("a b");
    assert!(!needs(&known, &seen, &keep));
    assert!(!needs(&listing(""), &seen, &keep));
    assert!(needs(&listing("c"), &seen, &keep));
    assert!(needs(&listing("a a"), &seen, &keep));
    assert!(needs(&known, &seen, &policy(Disposal::Delete)));
    let after = |days| policy(Disposal::DeleteAfter(Duration::from_secs(days * DAY)));
    assert!(needs(&known, &seen, &after(1)));
    assert!(!needs(&known, &seen, &after(2)));
    let all = Policy { all: true, ..keep };
    assert!(needs(&known, &seen, &all));
    let mut gone = seen.clone();
    note(&mut gone, &listing("a"), NOW);
    assert!(!needs(&listing("a"), &gone, &keep));
    assert!(needs(&known, &gone, &keep));
}

#[test]
fn sizes_are_asked_ahead_at_the_first_contact_and_of_small_maildrops() {
    let mut seen = Seen::default();
    assert!(takes_sizes_ahead(&seen));
    for (messages, ahead) in [(1_000, true), (1_001, false)] {
        listed(&mut seen, 1, NOW, messages);
        assert_eq!(takes_sizes_ahead(&seen), ahead);
    }
}

#[test]
fn a_uid_is_forgotten_after_90_days_and_100_listings_without_it() {
    let mut seen = stored("a=1");
    note(&mut seen, &listing(""), NOW);
    for session in 1..100 {
        note(&mut seen, &listing(""), NOW + 90 * DAY);
        assert!(seen.get(&uid("a")).is_some(), "after {session} listings");
    }
    note(&mut seen, &listing(""), NOW + 90 * DAY - 1);
    assert!(seen.get(&uid("a")).is_some(), "a second too early");
    note(&mut seen, &listing(""), NOW + 90 * DAY);
    assert_eq!(seen.get(&uid("a")), None);
    assert_eq!(seen.len(), 0);
    let again = plan(&listing("a=1"), &seen, &Policy::default());
    assert_eq!(lines(&again), ["1 Fetch: new"]);
}

#[test]
fn what_came_back_in_between_is_not_forgotten() {
    let mut seen = stored("a=1");
    for session in 0..170 {
        let now = NOW + session * DAY;
        let listed = if session == 85 { "a=1" } else { "" };
        note(&mut seen, &listing(listed), now);
    }
    assert!(seen.get(&uid("a")).is_some());
}

#[test]
fn a_hundred_thousand_messages_are_planned_at_once() {
    let message = |i| format!("u{}={i} ", i % 90_000);
    let listing = listing(&(0..100_000).map(message).collect::<String>());
    let mut seen = Seen::default();
    for entry in listing.entries().iter().skip(50_000) {
        let ordinal = seen.matcher(&entry.uid).next_ordinal();
        let copy = KnownCopy::stored(hash(0), entry.size(), NOW, 0);
        seen.store(&entry.uid, ordinal, copy);
    }
    let plan = plan(&listing, &seen, &Policy::default());
    let count = |action| plan.items.iter().filter(|i| i.action == action).count();
    assert_eq!(count(Action::Fetch), 40_000);
    assert_eq!(count(Action::Compare), 20_000);
    assert_eq!(count(Action::Keep), 40_000);
}

// At a message that ends early, a server may break off each time.
#[test]
fn what_broke_a_session_off_comes_last() {
    let mut seen = Seen::default();
    seen.apply(&Change::Risky(uid("a")));
    seen.apply(&Change::Risky(uid("b")));
    let all = listing("a=10 b=20 c d");
    for (newest_first, order) in [(false, [3, 4, 1, 2]), (true, [4, 3, 2, 1])] {
        let policy = with(Policy::default(), |it| it.newest_first = newest_first);
        let plan = plan(&all, &seen, &policy);
        let numbers: Vec<u32> = plan.items.iter().map(|item| item.number.get()).collect();
        assert_eq!(numbers, order);
    }
}
