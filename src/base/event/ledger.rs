//! The ledger, as `state` and `verify` tell of it.

use std::path::PathBuf;

use serde::{Serialize, Serializer};

use super::lossy;
use crate::base::{Hash, Location, Uid, rfc3339};

/// A message that the ledger knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownMessage {
    /// Unique id.
    pub uid: Uid,
    /// Listed size in octets.
    pub size: Option<u64>,
    /// Seconds since 1970 when it was first seen; `None` if it was never taken.
    pub first_seen: Option<u64>,
    /// Why it is known.
    pub proof: KnownBy,
    /// Whether retr asked the server to delete it, and the server said `+OK`.
    pub deleted: bool,
    /// Seconds since 1970 since when complete listings have lacked it.
    pub gone_since: Option<u64>,
}

/// Why a message is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnownBy {
    /// It was stored.
    Stored {
        /// Of the stored form.
        sha256: Hash,
        /// Where it went.
        location: Location,
    },
    /// `state mark-seen` said so.
    Marked,
    /// Another program's seen file said so.
    Imported,
    /// It was left on the server for what its header says.
    Left,
    /// The target refused it.
    Refused {
        /// By what the target can tell it again.
        id: String,
        /// What it said, safe to print.
        answer: String,
        /// Seconds since 1970 when it is tried again.
        next_try: u64,
    },
    /// It was being handed on, and what became of it is not known.
    InDoubt {
        /// By what the target can tell it again.
        id: String,
    },
}

impl KnownBy {
    /// In a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Stored { .. } => "stored",
            Self::Marked => "marked",
            Self::Imported => "imported",
            Self::Left => "left",
            Self::Refused { .. } => "refused",
            Self::InDoubt { .. } => "in-doubt",
        }
    }
}

impl Serialize for KnownMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'m> {
            uid: &'m Uid,
            proof: &'static str,
            first_seen: Option<String>,
            size: Option<u64>,
            sha256: Option<&'m Hash>,
            #[serde(flatten)]
            location: Option<&'m Location>,
            #[serde(skip_serializing_if = "Option::is_none")]
            id: Option<&'m str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            answer: Option<&'m str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next_try: Option<String>,
            deleted: bool,
            gone_since: Option<String>,
        }
        let (sha256, location) = match &self.proof {
            KnownBy::Stored { sha256, location } => (Some(sha256), Some(location)),
            _ => (None, None),
        };
        let (id, answer, next_try) = match &self.proof {
            KnownBy::Refused { id, answer, next_try } => {
                (Some(&**id), Some(&**answer), rfc3339(*next_try))
            }
            KnownBy::InDoubt { id } => (Some(&**id), None, None),
            _ => (None, None, None),
        };
        let fields = Fields {
            uid: &self.uid,
            proof: self.proof.word(),
            first_seen: self.first_seen.and_then(rfc3339),
            size: self.size,
            sha256,
            location,
            id,
            answer,
            next_try,
            deleted: self.deleted,
            gone_since: self.gone_since.and_then(rfc3339),
        };
        fields.serialize(serializer)
    }
}

/// What a command did to a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum LedgerChange {
    /// A message was forgotten, and is new again.
    Forgotten {
        /// Its unique id.
        uid: Uid,
    },
    /// What is on the server is known from now on.
    Marked {
        /// Messages in the listing.
        listed: u64,
        /// Those that were new until now.
        marked: u64,
    },
    /// What another program has seen is known from now on.
    Imported {
        /// Unique ids in its file.
        read: u64,
        /// Those that were new until now.
        imported: u64,
    },
    /// The ledger is another account's from now on.
    Moved {
        /// What that account is called.
        to: String,
        /// Unique ids that it knows.
        known: u64,
    },
    /// What is whole was kept.
    Repaired {
        /// The ledger; the damaged file is beside it.
        #[serde(serialize_with = "lossy")]
        ledger: PathBuf,
        /// Lines kept.
        kept: u64,
        /// Lines that were no records.
        lost: u64,
        /// Messages that are forgotten: they are not in their target any more.
        forgotten: u64,
    },
}

/// What became of a stored message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// It is there, with the content it was stored with.
    Intact,
    /// It is not there.
    Missing,
    /// Something else is there.
    Altered,
    /// It is on the server, but neither stored nor known as seen.
    NotHere,
}

impl Integrity {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Intact => "intact",
            Self::Missing => "missing",
            Self::Altered => "altered",
            Self::NotHere => "not-here",
        }
    }
}

impl Serialize for Integrity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.word().serialize(serializer)
    }
}

/// A message that was looked at again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Unique id; `None` where no ledger was asked.
    pub uid: Option<Uid>,
    /// What became of it.
    pub verdict: Integrity,
    /// Of the stored form, as recorded; `None` if it was never stored.
    pub sha256: Option<Hash>,
    /// Where it is, or where the other content is.
    #[serde(flatten)]
    pub location: Option<Location>,
    /// What is known of one that is missing or altered.
    #[serde(flatten)]
    pub lost: Option<Lost>,
    /// Whether people are told of it with all others in one sentence.
    #[serde(skip)]
    pub in_brief: bool,
}

/// What is known of a stored message that is missing or altered, so that people
/// see what they lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// Where it was put.
    pub file: String,
    /// Seconds since 1970 when it was first seen; `None` where no ledger was
    /// asked.
    #[serde(serialize_with = "day")]
    pub first_seen: Option<u64>,
    /// What the altered content says: RFC 3339.
    pub date: Option<String>,
    /// And its subject.
    pub subject: Option<String>,
    /// Whether it was on the server at the last look; `None` where no ledger was
    /// asked.
    pub on_server: Option<bool>,
}

fn day<S: Serializer>(seconds: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    seconds.and_then(rfc3339).serialize(serializer)
}

/// The counts of `verify`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verification {
    /// Messages that were stored, by the ledger; or that were checked.
    pub stored: u64,
    /// Those that are there, unaltered.
    pub intact: u64,
    /// Those that are not there.
    pub missing: u64,
    /// Those in whose place something else is.
    pub altered: u64,
    /// Messages on the server that are neither stored nor known as seen;
    /// `None` if the server was not asked.
    pub not_here: Option<u64>,
    /// Whether a manifest says what was stored, and not the ledger.
    #[serde(skip)]
    pub by_manifest: bool,
}

impl Verification {
    /// Counts one that was stored.
    pub fn add(&mut self, verdict: Integrity) {
        self.stored += 1;
        match verdict {
            Integrity::Intact => self.intact += 1,
            Integrity::Altered => self.altered += 1,
            Integrity::Missing | Integrity::NotHere => self.missing += 1,
        }
    }
}
