//! A server for LMTP and SMTP that takes whatever it is given.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use retr::demo::Server;

/// A server on loopback. It serves one connection after the other.
pub(crate) struct Lmtp {
    address: String,
    shared: Arc<Mutex<Shared>>,
    _server: Server,
}

type Hook = Box<dyn FnMut(&str) -> Option<&'static str> + Send>;

#[derive(Default)]
struct Shared {
    taken: Vec<Vec<u8>>,
    hook: Option<Hook>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lmtp {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("bound");
        let (turn, shared) = (Mutex::new(()), Arc::default());
        let of_server = Arc::clone(&shared);
        let server = Server::on(listener, move |stream, _| {
            let _turn = lock(&turn);
            let _ = serve(stream, &of_server);
        });
        let server = server.expect("a thread");
        Self { address: server.address().to_string(), shared, _server: server }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// What was taken by the connections before, with LF line ends.
    pub(crate) fn taken(&self) -> Vec<Vec<u8>> {
        // Once it greets, it has done with them.
        let stream = TcpStream::connect(&self.address).expect("connected");
        let mut greeting = String::new();
        let read = BufReader::new(stream).read_line(&mut greeting);
        read.expect("a greeting");
        lock(&self.shared).taken.clone()
    }

    /// Makes this all that was taken.
    #[allow(dead_code, reason = "not every test binary goes back")]
    pub(crate) fn set_taken(&self, octets: Vec<u8>) {
        lock(&self.shared).taken = vec![octets];
    }

    /// Is called with each line but those of a message, whose end is `.`. It
    /// may have it answered in another way; a message is then not taken.
    #[allow(dead_code, reason = "not every test binary breaks in")]
    pub(crate) fn on_line(&self, hook: impl FnMut(&str) -> Option<&'static str> + Send + 'static) {
        lock(&self.shared).hook = Some(Box::new(hook));
    }
}

/// Serves one connection to its end.
fn serve(stream: TcpStream, shared: &Mutex<Shared>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    let mut say = |text: &str| write!(stream, "{text}\r\n").ok();
    say("220 here")?;
    let mut line = Vec::new();
    let mut next = || {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).unwrap_or(0);
        line.strip_suffix(b"\r\n").filter(|_| read > 0).map(<[u8]>::to_vec)
    };
    loop {
        let line = String::from_utf8_lossy(&next()?).into_owned();
        let hook = |line: &str| lock(shared).hook.as_mut().and_then(|hook| hook(line));
        let usual = match (hook(&line), &*line) {
            (Some(answer), _) => answer,
            (None, line) if line.starts_with("LHLO") || line.starts_with("EHLO") => {
                "250-here\r\n250 PIPELINING"
            }
            (None, "DATA") => "354 go",
            (None, _) => "250 ok",
        };
        say(usual)?;
        if !usual.starts_with("354") {
            continue;
        }
        let mut message = Vec::new();
        loop {
            let line = next()?;
            if line == b"." {
                break;
            }
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            message.push(b'\n');
        }
        lock(shared).taken.push(message);
        match hook(".") {
            Some(answer) => {
                lock(shared).taken.pop();
                say(answer)?;
            }
            None => say("250 taken")?,
        }
    }
}
