//! What rules leave on the server: it is known as long as they hold, and it
//! counts towards no limit.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

const RULE: RuleId = RuleId([1; 8]);
const OTHER: RuleId = RuleId([2; 8]);

fn leave(seen: &mut Seen, messages: &[(&str, Option<u64>)], rule: RuleId) {
    let messages: Vec<_> = messages.iter().map(|(n, s)| (uid(n), *s)).collect();
    for change in seen.marks(&messages, Origin::Left(rule), NOW) {
        seen.apply(&change);
    }
}

fn plan_by(rules: &[RuleId], listing: &Listing, seen: &Seen, policy: &Policy) -> Plan {
    let moment = Moment {
        holds: &|rule| rules.contains(&rule),
        ..Moment::at(NOW)
    };
    decide(listing, seen, policy, &moment).expect("no reset")
}

#[test]
fn what_a_rule_left_is_known_while_it_holds_and_never_deleted() {
    let all = listing(&[("a", Some(1)), ("b", Some(2))]);
    let mut seen = Seen::default();
    leave(&mut seen, &[("a", Some(1))], RULE);
    let delete = policy(Disposal::Delete);
    let left = "1 Keep: left on the server by --skip or --filter";
    let again = "1 Compare+delete: what left it on the server is no rule any more";
    for (rules, first) in [(&[RULE, OTHER][..], left), (&[OTHER], again), (&[], again)] {
        let plan = plan_by(rules, &all, &seen, &delete);
        assert_eq!(lines(&plan), [first, "2 Fetch+delete: new"], "{rules:?}");
    }
    // For who only looks, every rule holds.
    assert_eq!(lines(&plan(&all, &seen, &delete))[0], left);
    let everything = Policy {
        all: true,
        ..delete
    };
    let only_left = listing(&[("a", Some(1))]);
    let plan = plan_by(&[RULE], &only_left, &seen, &everything);
    assert_eq!(lines(&plan), [left]);
}

#[test]
fn what_comes_back_otherwise_is_looked_at_again() {
    let mut seen = Seen::default();
    leave(&mut seen, &[("a", Some(1))], RULE);
    note(&mut seen, &listing(&[]), NOW);
    for (size, action) in [(1, Action::Keep), (2, Action::Compare)] {
        let plan = plan(&listing(&[("a", Some(size))]), &seen, &Policy::default());
        assert_eq!(plan.items[0].action, action);
    }
    // One more of its id.
    let two = listing(&[("a", Some(1)), ("a", Some(1))]);
    let plan = plan(&two, &seen, &Policy::default());
    assert!(plan.items.iter().all(|item| item.action == Action::Compare));
}

#[test]
fn another_rule_and_the_user_have_the_last_word() {
    let all = listing(&[("a", None), ("a", None)]);
    let both = [("a", None), ("a", None)];
    let mut seen = Seen::default();
    note(&mut seen, &all, NOW);
    leave(&mut seen, &both, RULE);
    leave(&mut seen, &both, OTHER);
    let by = |seen: &Seen| -> Vec<_> {
        let known = seen.get(&uid("a")).expect("known");
        known
            .copies()
            .map(|(at, copy)| (at, copy.left_by()))
            .collect()
    };
    assert_eq!(by(&seen), [(0, Some(OTHER)), (1, Some(OTHER))]);
    let messages = both.map(|(name, size)| (uid(name), size));
    for change in seen.marks(&messages, Origin::Marked, NOW) {
        seen.apply(&change);
    }
    assert_eq!(by(&seen), [(0, None), (1, None)]);
    assert_eq!(
        plan_by(&[], &all, &seen, &Policy::default()).items[0].reason,
        "marked as seen, never fetched"
    );
}

#[test]
fn of_what_is_stored_under_a_shared_id_only_the_rest_is_left() {
    let mut seen = stored(&[("a", Some(1))]);
    let all = listing(&[("a", Some(1)), ("a", Some(2))]);
    note(&mut seen, &all, NOW);
    leave(&mut seen, &[("a", Some(1)), ("a", Some(2))], RULE);
    let known = seen.get(&uid("a")).expect("known");
    // Nobody knows which of the two is the one that is stored.
    assert!(known.copy(0).is_some_and(|copy| copy.hash().is_some()));
    assert!(
        lines(&plan_by(&[RULE], &all, &seen, &Policy::default()))
            .iter()
            .all(|line| line.contains("Keep"))
    );
    assert!(
        lines(&plan_by(&[], &all, &seen, &Policy::default()))
            .iter()
            .all(|line| line.contains("Compare"))
    );
}

/// A sieve that leaves messages by their numbers.
#[derive(Default)]
struct ByNumber {
    leaves: HashSet<u32>,
    asked: Vec<u32>,
    told: Vec<u32>,
    largest: usize,
}

impl Sieve for ByNumber {
    type Error = Infallible;

    fn look(&mut self, items: &[&Item]) -> Result<Vec<Option<Left>>, Infallible> {
        self.largest = self.largest.max(items.len());
        self.asked
            .extend(items.iter().map(|item| item.number.get()));
        let left = |item: &&Item| {
            let left = Left {
                rule: RULE,
                reason: String::new(),
            };
            self.leaves.contains(&item.number.get()).then_some(left)
        };
        Ok(items.iter().map(left).collect())
    }

    fn leave(&mut self, left: &[(&Item, Left)]) -> Result<(), Infallible> {
        self.told
            .extend(left.iter().map(|(item, _)| item.number.get()));
        Ok(())
    }
}

fn sifted(
    messages: &[(&str, Option<u64>)],
    limits: Limits,
    most: usize,
    leaves: &[u32],
) -> (Plan, ByNumber) {
    let policy = Policy {
        limits: Limits {
            messages: None,
            bytes: None,
            ..limits
        },
        ..Policy::default()
    };
    let mut plan = plan(&listing(messages), &Seen::default(), &policy);
    let mut sieve = ByNumber {
        leaves: leaves.iter().copied().collect(),
        ..ByNumber::default()
    };
    let Ok(()) = plan.sift(&limits, most, &mut sieve);
    (plan, sieve)
}

#[test]
fn what_is_left_makes_room_for_others_and_no_more_are_asked_about() {
    let ten: Vec<_> = (0..10).map(|at| (format!("u{at}"), Some(10))).collect();
    let limits = Limits {
        messages: Some(2),
        ..Limits::default()
    };
    let (plan, sieve) = sifted(&named(&ten), limits, 100, &[1, 2, 3, 5]);
    assert_eq!(sieve.asked, [1, 2, 3, 4, 5, 6]);
    assert_eq!(sieve.told, [1, 2, 3, 5]);
    let lines = lines(&plan);
    assert_eq!(lines.len(), 6);
    assert_eq!(
        lines[..3],
        [
            "4 Fetch: new",
            "6 Fetch: new",
            "7 Skip: --max-messages reached"
        ]
    );
}

#[test]
fn octets_that_are_unknown_let_nothing_through_unasked() {
    let messages = [("a", Some(10)), ("b", Some(5)), ("c", None), ("d", None)];
    let limits = Limits {
        bytes: Some(12),
        ..Limits::default()
    };
    let (plan, sieve) = sifted(&messages, limits, 100, &[]);
    assert_eq!(sieve.asked, [1]);
    assert_eq!(
        lines(&plan),
        [
            "1 Fetch: new",
            "2 Skip: --max-bytes reached",
            "3 Skip: --max-bytes reached",
            "4 Skip: --max-bytes reached",
        ]
    );
}

#[test]
fn messages_that_share_an_id_are_left_together_or_not_at_all() {
    let messages = [("s", None), ("a", None), ("s", None), ("b", None)];
    for (leaves, told) in [(&[1, 3][..], &[1, 3][..]), (&[1, 4], &[4]), (&[3], &[])] {
        let (plan, sieve) = sifted(&messages, Limits::default(), 1, leaves);
        assert_eq!(sieve.asked, [1, 3, 2, 4]);
        assert_eq!(sieve.told, told);
        assert_eq!(plan.items.len() + told.len(), 4);
    }
}

proptest! {
    #[test]
    fn only_what_was_looked_at_is_retrieved_within_the_limits(
        messages in prop::collection::vec((0..6usize, prop::option::of(0..5u64)), 0..20),
        leaves in prop::collection::hash_set(1..20u32, 0..20),
        most_messages in prop::option::of(0..8u64),
        bytes in prop::option::of(0..20u64),
        size in prop::option::of(0..5u64),
        most in 1..5usize,
    ) {
        const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
        let messages: Vec<_> = messages.iter().map(|(name, size)| (NAMES[*name], *size)).collect();
        let limits = Limits { messages: most_messages, size, bytes };
        let leaves: Vec<u32> = leaves.into_iter().collect();
        let (plan, sieve) = sifted(&messages, limits, most, &leaves);
        let asked: HashSet<u32> = sieve.asked.iter().copied().collect();
        prop_assert_eq!(asked.len(), sieve.asked.len(), "nothing is asked twice");
        let told: HashSet<u32> = sieve.told.iter().copied().collect();
        prop_assert_eq!(plan.items.len() + told.len(), messages.len(), "nothing is lost");
        let mut fates: HashMap<&Uid, Vec<bool>> = HashMap::new();
        for item in &plan.items {
            let number = item.number.get();
            prop_assert!(!told.contains(&number));
            if item.action.retrieves() {
                prop_assert!(asked.contains(&number));
            } else {
                prop_assert_eq!(item.action, Action::Skip);
            }
            if asked.contains(&number) {
                fates.entry(&item.uid).or_default().push(leaves.contains(&number));
            }
        }
        for (uid, would_leave) in fates {
            prop_assert!(!would_leave.iter().all(|leaves| *leaves), "{} was to be left", uid);
        }
        let retrieved: Vec<&Item> = plan.items.iter().filter(|i| i.action.retrieves()).collect();
        if let Some(most) = most_messages {
            prop_assert!(retrieved.len() as u64 <= most);
        }
        if let (Some(bytes), [_, rest @ ..]) = (bytes, &*retrieved) && !rest.is_empty() {
            let octets: u64 = retrieved.iter().filter_map(|item| item.size).sum();
            prop_assert!(octets <= bytes);
        }
        // Without a sieve that leaves anything, it is as if there were none.
        let (nothing_left, _) = sifted(&messages, limits, most, &[]);
        let policy = Policy { limits, ..Policy::default() };
        let plain = decide(&listing(&messages), &Seen::default(), &policy, &Moment::at(NOW)).expect("no reset");
        let is_shared = |uid: &Uid| messages.iter().filter(|(name, _)| name.as_bytes() == uid.as_bytes()).count() > 1;
        if !plain.items.iter().any(|item| is_shared(&item.uid)) {
            prop_assert_eq!(nothing_left, plain);
        }
    }
}
