//! `state repair`: a damaged ledger made usable again.

use std::sync::Arc;

use crate::base::{Cancel, Event, LedgerChange, Observer};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{self, Ledger};

use super::absent::absent;
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
            let not_there = |stored| -> Result<_, Error> {
                let absent = absent(stored, account, cancel, &disk)?.into_iter();
                Ok(absent
                    .map(|(stored, _)| (stored.uid, stored.ordinal))
                    .collect())
            };
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
