use super::*;

fn many(prefix: &str, count: usize) -> Vec<(String, Option<u64>)> {
    (0..count)
        .map(|i| (format!("{prefix}{i}"), Some(1)))
        .collect()
}

// Case 38, fault 79
#[test]
fn twenty_ids_that_are_all_gone_and_as_many_new_ones_look_like_a_reset() {
    let (old, new) = (many("old", 20), many("new", 20));
    let seen = stored(&named(&old));
    let reset = decide(
        &listing(&named(&new)),
        &seen,
        &Policy::default(),
        &Moment::at(NOW),
    );
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
        decide(
            &listing(messages),
            seen,
            &Policy::default(),
            &Moment::at(NOW),
        )
        .is_err()
    };
    assert!(!is_reset(&seen, &[]));
    assert!(!is_reset(&seen, &named(&new)[..19]));
    assert!(!is_reset(&stored(&named(&old)[..19]), &named(&new)));
    let mut listed_more = seen.clone();
    listed_more.apply(&Change::Listed {
        sessions: 2,
        now: NOW,
        messages: Some(21),
    });
    assert!(
        !is_reset(&listed_more, &named(&new)),
        "less than the last time"
    );
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
    seen.store(
        &uid("new0"),
        0,
        KnownCopy::stored(hash(1), Some(1), NOW - DAY, 0),
    );
    seen.apply(&Change::Deleted(uid("new0")));
    note(&mut seen, &listing(&named(&old)), NOW);
    let reset = decide(
        &listing(&named(&new)),
        &seen,
        &Policy::default(),
        &Moment::at(NOW),
    );
    assert!(reset.is_err());
}
