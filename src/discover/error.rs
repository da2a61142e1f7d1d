//! Why no server was found.

use std::fmt;
use std::sync::Arc;

use crate::base::{Cancelled, Class};
use crate::net;

/// No server.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The provider offers no POP3.
    #[error("{name} has no POP3: {note}")]
    NoPop3 {
        /// The provider.
        name: &'static str,
        /// What it offers.
        note: &'static str,
    },
    /// Nothing that was tried led anywhere.
    #[error("no POP3 server found for {domain}")]
    Nothing {
        /// Whose.
        domain: String,
        /// What was tried.
        tried: Vec<Tried>,
    },
    /// A signal.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Something that led nowhere. Safe to print.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What was tried.
    pub what: String,
    /// Why it is no use.
    pub why: String,
    /// What kind of failure it is; `None` if there just was no answer to be
    /// had, as with most guesses.
    pub class: Option<Class>,
    /// What a connection failed by.
    pub error: Option<Arc<net::Error>>,
}

impl Tried {
    /// Something that just had no answer.
    pub(super) fn in_vain(what: &str, why: String) -> Self {
        Self { what: what.to_owned(), why, class: None, error: None }
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl Error {
    /// The kind of failure: what the best candidate failed by, if there was
    /// one.
    pub fn class(&self) -> Class {
        match self {
            Error::NoPop3 { .. } => Class::Config,
            Error::Nothing { tried, .. } => {
                (tried.iter().find_map(|tried| tried.class)).unwrap_or(Class::Config)
            }
            Error::Cancelled(_) => Class::Temporary,
        }
    }
}
