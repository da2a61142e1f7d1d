//! The listed messages of each known uid, found in one pass over a listing.

use std::collections::HashMap;
use std::slice;

use super::uids::Id;

/// No message: a listing never has that many.
const NONE: u32 = u32::MAX;

/// Messages are named by their index in the listing. Nearly every uid has one
/// message, so that takes four octets a uid, which matters with a million.
pub(super) struct Groups {
    /// By the number of the uid.
    first: Vec<u32>,
    /// All messages of the uids that have more than one.
    several: HashMap<Id, Vec<u32>>,
    messages: usize,
}

impl Groups {
    /// For this many known uids.
    pub(super) fn new(ids: usize) -> Self {
        Self { first: vec![NONE; ids], several: HashMap::new(), messages: 0 }
    }

    pub(super) fn add(&mut self, id: Id, at: u32) {
        self.messages += 1;
        let first = &mut self.first[id.index()];
        if *first == NONE {
            *first = at;
        } else {
            let several = self.several.entry(id);
            several.or_insert_with(|| vec![*first]).push(at);
        }
    }

    /// How many listed messages have a known uid.
    pub(super) fn messages(&self) -> usize {
        self.messages
    }

    /// Returns whether a known uid is listed.
    pub(super) fn has(&self, id: Id) -> bool {
        self.first[id.index()] != NONE
    }

    /// Each known uid that is listed with its messages in listed order, never
    /// none, in the order in which the uids became known.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Id, &[u32])> {
        let listed = (0..).map(Id::new).zip(&self.first);
        listed.filter(|(_, first)| **first != NONE).map(|(id, first)| {
            let several = self.several.get(&id).map(Vec::as_slice);
            (id, several.unwrap_or(slice::from_ref(first)))
        })
    }
}
