//! What rules leave on the server: it is known as long as they hold, and it
//! counts towards no limit.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;

use proptest::prelude::*;

use super::*;

const RULE: RuleId = RuleId([1; 8]);
const OTHER: RuleId = RuleId([2; 8]);

fn leave(seen: &mut Seen, messages: &str, rule: RuleId) {
    mark(seen, messages, Origin::Left(rule));
}

fn plan_by(rules: &[RuleId], listing: &Listing, seen: &Seen, policy: &Policy) -> Plan {
    let moment = Moment { holds: &|rule| rules.contains(&rule), ..Moment::at(NOW) };
    decide(listing, seen, policy, &moment).expect("no reset")
}

#[test]
fn what_a_rule_left_is_known_while_it_holds_and_never_deleted() {
    let all = listing("a=1 b=2");
    let mut seen = Seen::default();
    leave(&mut seen, "a=1", RULE);
    let delete = policy(Disposal::Delete);
    let left = "1 Keep: left on the server by --skip or --filter";
    let again = "1 Compare+delete: what left it on the server is no rule any more";
    for (rules, first) in [(&[RULE, OTHER][..], left), (&[OTHER], again), (&[], again)] {
        let plan = plan_by(rules, &all, &seen, &delete);
        assert_eq!(lines(&plan), [first, "2 Fetch+delete: new"], "{rules:?}");
    }
    // For who only looks, every rule holds.
    assert_eq!(lines(&plan(&all, &seen, &delete))[0], left);
    let everything = with(delete, |it| it.all = true);
    let only_left = listing("a=1");
    let plan = plan_by(&[RULE], &only_left, &seen, &everything);
    assert_eq!(lines(&plan), [left]);
}

#[test]
fn what_comes_back_otherwise_is_looked_at_again() {
    let mut seen = Seen::default();
    leave(&mut seen, "a=1", RULE);
    note(&mut seen, &listing(""), NOW);
    for (size, action) in [("a=1", Action::Keep), ("a=2", Action::Compare)] {
        let plan = plan(&listing(size), &seen, &Policy::default());
        assert_eq!(plan.items[0].action, action);
    }
    // One more of its id.
    let two = listing("a=1 a=1");
    let plan = plan(&two, &seen, &Policy::default());
    assert!(is_all(&plan, Action::Compare));
}

#[test]
fn another_rule_and_the_user_have_the_last_word() {
    let all = listing("a a");
    let both = "a a";
    let mut seen = Seen::default();
    note(&mut seen, &all, NOW);
    leave(&mut seen, both, RULE);
    leave(&mut seen, both, OTHER);
    let by = |seen: &Seen| -> Vec<_> {
        let copies = seen.get(&uid("a")).expect("known").copies();
        copies.map(|(at, copy)| (at, copy.left_by())).collect()
    };
    assert_eq!(by(&seen), [(0, Some(OTHER)), (1, Some(OTHER))]);
    mark(&mut seen, both, Origin::Marked);
    assert_eq!(by(&seen), [(0, None), (1, None)]);
    let plan = plan_by(&[], &all, &seen, &Policy::default());
    assert_eq!(plan.items[0].reason, "marked as seen, never fetched");
}

#[test]
fn of_what_is_stored_under_a_shared_id_only_the_rest_is_left() {
    let mut seen = stored("a=1");
    let all = listing("a=1 a=2");
    note(&mut seen, &all, NOW);
    leave(&mut seen, "a=1 a=2", RULE);
    let known = seen.get(&uid("a")).expect("known");
    // Nobody knows which of the two is the one that is stored.
    assert!(known.copy(0).is_some_and(|copy| copy.hash().is_some()));
    for (rules, action) in [(&[RULE][..], Action::Keep), (&[], Action::Compare)] {
        let plan = plan_by(rules, &all, &seen, &Policy::default());
        assert!(is_all(&plan, action));
    }
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
        let numbers = items.iter().map(|item| item.number.get());
        self.asked.extend(numbers);
        let left = |item: &&Item| {
            let left = Left { rule: RULE, reason: String::new() };
            self.leaves.contains(&item.number.get()).then_some(left)
        };
        Ok(items.iter().map(left).collect())
    }

    fn leave(&mut self, left: &[(&Item, Left)]) -> Result<(), Infallible> {
        let numbers = left.iter().map(|(item, _)| item.number.get());
        self.told.extend(numbers);
        Ok(())
    }
}

fn sifted(messages: &str, limits: Limits, most: usize, leaves: &[u32]) -> (Plan, ByNumber) {
    let policy = Policy {
        limits: with(limits, |it| (it.messages, it.bytes) = (None, None)),
        ..Policy::default()
    };
    let mut plan = plan(&listing(messages), &Seen::default(), &policy);
    let mut sieve = ByNumber { leaves: leaves.iter().copied().collect(), ..ByNumber::default() };
    let Ok(()) = plan.sift(&limits, most, &mut sieve);
    (plan, sieve)
}

#[test]
fn what_is_left_makes_room_for_others_and_no_more_are_asked_about() {
    let ten: String = (0..10).map(|at| format!("u{at}=10 ")).collect();
    let limits = with(Limits::default(), |it| it.messages = Some(2));
    let (plan, sieve) = sifted(&ten, limits, 100, &[1, 2, 3, 5]);
    assert_eq!(sieve.asked, [1, 2, 3, 4, 5, 6]);
    assert_eq!(sieve.told, [1, 2, 3, 5]);
    let lines = lines(&plan);
    assert_eq!(lines.len(), 6);
    let reached = "7 Skip: --max-messages reached";
    assert_eq!(lines[..3], ["4 Fetch: new", "6 Fetch: new", reached]);
}

#[test]
fn octets_that_are_unknown_let_nothing_through_unasked() {
    let messages = "a=10 b=5 c d";
    let limits = with(Limits::default(), |it| it.bytes = Some(12));
    let (plan, sieve) = sifted(messages, limits, 100, &[]);
    assert_eq!(sieve.asked, [1]);
    let reached = |n| format!("{n} Skip: --max-bytes reached");
    assert_eq!(lines(&plan)[0], "1 Fetch: new");
    assert_eq!(lines(&plan)[1..], [2, 3, 4].map(reached));
}

#[test]
fn messages_that_share_an_id_are_left_together_or_not_at_all() {
    let messages = "s a s b";
    for (leaves, told) in [(&[1, 3][..], &[1, 3][..]), (&[1, 4], &[4]), (&[3], &[])] {
        let (plan, sieve) = sifted(messages, Limits::default(), 1, leaves);
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
        let word = |(name, size): &(usize, Option<u64>)| match size {
            Some(size) => format!("{}={size} ", NAMES[*name]),
            None => format!("{} ", NAMES[*name]),
        };
        let text: String = messages.iter().map(word).collect();
        let limits = Limits { messages: most_messages, size, bytes };
        let leaves: Vec<u32> = leaves.into_iter().collect();
        let (plan, sieve) = sifted(&text, limits, most, &leaves);
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
        let (nothing_left, _) = sifted(&text, limits, most, &[]);
        let policy = Policy { limits, ..Policy::default() };
        let plain = decide(&listing(&text), &Seen::default(), &policy, &Moment::at(NOW)).expect("no reset");
        let is_shared = |uid: &Uid| messages.iter().filter(|(name, _)| NAMES[*name].as_bytes() == uid.as_bytes()).count() > 1;
        if !plain.items.iter().any(|item| is_shared(&item.uid)) {
            prop_assert_eq!(nothing_left, plain);
        }
    }
}
