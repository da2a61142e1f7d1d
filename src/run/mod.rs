//! The use cases: what one command does from beginning to end, and the one
//! order of steps that keeps mail safe (`commit.rs`).

mod adopt;
mod commit;
mod context;
mod delete;
mod error;
mod export;
mod fetch;
mod forget;
mod job;
mod list;
mod manifest;
mod probe;
mod recover;
mod repair;
mod restore;
mod rules;
mod select;
mod server;
mod show;
mod stat;
mod state;
mod stored;
mod target;
#[cfg(test)]
mod tests;
mod verify;

use std::time::Instant;

use crate::base::{Deletion, Event, Observer, Summary, Uid};
use crate::session::{Leave, Session};

use context::Context;
use server::{Connector, listing};

pub use delete::{DeleteJob, delete};
pub use error::Error;
pub use export::{ExportJob, export};
pub use fetch::fetch;
pub use forget::{forget, forget_missing};
pub use job::{Account, FetchJob, SecretSource};
pub use list::{ListJob, list};
pub use manifest::{CheckJob, Form, Manifest, check};
pub use probe::{ProbeJob, probe};
pub use repair::repair;
pub use restore::{RestoreJob, restore};
pub use rules::Rules;
pub use select::Wanted;
pub use show::{ShowJob, View, show};
pub use stat::stat;
pub use state::{give, import, known, mark_seen};
pub use verify::{VerifyJob, verify};

/// How a command ended. Everything in it was also told to the observer,
/// but for the error, which only the command line can put into words.
#[derive(Debug)]
pub struct Outcome {
    /// The counts; `exit` and `elapsed_ms` are filled in.
    pub summary: Summary,
    /// Why it ended early, or what was left undone.
    pub error: Option<Error>,
}

impl Outcome {
    fn new(mut summary: Summary, result: Result<(), Error>, started: Instant) -> Self {
        let error = result.err();
        summary.exit = error.as_ref().map_or(0, |error| error.class().code());
        summary.elapsed_ms = started.elapsed().as_millis() as u64;
        Self { summary, error }
    }
}

fn uids(deletions: &[Deletion]) -> Vec<Uid> {
    deletions.iter().map(|d| d.uid.clone()).collect()
}

/// Quits, so that the server enters the UPDATE state, and counts and
/// announces the deletions if it confirms them (RFC 1939 §6).
fn confirm(
    session: Session<'_>,
    deleted: Vec<Deletion>,
    observer: &dyn Observer,
) -> Result<u64, Error> {
    if deleted.is_empty() {
        session.leave(Leave::Quit)?;
        return Ok(0);
    }
    let deletions = deleted.len() as u64;
    session.leave(Leave::Confirm).map_err(|source| Error::Unconfirmed { deletions, source })?;
    for deletion in deleted {
        observer.notice(&Event::Deleted(deletion));
    }
    Ok(deletions)
}
