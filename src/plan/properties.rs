//! A maildrop, other clients and runs that break off, at random; and what
//! holds whatever they do.

use std::collections::HashMap;

use proptest::prelude::*;

use super::tests::{hash, listing_of, uid};
use super::*;
use crate::base::Listing;

const NAMES: [&str; 3] = ["u", "v", "w"];

#[derive(Clone, Debug)]
enum Op {
    /// Somebody sends a message: its uid and its content.
    Arrive(usize, u8),
    /// Another client deletes a message.
    Remove(usize),
    /// A run that takes up to this many steps; the connection is lost if there
    /// are more, or at QUIT.
    Run { disposal: Disposal, limits: Limits, steps: usize, quits: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let disposal = prop_oneof![
        Just(Disposal::Keep),
        Just(Disposal::Delete),
        Just(Disposal::DeleteAfter(Duration::from_secs(3))),
    ];
    let of = |most| prop::option::of(0..most);
    let limits = (of(4u64), of(5), of(9));
    let limits = limits.prop_map(|(messages, size, bytes)| Limits { messages, size, bytes });
    let limits = prop_oneof![3 => Just(Limits::default()), 1 => limits];
    let steps = prop_oneof![Just(usize::MAX), 0..6usize];
    prop_oneof![
        3 => (0..NAMES.len(), 0..5u8).prop_map(|(name, content)| Op::Arrive(name, content)),
        1 => any::<usize>().prop_map(Op::Remove),
        3 => (disposal, limits, steps, any::<bool>()).prop_map(|(disposal, limits, steps, quits)| {
            Op::Run { disposal, limits, steps, quits }
        }),
    ]
}

/// A server, and what runs made of it. A content's size is its number, so no
/// two contents look the same.
#[derive(Default)]
struct World {
    server: Vec<(usize, u8)>,
    /// A uid of which something vanished is not used for a new message before
    /// the next listing: nobody could tell then.
    blocked: [bool; 3],
    /// For the same reason nothing of a uid vanishes between the arrival of
    /// another message of it and a listing.
    fresh: [bool; 3],
    seen: Seen,
    store: HashMap<(usize, u8), usize>,
    /// Most of a kind that were on the server at once.
    most: HashMap<(usize, u8), usize>,
    now: u64,
}

impl World {
    fn step(&mut self, op: &Op) {
        self.now += 1;
        match op {
            Op::Arrive(name, _) if self.blocked[*name] => {}
            Op::Arrive(name, content) => {
                let kind = (*name, *content);
                self.server.push(kind);
                self.fresh[*name] = true;
                let count = self.server.iter().filter(|k| **k == kind).count();
                let most = self.most.entry(kind).or_default();
                *most = count.max(*most);
            }
            Op::Remove(at) => {
                let at = at % self.server.len().max(1);
                if let Some((name, _)) = self.server.get(at).filter(|(n, _)| !self.fresh[*n]) {
                    self.blocked[*name] = true;
                    self.server.remove(at);
                }
            }
            Op::Run { disposal, limits, steps, quits } => {
                let policy = Policy { disposal: *disposal, limits: *limits, ..Policy::default() };
                self.run(&policy, *steps, *quits);
            }
        }
    }

    fn listing(&self) -> Listing {
        let messages: Vec<_> = self
            .server
            .iter()
            .map(|(name, content)| (NAMES[*name], Some(u64::from(*content))))
            .collect();
        listing_of(&messages)
    }

    fn plan(&self, policy: &Policy) -> Plan {
        decide(&self.listing(), &self.seen, policy, &Moment::at(self.now))
            .expect("too few for a reset")
    }

    fn run(&mut self, policy: &Policy, steps: usize, quits: bool) {
        let listing = self.listing();
        let plan = self.plan(policy);
        let changes = self.seen.changes(&listing, self.now);
        changes.iter().for_each(|change| self.seen.apply(change));
        self.fresh = [false; 3];
        self.blocked = [false; 3];
        for change in Seen::renewals(&plan) {
            self.seen.apply(&change);
        }
        let mut matchers = HashMap::new();
        let mut doomed = Vec::new();
        let whole = plan.items.len() <= steps;
        for item in plan.items.iter().take(steps) {
            let at = item.number.get() as usize - 1;
            let (name, content) = self.server[at];
            match item.action {
                Action::Fetch | Action::Compare => {
                    let matcher =
                        matchers.entry(name).or_insert_with(|| self.seen.matcher(&item.uid));
                    let held = match item.action {
                        Action::Compare => matcher.take(hash(content)),
                        _ => None,
                    };
                    if let Some(ordinal) = held {
                        let (uid, size) = (item.uid.clone(), item.size);
                        self.seen.apply(&Change::Again { uid, ordinal, size });
                    } else {
                        let ordinal = matcher.next_ordinal();
                        matcher.store();
                        self.seen.store(
                            &item.uid,
                            ordinal,
                            KnownCopy::stored(hash(content), item.size, self.now, 0),
                        );
                        *self.store.entry((name, content)).or_default() += 1;
                    }
                    if item.then_delete {
                        doomed.push(at);
                    }
                }
                Action::Delete => doomed.push(at),
                Action::Keep | Action::Skip | Action::Hold => {}
            }
        }
        for at in &doomed {
            let (name, content) = self.server[*at];
            assert!(self.store.contains_key(&(name, content)), "a loss");
            self.seen.apply(&Change::Deleted(uid(NAMES[name])));
        }
        if whole && quits {
            doomed.sort_unstable();
            for at in doomed.into_iter().rev() {
                let (name, _) = self.server.remove(at);
                self.blocked[name] = true;
            }
        }
    }
}

proptest! {
    #[test]
    fn nothing_is_lost_and_nothing_stored_twice(ops in prop::collection::vec(op(), 0..24)) {
        let mut world = World::default();
        for op in &ops {
            world.step(op);
            for (kind, stored) in &world.store {
                prop_assert!(stored <= &world.most[kind], "{kind:?} is stored {stored} times");
            }
        }
        world.run(&Policy::default(), usize::MAX, true);
        for kind in &world.server {
            let there = world.server.iter().filter(|k| *k == kind).count();
            let stored = world.store.get(kind).copied().unwrap_or(0);
            prop_assert!(stored >= there, "{kind:?} is missing");
        }
        // Where one of several messages of a uid vanished, the run that
        // notices is followed by one that compares the rest.
        world.run(&Policy::default(), usize::MAX, true);
        let next = world.plan(&Policy::default());
        prop_assert!(next.items.iter().all(|item| item.action == Action::Keep));
        // Sizes tell whether what was deleted is back.
        let deleted = world.seen.iter().any(|(_, known)| known.is_deleted());
        let asks = needs_sizes(&world.listing(), &world.seen, &Policy::default(), &Moment::at(world.now));
        prop_assert!(!asks || deleted);
    }

    #[test]
    fn only_what_is_stored_and_matches_is_deleted_unfetched(
        held in prop::collection::vec((0..2usize, prop::option::of(0..3u64), 0..4u8), 0..6),
        listed in prop::collection::vec((0..3usize, prop::option::of(0..3u64)), 0..6),
    ) {
        let mut seen = Seen::default();
        let mut copies: HashMap<usize, Vec<(Option<u64>, u8)>> = HashMap::new();
        for (name, size, origin) in held {
            let ordinal = copies.entry(name).or_default().len() as u32;
            copies.entry(name).or_default().push((size, origin));
            let uid = uid(NAMES[name]);
            let mark = |origin| Change::Marked { uid: uid.clone(), ordinal, origin, size, first_seen: 0 };
            match origin {
                0 => seen.apply(&mark(Origin::Imported)),
                1 => seen.apply(&mark(Origin::Marked)),
                _ => seen.store(&uid, ordinal, KnownCopy::stored(hash(ordinal as u8), size, 0, 0)),
            }
        }
        let policy = Policy { disposal: Disposal::Delete, ..Policy::default() };
        let named: Vec<_> = listed.iter().map(|(name, size)| (NAMES[*name], *size)).collect();
        let plan = decide(&listing_of(&named), &seen, &policy, &Moment::at(1)).expect("no reset");
        for (item, (name, _)) in plan.items.iter().zip(&listed) {
            let held = copies.get(name).map_or(&[][..], Vec::as_slice);
            let sizes: Vec<_> = listed.iter().filter(|(n, _)| n == name).map(|l| l.1).collect();
            let may = held.iter().all(|(_, origin)| *origin > 1) && pairs(&sizes, held);
            prop_assert_eq!(item.action == Action::Delete, may, "{:?}", item);
        }
    }
}

/// Returns whether each listed size can be paired with a held one, none left
/// over: tried in every order.
fn pairs(listed: &[Option<u64>], held: &[(Option<u64>, u8)]) -> bool {
    let Some((first, rest)) = listed.split_first() else {
        return held.is_empty();
    };
    (0..held.len()).any(|at| {
        let mut others = held.to_vec();
        let (size, _) = others.remove(at);
        (first.is_none() || size.is_none() || *first == size) && pairs(rest, &others)
    })
}
