//! Which retrieved messages of one uid are held already.

use super::known::Known;
use crate::base::Hash;

/// What is held of one uid, for as long as its messages are being compared:
/// each held message answers for one retrieved message, so that two equal
/// ones at once are two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By ordinal; a taken one keeps its place.
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slot {
    Held(Hash),
    Taken,
    Free,
}

impl Tally {
    pub(super) fn new(known: &Known) -> Self {
        let mut slots = vec![Slot::Free; known.ordinals() as usize];
        for (ordinal, copy) in known.copies() {
            if let Some(hash) = copy.hash() {
                slots[ordinal as usize] = Slot::Held(hash);
            }
        }
        Self { slots }
    }

    /// For `--all`: the messages that are on the server are stored again and
    /// take their own places.
    pub(super) fn anew(known: &Known) -> Self {
        let mut tally = Self::new(known);
        for (ordinal, _) in known.current() {
            tally.slots[ordinal as usize] = Slot::Free;
        }
        tally
    }

    /// A message was retrieved: the ordinal of the held one that answers for
    /// it, if any.
    pub fn take(&mut self, hash: Hash) -> Option<u32> {
        let at = self.slots.iter().position(|s| *s == Slot::Held(hash))?;
        self.slots[at] = Slot::Taken;
        Some(at as u32)
    }

    /// The ordinal under which the next message is to be stored.
    pub fn next_ordinal(&self) -> u32 {
        let free = self.slots.iter().position(|slot| *slot == Slot::Free);
        free.unwrap_or(self.slots.len()) as u32
    }

    /// A message was stored under [`Tally::next_ordinal`].
    pub fn store(&mut self) {
        let at = self.next_ordinal() as usize;
        match self.slots.get_mut(at) {
            Some(slot) => *slot = Slot::Taken,
            None => self.slots.push(Slot::Taken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Uid;
    use crate::plan::{Change, Seen};

    #[test]
    fn two_equal_messages_at_once_are_two() {
        let uid = Uid::new(b"u").expect("valid");
        let (a, b) = (Hash([1; 32]), Hash([2; 32]));
        let mut seen = Seen::default();
        seen.store(&uid, 0, a, None, 0, 0);
        let mut tally = seen.tally(&uid);
        assert_eq!(tally.next_ordinal(), 1);
        assert_eq!(tally.take(b), None);
        tally.store();
        assert_eq!(tally.take(a), Some(0));
        assert_eq!(tally.take(a), None);
        assert_eq!(tally.next_ordinal(), 2);
    }

    #[test]
    fn what_is_stored_again_takes_its_own_place() {
        let uid = Uid::new(b"u").expect("valid");
        let mut seen = Seen::default();
        seen.store(&uid, 0, Hash([1; 32]), Some(1), 0, 0);
        let mut tally = seen.tally_anew(&uid);
        assert_eq!(tally.next_ordinal(), 0);
        tally.store();
        assert_eq!(tally.next_ordinal(), 1);
        seen.store(&uid, 0, Hash([2; 32]), Some(2), 0, 0);
        let known = seen.get(&uid).expect("known");
        assert_eq!(known.copies().count(), 1);
        // A message of the past keeps its place.
        seen.apply(&Change::Renewed(uid.clone(), 1));
        assert_eq!(seen.tally_anew(&uid).next_ordinal(), 1);
    }

    #[test]
    fn what_is_stored_now_answers_for_no_later_message() {
        let mut tally = Tally::default();
        assert_eq!(tally.next_ordinal(), 0);
        tally.store();
        assert_eq!(tally.take(Hash([0; 32])), None);
        assert_eq!(tally.next_ordinal(), 1);
    }
}
