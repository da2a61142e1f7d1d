//! What is known of one unique id: the messages that bear it.

use super::known_copy::{KnownCopy, Proof};

/// Since when a uid has been missing from complete listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Seconds since 1970.
    pub since: u64,
    /// Complete listings counted up to then, that one included.
    pub at_session: u64,
}

/// What is known of one uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Nearly every uid has one message, so the first one needs no box.
    first: KnownCopy,
    more: Option<Box<More>>,
}

/// What few uids have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct More {
    rest: Vec<KnownCopy>,
    /// How many of them are current: a server may give one uid to all there
    /// is, and then they are too many to count each time.
    current: u32,
    gone: Option<Gone>,
    deleted: bool,
    /// A session broke off at it.
    risky: bool,
    /// This many messages were listed, and not as many are known yet; else 0.
    wanted: u32,
    /// Ordinals of messages that were being handed on, with no answer since.
    in_doubt: Vec<u32>,
    refusal: Option<Refusal>,
}

/// That the target refused a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Its ordinal.
    pub ordinal: u32,
    /// How many times in a row.
    pub tries: u32,
    /// Seconds since 1970 when it is tried again.
    pub until: u64,
    /// What the target said, safe to print.
    pub answer: String,
}

/// Why a listed uid that is known brings a new message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// There are more messages than known ones.
    More,
    /// Not all that a listing had of it were retrieved yet.
    Unsettled,
    /// It came back after retr had deleted it.
    Deleted,
    /// It came back, with another size or with fewer messages.
    Differs,
    /// A rule left it on the server, and does not hold any more.
    Unruled,
}

impl Known {
    pub(super) fn empty() -> Self {
        Self { first: KnownCopy::GAP, more: None }
    }

    fn slots(&self) -> impl Iterator<Item = &KnownCopy> {
        let rest = self.more.iter().flat_map(|more| &more.rest);
        std::iter::once(&self.first).chain(rest)
    }

    /// Its messages with their ordinals.
    pub fn copies(&self) -> impl Iterator<Item = (u32, &KnownCopy)> {
        (0..).zip(self.slots()).filter(|(_, copy)| copy.proof != Proof::Gap)
    }

    /// Those believed to be on the server, as far as the uid is.
    pub fn current(&self) -> impl Iterator<Item = (u32, &KnownCopy)> {
        self.copies().filter(|(_, copy)| copy.is_current())
    }

    /// How many those are.
    pub fn current_count(&self) -> usize {
        let rest = self.more.as_ref().map_or(0, |more| more.current as usize);
        usize::from(self.first.is_current()) + rest
    }

    /// One of its messages.
    pub fn copy(&self, ordinal: u32) -> Option<&KnownCopy> {
        let copy = match (ordinal as usize).checked_sub(1) {
            None => &self.first,
            Some(at) => self.more.as_ref()?.rest.get(at)?,
        };
        (copy.proof != Proof::Gap).then_some(copy)
    }

    /// One more than the highest ordinal of what is stored.
    pub(super) fn stored_ordinals(&self) -> u32 {
        let stored = self.copies().filter(|(_, copy)| copy.hash().is_some());
        stored.last().map_or(0, |(ordinal, _)| ordinal + 1)
    }

    /// One more than the highest ordinal in use.
    pub(super) fn ordinals(&self) -> u32 {
        match self.more.as_ref().map_or(0, |more| more.rest.len()) {
            0 => u32::from(self.first.proof != Proof::Gap),
            rest => rest as u32 + 1,
        }
    }

    /// retr asked the server to delete it, and the server said `+OK` to DELE.
    pub fn is_deleted(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.deleted)
    }

    /// Returns whether a session broke off when a message of it was asked for
    /// alone.
    pub fn is_risky(&self) -> bool {
        self.more.as_ref().is_some_and(|more| more.risky)
    }

    /// Since when complete listings have lacked it.
    pub fn gone(&self) -> Option<Gone> {
        self.more.as_ref()?.gone
    }

    /// Returns whether it is gone since this many listings, and not longer.
    pub(super) fn is_gone_since(&self, sessions: u64) -> bool {
        self.gone().is_some_and(|gone| gone.at_session == sessions)
    }

    /// Returns whether it was believed to be off the server, so that what is
    /// listed under it may be another message.
    pub(super) fn is_back(&self) -> bool {
        self.gone().is_some() || self.is_deleted()
    }

    /// How many messages of it were listed, if not all of them were retrieved
    /// (or marked) since; else 0. As long as that is so, nobody can tell which
    /// of them are still there.
    pub fn wanted(&self) -> u32 {
        self.more.as_ref().map_or(0, |more| more.wanted)
    }

    pub(super) fn is_unsettled(&self) -> bool {
        self.wanted() > 0
    }

    /// Returns whether it was on the server at the last look and is meant to be
    /// there still.
    pub fn is_left(&self) -> bool {
        self.gone().is_none() && !self.is_deleted() && self.current_count() > 0
    }

    /// When its youngest message that is on the server was first seen.
    pub(super) fn youngest(&self) -> Option<u64> {
        self.current().map(|(_, copy)| copy.first_seen).max()
    }

    /// Returns whether messages of these listed sizes bring something new.
    pub(super) fn news(&self, sizes: &[Option<u64>]) -> Option<News> {
        if self.is_deleted() && (self.gone().is_some() || !self.is_surely(sizes)) {
            Some(News::Deleted)
        } else if self.is_unsettled() {
            Some(News::Unsettled)
        } else if sizes.len() > self.current_count() {
            Some(News::More)
        } else if self.gone().is_some() && !self.matches(sizes) {
            Some(News::Differs)
        } else {
            None
        }
    }

    /// Returns whether messages of these sizes can all be known ones: not more
    /// of them, and no size that differs. An unknown size never differs.
    pub(super) fn covers(&self, sizes: &[Option<u64>]) -> bool {
        if let ([size], None) = (sizes, &self.more) {
            return self.first.current
                && (size.is_none() || self.first.size().is_none() || *size == self.first.size());
        }
        let count = self.current_count();
        let mut held: Vec<Option<u64>> = self.current().map(|(_, copy)| copy.size()).collect();
        held.retain(Option::is_some);
        held.sort_unstable();
        let mut wildcards = count - held.len();
        let mut listed: Vec<Option<u64>> = sizes.iter().copied().filter(Option::is_some).collect();
        listed.sort_unstable();
        let mut held = held.into_iter().peekable();
        for size in listed {
            while held.next_if(|held| *held < size).is_some() {}
            if held.next_if_eq(&size).is_none() {
                match wildcards.checked_sub(1) {
                    Some(left) => wildcards = left,
                    None => return false,
                }
            }
        }
        sizes.len() <= count
    }

    /// Returns whether messages of these sizes are, as far as can be told
    /// without fetching, exactly the known ones.
    pub(super) fn matches(&self, sizes: &[Option<u64>]) -> bool {
        sizes.len() == self.current_count() && self.covers(sizes)
    }

    /// Whether the sizes are known, and exactly those of the known ones. Of a
    /// uid that may have been deleted and given to another message, an unknown
    /// size tells nothing.
    fn is_surely(&self, sizes: &[Option<u64>]) -> bool {
        let mut known = self.current().map(|(_, copy)| copy.size());
        sizes.iter().all(Option::is_some) && known.all(|size| size.is_some()) && self.matches(sizes)
    }

    pub(super) fn set_risky(&mut self) {
        self.more.get_or_insert_default().risky = true;
    }

    /// The ordinals of messages that were being handed on when a run was cut
    /// off: whether they were taken, nobody knows.
    pub fn in_doubt(&self) -> &[u32] {
        self.more.as_ref().map_or(&[], |more| &more.in_doubt)
    }

    /// What the target last refused, and why.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.more.as_ref()?.refusal.as_ref()
    }

    pub(super) fn set_in_doubt(&mut self, ordinal: u32) {
        let more = self.more.get_or_insert_default();
        if !more.in_doubt.contains(&ordinal) {
            more.in_doubt.push(ordinal);
        }
    }

    /// The target said what became of it.
    pub(super) fn set_answered(&mut self, ordinal: u32) {
        if let Some(more) = &mut self.more {
            more.in_doubt.retain(|doubtful| *doubtful != ordinal);
            more.refusal.take_if(|refusal| refusal.ordinal == ordinal);
        }
        self.tidy();
    }

    pub(super) fn set_refused(&mut self, refusal: Refusal) {
        self.set_answered(refusal.ordinal);
        self.more.get_or_insert_default().refusal = Some(refusal);
    }

    /// What the target said, or did not say, matters no more.
    pub(super) fn set_given_up(&mut self) {
        if let Some(more) = &mut self.more {
            more.in_doubt.clear();
            more.refusal = None;
        }
        self.tidy();
    }

    pub(super) fn set(&mut self, ordinal: u32, copy: KnownCopy) {
        if let Some(more) = &mut self.more {
            more.risky = false;
        }
        self.set_answered(ordinal);
        match (ordinal as usize).checked_sub(1) {
            None => self.first = copy,
            Some(at) => self.more.get_or_insert_default().set(at, copy),
        }
        self.tidy();
    }

    /// There is none of this ordinal any more.
    pub(super) fn lose(&mut self, ordinal: u32) {
        if self.copy(ordinal).is_some() {
            self.set(ordinal, KnownCopy::GAP);
        }
    }

    /// A held message was retrieved again.
    pub(super) fn again(&mut self, ordinal: u32, size: Option<u64>) {
        if let Some(mut copy) = self.copy(ordinal).copied() {
            copy.current = true;
            copy.size = size.unwrap_or(copy.size);
            self.set(ordinal, copy);
        }
    }

    pub(super) fn set_deleted(&mut self) {
        self.more.get_or_insert_default().deleted = true;
    }

    pub(super) fn set_gone(&mut self, gone: Option<Gone>) {
        self.more.get_or_insert_default().gone = gone;
        self.tidy();
    }

    pub(super) fn set_wanted(&mut self, wanted: u32) {
        self.more.get_or_insert_default().wanted = wanted;
        self.tidy();
    }

    /// Whatever is on the server may be other messages: none of it counts
    /// until this many were retrieved again.
    pub(super) fn renew(&mut self, wanted: u32) {
        self.first.renew();
        let more = self.more.get_or_insert_default();
        more.rest.iter_mut().for_each(KnownCopy::renew);
        more.current = 0;
        more.deleted = false;
        more.gone = None;
        more.wanted = wanted;
        self.tidy();
    }

    /// One form for one meaning.
    fn tidy(&mut self) {
        if self.more.is_none() {
            return;
        }
        let settled = self.current_count() >= self.wanted() as usize;
        let Some(more) = &mut self.more else { return };
        if settled {
            more.wanted = 0;
        }
        while more.rest.last().is_some_and(|copy| copy.proof == Proof::Gap) {
            more.rest.pop();
        }
        if **more == More::default() {
            self.more = None;
        }
    }
}

impl More {
    fn set(&mut self, at: usize, copy: KnownCopy) {
        if self.rest.len() <= at {
            self.rest.resize(at + 1, KnownCopy::GAP);
        }
        let old = std::mem::replace(&mut self.rest[at], copy);
        self.current -= u32::from(old.current);
        self.current += u32::from(copy.is_current());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Hash;

    fn known(sizes: &[Option<u64>]) -> Known {
        let mut known = Known::empty();
        for (ordinal, size) in (0..).zip(sizes) {
            known.set(ordinal, KnownCopy::new(Proof::Stored(Hash([0; 32])), *size, 0, 0));
        }
        known
    }

    // Fault 71.
    #[test]
    fn a_known_uid_takes_64_octets() {
        assert_eq!(size_of::<Option<Known>>(), 64);
    }

    #[test]
    fn sizes_are_covered_as_a_multiset_in_which_unknown_ones_fit_anything() {
        let (a, b, c) = (Some(1), Some(2), Some(3));
        for (held, listed, covered) in [
            (&[a][..], &[a][..], true),
            (&[a], &[b], false),
            (&[a], &[None], true),
            (&[None], &[b], true),
            (&[a, b], &[b, a], true),
            (&[a, b], &[a, a], false),
            (&[a, b], &[b], true),
            (&[a, b], &[c], false),
            (&[a], &[a, a], false),
            (&[a], &[None, None], false),
            (&[None, b], &[b, c], true),
            (&[None, b], &[a, c], false),
            (&[a, b, None], &[c, None, b], true),
            (&[a, a, b], &[a, b, b], false),
        ] {
            assert_eq!(known(held).covers(listed), covered, "{held:?} {listed:?}");
        }
    }
}
