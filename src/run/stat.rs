//! `stat`: how much is on the server.

use std::sync::Arc;

use crate::base::{Cancel, Closing, Event, Observer, Summary};
use crate::disk::RealDisk;
use crate::session::Leave;

use super::{Account, Connector, Error, Outcome};

/// Asks for count and octets (STAT); announces [`Event::Stat`].
pub fn stat(account: &Account, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let mut connector = Connector::new(account, cancel, observer, Arc::new(RealDisk::new()));
    let mut summary = Summary {
        closing: Closing::Stat,
        ..Summary::default()
    };
    let mut ask = || -> Result<(), Error> {
        let mut session = connector.open()?;
        let (messages, octets) = session.stat()?;
        summary.listed = messages;
        observer.notice(&Event::Stat { messages, octets });
        session.leave(Leave::Quit)?;
        Ok(())
    };
    let result = ask();
    connector.outcome(summary, result)
}
