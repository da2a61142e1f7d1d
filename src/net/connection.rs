//! A connection: bytes both ways, each wait bounded.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use rustix::event::PollFlags;

use super::dial::{dial, dial_unix};
use super::lookup::{bare_host, lookup, peer_name};
use super::socket::Socket;
use super::tls::{self, Secured, TlsSetup};
use super::tunnel::Tunnel;
use super::{Error, Family, Route, TlsFacts, TlsPolicy, Via, openssl, socks};
use super::{NO_CONNECT, NO_DATA, NO_HANDSHAKE, NO_LOOKUP, NO_PROXY};
use crate::wait::Timeouts;

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
pub struct Connection {
    stream: Stream,
    peer: String,
    timeouts: Timeouts,
    local: bool,
    /// TLS to come.
    setup: Option<TlsSetup>,
}

impl Connection {
    /// Connects by the given route. TLS does not start yet, but if there is a
    /// policy for it, it is set up meanwhile.
    pub fn open(route: &Route, tls: Option<&TlsPolicy>, timeouts: Timeouts) -> Result<Self, Error> {
        let setup = tls.map(TlsSetup::begin);
        let host = bare_host("host name", &route.host)?;
        let peer = peer_name(host, route.port);
        let (socket, local) = match &route.via {
            Via::Direct => {
                let (socket, address) = dial_tcp(host, route.port, route, &timeouts)?;
                (socket, address.to_canonical().is_loopback())
            }
            Via::Socks5 { host: proxy, port, login } => {
                let proxy = bare_host("proxy", proxy)?;
                let (socket, _) = dial_tcp(proxy, *port, route, &timeouts)?;
                let proxy = peer_name(proxy, *port);
                let timer = timeouts.start(NO_PROXY, &proxy);
                socks::negotiate(&socket, host, route.port, login.as_ref(), &timer)?;
                (socket, false)
            }
            Via::Tunnel(words) => {
                let (socket, tunnel) = Tunnel::start(words, &timeouts)?;
                (Socket::unix(socket, Some(tunnel)), true)
            }
            Via::Socket(path) => {
                let timer = timeouts.start(NO_CONNECT, &peer);
                (Socket::unix(dial_unix(path, &timer)?, None), true)
            }
        };
        Ok(Self { stream: Stream { socket, tls: None }, peer, timeouts, local, setup })
    }

    /// Does the TLS handshake and checks certificate, name, pins and version,
    /// as the policy given to [`Connection::open`] wants. `host` is the name
    /// to verify unless the policy has another.
    ///
    /// A certificate that fails the usual checks is seen by the library alone;
    /// what it says, another connection can find out:
    /// [`Connection::peer_certificate`].
    pub fn start_tls(mut self, host: &str) -> Result<Self, Error> {
        let setup = self.setup.take().ok_or_else(|| Error::TlsPolicy {
            reason: "it has started already, or was not asked for".to_owned(),
        })?;
        let timer = self.timeouts.start(NO_HANDSHAKE, &self.peer);
        let (policy, connector) = setup.finish(&timer)?;
        let name = tls::server_name(&policy, host)?;
        let secured = tls::handshake(&self.stream.socket, &connector, name, &timer)?;
        tls::check_name(&policy, &secured.facts, name)?;
        tls::check_pins(&policy, &secured.facts, name)?;
        self.stream.tls = Some(secured);
        Ok(self)
    }

    /// What the server shows in the handshake, whether it is valid or not, so
    /// that a user can judge it. Only the handshake is done, in place of
    /// [`Connection::start_tls`], and nothing is sent.
    pub fn peer_certificate(self, policy: &TlsPolicy, host: &str) -> Option<TlsFacts> {
        let timer = self.timeouts.start(NO_HANDSHAKE, &self.peer);
        let name = tls::server_name(policy, host).ok()?;
        let connector = tls::looking_connector(policy).ok()?;
        let secured = tls::handshake(&self.stream.socket, &connector, name, &timer).ok()?;
        Some(secured.facts)
    }

    /// Waits until octets could be sent, or received, or both, and moves them.
    /// With an empty `send` this is a read. Never blocks in a write while the
    /// peer waits for us to read. The end of the stream is [`Error::Closed`].
    ///
    /// What was not taken of `send` must be offered again by the next call,
    /// with more behind it if there is more: under TLS a part of it may be
    /// on its way already.
    pub fn exchange(&mut self, send: &[u8], receive: &mut [u8]) -> Result<Moved, Error> {
        let timer = self.timeouts.start(NO_DATA, &self.peer);
        if send.is_empty() && receive.is_empty() {
            return Ok(Moved::default());
        }
        loop {
            timer.slice()?;
            self.stream.socket.begin_round();
            let written = self.stream.write(send, &self.peer);
            // A write may fail because the peer has said its last words.
            let received = self.stream.read(receive, &self.peer)?;
            let moved = Moved {
                sent: match (written, received) {
                    (Ok(sent), _) => sent,
                    (Err(_), 1..) => 0,
                    (Err(error), 0) => return Err(error),
                },
                received,
            };
            if moved != Moved::default() {
                return Ok(moved);
            }
            let mut flags = PollFlags::empty();
            flags.set(PollFlags::IN, !receive.is_empty());
            flags.set(PollFlags::OUT, self.stream.socket.write_blocked());
            timer.ready(&self.stream.socket, flags)?;
        }
    }

    /// Changes the longest single wait.
    pub fn set_wait(&mut self, wait: Duration) {
        self.timeouts.wait = wait;
    }

    /// What the handshake showed; `None` while in clear.
    pub fn tls(&self) -> Option<&TlsFacts> {
        self.stream.tls.as_ref().map(|secured| &secured.facts)
    }

    /// Returns whether what is sent stays on this machine (loopback address, unix
    /// socket) or within the user's own command (tunnel).
    pub fn is_local(&self) -> bool {
        self.local
    }

    /// Ends the sending side, drains what the peer still sends for at most so
    /// long (closing with unread data would reset the connection and could
    /// destroy what was sent last), and closes. Errors mean nothing here.
    pub fn close(mut self, drain: Duration) {
        self.timeouts.wait = drain;
        let timer = self.timeouts.start(NO_DATA, &self.peer);
        let socket = &self.stream.socket;
        if let Some(secured) = &mut self.stream.tls {
            loop {
                socket.begin_round();
                match secured.stream.shutdown() {
                    Err(error)
                        if is_blocked(&error) && timer.ready(socket, PollFlags::OUT).is_ok() => {}
                    _ => break,
                }
            }
        }
        socket.end_sending();
        let mut scratch = [0; 4096];
        loop {
            socket.begin_round();
            match socket.receive(&mut scratch) {
                Ok(1..) if timer.slice().is_ok() => {}
                Err(error) if is_blocked(&error) && timer.ready(socket, PollFlags::IN).is_ok() => {}
                _ => break,
            }
        }
    }
}

/// Resolves and connects; for the server itself or for a proxy.
fn dial_tcp(
    host: &str,
    port: u16,
    route: &Route,
    timeouts: &Timeouts,
) -> Result<(Socket, IpAddr), Error> {
    let peer = peer_name(host, port);
    let family = usable_family(route.family, route.bind)?;
    let timer = timeouts.start(NO_LOOKUP, &peer);
    let addresses = lookup(host, port, family, &timer)?;
    let timer = timeouts.start(NO_CONNECT, &peer);
    let (socket, address): (_, SocketAddr) = dial(&addresses, route.bind, &timer)?;
    Ok((Socket::tcp(socket), address.ip()))
}

/// A source address allows only its own family.
fn usable_family(family: Family, bind: Option<IpAddr>) -> Result<Family, Error> {
    match (family, bind) {
        (family, None) => Ok(family),
        (Family::Any | Family::V4, Some(IpAddr::V4(_))) => Ok(Family::V4),
        (Family::Any | Family::V6, Some(IpAddr::V6(_))) => Ok(Family::V6),
        (Family::V4 | Family::V6, Some(address)) => Err(Error::BadHost {
            what: "source address",
            text: address.to_string(),
            reason: "is not of the address family asked for",
        }),
    }
}

/// The octets' way: the socket, and TLS over it once it has started.
struct Stream {
    socket: Socket,
    tls: Option<Secured>,
}

impl Stream {
    /// Writes what is taken at once; 0 when nothing is.
    fn write(&mut self, bytes: &[u8], peer: &str) -> Result<usize, Error> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let written = match &mut self.tls {
            None => self.socket.send(bytes),
            Some(secured) => secured.stream.write(bytes),
        };
        match written {
            Ok(count) => Ok(count),
            Err(error) if is_blocked(&error) => Ok(0),
            Err(error) => Err(self.failure(error, peer)),
        }
    }

    /// Reads what is there; 0 when nothing is yet.
    fn read(&mut self, buffer: &mut [u8], peer: &str) -> Result<usize, Error> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = match &mut self.tls {
            None => self.socket.receive(buffer),
            Some(secured) => secured.stream.read(buffer),
        };
        match read {
            Ok(0) => Err(Error::Closed),
            Ok(count) => Ok(count),
            Err(error) if is_blocked(&error) => Ok(0),
            Err(error) => Err(self.failure(error, peer)),
        }
    }

    /// What really happened: the TLS library hides it.
    fn failure(&self, error: io::Error, peer: &str) -> Error {
        let seen = self.socket.state();
        let peer = peer.to_owned();
        match seen.fault {
            Some(errno) => Error::Lost { peer, source: errno.into() },
            None if seen.ended => Error::Closed,
            None => Error::Tls { peer, reason: openssl::reason(&error.to_string()) },
        }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("socket", &self.socket)
            .field("tls", &self.tls.is_some())
            .finish()
    }
}

fn is_blocked(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}
