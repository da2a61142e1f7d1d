//! Unique ids as small dense numbers. A maildrop may hold a million of them,
//! so they lie in one piece of memory, and everything else about a uid is
//! found by its number.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The number of a uid within one [`Uids`], from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

impl Id {
    /// As an index.
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Ends a chain.
const NONE: u32 = u32::MAX;

/// A set of uids that never forgets one. Buckets are chains; the hash is
/// keyed at random, because a server chooses the uids.
#[derive(Clone, Debug, Default)]
pub(super) struct Uids {
    bytes: Vec<u8>,
    /// Where each uid ends in `bytes`; it starts where the one before ends.
    ends: Vec<usize>,
    /// The next uid of the same bucket.
    next: Vec<u32>,
    /// The first uid of each bucket; a power of two of them, or none.
    heads: Vec<u32>,
    hasher: RandomState,
}

impl Uids {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All numbers, in the order in which their uids came.
    pub(super) fn ids(&self) -> impl Iterator<Item = Id> + use<> {
        (0..self.len() as u32).map(Id)
    }

    /// The uid of a number of this set.
    pub(super) fn bytes(&self, id: Id) -> &[u8] {
        let start = match id.index() {
            0 => 0,
            index => self.ends[index - 1],
        };
        &self.bytes[start..self.ends[id.index()]]
    }

    /// The number of a uid.
    pub(super) fn find(&self, uid: &[u8]) -> Option<Id> {
        if self.heads.is_empty() {
            return None;
        }
        let mut at = self.heads[self.bucket(uid)];
        while at != NONE {
            if self.bytes(Id(at)) == uid {
                return Some(Id(at));
            }
            at = self.next[at as usize];
        }
        None
    }

    /// The number of a uid, a new one if it has none yet.
    pub(super) fn insert(&mut self, uid: &[u8]) -> Id {
        if let Some(id) = self.find(uid) {
            return id;
        }
        if self.len() == self.heads.len() {
            self.grow();
        }
        let id = Id(self.len() as u32);
        self.bytes.extend_from_slice(uid);
        self.ends.push(self.bytes.len());
        self.next.push(NONE);
        self.chain(id);
        id
    }

    fn bucket(&self, uid: &[u8]) -> usize {
        self.hasher.hash_one(uid) as usize & (self.heads.len() - 1)
    }

    /// Puts a uid at the head of its chain.
    fn chain(&mut self, id: Id) {
        let bucket = self.bucket(self.bytes(id));
        self.next[id.index()] = self.heads[bucket];
        self.heads[bucket] = id.0;
    }

    fn grow(&mut self) {
        let buckets = (self.heads.len() * 2).max(16);
        self.heads.clear();
        self.heads.resize(buckets, NONE);
        for id in self.ids() {
            self.chain(id);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uid_is_found_by_its_own_number() {
        let mut uids = Uids::default();
        assert_eq!(uids.find(b"x"), None);
        for i in 0..5000u32 {
            let id = uids.insert(format!("uid{i}").as_bytes());
            assert_eq!(id, Id(i));
        }
        assert_eq!(uids.insert(b"uid17"), Id(17));
        assert_eq!(uids.len(), 5000);
        for (i, id) in uids.ids().enumerate() {
            let uid = format!("uid{i}").into_bytes();
            assert_eq!(uids.bytes(id), uid);
            assert_eq!(uids.find(&uid), Some(id));
        }
        assert_eq!(uids.find(b"uid5000"), None);
    }
}
