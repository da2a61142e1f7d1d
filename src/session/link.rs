//! What a session needs of a connection, so that tests can play the other
//! end in memory.

use std::time::Duration;

use crate::net::{Connection, Error, Moved, TlsFacts, TlsPolicy};

/// A connection; the methods are those of [`Connection`].
pub(super) trait Link {
    fn start_tls(self: Box<Self>, host: &str) -> Result<Box<dyn Link>, Error>;
    fn peer_certificate(self: Box<Self>, policy: &TlsPolicy, host: &str) -> Option<TlsFacts>;
    fn exchange(&mut self, send: &[u8], receive: &mut [u8]) -> Result<Moved, Error>;
    fn set_wait(&mut self, wait: Duration);
    fn tls(&self) -> Option<&TlsFacts>;
    fn is_local(&self) -> bool;
    fn close(self: Box<Self>, drain: Duration);
}

/// How to get a fresh connection.
pub(super) type Dial<'d> = dyn Fn() -> Result<Box<dyn Link>, Error> + 'd;

impl Link for Connection {
    fn start_tls(self: Box<Self>, host: &str) -> Result<Box<dyn Link>, Error> {
        Ok(Box::new(Connection::start_tls(*self, host)?))
    }

    fn peer_certificate(self: Box<Self>, policy: &TlsPolicy, host: &str) -> Option<TlsFacts> {
        Connection::peer_certificate(*self, policy, host)
    }

    fn exchange(&mut self, send: &[u8], receive: &mut [u8]) -> Result<Moved, Error> {
        Connection::exchange(self, send, receive)
    }

    fn set_wait(&mut self, wait: Duration) {
        Connection::set_wait(self, wait);
    }

    fn tls(&self) -> Option<&TlsFacts> {
        Connection::tls(self)
    }

    fn is_local(&self) -> bool {
        Connection::is_local(self)
    }

    fn close(self: Box<Self>, drain: Duration) {
        Connection::close(*self, drain);
    }
}
