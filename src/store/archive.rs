//! A store as it stands, to be read: nothing is created, locked, tried out or
//! cleaned up.

use std::sync::Arc;

use super::{Error, Target, maildir, mbox};
use crate::base::{AccountId, Cancel, Delivered, Hash, Place};
use crate::disk::{Disk, Kind};

/// What is found of a stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// It is here, unaltered.
    Intact(Place),
    /// Something else is in its place.
    Altered(Place),
    /// It is not here.
    Missing,
    /// It went to a store of the other kind.
    Elsewhere,
}

/// A Maildir or an mbox that is only read. Others may change it meanwhile, and
/// in an mbox one message may stand where another one stood. So whatever
/// [`Archive::look`] does not find intact deserves a [`Archive::search`] once
/// all else was looked at, and if that does not find it either, a last look
/// once all else was searched.
#[derive(Debug)]
pub struct Archive {
    kind: ArchiveKind,
}

#[derive(Debug)]
enum ArchiveKind {
    Maildir(maildir::Archive),
    Mbox(mbox::Archive),
}

impl Archive {
    /// Opens what is there; [`Error::NoStore`] if nothing is. Paths are
    /// absolute.
    pub fn open(
        target: &Target,
        account: &AccountId,
        cancel: &Cancel,
        disk: Arc<dyn Disk>,
    ) -> Result<Self, Error> {
        let path = target.place();
        // Through a link, which a Maildir may be behind.
        let facts = match target {
            Target::Maildir(_) => disk.stat(&path.join("new")),
            Target::Mbox(_) => disk.stat(&path),
        };
        let (is_fit, kind) = match target {
            Target::Maildir(_) => (Kind::Dir, "Maildir"),
            Target::Mbox(_) => (Kind::File, "mbox"),
        };
        match facts {
            Ok(facts) if facts.kind == is_fit => {}
            _ => return Err(Error::NoStore { kind, path }),
        }
        let kind = match target {
            Target::Maildir(_) => {
                ArchiveKind::Maildir(maildir::Archive::open(&path, account, disk)?)
            }
            Target::Mbox(_) => ArchiveKind::Mbox(mbox::Archive::open(&path, cancel, &*disk)?),
        };
        Ok(Self { kind })
    }

    /// Looks where the ledger says that a message is: in a Maildir under its
    /// key, wherever a reader moved it within new/ and cur/.
    pub fn look(&mut self, place: &Delivered, hash: Hash) -> Result<Look, Error> {
        match (&mut self.kind, place) {
            (ArchiveKind::Maildir(maildir), Delivered::File(name)) => maildir.look(name, hash),
            (ArchiveKind::Mbox(mbox), Delivered::Range { offset, length }) => {
                mbox.look((*offset, *length), hash)
            }
            _ => Ok(Look::Elsewhere),
        }
    }

    /// Looks again, and in an mbox at all that [`Archive::look`] did not find,
    /// by the hash: a reader that takes messages out moves the others.
    pub fn search(&mut self, place: &Delivered, hash: Hash) -> Result<Look, Error> {
        match (&mut self.kind, place) {
            (ArchiveKind::Maildir(maildir), Delivered::File(name)) => maildir.search(name, hash),
            (ArchiveKind::Mbox(mbox), Delivered::Range { .. }) => mbox.search(hash),
            _ => Ok(Look::Elsewhere),
        }
    }

    /// Whether another program wrote to the mbox since it was opened: what was
    /// not found may have been on the move. In a Maildir messages do not change.
    pub fn has_changed(&self, disk: &dyn Disk) -> bool {
        match &self.kind {
            ArchiveKind::Maildir(_) => false,
            ArchiveKind::Mbox(mbox) => mbox.has_changed(disk),
        }
    }
}

#[cfg(test)]
mod tests;
