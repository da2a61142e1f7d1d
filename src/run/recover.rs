//! mbox: settles an append that was announced and never confirmed, so that
//! what came of it is recorded, not fetched again.

use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use crate::base::{Cancel, Event, Observer, Warning, WarningCode, shown};
use crate::disk::Disk;
use crate::ledger::{Delivered, Ledger};
use crate::store;

use super::{Account, Error};

/// Cuts off what is torn and provably ours, and records what is whole,
/// wherever mail goes now. To be called before the store is opened.
pub(super) fn settle(
    account: &Account,
    ledger: &mut Ledger,
    cancel: &Cancel,
    disk: &Arc<dyn Disk>,
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
    let disk = Arc::clone(disk);
    let recovered = intent.recover(
        &account.id,
        ledger.dir(),
        account.access.timeout,
        cancel,
        disk,
    )?;
    ledger.settle(recovered.whole.len())?;
    if recovered.left_alone {
        observer.notice(&Event::Warning(Warning {
            code: WarningCode::MboxTail,
            text: format!(
                "an interrupted run may have left the beginning of a message at the end of {}; it \
                 was left alone because it may be somebody else's, and the message will be \
                 stored again",
                shown(intent.path.as_os_str().as_bytes())
            ),
        }));
    }
    Ok(())
}
