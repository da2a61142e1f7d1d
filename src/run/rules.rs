//! The rules by which messages are left on the server for what their headers
//! say, and the command that may be one of them.

use std::time::{Duration, Instant};

use crate::base::Cancel;
use crate::message::{Pattern, Texts};
use crate::plan::{Left, RuleId};
use crate::process::{self, Ended, How, Input, Launch, NO_SHELL, Output, Running, Words};
use crate::wait::{self, Timeouts};

use super::{Account, Error};

/// With this code the filter leaves a message on the server.
const LEAVE: i32 = 99;

/// How long the filter has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// Octets of the filter's stderr that are kept.
const MAX_COMPLAINT: usize = 4096;

/// What decides by its header whether a new message is fetched.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    skip: Vec<(RuleId, Pattern)>,
    filter: Option<(RuleId, Words)>,
    timeout: Duration,
}

impl Rules {
    /// What one of these patterns matches is left on the server, and what the
    /// filter says so of; it has `timeout` for each message.
    pub fn new(skip: Vec<Pattern>, filter: Option<Words>, timeout: Duration) -> Self {
        let of_pattern = |pattern: &Pattern| RuleId::of(&format!("skip {}", pattern.canonical()));
        let skip = skip.into_iter();
        let skip = skip.map(|pattern| (of_pattern(&pattern), pattern));
        let filter =
            filter.map(|words| (RuleId::of(&format!("filter {}", words.join("\0"))), words));
        Self { skip: skip.collect(), filter, timeout }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.skip.is_empty() && self.filter.is_none()
    }

    /// Returns whether a command looks at headers.
    pub(super) fn has_filter(&self) -> bool {
        self.filter.is_some()
    }

    /// Returns whether this is one of them.
    pub(super) fn holds(&self, rule: RuleId) -> bool {
        let skip = self.skip.iter().map(|(id, _)| *id);
        skip.chain(self.filter.iter().map(|(id, _)| *id)).any(|id| id == rule)
    }

    /// The first pattern that a header matches.
    pub(super) fn skips(&self, header: &[u8]) -> Option<Left> {
        if self.skip.is_empty() {
            return None;
        }
        let texts = Texts::of(header);
        let (rule, pattern) = self.skip.iter().find(|(_, pattern)| pattern.matches(&texts))?;
        Some(Left { rule: *rule, reason: format!("matches --skip {pattern}") })
    }

    /// Has the filter look at a header, if there is one; `meanwhile` is called
    /// again and again until it has ended. The run ends at `until`.
    pub(super) fn filter(
        &self,
        header: Vec<u8>,
        account: &Account,
        until: Instant,
        cancel: &Cancel,
        mut meanwhile: impl FnMut() -> Result<(), Error>,
    ) -> Result<Filtered, Error> {
        let Some((rule, words)) = &self.filter else {
            return Ok(Filtered::Fetch);
        };
        let launch = Launch {
            words,
            variables: &[("RETR_ACCOUNT", account.name.as_str().into())],
            input: Input::Octets(header),
            stdout: Output::Discarded,
            stderr: Output::First(MAX_COMPLAINT),
            grace: GRACE,
        };
        let left = until.saturating_duration_since(Instant::now());
        let ended = match launch.start(&Timeouts::new(self.timeout, left, cancel)) {
            Ok(running) => wait_for(running, &mut meanwhile)?,
            Err(error) => return Ok(Filtered::Failed(format!("it cannot be started: {error}"))),
        };
        match (&ended.how, ended.code()) {
            (How::Stopped(wait::Error::Cancelled(cancelled)), _) => {
                Err(Error::Cancelled(*cancelled))
            }
            (_, Some(0)) => Ok(Filtered::Fetch),
            (_, Some(LEAVE)) => {
                Ok(Filtered::Leave(Left { rule: *rule, reason: "left by --filter".to_owned() }))
            }
            _ if words.need_shell() => {
                Ok(Filtered::Failed(format!("{}; {NO_SHELL}", ended.words())))
            }
            _ => Ok(Filtered::Failed(ended.words())),
        }
    }
}

/// What the filter says of a message.
pub(super) enum Filtered {
    /// It is fetched.
    Fetch,
    /// It is left on the server.
    Leave(Left),
    /// Nothing that can be understood.
    Failed(String),
}

fn wait_for(
    mut running: Running,
    meanwhile: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<Ended, Error> {
    loop {
        if let Some(ended) = running.poll() {
            return Ok(ended);
        }
        meanwhile()?;
        if process::nap(&[&running]).is_err() {
            return Ok(running.wait());
        }
    }
}
