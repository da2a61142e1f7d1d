use super::*;

/// `old0=1 old1=1 …`
fn many(prefix: &str, count: usize) -> String {
    (0..count).map(|i| format!("{prefix}{i}=1 ")).collect()
}

fn decided(messages: &str, seen: &Seen) -> Result<Plan, UidReset> {
    decide(&listing(messages), seen, &Policy::default(), &Moment::at(NOW))
}

// Case 38, fault 79
#[test]
fn twenty_ids_that_are_all_gone_and_as_many_new_ones_look_like_a_reset() {
    let seen = stored(&many("old", 20));
    let (gone, listed) = (20, 20);
    let reset = decided(&many("new", 20), &seen);
    assert_eq!(reset, Err(UidReset { gone, listed }));
    let insist = with(Policy::default(), |it| it.accept_uid_reset = true);
    let plan = plan(&listing(&many("new", 20)), &seen, &insist);
    assert!(is_all(&plan, Action::Fetch));
}

#[test]
fn what_only_resembles_a_reset_is_none() {
    let (old, new) = (many("old", 20), many("new", 20));
    let seen = || stored(&old);
    let more = with(seen(), |seen| listed(seen, 2, NOW, 21));
    let deleted = with(seen(), |seen| seen.apply(&Change::Deleted(uid("old3"))));
    let gone = with(seen(), |seen| note(seen, &listing(&old["old0=1 ".len()..]), NOW));
    for (seen, messages, what) in [
        (seen(), "", "nothing"),
        (seen(), &*many("new", 19), "too few are new"),
        (stored(&many("old", 19)), &new, "too few are gone"),
        (more, &new, "less than the last time"),
        (seen(), &format!("{new}old7=1"), "one is left"),
        (deleted, &new, "one was deleted"),
        (gone, &new, "one was gone before"),
    ] {
        assert!(decided(messages, &seen).is_ok(), "{what}");
    }
}

#[test]
fn an_id_that_was_deleted_long_ago_does_not_hide_a_reset() {
    let old = many("old", 20);
    let mut seen = stored(&old);
    put(&mut seen, "new0", 0, Some(1), hash(1), NOW - DAY);
    seen.apply(&Change::Deleted(uid("new0")));
    note(&mut seen, &listing(&old), NOW);
    assert!(decided(&many("new", 20), &seen).is_err());
}
