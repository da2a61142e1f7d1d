//! Looking at messages one after the other, without storing them.

use crate::base::MessageNumber;
use crate::proto::Status;
use crate::session::{Request, Session, Work};

use super::Error;

/// Asks for TOP or RETR of several messages and hands each out, cut at
/// `limit` octets, or the server's refusal.
pub(super) fn collect<F>(
    session: &mut Session<'_>,
    requests: Vec<Request>,
    limit: usize,
    each: F,
) -> Result<(), Error>
where
    F: FnMut(MessageNumber, Result<&[u8], Status>) -> Result<(), Error>,
{
    let mut collect = Collect {
        requests: requests.into_iter(),
        limit,
        content: Vec::new(),
        each,
    };
    Ok(session.transfer(&mut collect)?)
}

struct Collect<F> {
    requests: std::vec::IntoIter<Request>,
    limit: usize,
    content: Vec<u8>,
    each: F,
}

impl<F> Work for Collect<F>
where
    F: FnMut(MessageNumber, Result<&[u8], Status>) -> Result<(), Error>,
{
    type Error = Error;

    fn next(&mut self) -> Result<Option<Request>, Error> {
        Ok(self.requests.next())
    }

    fn data(&mut self, _: &Request, piece: &[u8]) -> Result<(), Error> {
        let room = self.limit.saturating_sub(self.content.len());
        self.content
            .extend_from_slice(&piece[..piece.len().min(room)]);
        Ok(())
    }

    fn done(&mut self, request: &Request, _: u64) -> Result<(), Error> {
        (self.each)(request.number(), Ok(&self.content))?;
        self.content.clear();
        Ok(())
    }

    fn refused(&mut self, request: &Request, status: Status) -> Result<(), Error> {
        (self.each)(request.number(), Err(status))
    }
}
