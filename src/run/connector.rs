//! Opening sessions of one run: what is left of its deadline, and what is
//! remembered of the server from one session, and one run, to the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Observer};
use crate::disk::Disk;
use crate::ledger::{read_hints, write_hints};
use crate::session::{Hints, Session, TlsMode};

use super::{Account, Error, now};

/// How long remembered facts are believed, in seconds.
const BELIEVED: u64 = 7 * 24 * 3600;

/// Opens the sessions of a run.
pub(super) struct Connector<'c> {
    account: &'c Account,
    cancel: &'c Cancel,
    observer: &'c dyn Observer,
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    started: Instant,
    until: Instant,
    remembered: Remembered,
}

/// What is kept between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Remembered {
    hints: Hints,
    /// Seconds that must pass between logins (RFC 2449 §6.5), and the last.
    login_delay: u64,
    last_login: u64,
}

impl<'c> Connector<'c> {
    pub(super) fn new(
        account: &'c Account,
        cancel: &'c Cancel,
        observer: &'c dyn Observer,
        disk: Arc<dyn Disk>,
    ) -> Self {
        let dir = account.state_dir.join(account.id.as_str());
        let started = Instant::now();
        // A deadline beyond what the clock can tell is a year.
        let until = started
            .checked_add(account.access.deadline)
            .unwrap_or(started + Duration::from_secs(365 * 24 * 3600));
        let remembered = Remembered::from_words(&read_hints(&dir, &*disk), &scope(account), now());
        Self {
            account,
            cancel,
            observer,
            disk,
            dir,
            started,
            until,
            remembered,
        }
    }

    /// When the run started.
    pub(super) fn started(&self) -> Instant {
        self.started
    }

    /// Seconds to wait before the server allows another login.
    pub(super) fn login_wait(&self) -> u64 {
        let next = self.remembered.last_login + self.remembered.login_delay;
        // A clock that went back must not lock anybody out.
        next.saturating_sub(now()).min(self.remembered.login_delay)
    }

    /// Opens a session.
    pub(super) fn open(&mut self) -> Result<Session<'c>, Error> {
        let wait = self.login_wait();
        if wait > 0 {
            return Err(Error::LoginDelay { seconds: wait });
        }
        let session = Session::open(
            &self.account.access,
            self.remembered.hints.clone(),
            self.until,
            self.cancel,
            self.observer,
        )
        .inspect_err(|_| {
            // What is remembered may be the reason.
            self.remembered.hints = Hints::default();
            self.keep();
        })?;
        self.remembered.last_login = now();
        self.learn(&session);
        Ok(session)
    }

    /// Takes over what a session found out, for the next session and the next
    /// run.
    pub(super) fn learn(&mut self, session: &Session<'_>) {
        let facts = session.facts();
        self.remembered.hints = session.hints();
        self.remembered.login_delay = facts
            .capabilities
            .arguments("LOGIN-DELAY")
            .and_then(|mut words| words.next()?.parse().ok())
            .map_or(0, |seconds: u64| seconds.min(24 * 3600));
        self.keep();
    }

    /// Writes down what is remembered. Failing to harms nothing.
    fn keep(&self) {
        let words = self.remembered.to_words(&scope(self.account), now());
        let _ = write_hints(&self.dir, &*self.disk, &words);
    }
}

/// What the facts hold for: another port or TLS mode may be another server.
fn scope(account: &Account) -> String {
    let access = &account.access;
    let mode = match access.tls_mode {
        TlsMode::Implicit => "implicit",
        TlsMode::StartTls => "starttls",
        TlsMode::None => "none",
    };
    format!("{}/{mode}", access.route.port)
}

impl Remembered {
    fn from_words(words: &[(String, String)], scope: &str, now: u64) -> Self {
        let find = |key: &str| {
            let found = words.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        let number = |key: &str| find(key).and_then(|value| value.parse::<u64>().ok());
        let learned = number("learned").unwrap_or(0);
        if find("scope") != Some(scope) || learned > now || now - learned > BELIEVED {
            return Self::default();
        }
        let lines = |key: &str| {
            let lines = find(key)?.split('|').filter(|line| !line.is_empty());
            Some(lines.map(str::to_owned).collect())
        };
        Self {
            hints: Hints {
                capabilities: lines("capabilities"),
                after_login: lines("after-login"),
                lockstep: find("lockstep").is_some(),
                no_capa: find("no-capa").is_some(),
                unbound: find("unbound").is_some(),
            },
            login_delay: number("login-delay").unwrap_or(0),
            last_login: number("last-login").unwrap_or(0),
        }
    }

    fn to_words(&self, scope: &str, now: u64) -> Vec<(String, String)> {
        let mut words = vec![
            ("scope".to_owned(), scope.to_owned()),
            ("learned".to_owned(), now.to_string()),
        ];
        let mut push = |key: &str, value: String| words.push((key.to_owned(), value));
        if let Some(lines) = &self.hints.capabilities {
            push("capabilities", joined(lines));
        }
        if let Some(lines) = &self.hints.after_login {
            push("after-login", joined(lines));
        }
        for (key, is_set) in [
            ("lockstep", self.hints.lockstep),
            ("no-capa", self.hints.no_capa),
            ("unbound", self.hints.unbound),
        ] {
            if is_set {
                push(key, "1".into());
            }
        }
        if self.login_delay > 0 {
            push("login-delay", self.login_delay.to_string());
            push("last-login", self.last_login.to_string());
        }
        words
    }
}

/// Capability lines as one value. A line that holds the separator or a
/// control character is nothing anybody relies on.
fn joined(lines: &[String]) -> String {
    let plain = |line: &&String| !line.contains(|c: char| c == '|' || c.is_control());
    let lines: Vec<&str> = lines.iter().filter(plain).map(String::as_str).collect();
    lines.join("|")
}
