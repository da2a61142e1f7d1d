//! A connection: bytes both ways, each wait bounded.

use std::time::{Duration, Instant};

use super::{Error, Route, TlsFacts, TlsPolicy};
use crate::base::Cancel;

/// How long to wait, and who may interrupt it.
#[derive(Clone, Debug)]
pub struct Patience {
    /// Longest single wait.
    pub wait: Duration,
    /// End of the whole run.
    pub deadline: Instant,
    /// Asked for at least five times a second while waiting.
    pub cancel: Cancel,
}

/// How many octets an exchange moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// Octets of `send` that were taken.
    pub sent: usize,
    /// Octets now in `receive`.
    pub received: usize,
}

/// A connection to a server, in clear or encrypted.
#[derive(Debug)]
pub struct Connection {}

impl Connection {
    /// Connects by the given route; TLS has not started.
    pub fn open(route: &Route, patience: Patience) -> Result<Self, Error> {
        todo!()
    }

    /// Does the TLS handshake and checks certificate, name, pins and version.
    /// `host` is the name to verify unless the policy has another.
    pub fn start_tls(self, policy: &TlsPolicy, host: &str) -> Result<Self, Error> {
        todo!()
    }

    /// Waits until octets could be sent, or received, or both, and moves them.
    /// With an empty `send` this is a read. Never blocks in a write while the
    /// peer waits for us to read. The end of the stream is [`Error::Closed`].
    pub fn exchange(&mut self, send: &[u8], receive: &mut [u8]) -> Result<Moved, Error> {
        todo!()
    }

    /// Changes the longest single wait.
    pub fn set_wait(&mut self, wait: Duration) {
        todo!()
    }

    /// What the handshake showed; `None` while in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        todo!()
    }

    /// Whether what is sent stays on this machine (loopback address, unix
    /// socket) or within the user's own command (tunnel).
    pub fn is_local(&self) -> bool {
        todo!()
    }

    /// Ends the sending side, drains what the peer still sends for at most so
    /// long (closing with unread data would reset the connection and could
    /// destroy what was sent last), and closes. Errors mean nothing here.
    pub fn close(self, drain: Duration) {
        todo!()
    }
}
