//! How a server can break the protocol.

use crate::base::Class;

/// A violation of the protocol, or of a limit that keeps memory bounded. The
/// text in it is safe to print.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A line that is no status where one was due.
    #[error("the server sent {line:?} where a reply was due")]
    NotAReply {
        /// The line.
        line: String,
    },
    /// A line says in another protocol's words that the server is going away.
    #[error("the server says goodbye: {line:?}")]
    Goodbye {
        /// The line.
        line: String,
    },
    /// The greeting is none of POP3.
    #[error("this is no POP3 server: its first line is {line:?}")]
    NotAGreeting {
        /// The line.
        line: String,
    },
    /// The greeting is TLS, which this side has not begun.
    #[error("the server sent a TLS record in place of a greeting")]
    TlsRecord,
    /// Something came although nothing was asked.
    #[error("the server sent {line:?} unasked")]
    Unsolicited {
        /// The line.
        line: String,
    },
    /// A line without end.
    #[error("the server sent a reply line longer than {limit} octets")]
    LineTooLong {
        /// The limit in octets.
        limit: usize,
    },
    /// A listing without end.
    #[error("the server's {what} is longer than {limit} {unit}")]
    TooMuch {
        /// Which listing.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// Of what.
        unit: &'static str,
    },
    /// A status text that should hold numbers.
    #[error("the server's answer to {command} makes no sense: {line:?}")]
    Nonsense {
        /// The command.
        command: &'static str,
        /// The text.
        line: String,
    },
    /// A command argument that would end the line early.
    #[error("{what} contains a line end, a NUL or another control character")]
    BadArgument {
        /// Which argument.
        what: &'static str,
    },
}

impl Error {
    /// The server's words in it, to be overwritten where they repeat a
    /// secret.
    pub fn line_mut(&mut self) -> Option<&mut String> {
        match self {
            Error::NotAReply { line }
            | Error::Goodbye { line }
            | Error::NotAGreeting { line }
            | Error::Unsolicited { line }
            | Error::Nonsense { line, .. } => Some(line),
            Error::TlsRecord
            | Error::LineTooLong { .. }
            | Error::TooMuch { .. }
            | Error::BadArgument { .. } => None,
        }
    }

    /// The kind of failure. An unasked `-ERR` is how servers tell that they
    /// hang up on an idle client.
    pub fn class(&self) -> Class {
        match self {
            Error::Goodbye { .. } => Class::Temporary,
            Error::Unsolicited { line }
                if line.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("-ERR")) =>
            {
                Class::Temporary
            }
            Error::BadArgument { .. } | Error::TlsRecord => Class::Config,
            _ => Class::Protocol,
        }
    }
}
