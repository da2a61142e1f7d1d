//! mbox: settles an append that was announced and never confirmed, so that
//! what came of it is recorded, not fetched again.

use std::os::unix::ffi::OsStrExt;

use crate::base::{Event, Observer, Warning, WarningCode, shown};
use crate::ledger::{Delivered, Ledger};
use crate::store::{self, Setting, Target};

use super::Error;

/// Cuts off what is torn and provably ours, and records what is whole,
/// wherever mail goes now. To be called before the store is opened.
///
/// An mbox that is not this run's target, and cannot be read or written to,
/// stands in no way: a warning says what may be there.
pub(super) fn settle(
    target: &Target,
    ledger: &mut Ledger,
    setting: &Setting,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let Some(intent) = ledger.unsettled() else {
        return Ok(());
    };
    let coming = intent
        .messages
        .iter()
        .filter_map(|message| match message.stored.place {
            Delivered::Range { offset, length } => Some(store::Coming {
                offset,
                length,
                hash: message.stored.hash,
                from_line: message.from_line.clone(),
            }),
            Delivered::File(_) => None,
        });
    let intent = store::Intent {
        path: intent.path.clone(),
        ino: intent.ino,
        len: intent.len,
        messages: coming.collect(),
    };
    let mbox = shown(intent.path.as_os_str().as_bytes());
    let warning = match intent.recover(setting) {
        Ok(recovered) => {
            ledger.settle(recovered.whole.len())?;
            recovered.left_alone.then(|| {
                format!(
                    "an interrupted run may have left the beginning of a message at the end of \
                     {mbox}; it was left alone because it may be somebody else's, and the message \
                     will be stored again"
                )
            })
        }
        Err(error @ store::Error::Cancelled(_)) => return Err(error.into()),
        Err(error) if intent.is_for(target) => return Err(error.into()),
        Err(error) => {
            ledger.settle(0)?;
            Some(format!(
                "an interrupted run may have left messages at the end of {mbox}, which cannot be \
                 looked at: {error}; they may be stored again"
            ))
        }
    };
    if let Some(text) = warning {
        observer.notice(&Event::Warning(Warning {
            code: WarningCode::MboxTail,
            text,
        }));
    }
    Ok(())
}
