//! What is said and expected, step by step.

use std::collections::VecDeque;

use super::reply::{FailureKind, Replies, Reply};

/// Whose message it is, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope<'e> {
    /// Sender; empty is the null sender. No octet of it may end the command:
    /// no controls, no angle brackets.
    pub sender: &'e [u8],
    /// Recipient, of the same octets.
    pub recipient: &'e [u8],
    /// Octets of the message with CRLF, before dots are doubled (RFC 1870).
    pub size: u64,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextAction {
    /// Send what there is to send, and read.
    Exchange,
    /// Nothing: a message may begin ([`Client::begin`]).
    Ready,
    /// Send the message, and say so ([`Client::content_sent`]).
    Content,
    /// The message was taken.
    Delivered,
    /// It was not; what the server said.
    Failed(FailureKind, Vec<u8>),
    /// The server wants no more of us: 421. The message, if there was one, was
    /// not taken.
    Closing(Vec<u8>),
    /// The connection is of no use any more. What became of a message that was
    /// sent whole, nobody knows.
    Broken(Vec<u8>),
}

/// What the next reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Greeting,
    Lhlo,
    Mail,
    Rcpt,
    Data,
    /// The answer to a message without content, which nobody wanted.
    LoneDot,
    Reset,
    /// The answer to the message.
    Answer,
}

/// What the server announced, as far as it matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Extensions {
    pipelining: bool,
    eight_bit: bool,
    size: bool,
    utf8: bool,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    name: String,
    replies: Replies,
    output: Vec<u8>,
    expected: VecDeque<Awaited>,
    extensions: Extensions,
    /// The rest of the commands of a message, where each waits for its reply.
    commands: VecDeque<(Awaited, Vec<u8>)>,
    /// Why the message at hand is not taken.
    refusal: Option<(FailureKind, Vec<u8>)>,
    turn: NextAction,
    /// It said what it was not asked, or gave up in the middle: after the
    /// message at hand the connection is of no use.
    spoiled: bool,
}

impl Client {
    /// A client that calls itself by this name (RFC 2033 §4.1), which has no
    /// controls and no blanks. The server speaks first.
    pub fn new(name: String) -> Self {
        Self {
            name,
            replies: Replies::default(),
            output: Vec::new(),
            expected: VecDeque::from([Awaited::Greeting]),
            extensions: Extensions::default(),
            commands: VecDeque::new(),
            refusal: None,
            turn: NextAction::Exchange,
            spoiled: false,
        }
    }

    /// What to do next.
    pub fn turn(&self) -> &NextAction {
        &self.turn
    }

    /// What is to be sent.
    pub fn output(&self) -> &[u8] {
        &self.output
    }

    /// The number of octets of it that were taken.
    pub fn sent(&mut self, octets: usize) {
        self.output.drain(..octets);
    }

    /// Returns whether no other message may begin on this connection.
    pub fn is_spoiled(&self) -> bool {
        self.spoiled || matches!(self.turn, NextAction::Closing(_) | NextAction::Broken(_))
    }

    /// Returns whether the server takes addresses in UTF-8.
    pub fn takes_utf8(&self) -> bool {
        self.extensions.utf8
    }

    /// Begins with a message, on [`NextAction::Ready`] or after an answer.
    pub fn begin(&mut self, envelope: &Envelope<'_>) {
        if self.spoiled || !self.is_idle() {
            self.turn = NextAction::Broken(b"the server spoke out of turn".to_vec());
            return;
        }
        let Extensions { pipelining, eight_bit, size, utf8 } = self.extensions;
        let mut mail = [b"MAIL FROM:<", envelope.sender, b">"].concat();
        if eight_bit {
            mail.extend_from_slice(b" BODY=8BITMIME");
        }
        if size {
            mail.extend_from_slice(format!(" SIZE={}", envelope.size).as_bytes());
        }
        if utf8 && !(envelope.sender.is_ascii() && envelope.recipient.is_ascii()) {
            mail.extend_from_slice(b" SMTPUTF8");
        }
        let rcpt = [b"RCPT TO:<", envelope.recipient, b">"].concat();
        let commands =
            [(Awaited::Mail, mail), (Awaited::Rcpt, rcpt), (Awaited::Data, b"DATA".to_vec())];
        self.refusal = None;
        self.commands.extend(commands);
        self.turn = NextAction::Exchange;
        while self.say_next() && pipelining {}
    }

    /// All of the message was taken by the connection, its end included.
    pub fn content_sent(&mut self) {
        self.expected.push_back(Awaited::Answer);
        self.turn = NextAction::Exchange;
    }

    /// Takes what came in.
    pub fn receive(&mut self, octets: &[u8]) {
        self.replies.push(octets);
        loop {
            match self.replies.next() {
                Ok(Some(reply)) => self.take(reply),
                Ok(None) => return,
                Err(what) => return self.broken(format!("the server sent {what}").as_bytes()),
            }
        }
    }

    fn say_next(&mut self) -> bool {
        let Some((step, command)) = self.commands.pop_front() else {
            return false;
        };
        self.say(step, &command);
        true
    }

    fn say(&mut self, step: Awaited, command: &[u8]) {
        self.output.extend_from_slice(command);
        self.output.extend_from_slice(b"\r\n");
        self.expected.push_back(step);
    }

    fn is_idle(&self) -> bool {
        matches!(self.turn, NextAction::Ready | NextAction::Delivered | NextAction::Failed(..))
            && self.expected.is_empty()
    }

    /// The answer about a message that is done remains.
    fn broken(&mut self, why: &[u8]) {
        if !self.is_spoiled() && !self.is_idle() {
            self.turn = NextAction::Broken(why.to_vec());
        }
        self.spoiled = true;
    }

    fn take(&mut self, reply: Reply) {
        if self.is_spoiled() {
            return;
        }
        let Some(step) = self.expected.pop_front() else {
            return self.unasked(&reply);
        };
        if reply.code == 421 {
            self.turn = NextAction::Closing(reply.text());
            return;
        }
        match step {
            Awaited::Greeting if reply.is_success() => {
                let hello = format!("LHLO {}", self.name);
                self.say(Awaited::Lhlo, hello.as_bytes());
            }
            Awaited::Lhlo if reply.is_success() => {
                self.extensions = extensions(&reply);
                self.turn = NextAction::Ready;
            }
            Awaited::Greeting | Awaited::Lhlo => self.turn = NextAction::Closing(reply.text()),
            Awaited::Mail | Awaited::Rcpt if reply.is_success() => _ = self.say_next(),
            Awaited::Data if reply.code == 354 && self.refusal.is_none() => {
                self.turn = NextAction::Content
            }
            // It would wait for a message that nobody gets (RFC 2920 §3.1).
            Awaited::Data if reply.code == 354 => self.say(Awaited::LoneDot, b"."),
            Awaited::Mail | Awaited::Rcpt | Awaited::Data => self.refuse(step, &reply),
            Awaited::LoneDot => self.say(Awaited::Reset, b"RSET"),
            Awaited::Reset => {
                self.spoiled |= !reply.is_success();
                self.fail();
            }
            Awaited::Answer if reply.is_success() => self.turn = NextAction::Delivered,
            Awaited::Answer => match reply.failure() {
                Some(failure) => self.turn = NextAction::Failed(failure, reply.text()),
                None => self.nonsense(&reply),
            },
        }
    }

    /// A command of the message was not taken. The first reply that says so is
    /// the one that tells why; then everything begins anew.
    fn refuse(&mut self, step: Awaited, reply: &Reply) {
        if self.refusal.is_none() {
            let Some(failure) = reply.failure() else {
                return self.nonsense(reply);
            };
            self.refusal = Some((failure, reply.text()));
        }
        self.commands.clear();
        // The replies to what was said in the same breath come first.
        if step == Awaited::Data || self.expected.is_empty() {
            self.say(Awaited::Reset, b"RSET");
        }
    }

    fn fail(&mut self) {
        if let Some((failure, text)) = self.refusal.take() {
            self.turn = NextAction::Failed(failure, text);
        }
    }

    fn nonsense(&mut self, reply: &Reply) {
        let text = [b"the server answered ", &*reply.text()].concat();
        self.broken(&text);
    }

    /// The server speaks though nobody asked. While a message is being sent it
    /// may have enough of it.
    fn unasked(&mut self, reply: &Reply) {
        match reply.failure().filter(|_| self.turn == NextAction::Content) {
            Some(_) if reply.code == 421 => self.turn = NextAction::Closing(reply.text()),
            Some(failure) => {
                self.turn = NextAction::Failed(failure, reply.text());
                self.spoiled = true;
            }
            None => {
                let text = [b"the server spoke out of turn: ", &*reply.text()].concat();
                self.broken(&text);
            }
        }
    }
}

/// By the first word of each line behind the first (RFC 5321 §4.1.1.1).
fn extensions(reply: &Reply) -> Extensions {
    let mut found = Extensions::default();
    for line in reply.lines.iter().skip(1) {
        let mut words = line.split(|octet| *octet == b' ');
        let word = words.next().unwrap_or_default().to_ascii_uppercase();
        match &*word {
            b"PIPELINING" => found.pipelining = true,
            b"8BITMIME" => found.eight_bit = true,
            b"SIZE" => found.size = true,
            b"SMTPUTF8" => found.utf8 = true,
            _ => {}
        }
    }
    found
}
