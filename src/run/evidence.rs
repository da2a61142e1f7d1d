//! Whether what came in is what was asked for, once a session breaks off: its
//! octets speak for it.

use crate::session::Interrupt;

use super::Error;

/// A look at the messages of one session, in the order in which they came.
///
/// Replies are told apart by nothing but their order. After one too many, or
/// one too few, every message stands under its neighbour's unique id; so where
/// neighbours differ in size, a message of the listed size is in its place,
/// and with it all before that were of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Messages that came.
    came: u32,
    /// So many of the first are beyond doubt.
    sure: u32,
    /// One had not the listed size, or none was listed.
    is_inexact: bool,
    /// One had another size than the listed one.
    differs: bool,
    /// The last one had.
    last_differs: bool,
    /// Listed sizes of the last message, and the one before.
    listed: [Option<u64>; 2],
}

impl Evidence {
    /// A message came, of which so many octets were listed. Answers its place
    /// among those that came, from 0 on.
    pub(super) fn note(&mut self, listed: Option<u64>, octets: u64) -> u32 {
        let [last, before] = self.listed;
        let is_apart = last.is_some() && listed.is_some() && last != before && last != listed;
        if is_apart && !self.is_inexact {
            self.sure = self.came;
        }
        self.is_inexact |= listed != Some(octets);
        self.last_differs = listed.is_some_and(|listed| listed != octets);
        self.differs |= self.last_differs;
        self.listed = [listed, last];
        let place = self.came;
        self.came = place.saturating_add(1);
        place
    }

    /// How many came.
    pub(super) fn came(&self) -> u32 {
        self.came
    }

    /// What is in doubt after this.
    pub(super) fn doubts(&self, interrupt: &Interrupt<Error>, is_pipelined: bool) -> Doubts {
        let (from, pipelining) = match interrupt {
            Interrupt::Session(error) if error.is_mixed_up() => (self.sure, false),
            // What looks like a word may be the rest of a message that ended
            // early, at a dot that was not stuffed.
            Interrupt::Session(error) if error.is_last_word() => {
                (self.came - u32::from(self.last_differs), false)
            }
            // Two that ran together leave the last request without a reply.
            _ if is_pipelined && self.differs => (self.sure, true),
            _ => return Doubts::NONE,
        };
        Doubts { from, pipelining }
    }
}

/// What a session that broke off leaves in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubts {
    /// The place of the first message that is ([`Evidence::note`]).
    pub(super) from: u32,
    /// Replies may have got mixed up because several were asked for at once.
    pub(super) pipelining: bool,
}

impl Doubts {
    /// Nothing.
    pub(super) const NONE: Self = Self {
        from: u32::MAX,
        pipelining: false,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The messages beyond doubt, of these listed sizes and octets.
    fn sure(messages: &[(Option<u64>, u64)]) -> u32 {
        let mut evidence = Evidence::default();
        for (place, (listed, octets)) in (0..).zip(messages) {
            assert_eq!(evidence.note(*listed, *octets), place);
        }
        evidence.sure
    }

    #[test]
    fn sizes_vouch_where_neighbours_differ() {
        let right = |size| (Some(size), size);
        for (messages, beyond) in [
            (&[][..], 0),
            (&[right(1)], 0),
            (&[right(1), right(2)], 1),
            (&[right(1), right(1)], 0),
            (&[right(1), right(1), right(2), right(3)], 3),
            (&[right(1), right(2), right(2), right(2)], 1),
            (&[right(1), (Some(2), 3), right(3), right(4)], 1),
            (&[(Some(1), 2), right(2), right(3)], 0),
            (&[right(1), (None, 2), right(3), right(4)], 0),
        ] {
            assert_eq!(sure(messages), beyond, "{messages:?}");
        }
    }
}
