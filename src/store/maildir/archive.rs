//! A Maildir that is only read.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Published, entries, reread};
use crate::base::{AccountId, Hash, Place};
use crate::disk::Disk;
use crate::store::{Error, Look};

/// What stood in new/ and cur/ when they were listed.
#[derive(Debug)]
pub(in crate::store) struct Archive {
    disk: Arc<dyn Disk>,
    account: AccountId,
    new: PathBuf,
    cur: PathBuf,
    published: Published,
    is_fresh: bool,
}

impl Archive {
    pub(in crate::store) fn open(
        dir: &Path,
        account: &AccountId,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        let mut archive = Self {
            account: account.clone(),
            new: dir.join("new"),
            cur: dir.join("cur"),
            published: Published::default(),
            is_fresh: false,
            disk,
        };
        archive.list()?;
        Ok(archive)
    }

    fn list(&mut self) -> Result<(), Error> {
        let found = entries(&*self.disk, &self.new, &self.cur)?;
        self.published = Published::new(&self.account, &self.new, &self.cur, found);
        Ok(())
    }

    /// By the key in the name that its file was given: it may have been stored
    /// twice, the second time because the first one was damaged.
    pub(in crate::store) fn look(&self, name: &str, hash: Hash) -> Result<Look, Error> {
        let mut found = Look::Missing;
        for place in self.published.find_name(name) {
            let Place::Maildir(path) = &place else {
                continue;
            };
            match reread(&*self.disk, path) {
                Ok(reread) if reread.hash == hash => return Ok(Look::Intact(place)),
                Ok(_) if found == Look::Missing => found = Look::Altered(place),
                Ok(_) | Err(Error::Missing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    /// The same in a new listing: a reader may have moved it meanwhile.
    pub(in crate::store) fn search(&mut self, name: &str, hash: Hash) -> Result<Look, Error> {
        if !self.is_fresh {
            self.list()?;
            self.is_fresh = true;
        }
        self.look(name, hash)
    }
}
