//! Which stored messages are not where the ledger says that they went.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::TargetName;
use crate::ledger::Stored;
use crate::store::{self, Finding, Kept, Target};

use super::search::Search;
use crate::run::{Context, Error};

/// Why a message counts as absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::run) enum Absence {
    /// It is not there.
    Missing,
    /// Something else is there.
    Altered,
    /// It was not found while another program wrote.
    Unsure,
    /// There is no such target.
    NoTarget,
}

/// The messages that are not in their targets, unaltered. What went where
/// nothing can be read back was taken there, and is not among them.
pub(in crate::run) fn absent(
    messages: Vec<Stored>,
    context: &Context<'_>,
) -> Result<Vec<(Stored, Absence)>, Error> {
    let mut by_target: BTreeMap<Arc<TargetName>, Vec<Stored>> = BTreeMap::new();
    for stored in messages {
        let target = Arc::clone(&stored.receipt.target);
        by_target.entry(target).or_default().push(stored);
    }
    let mut absent = Vec::new();
    for (name, messages) in by_target {
        if let Some(target) = Target::named(&name) {
            absent.extend(absent_from(&target, messages, context)?);
        }
    }
    Ok(absent)
}

/// Those of these messages that are not in this target, though they went to one
/// of its kind.
pub(in crate::run) fn absent_from(
    target: &Target,
    messages: Vec<Stored>,
    context: &Context<'_>,
) -> Result<Vec<(Stored, Absence)>, Error> {
    let archive = target.archive(&context.reading());
    let archive = match archive {
        Ok(archive) => archive,
        Err(store::Error::OutOfReach { .. }) => return Ok(Vec::new()),
        Err(store::Error::NoStore { .. }) => {
            let all = messages.into_iter();
            return Ok(all.map(|stored| (stored, Absence::NoTarget)).collect());
        }
        Err(error) => return Err(error.into()),
    };
    let mut absent = Vec::new();
    let mut each = |stored: &Stored, found: Finding, _: &Kept| {
        let absence = match found {
            Finding::Intact(_) => return,
            Finding::Altered(_) => Absence::Altered,
            Finding::Missing => Absence::Missing,
        };
        absent.push((stored.clone(), absence));
    };
    let mut search = Search::new(archive, context.cancel, Kept::nothing());
    for stored in &messages {
        search.look(stored, &mut each)?;
    }
    if search.finish(&mut each)? {
        for (_, absence) in &mut absent {
            *absence = Absence::Unsure;
        }
    }
    Ok(absent)
}
