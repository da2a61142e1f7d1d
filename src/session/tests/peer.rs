//! The other end of the link: plays a script, and fails the test when the
//! client says anything else or waits for what never comes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::LOGIN;
use crate::base::Cancelled;
use crate::net::{Error, Moved, TlsFacts, TlsPolicy};
use crate::session::link::Link;

/// What the server answers to a line.
type Answerer = Box<dyn FnMut(&str) -> String>;

/// One move of a script.
enum Move {
    Hear(Vec<u8>),
    Say(Vec<u8>),
    Answer(Answerer),
    Handshake,
    BadCertificate,
    HangUp,
    Reset,
    Interrupt,
}

/// What happened on all links of a stage.
#[derive(Default)]
pub(super) struct Log {
    /// What went out, one entry an exchange.
    pub(super) writes: Vec<String>,
    pub(super) waits: Vec<Duration>,
    /// How long each close drained.
    pub(super) closes: Vec<Duration>,
    /// Moves that were never played.
    pub(super) unplayed: usize,
}

/// What all links of a stage are like.
#[derive(Clone)]
pub(super) struct Ways {
    /// Octets handed out in one exchange at most.
    pub(super) chunk: usize,
    /// Octets taken in one exchange at most.
    pub(super) gulp: usize,
    pub(super) local: bool,
    pub(super) end_point: Option<Vec<u8>>,
    /// Nothing may be said before everything heard so far is answered.
    pub(super) lockstep: bool,
    /// The scripts need not be played to their ends.
    pub(super) open_ended: bool,
}

/// The scripts of one or more connections, and what came of them.
pub(super) struct Stage {
    scripts: RefCell<VecDeque<VecDeque<Move>>>,
    pub(super) log: Rc<RefCell<Log>>,
    ways: Ways,
}

impl Stage {
    /// A script of moves, in order, ` | ` between them: `C line` from the client,
    /// `S line` from the server, `S: text` without a line end, `TLS`, `BAD` (a
    /// certificate that is refused), `EOF`, `RST`, `INT` (a signal).
    pub(super) fn new(script: &str) -> Self {
        let stage = Self {
            scripts: RefCell::default(),
            log: Rc::default(),
            ways: Ways {
                chunk: usize::MAX,
                gulp: usize::MAX,
                local: false,
                end_point: None,
                lockstep: false,
                open_ended: false,
            },
        };
        stage.then(script)
    }

    /// A script that goes on after the login by USER and PASS.
    pub(super) fn after_login(script: &str) -> Self {
        Self::new(&format!("TLS | S +OK | {LOGIN} | {script}"))
    }

    /// The script of the next connection.
    pub(super) fn then(self, script: &str) -> Self {
        self.scripts.borrow_mut().push_back(VecDeque::new());
        self.more(script)
    }

    /// Goes on with a move that looks at what the client says.
    pub(super) fn answer(self, answer: impl FnMut(&str) -> String + 'static) -> Self {
        self.push(Move::Answer(Box::new(answer)))
    }

    /// Goes on with more of the same connection.
    pub(super) fn more(self, script: &str) -> Self {
        let moves = script.split(" | ").filter(|line| !line.is_empty());
        moves.fold(self, |stage, line| stage.push(Move::parse(line)))
    }

    pub(super) fn with(mut self, change: impl FnOnce(&mut Ways)) -> Self {
        change(&mut self.ways);
        self
    }

    fn push(self, next: Move) -> Self {
        if let Some(script) = self.scripts.borrow_mut().back_mut() {
            script.push_back(next);
        }
        self
    }

    pub(super) fn dial(&self) -> impl Fn() -> Result<Box<dyn Link>, Error> {
        move || {
            let script = self.scripts.borrow_mut().pop_front();
            Ok(Box::new(Peer {
                moves: script.expect("one connection too many"),
                heard: Vec::new(),
                said: VecDeque::new(),
                log: Rc::clone(&self.log),
                ways: self.ways.clone(),
                tls: None,
            }) as Box<dyn Link>)
        }
    }

    /// What went out, one entry an exchange.
    pub(super) fn writes(&self) -> Vec<String> {
        self.log.borrow().writes.clone()
    }

    pub(super) fn last_write(&self) -> String {
        self.writes().pop().expect("a write")
    }
}

/// Fails unless every script was played to its end.
impl Drop for Stage {
    fn drop(&mut self) {
        if !std::thread::panicking() && !self.ways.open_ended {
            let holds = self.scripts.borrow().is_empty();
            assert!(holds, "a connection was not made");
            assert_eq!(self.log.borrow().unplayed, 0, "moves were not played");
        }
    }
}

impl Move {
    fn parse(line: &str) -> Self {
        match line.split_once(' ') {
            Some(("C", text)) => Move::Hear(format!("{text}\r\n").into_bytes()),
            Some(("S", text)) => Move::Say(format!("{text}\r\n").into_bytes()),
            Some(("S:", text)) => Move::Say(text.as_bytes().to_vec()),
            _ => match line {
                "C" => Move::Hear(b"\r\n".to_vec()),
                "TLS" => Move::Handshake,
                "BAD" => Move::BadCertificate,
                "EOF" => Move::HangUp,
                "RST" => Move::Reset,
                "INT" => Move::Interrupt,
                _ => panic!("no such move: {line}"),
            },
        }
    }
}

struct Peer {
    moves: VecDeque<Move>,
    heard: Vec<u8>,
    said: VecDeque<u8>,
    log: Rc<RefCell<Log>>,
    ways: Ways,
    tls: Option<TlsFacts>,
}

impl Peer {
    fn play(&mut self) {
        loop {
            match self.moves.front_mut() {
                Some(Move::Hear(line)) => {
                    let common = line.len().min(self.heard.len());
                    assert_eq!(
                        String::from_utf8_lossy(&self.heard[..common]),
                        String::from_utf8_lossy(&line[..common]),
                        "the client was to say {:?}",
                        String::from_utf8_lossy(line)
                    );
                    if self.heard.len() < line.len() {
                        return;
                    }
                    self.heard.drain(..common);
                    assert!(!self.ways.lockstep || self.heard.is_empty(), "not in lockstep");
                }
                Some(Move::Say(text)) => self.said.extend(&*text),
                Some(Move::Answer(answer)) => {
                    let Some(end) = self.heard.iter().position(|b| *b == b'\n') else {
                        return;
                    };
                    let line: Vec<u8> = self.heard.drain(..=end).collect();
                    let line = String::from_utf8(line).expect("UTF-8");
                    let answer = answer(line.trim_end());
                    self.said.extend(format!("{answer}\r\n").as_bytes());
                }
                _ => return,
            }
            self.moves.pop_front();
        }
    }

    /// What a handshake shows.
    fn shows(&self) -> TlsFacts {
        TlsFacts {
            pin: [7; 32],
            certificate: b"a certificate".to_vec(),
            end_point: self.ways.end_point.clone(),
        }
    }
}

impl Link for Peer {
    fn start_tls(mut self: Box<Self>, host: &str) -> Result<Box<dyn Link>, Error> {
        assert_eq!(host, "pop.example.com");
        let holds = self.heard.is_empty();
        assert!(holds, "the client spoke before the handshake");
        match self.moves.pop_front() {
            Some(Move::Handshake) => {}
            Some(Move::HangUp) => return Err(Error::Closed),
            Some(Move::BadCertificate) => {
                return Err(Error::Certificate {
                    name: host.to_owned(),
                    reason: "expired".to_owned(),
                    of_name: false,
                    found: None,
                });
            }
            _ => panic!("no handshake was due"),
        }
        self.tls = Some(self.shows());
        Ok(self)
    }

    fn peer_certificate(mut self: Box<Self>, _: &TlsPolicy, _: &str) -> Option<TlsFacts> {
        match self.moves.pop_front() {
            Some(Move::BadCertificate | Move::Handshake) => Some(self.shows()),
            Some(Move::HangUp) => None,
            _ => panic!("no handshake was due"),
        }
    }

    fn exchange(&mut self, send: &[u8], receive: &mut [u8]) -> Result<Moved, Error> {
        self.play();
        let sent = send.len().min(self.ways.gulp);
        if sent > 0 {
            self.heard.extend_from_slice(&send[..sent]);
            let text = String::from_utf8_lossy(&send[..sent]).into_owned();
            self.log.borrow_mut().writes.push(text);
            self.play();
        }
        let received = self.said.len().min(self.ways.chunk).min(receive.len());
        if sent + received == 0 {
            return Err(match self.moves.front() {
                Some(Move::HangUp | Move::Answer(_)) => Error::Closed,
                Some(Move::Reset) => Error::Lost {
                    peer: "pop.example.com:995".to_owned(),
                    source: std::io::ErrorKind::ConnectionReset.into(),
                },
                Some(Move::Interrupt) => Error::Wait(Cancelled { signal: 15 }.into()),
                Some(Move::Hear(line)) => {
                    panic!("the client waits, and was to say {:?}", String::from_utf8_lossy(line))
                }
                _ => panic!("the client waits, and the script is over"),
            });
        }
        for (to, from) in receive.iter_mut().zip(self.said.drain(..received)) {
            *to = from;
        }
        Ok(Moved { sent, received })
    }

    fn set_wait(&mut self, wait: Duration) {
        self.log.borrow_mut().waits.push(wait);
    }

    fn tls(&self) -> Option<&TlsFacts> {
        self.tls.as_ref()
    }

    fn is_local(&self) -> bool {
        self.ways.local
    }

    fn close(self: Box<Self>, drain: Duration) {
        self.log.borrow_mut().closes.push(drain);
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let is_end = |m: &Move| matches!(m, Move::HangUp | Move::Reset | Move::Interrupt);
        if !std::thread::panicking() && !self.moves.front().is_some_and(is_end) {
            assert!(self.heard.is_empty(), "the client said more than was due");
        }
        let unplayed = self.moves.iter().filter(|m| !is_end(m)).count();
        self.log.borrow_mut().unplayed += unplayed;
    }
}
