//! `state repair`: a damaged ledger made usable again.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::base::{Cancel, Event, LedgerChange, Observer, TargetName, Uid};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{self, Ledger, Stored};
use crate::store::{self, Finding, Kept, Reading, Target};

use super::search::Search;
use super::state::{local, lock};
use super::{Account, Error, Outcome};

/// Keeps what is whole in a damaged ledger; the damaged file stays beside it.
///
/// A line that was lost may have said that a message is to be fetched anew. So
/// what is on the server is compared with what is stored, and what is not in
/// its target any more is forgotten.
pub fn repair(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    local(|| {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        let mut repaired = ledger::Repaired::default();
        if Ledger::exists(&account.state_dir, &account.id, &*disk)? {
            let lock = lock(account, cancel, &disk)?;
            let not_there = |stored| not_there(stored, account, cancel, &disk);
            repaired = ledger::repair(&lock, &disk, not_there)?;
        }
        observer.notice(&Event::Ledger(LedgerChange::Repaired {
            ledger: account.dir().join("ledger"),
            kept: repaired.kept,
            lost: repaired.lost,
            forgotten: repaired.forgotten,
        }));
        Ok(())
    })
}

/// Those of these messages that are not in their targets, unaltered. What went
/// where nothing can be read back was taken there, and counts as there.
fn not_there(
    messages: Vec<Stored>,
    account: &Account,
    cancel: &Cancel,
    disk: &Arc<dyn Disk>,
) -> Result<Vec<(Uid, u32)>, Error> {
    let mut by_target: BTreeMap<Arc<TargetName>, Vec<Stored>> = BTreeMap::new();
    for stored in messages {
        let target = Arc::clone(&stored.receipt.target);
        by_target.entry(target).or_default().push(stored);
    }
    let reading = Reading {
        account: &account.id,
        cancel,
        disk,
    };
    let mut lost = Vec::new();
    for (name, messages) in by_target {
        let Some(target) = Target::named(&name) else {
            continue;
        };
        let archive = match target.archive(&reading) {
            Ok(archive) => archive,
            Err(store::Error::OutOfReach { .. }) => continue,
            Err(store::Error::NoStore { .. }) => {
                lost.extend(
                    messages
                        .into_iter()
                        .map(|stored| (stored.uid, stored.ordinal)),
                );
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let mut search = Search::new(archive, cancel, Kept::nothing());
        let mut each = |stored: &Stored, found: Finding, _: &Kept| {
            if !matches!(found, Finding::Intact(_)) {
                lost.push((stored.uid.clone(), stored.ordinal));
            }
        };
        for stored in &messages {
            search.look(stored, &mut each)?;
        }
        search.finish(&mut each)?;
    }
    Ok(lost)
}
