//! `state`: the ledger of an account, looked into or changed.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{
    Cancel, Event, Failure, KnownBy, KnownMessage, LedgerChange, Observer, Summary, Uid,
};
use crate::disk::{Disk, RealDisk};
use crate::ledger::{self, Ledger, Lock};
use crate::oauth;
use crate::plan::{Change, Known, KnownCopy, Origin, Proof, Refusal};
use crate::session::Leave;
use crate::store;
use crate::wait::Timeouts;

use super::select::{Wanted, select};
use super::{Account, Connector, Error, Outcome, listing, now};

/// Announces [`Event::Known`] for everything that the ledger knows: first
/// what is stored, in the order of its records, then what is only known, was
/// refused or is in doubt. Takes
/// no lock and changes nothing.
pub fn known(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    local(|| {
        let mut stopped = Ok(());
        let mut tell = |uid: &Uid, copy: Said<'_>, known: &Known| {
            stopped = stopped.and_then(|()| cancel.check());
            if stopped.is_ok() {
                observer.notice(&Event::Known(Box::new(known_message(uid, copy, known))));
            }
        };
        let Account { id, state_dir, .. } = account;
        let seen = Ledger::peek_known(state_dir, id, &RealDisk::new(), &mut |stored, known| {
            tell(&stored.uid, Said::Stored(stored), known);
        })?;
        for (uid, known) in seen.iter() {
            let Some(uid) = Uid::new(uid) else { continue };
            for (_, copy) in known.copies() {
                if let Proof::Said(origin) = copy.proof() {
                    tell(&uid, Said::So(origin, copy), known);
                }
            }
            let id = |ordinal| store::key_text(id, &uid, ordinal);
            if let Some(refusal) = known.refusal() {
                tell(&uid, Said::Refused(id(refusal.ordinal), refusal), known);
            }
            for ordinal in known.in_doubt() {
                tell(&uid, Said::InDoubt(id(*ordinal)), known);
            }
        }
        Ok(stopped?)
    })
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
            let proof = KnownBy::Stored {
                sha256: stored.hash,
                location: store::recorded(&stored.receipt),
            };
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
            let proof = KnownBy::Refused {
                id,
                answer: refusal.answer.clone(),
                next_try: refusal.until,
            };
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
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let mut connector = Connector::new(account, cancel, observer, Arc::clone(&disk));
    let mut summary = Summary::default();
    let mut mark = || -> Result<(), Error> {
        let mut ledger = open(account, cancel, &disk)?;
        let (session, listed) = connector.ask(listing::read_with_sizes)?;
        listed.count(observer, &mut summary);
        let entries = match wanted {
            [] => listed.listing.into_entries(),
            wanted => select(&listed.listing, wanted)?,
        };
        let messages: Vec<_> = entries
            .iter()
            .map(|entry| (entry.uid.clone(), entry.size()))
            .collect();
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
    };
    let result = mark();
    connector.outcome(summary, result)
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
    local(|| {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        let mut ledger = open(account, cancel, &disk)?;
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
    local(|| {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        Ledger::check_vacant(&new.state_dir, &new.id, &*disk)?;
        let Some(ledger) = open_existing(old, cancel, &disk)? else {
            let state_dir = old.state_dir.clone();
            return Err(Error::NeverFetched { state_dir });
        };
        let lock = lock(new, cancel, &disk)?;
        // The ledger goes last: as long as it is here, this can be done again.
        give_tokens(old, new, cancel, &disk)?;
        let ledger = ledger.give(lock)?;
        observer.notice(&Event::Ledger(LedgerChange::Moved {
            to: new.name.clone(),
            known: ledger.seen().len() as u64,
        }));
        Ok(())
    })
}

fn give_tokens(
    old: &Account,
    new: &Account,
    cancel: &Cancel,
    disk: &Arc<dyn Disk>,
) -> Result<(), Error> {
    let store = |of: &Account| oauth::Store::new(of.dir(), oauth::Place::File, Arc::clone(disk));
    let timeouts = Timeouts::new(old.access.timeout, old.access.deadline, cancel);
    let given = store(old).give(&store(new), &timeouts);
    given.map_err(|error| Error::Secret(Box::new(Failure::from_error(error.class(), &error))))
}

/// Work that connects to nothing.
pub(super) fn local(work: impl FnOnce() -> Result<(), Error>) -> Outcome {
    let started = Instant::now();
    let result = work();
    Outcome::new(Summary::default(), result, started)
}

/// Nobody waits for these commands: another run is told about at once.
pub(super) fn lock(
    account: &Account,
    cancel: &Cancel,
    disk: &Arc<dyn Disk>,
) -> Result<Lock, Error> {
    let Account { id, state_dir, .. } = account;
    Ok(Lock::take(state_dir, id, Duration::ZERO, cancel, disk)?)
}

fn open(account: &Account, cancel: &Cancel, disk: &Arc<dyn Disk>) -> Result<Ledger, Error> {
    let lock = lock(account, cancel, disk)?;
    Ok(Ledger::open(lock, Arc::clone(disk))?)
}

/// `None` where nothing was ever recorded: nothing is created then.
pub(super) fn open_existing(
    account: &Account,
    cancel: &Cancel,
    disk: &Arc<dyn Disk>,
) -> Result<Option<Ledger>, Error> {
    if !Ledger::exists(&account.state_dir, &account.id, &**disk)? {
        return Ok(None);
    }
    open(account, cancel, disk).map(Some)
}
