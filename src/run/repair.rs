//! `state repair`: a damaged ledger made usable again.

use crate::base::{Cancel, Event, LedgerChange, Observer};
use crate::ledger::{self};

use super::stored::absent;

use super::{Account, Context, Error, Outcome};

/// Keeps what is whole in a damaged ledger; the damaged file stays beside it.
///
/// A line that was lost may have said that a message is to be fetched anew. So
/// what is on the server is compared with what is stored, and what is not in
/// its target any more is forgotten.
pub fn repair(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let context = Context::new(account, cancel, observer);
    context.local(|| {
        let mut repaired = ledger::Repaired::default();
        if context.has_ledger()? {
            let lock = context.lock()?;
            let not_there = |stored| -> Result<_, Error> {
                let absent = absent(stored, &context)?.into_iter();
                Ok(absent.map(|(stored, _)| (stored.uid, stored.ordinal)).collect())
            };
            repaired = ledger::repair(&lock, &context.disk, not_there)?;
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
