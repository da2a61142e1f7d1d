//! One connection: the states of RFC 1939 §3.

use std::collections::BTreeSet;
use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use data_encoding::BASE64;

use super::maildrop::Message;
use super::sasl::{self, Account, Exchange};
use super::wire::Wire;
use super::{Act, Line, Setup, Shared, Tls};

/// Serves one connection to its end.
pub(super) fn serve(shared: &Shared, stream: TcpStream, number: usize) {
    let faults = shared.faults.lock().expect("faults").clone();
    let mut session = Session {
        shared,
        setup: &shared.setup,
        wire: Wire::new(stream, faults),
        number,
        user: None,
        maildrop: None,
        deleted: BTreeSet::new(),
        retrieved: BTreeSet::new(),
    };
    // An error is the end of the connection, and nothing else.
    let _ = session.run();
    // The second handle has to go first, or the connection stays open.
    shared.open.lock().expect("open").remove(&number);
}

/// Whether the session goes on.
enum Next {
    Command,
    End,
}

struct Session<'a> {
    shared: &'a Shared,
    setup: &'a Setup,
    wire: Wire,
    number: usize,
    user: Option<String>,
    /// The messages as they were at login; `None` before it.
    maildrop: Option<Vec<Message>>,
    deleted: BTreeSet<usize>,
    retrieved: BTreeSet<usize>,
}

impl Session<'_> {
    fn run(&mut self) -> io::Result<()> {
        if let Tls::Implicit(identity) = &self.setup.tls {
            self.wire
                .start_tls(&identity.acceptor(self.setup.old_tls))?;
        }
        self.say(self.setup.greeting)?;
        while let Some(line) = self.next_line()? {
            if let Next::End = self.act(&line)? {
                break;
            }
        }
        Ok(())
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let Some(bytes) = self.wire.line()? else {
            return Ok(None);
        };
        let line = Line {
            session: self.number,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            encrypted: self.wire.is_encrypted(),
            sent_before: self.wire.sent(),
        };
        self.shared.log.lock().expect("log").push(line.clone());
        self.count_outstanding(&line);
        Ok(Some(line))
    }

    fn count_outstanding(&mut self, line: &Line) {
        // Behind STLS come the octets of the handshake.
        if line.text == "STLS" {
            return;
        }
        let outstanding = self.wire.outstanding();
        let mut most = self.shared.most_outstanding.lock().expect("count");
        *most = outstanding.max(*most);
        if outstanding > 1 && !self.setup.pipelining {
            self.violation(format!(
                "{outstanding} outstanding commands at `{}`, PIPELINING was not announced",
                line.text
            ));
        }
    }

    fn violation(&self, text: String) {
        self.shared
            .violations
            .lock()
            .expect("violations")
            .push(text);
    }

    fn act(&mut self, line: &Line) -> io::Result<Next> {
        let hook = Arc::clone(&self.shared.hook.lock().expect("hook"));
        match hook(line) {
            Act::Serve => self.command(&line.text),
            Act::Say(bytes) => {
                self.wire.send(&bytes)?;
                Ok(Next::Command)
            }
            Act::SayAndClose(bytes) => {
                self.wire.send(&bytes)?;
                Err(self.wire.close())
            }
            Act::ServeUnanswered => {
                assert_eq!(line.text, "QUIT", "only QUIT does anything");
                self.update();
                Err(self.wire.close())
            }
            Act::Close => Err(self.wire.close()),
            Act::Reset => Err(self.wire.reset()),
            Act::Stall(gate) => {
                gate.pass();
                self.command(&line.text)
            }
        }
    }

    fn command(&mut self, line: &str) -> io::Result<Next> {
        let (keyword, argument) = line.split_once(' ').unwrap_or((line, ""));
        if keyword == "QUIT" {
            self.update();
            self.say("+OK bye")?;
            return Ok(Next::End);
        }
        match (keyword, self.maildrop.is_some()) {
            ("CAPA", _) => self.capa()?,
            ("NOOP", true) => self.say("+OK")?,
            ("STLS", false) => self.stls()?,
            ("UTF8", false) if self.announces("UTF8") => self.say("+OK")?,
            ("USER" | "PASS" | "APOP" | "AUTH", false) => self.login(keyword, argument)?,
            ("STAT", true) => self.stat()?,
            ("LIST", true) => self.list(argument)?,
            ("UIDL", true) if self.setup.uidl => self.uidl(argument)?,
            ("RETR", true) => self.retrieve(argument, None)?,
            ("TOP", true) => self.top(argument)?,
            ("DELE", true) => self.delete(argument)?,
            ("RSET", true) => {
                self.deleted.clear();
                self.say("+OK")?;
            }
            _ => self.say("-ERR unknown command")?,
        }
        Ok(Next::Command)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.wire.send(format!("{line}\r\n").as_bytes())
    }

    fn announces(&self, capability: &str) -> bool {
        self.setup.capabilities.contains(&capability)
    }

    fn capa(&mut self) -> io::Result<()> {
        if !self.setup.capa {
            return self.say("-ERR unknown command");
        }
        let mut lines = vec!["TOP", "RESP-CODES", "AUTH-RESP-CODE"];
        lines.extend(self.setup.uidl.then_some("UIDL"));
        lines.extend(self.setup.pipelining.then_some("PIPELINING"));
        lines.extend_from_slice(self.setup.capabilities);
        let stls = matches!(self.setup.tls, Tls::Starttls(_)) && !self.wire.is_encrypted();
        lines.extend(stls.then_some("STLS"));
        let sasl = format!("SASL {}", self.setup.mechanisms.join(" "));
        if !stls {
            lines.extend(self.setup.user_pass.then_some("USER"));
            lines.extend((!self.setup.mechanisms.is_empty()).then_some(sasl.as_str()));
        }
        let lines = lines.join("\r\n");
        self.wire
            .send(format!("+OK capabilities\r\n{lines}\r\n.\r\n").as_bytes())
    }

    fn stls(&mut self) -> io::Result<()> {
        match &self.setup.tls {
            Tls::Starttls(identity) if !self.wire.is_encrypted() => {
                let acceptor = identity.acceptor(self.setup.old_tls);
                self.say("+OK begin TLS")?;
                self.user = None;
                self.wire.start_tls(&acceptor)
            }
            _ => self.say("-ERR no TLS"),
        }
    }

    fn login(&mut self, keyword: &str, argument: &str) -> io::Result<()> {
        if matches!(self.setup.tls, Tls::Starttls(_)) && !self.wire.is_encrypted() {
            return self.say("-ERR [AUTH] only under TLS");
        }
        let setup = self.setup;
        let proved = match keyword {
            "USER" if setup.user_pass => {
                self.user = Some(argument.to_owned());
                return self.say("+OK");
            }
            "PASS" => self.user.take().as_deref() == Some(setup.user) && argument == setup.secret,
            "APOP" => match setup.greeting.find('<') {
                Some(at) => {
                    let digest = sasl::apop_digest(&setup.greeting[at..], setup.secret);
                    argument == format!("{} {digest}", setup.user)
                }
                None => return self.say("-ERR no APOP"),
            },
            "AUTH" => match self.authenticate(argument)? {
                Some(proved) => proved,
                None => return self.say("-ERR unknown mechanism"),
            },
            _ => return self.say("-ERR unknown command"),
        };
        if !proved {
            return self.say("-ERR [AUTH] wrong user or password");
        }
        match self.shared.maildrop.lock() {
            Some(mut messages) => {
                messages.truncate(setup.batch.unwrap_or(usize::MAX));
                self.maildrop = Some(messages);
            }
            None => return self.say("-ERR [IN-USE] another session has the maildrop"),
        }
        if setup.swallows_behind_login {
            self.wire.swallow();
        }
        self.say("+OK logged in")
    }

    /// `None`: there is no such mechanism.
    fn authenticate(&mut self, argument: &str) -> io::Result<Option<bool>> {
        let (mechanism, initial) = match argument.split_once(' ') {
            Some((mechanism, initial)) => (mechanism, Some(initial)),
            None => (argument, None),
        };
        let setup = self.setup;
        if !setup.mechanisms.contains(&mechanism) && !setup.hidden_mechanisms.contains(&mechanism) {
            return Ok(None);
        }
        let initial = match initial {
            None => None,
            Some("=") => Some(Vec::new()),
            Some(initial) => match BASE64.decode(initial.as_bytes()) {
                Ok(initial) => Some(initial),
                Err(_) => return Ok(Some(false)),
            },
        };
        let account = Account {
            user: setup.user,
            secret: setup.secret,
            iterations: setup.scram_iterations,
            false_signature: setup.scram_false_signature,
        };
        sasl::authenticate(mechanism, initial, &account, self).map(Some)
    }

    fn update(&mut self) {
        if let Some(messages) = &self.maildrop {
            let mut gone = self.deleted.clone();
            if self.setup.batch.is_some() {
                gone.append(&mut self.retrieved);
            }
            let deleted: Vec<&Message> = gone.iter().map(|&at| &messages[at]).collect();
            self.shared.maildrop.delete(&deleted);
        }
        self.deleted.clear();
    }

    /// The messages not marked as deleted, with their index.
    fn present(&self) -> impl Iterator<Item = (usize, &Message)> {
        let messages = self.maildrop.as_deref().unwrap_or_default();
        messages
            .iter()
            .enumerate()
            .filter(|(at, _)| !self.deleted.contains(at))
    }

    fn find(&self, argument: &str) -> Option<(usize, Message)> {
        let number: usize = argument.parse().ok()?;
        self.present()
            .find(|(at, _)| at + 1 == number)
            .map(|(at, message)| (at, message.clone()))
    }

    fn stat(&mut self) -> io::Result<()> {
        let count = self.present().count();
        let octets: usize = self.present().map(|(_, m)| m.mail.wire.len()).sum();
        self.say(&format!("+OK {count} {octets}"))
    }

    fn list(&mut self, argument: &str) -> io::Result<()> {
        let size = self
            .setup
            .list_size
            .unwrap_or(|m| m.mail.wire.len().to_string());
        self.listing(argument, |message| size(message).into_bytes())
    }

    fn uidl(&mut self, argument: &str) -> io::Result<()> {
        self.listing(argument, |message| message.uid.clone())
    }

    fn listing(&mut self, argument: &str, tell: impl Fn(&Message) -> Vec<u8>) -> io::Result<()> {
        let line = |at: usize, message: &Message| {
            let mut line = format!("{} ", at + 1).into_bytes();
            line.extend_from_slice(&tell(message));
            line.extend_from_slice(b"\r\n");
            line
        };
        let mut reply = b"+OK ".to_vec();
        if argument.is_empty() {
            reply.extend_from_slice(b"\r\n");
            for (at, message) in self.present() {
                reply.extend_from_slice(&line(at, message));
            }
            reply.extend_from_slice(b".\r\n");
        } else if let Some((at, message)) = self.find(argument) {
            reply.extend_from_slice(&line(at, &message));
        } else {
            return self.say("-ERR no such message");
        }
        self.wire.send(&reply)
    }

    fn top(&mut self, argument: &str) -> io::Result<()> {
        match argument.split_once(' ') {
            Some((number, lines)) => self.retrieve(number, lines.parse().ok()),
            None => self.say("-ERR how many lines?"),
        }
    }

    /// The whole message, or its header and so many lines.
    fn retrieve(&mut self, argument: &str, lines: Option<usize>) -> io::Result<()> {
        let Some((at, message)) = self.find(argument) else {
            return self.say("-ERR no such message");
        };
        if lines.is_none() {
            self.retrieved.insert(at);
        }
        let wire = &message.mail.wire;
        let mut reply = format!("+OK {} octets\r\n", wire.len()).into_bytes();
        let mut left = lines;
        let mut in_body = false;
        for line in wire.split_inclusive(|&b| b == b'\n') {
            if in_body && let Some(left) = &mut left {
                match left.checked_sub(1) {
                    Some(less) => *left = less,
                    None => break,
                }
            }
            if line.starts_with(b".") {
                reply.push(b'.');
            }
            reply.extend_from_slice(line);
            in_body |= line == b"\r\n";
        }
        reply.extend_from_slice(b".\r\n");
        self.wire.send(&reply)
    }

    fn delete(&mut self, argument: &str) -> io::Result<()> {
        match self.find(argument) {
            Some((at, _)) => {
                self.deleted.insert(at);
                self.say("+OK marked")
            }
            None => self.say("-ERR no such message"),
        }
    }
}

impl Exchange for Session<'_> {
    fn ask(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.say(&format!("+ {}", BASE64.encode(challenge)))?;
        let Some(line) = self.next_line()? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(BASE64.decode(line.text.as_bytes()).ok())
    }
}

/// Without QUIT nothing is deleted, and the lock is free again.
impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.maildrop.is_some() {
            self.shared.maildrop.unlock();
        }
    }
}
