//! What a line of a ledger says, and how it is written.
//!
//! ```text
//! retr-ledger 2 ACCOUNT-ID
//! CRC key ACCOUNT-ID
//! CRC target NUMBER SCHEME ADDRESS
//! CRC open [NOW] | close
//! CRC stored | found UID ORDINAL SIZE SHA256 FIRST-SEEN TARGET RECEIPT
//! CRC intent TARGET NOTE { UID ORDINAL SIZE SHA256 FIRST-SEEN TARGET RECEIPT NOTE }
//! CRC settled COUNT
//! CRC handing | returned UID ORDINAL
//! CRC refused UID ORDINAL TRIES UNTIL ANSWER
//! CRC again UID ORDINAL SIZE
//! CRC marked | imported UID ORDINAL SIZE FIRST-SEEN
//! CRC left UID ORDINAL SIZE FIRST-SEEN RULE
//! CRC deleted | back | risky | forgotten UID
//! CRC listed SESSIONS NOW MESSAGES
//! CRC gone UID SINCE SESSION
//! CRC wanted | renewed UID COUNT
//! ```
//!
//! CRC is the CRC-32 of everything behind it, in eight hexadecimal digits;
//! UID is in the form of [`crate::base::Uid::encode`]; SIZE and MESSAGES may
//! be `-`; TARGET is `SCHEME:NUMBER`, so that a lost target line loses no message; RULE is
//! [`crate::plan::RuleId`] in hexadecimal digits; ADDRESS, RECEIPT, NOTE and
//! ANSWER are as in [`super::words`]. Fields are separated by one
//! blank.

use std::sync::Arc;

use super::{Intent, Stored};
use crate::base::TargetName;
use crate::plan::Change;

pub(super) const FORMAT: u64 = 2;

pub(super) const MAGIC: &str = "retr-ledger";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A target has a number from here on.
    Target,
    /// Messages are in their targets under keys of this account id.
    Key(String),
    /// A session is going to write what it has to sync, and with its seconds
    /// since 1970, to publish messages.
    Open(Option<u64>),
    /// It ended well.
    Close,
    Stored(Stored),
    /// It is in its target; whether it is the one on the server is not
    /// known.
    Found(Stored),
    Intent(Intent),
    /// How many of the last intent's messages are stored, the first ones.
    Settled(usize),
    Change(Change),
}

/// Why a line is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Its checksum is wrong or missing.
    Checksum,
    /// Its checksum is right.
    Meaning,
}

impl Record {
    /// The targets that it names.
    pub(super) fn targets(&self) -> impl Iterator<Item = &Arc<TargetName>> {
        let (first, rest): (_, &[Stored]) = match self {
            Record::Stored(stored) | Record::Found(stored) => (Some(&stored.receipt.target), &[]),
            Record::Intent(intent) => (Some(&intent.note.target), &intent.messages),
            _ => (None, &[]),
        };
        first.into_iter().chain(rest.iter().map(|stored| &stored.receipt.target))
    }
}
