//! Whether what the ledger says was stored is still there, unaltered.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::base::{Uid, WarningCode, counted};
use crate::ledger::{Snapshot, Stored};
use crate::plan::{Action, Item, Plan, Proof, Seen};
use crate::store::{self, Finding, Kept, Target};

use super::search::Search;
use crate::run::{Context, Error};

/// How long a server is kept waiting. What was not looked at by then is left
/// for the next run.
const MAX_TIME: Duration = Duration::from_secs(60);

/// What to look at, and where.
pub(in crate::run) struct Survey<'s> {
    pub(in crate::run) context: Context<'s>,
    pub(in crate::run) target: &'s Target,
    /// Octets of what is read last that are kept.
    pub(in crate::run) keeps: usize,
}

/// What is found of a stored message.
pub(in crate::run) enum Surveyed<'k> {
    /// In the target, or not; and what was read of it last.
    Here(Finding, &'k Kept),
    /// It went to a target of another kind.
    Elsewhere,
}

impl Survey<'_> {
    /// Hands out what is found of each stored message that is wanted. What is
    /// not intact at the first look comes last: it is searched once all else
    /// was looked at.
    pub(in crate::run) fn run(
        &self,
        snapshot: &Snapshot,
        wanted: impl Fn(&Stored) -> bool,
        mut each: impl FnMut(&Stored, Surveyed<'_>),
    ) -> Result<(), Error> {
        let mut search = None;
        snapshot.stored(|mut stored| {
            if !wanted(&stored) {
                return Ok(());
            }
            let search = match &mut search {
                Some(search) => search,
                None => search.insert(self.open()?),
            };
            if stored.receipt.target.scheme != self.target.scheme().name {
                // It may be here all the same, from before it went there.
                match search.under_key(&stored.uid, stored.ordinal) {
                    Some(receipt) => stored.receipt = receipt,
                    None => {
                        each(&stored, Surveyed::Elsewhere);
                        return Ok(());
                    }
                }
            }
            search.look(&stored, &mut |stored, found, kept| {
                each(stored, Surveyed::Here(found, kept));
            })
        })?;
        if let Some(search) = search {
            let has_changed = search
                .finish(&mut |stored, found, kept| each(stored, Surveyed::Here(found, kept)))?;
            if has_changed {
                self.context.observer.warn(WarningCode::ChangedMeanwhile, "another program wrote to the mbox while it was read; what was missed may be there".to_owned());
            }
        }
        Ok(())
    }

    /// All copies that are in the target, unaltered.
    pub(in crate::run) fn intact(&self) -> Result<Intact, Error> {
        let mut intact = Intact::default();
        let surveyed = self.run(
            &self.context.snapshot()?,
            |_| true,
            |stored, found| {
                if matches!(found, Surveyed::Here(Finding::Intact(_), _)) {
                    intact.copies.insert((stored.uid.clone(), stored.ordinal));
                }
            },
        );
        match surveyed {
            Ok(()) => Ok(intact),
            Err(Error::Store(store::Error::NoStore { .. } | store::Error::OutOfReach { .. })) => {
                Ok(intact)
            }
            Err(error) => Err(error),
        }
    }

    fn open(&self) -> Result<Search<'_, Stored>, Error> {
        let archive = self.target.archive(&self.context.reading())?;
        Ok(Search::new(archive, self.context.cancel, Kept::up_to(self.keeps)))
    }
}

/// Copies that are in the target, unaltered.
#[derive(Debug, Default)]
pub(in crate::run) struct Intact {
    copies: HashSet<(Uid, u32)>,
}

impl Intact {
    /// Returns whether this one is.
    pub(in crate::run) fn has(&self, uid: &Uid, ordinal: u32) -> bool {
        self.copies.contains(&(uid.clone(), ordinal))
    }
}

/// `--delete-verified`: what was stored by an earlier run is deleted on the
/// server only if it is still here, unaltered.
#[derive(Debug, Default)]
pub(in crate::run) struct Verified {
    /// By unique id, over all sessions of a run.
    safe: HashMap<Uid, bool>,
}

impl Verified {
    /// Takes deletions out of the plan: of messages that are altered or
    /// missing here, and of those that were never stored.
    pub(in crate::run) fn restrict(
        &mut self,
        plan: &mut Plan,
        seen: &Seen,
        survey: &Survey<'_>,
    ) -> Result<(), Error> {
        let mut open: HashMap<Uid, usize> = plan
            .items
            .iter()
            .filter(|item| deletes(item) && !self.safe.contains_key(&item.uid))
            .map(|item| (item.uid.clone(), 0))
            .collect();
        if !open.is_empty() {
            self.look(&mut open, seen, survey)?;
            let is_unsafe = |uid: &&Uid| self.safe.get(*uid) == Some(&false);
            let kept = open.keys().filter(is_unsafe).count();
            if kept > 0 {
                survey.context.observer.warn(
                    WarningCode::NotVerified,
                    format!(
                        "left on the server, because it is missing or altered here, or was never \
                         stored: {}",
                        counted(kept as u64, "known message")
                    ),
                );
            }
        }
        for item in &mut plan.items {
            if !deletes(item) || self.safe.get(&item.uid) == Some(&true) {
                continue;
            }
            if item.action == Action::Delete {
                item.action = Action::Keep;
                item.reason = "not intact here";
            }
            item.then_delete = false;
        }
        Ok(())
    }

    fn look(
        &mut self,
        open: &mut HashMap<Uid, usize>,
        seen: &Seen,
        survey: &Survey<'_>,
    ) -> Result<(), Error> {
        let until = Instant::now() + MAX_TIME;
        let mut intact: Vec<Uid> = Vec::new();
        let skipped = RefCell::new(Vec::new());
        let surveyed = survey.run(
            &survey.context.snapshot()?,
            |stored| {
                let is_open = open.contains_key(&stored.uid);
                let late = is_open && Instant::now() >= until;
                if late {
                    skipped.borrow_mut().push(stored.uid.clone());
                }
                is_open && !late
            },
            |stored, found| {
                if matches!(found, Surveyed::Here(Finding::Intact(_), _)) {
                    intact.push(stored.uid.clone());
                }
            },
        );
        match surveyed {
            Ok(()) => {}
            // Then nothing is intact.
            Err(Error::Store(store::Error::NoStore { .. })) => intact.clear(),
            Err(error) => return Err(error),
        }
        for uid in skipped.into_inner() {
            open.remove(&uid);
        }
        for uid in intact {
            open.entry(uid).and_modify(|count| *count += 1);
        }
        for (uid, intact) in open {
            let known = seen.get(uid);
            let is_stored = |proof| matches!(proof, Proof::Stored(_));
            let safe = known.is_some_and(|known| {
                known.copies().all(|(_, copy)| is_stored(copy.proof()))
                    && known.copies().count() == *intact
            });
            self.safe.insert(uid.clone(), safe);
        }
        Ok(())
    }
}

/// Returns whether a message would be deleted because it was stored before. One
/// that is new was not; what this run stores is safe without a second look.
fn deletes(item: &Item) -> bool {
    item.action == Action::Delete || (item.action == Action::Compare && item.then_delete)
}
