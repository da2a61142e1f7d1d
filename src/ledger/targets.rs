//! The targets of a ledger, each with its number.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::TargetName;

/// The targets that were named so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Targets {
    by_number: BTreeMap<u32, Arc<TargetName>>,
    /// Takes a target for known but for its address if its line is lost.
    lenient: bool,
}

impl Targets {
    /// None so far, of a ledger that may be damaged.
    pub(super) fn lenient(lenient: bool) -> Self {
        Self { by_number: BTreeMap::new(), lenient }
    }

    pub(super) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// The number of one that was named.
    pub(super) fn number(&self, target: &Arc<TargetName>) -> Option<u32> {
        let mut targets = self.by_number.iter();
        let found = targets.find(|(_, known)| Arc::ptr_eq(known, target) || *known == target)?;
        Some(*found.0)
    }

    /// Gives a number to one that has none yet.
    pub(super) fn add(&mut self, target: &Arc<TargetName>) -> u32 {
        let number = self.by_number.keys().last().map_or(1, |last| last + 1);
        self.by_number.insert(number, Arc::clone(target));
        number
    }

    /// Takes in that a line names one; `None` if it cannot be.
    pub(super) fn name(&mut self, number: u32, target: TargetName) -> Option<()> {
        let old = self.by_number.insert(number, Arc::new(target));
        (old.is_none() && number < u32::MAX).then_some(())
    }

    /// The one of this number, which is of this kind.
    pub(super) fn find(&self, scheme: &str, number: u32) -> Option<Arc<TargetName>> {
        match self.by_number.get(&number) {
            Some(target) => (target.scheme == scheme).then(|| Arc::clone(target)),
            None => self.lenient.then(|| {
                Arc::new(TargetName { scheme: scheme.to_owned(), address: Default::default() })
            }),
        }
    }
}
