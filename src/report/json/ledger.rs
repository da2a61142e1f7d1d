//! What `state` and `verify` tell, as JSON.

use serde::Serialize;

use super::PlaceFields;
use crate::base::{Delivered, Event, KnownBy, KnownMessage, LedgerChange, Verdict, Verification};
use crate::report::units;

/// The fields of an event that is about the ledger.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::report) enum LedgerFields<'a> {
    Known {
        uid: String,
        proof: &'static str,
        first_seen: Option<String>,
        size: Option<u64>,
        sha256: Option<String>,
        #[serde(flatten)]
        place: Option<DeliveredFields<'a>>,
        deleted: bool,
        gone_since: Option<String>,
    },
    Forgotten {
        uid: String,
    },
    Marked {
        listed: u64,
        marked: u64,
    },
    Imported {
        read: u64,
        imported: u64,
    },
    Repaired {
        ledger: String,
        kept: u64,
        lost: u64,
    },
    Verified {
        uid: String,
        verdict: &'static str,
        sha256: Option<String>,
        #[serde(flatten)]
        place: Option<PlaceFields>,
    },
    Verification {
        stored: u64,
        intact: u64,
        missing: u64,
        altered: u64,
        not_here: Option<u64>,
    },
}

/// Where a message went, as the ledger has it.
#[derive(Serialize)]
#[serde(untagged)]
pub(in crate::report) enum DeliveredFields<'a> {
    File { file: &'a str },
    Range { offset: u64, length: u64 },
}

impl<'a> From<&'a Delivered> for DeliveredFields<'a> {
    fn from(place: &'a Delivered) -> Self {
        match place {
            Delivered::File(file) => Self::File { file },
            Delivered::Range { offset, length } => Self::Range {
                offset: *offset,
                length: *length,
            },
        }
    }
}

impl<'a> LedgerFields<'a> {
    /// `None` for an event that is about something else.
    pub(super) fn of(event: &'a Event) -> Option<Self> {
        Some(match event {
            Event::Known(message) => Self::known(message),
            Event::Ledger(change) => Self::change(change),
            Event::Verified(verified) => Self::Verified {
                uid: verified.uid.to_string(),
                verdict: verdict(verified.verdict),
                sha256: verified.sha256.map(|hash| hash.to_string()),
                place: verified.place.as_ref().map(Into::into),
            },
            Event::Verification(counts) => {
                let Verification {
                    stored,
                    intact,
                    missing,
                    altered,
                    not_here,
                } = *counts;
                Self::Verification {
                    stored,
                    intact,
                    missing,
                    altered,
                    not_here,
                }
            }
            _ => return None,
        })
    }

    fn known(message: &'a KnownMessage) -> Self {
        let (sha256, place) = match &message.proof {
            KnownBy::Stored { sha256, place } => (Some(sha256), Some(place)),
            KnownBy::Marked | KnownBy::Imported => (None, None),
        };
        Self::Known {
            uid: message.uid.to_string(),
            proof: proof(&message.proof),
            first_seen: units::time(message.first_seen),
            size: message.size,
            sha256: sha256.map(ToString::to_string),
            place: place.map(Into::into),
            deleted: message.deleted,
            gone_since: message.gone_since.and_then(units::time),
        }
    }

    fn change(change: &LedgerChange) -> Self {
        match change {
            LedgerChange::Forgotten(uid) => Self::Forgotten {
                uid: uid.to_string(),
            },
            LedgerChange::Marked { listed, marked } => Self::Marked {
                listed: *listed,
                marked: *marked,
            },
            LedgerChange::Imported { read, imported } => Self::Imported {
                read: *read,
                imported: *imported,
            },
            LedgerChange::Repaired { path, kept, lost } => Self::Repaired {
                ledger: path.to_string_lossy().into_owned(),
                kept: *kept,
                lost: *lost,
            },
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Known { .. } => "known",
            Self::Forgotten { .. } => "forgotten",
            Self::Marked { .. } => "marked",
            Self::Imported { .. } => "imported",
            Self::Repaired { .. } => "repaired",
            Self::Verified { .. } => "verified",
            Self::Verification { .. } => "verification",
        }
    }
}

/// Why a message is known, in a word.
pub(in crate::report) fn proof(proof: &KnownBy) -> &'static str {
    match proof {
        KnownBy::Stored { .. } => "stored",
        KnownBy::Marked => "marked",
        KnownBy::Imported => "imported",
    }
}

/// A verdict in a word.
pub(in crate::report) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Intact => "intact",
        Verdict::Missing => "missing",
        Verdict::Altered => "altered",
        Verdict::NotHere => "not-here",
    }
}
