//! What a transfer asks its caller: which message next, and where data goes.

use crate::base::MessageNumber;
use crate::proto::Status;

/// A command of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// RETR, with the listed size in octets; `None` if unknown.
    Retrieve(MessageNumber, Option<u64>),
    /// TOP: the header and this many lines of the body.
    Top(MessageNumber, u32),
}

impl Request {
    /// Which message it is about.
    pub fn number(&self) -> MessageNumber {
        match self {
            Request::Retrieve(number, _) | Request::Top(number, _) => *number,
        }
    }

    /// The octets that the reply should have, if that is known.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Request::Retrieve(_, size) => *size,
            Request::Top(..) => None,
        }
    }
}

/// The caller's side of [`super::Session::transfer`]. Replies come in the
/// order of the requests.
pub trait Work {
    /// A failure on this side (a full disk); it stops the transfer at once.
    type Error;

    /// The next request; `None` ends the transfer once all replies are in.
    fn next(&mut self) -> Result<Option<Request>, Self::Error>;

    /// A piece of the message: dots off, LF line ends.
    fn data(&mut self, request: &Request, piece: &[u8]) -> Result<(), Self::Error>;

    /// The message that is complete next begins as a reply does, and has its
    /// listed size. It may be another one with replies too many in front of it:
    /// [`super::Session::recheck`] tells.
    fn doubt(&mut self, _request: &Request, _octets: u64) {}

    /// The message is complete, with its octets as the server counts them.
    fn done(&mut self, request: &Request, octets: u64) -> Result<(), Self::Error>;

    /// The server answered `-ERR`.
    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Self::Error>;
}
