//! After a session that did not close cleanly: what stands in the store and
//! is not in the ledger is recorded, not fetched again.

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use crate::base::{Cancel, Event, Listing, Observer, Warning, WarningCode, shown};
use crate::disk::Disk;
use crate::ledger::{Delivered, Ledger, Stored};
use crate::store::{self, Key, Published, Store};

use super::commit::delivered;
use super::{Account, Error};

/// Settles an append to an mbox that was announced and never confirmed,
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

/// Maildir: records what is listed, unknown, and stands there under its key.
pub(super) fn adopt(
    store: &Store,
    published: &Published,
    ledger: &mut Ledger,
    listing: &Listing,
    now: u64,
    observer: &dyn Observer,
) -> Result<(), Error> {
    let mut adopted = Vec::new();
    // Of several messages of one uid any may have been published.
    let mut ordinals = HashMap::new();
    for entry in listing.entries() {
        let next = ordinals
            .entry(&entry.uid)
            .or_insert_with(|| ledger.seen().tally(&entry.uid).next_ordinal());
        let key = Key {
            uid: entry.uid.clone(),
            ordinal: *next,
            seconds: now,
        };
        *next += 1;
        let Some(place) = published.find(&key) else {
            continue;
        };
        let reread = store.reread(&place)?;
        adopted.push(Stored {
            uid: entry.uid.clone(),
            ordinal: key.ordinal,
            size: entry.size(),
            hash: reread.hash,
            first_seen: now,
            place: delivered(&place),
        });
    }
    // Also with nothing found: the look itself makes up for the session that
    // did not close.
    ledger.begin()?;
    if adopted.is_empty() {
        return Ok(());
    }
    ledger.record(&adopted)?;
    let count = adopted.len();
    observer.notice(&Event::Note(format!(
        "{count} messages of an interrupted run were found in the Maildir and recorded"
    )));
    Ok(())
}
