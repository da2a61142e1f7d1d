//! What is between a client and the server of `retr demo`: it answers what
//! that does not know, and does what a test wants.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use data_encoding::BASE64;
use retr::demo;

use super::sasl::{self, Account, Exchange};
use super::wire::Wire;
use super::{Act, Line, Shared, Tls, lock};

/// The login that the server beneath takes, whatever the client used.
fn right() -> String {
    let login = format!("\0{}\0{}", demo::USER, demo::PASSWORD);
    format!("AUTH PLAIN {}", BASE64.encode(login.as_bytes()))
}

const WRONG: &str = "AUTH PLAIN AAA=";

/// Every command there is.
const COMMANDS: [&str; 16] = [
    "APOP", "AUTH", "CAPA", "DELE", "LIST", "NOOP", "PASS", "QUIT", "RETR", "RSET", "STAT", "STLS",
    "TOP", "UIDL", "USER", "UTF8",
];

/// Serves one connection to its end.
pub(super) fn serve(shared: &Arc<Shared>, stream: TcpStream, number: usize) {
    let faults = lock(&shared.faults)(number);
    let mut session = Session {
        shared: Arc::clone(shared),
        wire: Wire::new(stream, faults),
        number,
        is_greeted: false,
        is_last: false,
        user: None,
    };
    // An error is the end of the connection, and nothing else.
    let _ = demo::serve(&shared.maildrop.served, &mut session);
}

struct Session {
    shared: Arc<Shared>,
    wire: Wire,
    number: usize,
    is_greeted: bool,
    /// The next answer is not sent; the connection ends instead.
    is_last: bool,
    user: Option<String>,
}

impl demo::Transport for Session {
    fn line(&mut self) -> io::Result<Option<String>> {
        while let Some(line) = self.next_line()? {
            let act = lock(&self.shared.hook)(&line);
            let command = match act {
                Act::Serve => line.text,
                Act::ServeAs(command) => command,
                Act::ServeUnanswered => {
                    self.is_last = true;
                    line.text
                }
                Act::Stall(gate) => {
                    gate.pass();
                    line.text
                }
                Act::Say(octets) => {
                    self.put(&octets)?;
                    continue;
                }
                Act::SayAndClose(octets) => {
                    self.put(&octets)?;
                    return Err(self.wire.close());
                }
                Act::Close => return Err(self.wire.close()),
                Act::Reset => return Err(self.wire.reset()),
            };
            if let Some(command) = self.stand_in(command)? {
                return Ok(Some(command));
            }
        }
        Ok(None)
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        if !std::mem::replace(&mut self.is_greeted, true) {
            if let Tls::Implicit(identity) = self.shared.setup.tls {
                let acceptor = identity.acceptor();
                self.wire.start_tls(&acceptor)?;
            }
            return self.say(self.shared.setup.greeting);
        }
        self.put(octets)
    }
}

impl Session {
    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        if self.is_last {
            return Err(self.wire.close());
        }
        // Before the client has it, so that a test that saw it ask finds it
        // here.
        *lock(&self.shared.sent) = self.wire.sent() + octets.len() as u64;
        self.wire.send(octets)
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.put(format!("{line}\r\n").as_bytes())
    }

    fn next_line(&mut self) -> io::Result<Option<Line>> {
        let Some(octets) = self.wire.line()? else {
            return Ok(None);
        };
        let line = Line {
            session: self.number,
            text: String::from_utf8_lossy(&octets).into_owned(),
            encrypted: self.wire.is_encrypted(),
            sent_before: self.wire.sent(),
        };
        lock(&self.shared.log).push(line.clone());
        // Behind STLS come the octets of the handshake.
        if line.text != "STLS" {
            self.count_outstanding(&line.text);
        }
        Ok(Some(line))
    }

    fn count_outstanding(&mut self, line: &str) {
        let waiting = self.wire.waiting();
        let outstanding = 1 + waiting.clone().count();
        let is_message = |line: &[u8]| line.starts_with(b"RETR ") || line.starts_with(b"TOP ");
        if is_message(line.as_bytes()) && !waiting.clone().all(is_message) {
            lock(&self.shared.behind_messages).push(line.to_owned());
        }
        let mut most = lock(&self.shared.most_outstanding);
        *most = outstanding.max(*most);
        if outstanding > 1 && !self.shared.setup.pipelining {
            lock(&self.shared.violations).push(format!(
                "{outstanding} outstanding commands at `{line}`, PIPELINING was not announced"
            ));
        }
    }

    /// Answers a command that the server beneath does not know, or that this
    /// kind of server answers otherwise. What it hands back is to be served.
    fn stand_in(&mut self, command: String) -> io::Result<Option<String>> {
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
        let (keyword, argument) = command.split_once(' ').unwrap_or((&command, ""));
        if !COMMANDS.contains(&keyword) {
            lock(&shared.violations).push(format!("unexpected: {command}"));
        }
        let needs_tls = matches!(setup.tls, Tls::Starttls(_)) && !self.wire.is_encrypted();
        let is_refused = match keyword {
            "CAPA" => !setup.capa,
            "UIDL" => !setup.uidl,
            "USER" | "PASS" => !setup.user_pass,
            "UTF8" => !setup.capabilities.contains(&"UTF8"),
            _ => false,
        };
        match keyword {
            "USER" | "PASS" | "APOP" | "AUTH" if needs_tls => {
                self.say("-ERR [AUTH] only under TLS")?;
            }
            _ if is_refused => self.say("-ERR unknown command")?,
            "CAPA" => self.capa(needs_tls)?,
            "STLS" => self.stls()?,
            "UTF8" => self.say("+OK")?,
            "USER" => {
                self.user = Some(argument.to_owned());
                self.say("+OK")?;
            }
            "PASS" | "APOP" | "AUTH" => return self.login(keyword, argument),
            _ => return Ok(Some(command)),
        }
        Ok(None)
    }

    fn capa(&mut self, needs_tls: bool) -> io::Result<()> {
        let setup = &self.shared.setup;
        let sasl = format!("SASL {}", setup.mechanisms.join(" "));
        let mut lines = vec!["+OK", "TOP", "RESP-CODES", "AUTH-RESP-CODE"];
        lines.extend(setup.uidl.then_some("UIDL"));
        lines.extend(setup.pipelining.then_some("PIPELINING"));
        lines.extend_from_slice(setup.capabilities);
        if needs_tls {
            lines.push("STLS");
        } else {
            lines.extend(setup.user_pass.then_some("USER"));
            lines.extend((!setup.mechanisms.is_empty()).then_some(sasl.as_str()));
        }
        lines.push(".");
        self.say(&lines.join("\r\n"))
    }

    fn stls(&mut self) -> io::Result<()> {
        match self.shared.setup.tls {
            Tls::Starttls(identity) if !self.wire.is_encrypted() => {
                let acceptor = identity.acceptor();
                self.say("+OK begin TLS")?;
                self.user = None;
                self.wire.start_tls(&acceptor)
            }
            _ => self.say("-ERR no TLS"),
        }
    }

    /// The login for the server beneath.
    fn login(&mut self, keyword: &str, argument: &str) -> io::Result<Option<String>> {
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
        let is_proved = match keyword {
            "PASS" => self.user.take().as_deref() == Some(setup.user) && argument == setup.secret,
            "APOP" => match setup.greeting.find('<') {
                Some(at) => {
                    let digest = sasl::apop_digest(&setup.greeting[at..], setup.secret);
                    argument == format!("{} {digest}", setup.user)
                }
                None => return self.say("-ERR no APOP").map(|()| None),
            },
            _ => match self.authenticate(argument)? {
                Some(is_proved) => is_proved,
                None => return self.say("-ERR unknown mechanism").map(|()| None),
            },
        };
        if is_proved && setup.swallows_behind_login {
            self.wire.swallow();
        }
        Ok(Some(if is_proved { right() } else { WRONG.into() }))
    }

    /// Returns whether the client proved to be the user; `None` if there is no
    /// such mechanism.
    fn authenticate(&mut self, argument: &str) -> io::Result<Option<bool>> {
        let (mechanism, initial) = match argument.split_once(' ') {
            Some((mechanism, initial)) => (mechanism, Some(initial)),
            None => (argument, None),
        };
        let shared = Arc::clone(&self.shared);
        let setup = &shared.setup;
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
        let account =
            Account { user: setup.user, secret: setup.secret, tokens: setup.tokens.as_ref() };
        sasl::authenticate(mechanism, initial, &account, self).map(Some)
    }
}

impl Exchange for Session {
    fn ask(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>> {
        self.say(&format!("+ {}", BASE64.encode(challenge)))?;
        let Some(line) = self.next_line()? else {
            return Err(io::ErrorKind::UnexpectedEof.into());
        };
        Ok(BASE64.decode(line.text.as_bytes()).ok())
    }
}
