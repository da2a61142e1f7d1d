//! Opening sessions of one run: what is left of its deadline, and what is
//! remembered of the server from one session, and one run, to the next.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::{Cancel, Event, Failure, Observer, Summary};
use crate::disk::Disk;
use crate::ledger::{read_hints, write_hints};
use crate::plan::LineEnd;
use crate::session::{self, Access, Greeted, Hints, Leave, Session};
use crate::wait::{self, Timeouts, now};

use super::remembered::{MAX_ODD_SIZES, Remembered};
use crate::run::{Account, Context, Error, Outcome};

/// Longest wait for the first login of a run, in seconds.
const MAX_FIRST_WAIT: u64 = 60;

/// Longest delay between logins that is respected, in seconds.
const MAX_DELAY: u64 = 24 * 3600;

/// Opens the sessions of a run.
pub(in crate::run) struct Connector<'c> {
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

impl<'c> Connector<'c> {
    pub(in crate::run) fn new(context: &Context<'c>) -> Self {
        let Context { account, disk, cancel, observer } = context.clone();
        let dir = account.dir();
        let timeouts = Timeouts::new(account.access.timeout, account.access.deadline, cancel);
        let remembered = Remembered::from_words(&read_hints(&dir, &*disk), &scope(account), now());
        Self {
            account,
            cancel,
            observer,
            disk,
            dir,
            started: Instant::now(),
            until: timeouts.deadline,
            written: remembered.clone(),
            remembered,
            keeps: true,
            logins: 0,
        }
    }

    /// From now on, nothing is written to the disk.
    pub(in crate::run) fn keep_nothing(&mut self) {
        self.keeps = false;
    }

    /// What becomes of the command that the sessions were for. What its
    /// failure tells about the server is remembered.
    pub(in crate::run) fn outcome(
        mut self,
        summary: Summary,
        result: Result<(), Error>,
    ) -> Outcome {
        if let Err(error) = &result {
            self.learn_from_error(error);
        }
        Outcome::new(summary, result, self.started)
    }

    /// When the run must end.
    pub(in crate::run) fn until(&self) -> Instant {
        self.until
    }

    /// The part of a wait that does not go beyond that.
    pub(in crate::run) fn at_most(&self, wait: Duration) -> Duration {
        wait.min(self.until.saturating_duration_since(Instant::now()))
    }

    /// Opens a session.
    pub(in crate::run) fn open(&mut self) -> Result<Session<'c>, Error> {
        if self.account.secret.must_ask() {
            self.look_before_asking()?;
        }
        let session = Session::open(
            self.account.ready(self.observer)?,
            self.remembered.hints.clone(),
            self.until,
            self.cancel,
            self.observer,
        );
        self.opened(session)
    }

    /// Nobody types a password for a server that is not there or has the wrong
    /// certificate. Typing may take longer than a server waits, so that
    /// this session is not kept.
    fn look_before_asking(&self) -> Result<(), Error> {
        let hints = Hints { no_capa: true, ..Hints::default() };
        Ok(self.greeted(&self.account.access, hints)?.leave(Leave::Quit)?)
    }

    /// Opens a session and asks in it what there is to know. If the server
    /// breaks it off over something that need not be asked, it is done once
    /// more without, in another session.
    pub(in crate::run) fn ask<T>(
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
    pub(in crate::run) fn learn_from_error(&mut self, error: &Error) -> bool {
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
    pub(in crate::run) fn is_careful(&self) -> bool {
        self.remembered.careful || self.remembered.hints.lockstep
    }

    /// From now on, they are.
    pub(in crate::run) fn be_careful(&mut self) {
        self.remembered.careful = true;
        self.keep();
    }

    /// How many messages that have not their listed sizes are worth a second
    /// look.
    pub(in crate::run) fn rechecks(&self) -> u32 {
        MAX_ODD_SIZES.saturating_sub(self.remembered.odd_sizes)
    }

    /// How the server counts the octets of a message, if that is known.
    pub(in crate::run) fn counts(&self) -> Option<LineEnd> {
        self.remembered.counts
    }

    /// Notes how it counts them, and how many messages turned out not to have
    /// their listed sizes.
    pub(in crate::run) fn note_sizes(&mut self, counts: Option<LineEnd>, odd: u32) {
        let is_news = counts != self.remembered.counts || odd > 0;
        self.remembered.counts = counts;
        self.remembered.odd_sizes += odd;
        if is_news {
            self.keep();
        }
    }

    /// Reports why there will be another session.
    pub(in crate::run) fn tell_of_another(&self, error: &Error) {
        self.note(error, "; connecting once more to go on");
    }

    /// Reports an error, and why, in verbose mode.
    pub(in crate::run) fn note(&self, error: &Error, rest: &str) {
        let text = Failure::from_error(error.class(), error).text();
        self.observer.note(format!("{text}{rest}"));
    }

    /// Sessions of this run in which the login went well.
    pub(in crate::run) fn logins(&self) -> u32 {
        self.logins
    }

    /// Connects and greets, and believes nothing that was remembered; a login
    /// is to follow by [`Connector::log_in`], or not.
    pub(in crate::run) fn greet(&self) -> Result<Greeted<'c>, Error> {
        self.greeted(self.account.ready(self.observer)?, Hints::default())
    }

    fn greeted(&self, access: &'c Access, hints: Hints) -> Result<Greeted<'c>, Error> {
        Ok(Session::greet(access, hints, self.until, self.cancel, self.observer)?)
    }

    /// Goes on from [`Connector::greet`].
    pub(in crate::run) fn log_in(&mut self, greeted: Greeted<'c>) -> Result<Session<'c>, Error> {
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
    pub(in crate::run) fn await_login(&self) -> Result<(), Error> {
        let seconds = self.remembered.login_wait(now());
        if seconds == 0 {
            return Ok(());
        }
        let over = Instant::now() + Duration::from_secs(seconds);
        if self.logins == 0 && seconds > MAX_FIRST_WAIT || over >= self.until {
            return Err(Error::LoginDelay { seconds });
        }
        self.observer
            .notice(&Event::Waiting { seconds, what: "the next login that the server allows" });
        loop {
            self.cancel.check()?;
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            // Should it fail, the next look is early.
            let _ = wait::nap(&mut [], left);
        }
    }

    /// Returns whether the user has yet to be warned that the server deletes by
    /// itself: once, and again when what is remembered has aged.
    pub(in crate::run) fn must_warn(&mut self) -> bool {
        !std::mem::replace(&mut self.remembered.warned, true)
    }

    /// Takes over what a session found out, for the next session and the next
    /// run.
    pub(in crate::run) fn learn(&mut self, session: &Session<'_>) {
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
    let Access { route, tls_mode, .. } = &account.access;
    format!("{}/{tls_mode}", route.port)
}
