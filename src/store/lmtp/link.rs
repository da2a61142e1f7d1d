//! One connection: the client's words over the network, within the time of a
//! message.

use std::time::{Duration, Instant};

use crate::base::{Failure, sanitized};
use crate::net::{self, Connection, Route};
use crate::proto::lmtp::{Client, Content, Envelope, FailureKind, NextAction};
use crate::store::Error;
use crate::store::origin;
use crate::store::parcel::Parcel;
use crate::store::reread::CHUNK;
use crate::wait::{self, Timeouts};

/// How long the end of a connection may take.
const QUIT_TIMEOUT: Duration = Duration::from_millis(200);

/// A connection whose server said hello.
#[derive(Debug)]
pub(super) struct Link {
    /// `None` once it is closed.
    connection: Option<Connection>,
    client: Client,
    last_word: Instant,
}

/// What the server made of a message; the text is safe to print.
#[derive(Debug)]
pub(super) enum Answer {
    Delivered,
    Deferred(String),
    Refused(String),
    /// It does not take it, and nothing else either.
    Closing(String),
}

/// The connection is of no use any more, or never was.
#[derive(Debug)]
pub(super) enum Lost {
    /// No content was sent.
    Before(String),
    /// A part of it was.
    Within(String),
    /// All of it was: the server may have it.
    Behind(String),
    /// The message cannot be read on this side.
    Content(Error),
}

impl Lost {
    /// Why, safe to print.
    pub(super) fn text(self) -> String {
        match self {
            Lost::Before(text) | Lost::Within(text) | Lost::Behind(text) => text,
            Lost::Content(error) => error.to_string(),
        }
    }
}

impl Link {
    /// Connects, hears the greeting, and says hello.
    pub(super) fn open(route: &Route, timeouts: Timeouts) -> Result<Self, Lost> {
        let until = Instant::now() + timeouts.wait;
        let connection = Connection::open(route, None, timeouts);
        let connection = connection.map_err(|error| Lost::Before(described(&error)))?;
        let mut link = Self {
            connection: Some(connection),
            client: Client::new(name()),
            last_word: Instant::now(),
        };
        match link.drive(until) {
            Ok(NextAction::Ready) => Ok(link),
            Ok(turn) => Err(Lost::Before(unexpected(&turn))),
            Err(error) => Err(Lost::Before(described(&error))),
        }
    }

    /// Returns whether no other message may go over it.
    pub(super) fn is_spoiled(&self) -> bool {
        self.client.is_spoiled()
    }

    /// Returns whether the server has ended it, or spoken unasked, since the
    /// last word this long ago or longer.
    pub(super) fn has_ended(&mut self, idle: Duration) -> bool {
        if self.last_word.elapsed() < idle {
            return false;
        }
        let mut one = [0];
        let Some(connection) = &mut self.connection else {
            return true;
        };
        connection.set_wait(Duration::from_millis(1));
        // Nothing comes from a server that is well.
        !matches!(
            connection.exchange(&[], &mut one),
            Err(net::Error::Wait(wait::Error::TimedOut { .. }))
        )
    }

    /// Hands a message on, until that time.
    pub(super) fn hand_on(
        &mut self,
        parcel: &Parcel,
        recipient: &str,
        until: Instant,
    ) -> Result<Answer, Lost> {
        let plain = parcel.sender.is_ascii();
        let is_utf8 = self.client.takes_utf8() && std::str::from_utf8(&parcel.sender).is_ok();
        self.client.begin(&Envelope {
            sender: if plain || is_utf8 { &parcel.sender } else { b"" },
            recipient: recipient.as_bytes(),
            size: parcel.octets_on_wire,
        });
        let before = |error: net::Error| Lost::Before(described(&error));
        match self.drive(until).map_err(before)? {
            NextAction::Content => {}
            NextAction::Broken(why) => return Err(Lost::Before(sanitized(&why))),
            turn => return Ok(answer(turn)),
        }
        if let Some(turn) = self.send(parcel, until)? {
            return match turn {
                NextAction::Broken(why) => Err(Lost::Within(sanitized(&why))),
                turn => Ok(answer(turn)),
            };
        }
        let behind = |error: net::Error| Lost::Behind(described(&error));
        match self.drive(until).map_err(behind)? {
            NextAction::Broken(why) => Err(Lost::Behind(sanitized(&why))),
            turn => Ok(answer(turn)),
        }
    }

    /// Says and hears what the client wants until it wants something else.
    fn drive(&mut self, until: Instant) -> Result<NextAction, net::Error> {
        let mut buffer = [0; 4096];
        while *self.client.turn() == NextAction::Exchange {
            let connection = self.connection.as_mut().ok_or(net::Error::Closed)?;
            connection.set_wait(until.saturating_duration_since(Instant::now()));
            let moved = connection.exchange(self.client.output(), &mut buffer)?;
            self.client.sent(moved.sent);
            self.client.receive(&buffer[..moved.received]);
            self.last_word = Instant::now();
        }
        Ok(self.client.turn().clone())
    }

    /// Sends the content, its end included. Returns what the server made of it
    /// if it did not wait for that.
    fn send(&mut self, parcel: &Parcel, until: Instant) -> Result<Option<NextAction>, Lost> {
        let (mut content, mut wire) = (Content::default(), Vec::with_capacity(2 * CHUNK));
        let mut piece = vec![0; CHUNK];
        let mut offset = 0;
        loop {
            let read = parcel.content.read_at(&mut piece, offset);
            let read = read.map_err(Lost::Content)?;
            offset += read as u64;
            content.encode(&piece[..read], &mut wire);
            let is_last = offset == parcel.content.len();
            if is_last {
                content.finish(&mut wire);
            }
            // The end goes out at once with what is before it.
            let enough = if is_last { 0 } else { CHUNK };
            // Of a failed exchange nobody knows how much of it was sent.
            let lost = |error: net::Error| {
                if is_last {
                    Lost::Behind(described(&error))
                } else {
                    Lost::Within(described(&error))
                }
            };
            while wire.len() > enough {
                let connection = self.connection.as_mut();
                let connection = connection.ok_or_else(|| lost(net::Error::Closed))?;
                connection.set_wait(until.saturating_duration_since(Instant::now()));
                let mut buffer = [0; 4096];
                let moved = connection.exchange(&wire, &mut buffer).map_err(lost)?;
                wire.drain(..moved.sent);
                if is_last && wire.is_empty() {
                    self.client.content_sent();
                }
                self.client.receive(&buffer[..moved.received]);
                if !matches!(self.client.turn(), NextAction::Content | NextAction::Exchange) {
                    break;
                }
            }
            self.last_word = Instant::now();
            match self.client.turn() {
                NextAction::Content => {}
                NextAction::Exchange => return Ok(None),
                // The answer came along with the last octets.
                turn if is_last && wire.is_empty() => match turn {
                    NextAction::Broken(why) => return Err(Lost::Behind(sanitized(why))),
                    turn => return Ok(Some(turn.clone())),
                },
                turn => return Ok(Some(turn.clone())),
            }
        }
    }
}

/// Says goodbye if that takes no time.
impl Drop for Link {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if !self.client.is_spoiled() {
            connection.set_wait(QUIT_TIMEOUT);
            let _ = connection.exchange(b"QUIT\r\n", &mut []);
        }
        connection.close(QUIT_TIMEOUT);
    }
}

fn answer(turn: NextAction) -> Answer {
    match turn {
        NextAction::Delivered => Answer::Delivered,
        NextAction::Failed(FailureKind::Deferred, text) => Answer::Deferred(sanitized(&text)),
        NextAction::Failed(FailureKind::Refused, text) => Answer::Refused(sanitized(&text)),
        NextAction::Closing(text) => Answer::Closing(sanitized(&text)),
        other => Answer::Deferred(unexpected(&other)),
    }
}

fn unexpected(turn: &NextAction) -> String {
    match turn {
        NextAction::Closing(text) | NextAction::Broken(text) | NextAction::Failed(_, text) => {
            sanitized(text)
        }
        _ => "the server is in a strange state".to_owned(),
    }
}

/// Why a connection failed, with all that is beneath it.
fn described(error: &net::Error) -> String {
    if let net::Error::Wait(wait::Error::TimedOut { .. }) = error {
        return "no answer in time".to_owned();
    }
    Failure::from_error(error.class(), error).text()
}

/// This host as an LMTP server may hear it.
fn name() -> String {
    let host = String::from_utf8(origin::host()).unwrap_or_default();
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    if host.is_empty() || !host.chars().all(is_name) { "localhost".to_owned() } else { host }
}
