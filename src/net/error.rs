//! How a connection can fail.

use std::fmt;
use std::io;

use data_encoding::HEXLOWER;

use super::{Attempts, TlsFacts};
use crate::base::Class;
use crate::wait;

/// A failure of the connection. The text in it is safe to print.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The peer ended the stream.
    #[error("the server closed the connection")]
    Closed,
    /// The connection broke.
    #[error("the connection was lost")]
    Lost {
        /// Host and port.
        peer: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was waited for too long, or a signal asked for the end.
    #[error(transparent)]
    Wait(#[from] wait::Error),
    /// The name, or where to send it, makes no sense.
    #[error("{what} \"{text}\" {reason}")]
    BadHost {
        /// What it was meant to be.
        what: &'static str,
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no such name.
    #[error("the host name was not found")]
    NotFound {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The resolver could not tell.
    #[error("the host name could not be looked up")]
    Lookup {
        /// The name.
        host: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The name has addresses, but none that may be used.
    #[error("the host has no {family} address")]
    NoAddress {
        /// The name.
        host: String,
        /// The family asked for.
        family: &'static str,
    },
    /// No address let us in.
    #[error("cannot connect")]
    Connect {
        /// Host and port.
        peer: String,
        /// Each address and what happened there.
        source: Attempts,
    },
    /// The unix socket let nobody in.
    #[error("cannot connect to socket {path}")]
    Socket {
        /// Where it is.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// The tunnel's command did not start.
    #[error("cannot start the tunnel \"{command}\"")]
    Tunnel {
        /// The command's first word.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// The proxy did not connect us.
    #[error("proxy {proxy}: {reason}")]
    Proxy {
        /// Host and port.
        proxy: String,
        /// What it said, in words.
        reason: String,
        /// Whether another try may help.
        temporary: bool,
    },
    /// The proxy did not take the login.
    #[error("proxy {proxy} {reason}")]
    ProxyLogin {
        /// Host and port.
        proxy: String,
        /// What went wrong.
        reason: &'static str,
    },
    /// A file with certificates or a key cannot be used.
    #[error("cannot use {what} {path}: {reason}")]
    TlsFile {
        /// What it was meant to be.
        what: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The wishes for TLS contradict each other or the library.
    #[error("TLS cannot be set up: {reason}")]
    TlsPolicy {
        /// Why.
        reason: String,
    },
    /// The certificate failed the usual checks.
    #[error("the certificate is not accepted: {}", with_facts(reason, found.as_deref()))]
    Certificate {
        /// The name that was verified.
        name: String,
        /// What the library said.
        reason: String,
        /// It is good but for its names.
        of_name: bool,
        /// What was shown, to judge it, if it was asked for (see
        /// [`super::Connection::peer_certificate`]).
        found: Option<Box<TlsFacts>>,
    },
    /// The certificate is not the pinned one.
    #[error(
        "the certificate is {}, but pinned is {}",
        found.pin_text(),
        pins_text(wanted)
    )]
    Pin {
        /// The name of the server.
        name: String,
        /// The pins.
        wanted: Vec<[u8; 32]>,
        /// What was shown.
        found: Box<TlsFacts>,
    },
    /// The other side does not speak TLS.
    #[error("the server does not speak TLS, it said \"{said}\"")]
    NotTls {
        /// Host and port.
        peer: String,
        /// Its first line.
        said: String,
        /// It had said something in clear before. If not, the port is none for
        /// TLS; else somebody spoke where TLS was agreed on.
        spoke_before: bool,
    },
    /// The stream ended or broke within the handshake.
    #[error("the server closed the connection during the TLS handshake")]
    ClosedInHandshake {
        /// Host and port.
        peer: String,
        /// What the system said, if it was no orderly end.
        source: Option<io::Error>,
    },
    /// The two sides found no common ground.
    #[error("{reason}")]
    Handshake {
        /// Host and port.
        peer: String,
        /// What the library said.
        reason: String,
        /// What stood in the way.
        obstacle: Obstacle,
    },
    /// TLS failed after the handshake: an alert, or a forged record.
    #[error("TLS failed: {reason}")]
    Tls {
        /// Host and port.
        peer: String,
        /// What the library said.
        reason: String,
    },
}

/// Why two sides found no common ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The server speaks only versions below the lowest that is allowed.
    Version,
    /// Its keys or ciphers are too weak.
    Weak,
    /// Anything else.
    Unknown,
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Closed | Error::Lost { .. } | Error::Lookup { .. } => Class::Temporary,
            Error::BadHost { .. }
            | Error::TlsFile { .. }
            | Error::TlsPolicy { .. }
            | Error::NotTls { spoke_before: false, .. } => Class::Config,
            Error::NotFound { .. } | Error::NoAddress { .. } => Class::Host,
            Error::Connect { source, .. } if source.is_passing() => Class::Temporary,
            Error::Proxy { temporary: true, .. } => Class::Temporary,
            Error::Connect { .. }
            | Error::Socket { .. }
            | Error::Tunnel { .. }
            | Error::Proxy { .. } => Class::Unavailable,
            Error::ProxyLogin { .. } => Class::Auth,
            Error::Certificate { .. }
            | Error::Pin { .. }
            | Error::NotTls { .. }
            | Error::ClosedInHandshake { .. }
            | Error::Handshake { .. }
            | Error::Tls { .. } => Class::Tls,
            Error::Wait(error) => error.class(),
        }
    }

    /// Whether the certificate's time is over.
    pub fn is_expired(&self) -> bool {
        matches!(self, Error::Certificate { reason, .. } if reason == EXPIRED)
    }

    /// What was shown in a handshake that was refused for the certificate's
    /// sake, and why it was; `None` if it could not be looked at.
    pub fn refused_certificate(&self) -> Option<(&TlsFacts, &str)> {
        match self {
            Error::Certificate { reason, found: Some(found), .. } => Some((found, reason)),
            Error::Pin { found, .. } => Some((found, "it is not the pinned one")),
            _ => None,
        }
    }
}

/// A pin as the user would type it.
pub(super) fn pin_text(pin: &[u8; 32]) -> String {
    format!("sha256:{}", HEXLOWER.encode(pin))
}

fn pins_text(pins: &[[u8; 32]]) -> impl fmt::Display {
    pins.iter().map(pin_text).collect::<Vec<_>>().join(" or ")
}

/// What the library says of a certificate whose time is over.
const EXPIRED: &str = "certificate has expired";

/// A verdict with the date that it is about, and the pin.
fn with_facts(reason: &str, found: Option<&TlsFacts>) -> String {
    let Some(found) = found else {
        return reason.to_owned();
    };
    let last_day = (reason == EXPIRED)
        .then(|| found.describe()?.not_after?.get(..10).map(str::to_owned))
        .flatten();
    let reason = match last_day {
        Some(day) => format!("it expired {day}"),
        None => reason.to_owned(),
    };
    format!("{reason} ({})", found.pin_text())
}
