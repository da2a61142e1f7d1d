//! How a connection can fail.

use crate::base::{Cancelled, Class};

/// A failure of the connection. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer ended the stream.
    #[error("the server closed the connection")]
    Closed,
    /// A signal asked for the end.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        Class::Temporary
    }
}
