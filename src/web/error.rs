//! How a request can fail.

use std::time::Duration;

use super::MAX_ANSWER;
use crate::base::Class;
use crate::net;

/// A request that brought no answer. The text in it is safe to print, and names
/// the host that was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is none that may be asked.
    #[error("wrong URL {url}: {why}")]
    BadUrl {
        /// The address.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The connection.
    #[error("cannot ask {at}")]
    Net {
        /// Who was asked.
        at: String,
        /// Why not.
        source: Box<net::Error>,
    },
    /// The answer is not HTTP.
    #[error("{0} does not answer in HTTP")]
    NotHttp(String),
    /// The answer is longer than is read.
    #[error("the answer of {0} is longer than {kib} KiB", kib = MAX_ANSWER >> 10)]
    TooLong(String),
    /// The connection ended in the middle of the answer.
    #[error("the answer of {0} is cut off")]
    Cut(String),
    /// The answer came in, but too slowly.
    #[error("the answer of {at} took longer than {after:?}")]
    Slow {
        /// Who was asked.
        at: String,
        /// The limit.
        after: Duration,
    },
}

impl Error {
    /// The kind of failure. A service that cannot be reached may be there
    /// later, whatever the reason.
    pub fn class(&self) -> Class {
        match self {
            Error::BadUrl { .. } => Class::Config,
            Error::Net { source, .. } => match source.class() {
                Class::Host | Class::Unavailable => Class::Temporary,
                class => class,
            },
            Error::NotHttp(_) | Error::TooLong(_) => Class::Protocol,
            Error::Cut(_) | Error::Slow { .. } => Class::Temporary,
        }
    }
}
