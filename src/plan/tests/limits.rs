use super::*;

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
