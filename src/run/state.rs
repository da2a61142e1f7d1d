//! `state`: the ledger of an account, looked into or changed.

use std::collections::HashSet;
use std::sync::Arc;

use crate::base::{
    Cancel, Closing, Event, Failure, KnownBy, KnownMessage, LedgerChange, Observer, Uid,
};
use crate::ledger::{self, Ledger};
use crate::oauth;
use crate::plan::{Change, Known, KnownCopy, Origin, Proof, Refusal};
use crate::session::Leave;
use crate::store;
use crate::wait::{Timeouts, now};

use super::select::{Wanted, select};
use super::{Account, Context, Error, Outcome, listing};

/// Announces [`Event::Known`] for everything that the ledger knows: first
/// what is stored, in the order of its records, then what is only known, was
/// refused or is in doubt. Takes
/// no lock and changes nothing.
pub fn known(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let context = Context::new(account, cancel, observer);
    let mut outcome = context.local(|| {
        let tell = |uid: &Uid, copy: Said<'_>, known: &Known| -> Result<(), Error> {
            cancel.check()?;
            observer.notice(&Event::Known(Box::new(known_message(uid, copy, known))));
            Ok(())
        };
        let snapshot = context.snapshot()?;
        snapshot.stored(|stored| match snapshot.seen().get(&stored.uid) {
            Some(known) => tell(&stored.uid, Said::Stored(&stored), known),
            None => Ok(()),
        })?;
        for (uid, known) in snapshot.seen().iter() {
            let Some(uid) = Uid::new(uid) else { continue };
            for (_, copy) in known.copies() {
                if let Proof::Said(origin) = copy.proof() {
                    tell(&uid, Said::So(origin, copy), known)?;
                }
            }
            let id = |ordinal| store::key_text(&account.id, &uid, ordinal);
            if let Some(refusal) = known.refusal() {
                tell(&uid, Said::Refused(id(refusal.ordinal), refusal), known)?;
            }
            for ordinal in known.in_doubt() {
                tell(&uid, Said::InDoubt(id(*ordinal)), known)?;
            }
        }
        Ok(())
    });
    if outcome.error.is_none() {
        outcome.summary.closing = Closing::Known;
    }
    outcome
}

/// One message as the ledger has it.
enum Said<'s> {
    Stored(&'s ledger::Stored),
    So(Origin, &'s KnownCopy),
    Refused(String, &'s Refusal),
    InDoubt(String),
}

fn known_message(uid: &Uid, said: Said<'_>, known: &Known) -> KnownMessage {
    let (size, first_seen, proof) = match said {
        Said::Stored(stored) => {
            let proof =
                KnownBy::Stored { sha256: stored.hash, location: store::recorded(&stored.receipt) };
            (stored.size, Some(stored.first_seen), proof)
        }
        Said::So(origin, copy) => {
            let proof = match origin {
                Origin::Marked => KnownBy::Marked,
                Origin::Imported => KnownBy::Imported,
                Origin::Left(_) => KnownBy::Left,
            };
            (copy.size(), Some(copy.first_seen()), proof)
        }
        Said::Refused(id, refusal) => {
            let proof =
                KnownBy::Refused { id, answer: refusal.answer.clone(), next_try: refusal.until };
            (None, None, proof)
        }
        Said::InDoubt(id) => (None, None, KnownBy::InDoubt { id }),
    };
    KnownMessage {
        uid: uid.clone(),
        size,
        first_seen,
        proof,
        deleted: known.is_deleted(),
        gone_since: known.gone().map(|gone| gone.since),
    }
}

/// Records messages on the server as seen, without fetching them: those that
/// are wanted, or all if none is named.
pub fn mark_seen(
    account: &Account,
    wanted: &[Wanted],
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(account, cancel, observer);
    context.online(|connector, summary| {
        let mut ledger = context.ledger()?;
        let (session, listed) = connector.ask(listing::read_with_sizes)?;
        listed.count(observer, summary);
        let entries = match wanted {
            [] => listed.listing.into_entries(),
            wanted => select(&listed.listing, wanted)?,
        };
        let messages: Vec<_> =
            entries.iter().map(|entry| (entry.uid.clone(), entry.size())).collect();
        let marks = ledger.seen().marks(&messages, Origin::Marked, now());
        let is_new = |change: &&Change| matches!(change, Change::Marked { .. });
        summary.new = marks.iter().filter(is_new).count() as u64;
        ledger.mark(&messages, Origin::Marked, now())?;
        ledger.close()?;
        session.leave(Leave::Quit)?;
        observer.notice(&Event::Ledger(LedgerChange::Marked {
            listed: summary.listed,
            marked: summary.new,
        }));
        Error::partial(summary.failed, summary.listed)
    })
}

/// Records what another program has seen, so that it is not fetched again.
/// One message is known for each unique id. The same holds for `aliases`, by
/// which the server may know some of them; they are not counted.
pub fn import(
    account: &Account,
    uids: &[Uid],
    aliases: &[Uid],
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(account, cancel, observer);
    context.local(|| {
        let mut ledger = context.ledger()?;
        let mut given = HashSet::new();
        let mut once = |uids: &[Uid]| -> Vec<(Uid, Option<u64>)> {
            let new = uids.iter().filter(|uid| given.insert((*uid).clone()));
            new.map(|uid| (uid.clone(), None)).collect()
        };
        let mut messages = once(uids);
        let read = messages.len() as u64;
        let marks = ledger.seen().marks(&messages, Origin::Imported, now());
        let imported = marks.len() as u64;
        messages.extend(once(aliases));
        ledger.mark(&messages, Origin::Imported, now())?;
        ledger.close()?;
        let change = LedgerChange::Imported { read, imported };
        observer.notice(&Event::Ledger(change));
        Ok(())
    })
}

/// Gives the ledger of an account to another one, which has none: what is known
/// by unique ids stays known there. Its tokens go with it.
pub fn give(old: &Account, new: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let old = Context::new(old, cancel, observer);
    let to = Context { account: new, ..old.clone() };
    old.local(|| {
        Ledger::check_vacant(&new.state_dir, &new.id, &*old.disk)?;
        let ledger = old.existing_ledger()?.ok_or_else(|| old.never_fetched())?;
        let lock = to.lock()?;
        // The ledger goes last: as long as it is here, this can be done again.
        give_tokens(&old, &to)?;
        let ledger = ledger.give(lock)?;
        observer.notice(&Event::Ledger(LedgerChange::Moved {
            to: new.name.clone(),
            known: ledger.seen().len() as u64,
        }));
        Ok(())
    })
}

fn give_tokens(old: &Context<'_>, to: &Context<'_>) -> Result<(), Error> {
    let store = |of: &Context<'_>| {
        oauth::Store::new(of.account.dir(), oauth::Place::File, Arc::clone(&of.disk))
    };
    let access = &old.account.access;
    let timeouts = Timeouts::new(access.timeout, access.deadline, old.cancel);
    let given = store(old).give(&store(to), &timeouts);
    given.map_err(|error| Error::Secret(Box::new(Failure::from_error(error.class(), &error))))
}
