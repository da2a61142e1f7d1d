//! Which retrieved messages of one uid are held already.

use std::collections::BTreeSet;

use super::known::Known;
use super::known_copy::KnownCopy;
use crate::base::Hash;

/// What is held of one uid, for as long as its messages are being compared:
/// each held message answers for one retrieved message, so that two equal
/// ones at once are two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyMatcher {
    /// One more than the highest ordinal in use.
    end: u32,
    /// Nearly every uid that is retrieved is new, and needs no box.
    held: Option<Box<AlreadyStored>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct AlreadyStored {
    /// What answers for no message yet, with its ordinal.
    messages: BTreeSet<(Hash, u32)>,
    /// Ordinals below the end that nothing has, the lowest last.
    free: Vec<u32>,
}

impl CopyMatcher {
    /// Of the copies that count as held.
    pub(super) fn new(known: &Known, is_held: impl Fn(u32) -> bool) -> Self {
        let mut held = AlreadyStored::default();
        let end = known.ordinals();
        for ordinal in (0..end).rev() {
            let copy = known.copy(ordinal).filter(|_| is_held(ordinal));
            match copy.and_then(KnownCopy::hash) {
                Some(hash) => _ = held.messages.insert((hash, ordinal)),
                None => held.free.push(ordinal),
            }
        }
        Self { end, held: Some(Box::new(held)) }
    }

    /// A message was retrieved: the ordinal of the held one that answers for
    /// it, if any.
    pub fn take(&mut self, hash: Hash) -> Option<u32> {
        let messages = &mut self.held.as_mut()?.messages;
        let equal = *messages.range((hash, 0)..=(hash, u32::MAX)).next()?;
        messages.remove(&equal);
        Some(equal.1)
    }

    /// The ordinal under which the next message is to be stored.
    pub fn next_ordinal(&self) -> u32 {
        let free = self.held.as_ref().and_then(|held| held.free.last());
        free.copied().unwrap_or(self.end)
    }

    /// A message was stored under [`CopyMatcher::next_ordinal`].
    pub fn store(&mut self) {
        let free = self.held.as_mut().and_then(|held| held.free.pop());
        if free.is_none() {
            self.end += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Uid;
    use crate::plan::{Change, Origin, Seen};

    #[test]
    fn two_equal_messages_at_once_are_two() {
        let uid = Uid::new(b"u").expect("valid");
        let (a, b) = (Hash([1; 32]), Hash([2; 32]));
        let mut seen = Seen::default();
        seen.store(&uid, 0, KnownCopy::stored(a, None, 0, 0));
        let mut matcher = seen.matcher(&uid);
        assert_eq!(matcher.next_ordinal(), 1);
        assert_eq!(matcher.take(b), None);
        matcher.store();
        assert_eq!(matcher.take(a), Some(0));
        assert_eq!(matcher.take(a), None);
        assert_eq!(matcher.next_ordinal(), 2);
    }

    #[test]
    fn a_copy_that_is_lost_is_stored_again_in_its_own_place() {
        let uid = Uid::new(b"u").expect("valid");
        let mut seen = Seen::default();
        seen.store(&uid, 0, KnownCopy::stored(Hash([1; 32]), Some(1), 0, 0));
        seen.store(&uid, 1, KnownCopy::stored(Hash([2; 32]), Some(1), 0, 0));
        let mut matcher = seen.matcher_of(&uid, &|ordinal| ordinal == 1);
        assert_eq!(matcher.take(Hash([1; 32])), None);
        assert_eq!(matcher.take(Hash([2; 32])), Some(1));
        assert_eq!(matcher.next_ordinal(), 0);
        matcher.store();
        assert_eq!(matcher.next_ordinal(), 2);
    }

    #[test]
    fn the_next_ordinal_is_the_lowest_that_nothing_stored_has() {
        let uid = Uid::new(b"u").expect("valid");
        let mut seen = Seen::default();
        assert_eq!(seen.matcher(&uid).next_ordinal(), 0);
        seen.store(&uid, 2, KnownCopy::stored(Hash([1; 32]), None, 0, 0));
        assert_eq!(seen.matcher(&uid).next_ordinal(), 0);
        seen.store(&uid, 0, KnownCopy::stored(Hash([1; 32]), None, 0, 0));
        seen.apply(&Change::Marked {
            uid: uid.clone(),
            ordinal: 1,
            origin: Origin::Marked,
            size: None,
            first_seen: 0,
        });
        let mut matcher = seen.matcher(&uid);
        assert_eq!(matcher.next_ordinal(), 1);
        matcher.store();
        assert_eq!(matcher.next_ordinal(), 3);
    }

    #[test]
    fn what_is_stored_now_answers_for_no_later_message() {
        let mut matcher = CopyMatcher::default();
        assert_eq!(matcher.next_ordinal(), 0);
        matcher.store();
        assert_eq!(matcher.take(Hash([0; 32])), None);
        assert_eq!(matcher.next_ordinal(), 1);
    }
}
