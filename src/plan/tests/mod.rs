mod crowd;
mod deletion;
mod limits;
mod news;
mod reset;
mod rules;

use super::*;
use crate::base::{Entry, Hash, Listing, with};

const DAY: u64 = 86_400;
const NOW: u64 = 1_800_000_000;

pub(super) fn uid(name: &str) -> Uid {
    Uid::new(name.as_bytes()).expect("valid")
}

pub(super) fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

/// Messages such as `a=10 b`: unique ids, with their sizes where they are known.
fn messages(text: &str) -> Vec<(&str, Option<u64>)> {
    let message = |word| match str::split_once(word, '=') {
        Some((name, size)) => (name, Some(size.parse().expect("a size"))),
        None => (word, None),
    };
    text.split_whitespace().map(message).collect()
}

fn listing(text: &str) -> Listing {
    listing_of(&messages(text))
}

/// A listing, numbered from 1 on.
pub(super) fn listing_of(messages: &[(&str, Option<u64>)]) -> Listing {
    let entries = (1..).zip(messages).map(|(number, (name, size))| {
        let number = MessageNumber::new(number).expect("not 0");
        Entry::new(number, uid(name), *size)
    });
    Listing::new(entries.collect())
}

/// A message that was stored at this time, with a size that comes first.
fn put(seen: &mut Seen, name: &str, ordinal: u32, size: Option<u64>, hash: Hash, at: u64) {
    let copy = KnownCopy::stored(hash, size, at, ordinal);
    seen.store(&uid(name), ordinal, copy);
}

fn mark(seen: &mut Seen, text: &str, origin: Origin) {
    for change in marks(seen, text, origin) {
        seen.apply(&change);
    }
}

fn marks(seen: &Seen, text: &str, origin: Origin) -> Vec<Change> {
    let messages = messages(text).into_iter();
    let messages: Vec<_> = messages.map(|(name, size)| (uid(name), size)).collect();
    seen.marks(&messages, origin, NOW)
}

fn listed(seen: &mut Seen, sessions: u64, now: u64, messages: u64) {
    seen.apply(&Change::Listed { sessions, now, messages: Some(messages) });
}

/// Each uid stored once, a day ago, with this size.
fn stored(text: &str) -> Seen {
    let mut seen = Seen::default();
    let messages = messages(text);
    for (name, size) in &messages {
        let ordinal = seen.matcher(&uid(name)).next_ordinal();
        let hash = hash(seen.len() as u8 * 7 + ordinal as u8);
        put(&mut seen, name, ordinal, *size, hash, NOW - DAY);
    }
    listed(&mut seen, 1, NOW - DAY, messages.len() as u64);
    seen
}

fn note(seen: &mut Seen, listing: &Listing, now: u64) {
    for change in seen.changes(listing, now) {
        seen.apply(&change);
    }
}

fn policy(disposal: Disposal) -> Policy {
    with(Policy::default(), |it| it.disposal = disposal)
}

fn plan(listing: &Listing, seen: &Seen, policy: &Policy) -> Plan {
    decide(listing, seen, policy, &Moment::at(NOW)).expect("no reset")
}

/// As `number action reason`.
fn lines(plan: &Plan) -> Vec<String> {
    let line = |item: &Item| {
        let then = if item.then_delete { "+delete" } else { "" };
        format!("{} {:?}{then}: {}", item.number, item.action, item.reason)
    };
    plan.items.iter().map(line).collect()
}

/// Returns whether this is done with all messages.
fn is_all(plan: &Plan, action: Action) -> bool {
    plan.items.iter().all(|item| item.action == action)
}

fn codes(plan: &Plan) -> Vec<&'static str> {
    let codes = plan.warnings.iter().map(|warning| warning.code.word());
    codes.collect()
}
