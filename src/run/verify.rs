//! `verify`: proof that what was stored is still there.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::base::{
    Cancel, Event, Hash, Integrity, Location, Lost, Observer, Summary, TargetName, Uid,
    Verification, Verified, Warning, WarningCode,
};
use crate::ledger::Stored;
use crate::message;
use crate::plan::{Known, Seen};
use crate::session::Leave;
use crate::store::{self, Finding, Target};

use super::stored::{Survey, Surveyed};
use super::{Account, Connector, Context, Error, Manifest, Outcome, listing};

/// Octets of an altered message in which its date and subject are looked for.
const HEADER: usize = 16 * 1024;

/// One `verify` of one account.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// Whose mail.
    pub account: Account,
    /// Where it was stored.
    pub target: Target,
    /// Compare with the server's listing, too.
    pub server: bool,
    /// Others are verified, and this one need not be: a target that keeps
    /// nothing to read is a warning.
    pub with_others: bool,
}

/// Reads every stored message again. Announces [`Event::Verified`] for each,
/// and for what is on the server and not here; then [`Event::Verification`].
/// Takes no lock and changes nothing; what is intact is listed in `manifest`.
pub fn verify(
    job: &VerifyJob,
    manifest: Option<&mut Manifest>,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let context = Context::new(&job.account, cancel, observer);
    let mut counts = Verification::default();
    context.online(|connector, summary| {
        if !context.has_ledger()? {
            return Err(context.never_fetched());
        }
        if job.server {
            let not_here = compare(&context, connector, summary)?;
            counts.not_here = Some(not_here);
        }
        match look(job, &context, manifest, &mut counts) {
            // Of the content nothing can be said.
            Err(Error::Store(error @ store::Error::OutOfReach { .. }))
                if job.server || job.with_others =>
            {
                let rest = if job.server {
                    "only the unique ids were compared"
                } else {
                    "it is left out; --server compares the unique ids"
                };
                observer.warn(WarningCode::OutOfReach, format!("{error}; {rest}"));
                return Error::incomplete(&counts);
            }
            result => result?,
        }
        observer.notice(&Event::Verification(counts));
        Error::incomplete(&counts)
    })
}

/// What is on the server, and neither stored nor known as seen.
fn compare(
    context: &Context<'_>,
    connector: &mut Connector<'_>,
    summary: &mut Summary,
) -> Result<u64, Error> {
    let observer = context.observer;
    // Sizes tell a message that came back from the one that was there before.
    let (session, listed) = connector.ask(listing::read_with_sizes)?;
    listed.count(observer, summary);
    session.leave(Leave::Quit)?;
    let snapshot = context.snapshot()?;
    let plan = listing::compare(&listed.listing, snapshot.seen())?;
    let mut told = HashSet::new();
    let new = plan.items.iter().filter(|item| item.action.is_new());
    for item in new {
        summary.new += 1;
        if told.insert(&item.uid) {
            observer.notice(&Event::Verified(Box::new(Verified {
                uid: Some(item.uid.clone()),
                verdict: Integrity::NotHere,
                sha256: None,
                location: None,
                lost: None,
                in_brief: false,
            })));
        }
    }
    Error::partial(summary.failed, summary.listed)?;
    Ok(summary.new)
}

fn look(
    job: &VerifyJob,
    context: &Context<'_>,
    mut manifest: Option<&mut Manifest>,
    counts: &mut Verification,
) -> Result<(), Error> {
    let observer = context.observer;
    let survey = Survey { context: context.clone(), target: &job.target, keeps: HEADER };
    let mut elsewhere = BTreeMap::new();
    let mut lost = Vec::new();
    let snapshot = context.snapshot()?;
    observer.notice(&in_all(snapshot.seen()));
    survey.run(
        &snapshot,
        |_| true,
        |stored, found| {
            let row = Row::new(stored, &found);
            counts.add(row.verdict);
            if let Surveyed::Elsewhere = found {
                let target = Arc::clone(&stored.receipt.target);
                *elsewhere.entry(target).or_default() += 1;
            }
            if let (Surveyed::Here(Finding::Intact(at), _), Some(manifest)) =
                (&found, &mut manifest)
            {
                manifest.add(stored, at);
            }
            let octets = stored.size.unwrap_or(0);
            observer.notice(&Event::Received { octets });
            observer.notice(&Event::Arrived);
            match row.verdict {
                Integrity::Intact => observer.notice(&row.event(None)),
                _ => lost.push(row),
            }
        },
    )?;
    for row in lost {
        let known = snapshot.seen().get(&row.uid);
        observer.notice(&row.event(Some(known.is_some_and(Known::is_left))));
    }
    for (target, count) in elsewhere {
        observer.notice(&Event::Warning(stored_elsewhere(&target, count)));
    }
    Ok(())
}

/// How much there is to read, for progress: by the listed sizes.
fn in_all(seen: &Seen) -> Event {
    let copies = || seen.iter().flat_map(|(_, known)| known.copies());
    let stored = || copies().filter(|(_, copy)| copy.hash().is_some());
    Event::Transfer {
        messages: stored().count() as u64,
        octets: stored().map(|(_, copy)| copy.size()).sum(),
    }
}

/// What is told of a message.
struct Row {
    uid: Uid,
    verdict: Integrity,
    hash: Hash,
    location: Option<Location>,
    lost: Option<Lost>,
}

impl Row {
    fn new(stored: &Stored, found: &Surveyed<'_>) -> Self {
        let (verdict, at, read) = match found {
            Surveyed::Here(Finding::Intact(at), _) => (Integrity::Intact, Some(at), None),
            Surveyed::Here(Finding::Altered(at), kept) => {
                (Integrity::Altered, Some(at), Some(kept))
            }
            Surveyed::Here(Finding::Missing, _) | Surveyed::Elsewhere => {
                (Integrity::Missing, None, None)
            }
        };
        let lost = || {
            let headers = read.map(|kept| message::headers(kept.bytes()));
            let headers = headers.unwrap_or_default();
            Lost {
                file: store::recorded(&stored.receipt).text,
                first_seen: Some(stored.first_seen),
                date: headers.date,
                subject: headers.subject,
                on_server: None,
            }
        };
        Self {
            uid: stored.uid.clone(),
            verdict,
            hash: stored.hash,
            location: at.map(store::locate),
            lost: (verdict != Integrity::Intact).then(lost),
        }
    }

    fn event(self, on_server: Option<bool>) -> Event {
        let lost = self.lost.map(|lost| Lost { on_server, ..lost });
        Event::Verified(Box::new(Verified {
            uid: Some(self.uid),
            verdict: self.verdict,
            sha256: Some(self.hash),
            location: self.location,
            lost,
            in_brief: false,
        }))
    }
}

/// What was not looked for, as this target is of another kind.
fn stored_elsewhere(target: &TargetName, count: u64) -> Warning {
    Warning {
        code: WarningCode::Elsewhere,
        text: format!(
            "{count} of the missing ones were {}",
            store::elsewhere(target, "verifies those")
        ),
    }
}
