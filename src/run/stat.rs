//! `stat`: how much is on the server.

use crate::base::{Cancel, Closing, Event, Observer};
use crate::session::Leave;

use super::{Account, Context, Outcome};

/// Asks for count and octets (STAT); announces [`Event::Stat`].
pub fn stat(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    Context::new(account, cancel, observer).online(|connector, summary| {
        summary.closing = Closing::Stat;
        let mut session = connector.open()?;
        let (messages, octets) = session.stat()?;
        summary.listed = messages;
        observer.notice(&Event::Stat { messages, octets });
        Ok(session.leave(Leave::Quit)?)
    })
}
