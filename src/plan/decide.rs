//! The decision itself.

use super::known::{Known, News, Refusal};
use super::known_copy::{KnownCopy, Origin, Proof, RuleId};
use super::seen::{Seen, sizes_of};
use super::sift::Allowance;
use super::{Action, Disposal, Item, Limits, Moment, Plan, Policy, UidReset};
use crate::base::{Entry, Listing, Uid, Warning, WarningCode, counted, sanitized};

/// Ids that have to be gone before it looks like a reset.
const MIN_RESET: u64 = 20;

/// Longest pause before a message that was refused is tried again; it doubles
/// from ten minutes on.
const MAX_PAUSE_SECONDS: u64 = 24 * 3600;

/// Shortest such pause.
const MIN_PAUSE_SECONDS: u64 = 600;

/// Messages of which the sizes cost less than a round trip: the answer to LIST
/// has some 12 octets for each.
const MAX_SIZES_AHEAD: u64 = 1_000;

/// Time between two sessions that is believed without doubt.
const MAX_GAP_SECONDS: u64 = 30 * 86_400;

/// Decides. To be asked before the listing is noted in the ledger.
pub fn decide(
    listing: &Listing,
    seen: &Seen,
    policy: &Policy,
    moment: &Moment<'_>,
) -> Result<Plan, UidReset> {
    let judge = Judge::new(seen, policy, moment);
    let entries = listing.entries();
    // With their places in the listing.
    let mut items = Vec::new();
    let mut is_known = vec![false; entries.len()];
    let mut doubts = Doubts::default();
    let mut all_new = true;
    let mut never_stored = 0;
    let mut sizes = Vec::new();
    for (id, group) in seen.groups(listing).iter() {
        let Some(known) = seen.known(id) else {
            continue;
        };
        sizes_of(group, listing, &mut sizes);
        all_new &= known.news(&sizes).is_some() && !known.is_left();
        let uid = &entries[group[0] as usize].uid;
        let is_intact = |(ordinal, copy): (u32, &KnownCopy)| {
            copy.left_by().is_some() || copy.hash().is_some() && (moment.intact)(uid, ordinal)
        };
        let whole = !policy.all || known.current().all(is_intact);
        let decision = judge.known(known, &sizes, whole);
        doubts.note(decision, uid);
        if matches!(decision, Decision::NeverStored(_)) {
            never_stored += group.len() as u64;
        }
        // Of what is too large, some may have to be told as skipped.
        let may_work = decision.action() != Action::Keep || decision == Decision::OnlyLarge;
        for at in group.iter().map(|at| *at as usize) {
            is_known[at] = true;
            if policy.only_work && !may_work {
                continue;
            }
            let mut item = judge.unknown(&entries[at]);
            decision.write(&mut item, policy);
            item.still_there = decision.is_back() && known.is_gone_since(seen.sessions());
            item.risky = known.is_risky();
            judge.target_says(known, &mut item);
            if !(policy.only_work && item.action == Action::Keep) {
                items.push((at, item));
            }
        }
    }
    if all_new && !policy.accept_uid_reset {
        check_reset(listing, seen)?;
    }
    let unknown = (0..entries.len()).filter(|at| !is_known[*at]);
    items.extend(unknown.map(|at| (at, judge.unknown(&entries[at]))));
    let turn = |at: usize| {
        if policy.newest_first { entries.len() - at } else { at }
    };
    items.sort_unstable_by_key(|(at, item)| (item.risky, turn(*at)));
    let mut items: Vec<Item> = items.into_iter().map(|(_, item)| item).collect();
    let still_there = moment.memory.restrict(&mut items);
    limit(&mut items, &policy.limits);
    let mut warnings = doubts.warnings(seen, moment.now);
    warnings.extend((still_there > 0).then(|| still_there_warning(still_there)));
    Ok(Plan { items, warnings, never_stored })
}

/// That a message is refused now, after what is known of its uid.
pub fn refusal(known: Option<&Known>, ordinal: u32, answer: &str, now: u64) -> Refusal {
    let before = known.and_then(Known::refusal);
    let before = before.filter(|refusal| refusal.ordinal == ordinal);
    let tries = before.map_or(1, |refusal| refusal.tries.saturating_add(1));
    let pause = MIN_PAUSE_SECONDS << (tries - 1).min(10);
    Refusal {
        ordinal,
        tries,
        until: now.saturating_add(pause.min(MAX_PAUSE_SECONDS)),
        answer: answer.to_owned(),
    }
}

/// Messages are still there although the server confirmed their deletion.
pub fn still_there_warning(messages: u64) -> Warning {
    Warning {
        code: WarningCode::StillThere,
        text: format!(
            "the server still lists {} whose deletion it confirmed",
            counted(messages, "message")
        ),
    }
}

/// Returns whether LIST is asked together with UIDL, before it is known whether
/// there is anything to do: of a small maildrop, as far as the last listing
/// tells, and at the first contact.
pub fn takes_sizes_ahead(seen: &Seen) -> bool {
    seen.last_listed().unwrap_or(0) <= MAX_SIZES_AHEAD
}

/// Returns whether a listing has anything to retrieve or to delete at all, or a
/// uid that is back and whose size matters; if not, LIST need not be asked. The
/// listing's sizes don't count.
pub fn needs_sizes(listing: &Listing, seen: &Seen, policy: &Policy, moment: &Moment<'_>) -> bool {
    let judge = Judge::new(seen, policy, moment);
    let groups = seen.groups(listing);
    groups.messages() < listing.len()
        || groups.iter().any(|(id, group)| {
            seen.known(id).is_some_and(|known| {
                let decision = judge.known(known, &vec![None; group.len()], !policy.all);
                known.is_back() || decision.action() != Action::Keep
            })
        })
}

/// What is to be done with the messages of a known uid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Decision {
    /// `--all`, and it is not in the target: retrieve, compare with what is
    /// there, and perhaps delete.
    Again(bool),
    /// Retrieve, compare, and perhaps delete.
    Compare(News, bool),
    /// Those within `--max-size` are known, the others are not.
    OnlyLarge,
    /// Delete.
    Delete(&'static str),
    /// Keep.
    Keep(&'static str),
    /// To be deleted, but it was never stored.
    NeverStored(&'static str),
    /// To be deleted one day, but not yet; with a doubt about the clock.
    Young(Option<Clock>),
    /// To be deleted, but sizes differ.
    Resized,
    /// To be deleted, but there are fewer than are known.
    Recounted,
}

/// What makes a message's age doubtful.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// It shows an earlier time than before.
    Back,
    /// It is far ahead of the last session.
    Ahead,
}

struct Judge<'a> {
    policy: &'a Policy,
    last_session: Option<u64>,
    now: u64,
    holds: &'a dyn Fn(RuleId) -> bool,
}

impl<'a> Judge<'a> {
    fn new(seen: &Seen, policy: &'a Policy, moment: &Moment<'a>) -> Self {
        Self { policy, last_session: seen.last_session(), now: moment.now, holds: moment.holds }
    }

    /// The fate of a message whose uid is unknown.
    fn unknown(&self, entry: &Entry) -> Item {
        Item {
            number: entry.number,
            uid: entry.uid.clone(),
            size: entry.size(),
            action: Action::Fetch,
            then_delete: self.deletes_at_once(),
            still_there: false,
            risky: false,
            reason: "new",
        }
    }

    /// The fate of the messages of a known uid; `whole` if nothing of it is
    /// to be fetched again.
    fn known(&self, known: &Known, sizes: &[Option<u64>], whole: bool) -> Decision {
        let is_unruled =
            |(_, copy): (u32, &KnownCopy)| copy.left_by().is_some_and(|rule| !(self.holds)(rule));
        let news = known.news(sizes);
        if news.is_none() && known.current().any(is_unruled) {
            return Decision::Compare(News::Unruled, self.deletes_at_once());
        }
        if !whole && news.is_none() {
            return Decision::Again(self.deletes_at_once());
        }
        if let Some(news) = news {
            if self.only_large(known, sizes) {
                return Decision::OnlyLarge;
            }
            return Decision::Compare(news, self.deletes_at_once());
        }
        let reason = reason_to_know(known);
        match self.due(known) {
            Due::Never => Decision::Keep(reason),
            Due::Later(doubt) => Decision::Young(doubt),
            Due::Yes if self.was_never_stored(known) => Decision::NeverStored(reason),
            Due::Yes if known.matches(sizes) => Decision::Delete(reason),
            Due::Yes if known.covers(sizes) => Decision::Recounted,
            Due::Yes => Decision::Resized,
        }
    }

    /// What the target said, or left open, of a message that is to be
    /// retrieved.
    fn target_says(&self, known: &Known, item: &mut Item) {
        if !item.action.retrieves() {
            return;
        }
        let refused = known.refusal().is_some_and(|refusal| {
            // A clock that was set back makes nobody wait for longer.
            let due = self.now >= refusal.until || refusal.until - self.now > MAX_PAUSE_SECONDS;
            !due && !self.policy.retry_refused
        });
        let held = if self.policy.hold_doubtful && !known.in_doubt().is_empty() {
            Some((Action::Hold, "it may have been handed on already"))
        } else if refused {
            Some((Action::Skip, "refused before, to be tried again later"))
        } else {
            None
        };
        if let Some((action, reason)) = held {
            item.action = action;
            item.then_delete = false;
            item.reason = reason;
        } else if known.copies().next().is_none() {
            item.reason = "new";
        }
    }

    /// Returns whether some of it is only said to be known, by whom the user
    /// did not trust with deletions.
    fn was_never_stored(&self, known: &Known) -> bool {
        known.current().any(|(_, copy)| match copy.proof() {
            Proof::Said(Origin::Imported) => !self.policy.delete_imported,
            Proof::Said(Origin::Marked | Origin::Left(_)) => true,
            Proof::Stored(_) | Proof::Gap => false,
        })
    }

    /// Whether, of more messages than are known, only the ones that are too
    /// large anyway can be new. They would otherwise have the others of their
    /// uid retrieved in every run.
    fn only_large(&self, known: &Known, sizes: &[Option<u64>]) -> bool {
        let fitting: Vec<Option<u64>> =
            sizes.iter().copied().filter(|size| !self.policy.limits.is_beyond(*size)).collect();
        known.gone().is_none() && fitting.len() < sizes.len() && known.covers(&fitting)
    }

    /// Returns whether what is stored in this run is deleted in this run.
    fn deletes_at_once(&self) -> bool {
        match self.policy.disposal {
            Disposal::Keep => false,
            Disposal::Delete => true,
            Disposal::DeleteAfter(age) => age.is_zero(),
        }
    }

    /// Returns whether known messages are due for deletion.
    ///
    /// Ages come from a clock that may be wrong. One that went back makes
    /// nothing old. One that is more than 30 days ahead of the last session
    /// may have jumped, or the user may run once a quarter: the days since
    /// that session don't count in this run, but do in the next. So a jump
    /// deletes nothing in the run that sees it, and the rare user's mail is
    /// deleted one run later.
    fn due(&self, known: &Known) -> Due {
        let age = match self.policy.disposal {
            Disposal::Keep => return Due::Never,
            Disposal::Delete => return Due::Yes,
            Disposal::DeleteAfter(age) => age.as_secs(),
        };
        let last = self.last_session.unwrap_or(self.now);
        let seen = known.youngest().unwrap_or(self.now);
        let is_old = |now: u64| now.checked_sub(seen).is_some_and(|lived| lived >= age);
        if seen > self.now || last > self.now {
            Due::Later(Some(Clock::Back))
        } else if !is_old(self.now) {
            Due::Later(None)
        } else if self.now - last > MAX_GAP_SECONDS && !is_old(last) {
            Due::Later(Some(Clock::Ahead))
        } else {
            Due::Yes
        }
    }
}

enum Due {
    Never,
    Later(Option<Clock>),
    Yes,
}

fn reason_to_know(known: &Known) -> &'static str {
    let has = |origin| {
        let proof = Proof::Said(origin);
        known.current().any(|(_, copy)| copy.proof() == proof)
    };
    if known.current().any(|(_, copy)| copy.left_by().is_some()) {
        "left on the server by --skip or --filter"
    } else if has(Origin::Imported) {
        "taken over from another program, never fetched"
    } else if has(Origin::Marked) {
        "marked as seen, never fetched"
    } else if known.is_deleted() {
        "its deletion was not confirmed"
    } else {
        "stored"
    }
}

impl Decision {
    fn action(self) -> Action {
        match self {
            Decision::Again(_) | Decision::Compare(..) => Action::Compare,
            Decision::Delete(_) => Action::Delete,
            Decision::OnlyLarge
            | Decision::Keep(_)
            | Decision::NeverStored(_)
            | Decision::Young(_)
            | Decision::Resized
            | Decision::Recounted => Action::Keep,
        }
    }

    fn is_back(self) -> bool {
        matches!(self, Decision::Compare(News::Deleted, _))
    }

    fn write(self, item: &mut Item, policy: &Policy) {
        item.action = self.action();
        item.then_delete = matches!(self, Decision::Again(true) | Decision::Compare(_, true));
        item.reason = match self {
            Decision::Again(_) => "known, and not in the target",
            Decision::Compare(News::More, _) => "more of its id than stored",
            Decision::Compare(News::Unsettled, _) => "of its id not all were fetched",
            Decision::Compare(News::Deleted, _) => "its id is back after it was deleted",
            Decision::Compare(News::Differs, _) => "its id is back with another size",
            Decision::Compare(News::Unruled, _) => "what left it on the server is no rule any more",
            Decision::OnlyLarge if policy.limits.is_beyond(item.size) => {
                // For the limits to say no.
                item.action = Action::Compare;
                "more of its id than stored"
            }
            Decision::OnlyLarge => "stored",
            Decision::Delete(reason) | Decision::Keep(reason) | Decision::NeverStored(reason) => {
                reason
            }
            Decision::Young(_) => "not old enough to be deleted",
            Decision::Resized => "its size changed since it was stored",
            Decision::Recounted => "fewer of its id than stored",
        };
    }
}

/// What is left on the server because something does not match.
#[derive(Default)]
struct Doubts<'a> {
    resized: Option<(u64, &'a Uid)>,
    recounted: Option<(u64, &'a Uid)>,
    back: bool,
    ahead: bool,
}

impl<'a> Doubts<'a> {
    fn note(&mut self, decision: Decision, uid: &'a Uid) {
        match decision {
            Decision::Resized => self.resized.get_or_insert((0, uid)).0 += 1,
            Decision::Recounted => self.recounted.get_or_insert((0, uid)).0 += 1,
            Decision::Young(Some(Clock::Back)) => self.back = true,
            Decision::Young(Some(Clock::Ahead)) => self.ahead = true,
            _ => {}
        }
    }

    fn warnings(self, seen: &Seen, now: u64) -> Vec<Warning> {
        let left = |code, why: &str, (count, first): (u64, &Uid)| Warning {
            code,
            text: format!(
                "{count} unique {} left on the server: {why} (the first: {})",
                if count == 1 { "id is" } else { "ids are" },
                sanitized(first.as_bytes()),
            ),
        };
        let resized = self.resized.map(|found| {
            let why = "the listed size is not the one it was stored with";
            left(WarningCode::SizeChanged, why, found)
        });
        let recounted = self.recounted.map(|found| {
            let why = "there are fewer messages of it than were stored";
            left(WarningCode::CountChanged, why, found)
        });
        let clock = |text: String| Warning { code: WarningCode::Clock, text };
        let back = self.back.then(|| {
            clock("the clock went back: no message is deleted because of its age".to_owned())
        });
        let ahead = self.ahead.then(|| {
            let days = (now - seen.last_session().unwrap_or(now)) / 86_400;
            clock(format!(
                "the last session was {days} days ago: they do not count yet towards the age at \
                 which messages are deleted"
            ))
        });
        [resized, recounted, back, ahead].into_iter().flatten().collect()
    }
}

/// For a listing that has only new messages. One that is shorter than the last
/// is no reset: servers that carry out DELE at once list what is left when a
/// run is killed.
fn check_reset(listing: &Listing, seen: &Seen) -> Result<(), UidReset> {
    if listing.is_empty() {
        return Ok(());
    }
    let (mut gone, mut messages) = (0, 0);
    for (_, known) in seen.iter().filter(|(_, known)| known.is_left()) {
        gone += 1;
        messages += known.current_count();
    }
    let listed = listing.len() as u64;
    let before = seen.last_listed().unwrap_or(0).max(messages as u64);
    if gone >= MIN_RESET && listed >= before {
        return Err(UidReset { gone, listed });
    }
    Ok(())
}

/// Turns what is beyond the limits into skips.
fn limit(items: &mut [Item], limits: &Limits) {
    let mut allowance = Allowance::new(limits);
    for item in items {
        allowance.apply(item);
    }
}
