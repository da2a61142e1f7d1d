//! The work that one message may cost.

use crate::base::{Cancel, Cancelled};

/// Octets that are looked at between two looks at the cancel token.
const OCTETS_PER_CHECK: u64 = 64 * 1024;

/// Counts the octets that are looked at, each as often as it is, and asks now
/// and then whether the work may go on. Every loop over foreign input reports
/// here, so that nothing runs on after a signal, and so that the tests can
/// prove by the count that the work grows with the input and not with its
/// square.
pub(super) struct Steps<'c> {
    cancel: &'c Cancel,
    taken: u64,
    next_look: u64,
}

impl<'c> Steps<'c> {
    pub(super) fn new(cancel: &'c Cancel) -> Self {
        Self { cancel, taken: 0, next_look: 0 }
    }

    /// Counts `octets`, and one more for the round itself.
    pub(super) fn take(&mut self, octets: usize) -> Result<(), Cancelled> {
        self.taken += octets as u64 + 1;
        if self.taken < self.next_look {
            return Ok(());
        }
        self.next_look = self.taken + OCTETS_PER_CHECK;
        self.cancel.check()
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> u64 {
        self.taken
    }
}
