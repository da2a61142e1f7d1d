//! Whether what came in is what was asked for, once a session breaks off: its
//! octets speak for it.

use crate::session::Interrupt;

use super::Error;

/// A look at the messages of one session, in the order in which they came.
///
/// Replies are told apart by nothing but their order. After one too many, or
/// one too few, every message stands under its neighbour's unique id; so where
/// neighbours differ in size, a message of the listed size is in its place,
/// and with it all before that were of theirs. A refusal may itself be the
/// reply too many: what comes after it is not vouched for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Several were asked for at a time.
    is_pipelined: bool,
    /// Messages that came.
    came: u32,
    /// So many of the first are beyond doubt.
    sure: u32,
    /// One was refused.
    has_refused: bool,
    /// One was refused, or had not the listed size, or none was listed.
    is_inexact: bool,
    /// Of the last one that holds.
    last_is_inexact: bool,
    /// One had the octets of its neighbour, too.
    ran_together: bool,
    /// Octets of the last message beyond those listed.
    excess: Option<u64>,
    /// Listed sizes of the last message, and the one before.
    listed: [Option<u64>; 2],
}

impl Evidence {
    /// For a session that asks for several at a time, or for one.
    pub(super) fn new(is_pipelined: bool) -> Self {
        Self {
            is_pipelined,
            ..Self::default()
        }
    }

    /// A message came, of which so many octets were listed. Answers its place
    /// among those that came, from 0 on.
    pub(super) fn came(&mut self, listed: Option<u64>, octets: u64) -> u32 {
        let [last, before] = self.listed;
        let is_apart = last.is_some() && listed.is_some() && last != before && last != listed;
        if is_apart && !self.is_inexact {
            self.sure = self.came;
        }
        self.ran_together |= self
            .excess
            .zip(listed)
            .is_some_and(|(more, size)| more >= size);
        self.excess = listed.and_then(|listed| octets.checked_sub(listed));
        self.last_is_inexact = listed != Some(octets);
        self.is_inexact |= self.last_is_inexact;
        self.listed = [listed, last];
        let place = self.came;
        self.came = place.saturating_add(1);
        place
    }

    /// The message that came last is the one that was stored under its unique
    /// id in another session: so it is in its place, and all before are. It may
    /// itself end early, each time.
    pub(super) fn is_held(&mut self) {
        if !self.is_pipelined && !self.has_refused {
            self.sure = self.came.saturating_sub(1);
        }
    }

    /// One was refused, behind those that came. Answers its place, which is
    /// that of the next one.
    pub(super) fn refused(&mut self) -> u32 {
        self.has_refused = true;
        self.is_inexact = true;
        self.came
    }

    /// What is in doubt after this.
    pub(super) fn doubts(&self, interrupt: &Interrupt<Error>) -> Doubts {
        let (from, pipelining) = match interrupt {
            Interrupt::Session(error) if error.is_mixed_up() => (self.sure, false),
            // What looks like a word may be the rest of a message that ended
            // early, at a dot that was not stuffed.
            Interrupt::Session(error) if error.is_last_word() => match self.has_refused {
                true => (self.sure, false),
                false => (self.came - u32::from(self.last_is_inexact), false),
            },
            // One reply too few leaves the last request without any.
            Interrupt::Session(error) if error.is_left_waiting() => (self.sure, true),
            // Before the server's silence could show, the user had enough.
            _ if self.is_pipelined && self.ran_together => (self.sure, true),
            _ if self.is_pipelined && self.excess > Some(0) => (self.came - 1, false),
            _ => return Doubts::NONE,
        };
        Doubts { from, pipelining }
    }
}

/// What a session that broke off leaves in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Doubts {
    /// The place of the first message that is ([`Evidence::came`]).
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

    /// Listed size and octets of a message; `None` for one that was refused.
    type Reply = Option<(Option<u64>, u64)>;

    fn evidence(replies: &[Reply]) -> Evidence {
        let mut evidence = Evidence::default();
        let mut places = 0..;
        for reply in replies {
            match reply {
                Some((listed, octets)) => {
                    assert_eq!(Some(evidence.came(*listed, *octets)), places.next());
                }
                None => _ = evidence.refused(),
            }
        }
        evidence
    }

    fn right(size: u64) -> Reply {
        Some((Some(size), size))
    }

    #[test]
    fn sizes_vouch_where_neighbours_differ() {
        for (replies, beyond) in [
            (&[][..], 0),
            (&[right(1)], 0),
            (&[right(1), right(2)], 1),
            (&[right(1), right(1)], 0),
            (&[right(1), right(1), right(2), right(3)], 3),
            (&[right(1), right(2), right(2), right(2)], 1),
            (&[right(1), Some((Some(2), 3)), right(3), right(4)], 1),
            (&[Some((Some(1), 2)), right(2), right(3)], 0),
            (&[right(1), Some((None, 2)), right(3), right(4)], 0),
            (&[right(1), right(2), None, right(3), right(4)], 1),
            (&[None, right(1), right(2)], 0),
        ] {
            assert_eq!(evidence(replies).sure, beyond, "{replies:?}");
        }
    }

    #[test]
    fn a_message_held_already_vouches_for_those_before_in_lockstep() {
        for (is_pipelined, has_refused, beyond) in
            [(false, false, 2), (true, false, 0), (false, true, 0)]
        {
            let mut evidence = Evidence::new(is_pipelined);
            for _ in 0..3 {
                evidence.came(None, 7);
            }
            if has_refused {
                evidence.refused();
            }
            evidence.is_held();
            assert_eq!(evidence.sure, beyond);
        }
    }

    #[test]
    fn two_messages_in_one_have_the_octets_of_both() {
        for (octets, ran_together) in [(50, false), (52, false), (149, false), (150, true)] {
            let mut evidence = Evidence::new(true);
            evidence.came(Some(50), octets);
            evidence.came(Some(100), 100);
            assert_eq!(evidence.ran_together, ran_together, "{octets}");
        }
    }
}
