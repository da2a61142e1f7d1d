//! One session, as a client has it with a right server: the states of
//! RFC 1939 §3.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, MutexGuard};

use data_encoding::BASE64;

use super::maildrop::{Maildrop, Message};

/// The only user.
pub const USER: &str = "demo";

/// The password; it protects nothing.
pub const PASSWORD: &str = "demo";

/// Longest command line taken, in octets.
const MAX_LINE: u64 = 1024;

const CAPABILITIES: &str = "+OK\r\nUSER\r\nSASL PLAIN\r\nTOP\r\nUIDL\r\nPIPELINING\r\n.";

/// The way to a client. An error ends the session, and nothing else.
pub trait Transport {
    /// The next line without its end; `None` once the client has left.
    fn line(&mut self) -> io::Result<Option<String>>;

    /// Sends these octets.
    fn send(&mut self, octets: &[u8]) -> io::Result<()>;
}

impl Transport for BufReader<TcpStream> {
    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        self.take(MAX_LINE).read_until(b'\n', &mut line)?;
        Ok(line.strip_suffix(b"\n").map(|line| {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            String::from_utf8_lossy(line).into_owned()
        }))
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.get_mut().write_all(octets)
    }
}

/// Serves one client to its end.
pub fn serve(maildrop: &Maildrop, transport: &mut dyn Transport) -> io::Result<()> {
    let mut session = Session {
        transport,
        maildrop,
        lock: None,
        user: None,
        mails: Vec::new(),
        deleted: Vec::new(),
        retrieved: Vec::new(),
    };
    session.run()
}

struct Session<'a> {
    transport: &'a mut dyn Transport,
    maildrop: &'a Maildrop,
    /// Held from the login on.
    lock: Option<MutexGuard<'a, ()>>,
    user: Option<String>,
    /// The maildrop as it was at the login; empty before.
    mails: Vec<Arc<Message>>,
    deleted: Vec<bool>,
    retrieved: Vec<bool>,
}

impl Session<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.say("+OK retr demo ready")?;
        while let Some(line) = self.transport.line()? {
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            match (&*verb.to_ascii_uppercase(), self.lock.is_some()) {
                ("CAPA", _) => self.say(CAPABILITIES),
                ("USER", false) => {
                    self.user = Some(argument.to_owned());
                    self.say("+OK")
                }
                ("PASS", false) => {
                    let user = self.user.take();
                    self.login(user.as_deref() == Some(USER) && argument == PASSWORD)
                }
                ("AUTH", false) => self.auth(argument),
                ("NOOP", true) => self.say("+OK"),
                ("RSET", true) => {
                    self.deleted.fill(false);
                    self.say("+OK")
                }
                ("STAT", true) => self.stat(),
                ("LIST", true) => self.list(argument, |mail| mail.octets.to_string().into()),
                ("UIDL", true) => self.list(argument, |mail| mail.uid.clone()),
                ("RETR", true) => self.retrieve(argument),
                ("TOP", true) => self.top(argument),
                ("DELE", true) => self.delete(argument),
                ("QUIT", _) => {
                    self.update();
                    return self.say("+OK");
                }
                _ => self.say("-ERR unknown command"),
            }?;
        }
        Ok(())
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.transport.send(format!("{line}\r\n").as_bytes())
    }

    /// SASL PLAIN (RFC 4616), with or without an initial response.
    fn auth(&mut self, argument: &str) -> io::Result<()> {
        let (mechanism, response) = argument.split_once(' ').unwrap_or((argument, ""));
        if !mechanism.eq_ignore_ascii_case("PLAIN") {
            return self.say("-ERR unknown mechanism");
        }
        let mut response = response.to_owned();
        if response.is_empty() {
            self.say("+ ")?;
            response = self.transport.line()?.unwrap_or_default();
        }
        let right = BASE64.encode(format!("\0{USER}\0{PASSWORD}").as_bytes());
        self.login(response == right)
    }

    fn login(&mut self, is_right: bool) -> io::Result<()> {
        if !is_right {
            return self.say("-ERR [AUTH] wrong user or password");
        }
        self.lock = Some(self.maildrop.lock());
        self.mails = self.maildrop.listing();
        self.deleted = vec![false; self.mails.len()];
        self.retrieved = self.deleted.clone();
        self.say("+OK")
    }

    /// Indices of the messages not marked as deleted.
    fn present(&self) -> impl Iterator<Item = usize> {
        (0..self.mails.len()).filter(|&at| !self.deleted[at])
    }

    /// Index of a message by its number.
    fn find(&self, number: &str) -> Option<usize> {
        let at = number.trim().parse::<usize>().ok()?.checked_sub(1)?;
        (!self.deleted.get(at)?).then_some(at)
    }

    fn no_such_message(&mut self) -> io::Result<()> {
        self.say("-ERR no such message")
    }

    fn stat(&mut self) -> io::Result<()> {
        let octets: usize = self.present().map(|at| self.mails[at].octets).sum();
        let count = self.present().count();
        self.say(&format!("+OK {count} {octets}"))
    }

    fn list(&mut self, argument: &str, value: impl Fn(&Message) -> Vec<u8>) -> io::Result<()> {
        let row = |session: &Self, at: usize| {
            let number = format!("{} ", at + 1).into_bytes();
            [number, value(&session.mails[at]), b"\r\n".to_vec()].concat()
        };
        let reply = if argument.is_empty() {
            let rows = self.present().flat_map(|at| row(self, at));
            [b"+OK\r\n", rows.collect::<Vec<u8>>().as_slice(), b".\r\n"].concat()
        } else if let Some(at) = self.find(argument) {
            [b"+OK ", row(self, at).as_slice()].concat()
        } else {
            return self.no_such_message();
        };
        self.transport.send(&reply)
    }

    fn retrieve(&mut self, argument: &str) -> io::Result<()> {
        let Some(at) = self.find(argument) else {
            return self.no_such_message();
        };
        self.retrieved[at] = true;
        self.send(&self.mails[at].clone().wire)
    }

    /// The header and this many lines of the body.
    fn top(&mut self, argument: &str) -> io::Result<()> {
        let (number, lines) = argument.split_once(' ').unwrap_or((argument, ""));
        let (Some(at), Ok(lines)) = (self.find(number), lines.trim().parse()) else {
            return self.no_such_message();
        };
        let mail = Arc::clone(&self.mails[at]);
        // Of the body; unknown in the header.
        let mut left = None;
        let part = mail.wire.split_inclusive(|&b| b == b'\n').take_while(|line| {
            let is_in = left != Some(0);
            left = match left {
                None => (*line == b"\r\n").then_some(lines),
                Some(left) => usize::checked_sub(left, 1),
            };
            is_in
        });
        let length: usize = part.map(<[u8]>::len).sum();
        self.send(&mail.wire[..length])
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        self.transport.send(&[b"+OK\r\n", octets, b".\r\n"].concat())
    }

    fn delete(&mut self, argument: &str) -> io::Result<()> {
        let Some(at) = self.find(argument) else {
            return self.no_such_message();
        };
        self.deleted[at] = true;
        self.say("+OK")
    }

    /// The UPDATE state (RFC 1939 §6).
    fn update(&mut self) {
        let is_gone = |at: &usize| {
            self.deleted[*at] || (self.maildrop.batch.is_some() && self.retrieved[*at])
        };
        let gone = (0..self.mails.len()).filter(is_gone);
        self.maildrop.remove(gone.map(|at| &self.mails[at]));
    }
}
