//! Opening sessions of one run: what is left of its deadline, and what is
//! remembered of the server from one session, and one run, to the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Event, Failure, Observer, Summary};
use crate::disk::Disk;
use crate::ledger::{read_hints, write_hints};
use crate::plan::LineEnd;
use crate::session::{self, Greeted, Hints, Session, TlsMode};

use super::{Account, Error, Outcome, now};

/// How long remembered facts are believed, in seconds.
const MAX_HINT_AGE: u64 = 7 * 24 * 3600;

/// Longest wait for the first login of a run, in seconds.
const MAX_FIRST_WAIT: u64 = 60;

/// Longest delay between logins that is respected, in seconds.
const MAX_DELAY: u64 = 24 * 3600;

/// Messages whose listed sizes turned out to be wrong, after which sizes tell
/// nothing about this server.
const MAX_ODD_SIZES: u32 = 4;

/// How soon a signal ends a wait.
const PAUSE: Duration = Duration::from_millis(50);

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
    /// What of it is written down.
    written: Remembered,
    /// Whether it is written down at all.
    keeps: bool,
    /// In this run.
    logins: u32,
}

/// What is kept between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Remembered {
    /// When the first of the hints was learned.
    learned: u64,
    hints: Hints,
    /// A session broke off before the first batch was safe.
    careful: bool,
    /// Behind a large listing of which all was deleted there was nothing more.
    lists_all: bool,
    /// The user was warned that the server deletes by itself.
    warned: bool,
    /// How the server counts octets, once a message had its listed size.
    counts: Option<LineEnd>,
    /// Messages whose listed sizes turned out to be wrong.
    odd_sizes: u32,
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
        let dir = account.dir();
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
            written: remembered.clone(),
            remembered,
            keeps: true,
            logins: 0,
        }
    }

    /// From now on, nothing is written to the disk.
    pub(super) fn keep_nothing(&mut self) {
        self.keeps = false;
    }

    /// What becomes of the command that the sessions were for. What its
    /// failure tells about the server is remembered.
    pub(super) fn outcome(mut self, summary: Summary, result: Result<(), Error>) -> Outcome {
        if let Err(error) = &result {
            self.learn_from_error(error);
        }
        Outcome::new(summary, result, self.started)
    }

    /// When the run must end.
    pub(super) fn until(&self) -> Instant {
        self.until
    }

    /// The part of a wait that does not go beyond that.
    pub(super) fn at_most(&self, wait: Duration) -> Duration {
        wait.min(self.until.saturating_duration_since(Instant::now()))
    }

    /// Opens a session.
    pub(super) fn open(&mut self) -> Result<Session<'c>, Error> {
        let session = Session::open(
            self.account.ready(self.observer)?,
            self.remembered.hints.clone(),
            self.until,
            self.cancel,
            self.observer,
        );
        self.opened(session)
    }

    /// Opens a session and asks in it what there is to know. If the server
    /// breaks it off over something that need not be asked, it is done once
    /// more without, in another session.
    pub(super) fn ask<T>(
        &mut self,
        mut ask: impl FnMut(&mut Session<'c>) -> Result<T, Error>,
    ) -> Result<(Session<'c>, T), Error> {
        let mut session = self.open()?;
        let answer = match ask(&mut session) {
            Err(error) if self.learn_from_error(&error) => {
                self.tell_of_another(&error);
                self.await_login()?;
                session = self.open()?;
                ask(&mut session)?
            }
            answer => answer?,
        };
        self.learn(&session);
        Ok((session, answer))
    }

    /// Takes over what a failure tells about the server. Whether that is news,
    /// so that another session may get further.
    pub(super) fn learn_from_error(&mut self, error: &Error) -> bool {
        let Error::Session(error) = error else {
            return false;
        };
        let is_news = self.remembered.hints.learn(error);
        if is_news {
            self.keep();
        }
        is_news
    }

    /// Returns whether messages had better be asked for one by one at first.
    pub(super) fn is_careful(&self) -> bool {
        self.remembered.careful || self.remembered.hints.lockstep
    }

    /// From now on, they are.
    pub(super) fn be_careful(&mut self) {
        self.remembered.careful = true;
        self.keep();
    }

    /// Returns whether the server is known to list all there is.
    pub(super) fn lists_all(&self) -> bool {
        self.remembered.lists_all
    }

    /// From now on, it is.
    pub(super) fn note_lists_all(&mut self) {
        self.remembered.lists_all = true;
        self.keep();
    }

    /// How many messages that have not their listed sizes are worth a second
    /// look.
    pub(super) fn rechecks(&self) -> u32 {
        MAX_ODD_SIZES.saturating_sub(self.remembered.odd_sizes)
    }

    /// How the server counts the octets of a message, if that is known.
    pub(super) fn counts(&self) -> Option<LineEnd> {
        self.remembered.counts
    }

    /// Notes how it counts them, and how many messages turned out not to have
    /// their listed sizes.
    pub(super) fn note_sizes(&mut self, counts: Option<LineEnd>, odd: u32) {
        let is_news = counts != self.remembered.counts || odd > 0;
        self.remembered.counts = counts;
        self.remembered.odd_sizes += odd;
        if is_news {
            self.keep();
        }
    }

    /// Reports why there will be another session.
    pub(super) fn tell_of_another(&self, error: &Error) {
        self.note(error, "; connecting once more to go on");
    }

    /// Reports an error, and why, in verbose mode.
    pub(super) fn note(&self, error: &Error, rest: &str) {
        let Failure { what, causes, .. } = Failure::from_error(error.class(), error);
        let text = std::iter::once(what).chain(causes).collect::<Vec<_>>();
        let text = text.join(": ");
        self.observer.notice(&Event::Note(format!("{text}{rest}")));
    }

    /// Sessions of this run in which the login went well.
    pub(super) fn logins(&self) -> u32 {
        self.logins
    }

    /// Connects and greets, and believes nothing that was remembered; a login
    /// is to follow by [`Connector::log_in`], or not.
    pub(super) fn greet(&self) -> Result<Greeted<'c>, Error> {
        let greeted = Session::greet(
            self.account.ready(self.observer)?,
            Hints::default(),
            self.until,
            self.cancel,
            self.observer,
        );
        Ok(greeted?)
    }

    /// Goes on from [`Connector::greet`].
    pub(super) fn log_in(&mut self, greeted: Greeted<'c>) -> Result<Session<'c>, Error> {
        self.opened(greeted.login())
    }

    fn opened(
        &mut self,
        session: Result<Session<'c>, session::Error>,
    ) -> Result<Session<'c>, Error> {
        match session {
            Ok(session) => {
                self.logins += 1;
                self.remembered.last_login = now();
                self.learn(&session);
                Ok(session)
            }
            Err(error) => {
                // What is remembered may be the reason.
                self.remembered.hints.capabilities = None;
                self.remembered.hints.after_login = None;
                self.remembered.hints.learn(&error);
                self.keep();
                Err(error.into())
            }
        }
    }

    /// Lets the time pass that the server wants between logins (RFC 2449 §6.5).
    /// A run that would begin with a long wait does not begin. This is for runs
    /// that nobody watches; what a person types is tried, and if it is too soon,
    /// the server says so.
    pub(super) fn await_login(&self) -> Result<(), Error> {
        let seconds = self.remembered.login_wait(now());
        if seconds == 0 {
            return Ok(());
        }
        let over = Instant::now() + Duration::from_secs(seconds);
        if self.logins == 0 && seconds > MAX_FIRST_WAIT || over >= self.until {
            return Err(Error::LoginDelay { seconds });
        }
        self.observer.notice(&Event::Waiting {
            seconds,
            what: "the next login that the server allows",
        });
        loop {
            self.cancel.check()?;
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(PAUSE));
        }
    }

    /// Returns whether the user has yet to be warned that the server deletes by
    /// itself: once, and again when what is remembered has aged.
    pub(super) fn must_warn(&mut self) -> bool {
        !std::mem::replace(&mut self.remembered.warned, true)
    }

    /// Takes over what a session found out, for the next session and the next
    /// run.
    pub(super) fn learn(&mut self, session: &Session<'_>) {
        let delay = session.facts().capabilities.login_delay();
        self.remembered.hints = session.hints();
        self.remembered.login_delay = delay.unwrap_or(0).min(MAX_DELAY);
        self.keep();
    }

    /// Writes down what is remembered, if that is news. Failing to harms
    /// nothing.
    fn keep(&mut self) {
        if !self.keeps || self.remembered == self.written {
            return;
        }
        self.written = self.remembered.clone();
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
    /// Reads what [`Remembered::to_words`] wrote. The hints age; the time of
    /// the last login does not.
    fn from_words(words: &[(String, String)], scope: &str, now: u64) -> Self {
        let find = |key: &str| {
            let found = words.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        let number = |key: &str| find(key).and_then(|value| value.parse::<u64>().ok());
        if find("scope") != Some(scope) {
            return Self::default();
        }
        let mut remembered = Self {
            login_delay: number("login-delay").unwrap_or(0),
            last_login: number("last-login").unwrap_or(0),
            ..Self::default()
        };
        let learned = number("learned").unwrap_or(0);
        if learned > now || now - learned > MAX_HINT_AGE {
            return remembered;
        }
        let lines = |key: &str| {
            let lines = find(key)?.split('|').filter(|line| !line.is_empty());
            Some(lines.map(str::to_owned).collect())
        };
        remembered.learned = learned;
        remembered.warned = find("warned").is_some();
        remembered.careful = find("careful").is_some();
        remembered.counts = find("right-sizes").map(|value| match value {
            "lf" => LineEnd::Lf,
            _ => LineEnd::Crlf,
        });
        let odd_sizes = number("odd-sizes").unwrap_or(0);
        remembered.odd_sizes = odd_sizes.min(MAX_ODD_SIZES.into()) as u32;
        remembered.lists_all = find("lists-all").is_some();
        remembered.hints = Hints {
            capabilities: lines("capabilities"),
            after_login: lines("after-login"),
            lockstep: find("lockstep").is_some(),
            no_capa: find("no-capa").is_some(),
            no_capa_after_login: find("no-capa-after-login").is_some(),
            unbound: find("unbound").is_some(),
        };
        remembered
    }

    fn to_words(&self, scope: &str, now: u64) -> Vec<(String, String)> {
        let learned = if self.learned > 0 { self.learned } else { now };
        let mut words = vec![
            ("scope".to_owned(), scope.to_owned()),
            ("learned".to_owned(), learned.to_string()),
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
            ("no-capa-after-login", self.hints.no_capa_after_login),
            ("unbound", self.hints.unbound),
            ("warned", self.warned),
            ("careful", self.careful),
            ("lists-all", self.lists_all),
        ] {
            if is_set {
                push(key, "1".into());
            }
        }
        if let Some(counts) = self.counts {
            let value = match counts {
                LineEnd::Crlf => "crlf",
                LineEnd::Lf => "lf",
            };
            push("right-sizes", value.into());
        }
        if self.odd_sizes > 0 {
            push("odd-sizes", self.odd_sizes.to_string());
        }
        if self.login_delay > 0 {
            push("login-delay", self.login_delay.to_string());
            push("last-login", self.last_login.to_string());
        }
        words
    }

    /// Seconds to wait before the server allows another login.
    fn login_wait(&self, now: u64) -> u64 {
        if self.login_delay == 0 {
            return 0;
        }
        // The clock tells whole seconds only.
        let delay = self.login_delay + 1;
        // One that went back must not lock anybody out.
        (self.last_login + delay).saturating_sub(now).min(delay)
    }
}

/// Capability lines as one value. A line that holds the separator or a
/// control character is nothing anybody relies on.
fn joined(lines: &[String]) -> String {
    let plain = |line: &&String| !line.contains(|c: char| c == '|' || c.is_control());
    let lines: Vec<&str> = lines.iter().filter(plain).map(String::as_str).collect();
    lines.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    fn remembered() -> Remembered {
        Remembered {
            learned: 1000,
            hints: Hints {
                capabilities: Some(vec!["UIDL".into(), "SASL PLAIN".into()]),
                after_login: Some(vec!["PIPELINING".into()]),
                lockstep: true,
                no_capa: true,
                no_capa_after_login: true,
                unbound: true,
            },
            warned: true,
            careful: true,
            lists_all: true,
            counts: Some(LineEnd::Lf),
            odd_sizes: 2,
            login_delay: 300,
            last_login: 900,
        }
    }

    #[test]
    fn what_is_remembered_comes_back_for_the_same_scope() {
        let words = remembered().to_words("995/implicit", 5000);
        let read = |scope, now| Remembered::from_words(&words, scope, now);
        assert_eq!(read("995/implicit", 5000), remembered());
        assert_eq!(read("110/starttls", 5000), Remembered::default());
    }

    /// Daily runs must not keep an old fact young.
    #[test]
    fn hints_age_from_when_they_were_learned() {
        let mut kept = remembered();
        let mut now = 1000;
        while kept.hints.lockstep {
            now += DAY;
            let words = kept.to_words("995/implicit", now);
            kept = Remembered::from_words(&words, "995/implicit", now);
            assert_eq!((kept.login_delay, kept.last_login), (300, 900));
        }
        assert_eq!(now, 1000 + 8 * DAY);
        assert_eq!(kept.hints, Hints::default());
        assert!(!kept.warned);
        let words = kept.to_words("995/implicit", now);
        assert!(words.contains(&("learned".into(), now.to_string())));
    }

    #[test]
    fn hints_from_the_future_are_none() {
        let words = remembered().to_words("995/implicit", 1000);
        let kept = Remembered::from_words(&words, "995/implicit", 999);
        assert_eq!(kept.hints, Hints::default());
    }

    #[test]
    fn the_wait_is_what_is_left_of_the_delay() {
        let wait = |now| remembered().login_wait(now);
        assert_eq!(wait(900), 301);
        assert_eq!(wait(1200), 1);
        assert_eq!(wait(1201), 0);
        assert_eq!(wait(0), 301, "the clock went back");
        let none = Remembered {
            login_delay: 0,
            ..remembered()
        };
        assert_eq!(none.login_wait(900), 0);
    }
}
