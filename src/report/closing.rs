//! The line that ends a command for people: what was done, and what is left.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use super::units;
use crate::base::{Closing, Event, Planned, Summary, escape};

/// What was counted so far.
#[derive(Debug, Default)]
pub(super) struct ClosingLine {
    /// Messages left out, by reason: there may be thousands.
    left_out: BTreeMap<Cow<'static, str>, u64>,
    would: Would,
    /// Whether the ledger knows a message.
    knows: bool,
    summary: Option<Summary>,
}

/// What a dry run would do, in messages.
#[derive(Debug, Default)]
struct Would {
    fetch: u64,
    /// Those of them that would be deleted then.
    then_delete: u64,
    /// Those that would be deleted without being fetched.
    delete: u64,
}

impl ClosingLine {
    pub(super) fn count(&mut self, event: &Event) {
        match event {
            Event::Skipped(skipped) => {
                *self.left_out.entry(skipped.reason.clone()).or_default() += 1
            }
            Event::Planned(Planned { action, then_delete, .. }) => match *action {
                "fetch" => {
                    self.would.fetch += 1;
                    self.would.then_delete += u64::from(*then_delete);
                }
                "delete" => self.would.delete += 1,
                _ => {}
            },
            Event::Known(_) => self.knows = true,
            Event::Summary(summary) => self.summary = Some(*summary),
            _ => {}
        }
    }

    /// The counts of the whole run, once they are known.
    pub(super) fn summary(&self) -> Option<Summary> {
        self.summary
    }

    /// The line; empty for a command that has none.
    pub(super) fn text(&self) -> String {
        let Some(summary) = &self.summary else {
            return String::new();
        };
        let left = summary.listed.saturating_sub(summary.deleted);
        match summary.closing {
            Closing::Known if !self.knows => "nothing fetched yet".to_owned(),
            Closing::None | Closing::Stat | Closing::Known => String::new(),
            Closing::Fetch => self.fetched(summary, left),
            Closing::DryRun => self.rehearsed(summary),
            Closing::List if summary.listed == 0 => "the mailbox is empty".to_owned(),
            Closing::List => {
                let mark = if summary.new > 0 { " (N)" } else { "" };
                let Summary { listed, new, .. } = summary;
                format!("{listed} on the server, {new} new{mark}")
            }
            Closing::Export if summary.listed == 0 => {
                "nothing to export: retr stored no message, or first saw none in these days"
                    .to_owned()
            }
            Closing::Export => {
                let failed = some(summary.failed, "left out");
                format!("{} exported{}{failed}", summary.stored, octets(summary))
            }
            Closing::Restore => {
                let there = some(summary.skipped, "there already");
                let failed = some(summary.failed, "failed");
                let octets = octets(summary);
                format!("{} restored{octets}{there}{failed}", summary.stored)
            }
            Closing::RestoreDryRun => {
                let there = some(summary.skipped, "there already");
                let failed = some(summary.failed, "cannot be");
                format!("dry run: {} would be restored{there}{failed}", summary.new)
            }
            Closing::Delete => {
                let failed = some(summary.failed, "failed");
                format!("{} deleted{failed}, {left} left", summary.deleted)
            }
        }
    }

    /// `12 new in 0.8 s (3.1 MB), 340 on the server`. What is on the server is
    /// what stays there, new or not.
    fn fetched(&self, summary: &Summary, left: u64) -> String {
        let elapsed = units::elapsed(Duration::from_millis(summary.elapsed_ms));
        let octets = octets(summary);
        let deleted = some(summary.deleted, "deleted");
        let failed = some(summary.failed, "failed");
        format!(
            "{} new in {elapsed}{octets}, {left} on the server{deleted}{failed}{}{}",
            summary.stored,
            not_deleted(summary),
            self.left_out()
        )
    }

    fn rehearsed(&self, summary: &Summary) -> String {
        let would = &self.would;
        let mut text = match (would.fetch, would.delete) {
            (0, 1..) => {
                let left = summary.listed.saturating_sub(would.delete);
                format!("dry run: {} would be deleted, {left} left", would.delete)
            }
            (fetch, _) => format!("dry run: {fetch} would be fetched"),
        };
        text.push_str(&some(would.then_delete, "of them deleted"));
        if would.fetch > 0 {
            text.push_str(&some(would.delete, "fetched earlier deleted"));
        }
        text + &not_deleted(summary) + &self.left_out()
    }

    /// How many were left out, and why.
    fn left_out(&self) -> String {
        let is_one = self.left_out.len() == 1;
        let why = self.left_out.iter().map(|(reason, count)| match is_one {
            true => escape(reason),
            false => format!("{count} {}", escape(reason)),
        });
        let why = why.collect::<Vec<_>>().join(", ");
        some(self.left_out.values().sum(), "left out: ") + &why
    }
}

/// How much it was, behind how many.
fn octets(summary: &Summary) -> String {
    match summary.bytes {
        0 => String::new(),
        octets => format!(" ({})", units::octets(octets)),
    }
}

/// What stays on the server although its time has come.
fn not_deleted(summary: &Summary) -> String {
    some(summary.never_stored, "not deleted: never fetched")
}

/// One more count, if it is one.
fn some(count: u64, what: &str) -> String {
    match count {
        0 => String::new(),
        count => format!(", {count} {what}"),
    }
}
