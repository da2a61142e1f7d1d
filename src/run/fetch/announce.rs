//! What a fetch tells before it begins: what there is, what becomes of it, and
//! what is worth a warning.

use std::time::Duration;

use crate::base::{
    Closing, Event, Failed, SessionFacts, Skipped, TargetName, Warning, WarningCode,
};
use crate::plan::{self, Action, Item, Plan, Seen};
use crate::proto::Expiry;
use crate::session::Session;
use crate::store;

use super::super::{FetchJob, target};
use super::Run;
use crate::run::server::listing::Listed;

impl Run<'_> {
    pub(super) fn warn(&mut self, code: WarningCode, text: String) {
        self.warn_of(vec![Warning { code, text }]);
    }

    /// Reports what was not told yet in this run.
    pub(super) fn warn_of(&mut self, warnings: Vec<Warning>) {
        for warning in warnings {
            if !self.warned.contains(&warning.code) {
                self.warned.push(warning.code);
                self.context.observer.notice(&Event::Warning(warning));
            }
        }
    }

    /// Reports what there is. What cannot be worked on is told once. Returns
    /// whether this listing is no rest of another, of which all was told.
    pub(super) fn announce(&mut self, session: &Session<'_>, plan: &Plan, listed: &Listed) -> bool {
        if self.sittings == 0 {
            if listed.nonsense > 0 {
                self.warn(
                    WarningCode::ListingNonsense,
                    match listed.nonsense {
                        1 => "a line of the listing makes no sense".to_owned(),
                        lines => format!("{lines} lines of the listing make no sense"),
                    },
                );
            }
            self.summary.failed += listed.tell_failed(self.context.observer);
            self.summary.never_stored = plan.never_stored;
        }
        self.summary.closing = if self.job.dry_run { Closing::DryRun } else { Closing::Fetch };
        let listed = listed.listing.len() as u64;
        let new = plan.items.iter().filter(|item| item.action.is_new()).count() as u64;
        self.context.observer.notice(&Event::Session(facts(session, self.job, listed, new)));
        self.warn_of(plan.warnings.clone());
        self.warn_of_expiry(session, new > 0);
        let counts = std::mem::take(&mut self.counts);
        if counts {
            self.summary.listed += if self.sittings == 0 { listed } else { new };
            self.summary.new += new;
        }
        counts
    }

    /// Reports what the limits leave out, and what is left to the user.
    pub(super) fn announce_skips(&mut self, plan: &Plan, seen: &Seen) {
        self.tell_held(plan, seen);
        for item in plan.items.iter().filter(|item| item.action == Action::Skip) {
            self.summary.skipped += 1;
            self.context.observer.notice(&Event::Skipped(Skipped {
                number: item.number,
                uid: item.uid.clone(),
                size: item.size,
                reason: item.reason.into(),
            }));
        }
    }

    /// What may have been handed on already is left to the user.
    fn tell_held(&mut self, plan: &Plan, seen: &Seen) {
        let is_held = |item: &&Item| item.action == Action::Hold && !self.job.dry_run;
        for item in plan.items.iter().filter(is_held) {
            let known = seen.get(&item.uid);
            let ordinals = known.iter().flat_map(|known| known.in_doubt());
            let id = |ordinal| store::key_text(&self.key_account, &item.uid, ordinal);
            let ids: Vec<String> = ordinals.map(|ordinal| id(*ordinal)).collect();
            let error = format!(
                "it may have been handed on already, as {}: `retr state mark-seen` leaves it at \
                 that, `retr state forget` has it handed on again",
                ids.join(", ")
            );
            self.summary.failed += 1;
            let failed = Failed::new(item.number, item.uid.clone(), error);
            self.context.observer.notice(&Event::Failed(failed));
        }
    }

    /// What is worth a warning if messages stay in another target, and `--all` is
    /// not there to store them in this one too.
    pub(super) fn target_changed(&self, last: Option<&TargetName>, seen: &Seen) -> Option<Warning> {
        if self.job.policy.all {
            return None;
        }
        let (account, target) = (&self.job.account, &self.job.target);
        target::changed(account, target, last, seen, &*self.context.disk)
    }

    /// The server deletes by itself what the user wants to stay there.
    fn warn_of_expiry(&mut self, session: &Session<'_>, retrieves: bool) {
        let keeps = match self.job.policy.disposal {
            plan::Disposal::Keep => Duration::MAX,
            plan::Disposal::Delete => return,
            plan::Disposal::DeleteAfter(time) => time,
        };
        let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 3600);
        let (code, what) = match session.facts().capabilities.expiry() {
            Some(Expiry::AtOnce) if retrieves => (
                WarningCode::ExpireAtOnce,
                "whatever was retrieved (EXPIRE 0), asked to or not".to_owned(),
            ),
            Some(Expiry::Days(n)) if keeps > days(n) => {
                (WarningCode::Expire, format!("messages after {n} days (EXPIRE), asked to or not"))
            }
            _ => return,
        };
        if self.sittings == 0 && self.connector.must_warn() {
            self.warn(code, format!("the server may delete {what}"));
        }
    }
}

fn facts(session: &Session<'_>, job: &FetchJob, listed: u64, new: u64) -> SessionFacts {
    let facts = session.facts();
    SessionFacts {
        host: job.account.access.route.host.clone(),
        port: facts.port,
        tls: facts.tls.is_some(),
        greeting: facts.greeting.clone(),
        capabilities: facts.capabilities.lines().to_vec(),
        listed,
        new,
    }
}
