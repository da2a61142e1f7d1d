//! The server of a world: the server of `retr demo`, and in its wire what goes
//! wrong.

use std::collections::{HashMap, VecDeque};
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::dice::Dice;
use super::world::{Habits, Ids, Sizes};
use crate::demo::{self, Message, Server};
use crate::proto::Block;

/// What goes wrong at one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Octets too many; whether they come before its reply, and whether late.
    Extra(Extra, bool, bool),
    /// It is not heard.
    Unheard,
    /// It is done, and not answered.
    Unanswered,
    /// It is refused. Some of what QUIT was to delete is gone all the same.
    Refused,
    /// Its reply lacks the line that ends it.
    Endless,
    /// It breaks off in the middle of the reply, this many thousandths of it.
    Cut(usize),
    Closed,
    /// Nothing is said any more.
    Silent,
    /// -ERR behind the reply, and no more.
    LastWords,
    /// In the middle of the reply stands another.
    Within,
    /// In place of the message there comes another.
    Swapped,
    /// `+OK` to QUIT, and nothing is deleted.
    Lie,
}

/// Octets that nobody asked for; `None` is the reply before, once more.
type Extra = Option<&'static str>;

/// The last one is an answer to STAT.
pub(super) const EXTRAS: [Extra; 8] = [
    Some("+OK\r\n"),
    Some("-ERR hiccup\r\n"),
    None,
    Some("+OK\r\nSubject: nobody's\r\n\r\nx\r\n.\r\n"),
    Some("\r\n"),
    Some("hello\r\n"),
    Some(".\r\n"),
    Some("+OK 3 300\r\n"),
];

/// A fault, and the command that it happens at: which of those with this word,
/// from 0 on.
pub(super) type Mishap = (&'static str, usize, Fault);

/// A message that ever was on the server.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) uid: String,
    /// LF line ends.
    pub(super) text: Vec<u8>,
    /// It goes over the wire with its dots as they are.
    pub(super) unstuffed: bool,
    /// What arrives of it then, if all of it does.
    pub(super) altered: Option<Vec<u8>>,
}

impl Letter {
    /// The same, with its dots as they are.
    pub(super) fn unchanged(self) -> Self {
        let (wire, mut text) = ([&self.unstuffed()[..], b".\r\n"].concat(), Vec::new());
        let decoded = Block::message().decode(&wire, &mut text);
        Self { unstuffed: true, altered: (decoded.used == wire.len()).then_some(text), ..self }
    }

    fn unstuffed(&self) -> Vec<u8> {
        let text = String::from_utf8_lossy(&self.text);
        text.replace('\n', "\r\n").into_bytes()
    }
}

pub(super) struct State {
    pub(super) habits: Habits,
    pub(super) letters: Vec<Letter>,
    /// What goes wrong in the sessions to come.
    pub(super) mishaps: VecDeque<Vec<Mishap>>,
    pub(super) dice: Dice,
    pub(super) sessions: usize,
    pub(super) retrieved: usize,
    pub(super) has_lied: bool,
    /// Which letter each message was that ever was served.
    served: Vec<(Arc<Message>, usize)>,
}

pub(super) type Story = Arc<Mutex<Vec<String>>>;

/// A running server; it stops when dropped.
pub(super) struct Adversary {
    shared: Arc<Shared>,
    server: Server,
}

struct Shared {
    maildrop: demo::Maildrop,
    state: Mutex<State>,
    story: Story,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Adversary {
    pub(super) fn start(habits: Habits, dice: Dice, story: Story) -> Self {
        let shared = Arc::new(Shared {
            maildrop: demo::Maildrop::default(),
            state: Mutex::new(State {
                habits,
                letters: Vec::new(),
                mishaps: VecDeque::new(),
                dice,
                sessions: 0,
                retrieved: 0,
                has_lied: false,
                served: Vec::new(),
            }),
            story,
        });
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let server = Server::on(listener, {
            let shared = Arc::clone(&shared);
            move |stream, _| serve(&shared, stream)
        });
        Self { shared, server: server.expect("a thread") }
    }

    pub(super) fn port(&self) -> u16 {
        self.server.address().port()
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.shared.state)
    }

    pub(super) fn add(&self, letter: Letter) {
        let mut state = self.state();
        let message = Arc::new(Message::new(letter.uid.as_str(), &letter.text));
        self.shared.maildrop.messages().push(Arc::clone(&message));
        let at = state.letters.len();
        state.served.push((message, at));
        state.letters.push(letter);
    }

    /// Which letters are on the server.
    pub(super) fn present(&self) -> Vec<usize> {
        let state = self.state();
        let messages = self.shared.maildrop.messages();
        let messages = messages.iter();
        messages.map(|message| state.letter(message)).collect()
    }
}

impl State {
    fn letter(&self, message: &Arc<Message>) -> usize {
        let is_it = |(served, _): &&(Arc<Message>, usize)| Arc::ptr_eq(served, message);
        let served = self.served.iter().rev().find(is_it);
        served.expect("it was served").1
    }

    /// The messages as this session has them.
    fn begin(&mut self, maildrop: &demo::Maildrop) -> Vec<Arc<Message>> {
        self.sessions += 1;
        let mut messages = maildrop.messages();
        for message in messages.iter_mut() {
            let at = self.letter(message);
            let letter = &self.letters[at];
            let mut new = Message::new(letter.uid.as_str(), &letter.text);
            if self.habits.ids == Ids::New {
                new.uid = format!("s{}-{at}", self.sessions).into();
            }
            match self.habits.sizes {
                Sizes::Right | Sizes::Refused => {}
                Sizes::Wrong => new.octets += 10 + 10 * (at % 3),
                Sizes::Vary => new.octets += 10 * self.dice.throw(5),
            }
            *message = Arc::new(new);
            self.served.push((Arc::clone(message), at));
        }
        messages.clone()
    }
}

fn serve(shared: &Shared, stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
    let (habits, mishaps) = {
        let mut state = lock(&shared.state);
        (state.habits, state.mishaps.pop_front().unwrap_or_default())
    };
    let mut wire = Wire {
        shared,
        input: BufReader::new(stream),
        habits,
        mishaps,
        counts: HashMap::new(),
        command: String::new(),
        fault: None,
        last: Vec::new(),
        messages: Vec::new(),
        doomed: Vec::new(),
    };
    wire.tell(&format!("-- session with {:?}", wire.mishaps));
    let _ = demo::serve(&shared.maildrop, &mut wire);
    // What was sent is to arrive, whatever else the client says.
    let _ = wire.input.get_ref().shutdown(Shutdown::Write);
    let _ = io::copy(&mut wire.input, &mut io::sink());
}

struct Wire<'s> {
    shared: &'s Shared,
    input: BufReader<TcpStream>,
    habits: Habits,
    mishaps: Vec<Mishap>,
    counts: HashMap<String, usize>,
    command: String,
    fault: Option<Fault>,
    last: Vec<u8>,
    messages: Vec<Arc<Message>>,
    /// Numbers in DELE commands that were heard.
    doomed: Vec<usize>,
}

impl demo::Transport for Wire<'_> {
    fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            let mut line = String::new();
            if self.input.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            let line = line.trim_end().to_owned();
            let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
            let count = self.counts.entry(verb.to_owned()).or_default();
            let nth = std::mem::replace(count, *count + 1);
            let is_here = |(word, at, _): &&Mishap| *word == verb && *at == nth;
            self.fault = self.mishaps.iter().find(is_here).map(|(.., fault)| *fault);
            self.command = verb.to_owned();
            self.tell(&format!("C: {line}   {:?}", self.fault));
            match self.fault {
                Some(Fault::Unheard) => continue,
                Some(Fault::Closed) => return Ok(None),
                Some(Fault::Silent) => {
                    io::copy(&mut self.input, &mut io::sink())?;
                    return Ok(None);
                }
                Some(Fault::Refused) if verb == "QUIT" => {
                    let some = self.doomed.len() / 2;
                    self.remove(0..some);
                    self.put(b"-ERR some deleted messages not removed\r\n")?;
                    return Ok(None);
                }
                Some(Fault::Lie) => {
                    lock(&self.shared.state).has_lied = true;
                    self.put(b"+OK\r\n")?;
                    return Ok(None);
                }
                Some(Fault::Refused) => {
                    self.put(b"-ERR hiccup\r\n")?;
                    continue;
                }
                _ => {}
            }
            let number = argument.parse::<usize>().unwrap_or(0);
            match verb {
                "USER" => return Ok(Some(format!("USER {}", demo::USER))),
                "PASS" => {
                    self.messages = lock(&self.shared.state).begin(&self.shared.maildrop);
                    return Ok(Some(format!("PASS {}", demo::PASSWORD)));
                }
                "CAPA" => {
                    let reply: &[u8] = match self.habits.pipelines {
                        true => b"+OK\r\nUIDL\r\nUSER\r\nPIPELINING\r\n.\r\n",
                        false => b"+OK\r\nUIDL\r\nUSER\r\n.\r\n",
                    };
                    demo::Transport::send(self, reply)?;
                }
                "LIST" if self.habits.sizes == Sizes::Refused => {
                    demo::Transport::send(self, b"-ERR no\r\n")?;
                }
                "RETR" => {
                    lock(&self.shared.state).retrieved += 1;
                    let other = number % self.messages.len().max(1) + 1;
                    let is_other = self.fault == Some(Fault::Swapped);
                    return Ok(Some(if is_other { format!("RETR {other}") } else { line }));
                }
                "DELE" => {
                    self.doomed.push(number - 1);
                    if self.habits.deletes_at_once {
                        let last = self.doomed.len() - 1;
                        self.remove(last..last + 1);
                    }
                    return Ok(Some(line));
                }
                _ => return Ok(Some(line)),
            }
        }
    }

    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        let reply = self.shaped(octets);
        let before = std::mem::replace(&mut self.last, reply.clone());
        match self.fault {
            Some(Fault::Extra(what, true, _)) => {
                self.put(what.map_or(&before, |text| text.as_bytes()))?;
                self.put(&reply)
            }
            Some(Fault::Extra(what, false, late)) => {
                self.put(&reply)?;
                if late {
                    thread::sleep(Duration::from_millis(3));
                }
                self.put(what.map_or(&reply, |text| text.as_bytes()))
            }
            Some(Fault::Unanswered) => Ok(()),
            Some(Fault::Endless) => self.put(&reply[..reply.len().saturating_sub(3)]),
            Some(Fault::Cut(part)) => {
                self.put(&reply[..reply.len() * part / 1000])?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Some(Fault::LastWords) => {
                self.put(&reply)?;
                self.put(b"-ERR session limit\r\n")?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Some(Fault::Within) => {
                let lines = reply.split_inclusive(|&b| b == b'\n');
                let middle = lines.clone().count() / 2;
                let octets: usize = lines.take(middle).map(<[u8]>::len).sum();
                let (head, tail) = reply.split_at(octets);
                self.put(&[head, b"+OK 3 300\r\n", tail].concat())
            }
            _ => self.put(&reply),
        }
    }
}

impl Wire<'_> {
    /// A reply as this server sends it.
    fn shaped(&self, octets: &[u8]) -> Vec<u8> {
        let mut reply = octets.to_vec();
        let number = || self.counts.get("RETR");
        if self.command == "RETR"
            && number().is_some()
            && let Some(text) = octets.strip_prefix(b"+OK\r\n".as_slice())
        {
            let state = lock(&self.shared.state);
            let is_it =
                |message: &&Arc<Message>| text.strip_suffix(b".\r\n") == Some(&message.wire);
            let message = self.messages.iter().find(is_it);
            let letter = message.map(|message| &state.letters[state.letter(message)]);
            if let Some(letter) = letter.filter(|letter| letter.unstuffed) {
                reply = [b"+OK\r\n", &letter.unstuffed()[..], b".\r\n"].concat();
            }
            if self.habits.has_bare_lf {
                let text = String::from_utf8_lossy(&reply[5..]).replace("\r\n", "\n");
                reply = [b"+OK\r\n", text.as_bytes()].concat();
            }
        }
        if self.habits.has_blank_lines && !self.command.is_empty() {
            reply.splice(0..0, *b"\r\n");
        }
        reply
    }

    /// Removes what these of the DELE commands named.
    fn remove(&self, which: std::ops::Range<usize>) {
        let numbers = &self.doomed[which];
        let gone = numbers.iter().filter_map(|at| self.messages.get(*at));
        let is_gone = |message: &Arc<Message>| gone.clone().any(|gone| Arc::ptr_eq(gone, message));
        let mut messages = self.shared.maildrop.messages();
        messages.retain(|message| !is_gone(message));
    }

    fn put(&mut self, octets: &[u8]) -> io::Result<()> {
        self.tell(&format!("S: {}", octets.escape_ascii()));
        self.input.get_mut().write_all(octets)
    }

    fn tell(&self, text: &str) {
        lock(&self.shared.story).push(text.to_owned());
    }
}
