//! The session itself.

use std::time::Instant;

use super::channel::Channel;
use super::greeted::{self, Greeted};
use super::{Access, Error, Hints, Leave, Pipelining, leave};
use crate::base::{Cancel, Listing, MessageNumber, Observer};
use crate::net::TlsFacts;
use crate::proto::Capabilities;

/// What is known about the server at the other end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The greeting's text as received; empty when it came before STARTTLS.
    pub greeting: String,
    /// Capabilities known now (after login: merged as RFC 2449 §5 has it).
    pub capabilities: Capabilities,
    /// Capabilities before the login, for `probe`; `None` when not asked.
    pub before_login: Option<Capabilities>,
    /// What was told after the login, for `probe`; `None` when not asked.
    pub after_login: Option<Capabilities>,
    /// What the handshake showed.
    pub tls: Option<TlsFacts>,
    /// Port connected to.
    pub port: u16,
}

/// What LIST says: numbers, and sizes in octets where they are numbers.
pub type Sizes = Vec<(MessageNumber, Option<u64>)>;

/// A complete UIDL listing, and what was odd about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidList {
    /// The messages that have a unique id.
    pub listing: Listing,
    /// Messages whose id is empty or too long.
    pub without_uid: Vec<MessageNumber>,
    /// Lines that named no message, or one that a later line names again.
    pub nonsense: u64,
}

impl UidList {
    /// Whether it names no message.
    pub fn is_empty(&self) -> bool {
        self.listing.is_empty() && self.without_uid.is_empty()
    }
}

/// How a transfer ended early.
#[derive(Debug)]
pub enum Interrupt<E> {
    /// The connection or the server.
    Session(Error),
    /// The caller's side.
    Work(E),
}

/// A session in TRANSACTION state.
pub struct Session<'a> {
    pub(super) channel: Channel<'a>,
    access: &'a Access,
    pub(super) facts: Facts,
    hints: Hints,
    /// Capabilities before the login.
    before: Capabilities,
    /// CAPA was asked after the login.
    asked: bool,
}

impl<'a> Session<'a> {
    /// Connects, takes the greeting, starts TLS, asks for the capabilities
    /// unless the hints know them, and stops before the login. No wait of the
    /// session goes beyond `until`.
    pub fn greet(
        access: &'a Access,
        hints: Hints,
        until: Instant,
        cancel: &Cancel,
        observer: &'a dyn Observer,
    ) -> Result<Greeted<'a>, Error> {
        Greeted::open(access, hints, until, cancel, observer)
    }

    /// Connects, greets, starts TLS and logs in. When it fails, hints that
    /// hold capabilities had better be forgotten: they may be the reason.
    pub fn open(
        access: &'a Access,
        hints: Hints,
        until: Instant,
        cancel: &Cancel,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        Self::greet(access, hints, until, cancel, observer)?.login()
    }

    /// After the login.
    pub(super) fn new(greeted: Greeted<'a>) -> Self {
        let Greeted { channel, access, facts, hints, .. } = greeted;
        let mut session = Self {
            channel,
            access,
            before: facts.capabilities.clone(),
            facts,
            hints,
            asked: false,
        };
        let after = greeted::known(session.hints.after_login.as_deref());
        session.facts.capabilities = match after {
            Some(after) => merge(&session.before, &after),
            None => authorized(&session.before),
        };
        session
    }

    /// What is known about the server.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What is worth keeping for the next session, unless this one fails (see
    /// [`Hints::learn`]). Of a session in clear only what makes the next one
    /// more careful.
    pub fn hints(&self) -> Hints {
        let mut hints = self.hints.clone();
        if self.facts.tls.is_none() {
            hints.capabilities = None;
            hints.after_login = None;
        }
        hints
    }

    /// Asks for the capabilities after the login, unless that was done in
    /// this session.
    pub fn capabilities(&mut self) -> Result<&Capabilities, Error> {
        if !self.asked {
            self.ask_capabilities()?;
        }
        Ok(&self.facts.capabilities)
    }

    /// Finds out whether commands may be pipelined, if that is not known:
    /// servers announce it only after the login (Gmail), or take the word
    /// back there. Costs a round trip once, so it is for those who have more
    /// than one message to ask for. A server that refused CAPA before the login
    /// is not asked again.
    pub fn settle_pipelining(&mut self) -> Result<(), Error> {
        if self.is_pipelining_open() {
            self.ask_capabilities()?;
        }
        Ok(())
    }

    /// Returns whether CAPA after the login could tell about pipelining.
    fn is_pipelining_open(&self) -> bool {
        self.access.pipelining == Pipelining::Auto
            && !self.hints.lockstep
            && !self.before.is_empty()
            && self.hints.after_login.is_none()
            && !self.hints.no_capa_after_login
    }

    /// Returns whether that question can share a flight with another one,
    /// because the server announced pipelining on this very link before the
    /// login.
    pub(super) fn can_settle_on_the_way(&self) -> bool {
        let before = self.facts.before_login.as_ref();
        self.is_pipelining_open() && before.is_some_and(|before| before.has("PIPELINING"))
    }

    /// Ends the session. With [`Leave::Confirm`] the answer has come and was
    /// `+OK` when this is `Ok`.
    pub fn leave(self, how: Leave) -> Result<(), Error> {
        leave::leave(self.channel, how, self.access.timeout)
    }

    /// Returns whether several commands may be outstanding.
    pub fn is_pipelined(&self) -> bool {
        match self.access.pipelining {
            Pipelining::Off => false,
            _ if self.hints.lockstep => false,
            Pipelining::On => true,
            Pipelining::Auto => {
                self.hints.after_login.is_some() && self.facts.capabilities.has("PIPELINING")
            }
        }
    }

    /// Returns whether the capabilities are only what the hints say, and asking
    /// could tell better.
    pub(super) fn is_hearsay(&self) -> bool {
        !self.asked
            && self.facts.before_login.is_none()
            && self.hints.capabilities.is_some()
            && !self.hints.no_capa_after_login
    }

    /// CAPA after the login. A refusal leaves what was known before it, but
    /// for PIPELINING.
    pub(super) fn ask_capabilities(&mut self) -> Result<(), Error> {
        greeted::ask_capabilities(&mut self.channel)?;
        self.take_capabilities()
    }

    /// The answer to it.
    pub(super) fn take_capabilities(&mut self) -> Result<(), Error> {
        let after = greeted::read_capabilities(&mut self.channel)?.unwrap_or_default();
        self.asked = true;
        self.facts.capabilities = merge(&self.before, &after);
        self.hints.after_login = Some(after.lines().to_vec());
        self.facts.after_login = Some(after);
        Ok(())
    }
}

/// What stays true after the login of what was said before it.
fn authorized(before: &Capabilities) -> Capabilities {
    let mut capabilities = before.clone();
    for tag in ["SASL", "STLS", "USER", "UTF8"] {
        capabilities.forget(tag);
    }
    capabilities
}

/// What was said after the login, and what was said before it and has not
/// been taken back: it should have been repeated (RFC 2449 §5), but is not by
/// all servers. For PIPELINING only the last word counts.
fn merge(before: &Capabilities, after: &Capabilities) -> Capabilities {
    let mut kept = authorized(before);
    kept.forget("PIPELINING");
    for line in after.lines() {
        if let Some(tag) = line.split_ascii_whitespace().next() {
            kept.forget(tag);
        }
    }
    let lines = after.lines().iter().chain(kept.lines());
    Capabilities::from_lines(lines.map(String::as_bytes))
}
