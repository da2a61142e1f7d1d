//! A POP3 server for one maildrop, that does as it is told.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::base::Uid;

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mail {
    pub(super) uid: String,
    text: Vec<u8>,
    /// It goes over the wire with its dots as they are.
    is_unstuffed: bool,
}

impl Mail {
    /// Takes a message with LF line ends.
    pub(super) fn new(uid: &str, text: &[u8]) -> Self {
        assert!(text.is_empty() || text.ends_with(b"\n"));
        Self {
            uid: uid.into(),
            text: text.into(),
            is_unstuffed: false,
        }
    }

    /// The same, of which the server stuffs no dots.
    pub(super) fn unstuffed(self) -> Self {
        Self {
            is_unstuffed: true,
            ..self
        }
    }

    /// The message as it has to be stored.
    pub(super) fn stored(&self) -> Vec<u8> {
        self.text.clone()
    }

    pub(super) fn id(&self) -> Uid {
        Uid::new(self.uid.as_bytes()).expect("valid")
    }

    fn size(&self) -> usize {
        self.text.len() + self.text.iter().filter(|&&b| b == b'\n').count()
    }

    /// Octets it takes on the wire, without the line that ends it.
    pub(super) fn on_the_wire(&self) -> usize {
        self.wire().len() - ".\r\n".len()
    }

    /// The answer to RETR.
    pub(super) fn answer(&self) -> Vec<u8> {
        [b"+OK\r\n", self.wire().as_slice()].concat()
    }

    /// As it goes over the wire, its end included.
    fn wire(&self) -> Vec<u8> {
        let mut wire = Vec::new();
        for line in self.text.split_inclusive(|&b| b == b'\n') {
            if line.starts_with(b".") && !self.is_unstuffed {
                wire.push(b'.');
            }
            wire.extend_from_slice(&line[..line.len() - 1]);
            wire.extend_from_slice(b"\r\n");
        }
        wire.extend_from_slice(b".\r\n");
        wire
    }
}

/// A command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Which connection, from 1 on.
    pub(super) session: usize,
    pub(super) line: String,
}

/// What to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// What a server does.
    Serve,
    /// Only say this.
    Say(&'static str),
    /// Only send this.
    Write(Vec<u8>),
    /// Send this, and hang up.
    LastWords(Vec<u8>),
    /// Do it, but hang up instead of answering.
    ServeUnanswered,
    /// Hang up.
    Close,
}

type Hook = Box<dyn FnMut(&Asked) -> Act + Send>;
/// Octets after which a connection breaks off, by its number.
type Cut = Box<dyn Fn(usize) -> Option<u64> + Send>;

struct Shared {
    maildrop: Mutex<Vec<Mail>>,
    capabilities: Mutex<Vec<&'static str>>,
    hook: Mutex<Hook>,
    cut: Mutex<Cut>,
    log: Mutex<Vec<Asked>>,
    sent: Mutex<u64>,
    wrong: Mutex<Option<String>>,
    stop: AtomicBool,
}

/// A running server; it stops when dropped.
pub(super) struct Peer {
    shared: Arc<Shared>,
    port: u16,
    thread: Option<JoinHandle<TcpListener>>,
}

/// Sockets that servers before listened on: to find a free port costs the more
/// the more connections there were.
static IDLE: Mutex<Vec<TcpListener>> = Mutex::new(Vec::new());

/// Where nobody calls any more.
fn listener() -> TcpListener {
    let idle = lock(&IDLE).pop();
    idle.unwrap_or_else(|| TcpListener::bind(("127.0.0.1", 0)).expect("a port"))
}

/// Takes what calls were not answered.
fn retire(listener: TcpListener) {
    listener.set_nonblocking(true).expect("a listener");
    while listener.accept().is_ok() {}
    listener.set_nonblocking(false).expect("a listener");
    lock(&IDLE).push(listener);
}

impl Peer {
    pub(super) fn start(mails: Vec<Mail>) -> Self {
        let listener = listener();
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            maildrop: Mutex::new(mails),
            capabilities: Mutex::default(),
            hook: Mutex::new(Box::new(|_| Act::Serve)),
            cut: Mutex::new(Box::new(|_| None)),
            log: Mutex::default(),
            sent: Mutex::default(),
            wrong: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || {
                serve(&listener, &shared);
                listener
            }
        });
        Self {
            shared,
            port,
            thread: Some(thread),
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Announces these capabilities; without any CAPA is unknown.
    pub(super) fn announce(&self, capabilities: &[&'static str]) {
        *lock(&self.shared.capabilities) = capabilities.into();
    }

    /// Decides about every command from now on. What panics there fails the
    /// test.
    pub(super) fn on_command(&self, hook: impl FnMut(&Asked) -> Act + Send + 'static) {
        *lock(&self.shared.hook) = Box::new(hook);
    }

    /// Breaks connections off.
    pub(super) fn cut(&self, cut: impl Fn(usize) -> Option<u64> + Send + 'static) {
        *lock(&self.shared.cut) = Box::new(cut);
    }

    /// Does everything right from now on.
    pub(super) fn behave(&self) {
        self.on_command(|_| Act::Serve);
        self.cut(|_| None);
    }

    pub(super) fn maildrop(&self) -> Vec<Mail> {
        lock(&self.shared.maildrop).clone()
    }

    pub(super) fn set_maildrop(&self, mails: Vec<Mail>) {
        *lock(&self.shared.maildrop) = mails;
    }

    /// Octets sent by the last connection.
    pub(super) fn sent(&self) -> u64 {
        *lock(&self.shared.sent)
    }

    pub(super) fn log(&self) -> Vec<Asked> {
        lock(&self.shared.log).clone()
    }

    /// How many commands so far begin with this word.
    pub(super) fn count(&self, command: &str) -> usize {
        let is = |asked: &&Asked| asked.line.split(' ').next() == Some(command);
        lock(&self.shared.log).iter().filter(is).count()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        let result = self.thread.take().map(JoinHandle::join);
        let is_well = match result {
            Some(Ok(listener)) => {
                retire(listener);
                true
            }
            _ => false,
        };
        if !thread::panicking() {
            assert!(is_well, "the server panicked");
            let wrong = lock(&self.shared.wrong).take();
            assert_eq!(wrong, None);
        }
    }
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut number = 0;
    for stream in listener.incoming() {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        number += 1;
        let stream = stream.expect("a connection");
        let mut session = Session {
            shared,
            number,
            cut: lock(&shared.cut)(number),
            sent: 0,
            stream: &stream,
            mails: Vec::new(),
            deleted: Vec::new(),
        };
        // An error is the end of the connection, and nothing else.
        let _ = session.run();
        *lock(&shared.sent) = session.sent;
    }
}

struct Session<'s> {
    shared: &'s Shared,
    number: usize,
    cut: Option<u64>,
    sent: u64,
    stream: &'s TcpStream,
    mails: Vec<Mail>,
    deleted: Vec<bool>,
}

impl Session<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.stream.set_nodelay(true)?;
        self.stream
            .set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut reader = BufReader::new(self.stream);
        self.say("+OK")?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            let asked = Asked {
                session: self.number,
                line: std::mem::take(&mut line).trim_end().into(),
            };
            lock(&self.shared.log).push(asked.clone());
            let act = lock(&self.shared.hook)(&asked);
            match act {
                Act::Serve => self.command(&asked.line)?,
                Act::Say(text) => self.say(text)?,
                Act::Write(bytes) => self.send(&bytes)?,
                Act::LastWords(bytes) => {
                    self.send(&bytes)?;
                    return self.hang_up();
                }
                Act::ServeUnanswered => {
                    self.cut = Some(self.sent);
                    self.command(&asked.line)?;
                }
                Act::Close => return self.hang_up(),
            }
            if asked.line == "QUIT" {
                break;
            }
        }
        Ok(())
    }

    fn command(&mut self, line: &str) -> io::Result<()> {
        let (verb, argument) = line.split_once(' ').unwrap_or((line, ""));
        let at = self.find(argument);
        match (verb, at) {
            ("CAPA", _) => {
                let lines = lock(&self.shared.capabilities).clone();
                match lines.as_slice() {
                    [] => self.say("-ERR what?"),
                    lines => {
                        self.send(format!("+OK\r\n{}\r\n.\r\n", lines.join("\r\n")).as_bytes())
                    }
                }
            }
            ("USER" | "NOOP", _) => self.say("+OK"),
            ("PASS", _) => {
                self.mails = lock(&self.shared.maildrop).clone();
                self.deleted = vec![false; self.mails.len()];
                self.say("+OK")
            }
            ("STAT", _) => {
                let sizes = self.mails.iter().map(Mail::size);
                let text = format!("+OK {} {}", self.mails.len(), sizes.sum::<usize>());
                self.say(&text)
            }
            ("UIDL", None) => self.list(|mail| mail.uid.clone()),
            ("LIST", None) => self.list(|mail| mail.size().to_string()),
            ("RETR", Some(at)) => {
                let answer = self.mails[at].answer();
                self.send(&answer)
            }
            ("DELE", Some(at)) => {
                self.deleted[at] = true;
                self.say("+OK")
            }
            ("QUIT", _) => {
                let mut deleted = self.deleted.iter();
                // Mail that came meanwhile stands behind what was listed.
                lock(&self.shared.maildrop).retain(|_| deleted.next() != Some(&true));
                self.say("+OK")
            }
            ("RETR" | "DELE", None) => self.say("-ERR no such message"),
            _ => {
                *lock(&self.shared.wrong) = Some(format!("unexpected: {line}"));
                self.say("-ERR what?")
            }
        }
    }

    fn find(&self, number: &str) -> Option<usize> {
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        (self.deleted.get(at) == Some(&false)).then_some(at)
    }

    fn list(&mut self, value: impl Fn(&Mail) -> String) -> io::Result<()> {
        let mut text = "+OK\r\n".to_owned();
        for (number, mail) in (1..).zip(&self.mails) {
            text.push_str(&format!("{number} {}\r\n", value(mail)));
        }
        text.push_str(".\r\n");
        self.send(text.as_bytes())
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.send(format!("{line}\r\n").as_bytes())
    }

    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let left = self.cut.map_or(u64::MAX, |cut| cut - self.sent);
        let len = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        self.stream.write_all(&bytes[..len])?;
        self.sent += len as u64;
        match self.cut == Some(self.sent) {
            true => self.hang_up(),
            false => Ok(()),
        }
    }

    /// Ends the sending side and lets another thread wait for the client to
    /// leave: closing at once could take back what was sent.
    fn hang_up(&mut self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        let mut stream = self.stream.try_clone()?;
        thread::spawn(move || io::copy(&mut stream, &mut io::sink()));
        Err(io::ErrorKind::ConnectionAborted.into())
    }
}
