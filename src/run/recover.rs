//! Settles a batch that was announced and never confirmed, so that what came
//! of it is recorded, not fetched again.

use std::os::unix::ffi::OsStrExt;

use crate::base::{Observer, WarningCode, sanitized};
use crate::ledger::Ledger;
use crate::store::{self, Setting, Target};

use super::Error;

/// Cuts off what is torn and provably ours, and records what is whole,
/// wherever mail goes now. To be called before the store is opened.
///
/// A target that is not this run's target, and cannot be read or written to,
/// prevents nothing: a warning says what may be there.
pub(super) fn settle(
    target: &Target,
    ledger: &mut Ledger,
    setting: &Setting,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let Some(note) = ledger.unsettled() else {
        return Ok(());
    };
    let place = sanitized(note.target.address.as_bytes());
    let is_ours = note.target == *target.name();
    let warning = match store::recover(note, setting) {
        Ok(recovered) => {
            ledger.settle(recovered.whole)?;
            recovered.left_alone.then(|| {
                format!(
                    "an interrupted run may have left the beginning of a message at the end of \
                     {place}; it was left alone because it may be somebody else's, and the message \
                     will be stored again"
                )
            })
        }
        Err(error @ store::Error::Cancelled(_)) => return Err(error.into()),
        Err(error) if is_ours => return Err(error.into()),
        Err(error) => {
            ledger.settle(0)?;
            Some(format!(
                "an interrupted run may have left messages at the end of {place}, which cannot be \
                 looked at: {error}; they may be stored again"
            ))
        }
    };
    if let Some(text) = warning {
        observer.warn(WarningCode::MboxTail, text);
    }
    Ok(())
}
