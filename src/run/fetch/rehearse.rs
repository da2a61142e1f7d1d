//! `fetch --dry-run`: what would be done, and nothing touched.

use crate::base::{Event, Planned};
use crate::session::Leave;

use super::super::{Error, listing};
use super::Run;
use super::sitting::{list, retrieved};

impl Run<'_> {
    /// `--dry-run`: tells what would be done, and touches nothing.
    pub(super) fn rehearse(&mut self) -> Result<(), Error> {
        let snapshot = self.context.snapshot()?;
        let seen = snapshot.seen();
        let changed = self.target_changed(snapshot.last_target(), seen);
        self.warn_of(changed.into_iter().collect());
        if self.job.policy.all {
            self.intact = self.survey().intact()?;
        }
        self.connector.keep_nothing();
        let no_uidl = self.job.no_uidl;
        let (mut session, listed) = self.connector.ask(|session| {
            let mut listed = list(session, no_uidl, false)?;
            if !no_uidl {
                listing::add_sizes(session, &mut listed.listing)?;
            }
            Ok(listed)
        })?;
        let policy = self.policy(&session);
        let mut plan = self.plan(&listed.listing, seen, &policy)?;
        self.announce(&session, &plan, &listed);
        if retrieved(&plan).nth(1).is_some() && !self.job.rules.is_empty() {
            session.settle_pipelining()?;
        }
        self.sift(&mut session, &mut plan, None)?;
        self.announce_skips(&plan, seen);
        for item in plan.items {
            self.context.observer.notice(&Event::Planned(Planned {
                number: item.number,
                uid: item.uid,
                size: item.size,
                action: item.action.name(),
                then_delete: item.then_delete,
                reason: item.reason.into(),
            }));
        }
        session.leave(Leave::Quit)?;
        Ok(())
    }
}
