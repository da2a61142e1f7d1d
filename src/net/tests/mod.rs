//! Tests against peers on loopback, each in a thread that the test joins.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Connection, Error, Family, NO_CONNECT, NO_DATA, NO_HANDSHAKE, NO_LOOKUP, Route, Via};
use crate::base::{Cancel, Class, with};
use crate::wait::{self, Limit, Timeouts};

mod certificate;
mod clear;
mod dial;
mod proxy;
pub(crate) mod refusing;
mod tls;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(30);

fn timeouts(wait: Duration) -> Timeouts {
    Timeouts::new(wait, LONG, &Cancel::new())
}

/// What was waited for in vain, and which limit ended it.
fn timed_out(error: &Error) -> Option<(&'static str, Limit)> {
    match error {
        Error::Wait(wait::Error::TimedOut { what, limit, .. }) => Some((what, *limit)),
        _ => None,
    }
}

fn route(port: u16) -> Route {
    Route { host: "127.0.0.1".to_owned(), port, via: Via::Direct, family: Family::Any, bind: None }
}

fn open(port: u16) -> Connection {
    Connection::open(&route(port), None, timeouts(LONG)).expect("a connection")
}

/// The error of a connection that is not to be had.
#[track_caller]
fn failed(route: &Route) -> Error {
    Connection::open(route, None, timeouts(LONG)).expect_err("no connection")
}

fn source_of(error: &Error) -> String {
    let source = std::error::Error::source(error);
    source.expect("a source").to_string()
}

#[track_caller]
fn assert_told(error: &Error, class: Class, text: &str) {
    assert_eq!((error.class(), &*error.to_string()), (class, text));
}

/// A server in a thread of its own, which is waited for.
struct Server<T>(Option<JoinHandle<T>>);

impl<T: Send + 'static> Server<T> {
    fn start(serve: impl FnOnce() -> T + Send + 'static) -> Self {
        Self(Some(thread::spawn(serve)))
    }

    /// What it has to tell.
    fn join(mut self) -> T {
        let thread = self.0.take().expect("it is joined once");
        thread.join().expect("the server")
    }
}

impl<T> Drop for Server<T> {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take().filter(|_| !thread::panicking()) {
            thread.join().expect("the server");
        }
    }
}

/// A server for one connection.
fn serve<T: Send + 'static>(
    handle: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, Server<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = Server::start(move || {
        let (stream, _) = listener.accept().expect("a client");
        stream.set_read_timeout(Some(LONG)).expect("a timeout");
        stream.set_write_timeout(Some(LONG)).expect("a timeout");
        handle(stream)
    });
    (port, server)
}

/// Everything until the end of the stream, however it ends.
fn read_all(mut stream: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

fn read_exact<const N: usize>(stream: &mut impl Read) -> [u8; N] {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).expect("the client's octets");
    bytes
}

fn write(stream: &mut impl Write, bytes: impl AsRef<[u8]>) {
    stream.write_all(bytes.as_ref()).expect("the client reads");
}

/// Sends everything and receives this many octets.
fn converse(connection: &mut Connection, mut send: &[u8], wanted: usize) -> Result<Vec<u8>, Error> {
    let mut received = vec![0; wanted];
    let mut filled = 0;
    while !send.is_empty() || filled < wanted {
        let moved = connection.exchange(send, &mut received[filled..])?;
        send = &send[moved.sent..];
        filled += moved.received;
    }
    Ok(received)
}

/// The error of a read, after everything before it was read.
fn end_of(connection: &mut Connection) -> Error {
    let mut buffer = [0; 4096];
    loop {
        if let Err(error) = connection.exchange(b"", &mut buffer) {
            return error;
        }
    }
}

/// Octets without a short period.
fn noise(count: usize) -> Vec<u8> {
    (0..count as u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/certs")).join(name)
}
