//! An archive that is only read.

use std::sync::Arc;

use super::name::{Month, months};
use super::path;
use crate::base::{Hash, Receipt, TargetName};
use crate::disk::{Disk, Kind};
use crate::store::folders::reread;
use crate::store::{self, Error, Finding, Kept, Reading, Reread, Sink, Target};

/// The months that were there when it was opened.
#[derive(Debug)]
pub(super) struct Archive {
    disk: Arc<dyn Disk>,
    target: Arc<TargetName>,
    months: Vec<Month>,
}

impl Archive {
    pub(super) fn open(target: &Target, reading: &Reading<'_>) -> Result<Self, Error> {
        let dir = target.path();
        reading.check_there(target, dir, Kind::Dir)?;
        Ok(Self {
            months: months(&**reading.disk, dir)?,
            disk: Arc::clone(reading.disk),
            target: Arc::clone(target.name()),
        })
    }

    fn look_in(&self, month: Month, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        let receipt = month.receipt(&self.target, hash);
        match store::Archive::read(self, &receipt, &mut kept.sink()) {
            Ok(reread) if reread.hash == hash => Ok(Finding::Intact(receipt)),
            Ok(_) => Ok(Finding::Altered(receipt)),
            Err(Error::Missing { .. }) => Ok(Finding::Missing),
            Err(error) => Err(error),
        }
    }
}

impl store::Archive for Archive {
    /// In the month that the receipt names.
    fn look(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        let word = receipt.word();
        match Month::in_word(word, hash) {
            Some(month) if self.months.contains(&month) => self.look_in(month, hash, kept),
            _ => Ok(Finding::Missing),
        }
    }

    /// In every month.
    fn search(&mut self, _: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        for month in &self.months {
            if let found @ Finding::Intact(_) = self.look_in(*month, hash, kept)? {
                return Ok(found);
            }
        }
        Ok(Finding::Missing)
    }

    fn read(&self, receipt: &Receipt, sink: Sink<'_>) -> Result<Reread, Error> {
        reread(&*self.disk, &path(receipt), sink)
    }
}
