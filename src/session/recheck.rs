//! A second look at a message that came with other octets than were listed.

use std::convert::Infallible;

use super::{Error, Interrupt, Request, Session, Work};
use crate::base::{Class, MessageNumber};
use crate::proto::Status;

/// Looks at most: the second may have met a fault of its own.
const MAX_LOOKS: usize = 3;

impl Session<'_> {
    /// Asks for a message once more, alone, and keeps nothing of it: what came
    /// had other octets than listed. If it comes with as many again, the listed
    /// size is wrong, as on many servers; so it is taken to be where the server
    /// hands a message out once only. Otherwise it was another message that came
    /// in its place, though each command had a reply: that is `Err`.
    pub fn recheck(&mut self, number: MessageNumber, listed: u64, came: u64) -> Result<(), Error> {
        let mut refused = true;
        for _ in 0..MAX_LOOKS {
            let mut count =
                Count { request: Some(Request::Retrieve(number, Some(listed))), octets: None };
            self.transfer(&mut count).map_err(|interrupt| match interrupt {
                Interrupt::Session(error) => error,
                Interrupt::Work(never) => match never {},
            })?;
            refused &= count.octets.is_none();
            if count.octets == Some(came) {
                return Ok(());
            }
            if count.octets == Some(listed) {
                break;
            }
        }
        if refused {
            return Ok(());
        }
        let text = format!("message {number} has other octets when it is asked for again");
        Err(self.unproven(text.as_bytes(), Class::Protocol))
    }
}

/// Counts the octets of one message.
struct Count {
    request: Option<Request>,
    octets: Option<u64>,
}

impl Work for Count {
    type Error = Infallible;

    fn next(&mut self) -> Result<Option<Request>, Infallible> {
        Ok(self.request.take())
    }

    fn data(&mut self, _: &Request, _: &[u8]) -> Result<(), Infallible> {
        Ok(())
    }

    fn done(&mut self, _: &Request, octets: u64) -> Result<(), Infallible> {
        self.octets = Some(octets);
        Ok(())
    }

    fn refused(&mut self, _: &Request, _: Status) -> Result<(), Infallible> {
        Ok(())
    }
}
