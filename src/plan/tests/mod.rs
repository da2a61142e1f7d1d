mod crowd;
mod deletion;
mod limits;
mod news;
mod reset;
mod rules;

use super::*;
use crate::base::{Entry, Hash, Listing};

const DAY: u64 = 86_400;
const NOW: u64 = 1_800_000_000;

pub(super) fn uid(name: &str) -> Uid {
    Uid::new(name.as_bytes()).expect("valid")
}

pub(super) fn hash(byte: u8) -> Hash {
    Hash([byte; 32])
}

/// A listing, numbered from 1 on.
pub(super) fn listing(messages: &[(&str, Option<u64>)]) -> Listing {
    let entries = (1..).zip(messages).map(|(number, (name, size))| {
        let number = MessageNumber::new(number).expect("not 0");
        Entry::new(number, uid(name), *size)
    });
    Listing::new(entries.collect())
}

/// Each uid stored once, a day ago, with this size.
fn stored(messages: &[(&str, Option<u64>)]) -> Seen {
    let mut seen = Seen::default();
    for (name, size) in messages {
        let ordinal = seen.matcher(&uid(name)).next_ordinal();
        let hash = hash(seen.len() as u8 * 7 + ordinal as u8);
        seen.store(
            &uid(name),
            ordinal,
            KnownCopy::stored(hash, *size, NOW - DAY, 0),
        );
    }
    seen.apply(&Change::Listed {
        sessions: 1,
        now: NOW - DAY,
        messages: Some(messages.len() as u64),
    });
    seen
}

fn note(seen: &mut Seen, listing: &Listing, now: u64) {
    for change in seen.changes(listing, now) {
        seen.apply(&change);
    }
}

fn policy(disposal: Disposal) -> Policy {
    Policy {
        disposal,
        ..Policy::default()
    }
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

fn codes(plan: &Plan) -> Vec<&'static str> {
    plan.warnings
        .iter()
        .map(|warning| warning.code.word())
        .collect()
}

fn named(messages: &[(String, Option<u64>)]) -> Vec<(&str, Option<u64>)> {
    messages.iter().map(|(n, s)| (n.as_str(), *s)).collect()
}
