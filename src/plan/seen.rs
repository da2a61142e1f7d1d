//! What was seen, as pure data: the ledger fills it, the plan reads it.

use std::collections::HashMap;

use crate::base::{Hash, Uid};

/// One stored copy of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Octets as LIST told them, or as counted while retrieving; `None` when
    /// unknown.
    pub size: Option<u64>,
    /// SHA-256 of the stored form.
    pub hash: Hash,
}

/// How a uid came to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Its messages were stored.
    Stored,
    /// `state mark-seen`: it may be deleted, though it was never stored.
    Marked,
    /// Taken over from another program: never deleted unless fetched.
    Imported,
}

/// What is known of one uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// How it came to be known.
    pub origin: Origin,
    /// Seconds since 1970 when it was first seen.
    pub first_seen: u64,
    /// Copies stored. Empty when marked or imported, and then `size` counts.
    pub copies: Vec<Copy>,
    /// Size at marking, if known.
    pub size: Option<u64>,
    /// retr asked the server to delete it, and the server said `+OK` to DELE.
    pub deleted: bool,
    /// A complete listing has lacked it since this second, and at this count
    /// of sessions.
    pub gone: Option<Gone>,
}

/// Since when a uid has been missing from complete listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Seconds since 1970.
    pub since: u64,
    /// Complete listings counted up to then.
    pub at_session: u64,
}

/// All that is known of a maildrop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// By uid.
    pub uids: HashMap<Uid, Known>,
    /// Complete listings so far.
    pub sessions: u64,
}
