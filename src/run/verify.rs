//! `verify`: proof that what was stored is still there.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use crate::base::{
    Cancel, Event, Observer, Summary, TargetName, Verdict, Verification, Verified, Warning,
    WarningCode, shown,
};
use crate::disk::{Disk, RealDisk};
use crate::ledger::Ledger;
use crate::session::Leave;
use crate::store::{self, Finding, Target};

use super::survey::{Found, Survey};
use super::{Account, Connector, Error, Outcome, listing};

/// One `verify` of one account.
#[derive(Clone, Debug)]
pub struct VerifyJob {
    /// Whose mail.
    pub account: Account,
    /// Where it was stored.
    pub target: Target,
    /// Compare with the server's listing, too.
    pub server: bool,
}

/// Reads every stored message again. Announces [`Event::Verified`] for each,
/// and for what is on the server and not here; then [`Event::Verification`].
/// Takes no lock and changes nothing.
pub fn verify(job: &VerifyJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let mut connector = Connector::new(&job.account, cancel, observer, Arc::clone(&disk));
    let mut summary = Summary::default();
    let mut counts = Verification::default();
    let mut run = || -> Result<(), Error> {
        let Account { id, state_dir, .. } = &job.account;
        if !Ledger::exists(state_dir, id, &*disk)? {
            let state_dir = state_dir.clone();
            return Err(Error::NeverFetched { state_dir });
        }
        if job.server {
            let not_here = compare(job, &mut connector, &*disk, observer, &mut summary)?;
            counts.not_here = Some(not_here);
        }
        look(job, &disk, cancel, observer, &mut counts)?;
        observer.notice(&Event::Verification(counts));
        let not_here = counts.not_here.unwrap_or(0);
        match counts.missing + counts.altered + not_here {
            0 => Ok(()),
            _ => Err(Error::Incomplete {
                missing: counts.missing,
                altered: counts.altered,
                not_here,
            }),
        }
    };
    let result = run();
    connector.outcome(summary, result)
}

/// What is on the server, and neither stored nor known as seen.
fn compare(
    job: &VerifyJob,
    connector: &mut Connector<'_>,
    disk: &dyn Disk,
    observer: &dyn Observer,
    summary: &mut Summary,
) -> Result<u64, Error> {
    let account = &job.account;
    // Sizes tell a message that came back from the one that was there before.
    let (session, listed) = connector.ask(listing::read_with_sizes)?;
    listed.count(observer, summary);
    session.leave(Leave::Quit)?;
    let seen = Ledger::peek(&account.state_dir, &account.id, disk)?;
    let plan = listing::compare(&listed.listing, &seen)?;
    let mut told = HashSet::new();
    let new = plan.items.iter().filter(|item| item.action.is_new());
    for item in new {
        summary.new += 1;
        if told.insert(&item.uid) {
            observer.notice(&Event::Verified(Box::new(Verified {
                uid: item.uid.clone(),
                verdict: Verdict::NotHere,
                sha256: None,
                location: None,
            })));
        }
    }
    Error::partial(summary.failed, summary.listed)?;
    Ok(summary.new)
}

fn look(
    job: &VerifyJob,
    disk: &Arc<dyn Disk>,
    cancel: &Cancel,
    observer: &dyn Observer,
    counts: &mut Verification,
) -> Result<(), Error> {
    let survey = Survey {
        account: &job.account,
        target: &job.target,
        cancel,
        disk,
        observer,
    };
    let mut elsewhere = BTreeMap::new();
    survey.run(
        |_| true,
        |stored, found| {
            let (verdict, count, at) = match found {
                Found::Here(Finding::Intact(at)) => (Verdict::Intact, &mut counts.intact, Some(at)),
                Found::Here(Finding::Altered(at)) => {
                    (Verdict::Altered, &mut counts.altered, Some(at))
                }
                Found::Here(Finding::Missing) => (Verdict::Missing, &mut counts.missing, None),
                Found::Elsewhere => {
                    let target = Arc::clone(&stored.receipt.target);
                    *elsewhere.entry(target).or_default() += 1;
                    (Verdict::Missing, &mut counts.missing, None)
                }
            };
            *count += 1;
            counts.stored += 1;
            observer.notice(&Event::Verified(Box::new(Verified {
                uid: stored.uid.clone(),
                verdict,
                sha256: Some(stored.hash),
                location: at.map(|at| store::locate(&at)),
            })));
        },
    )?;
    for (target, count) in elsewhere {
        observer.notice(&Event::Warning(stored_elsewhere(&target, count)));
    }
    Ok(())
}

/// What was not looked for, as this target is of another kind.
fn stored_elsewhere(target: &TargetName, count: u64) -> Warning {
    let TargetName { scheme, address } = target;
    let (place, option) = match (store::scheme(scheme), shown(address.as_encoded_bytes())) {
        (Some(scheme), path) if !path.is_empty() => (
            format!("the {} {path}", scheme.noun),
            format!("--{} {path}", scheme.name),
        ),
        // A ledger of before did not say where.
        _ => ("a target of another kind".to_owned(), format!("--{scheme}")),
    };
    Warning {
        code: WarningCode::Elsewhere,
        text: format!(
            "{count} of the missing ones were stored in {place}; {option} verifies those"
        ),
    }
}
