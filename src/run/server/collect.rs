//! Looking at messages one after the other, without storing them.

use crate::base::MessageNumber;
use crate::proto::Status;
use crate::session::{Request, Session, Work};

use crate::run::Error;

/// Asks for TOP or RETR of several messages and hands each out, cut at
/// `limit` octets, or the server's refusal.
pub(in crate::run) fn collect<F>(
    session: &mut Session<'_>,
    requests: Vec<Request>,
    limit: usize,
    each: F,
) -> Result<(), Error>
where
    F: FnMut(MessageNumber, Result<&[u8], Status>) -> Result<(), Error>,
{
    let mut collect = Collect { requests: requests.into_iter(), limit, content: Vec::new(), each };
    Ok(session.transfer(&mut collect)?)
}

/// The first refusals, this many in a row, make a server that has no TOP.
const DOUBT: usize = 3;

/// How many refusals of TOP, if they are the first answers to it, prove that a
/// server has none, where this many messages are asked about. A message may be
/// gone since it was listed; what is announced is believed.
pub(in crate::run) fn doubt(session: &Session<'_>, messages: usize) -> Option<usize> {
    let announced = session.facts().capabilities.has("TOP");
    (!announced).then(|| messages.min(DOUBT))
}

/// Asks for headers (TOP n 0) and hands each out, cut at `limit` octets, or the
/// server's refusal, in the order of the numbers. If the first answers are
/// refusals, and as many as prove it, there is no TOP. RETR is no substitute,
/// because it may mark or delete.
pub(in crate::run) fn headers<F>(
    session: &mut Session<'_>,
    numbers: &[MessageNumber],
    limit: usize,
    proof: Option<usize>,
    mut each: F,
) -> Result<(), Error>
where
    F: FnMut(MessageNumber, Result<&[u8], Status>) -> Result<(), Error>,
{
    let requests = numbers.iter().map(|number| Request::Top(*number, 0));
    let mut refused = Vec::new();
    let mut proof = proof;
    collect(session, requests.collect(), limit, |number, header| match (header, proof) {
        (Err(status), Some(proof)) => {
            refused.push((number, status));
            match refused.last() {
                Some((_, status)) if refused.len() >= proof => {
                    Err(Error::TopRefused { text: status.sanitized() })
                }
                _ => Ok(()),
            }
        }
        (header, _) => {
            proof = None;
            for (number, status) in refused.drain(..) {
                each(number, Err(status))?;
            }
            each(number, header)
        }
    })?;
    let mut refused = refused.into_iter();
    refused.try_for_each(|(number, status)| each(number, Err(status)))
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
        self.content.extend_from_slice(&piece[..piece.len().min(room)]);
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
