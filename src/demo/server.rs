//! The server: one thread, one session at a time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use sha2::{Digest, Sha256};

/// The only user.
pub const USER: &str = "demo";

/// The password; it protects nothing.
pub const PASSWORD: &str = "demo";

/// Longest command line taken, in octets.
const LINE_MAX: u64 = 1024;

/// Most octets of replies that are kept back while a client's batch goes on.
const BATCH_MAX: usize = 64 * 1024;

/// Longest silence of a client.
const PATIENCE: Duration = Duration::from_secs(600);

const CAPABILITIES: &str = "USER\r\nSASL PLAIN\r\nTOP\r\nUIDL\r\nPIPELINING\r\n";

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    maildrop: Mutex<Vec<Mail>>,
    stop: AtomicBool,
    /// The session's connection, to be cut when the server stops.
    current: Mutex<Option<TcpStream>>,
}

#[derive(Clone, Debug)]
struct Mail {
    uid: String,
    /// With CRLF line ends.
    text: Vec<u8>,
}

impl Mail {
    /// Takes a message with LF line ends; its unique id is its hash.
    fn new(text: &[u8]) -> Self {
        let mut crlf = Vec::with_capacity(text.len() + text.len() / 32);
        for line in text.split_inclusive(|&b| b == b'\n') {
            crlf.extend_from_slice(line.strip_suffix(b"\n").unwrap_or(line));
            crlf.extend_from_slice(b"\r\n");
        }
        Self {
            uid: HEXLOWER.encode(&Sha256::digest(text)[..16]),
            text: crlf,
        }
    }
}

impl Server {
    /// Starts to serve these messages (LF line ends) on a free port of
    /// 127.0.0.1.
    pub fn start(mails: Vec<Vec<u8>>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            maildrop: Mutex::new(mails.iter().map(|mail| Mail::new(mail)).collect()),
            stop: AtomicBool::new(false),
            current: Mutex::new(None),
        });
        let thread = std::thread::Builder::new().name("demo".into()).spawn({
            let shared = Arc::clone(&shared);
            move || serve(&listener, &shared)
        })?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(connection) = &*lock(&self.shared.current) {
            let _ = connection.shutdown(Shutdown::Both);
        }
        // Wakes the thread if it waits for a client.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, shared: &Shared) {
    for connection in listener.incoming() {
        if let Ok(connection) = connection
            && let Ok(clone) = connection.try_clone()
        {
            *lock(&shared.current) = Some(clone);
            // After `current` is set: whoever stops the server now cuts it.
            if !shared.stop.load(Ordering::SeqCst) {
                // A client that goes away is no fault of the server.
                let _ = Session::new(&connection, shared).run();
            }
            *lock(&shared.current) = None;
        }
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
    }
}

/// A poisoned lock still guards usable data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Session<'a> {
    reader: BufReader<&'a TcpStream>,
    connection: &'a TcpStream,
    /// Replies that wait for the end of a client's batch.
    replies: Vec<u8>,
    shared: &'a Shared,
    user: Option<String>,
    /// The maildrop as it was at the login; empty before.
    mails: Vec<Mail>,
    deleted: Vec<bool>,
    logged_in: bool,
}

impl<'a> Session<'a> {
    fn new(connection: &'a TcpStream, shared: &'a Shared) -> Self {
        Self {
            reader: BufReader::new(connection),
            connection,
            replies: Vec::new(),
            shared,
            user: None,
            mails: Vec::new(),
            deleted: Vec::new(),
            logged_in: false,
        }
    }

    fn run(&mut self) -> io::Result<()> {
        self.connection.set_nodelay(true)?;
        self.connection.set_read_timeout(Some(PATIENCE))?;
        self.connection.set_write_timeout(Some(PATIENCE))?;
        self.say("+OK retr demo ready");
        while let Some(line) = self.line()? {
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let verb = verb.to_ascii_uppercase();
            if verb == "QUIT" {
                self.quit();
                break;
            }
            let known = match self.logged_in {
                false => self.authorization(&verb, argument)?,
                true => self.transaction(&verb, argument.trim()),
            };
            if !known {
                self.say("-ERR unknown command");
            }
        }
        self.flush()
    }

    /// The next command; `None` at the end. What was said goes out before
    /// anything is waited for.
    fn line(&mut self) -> io::Result<Option<String>> {
        if !self.reader.buffer().contains(&b'\n') || self.replies.len() > BATCH_MAX {
            self.flush()?;
        }
        let mut line = Vec::new();
        (&mut self.reader)
            .take(LINE_MAX)
            .read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            Some(line) => {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                Ok(Some(String::from_utf8_lossy(line).into_owned()))
            }
            None => Ok(None),
        }
    }

    fn say(&mut self, line: &str) {
        self.replies.extend_from_slice(line.as_bytes());
        self.replies.extend_from_slice(b"\r\n");
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut connection = self.connection;
        connection.write_all(&self.replies)?;
        self.replies.clear();
        Ok(())
    }

    /// Answers whether the command is known in this state (RFC 1939 §4).
    fn authorization(&mut self, verb: &str, argument: &str) -> io::Result<bool> {
        match verb {
            "CAPA" => self.capabilities(),
            "USER" => {
                self.user = Some(argument.to_owned());
                self.say("+OK");
            }
            "PASS" => {
                let user = self.user.take();
                self.login(user.as_deref() == Some(USER) && argument == PASSWORD);
            }
            "AUTH" => self.auth(argument)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// SASL PLAIN (RFC 4616), with or without an initial response.
    fn auth(&mut self, argument: &str) -> io::Result<()> {
        let (mechanism, response) = argument.split_once(' ').unwrap_or((argument, ""));
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            self.say("-ERR unknown mechanism");
            return Ok(());
        }
        let mut response = response.to_owned();
        if response.is_empty() {
            self.say("+ ");
            response = self.line()?.unwrap_or_default();
        }
        let message = BASE64.decode(response.as_bytes()).unwrap_or_default();
        let mut parts = message.split(|&b| b == 0).skip(1);
        let user = parts.next() == Some(USER.as_bytes());
        let password = parts.next() == Some(PASSWORD.as_bytes());
        self.login(user && password);
        Ok(())
    }

    fn login(&mut self, right: bool) {
        if right {
            self.mails.clone_from(&lock(&self.shared.maildrop));
            self.deleted = vec![false; self.mails.len()];
            self.logged_in = true;
            self.say("+OK logged in");
        } else {
            self.say("-ERR [AUTH] wrong user or password");
        }
    }

    fn capabilities(&mut self) {
        self.say("+OK");
        self.replies.extend_from_slice(CAPABILITIES.as_bytes());
        self.say(".");
    }

    /// Answers whether the command is known in this state (RFC 1939 §5).
    fn transaction(&mut self, verb: &str, argument: &str) -> bool {
        match verb {
            "CAPA" => self.capabilities(),
            "NOOP" => self.say("+OK"),
            "RSET" => {
                self.deleted.fill(false);
                self.say("+OK");
            }
            "STAT" => {
                let (count, octets) = self.present().fold((0, 0), |(n, sum), at| {
                    (n + 1, sum + self.mails[at].text.len())
                });
                self.say(&format!("+OK {count} {octets}"));
            }
            "LIST" => self.list(argument, |mail| mail.text.len().to_string()),
            "UIDL" => self.list(argument, |mail| mail.uid.clone()),
            "RETR" => match self.find(argument) {
                Some(at) => self.send(at, None),
                None => self.no_such_message(),
            },
            "TOP" => {
                let (number, lines) = argument.split_once(' ').unwrap_or((argument, ""));
                match (self.find(number), lines.trim().parse().ok()) {
                    (Some(at), Some(lines)) => self.send(at, Some(lines)),
                    _ => self.no_such_message(),
                }
            }
            "DELE" => match self.find(argument) {
                Some(at) => {
                    self.deleted[at] = true;
                    self.say("+OK");
                }
                None => self.no_such_message(),
            },
            _ => return false,
        }
        true
    }

    fn no_such_message(&mut self) {
        self.say("-ERR no such message");
    }

    /// Indices of the messages not marked as deleted.
    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.mails.len()).filter(|&at| !self.deleted[at])
    }

    /// Index of a message by its number.
    fn find(&self, number: &str) -> Option<usize> {
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        (!self.deleted.get(at)?).then_some(at)
    }

    fn list(&mut self, argument: &str, value: impl Fn(&Mail) -> String) {
        let row = |session: &Self, at: usize| format!("{} {}", at + 1, value(&session.mails[at]));
        if argument.is_empty() {
            let rows: Vec<String> = self.present().map(|at| row(self, at)).collect();
            self.say("+OK");
            rows.iter().for_each(|row| self.say(row));
            self.say(".");
        } else if let Some(at) = self.find(argument) {
            let row = row(self, at);
            self.say(&format!("+OK {row}"));
        } else {
            self.no_such_message();
        }
    }

    /// A message, or its header and so many lines of its body, dots stuffed.
    fn send(&mut self, at: usize, lines: Option<usize>) {
        let text = &self.mails[at].text;
        self.replies
            .extend_from_slice(format!("+OK {} octets\r\n", text.len()).as_bytes());
        let mut left = None;
        for line in text.split_inclusive(|&b| b == b'\n') {
            if left == Some(0) {
                break;
            }
            left = left.map(|left: usize| left - 1);
            if line.starts_with(b".") {
                self.replies.push(b'.');
            }
            self.replies.extend_from_slice(line);
            if line == b"\r\n" && left.is_none() {
                left = lines;
            }
        }
        self.say(".");
    }

    /// UPDATE: the marked messages go for good (RFC 1939 §6).
    fn quit(&mut self) {
        let gone: Vec<&str> = self
            .mails
            .iter()
            .zip(&self.deleted)
            .filter(|(_, deleted)| **deleted)
            .map(|(mail, _)| mail.uid.as_str())
            .collect();
        lock(&self.shared.maildrop).retain(|mail| !gone.contains(&mail.uid.as_str()));
        self.say("+OK bye");
    }
}
