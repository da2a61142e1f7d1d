//! How a SASL exchange can fail on this side.

use crate::base::Class;

/// Why an exchange was ended by the client. The text is safe to print and
/// holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A challenge that is no base64.
    #[error("the server's challenge is no base64")]
    NotBase64,
    /// A challenge after the last response.
    #[error("the server asks for more than the mechanism has")]
    TooManyChallenges,
    /// `+OK` before the last response.
    #[error("the server accepted before the exchange was complete")]
    Incomplete,
    /// A message of SCRAM that does not follow its grammar (RFC 5802 §7).
    #[error("the server's {message} is malformed")]
    Malformed {
        /// `first message` or `final message`.
        message: &'static str,
    },
    /// The server's nonce does not extend the client's.
    #[error("the server's nonce does not extend ours")]
    Nonce,
    /// An iteration count outside the limits.
    #[error("the server wants {count} iterations, and only {least} to {most} are done")]
    Iterations {
        /// What it wants.
        count: String,
        /// The least that is safe.
        least: u32,
        /// The most that is worked off.
        most: u32,
    },
    /// The server could not prove that it knows the password.
    #[error("the server could not prove that it knows the password")]
    ServerSignature,
    /// The server's own word for what is wrong.
    #[error("the server says {text:?}")]
    Server {
        /// The word, safe to print.
        text: String,
    },
    /// The user name or the secret can't be used with this mechanism.
    #[error("{what} {why}")]
    Unusable {
        /// `the user name`, `the password` or `the token`.
        what: &'static str,
        /// Why not.
        why: &'static str,
    },
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Server { .. } => Class::Auth,
            Error::Unusable { .. } => Class::Config,
            _ => Class::Protocol,
        }
    }
}
