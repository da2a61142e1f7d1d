//! The server's end of a connection: lines in, octets out, and the faults
//! that a network has.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use openssl::ssl::{SslAcceptor, SslStream};

/// Longest wait for a test that forgot to open a gate, or a client that
/// neither speaks nor leaves.
const PATIENCE: Duration = Duration::from_secs(30);

/// A point at which a server waits until the test lets it go on.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct GateState {
    reached: bool,
    open: bool,
}

impl Gate {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// For the server: says that it is here, and waits.
    pub(super) fn pass(&self) {
        let mut state = self.state.lock().expect("gate");
        state.reached = true;
        self.changed.notify_all();
        let (_state, timeout) =
            self.changed.wait_timeout_while(state, PATIENCE, |state| !state.open).expect("gate");
        assert!(!timeout.timed_out(), "nobody opened the gate");
    }

    /// For the test: waits until the server is here.
    pub(crate) fn wait_until_reached(&self) {
        let state = self.state.lock().expect("gate");
        let (state, timeout) =
            self.changed.wait_timeout_while(state, PATIENCE, |state| !state.reached).expect("gate");
        drop(state);
        assert!(!timeout.timed_out(), "the server never came to the gate");
    }

    /// For the test: lets the server go on.
    pub(crate) fn open(&self) {
        self.state.lock().expect("gate").open = true;
        self.changed.notify_all();
    }
}

/// What goes wrong on the way to the client. Positions count the octets of
/// one connection, before encryption.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// After this many octets the sending side ends (FIN); under TLS without
    /// close_notify.
    pub(crate) cut_at: Option<u64>,
    /// After this many octets the connection is reset.
    pub(crate) reset_at: Option<u64>,
    /// After this many octets nothing more is sent until the gate opens.
    pub(crate) stall_at: Option<(u64, Arc<Gate>)>,
    /// Every octet is written alone.
    pub(crate) dribble: bool,
}

impl Faults {
    pub(crate) fn cut(at: u64) -> Self {
        let cut_at = Some(at);
        Self { cut_at, ..Self::default() }
    }

    pub(crate) fn reset(at: u64) -> Self {
        let reset_at = Some(at);
        Self { reset_at, ..Self::default() }
    }
}

#[derive(Debug)]
enum Stream {
    Plain(TcpStream),
    Tls(Box<SslStream<TcpStream>>),
}

/// A connection as the server has it. Errors mean that it is over.
#[derive(Debug)]
pub(super) struct Wire {
    stream: Option<Stream>,
    faults: Faults,
    sent: u64,
    received: Vec<u8>,
}

impl Wire {
    pub(super) fn new(stream: TcpStream, faults: Faults) -> Self {
        stream.set_nodelay(true).expect("nodelay");
        stream.set_read_timeout(Some(PATIENCE)).expect("timeout");
        stream.set_write_timeout(Some(PATIENCE)).expect("timeout");
        Self { stream: Some(Stream::Plain(stream)), faults, sent: 0, received: Vec::new() }
    }

    /// Octets sent so far, before encryption.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    pub(super) fn is_encrypted(&self) -> bool {
        matches!(self.stream, Some(Stream::Tls(_)))
    }

    /// Does the handshake; what the client sent too early is dropped.
    pub(super) fn start_tls(&mut self, acceptor: &SslAcceptor) -> io::Result<()> {
        self.received.clear();
        match self.stream.take() {
            Some(Stream::Plain(stream)) => {
                let stream = acceptor.accept(stream).map_err(io::Error::other)?;
                self.stream = Some(Stream::Tls(Box::new(stream)));
                Ok(())
            }
            _ => panic!("TLS starts once"),
        }
    }

    /// The next line without its end; `None` when the client has closed.
    pub(super) fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        loop {
            if let Some(at) = self.received.iter().position(|&b| b == b'\n') {
                let mut line: Vec<u8> = self.received.drain(..=at).collect();
                line.pop();
                if line.pop() != Some(b'\r') {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                return Ok(Some(line));
            }
            if self.receive()? == 0 {
                return Ok(None);
            }
        }
    }

    /// The lines that came in behind the one in the works.
    pub(super) fn waiting(&mut self) -> impl Iterator<Item = &[u8]> + Clone {
        let _ = self.tcp().set_nonblocking(true);
        while matches!(self.receive(), Ok(1..)) {}
        let _ = self.tcp().set_nonblocking(false);
        let lines = self.received.split_inclusive(|&b| b == b'\n');
        lines.filter(|line| line.ends_with(b"\n"))
    }

    /// Forgets what the client sent ahead.
    pub(super) fn swallow(&mut self) {
        self.received.clear();
    }

    /// Sends, and does what the faults say at their positions.
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut rest = bytes;
        loop {
            if self.faults.cut_at == Some(self.sent) {
                return Err(self.cut());
            }
            if self.faults.reset_at == Some(self.sent) {
                return Err(self.reset());
            }
            if let Some((_, gate)) = self.faults.stall_at.take_if(|(at, _)| *at == self.sent) {
                self.flush()?;
                gate.pass();
            }
            if rest.is_empty() {
                return self.flush();
            }
            let (now, later) = rest.split_at(self.free_run(rest.len()));
            self.write_all(now)?;
            self.sent += now.len() as u64;
            rest = later;
        }
    }

    /// Ends the sending side and has another thread wait for the client to
    /// leave: closing at once could reset the connection and take back what
    /// was sent.
    pub(super) fn cut(&mut self) -> io::Error {
        let _ = self.flush();
        let _ = self.tcp().shutdown(Shutdown::Write);
        if let Ok(mut stream) = self.tcp().try_clone() {
            thread::spawn(move || io::copy(&mut stream, &mut io::sink()));
        }
        io::ErrorKind::ConnectionAborted.into()
    }

    /// Ends the connection as TLS has it, and then as [`Wire::cut`] does.
    pub(super) fn close(&mut self) -> io::Error {
        if let Some(Stream::Tls(stream)) = &mut self.stream {
            let _ = stream.shutdown();
        }
        self.cut()
    }

    /// Resets the connection.
    pub(super) fn reset(&mut self) -> io::Error {
        let linger = rustix::net::sockopt::set_socket_linger(&*self.tcp(), Some(Duration::ZERO));
        linger.expect("linger");
        io::ErrorKind::ConnectionReset.into()
    }

    /// Octets until the next fault, at most `most`.
    fn free_run(&self, most: usize) -> usize {
        if self.faults.dribble {
            return 1;
        }
        let stall = self.faults.stall_at.as_ref().map(|(at, _)| *at);
        [self.faults.cut_at, self.faults.reset_at, stall]
            .into_iter()
            .flatten()
            .filter(|&at| at > self.sent)
            .map(|at| usize::try_from(at - self.sent).unwrap_or(most))
            .fold(most, usize::min)
    }

    fn receive(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 4096];
        let count = match self.stream.as_mut().expect("connected") {
            Stream::Plain(stream) => stream.read(&mut buffer)?,
            Stream::Tls(stream) => stream.read(&mut buffer)?,
        };
        self.received.extend_from_slice(&buffer[..count]);
        Ok(count)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.stream.as_mut().expect("connected") {
            Stream::Plain(stream) => stream.write_all(bytes),
            Stream::Tls(stream) => stream.write_all(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.stream.as_mut().expect("connected") {
            Stream::Plain(stream) => stream.flush(),
            Stream::Tls(stream) => stream.flush(),
        }
    }

    fn tcp(&mut self) -> &mut TcpStream {
        match self.stream.as_mut().expect("connected") {
            Stream::Plain(stream) => stream,
            Stream::Tls(stream) => stream.get_mut(),
        }
    }
}

/// A clean end, close_notify included.
impl Drop for Wire {
    fn drop(&mut self) {
        if let Some(Stream::Tls(stream)) = &mut self.stream {
            let _ = stream.shutdown();
        }
    }
}
