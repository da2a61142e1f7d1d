//! Commands out and replies in, over a link: what is outstanding, where a
//! failure happened, and the dialogue for the observer.

use std::collections::VecDeque;
use std::fmt;

use memchr::memmem;
use zeroize::{Zeroize, Zeroizing};

use super::error::{GREETING, last_words};
use super::link::Link;
use super::{Access, Error};
use crate::base::{Dialogue, Event, MessageNumber, Observer, Secret, sanitized};
use crate::net::{self, TlsFacts};
use crate::proto::{self, Command, Expect, Lines, MAX_LINE, Replies, Status, Step};

/// Octets received in one go at most.
const INPUT: usize = 64 * 1024;

/// Octets of commands in one write, so that they fit into one packet.
const MAX_WRITE: usize = 1024;

/// Replaces a server's text that repeats a secret.
const WITHHELD: &str = "(not shown: it repeats a secret)";

/// Octets of a secret by which it is recognised: servers, and our own limit
/// for what is shown, may cut the rest off.
const HEAD: usize = 12;

/// What was asked, in the words of an error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A command, or a phase of the session.
    Step(&'static str),
    /// A login by this mechanism.
    Login(&'static str),
    /// A command about one message.
    Message(&'static str, MessageNumber),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Asked::Step(step) => f.write_str(step),
            Asked::Login(mechanism) => write!(f, "login by {mechanism}"),
            Asked::Message(command, number) => write!(f, "{command} {number}"),
        }
    }
}

/// What a SASL command is answered by.
#[derive(Debug)]
pub(super) enum Answer {
    /// The text after the `+`.
    Challenge(Vec<u8>),
    /// The end of the exchange.
    Status(Status),
}

/// What is outstanding, the oldest first.
#[derive(Debug)]
struct Pending {
    at: String,
    asked: VecDeque<(Asked, Expect)>,
    /// What is asked, or was asked last.
    current: Asked,
    /// Most commands outstanding since there were none.
    deepest: usize,
}

impl Pending {
    fn push(&mut self, asked: Asked, expect: Expect) {
        if self.asked.is_empty() {
            self.deepest = 0;
            self.current = asked;
        }
        self.asked.push_back((asked, expect));
        self.deepest = self.deepest.max(self.asked.len());
    }

    fn pop(&mut self) {
        self.asked.pop_front();
        if let Some((asked, _)) = self.asked.front() {
            self.current = *asked;
        }
    }

    /// Returns whether a block follows this status.
    fn has_block(&self, status: &Status) -> bool {
        status.ok && matches!(self.asked.front(), Some((_, Expect::Listing | Expect::Message)))
    }

    fn proto(&self, mut source: proto::Error, redactor: &Redactor<'_>) -> Error {
        if let Some(line) = source.line_mut()
            && redactor.repeats(line.as_bytes())
        {
            WITHHELD.clone_into(line);
        }
        Error::Proto {
            at: self.at.clone(),
            step: self.current.to_string(),
            pipelined: self.deepest > 1,
            source,
        }
    }
}

/// Shows the dialogue to the observer, without its secrets.
struct Redactor<'a> {
    observer: &'a dyn Observer,
    /// Beginnings of secrets.
    secrets: Vec<Secret>,
}

impl Redactor<'_> {
    fn is_on(&self) -> bool {
        self.observer.wants_dialogue()
    }

    fn say(&self, sent: bool, line: String) {
        self.observer.notice(&Event::Dialogue(Dialogue { sent, line }));
    }

    /// Returns whether a server's text repeats a secret.
    fn repeats(&self, text: &[u8]) -> bool {
        self.secrets.iter().any(|secret| memmem::find(text, secret.expose()).is_some())
    }

    fn sanitized(&self, text: &[u8]) -> String {
        if self.repeats(text) { WITHHELD.to_owned() } else { sanitized(text) }
    }
}

/// Both directions of a session.
pub(super) struct Channel<'a> {
    link: Box<dyn Link>,
    replies: Replies,
    pending: Pending,
    redactor: Redactor<'a>,
    input: Box<[u8]>,
    start: usize,
    end: usize,
    output: Zeroizing<Vec<u8>>,
}

impl<'a> Channel<'a> {
    /// Before the greeting.
    pub(super) fn new(link: Box<dyn Link>, access: &Access, observer: &'a dyn Observer) -> Self {
        let greeting = Asked::Step(GREETING);
        Self {
            link,
            replies: Replies::new(),
            pending: Pending {
                at: place(access),
                asked: VecDeque::from([(greeting, Expect::Greeting)]),
                current: greeting,
                deepest: 1,
            },
            redactor: Redactor { observer, secrets: Vec::new() },
            input: vec![0; INPUT].into_boxed_slice(),
            start: 0,
            end: 0,
            output: Zeroizing::new(Vec::with_capacity(4096)),
        }
    }

    /// Over a link on which TLS was agreed by STLS and has started.
    pub(super) fn after_stls(
        link: Box<dyn Link>,
        access: &Access,
        observer: &'a dyn Observer,
    ) -> Self {
        let mut channel = Self::new(link, access, observer);
        channel.replies = Replies::after_stls();
        channel.pending.asked.clear();
        channel
    }

    /// The link once STLS is agreed, ready for the handshake. Whatever was
    /// received before is forgotten; anything that came behind that `+OK` ends
    /// the session.
    pub(super) fn into_link_for_tls(self) -> Result<Box<dyn Link>, Error> {
        if self.start < self.end {
            return Err(Error::Injected { at: self.pending.at });
        }
        Ok(self.link)
    }

    /// Host and port.
    pub(super) fn at(&self) -> String {
        self.pending.at.clone()
    }

    /// What the handshake showed.
    pub(super) fn tls(&self) -> Option<&TlsFacts> {
        self.link.tls()
    }

    /// Returns whether what is sent stays on this machine.
    pub(super) fn is_local(&self) -> bool {
        self.link.is_local()
    }

    /// The link, to end it.
    pub(super) fn into_link(self) -> Box<dyn Link> {
        self.link
    }

    /// The link, to change its wait.
    pub(super) fn link(&mut self) -> &mut dyn Link {
        &mut *self.link
    }

    /// From now on, no text of the server that repeats the beginning of this,
    /// as it is or escaped, is shown. (One octet alone is in every text and
    /// can't be hidden.)
    pub(super) fn withhold(&mut self, secret: &Secret) {
        let bytes = secret.expose();
        if bytes.len() < 2 {
            return;
        }
        let raw = bytes[..bytes.len().min(HEAD)].to_vec();
        let escaped: String = sanitized(bytes).chars().take(HEAD).collect();
        for form in [raw, escaped.into_bytes()] {
            let form = Secret::new(form);
            if !self.redactor.secrets.contains(&form) {
                self.redactor.secrets.push(form);
            }
        }
    }

    /// A status whose text may be shown to anybody.
    pub(super) fn showable(&self, mut status: Status) -> Status {
        if self.redactor.repeats(&status.text) {
            status.text = WITHHELD.as_bytes().to_vec();
        }
        status
    }

    /// A server's text made safe to show.
    pub(super) fn sanitized(&self, text: &[u8]) -> String {
        self.redactor.sanitized(text)
    }

    /// Puts a command into the next flight. What came unasked before the first
    /// of them is no answer to it, but an error.
    pub(super) fn queue(&mut self, command: &Command<'_>, asked: Asked) -> Result<(), Error> {
        if self.pending.asked.is_empty() {
            while self.next()?.is_some() {}
        }
        let expect = command.expect();
        if let Err(source) = command.encode(&mut self.output) {
            self.pending.current = asked;
            return Err(self.proto(source));
        }
        self.pending.push(asked, expect);
        self.replies.expect(expect);
        if self.redactor.is_on() {
            self.redactor.say(true, command.masked());
        }
        Ok(())
    }

    /// Sends what is queued, as far as the link takes it, or receives, or
    /// both; waits until one of them was possible. What was received before
    /// is used up ([`Channel::next`] was `None`), or of no use any more.
    pub(super) fn turn(&mut self) -> Result<(), Error> {
        let moved = match self.link.exchange(one_write(&self.output), &mut self.input) {
            Ok(moved) => moved,
            Err(source) => return Err(self.net(source)),
        };
        (self.start, self.end) = (0, moved.received);
        if moved.sent == self.output.len() {
            self.output.zeroize();
        } else {
            self.output.drain(..moved.sent);
        }
        Ok(())
    }

    /// Returns whether something is still to be sent.
    pub(super) fn is_sending(&self) -> bool {
        !self.output.is_empty()
    }

    /// The next step out of what was received; `None` when that is used up.
    pub(super) fn next(&mut self) -> Result<Option<Step<'_>>, Error> {
        let Self { replies, pending, redactor, .. } = self;
        let (used, step) = match replies.feed(&self.input[self.start..self.end]) {
            Ok(fed) => fed,
            Err(source) => return Err(pending.proto(source, redactor)),
        };
        self.start += used;
        match &step {
            Step::More => return Ok(None),
            Step::Status(status) => {
                if redactor.is_on() {
                    let word = if status.ok { "+OK" } else { "-ERR" };
                    let line = format!("{word} {}", redactor.sanitized(&status.text));
                    redactor.say(false, line.trim_end().to_owned());
                }
                if !pending.has_block(status) {
                    pending.pop();
                }
            }
            Step::Challenge(text) => {
                if redactor.is_on() {
                    redactor.say(false, format!("+ {}", redactor.sanitized(text)));
                }
                pending.pop();
            }
            Step::Data(_) | Step::Blank => {}
            Step::End { octets } => {
                if redactor.is_on() {
                    redactor.say(false, format!("({octets} octets)"));
                }
                pending.pop();
            }
        }
        Ok(Some(step))
    }

    /// Waits for no reply any more.
    pub(super) fn expect_nothing(&mut self) {
        self.pending.asked.clear();
        self.replies.expect_nothing();
    }

    /// Waits for the status of the oldest outstanding command.
    pub(super) fn status(&mut self) -> Result<Status, Error> {
        loop {
            if let Some(step) = self.next()? {
                if let Step::Status(status) = step {
                    return Ok(status);
                }
            } else {
                self.turn()?;
            }
        }
    }

    /// Sends a command with a reply of one line and waits for it.
    pub(super) fn ask(&mut self, command: &Command<'_>, asked: Asked) -> Result<Status, Error> {
        self.queue(command, asked)?;
        self.status()
    }

    /// Waits for a challenge or the end of a SASL exchange.
    pub(super) fn answer(&mut self) -> Result<Answer, Error> {
        loop {
            match self.next()? {
                Some(Step::Challenge(text)) => return Ok(Answer::Challenge(text)),
                Some(Step::Status(status)) => return Ok(Answer::Status(status)),
                Some(_) => {}
                None => self.turn()?,
            }
        }
    }

    /// Waits for the reply to a block command and hands out its lines, without
    /// their ends, if it is `+OK`.
    pub(super) fn block(
        &mut self,
        line: &mut dyn FnMut(&[u8]) -> Result<(), proto::Error>,
    ) -> Result<Status, Error> {
        let status = self.status()?;
        if !status.ok {
            return Ok(status);
        }
        let mut lines = Lines::default();
        loop {
            let taken = match self.next()? {
                Some(Step::Data(data)) => each_line(&mut lines, data, line),
                Some(Step::End { .. }) => return Ok(status),
                Some(_) => Ok(()),
                None => {
                    self.turn()?;
                    continue;
                }
            };
            taken.map_err(|source| self.proto(source))?;
        }
    }

    /// An error of the protocol in the reply read last.
    pub(super) fn proto(&self, source: proto::Error) -> Error {
        self.pending.proto(source, &self.redactor)
    }

    fn net(&self, source: net::Error) -> Error {
        let said = match self.replies.stray() {
            Some(text) => last_words(&self.redactor.sanitized(text.as_bytes())),
            None => String::new(),
        };
        Error::Net {
            at: self.at(),
            step: self.pending.current.to_string(),
            said,
            pipelined: self.pending.deepest > 1,
            source: Box::new(source),
        }
    }
}

/// Host and port, as errors name them.
pub(super) fn place(access: &Access) -> String {
    net::peer_name(&access.route.host, access.route.port)
}

/// A failure of the connection outside of any reply.
pub(super) fn during(access: &Access, step: &str, source: net::Error) -> Error {
    Error::Net {
        at: place(access),
        step: step.to_owned(),
        said: String::new(),
        pipelined: false,
        source: Box::new(source),
    }
}

/// Cuts pieces into lines.
fn each_line(
    lines: &mut Lines,
    mut data: &[u8],
    line: &mut dyn FnMut(&[u8]) -> Result<(), proto::Error>,
) -> Result<(), proto::Error> {
    while !data.is_empty() {
        let (used, complete) = lines.take(data);
        data = &data[used..];
        if lines.overlong() {
            return Err(proto::Error::LineTooLong { limit: MAX_LINE });
        }
        if complete {
            line(lines.line())?;
            lines.clear();
        }
    }
    Ok(())
}

/// The commands that go out in one write: some servers lose one that is cut
/// over two packets.
fn one_write(output: &[u8]) -> &[u8] {
    match output.get(..MAX_WRITE) {
        Some(first) => match memchr::memrchr(b'\n', first) {
            Some(lf) => &output[..=lf],
            None => output,
        },
        None => output,
    }
}
