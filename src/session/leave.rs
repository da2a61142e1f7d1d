//! How a session ends.

use std::time::Duration;

use super::Error;
use super::channel::{Asked, Channel};
use crate::proto::{self, Command};

/// How to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// QUIT, and wait for its answer: something was deleted.
    Confirm,
    /// QUIT, sent and not waited for: nothing was deleted.
    Quit,
    /// Without QUIT, so that the server forgets this session (RFC 1939 §6).
    Abandon,
}

/// How long the answer to QUIT may take at least: servers rewrite whole
/// mailboxes before they give it.
const CONFIRMATION: Duration = Duration::from_secs(600);

/// How long to read what a server still sends, so that QUIT arrives.
const DRAIN: Duration = Duration::from_millis(50);

/// How long an unconfirmed QUIT may take to go out.
const PUSH: Duration = Duration::from_secs(5);

/// Exchanges in which an unconfirmed QUIT must have gone out.
const MAX_EXCHANGES: usize = 16;

pub(super) fn leave(mut channel: Channel<'_>, how: Leave, timeout: Duration) -> Result<(), Error> {
    match how {
        Leave::Abandon => {
            channel.into_link().close(Duration::ZERO);
            Ok(())
        }
        Leave::Quit => {
            channel.link().set_wait(timeout.min(PUSH));
            let mut sent = channel.queue(&Command::Quit, Asked::Step("QUIT"));
            for _ in 0..MAX_EXCHANGES {
                if sent.is_err() || !channel.is_sending() {
                    break;
                }
                sent = channel.turn();
            }
            channel.into_link().close(DRAIN);
            Ok(())
        }
        Leave::Confirm => {
            channel.link().set_wait(timeout.max(CONFIRMATION));
            let answer = channel.ask(&Command::Quit, Asked::Step("QUIT"));
            let outcome = match answer {
                Ok(status) if status.ok => refusal_behind(&mut channel),
                Ok(status) => Err(Error::QuitRefused {
                    at: channel.at(),
                    text: channel.sanitized(&status.text),
                }),
                Err(source) => {
                    Err(Error::Unconfirmed { at: channel.at(), source: Box::new(source) })
                }
            };
            channel.into_link().close(DRAIN);
            outcome
        }
    }
}

/// Reads to the end of the session, but not for long. A reply too many may have
/// stood before the answer, and then a refusal comes behind it.
fn refusal_behind(channel: &mut Channel<'_>) -> Result<(), Error> {
    channel.link().set_wait(DRAIN);
    loop {
        match channel.next() {
            Ok(Some(_)) => {}
            Ok(None) => {
                if channel.turn().is_err() {
                    return Ok(());
                }
            }
            Err(Error::Proto { at, source: proto::Error::Unsolicited { line }, .. })
                if line.starts_with("-ERR") =>
            {
                let text = line["-ERR".len()..].trim().to_owned();
                return Err(Error::QuitRefused { at, text });
            }
            Err(_) => return Ok(()),
        }
    }
}
