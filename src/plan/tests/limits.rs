use super::*;

fn limited(limits: Limits) -> Policy {
    with(Policy::default(), |it| it.limits = limits)
}

#[test]
fn each_limit_names_itself() {
    let listing = listing("a=10 b=101 c d=100 e=1");
    let size = limited(with(Limits::default(), |it| it.size = Some(100)));
    let by_size = plan(&listing, &Seen::default(), &size);
    assert_eq!(lines(&by_size)[1], "2 Skip: larger than --max-size");
    let fetched = by_size.items.iter().filter(|i| i.action == Action::Fetch);
    assert_eq!(fetched.count(), 4);
    let both = limited(Limits { messages: Some(2), size: Some(100), ..Limits::default() });
    let expected = [
        "1 Fetch: new",
        "2 Skip: larger than --max-size",
        "3 Fetch: new",
        "4 Skip: --max-messages reached",
        "5 Skip: --max-messages reached",
    ];
    assert_eq!(lines(&plan(&listing, &Seen::default(), &both)), expected);
    let bytes = limited(with(Limits::default(), |it| it.bytes = Some(111)));
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
    let bytes = limited(with(Limits::default(), |it| it.bytes = Some(50)));
    let listing = listing("a=10 b=500 c=10");
    let first = plan(&listing, &Seen::default(), &bytes);
    let reached = "Skip: --max-bytes reached";
    let rest = [2, 3].map(|number| format!("{number} {reached}"));
    assert_eq!(lines(&first)[1..], rest);
    assert_eq!(lines(&first)[0], "1 Fetch: new");
    let second = plan(&listing, &stored("a=10"), &bytes);
    assert_eq!(lines(&second)[1..], ["2 Fetch: new", &rest[1]]);
}

#[test]
fn what_is_compared_is_taken_whole_or_not_at_all() {
    let one = limited(with(Limits::default(), |it| it.messages = Some(1)));
    let messages = "u=1 x=1 u=2 v=1 v=1";
    let seen = stored("u=1 v=1");
    let plan = plan(&listing(messages), &seen, &one);
    let actions: Vec<Action> = plan.items.iter().map(|item| item.action).collect();
    use Action::{Compare, Skip};
    assert_eq!(actions, [Compare, Skip, Compare, Skip, Skip]);
}

#[test]
fn a_too_large_message_of_a_known_uid_has_the_others_not_fetched_again() {
    let small = limited(with(Limits::default(), |it| it.size = Some(10)));
    let seen = stored("u=1");
    let listing = listing("u=1 u=11");
    let plan = plan(&listing, &seen, &small);
    let expected = ["1 Keep: stored", "2 Skip: larger than --max-size"];
    assert_eq!(lines(&plan), expected);
}

#[test]
fn newest_first_turns_the_order_and_what_the_limits_reach() {
    let policy = Policy {
        newest_first: true,
        limits: with(Limits::default(), |it| it.messages = Some(1)),
        ..Policy::default()
    };
    let listing = listing("a b");
    let plan = plan(&listing, &Seen::default(), &policy);
    let expected = ["2 Fetch: new", "1 Skip: --max-messages reached"];
    assert_eq!(lines(&plan), expected);
}
