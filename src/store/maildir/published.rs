//! Which messages stand in new/ and cur/.

use std::cmp::Reverse;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::entries;
use super::name::{self, Id};
use crate::base::{AccountId, Place, Uid};
use crate::disk::{Disk, Kind};
use crate::store::{Error, Target};

/// Our keys that stand in new/ and cur/.
#[derive(Clone, Debug, Default)]
pub struct Published {
    maildir: Option<Folders>,
}

/// A message that stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Where.
    pub place: Place,
    /// Seconds since 1970 at the start of the run that published it.
    pub seconds: u64,
}

#[derive(Clone, Debug)]
struct Folders {
    account: AccountId,
    new: PathBuf,
    cur: PathBuf,
    entries: Vec<Entry>,
}

/// A name that has an id. Of those with the same one, the youngest comes
/// first, and one in cur/ before one in new/.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) id: Id,
    pub(super) seconds: Reverse<u64>,
    pub(super) is_new: bool,
    pub(super) name: Box<[u8]>,
}

impl Published {
    /// Those in a Maildir that nothing is going to be stored in; none if there
    /// is no Maildir, or in an mbox.
    pub fn read(target: &Target, account: &AccountId, disk: &dyn Disk) -> Result<Self, Error> {
        let Target::Maildir(_) = target else {
            return Ok(Self::default());
        };
        let [new, cur] = ["new", "cur"].map(|folder| target.place().join(folder));
        match disk.stat(&new) {
            Ok(facts) if facts.kind == Kind::Dir => {
                let found = entries(disk, &new, &cur)?;
                Ok(Self::new(account, &new, &cur, found))
            }
            _ => Ok(Self::default()),
        }
    }

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

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        let entries = self.maildir.as_ref().map(|maildir| &maildir.entries);
        entries.is_none_or(Vec::is_empty)
    }

    /// The message of a uid and an ordinal, wherever a reader moved it within
    /// the Maildir and whatever flags it added. Of several the youngest.
    pub fn find(&self, uid: &Uid, ordinal: u32) -> Option<Standing> {
        let maildir = self.maildir.as_ref()?;
        let id = name::id(&maildir.account, uid, ordinal);
        maildir.of(id).next().map(|entry| Standing {
            place: maildir.place(entry),
            seconds: entry.seconds.0,
        })
    }

    /// The messages that may be the one whose file was once named so: the one
    /// that still bears this name but for its flags first.
    pub(super) fn find_name(&self, name: &str) -> Vec<Place> {
        let (Some(maildir), Some((_, id))) = (&self.maildir, name::parse(name.as_bytes())) else {
            return Vec::new();
        };
        let bears = |entry: &&Entry| {
            let rest = entry.name.strip_prefix(name.as_bytes());
            rest.is_some_and(|flags| flags.is_empty() || flags.starts_with(b":"))
        };
        let (named, others): (Vec<&Entry>, Vec<&Entry>) = maildir.of(id).partition(bears);
        let places = named.into_iter().chain(others);
        places.map(|entry| maildir.place(entry)).collect()
    }
}

impl Folders {
    /// The entries with an id.
    fn of(&self, id: Id) -> impl Iterator<Item = &Entry> {
        let at = self.entries.partition_point(|entry| entry.id < id);
        self.entries[at..]
            .iter()
            .take_while(move |entry| entry.id == id)
    }

    fn place(&self, entry: &Entry) -> Place {
        let folder = match entry.is_new {
            true => &self.new,
            false => &self.cur,
        };
        Place::Maildir(folder.join(OsStr::from_bytes(&entry.name)))
    }
}
