//! RETR, TOP and DELE, and the step that proves that replies still match the
//! commands.
//!
//! Replies are told apart by nothing but their order. So nothing but RETR (or
//! TOP) is outstanding while a RETR is: some servers answer all else at once,
//! in the middle of the message that they are sending. Behind the last reply
//! STAT is asked, whose answer cannot be taken for another's: had there been a
//! reply too many or too few, something else would be there.

use super::channel::Asked;
use super::flight::Flight;
use super::{Error, Interrupt, Request, Session, Work, refusal};
use crate::base::{Class, MessageNumber};
use crate::proto::{Command, Status, Step, stat_text};

/// DELE commands in one flight.
const MAX_DELETIONS: usize = 1000;

/// A line that answers DELE or STAT; `None` for an empty one.
type Reply = Option<Status>;

/// What the server says to each DELE: `Err` is its refusal.
pub type Deletions = Vec<Result<(), Status>>;

impl Session<'_> {
    /// Asks for messages until the work has no more requests, and hands out
    /// what comes back: several at a time where the server announces PIPELINING
    /// after the login (see [`Session::settle_pipelining`]). Whether all replies
    /// were those to their commands, [`Session::prove`] tells.
    pub fn transfer<W: Work>(&mut self, work: &mut W) -> Result<(), Interrupt<W::Error>> {
        let mut flight = Flight::new(self.is_pipelined());
        let mut has_more = true;
        loop {
            while has_more && flight.has_room() {
                match work.next().map_err(Interrupt::Work)? {
                    Some(request) => {
                        self.request(request).map_err(Interrupt::Session)?;
                        flight.push(request);
                    }
                    None => has_more = false,
                }
            }
            if flight.is_empty() {
                return Ok(());
            }
            self.channel.turn().map_err(Interrupt::Session)?;
            self.hand_out(&mut flight, work)?;
        }
    }

    /// STAT. `Ok` if its answer is one to STAT, so that all replies before it
    /// were those to their commands.
    pub fn prove(&mut self) -> Result<(), Error> {
        let status = self.channel.ask(&Command::Stat, Asked::Step("STAT"))?;
        self.check(&status)
    }

    /// DELE of each, and [`Session::prove`] behind them. Without any it is that
    /// alone.
    pub fn delete(&mut self, numbers: &[MessageNumber]) -> Result<Deletions, Error> {
        let mut deletions = Vec::with_capacity(numbers.len());
        if self.is_pipelined() {
            for numbers in numbers.chunks(MAX_DELETIONS) {
                self.queue_deletions(numbers)?;
                self.queue_stat()?;
                deletions.extend(self.read_deletions(numbers.len(), Vec::new())?);
            }
            if numbers.is_empty() {
                self.prove()?;
            }
            return Ok(deletions);
        }
        let mut proven = false;
        for number in numbers {
            self.queue_deletions(&[*number])?;
            let reply = self.reply()?;
            proven = reply.is_none();
            match reply {
                Some(status) => deletions.push(judged(status)),
                None => {
                    self.queue_stat()?;
                    deletions.extend(self.read_deletions(1, vec![None])?);
                }
            }
        }
        if !proven {
            self.prove()?;
        }
        Ok(deletions)
    }

    /// NOOP, so that the server does not lose patience.
    pub fn keep_alive(&mut self) -> Result<(), Error> {
        self.channel.ask(&Command::Noop, Asked::Step("NOOP")).map(drop)
    }

    fn request(&mut self, request: Request) -> Result<(), Error> {
        let (command, asked) = match request {
            Request::Retrieve(number, _) => (Command::Retr(number), Asked::Message("RETR", number)),
            Request::Top(number, lines) => {
                (Command::Top(number, lines), Asked::Message("TOP", number))
            }
        };
        self.channel.queue(&command, asked)
    }

    fn queue_deletions(&mut self, numbers: &[MessageNumber]) -> Result<(), Error> {
        for number in numbers {
            let asked = Asked::Message("DELE", *number);
            self.channel.queue(&Command::Dele(*number), asked)?;
        }
        Ok(())
    }

    fn queue_stat(&mut self) -> Result<(), Error> {
        self.channel.queue(&Command::Stat, Asked::Step("STAT"))
    }

    /// The answers to this many DELEs and the STAT behind them, of which some
    /// may be known.
    ///
    /// An empty line may be before a reply, or in place of one. The answer to
    /// STAT tells: with it there are as many replies as commands, either without
    /// the empty lines or with them.
    fn read_deletions(
        &mut self,
        count: usize,
        mut replies: Vec<Reply>,
    ) -> Result<Deletions, Error> {
        let is_stat = |reply: &Reply| {
            let is_one = |status: &Status| status.ok && stat_text(&status.text).is_ok();
            reply.as_ref().is_some_and(is_one)
        };
        let mut lines = replies.iter().flatten().count();
        while lines <= count && !(replies.len() == count + 1 && replies.last().is_some_and(is_stat))
        {
            let reply = self.reply()?;
            lines += usize::from(reply.is_some());
            replies.push(reply);
        }
        if lines > count {
            replies.retain(Option::is_some);
        } else {
            self.channel.expect_nothing();
        }
        if let Some(Some(stat)) = replies.pop() {
            self.check(&stat)?;
        }
        let failed = || Err(Status { ok: false, code: None, text: Vec::new() });
        let judge = |reply: Reply| reply.map_or_else(failed, judged);
        Ok(replies.into_iter().map(judge).collect())
    }

    /// The next line that is a reply, or an empty one behind which nothing came
    /// yet.
    fn reply(&mut self) -> Result<Reply, Error> {
        loop {
            match self.channel.next()? {
                Some(Step::Status(status)) => return Ok(Some(self.channel.showable(status))),
                Some(Step::Blank) => return Ok(None),
                Some(_) => {}
                None => self.channel.turn()?,
            }
        }
    }

    /// Refuses what is no answer to STAT.
    fn check(&self, status: &Status) -> Result<(), Error> {
        if status.ok && stat_text(&status.text).is_ok() {
            return Ok(());
        }
        let otherwise = Class::Protocol;
        let class = if status.ok { otherwise } else { refusal::class(status, otherwise) };
        Err(self.unproven(&status.text, class))
    }

    /// The error that tells of a reply which is no answer to its command.
    pub(super) fn unproven(&self, text: &[u8], class: Class) -> Error {
        Error::Unproven {
            at: self.channel.at(),
            text: self.channel.sanitized(text),
            pipelined: self.is_pipelined(),
            class,
        }
    }

    /// Everything that was received.
    fn hand_out<W: Work>(
        &mut self,
        flight: &mut Flight,
        work: &mut W,
    ) -> Result<(), Interrupt<W::Error>> {
        while let Some(step) = self.channel.next().map_err(Interrupt::Session)? {
            let Some(request) = flight.front() else {
                continue;
            };
            let outcome = match step {
                Step::Data(piece) => {
                    flight.receive(piece);
                    work.data(&request, piece)
                }
                Step::End { octets } => {
                    let begins_as_reply = flight.begins_as_reply();
                    flight.pop();
                    if begins_as_reply {
                        if request.size() != Some(octets) {
                            return Err(Interrupt::Session(self.reply_within(request)));
                        }
                        work.doubt(&request, octets);
                    }
                    work.done(&request, octets)
                }
                Step::Status(status) if !status.ok => {
                    flight.pop();
                    work.refused(&request, self.channel.showable(status))
                }
                Step::Status(_) | Step::Challenge(_) | Step::Blank | Step::More => Ok(()),
            };
            outcome.map_err(Interrupt::Work)?;
        }
        Ok(())
    }

    /// A message begins with a reply: in front of its own one there was another.
    fn reply_within(&self, request: Request) -> Error {
        let text = format!("message {} begins with a reply", request.number());
        self.unproven(text.as_bytes(), Class::Protocol)
    }
}

fn judged(status: Status) -> Result<(), Status> {
    if status.ok { Ok(()) } else { Err(status) }
}
