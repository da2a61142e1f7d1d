//! What targets have in common that take messages and keep nothing to read: a
//! command, an LMTP server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::parcel::{Incoming, Parcel};
use super::spool::Spool;
use super::{Draft, Error, Fate, Handover, Key, Sealed, Setting, Target};
use crate::base::{Location, Receipt, TargetName, Value};
use crate::wait::Timeouts;

/// Deferrals in a row after which the rest is left for another run.
const MAX_DEFERRALS: u8 = 3;

/// One that messages are handed on to.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) name: Arc<TargetName>,
    pub(super) setting: Setting,
    pub(super) handover: Arc<Handover>,
    pub(super) limit: DeferralLimit,
    /// Of the next draft.
    serial: AtomicU64,
}

impl Agent {
    /// Removes the spools that a killed run left.
    pub(super) fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        Spool::sweep(&setting.scratch, &*setting.disk).map_err(Error::at_open)?;
        Ok(Self {
            name: Arc::clone(target.name()),
            setting: setting.clone(),
            handover: Arc::new(setting.handover.clone()),
            limit: DeferralLimit::default(),
            serial: AtomicU64::new(0),
        })
    }

    /// Starts to receive a message.
    pub(super) fn draft(&self, key: Key) -> Draft {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        Incoming::draft(key, &self.setting, &self.handover, serial)
    }

    /// A batch as what is handed on.
    pub(super) fn parcels(batch: Vec<Sealed>) -> Result<Vec<Parcel>, Error> {
        batch.into_iter().map(Parcel::of).collect()
    }

    /// The limits of a single wait of this length.
    pub(super) fn timeouts(&self, wait: Duration) -> Timeouts {
        Timeouts { wait, deadline: self.setting.deadline, cancel: self.setting.cancel.clone() }
    }

    /// Returns whether nothing more is to be begun.
    pub(super) fn must_stop(&self) -> bool {
        self.limit.is_over()
            || self.setting.cancel.check().is_err()
            || Instant::now() >= self.setting.deadline
    }

    /// It has taken the message.
    pub(super) fn took(&self, parcel: &Parcel) -> Fate {
        Fate::Stored(Receipt { target: Arc::clone(&self.name), words: vec![parcel.id.clone()] })
    }
}

/// Where a message went that an agent took: to the one of this name.
pub(super) fn locate(field: &'static str, name: String, receipt: &Receipt) -> Location {
    let id = Value::Text(receipt.word().to_owned());
    Location { text: name.clone(), fields: vec![(field, Value::Text(name)), ("id", id)] }
}

/// Whether the target still takes anything in this run.
#[derive(Debug, Default)]
pub(super) struct DeferralLimit {
    deferrals: AtomicU8,
    over: AtomicBool,
}

impl DeferralLimit {
    /// Takes in what became of a message.
    pub(super) fn note(&self, fate: &Fate) {
        match fate {
            Fate::Stored(_) | Fate::Refused(_) => self.deferrals.store(0, Ordering::Relaxed),
            Fate::Deferred(_) | Fate::InDoubt(_) => {
                let deferrals = self.deferrals.fetch_add(1, Ordering::Relaxed) + 1;
                if deferrals >= MAX_DEFERRALS {
                    self.end();
                }
            }
            Fate::Left => {}
        }
    }

    /// It takes nothing more.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_deferrals_in_a_row_are_enough() {
        let limit = DeferralLimit::default();
        let deferred = Fate::Deferred("busy".to_owned());
        let refused = Fate::Refused("no".to_owned());
        for fate in [&deferred, &deferred, &refused, &deferred, &deferred] {
            limit.note(fate);
            assert!(!limit.is_over());
        }
        limit.note(&deferred);
        assert!(limit.is_over());
    }
}
