//! The machine that turns a server's bytes into replies, matched in order
//! with what was asked (RFC 2449 §6.6: replies come in the order of the
//! commands).

use std::collections::VecDeque;

use super::{Block, Error, Lines, MAX_LINE, Status};
use crate::base::sanitized;

/// Lines that a chatty server may send between its greeting and the reply to
/// the first command.
const MAX_BANNER_LINES: u8 = 20;

/// Empty lines in front of one reply.
const MAX_BLANKS: u8 = 20;

/// What kind of reply a command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The greeting.
    Greeting,
    /// One line.
    Line,
    /// A block of lines, if the status is `+OK`.
    Listing,
    /// A block that is a message or a part of one, if the status is `+OK`.
    Message,
    /// A challenge (`+` and base64) or a final status (RFC 5034 §4).
    Challenge,
}

/// What the bytes so far bring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// More bytes are needed.
    More,
    /// An empty line where a reply was due. Some servers send one before a
    /// reply, others in place of it.
    Blank,
    /// The status of the oldest outstanding command. If it was a block
    /// command and the status is `+OK`, data follows up to [`Step::End`].
    Status(Status),
    /// A challenge: what is behind the `+`.
    Challenge(Vec<u8>),
    /// A piece of the block: dots off, LF line ends.
    Data(&'a [u8]),
    /// The block is complete.
    End {
        /// Its octets as the server counts them.
        octets: u64,
    },
}

#[derive(Debug)]
enum State {
    Status,
    Block(Block),
    Ended(Block),
}

/// Replies to come, and how far the current one is.
#[derive(Debug)]
pub struct Replies {
    expected: VecDeque<Expect>,
    state: State,
    lines: Lines,
    out: Vec<u8>,
    banner: u8,
    blanks: u8,
    stray: Option<String>,
}

impl Default for Replies {
    fn default() -> Self {
        Self {
            expected: VecDeque::from([Expect::Greeting]),
            state: State::Status,
            lines: Lines::default(),
            out: Vec::new(),
            banner: 0,
            blanks: 0,
            stray: None,
        }
    }
}

impl Replies {
    /// A fresh connection: the greeting is due.
    pub fn new() -> Self {
        Self::default()
    }

    /// A connection whose TLS has just begun by STLS: no second greeting
    /// follows (RFC 2595 §4), and nothing from before counts.
    pub fn after_stls() -> Self {
        Self { expected: VecDeque::new(), ..Self::default() }
    }

    /// Notes that a command was sent.
    pub fn expect(&mut self, expect: Expect) {
        self.expected.push_back(expect);
    }

    /// How many replies are due, the one being read included.
    pub fn outstanding(&self) -> usize {
        self.expected.len()
    }

    /// Waits for no reply any more.
    pub fn expect_nothing(&mut self) {
        self.expected.clear();
    }

    /// A line that was skipped because it was no reply: often a server's last
    /// words, worth telling when it hangs up.
    pub fn stray(&self) -> Option<&str> {
        self.stray.as_deref()
    }

    /// Feeds bytes. Returns how many were used, and one step; call again with
    /// the rest until [`Step::More`]. An empty input is allowed.
    pub fn feed(&mut self, input: &[u8]) -> Result<(usize, Step<'_>), Error> {
        match &mut self.state {
            State::Status => self.status(input),
            State::Block(block) => {
                self.out.clear();
                let decoded = block.decode(input, &mut self.out);
                if decoded.ended {
                    self.state = State::Ended(block.clone());
                }
                let step = if self.out.is_empty() && !decoded.ended {
                    Step::More
                } else {
                    Step::Data(&self.out)
                };
                Ok((decoded.used, step))
            }
            State::Ended(block) => {
                let octets = block.octets();
                self.state = State::Status;
                self.expected.pop_front();
                Ok((0, Step::End { octets }))
            }
        }
    }

    fn status(&mut self, input: &[u8]) -> Result<(usize, Step<'_>), Error> {
        let mut used = 0;
        loop {
            let (taken, complete) = self.lines.take(&input[used..]);
            used += taken;
            if self.expected.front() == Some(&Expect::Greeting) && is_tls(self.lines.line()) {
                return Err(Error::TlsRecord);
            }
            if self.lines.overlong() {
                return Err(Error::LineTooLong { limit: MAX_LINE });
            }
            if !complete {
                return Ok((used, Step::More));
            }
            let step = self.line();
            self.lines.clear();
            match step? {
                None => continue,
                Some(step) => return Ok((used, step)),
            }
        }
    }

    /// One complete status line; `None` if it was banner noise.
    fn line(&mut self) -> Result<Option<Step<'static>>, Error> {
        let line = self.lines.line();
        if line.is_empty() && self.blanks < MAX_BLANKS {
            self.blanks += 1;
            return Ok(Some(Step::Blank));
        }
        let Some(&expect) = self.expected.front() else {
            return self.unasked();
        };
        if expect == Expect::Challenge && is_challenge(line) {
            self.expected.pop_front();
            let text = line[1..].trim_ascii().to_vec();
            return Ok(Some(Step::Challenge(text)));
        }
        let status = match Status::parse(line) {
            Ok(status) => status,
            Err(Error::NotAReply { line }) if expect == Expect::Greeting => {
                return Err(Error::NotAGreeting { line });
            }
            Err(_) if self.banner > 0 && !matches!(line.first(), Some(b'+' | b'-')) => {
                self.banner -= 1;
                self.stray = Some(sanitized(line));
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.blanks = 0;
        self.banner = match expect {
            Expect::Greeting => MAX_BANNER_LINES,
            _ => 0,
        };
        match expect {
            Expect::Listing if status.ok => self.state = State::Block(Block::listing()),
            Expect::Message if status.ok => self.state = State::Block(Block::message()),
            _ => _ = self.expected.pop_front(),
        }
        Ok(Some(Step::Status(status)))
    }

    fn unasked(&mut self) -> Result<Option<Step<'static>>, Error> {
        let line = self.lines.line();
        if self.banner > 0 && !matches!(line.first(), Some(b'+' | b'-')) {
            self.banner -= 1;
            self.stray = Some(sanitized(line));
            return Ok(None);
        }
        let line = sanitized(line);
        Err(Error::Unsolicited { line })
    }
}

/// Returns whether a TLS alert or handshake record begins so (RFC 8446 §5.1): a
/// server that expects TLS from the first octet says so to whom it waited for
/// in vain.
fn is_tls(line: &[u8]) -> bool {
    matches!(line, [0x15 | 0x16, 0x03, ..])
}

/// `+` followed by a blank or nothing. `+OK` is a status, not a challenge.
fn is_challenge(line: &[u8]) -> bool {
    matches!(line, [b'+'] | [b'+', b' ' | b'\t' | b'\r', ..])
}
