//! Mail taken out and put back, as `export` and `restore` tell of it.

use serde::Serialize;

use crate::base::{Hash, Uid};

/// A stored message that was copied, unaltered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exported {
    /// Unique id.
    pub uid: Uid,
    /// Octets, LF line ends.
    pub size: u64,
    /// Of the stored form, as recorded.
    pub sha256: Hash,
    /// The name of its file within the export; `None` in an mbox.
    pub file: Option<String>,
}

/// Something in a source that was not restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unrestored {
    /// Its name there. Not escaped.
    pub file: String,
    /// Why.
    pub error: String,
}
