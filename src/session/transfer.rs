//! RETR, TOP and DELE: one at a time, or many in flight.

use std::time::Duration;

use super::flight::Flight;
use super::wire::Asked;
use super::{Error, Interrupt, Next, Request, Session, Work, refusal};
use crate::base::Class;
use crate::proto::{Command, Status, Step};

/// How long to be silent before the server is told that we are alive. Some
/// hang up after a minute.
const IDLE: Duration = Duration::from_secs(20);

/// A reply that counts once the server goes on: that the next one begins as a
/// reply does, or that NOOP or STAT is answered. Some servers mix replies up
/// when they are asked ahead, so that a dot ends two messages; and a refusal
/// may be the words with which they hang up, and say nothing of the message.
enum Held {
    Whole(Request, u64),
    Refused(Request, Status),
}

/// What the next reply has to settle.
#[derive(Default)]
struct Unsettled {
    held: Option<Held>,
    /// A refusal may have been a word too many, after which each reply comes to
    /// the next command.
    has_refused: bool,
    /// It was one of RETR: nothing more is asked for until that is settled.
    is_urgent: bool,
}

impl Held {
    fn hand_out<W: Work>(self, work: &mut W) -> Result<(), Interrupt<W::Error>> {
        match self {
            Held::Whole(request, octets) => work.done(&request, octets),
            Held::Refused(request, status) => work.refused(&request, status),
        }
        .map_err(Interrupt::Work)
    }
}

impl Session<'_> {
    /// Sends requests and hands out what comes back, several at a time where
    /// the server announces PIPELINING after the login (see
    /// [`Session::settle_pipelining`]).
    pub fn transfer<W: Work>(&mut self, work: &mut W) -> Result<(), Interrupt<W::Error>> {
        let mut unsettled = Unsettled::default();
        let result = self.fly(work, &mut unsettled);
        result.map_err(|interrupt| match (interrupt, unsettled.held) {
            (Interrupt::Session(error), Some(Held::Refused(_, status))) => {
                let words = format!("-ERR {}", status.shown());
                Interrupt::Session(error.after(words.trim_end()))
            }
            (interrupt, _) => interrupt,
        })
    }

    fn fly<W: Work>(
        &mut self,
        work: &mut W,
        unsettled: &mut Unsettled,
    ) -> Result<(), Interrupt<W::Error>> {
        let mut flight = Flight::new(self.is_pipelined());
        let mut finished = false;
        loop {
            while !finished && flight.has_room() && !unsettled.is_urgent {
                let idle = flight.is_empty().then_some(IDLE);
                match work.next(idle).map_err(Interrupt::Work)? {
                    Next::Send(request) => {
                        self.request(request).map_err(Interrupt::Session)?;
                        flight.push(request);
                    }
                    Next::Later if flight.is_empty() => self.settle(work, unsettled)?,
                    Next::Later => break,
                    Next::Finished => finished = true,
                }
            }
            if flight.is_empty() {
                if unsettled.held.is_none() && !unsettled.has_refused {
                    return Ok(());
                }
                self.settle(work, unsettled)?;
                continue;
            }
            self.wire.turn().map_err(Interrupt::Session)?;
            self.hand_out(&mut flight, unsettled, work)?;
        }
    }

    /// Another command, after which what is held counts: after a refusal, one
    /// whose answer cannot be taken for another.
    fn settle<W: Work>(
        &mut self,
        work: &mut W,
        unsettled: &mut Unsettled,
    ) -> Result<(), Interrupt<W::Error>> {
        let had_refused = std::mem::take(&mut unsettled.has_refused);
        unsettled.is_urgent = false;
        let settled = match had_refused {
            // Behind the answer to a late RETR comes a message.
            true if self.is_pipelined() => self.check_step().and_then(|()| self.keep_alive()),
            true => self.check_step(),
            false => self.keep_alive(),
        };
        settled.map_err(Interrupt::Session)?;
        if let Some(held) = unsettled.held.take() {
            held.hand_out(work)?;
        }
        if had_refused {
            work.in_step();
        }
        Ok(())
    }

    /// STAT, whose answer is a number of messages; that to RETR is often one of
    /// octets.
    fn check_step(&mut self) -> Result<(), Error> {
        let asked = Asked::Step("STAT");
        let status = self.wire.ask(&Command::Stat, asked)?;
        if !status.ok {
            return Err(refusal::error(&self.wire, asked, &status, Class::Protocol));
        }
        let mut words = status.text.split(u8::is_ascii_whitespace);
        let is_number = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_digit);
        let is_count = words.next().is_some_and(is_number);
        let is_size = words
            .next()
            .is_some_and(|word| word.len() >= 3 && word[..3].eq_ignore_ascii_case(b"oct"));
        match is_count && !is_size {
            true => Ok(()),
            false => Err(Error::OutOfStep {
                at: self.wire.at(),
                command: "STAT",
                text: self.wire.shown(&status.text),
                pipelined: self.is_pipelined(),
            }),
        }
    }

    /// NOOP, so that the server does not lose patience.
    pub fn keep_alive(&mut self) -> Result<(), Error> {
        self.wire.ask(&Command::Noop, Asked::Step("NOOP")).map(drop)
    }

    fn request(&mut self, request: Request) -> Result<(), Error> {
        let (command, asked) = match request {
            Request::Retrieve(number, _) => (Command::Retr(number), Asked::Message("RETR", number)),
            Request::Top(number, lines) => {
                (Command::Top(number, lines), Asked::Message("TOP", number))
            }
            Request::Delete(number) => (Command::Dele(number), Asked::Message("DELE", number)),
        };
        self.wire.queue(&command, asked)
    }

    /// Everything that was received.
    fn hand_out<W: Work>(
        &mut self,
        flight: &mut Flight,
        unsettled: &mut Unsettled,
        work: &mut W,
    ) -> Result<(), Interrupt<W::Error>> {
        while let Some(step) = self.wire.next().map_err(Interrupt::Session)? {
            let Some(request) = flight.front() else {
                continue;
            };
            if matches!(step, Step::Status(_))
                && let Some(held) = unsettled.held.take()
            {
                held.hand_out(work)?;
            }
            let outcome = match step {
                Step::Data(piece) => {
                    flight.receive(piece.len() as u64);
                    work.data(&request, piece)
                }
                Step::End { octets } => {
                    flight.pop();
                    if flight.is_empty() {
                        work.done(&request, octets)
                    } else {
                        unsettled.held = Some(Held::Whole(request, octets));
                        Ok(())
                    }
                }
                Step::Status(status) if !status.ok => {
                    flight.pop();
                    unsettled.has_refused |= !matches!(request, Request::Top(..));
                    unsettled.is_urgent |= matches!(request, Request::Retrieve(..));
                    unsettled.held = Some(Held::Refused(request, self.wire.showable(status)));
                    Ok(())
                }
                Step::Status(_) if matches!(request, Request::Delete(_)) => {
                    flight.pop();
                    work.done(&request, 0)
                }
                Step::Status(_) | Step::Challenge(_) | Step::More => Ok(()),
            };
            outcome.map_err(Interrupt::Work)?;
        }
        Ok(())
    }
}
