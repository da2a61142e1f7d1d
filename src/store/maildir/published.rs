//! Which messages stand in new/ and cur/.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::name::{self, Id};
use crate::base::{AccountId, Place};
use crate::store::Key;

/// Our keys that stand in new/ and cur/.
#[derive(Clone, Debug, Default)]
pub struct Published {
    maildir: Option<Folders>,
}

#[derive(Clone, Debug)]
struct Folders {
    account: AccountId,
    new: PathBuf,
    cur: PathBuf,
    /// By id; of two with the same one, the one in cur/ first.
    entries: Vec<Entry>,
}

/// A name that has an id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) is_new: bool,
    pub(super) name: Box<[u8]>,
}

impl Published {
    pub(super) fn new(
        account: &AccountId,
        new: &Path,
        cur: &Path,
        mut entries: Vec<Entry>,
    ) -> Self {
        entries.sort_unstable();
        entries.dedup();
        entries.shrink_to_fit();
        Self {
            maildir: Some(Folders {
                account: account.clone(),
                new: new.into(),
                cur: cur.into(),
                entries,
            }),
        }
    }

    /// Where a message with this key is, wherever a reader moved it within
    /// the Maildir and whatever flags it added.
    pub fn find(&self, key: &Key) -> Option<Place> {
        let maildir = self.maildir.as_ref()?;
        self.find_id(name::id(&maildir.account, &key.uid, key.ordinal))
    }

    /// The same for a message whose file was once named so.
    pub(super) fn find_name(&self, name: &[u8]) -> Option<Place> {
        self.find_id(name::parse(name)?)
    }

    fn find_id(&self, id: Id) -> Option<Place> {
        let maildir = self.maildir.as_ref()?;
        let at = maildir.entries.partition_point(|entry| entry.id < id);
        let entry = maildir.entries.get(at).filter(|entry| entry.id == id)?;
        let folder = match entry.is_new {
            true => &maildir.new,
            false => &maildir.cur,
        };
        Some(Place::Maildir(folder.join(OsStr::from_bytes(&entry.name))))
    }
}
