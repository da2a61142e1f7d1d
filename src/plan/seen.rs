//! What was seen, as pure data: the ledger fills it, the plan reads it.

use std::collections::HashMap;

use super::copy_matcher::CopyMatcher;
use super::groups::Groups;
use super::known::{Gone, Known, News, Refusal};
use super::known_copy::{KnownCopy, Origin, Proof};
use super::uids::{Id, Uids};
use super::{Action, Plan};
use crate::base::{Listing, Uid};

/// A uid is forgotten when complete listings have lacked it for this many
/// seconds …
const FORGET_SECONDS: u64 = 90 * 86_400;
/// … and this many of them did.
const FORGET_SESSIONS: u64 = 100;

/// All that is known of a maildrop.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    uids: Uids,
    /// By the number of the uid; `None` when it was forgotten.
    known: Vec<Option<Known>>,
    sessions: u64,
    last_session: Option<u64>,
    last_listed: Option<u64>,
}

/// One thing that becomes known, other than that a message was stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A message that is held was retrieved again: it is the one on the
    /// server, and this is its listed size.
    Again {
        /// Its unique id.
        uid: Uid,
        /// Which of the uid's messages.
        ordinal: u32,
        /// Listed size in octets.
        size: Option<u64>,
    },
    /// A message is known without having been fetched.
    Marked {
        /// Its unique id.
        uid: Uid,
        /// Which of the uid's messages.
        ordinal: u32,
        /// Why.
        origin: Origin,
        /// Listed size in octets.
        size: Option<u64>,
        /// Seconds since 1970.
        first_seen: u64,
    },
    /// The server is asked to delete a message of this uid.
    Deleted(Uid),
    /// A complete listing was seen.
    Listed {
        /// How many there were, this one included.
        sessions: u64,
        /// Seconds since 1970.
        now: u64,
        /// Messages in it; unknown where an old ledger does not say.
        messages: Option<u64>,
    },
    /// A complete listing lacks this uid, or the server confirmed by `+OK` to
    /// QUIT that it is deleted.
    Gone(Uid, Gone),
    /// A uid that was gone is listed again, and may be the same as before.
    Back(Uid),
    /// A listing has this many messages of this uid, which are more than are
    /// known.
    Wanted(Uid, u32),
    /// What the server has under this uid is to be compared: nothing counts
    /// as known until this many messages were retrieved.
    Renewed(Uid, u32),
    /// A session broke off when a message of this uid was asked for alone.
    Risky(Uid),
    /// A message is about to be handed on.
    Handing(Uid, u32),
    /// It was not taken.
    Returned(Uid, u32),
    /// It was refused.
    Refused(Uid, Refusal),
    /// Nothing is known of this uid any more.
    Forgotten(Uid),
}

impl Seen {
    /// What is known of a uid.
    pub fn get(&self, uid: &Uid) -> Option<&Known> {
        self.known(self.uids.find(uid.as_bytes())?)
    }

    /// All known uids, in the order in which they became known.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Known)> {
        let known = |id| Some((self.uids.bytes(id), self.known(id)?));
        self.uids.ids().filter_map(known)
    }

    /// How many uids are known.
    pub fn len(&self) -> usize {
        self.known.iter().flatten().count()
    }

    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Complete listings so far.
    pub fn sessions(&self) -> u64 {
        self.sessions
    }

    /// Seconds since 1970 of the last complete listing.
    pub fn last_session(&self) -> Option<u64> {
        self.last_session
    }

    /// Messages in the last complete listing, if that is known.
    pub fn last_listed(&self) -> Option<u64> {
        self.last_listed
    }

    /// What is held of a uid, to be matched with what is retrieved.
    pub fn matcher(&self, uid: &Uid) -> CopyMatcher {
        self.matcher_of(uid, &|_| true)
    }

    /// The same, where only these of its copies count as held (`--all`).
    pub fn matcher_of(&self, uid: &Uid, is_held: &dyn Fn(u32) -> bool) -> CopyMatcher {
        let known = self.get(uid);
        known.map_or_else(CopyMatcher::default, |known| CopyMatcher::new(known, is_held))
    }

    /// A message was stored under this ordinal; whatever was known under it
    /// is replaced.
    pub fn store(&mut self, uid: &Uid, ordinal: u32, copy: KnownCopy) {
        self.enter(uid, ordinal, copy);
    }

    /// A message is in the store of which nobody knows whether it is the
    /// one on the server.
    pub fn found(&mut self, uid: &Uid, ordinal: u32, copy: KnownCopy) {
        self.entry(uid).set(ordinal, copy.past());
    }

    /// Nothing is stored under this ordinal any more.
    pub fn lose(&mut self, uid: &Uid, ordinal: u32) {
        let Some(id) = self.uids.find(uid.as_bytes()) else {
            return;
        };
        let known = &mut self.known[id.index()];
        if let Some(known) = known {
            known.lose(ordinal);
        }
        *known = known.take().filter(|known| known.copies().next().is_some());
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: &Change) {
        match change {
            Change::Again { uid, ordinal, size } => {
                if let Some(known) = self.get_mut(uid) {
                    known.again(*ordinal, *size);
                }
            }
            Change::Marked { uid, ordinal, origin, size, first_seen } => {
                let copy = KnownCopy::new(Proof::Said(*origin), *size, *first_seen, 0);
                self.entry(uid).set_given_up();
                self.enter(uid, *ordinal, copy);
            }
            Change::Deleted(uid) => {
                if let Some(known) = self.get_mut(uid) {
                    known.set_deleted();
                }
            }
            Change::Listed { sessions, now, messages } => {
                self.sessions = *sessions;
                self.last_session = Some(*now);
                self.last_listed = *messages;
            }
            Change::Gone(uid, gone) => {
                if let Some(known) = self.get_mut(uid) {
                    known.set_gone(Some(*gone));
                }
            }
            Change::Back(uid) => {
                if let Some(known) = self.get_mut(uid) {
                    known.set_gone(None);
                }
            }
            Change::Risky(uid) => self.entry(uid).set_risky(),
            Change::Wanted(uid, count) => self.entry(uid).set_wanted(*count),
            Change::Renewed(uid, count) => self.entry(uid).renew(*count),
            Change::Handing(uid, ordinal) => self.entry(uid).set_in_doubt(*ordinal),
            Change::Returned(uid, ordinal) => {
                if let Some(id) = self.uids.find(uid.as_bytes()) {
                    let known = &mut self.known[id.index()];
                    known.iter_mut().for_each(|known| known.set_answered(*ordinal));
                    known.take_if(|known| *known == Known::empty());
                }
            }
            Change::Refused(uid, refusal) => self.entry(uid).set_refused(refusal.clone()),
            Change::Forgotten(uid) => {
                if let Some(id) = self.uids.find(uid.as_bytes()) {
                    self.known[id.index()] = None;
                }
            }
        }
    }

    /// What a complete listing changes. A uid that it lacks is gone; one that
    /// was gone is back, or to be compared if retr had deleted it or its size
    /// differs; one missing for 90 days and 100 listings is forgotten.
    ///
    /// Where messages share a uid, nobody can tell which of them vanished. So
    /// if there are fewer than before, what is left is to be compared; and if
    /// there are more than are known, their number is noted, in case some
    /// vanish before all were retrieved.
    pub fn changes(&self, listing: &Listing, now: u64) -> Vec<Change> {
        let sessions = self.sessions.saturating_add(1);
        let mut changes =
            vec![Change::Listed { sessions, now, messages: Some(listing.len() as u64) }];
        let groups = self.groups(listing);
        let mut sizes = Vec::new();
        for (id, group) in groups.iter() {
            let Some(known) = self.known(id) else {
                continue;
            };
            sizes_of(group, listing, &mut sizes);
            let count = group.len() as u32;
            let uid = || listing.entries()[group[0] as usize].uid.clone();
            let news = known.news(&sizes);
            let is_more = matches!(news, None | Some(News::More));
            let is_fewer = group.len() < known.current_count();
            match known.gone() {
                Some(_) if !is_more => changes.push(Change::Renewed(uid(), count)),
                None if is_fewer || news == Some(News::Deleted) => {
                    changes.push(Change::Renewed(uid(), count))
                }
                gone => {
                    if gone.is_some() {
                        changes.push(Change::Back(uid()));
                    }
                    if news.is_some() && count > known.wanted() {
                        changes.push(Change::Wanted(uid(), count));
                    }
                }
            }
        }
        self.note_several(listing, &mut changes);
        self.note_missing(&groups, now, sessions, &mut changes);
        changes
    }

    /// The unknown uids that are listed more than once.
    fn note_several(&self, listing: &Listing, changes: &mut Vec<Change>) {
        let uids = listing.entries().iter().map(|entry| &entry.uid);
        let mut unknown: Vec<&Uid> = uids.filter(|uid| self.get(uid).is_none()).collect();
        unknown.sort();
        for group in unknown.chunk_by(|a, b| a == b).filter(|g| g.len() > 1) {
            changes.push(Change::Wanted(group[0].clone(), group.len() as u32));
        }
    }

    /// The known uids that are not listed.
    fn note_missing(&self, listed: &Groups, now: u64, sessions: u64, changes: &mut Vec<Change>) {
        for id in self.uids.ids().filter(|id| !listed.has(*id)) {
            let (Some(known), Some(uid)) = (self.known(id), Uid::new(self.uids.bytes(id))) else {
                continue;
            };
            let Some(gone) = known.gone() else {
                let gone = Gone { since: now, at_session: sessions };
                changes.push(Change::Gone(uid, gone));
                continue;
            };
            if now.saturating_sub(gone.since) >= FORGET_SECONDS
                && sessions.saturating_sub(gone.at_session) >= FORGET_SESSIONS
            {
                changes.push(Change::Forgotten(uid));
            }
        }
    }

    /// What to note before messages are compared: how many there are of each
    /// uid, those counted that a limit leaves out.
    pub fn renewals(plan: &Plan) -> Vec<Change> {
        let compared = plan.items.iter().filter(|i| i.action == Action::Compare);
        let mut counts: HashMap<&Uid, u32> = compared.map(|item| (&item.uid, 0)).collect();
        let mut renewals = Vec::new();
        for item in &plan.items {
            if let Some(count) = counts.get_mut(&item.uid) {
                *count += 1;
            }
        }
        for item in &plan.items {
            if let Some(count) = counts.remove(&item.uid) {
                renewals.push(Change::Renewed(item.uid.clone(), count));
            }
        }
        renewals
    }

    /// How to mark messages as known, given each with its listed size: as
    /// many of each uid become known as are given, those counted that are
    /// known anyway. What is marked is on the server, so of a uid that was
    /// gone, or not settled, nothing counts; nor does what another rule left.
    pub fn marks(&self, messages: &[(Uid, Option<u64>)], origin: Origin, now: u64) -> Vec<Change> {
        let mut given: HashMap<&Uid, Standing> = HashMap::new();
        let mut marks = Vec::new();
        for (uid, size) in messages {
            let standing = given.entry(uid).or_insert_with(|| {
                let standing = Standing::new(self.get(uid), origin);
                if standing.renewed {
                    marks.push(Change::Renewed(uid.clone(), 0));
                }
                standing
            });
            if let Some(ordinal) = standing.next() {
                marks.push(Change::Marked {
                    uid: uid.clone(),
                    ordinal,
                    origin,
                    size: *size,
                    first_seen: now,
                });
            }
        }
        marks
    }

    /// The listed messages of each known uid.
    pub(super) fn groups(&self, listing: &Listing) -> Groups {
        let mut groups = Groups::new(self.known.len());
        for (at, entry) in (0..).zip(listing.entries()) {
            if let Some(id) = self.find(&entry.uid) {
                groups.add(id, at);
            }
        }
        groups
    }

    /// The number of a known uid.
    pub(super) fn find(&self, uid: &Uid) -> Option<Id> {
        let id = self.uids.find(uid.as_bytes())?;
        self.known(id).map(|_| id)
    }

    pub(super) fn known(&self, id: Id) -> Option<&Known> {
        self.known[id.index()].as_ref()
    }

    fn get_mut(&mut self, uid: &Uid) -> Option<&mut Known> {
        let id = self.uids.find(uid.as_bytes())?;
        self.known[id.index()].as_mut()
    }

    fn enter(&mut self, uid: &Uid, ordinal: u32, copy: KnownCopy) {
        let known = self.entry(uid);
        if known.gone().is_some() {
            known.renew(1);
        }
        known.set(ordinal, copy);
    }

    fn entry(&mut self, uid: &Uid) -> &mut Known {
        let id = self.uids.insert(uid);
        if id.index() == self.known.len() {
            self.known.push(None);
        }
        self.known[id.index()].get_or_insert_with(Known::empty)
    }
}

/// A uid while messages of it are marked.
struct Standing {
    /// Nothing of it counts as known any more.
    renewed: bool,
    /// Messages that are known anyway, and not given yet.
    known: u32,
    /// The next ordinal that is free.
    free: u32,
}

impl Standing {
    fn new(known: Option<&Known>, origin: Origin) -> Self {
        let is_by_another = |(_, copy): (u32, &KnownCopy)| {
            let rule = copy.left_by();
            rule.is_some_and(|rule| origin != Origin::Left(rule))
        };
        let is_doubtful = |known: &&Known| {
            known.gone().is_some() || known.is_unsettled() || known.current().any(is_by_another)
        };
        let renewed = origin != Origin::Imported && known.as_ref().is_some_and(is_doubtful);
        Self {
            renewed,
            known: match known {
                Some(known) if !renewed => known.current_count() as u32,
                _ => 0,
            },
            free: match known {
                Some(known) if renewed => known.stored_ordinals(),
                known => known.map_or(0, Known::ordinals),
            },
        }
    }

    /// One more message is given: the ordinal to mark, unless it is known.
    fn next(&mut self) -> Option<u32> {
        if let Some(rest) = self.known.checked_sub(1) {
            self.known = rest;
            return None;
        }
        self.free += 1;
        Some(self.free - 1)
    }
}

/// The same uids in whatever order, and the same of each.
impl PartialEq for Seen {
    fn eq(&self, other: &Self) -> bool {
        let same = |(id, known)| other.uids.find(id).and_then(|id| other.known(id)) == Some(known);
        let facts = |seen: &Self| (seen.sessions, seen.last_session, seen.last_listed, seen.len());
        facts(self) == facts(other) && self.iter().all(same)
    }
}

impl Eq for Seen {}

/// The listed sizes of a group.
pub(super) fn sizes_of(group: &[u32], listing: &Listing, sizes: &mut Vec<Option<u64>>) {
    sizes.clear();
    let entries = listing.entries();
    sizes.extend(group.iter().map(|at| entries[*at as usize].size()));
}
