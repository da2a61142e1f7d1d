//! After a session that did not close cleanly: what stands in the store and
//! is not in the ledger is recorded, not fetched again.

use std::collections::HashMap;

use crate::base::{Event, Listing, Observer, Warning, WarningCode};
use crate::ledger::{Delivered, Ledger, Stored};
use crate::store::{self, Key, Published, Store};

use super::Error;
use super::commit::delivered;

/// mbox: settles an append that was announced and never confirmed.
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
