//! A Maildir that is only read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{entries, name, path};
use crate::base::{AccountId, Hash, Receipt, TargetName, Uid};
use crate::disk::{Disk, Kind};
use crate::store::folders::reread;
use crate::store::{self, Error, Finding, Kept, Published, Reading, Reread, Sink, Target};

/// How long a listing is good enough for a search: who copies messages takes
/// his time, and readers move more of them meanwhile.
const FRESH: Duration = Duration::from_secs(1);

/// What stood in new/ and cur/ when they were listed.
#[derive(Debug)]
pub(super) struct Archive {
    disk: Arc<dyn Disk>,
    account: AccountId,
    target: Arc<TargetName>,
    dir: PathBuf,
    published: Published,
    /// When it was listed for a search.
    listed: Option<Instant>,
}

impl Archive {
    pub(super) fn open(target: &Target, reading: &Reading<'_>) -> Result<Self, Error> {
        let dir = target.path();
        // Through a link, which a Maildir may be behind.
        reading.check_there(target, &dir.join("new"), Kind::Dir)?;
        let mut archive = Self {
            account: reading.account.clone(),
            target: Arc::clone(target.name()),
            dir: dir.into(),
            published: Published::default(),
            listed: None,
            disk: Arc::clone(reading.disk),
        };
        archive.list()?;
        Ok(archive)
    }

    fn list(&mut self) -> Result<(), Error> {
        let found = entries(&*self.disk, &self.dir)?;
        self.published = Published::new(&self.target, &self.account, found);
        Ok(())
    }

    /// The messages that may be the one whose file was once named so: the one
    /// that still bears this name but for its flags first.
    fn named(&self, name: &str) -> Vec<Receipt> {
        let Some((_, id)) = name::parse(name.as_bytes()) else {
            return Vec::new();
        };
        let bears = |word: &str| {
            let found = word.split_once('/').map_or(word, |(_, found)| found);
            let rest = found.strip_prefix(name);
            rest.is_some_and(|flags| flags.is_empty() || flags.starts_with(':'))
        };
        let entries = self.published.of(id);
        let (named, others): (Vec<_>, Vec<_>) = entries.partition(|entry| bears(&entry.word));
        let all = named.into_iter().chain(others);
        all.map(|entry| self.published.receipt(entry)).collect()
    }
}

impl store::Archive for Archive {
    /// By the key in the name that its file was given: it may have been stored
    /// twice, the second time because the first one was damaged.
    fn look(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        let word = receipt.word();
        let name = Path::new(word).file_name().unwrap_or_default();
        let mut found = Finding::Missing;
        for receipt in self.named(&name.to_string_lossy()) {
            match self.read(&receipt, &mut kept.sink()) {
                Ok(reread) if reread.hash == hash => return Ok(Finding::Intact(receipt)),
                Ok(_) if found == Finding::Missing => found = Finding::Altered(receipt),
                Ok(_) | Err(Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The same in a new listing: a reader may have moved it meanwhile.
    fn search(&mut self, receipt: &Receipt, hash: Hash, kept: &mut Kept) -> Result<Finding, Error> {
        if self.listed.is_none_or(|listed| listed.elapsed() >= FRESH) {
            self.list()?;
            self.listed = Some(Instant::now());
        }
        self.look(receipt, hash, kept)
    }

    fn read(&self, receipt: &Receipt, sink: Sink<'_>) -> Result<Reread, Error> {
        reread(&*self.disk, &path(receipt), sink)
    }

    fn under_key(&self, uid: &Uid, ordinal: u32) -> Option<Receipt> {
        let found = self.published.find(uid, ordinal)?;
        Some(found.receipt)
    }
}
