//! Leaving messages on the server for what their headers say. TOP is asked for
//! what would be retrieved only, and a decision by a header counts once STAT
//! has proved that replies match the commands.

use std::collections::HashMap;
use std::time::Instant;

use crate::base::{Event, Planned, Skipped, WarningCode};
use crate::ledger::Ledger;
use crate::plan::{Item, Left, Origin, Plan, Sieve};
use crate::session::Session;

use super::super::Error;
use super::super::rules::Filtered;
use super::Run;
use super::batches::IDLE;
use crate::run::server::{self, headers};

/// Octets of a header that are looked at.
const MAX_HEADER: usize = 64 * 1024;

/// Headers asked for before STAT: what is decided by them is lost with the
/// connection.
const MAX_HEADERS: usize = 8_192;

/// The same where a command looks at each, as they wait for it in memory.
const MAX_FILTERED: usize = 64;

impl Run<'_> {
    /// Takes out of a plan what is left on the server, tells it and, with a
    /// ledger, remembers it; then applies the limits of the run.
    pub(super) fn sift(
        &mut self,
        session: &mut Session<'_>,
        plan: &mut Plan,
        ledger: Option<&mut Ledger>,
    ) -> Result<(), Error> {
        if self.job.rules.is_empty() {
            return Ok(());
        }
        let limits = self.memory.left(self.job.policy.limits);
        let most = if self.job.rules.has_filter() { MAX_FILTERED } else { MAX_HEADERS };
        let mut sieve = HeaderSieve { run: self, session, ledger, has_top: false };
        plan.sift(&limits, most, &mut sieve)
    }
}

struct HeaderSieve<'h, 'r, 's> {
    run: &'h mut Run<'r>,
    session: &'h mut Session<'s>,
    /// `None` in a dry run.
    ledger: Option<&'h mut Ledger>,
    /// The server has handed out a header.
    has_top: bool,
}

impl Sieve for HeaderSieve<'_, '_, '_> {
    type Error = Error;

    fn look(&mut self, items: &[&Item]) -> Result<Vec<Option<Left>>, Error> {
        let rules = &self.run.job.rules;
        let numbers: Vec<_> = items.iter().map(|item| item.number).collect();
        let proof = if self.has_top { None } else { server::doubt(self.session, numbers.len()) };
        let mut decisions = Vec::with_capacity(items.len());
        let (mut to_filter, mut unseen) = (Vec::new(), Vec::new());
        headers(self.session, &numbers, MAX_HEADER, proof, |number, header| {
            let left = match header {
                Ok(header) => {
                    let left = rules.skips(header);
                    if left.is_none() && rules.has_filter() {
                        to_filter.push((decisions.len(), header.to_vec()));
                    }
                    left
                }
                Err(status) => {
                    unseen.push((number, status));
                    None
                }
            };
            decisions.push(left);
            Ok(())
        })?;
        self.session.prove()?;
        self.has_top |= unseen.len() < items.len();
        for (number, status) in unseen {
            self.warn(format!(
                "the header of message {number} could not be fetched, so it is fetched: -ERR {}",
                status.sanitized()
            ));
        }
        for (at, header) in to_filter {
            decisions[at] = self.filter(items[at], header)?;
        }
        Ok(decisions)
    }

    fn leave(&mut self, left: &[(&Item, Left)]) -> Result<(), Error> {
        if let Some(ledger) = &mut self.ledger {
            let mut by_rule: HashMap<_, Vec<_>> = HashMap::new();
            for (item, Left { rule, .. }) in left {
                let messages = by_rule.entry(*rule).or_default();
                messages.push((item.uid.clone(), item.size));
            }
            for (rule, messages) in by_rule {
                ledger.mark(&messages, Origin::Left(rule), self.run.now)?;
            }
        }
        for (item, left) in left {
            self.run.summary.skipped += 1;
            self.run.context.observer.notice(&Event::Skipped(Skipped {
                number: item.number,
                uid: item.uid.clone(),
                size: item.size,
                reason: left.reason.clone().into(),
            }));
            if self.run.job.dry_run {
                self.run.context.observer.notice(&Event::Planned(Planned {
                    number: item.number,
                    uid: item.uid.clone(),
                    size: item.size,
                    action: "skip",
                    then_delete: false,
                    reason: left.reason.clone().into(),
                }));
            }
        }
        Ok(())
    }
}

impl HeaderSieve<'_, '_, '_> {
    /// Has the filter decide. The server must not lose patience meanwhile.
    fn filter(&mut self, item: &Item, header: Vec<u8>) -> Result<Option<Left>, Error> {
        let Self { run, session, .. } = self;
        let mut heard = Instant::now();
        let filtered = run.job.rules.filter(
            header,
            &run.job.account,
            run.connector.until(),
            run.context.cancel,
            || {
                if heard.elapsed() >= IDLE {
                    session.keep_alive()?;
                    heard = Instant::now();
                }
                Ok(())
            },
        )?;
        Ok(match filtered {
            Filtered::Fetch => None,
            Filtered::Leave(left) => Some(left),
            Filtered::Failed(why) => {
                self.warn(format!(
                    "the filter failed at message {}, which is fetched: {why}",
                    item.number
                ));
                None
            }
        })
    }

    /// The first time it is a warning; there may be as many as messages.
    fn warn(&mut self, text: String) {
        if self.run.warned.contains(&WarningCode::FilterFailed) {
            self.run.context.observer.note(text);
        } else {
            self.run.warn(WarningCode::FilterFailed, text);
        }
    }
}
