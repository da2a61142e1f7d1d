//! Whether what came in is what was asked for, once a session breaks off: its
//! octets speak for it.

use crate::session::Interrupt;

use super::Error;

/// A look at the messages of one session, in the order in which they came.
///
/// Replies are told apart by nothing but their order. After one too many, or
/// one too few, every message stands under its neighbour's unique id, up to
/// the end; so where neighbours differ in size, a message of the listed size
/// is in its place, and with it all before. A refusal may itself be the reply
/// too many: behind it nothing is vouched for, until the session finds that
/// replies still match the commands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Several were asked for at a time.
    is_pipelined: bool,
    /// Messages that came.
    came: u32,
    /// So many of the first are in their places.
    sure: u32,
    /// One was refused, and the session has not looked since.
    has_refused: bool,
    /// Places of those that had not the listed size, or for which there was
    /// none.
    inexact: Vec<u32>,
    /// One had not the listed size, or there was none.
    differs: bool,
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
        let is_known = last.is_some() && listed.is_some() && (before.is_some() || self.came < 2);
        let is_apart = is_known && last != before && last != listed;
        if is_apart && !self.last_is_inexact() && !self.has_refused {
            self.sure = self.came;
        }
        let place = self.came;
        if listed != Some(octets) {
            self.inexact.push(place);
        }
        self.differs |= listed != Some(octets);
        self.listed = [listed, last];
        self.came = place.saturating_add(1);
        place
    }

    fn last_is_inexact(&self) -> bool {
        self.inexact
            .last()
            .is_some_and(|place| place + 1 == self.came)
    }

    /// The message that came last is the one that was stored under its unique
    /// id in another session: so it is in its place, and all before are right.
    /// It may itself end early, each time, or two may run together, each time
    /// that several are asked for.
    pub(super) fn is_held(&mut self) {
        let is_alone = !self.is_pipelined || self.inexact.is_empty();
        if is_alone && !self.has_refused {
            self.vouch(self.came.saturating_sub(1));
        }
    }

    /// One was refused, behind those that came. Answers its place, which is
    /// that of the next one.
    pub(super) fn refused(&mut self) -> u32 {
        self.has_refused = true;
        self.came
    }

    /// Replies match the commands.
    pub(super) fn in_step(&mut self) {
        self.has_refused = false;
        self.vouch(self.came);
    }

    fn vouch(&mut self, sure: u32) {
        self.sure = self.sure.max(sure);
        self.inexact.retain(|place| *place >= sure);
    }

    /// Whether a message had not the listed size, or there was none: some
    /// servers count otherwise, and some send a reply too many.
    pub(super) fn differs(&self) -> bool {
        self.differs
    }

    /// What is in doubt after this.
    pub(super) fn doubts(&self, interrupt: &Interrupt<Error>) -> Doubts {
        let error = match interrupt {
            Interrupt::Session(error) => Some(error),
            Interrupt::Work(_) => None,
        };
        let is_mixed_up = error.is_some_and(|error| error.is_mixed_up());
        if is_mixed_up || self.is_pipelined || self.has_refused {
            let is_silence = error.is_some_and(|error| error.is_left_waiting());
            let is_open = is_silence && self.came - self.sure > 1;
            return Doubts {
                from: self.sure,
                also: self.inexact.clone(),
                pipelining: self.is_pipelined && (is_open || !self.inexact.is_empty()),
            };
        }
        match error {
            // What looks like a word may be the rest of a message that ended
            // early, at a dot that was not stuffed.
            Some(error) if error.is_last_word() && self.last_is_inexact() => Doubts {
                from: self.came - 1,
                ..Doubts::none()
            },
            _ => Doubts::none(),
        }
    }
}

/// What a session that broke off leaves in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Doubts {
    /// The place of the first message of all that are ([`Evidence::came`]).
    from: u32,
    /// Places of others, in order.
    also: Vec<u32>,
    /// Replies may have got mixed up because several were asked for at once.
    pub(super) pipelining: bool,
}

impl Doubts {
    /// Nothing.
    pub(super) fn none() -> Self {
        Self {
            from: u32::MAX,
            also: Vec::new(),
            pipelining: false,
        }
    }

    /// Whether the message of this place is in doubt.
    pub(super) fn has(&self, place: u32) -> bool {
        place >= self.from || self.also.binary_search(&place).is_ok()
    }
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
            (&[right(1), Some((Some(2), 3)), right(3), right(4)], 3),
            (&[Some((Some(1), 2)), right(2), right(3)], 2),
            (&[right(1), Some((None, 2)), right(3), right(4)], 0),
            // As after one reply too few.
            (&[right(1), Some((Some(2), 3)), Some((Some(3), 4))], 1),
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
    fn where_all_sizes_are_right_it_does_so_while_pipelining_too() {
        let mut evidence = Evidence::new(true);
        for _ in 0..3 {
            evidence.came(Some(7), 7);
        }
        evidence.is_held();
        assert_eq!(evidence.sure, 2);
    }

    #[test]
    fn what_has_another_size_is_in_doubt_wherever_it_stands() {
        let mut evidence = Evidence::new(true);
        for (listed, octets) in [(1, 1), (2, 9), (3, 3), (4, 4)] {
            evidence.came(Some(listed), octets);
        }
        let disk_is_full = Interrupt::Work(Error::ListRefused);
        let doubts = evidence.doubts(&disk_is_full);
        let doubted: Vec<u32> = (0..5).filter(|place| doubts.has(*place)).collect();
        assert_eq!((doubted, doubts.pipelining), (vec![1, 3, 4], true));
        evidence.refused();
        evidence.in_step();
        assert!(!evidence.doubts(&disk_is_full).has(3));
        let lockstep = Evidence {
            is_pipelined: false,
            ..evidence
        };
        assert_eq!(lockstep.doubts(&disk_is_full), Doubts::none());
    }
}
