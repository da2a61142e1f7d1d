//! `state forget`: messages that are to be fetched again.

use std::collections::BTreeSet;

use crate::base::{Cancel, Event, LedgerChange, Observer, Uid, WarningCode};
use crate::ledger::{Ledger, Stored};
use crate::store::{self, Target};

use super::select::Wanted;
use super::stored::{Absence, absent, absent_from};

use super::{Account, Context, Error, Outcome};

/// Forgets messages, each named by its unique id, so that they are fetched
/// again. If one of them is not known, none is forgotten.
pub fn forget(
    account: &Account,
    wanted: &[Wanted],
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(account, cancel, observer);
    context.local(|| {
        let not_known = |wanted: &Wanted| Error::NotKnown { wanted: wanted.to_string() };
        let Some(ledger) = context.existing_ledger()? else {
            return wanted.first().map_or(Ok(()), |one| Err(not_known(one)));
        };
        let mut uids = Vec::new();
        for word in wanted {
            let uid = word.uid(|uid| ledger.seen().get(uid).is_some());
            uids.push(uid.ok_or_else(|| not_known(word))?);
        }
        drop_from(ledger, &uids, Vec::new(), observer)
    })
}

/// Forgets what was stored and is neither where it was put nor in `target`, the
/// account's, if that is of the same kind. What is altered is not missing. Of
/// messages that share a unique id, those that are there stay known.
///
/// Fails, and forgets nothing, if there is no target at all to look into: its
/// disk may not be mounted.
pub fn forget_missing(
    account: &Account,
    target: Option<&Target>,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(account, cancel, observer);
    context.local(|| {
        let ledger = context.existing_ledger()?;
        let ledger = ledger.ok_or_else(|| context.never_fetched())?;
        let mut all = Vec::new();
        ledger.stored(|stored| {
            all.push(stored);
            Ok::<_, Error>(())
        })?;
        let mut missing = absent(all.clone(), &context)?;
        if let Some(target) = target {
            missing = look_in(target, missing, &context)?;
        }
        if let Some((stored, _)) = missing.iter().find(|(_, why)| *why == Absence::NoTarget) {
            let path = (&*stored.receipt.target.address).into();
            return Err(store::Error::Vanished { path }.into());
        }
        if missing.iter().any(|(_, why)| *why == Absence::Unsure) {
            observer.warn(WarningCode::ChangedMeanwhile, "another program wrote to the mbox while it was read; what was missed may be there, and is not forgotten".to_owned());
        }
        missing.retain(|(_, why)| *why == Absence::Missing);
        let missing: BTreeSet<(Uid, u32)> = missing
            .into_iter()
            .map(|(stored, _)| (stored.uid, stored.ordinal))
            .collect();
        let uids: BTreeSet<&Uid> = missing.iter().map(|(uid, _)| uid).collect();
        all.retain(|stored| {
            let copy = (stored.uid.clone(), stored.ordinal);
            uids.contains(&stored.uid) && !missing.contains(&copy)
        });
        let uids: Vec<Uid> = uids.into_iter().cloned().collect();
        drop_from(ledger, &uids, all, observer)
    })
}

/// What of this is not in another target of the same kind either: somebody may
/// have moved the old one there, or go on with a new one.
fn look_in(
    target: &Target,
    missing: Vec<(Stored, Absence)>,
    context: &Context<'_>,
) -> Result<Vec<(Stored, Absence)>, Error> {
    let may_be_there = |(stored, why): &(Stored, Absence)| {
        let went_to = &stored.receipt.target;
        *why != Absence::Altered
            && went_to.scheme == target.name().scheme
            && went_to != target.name()
    };
    let (there, mut rest): (Vec<_>, Vec<_>) = missing.into_iter().partition(may_be_there);
    let there = there.into_iter().map(|(stored, _)| stored).collect();
    rest.extend(absent_from(target, there, context)?);
    Ok(rest)
}

fn drop_from(
    mut ledger: Ledger,
    uids: &[Uid],
    kept: Vec<Stored>,
    observer: &dyn Observer,
) -> Result<(), Error> {
    ledger.forget_but(uids, kept)?;
    ledger.close()?;
    for uid in uids.iter().cloned() {
        observer.notice(&Event::Ledger(LedgerChange::Forgotten { uid }));
    }
    Ok(())
}
