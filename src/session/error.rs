//! How a session can fail.

use crate::base::Class;
use crate::wait::{self, Limit};
use crate::{net, proto};

/// What is waited for first.
pub(super) const GREETING: &str = "the greeting";

/// What some servers hang up on.
pub(super) const CAPA: &str = "CAPA";

/// A failure of the session. The text in it is safe to print and holds no
/// secret; `at` is host and port.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The connection.
    #[error("{at}: {step} failed{said}")]
    Net {
        /// Where.
        at: String,
        /// What was going on, such as `RETR 3`.
        step: String,
        /// The server's last words, if it had any.
        said: String,
        /// More than one command was outstanding.
        pipelined: bool,
        /// Why.
        source: Box<net::Error>,
    },
    /// The server broke the protocol.
    #[error("{at}: {step} failed")]
    Proto {
        /// Where.
        at: String,
        /// What was going on.
        step: String,
        /// More than one command was outstanding.
        pipelined: bool,
        /// How.
        source: proto::Error,
    },
    /// The client ended a SASL exchange.
    #[error("{at}: {step} failed")]
    Sasl {
        /// Where.
        at: String,
        /// Which login.
        step: String,
        /// Why.
        source: proto::sasl::Error,
    },
    /// The server refused.
    #[error("{at}: {step} was refused: {text:?}{reason}")]
    Refused {
        /// Where.
        at: String,
        /// What it refused.
        step: String,
        /// What it said.
        text: String,
        /// What it said during the exchange before.
        reason: String,
        /// The kind of refusal.
        class: Class,
    },
    /// STLS was refused, so there is no TLS.
    #[error("{at}: the server offers no STARTTLS: {text:?}")]
    NoStartTls {
        /// Where.
        at: String,
        /// What it said.
        text: String,
    },
    /// A server that was to greet in clear speaks TLS.
    #[error("{at}: this port expects TLS from the first octet")]
    ExpectsTls {
        /// Where.
        at: String,
    },
    /// Octets came behind the answer to STLS and before the handshake:
    /// somebody tries to speak in the server's name (CVE-2021-22947).
    #[error("{at}: data arrived between STARTTLS and the handshake")]
    Injected {
        /// Where.
        at: String,
    },
    /// A password would go out in clear to another machine.
    #[error("{at}: the connection is not encrypted, so no login is tried over it")]
    Unencrypted {
        /// Where.
        at: String,
    },
    /// A login needs a password or a token and there is none.
    #[error("{at}: there is no password to log in with")]
    NoSecret {
        /// Where.
        at: String,
    },
    /// USER or PASS would be longer than servers must take.
    #[error("{at}: {what} makes a command line longer than {} octets", proto::MAX_COMMAND)]
    TooLong {
        /// Where.
        at: String,
        /// `the user name` or `the password`.
        what: &'static str,
    },
    /// APOP without a timestamp in the greeting.
    #[error("{at}: the greeting has no timestamp, so APOP cannot be used")]
    NoTimestamp {
        /// Where.
        at: String,
    },
    /// No random octets for a nonce.
    #[error("no random octets from the system")]
    Random(#[source] getrandom::Error),
    /// UIDL was refused.
    #[error("{at}: UIDL was refused: {text:?}")]
    UidlRefused {
        /// Where.
        at: String,
        /// What the server said.
        text: String,
        /// The server announces UIDL: this is a passing fault.
        announced: bool,
    },
    /// A reply that is no answer to its command: what came before may belong to
    /// other commands, too.
    #[error("{at}: replies do not match the commands any more: {text:?}")]
    Unproven {
        /// Where.
        at: String,
        /// What the server said.
        text: String,
        /// Several commands were outstanding at times.
        pipelined: bool,
        /// Temporary where the server said so, else protocol.
        class: Class,
    },
    /// QUIT was refused: some or none of the deletions were done.
    #[error("{at}: QUIT was refused: {text:?}")]
    QuitRefused {
        /// Where.
        at: String,
        /// What the server said.
        text: String,
    },
    /// QUIT was not answered: whether the deletions were done is unknown.
    #[error("{at}: the server did not confirm the deletions")]
    Unconfirmed {
        /// Where.
        at: String,
        /// Why.
        source: Box<Error>,
    },
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Net { source, .. } => source.class(),
            Error::Proto { source, .. } => source.class(),
            Error::Sasl { source, .. } => source.class(),
            Error::Refused { class, .. } | Error::Unproven { class, .. } => *class,
            Error::NoStartTls { .. } | Error::Injected { .. } | Error::Unencrypted { .. } => {
                Class::Tls
            }
            Error::ExpectsTls { .. } | Error::NoSecret { .. } | Error::TooLong { .. } => {
                Class::Config
            }
            Error::NoTimestamp { .. } => Class::Unavailable,
            Error::Random(_) => Class::Io,
            Error::UidlRefused { announced, .. } => {
                if *announced {
                    Class::Temporary
                } else {
                    Class::Unavailable
                }
            }
            Error::QuitRefused { .. } | Error::Unconfirmed { .. } => Class::Temporary,
        }
    }

    /// The signal that ended it, if one did.
    pub fn cancelled(&self) -> Option<crate::base::Cancelled> {
        match self {
            Error::Net { source, .. } => match **source {
                net::Error::Wait(wait::Error::Cancelled(cancelled)) => Some(cancelled),
                _ => None,
            },
            Error::Unconfirmed { source, .. } => source.cancelled(),
            _ => None,
        }
    }

    /// Returns whether a signal ended it.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled().is_some()
    }

    /// Returns whether replies got mixed up, or the server hung up, while more
    /// than one command was outstanding: one at a time may work.
    pub fn is_pipelining_anomaly(&self) -> bool {
        match self {
            Error::Net { pipelined, source, .. } => *pipelined && is_ended_by_peer(source),
            Error::Proto { pipelined, source, .. } => {
                use proto::Error::{BadArgument, TooMuch};
                *pipelined && !matches!(source, TooMuch { .. } | BadArgument { .. })
            }
            Error::Unproven { pipelined, .. } => *pipelined,
            _ => false,
        }
    }

    /// Returns whether a reply came that is none to what was asked, in this
    /// place at least: with less outstanding, more may be had.
    pub fn is_mixed_up(&self) -> bool {
        use proto::Error::{LineTooLong, NotAReply, Unsolicited};
        matches!(
            self,
            Error::Unproven { .. }
                | Error::Proto {
                    source: NotAReply { .. } | Unsolicited { .. } | LineTooLong { .. },
                    ..
                }
        )
    }

    /// Returns whether the server ended the session, by its words, by hanging
    /// up or by silence; the network held.
    pub fn is_by_server(&self) -> bool {
        match self {
            Error::Net { source, .. } => is_left_by_peer(source),
            Error::Proto { .. } | Error::Unproven { .. } => true,
            _ => false,
        }
    }

    /// The same, when the last thing the server said was this.
    pub fn after(mut self, words: &str) -> Self {
        if let Error::Net { said, .. } = &mut self {
            *said = last_words(words);
        }
        self
    }

    /// Returns whether the connection was lost for another reason than a signal
    /// or the deadline of the run, so that another one may get further.
    pub fn is_connection_lost(&self) -> bool {
        match self {
            Error::Net { source, .. } => match **source {
                net::Error::Wait(wait::Error::Cancelled(_)) => false,
                net::Error::Wait(wait::Error::TimedOut { limit, .. }) => limit != Limit::Deadline,
                _ => source.class() == Class::Temporary,
            },
            _ => self.is_pipelining_anomaly(),
        }
    }

    /// Returns whether the server did, in place of greeting, what one does that
    /// expects TLS from the first octet: it spoke TLS, hung up or kept silent.
    pub fn is_missing_greeting(&self) -> bool {
        match self {
            Error::Net { step, source, .. } if step == GREETING => is_left_by_peer(source),
            Error::Proto { source, .. } => *source == proto::Error::TlsRecord,
            Error::ExpectsTls { .. } => true,
            _ => false,
        }
    }

    /// Returns whether CAPA made the server hang up, fall silent or come to no
    /// end.
    pub(super) fn is_hang_up_on_capa(&self) -> bool {
        match self {
            Error::Net { step, source, .. } if step == CAPA => match **source {
                net::Error::Wait(wait::Error::Cancelled(_)) => false,
                net::Error::Wait(wait::Error::TimedOut { limit, .. }) => limit != Limit::Deadline,
                _ => true,
            },
            Error::Proto { step, source, .. } if step == CAPA => {
                matches!(source, proto::Error::TooMuch { .. })
            }
            _ => false,
        }
    }
}

/// A server's last words, as a part of an error.
pub(super) fn last_words(words: &str) -> String {
    format!("; it had said {words:?}")
}

/// Returns whether the server ended the connection, or fell silent.
fn is_left_by_peer(error: &net::Error) -> bool {
    is_ended_by_peer(error)
        || matches!(error, net::Error::Wait(wait::Error::TimedOut { limit: Limit::Wait, .. }))
}

/// Returns whether the server hung up or reset the connection; a network that
/// gives way looks otherwise.
fn is_ended_by_peer(error: &net::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    match error {
        net::Error::Closed => true,
        net::Error::Lost { source, .. } => {
            matches!(source.kind(), ConnectionReset | ConnectionAborted | BrokenPipe)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::time::Duration;

    use super::*;

    /// The error at a step, while commands are pipelined or at the greeting.
    fn at(step: &str, source: net::Error) -> Error {
        Error::Net {
            at: "pop.example.com:995".to_owned(),
            step: step.to_owned(),
            said: String::new(),
            pipelined: step != GREETING,
            source: Box::new(source),
        }
    }

    fn lost(kind: ErrorKind) -> net::Error {
        net::Error::Lost { peer: String::new(), source: kind.into() }
    }

    fn late(limit: Limit) -> net::Error {
        net::Error::Wait(wait::Error::TimedOut {
            what: "no answer",
            whom: String::new(),
            limit,
            after: Duration::ZERO,
        })
    }

    /// Only what the server ended is blamed on pipelining, and a greeting is
    /// missing only while the network holds.
    #[test]
    fn what_the_network_does_is_told_from_what_the_server_does() {
        use ErrorKind::{BrokenPipe, ConnectionReset, NetworkUnreachable, TimedOut};
        type Make = fn() -> net::Error;
        let rows: [(Make, [bool; 3]); 7] = [
            (|| net::Error::Closed, [true, true, true]),
            (|| lost(ConnectionReset), [true, true, true]),
            (|| lost(BrokenPipe), [true, true, true]),
            (|| lost(TimedOut), [false, true, false]),
            (|| lost(NetworkUnreachable), [false, true, false]),
            (|| late(Limit::Wait), [false, true, true]),
            (|| late(Limit::Deadline), [false, false, false]),
        ];
        for (make, [anomaly, lost, missing]) in rows {
            let error = at("RETR 1", make());
            assert_eq!(error.is_pipelining_anomaly(), anomaly, "{error:?}");
            assert_eq!(error.is_connection_lost(), lost, "{error:?}");
            assert!(!error.is_missing_greeting(), "{error:?}");
            let error = at(GREETING, make());
            assert_eq!(error.is_missing_greeting(), missing, "{error:?}");
        }
    }
}
