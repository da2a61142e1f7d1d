//! What is known of one message.

use sha2::{Digest, Sha256};

use crate::base::Hash;

/// Why a message is known although it was never fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `state mark-seen`: never deleted unless fetched.
    Marked,
    /// Taken over from another program: never deleted unless fetched, or the
    /// user says so.
    Imported,
    /// A rule looked at its header and left it on the server. It is known for
    /// as long as that rule holds.
    Left(RuleId),
}

/// Identifies a rule across runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RuleId(pub [u8; 8]);

impl RuleId {
    /// That of a rule that says this.
    pub fn of(rule: &str) -> Self {
        let hash = Sha256::digest(rule);
        let mut id = [0; 8];
        id.copy_from_slice(&hash[..8]);
        Self(id)
    }
}

/// What speaks for a message being known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is stored, and this is its SHA-256.
    Stored(Hash),
    /// Somebody said so.
    Said(Origin),
    /// Nothing: an ordinal that no message has.
    Gap,
}

/// One message of a uid. Messages of one uid are told apart by their ordinal,
/// from 0 on; it is part of the name of a stored file and never changes.
#[derive(Clone, Copy, Debug)]
pub struct KnownCopy {
    pub(super) proof: Proof,
    pub(super) current: bool,
    record: u32,
    /// `u64::MAX` when unknown: half the memory of an `Option`.
    pub(super) size: u64,
    pub(super) first_seen: u64,
}

impl KnownCopy {
    pub(super) const GAP: Self =
        Self { proof: Proof::Gap, current: false, record: 0, size: u64::MAX, first_seen: 0 };

    /// One that is stored. `record` is the number of the ledger's line that
    /// says so.
    pub fn stored(hash: Hash, size: Option<u64>, first_seen: u64, record: u32) -> Self {
        Self::new(Proof::Stored(hash), size, first_seen, record)
    }

    pub(super) fn new(proof: Proof, size: Option<u64>, first_seen: u64, record: u32) -> Self {
        Self { proof, current: true, record, size: size.unwrap_or(u64::MAX), first_seen }
    }

    /// One that is not the one on the server, as far as is known.
    pub(super) fn past(self) -> Self {
        Self { current: false, ..self }
    }

    /// Octets as LIST told them, or as counted while retrieving; `None` when
    /// unknown.
    pub fn size(&self) -> Option<u64> {
        (self.size != u64::MAX).then_some(self.size)
    }

    /// What speaks for it.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// SHA-256 of its stored form, if it is stored.
    pub fn hash(&self) -> Option<Hash> {
        match self.proof {
            Proof::Stored(hash) => Some(hash),
            _ => None,
        }
    }

    /// The rule that left it on the server, if one did.
    pub fn left_by(&self) -> Option<RuleId> {
        match self.proof {
            Proof::Said(Origin::Left(rule)) => Some(rule),
            _ => None,
        }
    }

    /// Returns whether it is believed to be the one on the server, as far as
    /// its uid is there. One that is not is remembered for its SHA-256 only.
    pub fn is_current(&self) -> bool {
        self.current
    }

    /// Seconds since 1970 when it was first seen.
    pub fn first_seen(&self) -> u64 {
        self.first_seen
    }

    /// The number of the ledger's line that tells of it.
    pub fn record(&self) -> u32 {
        self.record
    }
}

/// Where the ledger has it makes no difference.
impl PartialEq for KnownCopy {
    fn eq(&self, other: &Self) -> bool {
        (self.proof, self.current, self.size, self.first_seen)
            == (other.proof, other.current, other.size, other.first_seen)
    }
}

impl Eq for KnownCopy {}

impl KnownCopy {
    /// Whatever is on the server may be another message.
    pub(super) fn renew(&mut self) {
        match self.proof {
            Proof::Stored(_) => self.current = false,
            Proof::Said(_) | Proof::Gap => *self = Self::GAP,
        }
    }
}
