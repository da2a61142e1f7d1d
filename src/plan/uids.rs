//! Unique ids as small dense numbers. A maildrop may hold a million of them,
//! so they lie in one piece of memory, and everything else about a uid is
//! found by its number.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use crate::base::Uid;

/// Uids to a block: as many as are sure to start within the reach of 16 bits.
const BLOCK: usize = (u16::MAX as usize + 1) / Uid::MAX;

/// The number of a uid within one [`Uids`], from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

impl Id {
    pub(super) fn new(number: u32) -> Self {
        Self(number)
    }

    /// As an index.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A place of the table: the number of a uid and a part of its hash, so that
/// nearly every look at another uid's octets is saved.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    id: u32,
}

/// A place without a uid.
const FREE: Slot = Slot { hash: 0, id: u32::MAX };

/// A set of uids that never forgets one: an open table with linear probing.
/// The hash is keyed at random, because a server chooses the uids.
#[derive(Clone, Debug, Default)]
pub(super) struct Uids {
    bytes: Vec<u8>,
    /// Where each block of uids starts in `bytes` …
    blocks: Vec<usize>,
    /// … and each uid within its block; it ends where the next one starts.
    starts: Vec<u16>,
    /// A power of two of them, at least a quarter free; or none at all.
    table: Vec<Slot>,
    hasher: RandomState,
}

impl Uids {
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// All numbers, in the order in which their uids came.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.len() as u32).map(Id)
    }

    /// The uid of a number of this set.
    pub(super) fn bytes(&self, id: Id) -> &[u8] {
        &self.bytes[self.start(id.index())..self.start(id.index() + 1)]
    }

    fn start(&self, index: usize) -> usize {
        match self.starts.get(index) {
            Some(start) => self.blocks[index / BLOCK] + usize::from(*start),
            None => self.bytes.len(),
        }
    }

    pub(super) fn find(&self, uid: &[u8]) -> Option<Id> {
        self.look(uid, self.hash(uid)).ok()
    }

    /// The number of a uid, a new one if it has none yet.
    pub(super) fn insert(&mut self, uid: &Uid) -> Id {
        let uid = uid.as_bytes();
        if self.len() >= self.table.len() / 4 * 3 {
            self.grow();
        }
        let hash = self.hash(uid);
        match self.look(uid, hash) {
            Ok(id) => id,
            Err(free) => {
                let id = self.len() as u32;
                if self.len().is_multiple_of(BLOCK) {
                    self.blocks.push(self.bytes.len());
                }
                let block = self.blocks[self.len() / BLOCK];
                self.starts.push((self.bytes.len() - block) as u16);
                self.bytes.extend_from_slice(uid);
                self.table[free] = Slot { hash, id };
                Id(id)
            }
        }
    }

    fn hash(&self, uid: &[u8]) -> u32 {
        self.hasher.hash_one(uid) as u32
    }

    /// The number of a uid, or else the place where it belongs.
    fn look(&self, uid: &[u8], hash: u32) -> Result<Id, usize> {
        let mut at = hash as usize;
        while !self.table.is_empty() {
            at &= self.table.len() - 1;
            let slot = self.table[at];
            if slot.id == FREE.id {
                break;
            }
            if slot.hash == hash && self.bytes(Id(slot.id)) == uid {
                return Ok(Id(slot.id));
            }
            at += 1;
        }
        Err(at)
    }

    /// Makes the table twice as large. The hashes in it are all it takes.
    fn grow(&mut self) {
        let places = (self.table.len() * 2).max(16);
        let old = std::mem::replace(&mut self.table, vec![FREE; places]);
        for slot in old.into_iter().filter(|slot| slot.id != FREE.id) {
            let mut at = slot.hash as usize & (places - 1);
            while self.table[at].id != FREE.id {
                at = (at + 1) & (places - 1);
            }
            self.table[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first ones fill their blocks.
    fn uid(i: u32) -> Uid {
        let length = if i < 200 { Uid::MAX } else { 1 };
        Uid::new(format!("{i:0length$}").as_bytes()).expect("valid")
    }

    #[test]
    fn every_uid_is_found_by_its_own_number() {
        let mut uids = Uids::default();
        assert_eq!(uids.find(b"x"), None);
        for i in 0..5000u32 {
            assert_eq!(uids.insert(&uid(i)), Id(i));
        }
        assert_eq!(uids.insert(&uid(17)), Id(17));
        assert_eq!(uids.len(), 5000);
        for (i, id) in (0..).zip(uids.ids()) {
            assert_eq!(uids.bytes(id), uid(i).as_bytes());
            assert_eq!(uids.find(uid(i).as_bytes()), Some(id));
        }
        assert_eq!(uids.find(uid(5000).as_bytes()), None);
    }
}
