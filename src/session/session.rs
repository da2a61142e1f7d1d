//! The session itself.

use super::{Access, Error, Hints, Work};
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
    /// What the handshake showed.
    pub tls: Option<TlsFacts>,
    /// Port connected to.
    pub port: u16,
}

/// A complete UIDL listing, and what was odd about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UidList {
    /// The messages that have a unique id.
    pub listing: Listing,
    /// Messages whose id is empty or too long.
    pub without_uid: Vec<MessageNumber>,
    /// Lines that named no message.
    pub nonsense: u64,
}

/// How to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// QUIT, and wait for its answer: something was deleted.
    Confirm,
    /// QUIT, sent and not waited for: nothing was deleted.
    Quit,
    /// Without QUIT, so that the server forgets this session (RFC 1939 §6).
    Abandon,
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
    observer: &'a dyn Observer,
}

impl<'a> Session<'a> {
    /// Connects, greets, starts TLS and logs in.
    pub fn open(
        access: &Access,
        hints: Hints,
        cancel: &Cancel,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        todo!()
    }

    /// What is known about the server.
    pub fn facts(&self) -> &Facts {
        todo!()
    }

    /// What is worth keeping for the next session.
    pub fn hints(&self) -> Hints {
        todo!()
    }

    /// UIDL of everything (RFC 1939 §7).
    pub fn uidl(&mut self) -> Result<UidList, Error> {
        todo!()
    }

    /// LIST of everything; `None` if the server refuses. Sizes that are no
    /// numbers are `None`.
    pub fn list(&mut self) -> Result<Option<Vec<(MessageNumber, Option<u64>)>>, Error> {
        todo!()
    }

    /// STAT: messages and octets.
    pub fn stat(&mut self) -> Result<(u64, u64), Error> {
        todo!()
    }

    /// Sends requests and hands out what comes back, several at a time where
    /// the server announces PIPELINING.
    pub fn transfer<W: Work>(&mut self, work: &mut W) -> Result<(), Interrupt<W::Error>> {
        todo!()
    }

    /// Ends the session. With [`Leave::Confirm`] the answer has come and was
    /// `+OK` when this is `Ok`.
    pub fn leave(self, how: Leave) -> Result<(), Error> {
        todo!()
    }
}
