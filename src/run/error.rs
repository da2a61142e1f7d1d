//! How a command can fail.

use crate::base::Class;
use crate::session;

/// A failure of a command.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The session.
    #[error(transparent)]
    Session(#[from] session::Error),
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Session(error) => error.class(),
        }
    }
}
