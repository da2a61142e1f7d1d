//! How a session can fail.

use crate::base::Class;
use crate::{net, proto};

/// A failure of the session. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection.
    #[error(transparent)]
    Net(#[from] net::Error),
    /// The server broke the protocol.
    #[error(transparent)]
    Proto(#[from] proto::Error),
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Net(error) => error.class(),
            Error::Proto(error) => error.class(),
        }
    }
}
