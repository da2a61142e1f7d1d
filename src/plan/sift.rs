//! Which of the new messages come within the limits of a run, where some of
//! them are left on the server for what their headers say. A header costs a
//! question, so only what would be retrieved is asked about.

use std::collections::{HashMap, HashSet, VecDeque};

use super::known_copy::RuleId;
use super::{Action, Item, Limits, Plan};
use crate::base::Uid;

/// Why a message is left on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The rule.
    pub rule: RuleId,
    /// In a few words.
    pub reason: String,
}

/// What looks at headers.
pub trait Sieve {
    /// How that can fail.
    type Error;

    /// Looks at the headers of these messages. What is left on the server has
    /// its reason.
    fn look(&mut self, items: &[&Item]) -> Result<Vec<Option<Left>>, Self::Error>;

    /// Takes note of what is left on the server for good.
    fn leave(&mut self, left: &[(&Item, Left)]) -> Result<(), Self::Error>;
}

impl Plan {
    /// Applies the limits to a plan that was made without them, but for that
    /// of a message's size, and has the sieve look at what would be retrieved
    /// within them, at least `most` messages at a time if there are that many.
    /// What the sieve leaves is taken out of the plan.
    ///
    /// Messages of one uid are told apart by their content alone, so they stay
    /// together, and are left together or not at all.
    pub fn sift<S: Sieve>(
        &mut self,
        limits: &Limits,
        most: usize,
        sieve: &mut S,
    ) -> Result<(), S::Error> {
        let mut queue = VecDeque::from(gather(std::mem::take(&mut self.items)));
        let mut allowance = Allowance::new(limits);
        loop {
            let window = allowance.window(&mut queue, most);
            if window.is_empty() {
                break;
            }
            let asked: Vec<&Item> = window.iter().filter(|item| allowance.asks(item)).collect();
            let mut numbers = Vec::new();
            if !asked.is_empty() {
                let left = agree(&asked, sieve.look(&asked)?);
                sieve.leave(&left)?;
                numbers = left.iter().map(|(item, _)| item.number).collect();
            }
            // In the order of the window.
            let mut left = numbers.into_iter().peekable();
            for mut item in window {
                if left.next_if_eq(&item.number).is_none() {
                    allowance.apply(&mut item);
                    self.items.push(item);
                }
            }
        }
        for mut item in queue {
            allowance.apply(&mut item);
            self.items.push(item);
        }
        Ok(())
    }
}

/// Puts the messages to retrieve that share a uid behind the first of them.
fn gather(items: Vec<Item>) -> Vec<Item> {
    let retrieved = items.iter().filter(|item| item.action.retrieves());
    let mut uids: Vec<&Uid> = retrieved.map(|item| &item.uid).collect();
    uids.sort_unstable();
    let shared = uids.windows(2).filter(|two| two[0] == two[1]);
    let shared: HashSet<Uid> = shared.map(|two| two[0].clone()).collect();
    if shared.is_empty() {
        return items;
    }
    let mut places: HashMap<Uid, usize> = HashMap::new();
    let mut keyed = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        let place = if shared.contains(&item.uid) {
            *places.entry(item.uid.clone()).or_insert(at)
        } else {
            at
        };
        keyed.push((place, item));
    }
    keyed.sort_by_key(|(place, _)| *place);
    keyed.into_iter().map(|(_, item)| item).collect()
}

/// What is left of messages among which those of one uid are adjacent: all
/// of them, by the rule that left the first, or none.
fn agree<'i>(items: &[&'i Item], decisions: Vec<Option<Left>>) -> Vec<(&'i Item, Left)> {
    let mut left = Vec::new();
    let mut decisions = decisions.into_iter();
    for group in items.chunk_by(|one, next| one.uid == next.uid) {
        let decisions: Vec<Option<Left>> = decisions.by_ref().take(group.len()).collect();
        let all: Option<Vec<Left>> = decisions.into_iter().collect();
        if let Some(first) = all.and_then(|all| all.into_iter().next()) {
            left.extend(group.iter().map(|item| (*item, first.clone())));
        }
    }
    left
}

/// What is left of the limits of a run, from one message to the next.
pub(super) struct Allowance<'l> {
    limits: &'l Limits,
    messages: u64,
    octets: u64,
    full: bool,
    /// Messages that are compared because they share a uid are taken together
    /// or not at all: a part of them would be taken again in every run.
    begun: HashSet<Uid>,
}

impl<'l> Allowance<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, messages: 0, octets: 0, full: false, begun: HashSet::new() }
    }

    /// Takes a message that is to be retrieved, or makes it a skip.
    pub(super) fn apply(&mut self, item: &mut Item) {
        if !item.action.retrieves() {
            return;
        }
        if let Some(reason) = self.take(item) {
            item.action = Action::Skip;
            item.then_delete = false;
            item.reason = reason;
        }
    }

    /// Takes a message that is to be retrieved; else says which limit is in
    /// its way.
    fn take(&mut self, item: &Item) -> Option<&'static str> {
        let compared = item.action == Action::Compare;
        let total = self.octets.saturating_add(item.size.unwrap_or(0));
        if self.limits.is_beyond(item.size) {
            return Some("larger than --max-size");
        }
        if !(compared && self.begun.contains(&item.uid)) {
            if self.limits.messages.is_some_and(|most| self.messages >= most) {
                return Some("--max-messages reached");
            }
            // The first that does not fit ends it: no younger one overtakes.
            self.full |= self.limits.bytes.is_some_and(|most| total > most) && self.messages > 0;
            if self.full {
                return Some("--max-bytes reached");
            }
        }
        self.messages += 1;
        self.octets = total;
        if compared {
            self.begun.insert(item.uid.clone());
        }
        None
    }

    /// Returns whether a message would be retrieved, were it not for the
    /// others.
    fn asks(&self, item: &Item) -> bool {
        item.action.retrieves() && !self.limits.is_beyond(item.size)
    }

    /// Takes items out of the queue up to the one that the limits would refuse
    /// were none of them left, or that is one too many to ask about.
    fn window(&self, queue: &mut VecDeque<Item>, most: usize) -> Vec<Item> {
        let mut trial = Allowance { begun: HashSet::new(), ..*self };
        let mut window: Vec<Item> = Vec::new();
        let mut asked = 0;
        while let Some(item) = queue.front() {
            let is_same = window.last().is_some_and(|last| last.uid == item.uid);
            if self.asks(item) {
                if !is_same && (asked >= most || trial.take(item).is_some()) {
                    break;
                }
                asked += 1;
            }
            window.extend(queue.pop_front());
        }
        window
    }
}
