//! Where mail goes and went. What the words mean, only the target knows that
//! gave them; everybody else passes them on.

use std::ffi::OsString;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Hash;

/// Names one target: `maildir` and `/home/alice/Mail`, say.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TargetName {
    /// The option and config key that names its kind.
    pub scheme: String,
    /// Which of that kind; empty where an old ledger does not say.
    pub address: OsString,
}

/// By what a target finds a message again that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The target that gave it.
    pub target: Arc<TargetName>,
    /// The target's own words.
    pub words: Vec<String>,
}

impl Receipt {
    /// The first word; empty if there is none.
    pub fn word(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }
}

/// What a target needs to know after a crash about a batch that it was about
/// to publish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The target.
    pub target: Arc<TargetName>,
    /// Its own words about the batch.
    pub words: Vec<String>,
    /// The messages, in the order in which they become visible.
    pub messages: Vec<PendingAppend>,
}

/// One message of a [`Note`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingAppend {
    /// SHA-256 of its stored form, before any quoting.
    pub hash: Hash,
    /// The receipt it gets once it is stored.
    pub receipt: Receipt,
    /// The target's own words about it.
    pub words: Vec<String>,
}

/// Where a message is, as its target tells it to people and to scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The fields of a JSON event, in this order.
    pub fields: Vec<(&'static str, Value)>,
    /// A few words for people. Not escaped.
    pub text: String,
}

/// What is in a field of a [`Location`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Text, a path for instance; bytes that are no UTF-8 were replaced.
    Text(String),
    /// A count of octets.
    Number(u64),
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.fields.iter().map(|(name, value)| (name, value)))
    }
}
