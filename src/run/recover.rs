//! mbox: settles an append that was announced and never confirmed, so that
//! what came of it is recorded, not fetched again.

use crate::base::{Event, Observer, Warning, WarningCode};
use crate::ledger::{Delivered, Ledger};
use crate::store::{self, Store};

use super::Error;

/// Cuts off what is torn and provably ours, and records what is whole.
pub(super) fn settle(
    store: &Store,
    ledger: &mut Ledger,
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
        ino: intent.ino,
        len: intent.len,
        messages: coming.collect(),
    };
    let recovered = store.recover(&intent)?;
    ledger.settle(recovered.whole.len())?;
    if recovered.left_alone {
        observer.notice(&Event::Warning(Warning {
            code: WarningCode::MboxTail,
            text: "an interrupted run left the end of a message in the mbox; it was left alone \
                   because it may be somebody else's, and the message will be stored again"
                .into(),
        }));
    }
    Ok(())
}
