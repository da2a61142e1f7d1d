//! What a transfer asks its caller: which command next, and where data goes.

use std::time::Duration;

use crate::base::MessageNumber;
use crate::proto::Status;

/// A command of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// RETR, with the octets to expect (for the window); `None` if unknown.
    Retrieve(MessageNumber, Option<u64>),
    /// TOP: the header and so many lines.
    Top(MessageNumber, u32),
    /// DELE.
    Delete(MessageNumber),
}

impl Request {
    /// Which message it is about.
    pub fn number(&self) -> MessageNumber {
        match self {
            Request::Retrieve(number, _) | Request::Top(number, _) | Request::Delete(number) => {
                *number
            }
        }
    }
}

/// What to send next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// This.
    Send(Request),
    /// Nothing yet, but there may be something later (a batch is becoming
    /// durable).
    Later,
    /// Nothing any more.
    Finished,
}

/// The caller's side of [`super::Session::transfer`]. Replies come in the
/// order of the requests.
pub trait Work {
    /// A failure on this side (a full disk); it stops the transfer at once.
    type Error;

    /// The next request. If nothing is outstanding, `idle` says how long to
    /// wait for one before answering [`Next::Later`]; the session then sends
    /// NOOP to keep the server patient, and asks again.
    fn next(&mut self, idle: Option<Duration>) -> Result<Next, Self::Error>;

    /// A piece of the block of RETR or TOP: dots off, LF line ends.
    fn data(&mut self, request: &Request, piece: &[u8]) -> Result<(), Self::Error>;

    /// The request succeeded: the block is complete (with its octets as the
    /// server counts them), or DELE was answered by `+OK` (0 octets).
    fn done(&mut self, request: &Request, octets: u64) -> Result<(), Self::Error>;

    /// The server answered `-ERR`.
    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Self::Error>;

    /// After refusals of RETR or DELE: none of them was a word too many, as
    /// replies still match the commands.
    fn in_step(&mut self) {}
}
