//! A server that may be the right one, and the proof that it is one at all.

use std::fmt;
use std::time::Instant;

use super::address::is_within;
use super::{Address, Provider, Tried};
use crate::base::{Cancel, Class, Failure, Observer};
use crate::session::{self, Access, Hints, Leave, Session, TlsMode};

/// Where a candidate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user.
    Named,
    /// The table of this program: its source and date.
    Table(String),
    /// The domain itself, at this address.
    Autoconfig(String),
    /// Thunderbird's database, at this address.
    Ispdb(String),
    /// What is known of the domain of its mail exchanger.
    Mx {
        /// The exchanger.
        exchanger: String,
        /// What is known of its domain.
        by: Box<Origin>,
    },
    /// An SRV record (RFC 6186).
    Srv,
    /// A usual name.
    Guess,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Named => f.write_str("as given"),
            Origin::Table(source) => write!(f, "from the built-in table ({source})"),
            Origin::Autoconfig(url) | Origin::Ispdb(url) => write!(f, "from {url}"),
            Origin::Mx { exchanger, by } => write!(f, "by the mail exchanger {exchanger}, {by}"),
            Origin::Srv => f.write_str("from DNS (SRV)"),
            Origin::Guess => f.write_str("a usual name"),
        }
    }
}

impl Origin {
    /// A word for scripts.
    pub fn word(&self) -> &'static str {
        match self {
            Origin::Named => "host",
            Origin::Table(_) => "table",
            Origin::Autoconfig(_) => "autoconfig",
            Origin::Ispdb(_) => "ispdb",
            Origin::Mx { .. } => "mx",
            Origin::Srv => "srv",
            Origin::Guess => "guess",
        }
    }
}

/// A server that may be the right one. Its texts have nothing in them but
/// what a host or a user name can have.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it comes from.
    pub origin: Origin,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// When TLS starts; never [`TlsMode::None`].
    pub tls: TlsMode,
    /// The user name there.
    pub user: String,
    /// What is known of the provider.
    pub provider: Option<&'static Provider>,
    /// Whether it said that it takes nothing but OAuth2.
    pub only_oauth2: bool,
}

impl Candidate {
    /// The server of a provider.
    pub(super) fn of(provider: &'static Provider, address: &Address, origin: Origin) -> Self {
        Self {
            origin,
            host: provider.host.clone(),
            port: provider.port,
            tls: provider.tls,
            user: provider.user(address),
            provider: Some(provider),
            only_oauth2: provider.need == super::Need::OAuth2,
        }
    }

    /// Returns whether the user has to agree before a password goes there: DNS
    /// can be forged, and a host outside of the domain is somebody else's.
    pub fn needs_consent(&self, domain: &str) -> bool {
        match self.origin {
            Origin::Named => false,
            Origin::Mx { .. } | Origin::Srv => true,
            Origin::Table(_) | Origin::Autoconfig(_) | Origin::Ispdb(_) | Origin::Guess => {
                !is_within(&self.host, domain)
            }
        }
    }

    /// How it is reached: as any mailbox of this user, but there.
    pub fn access(&self, like: &Access) -> Access {
        let mut access = like.clone();
        access.route.host.clone_from(&self.host);
        access.route.port = self.port;
        access.tls_mode = self.tls;
        access.user.clone_from(&self.user);
        access
    }

    /// Connects, verifies the certificate and takes the greeting. Nothing of
    /// the user is sent.
    pub(super) fn prove(
        &self,
        like: &Access,
        until: Instant,
        cancel: &Cancel,
        observer: &dyn Observer,
    ) -> Result<(), Tried> {
        let access = self.access(like);
        let greeted = Session::greet(&access, Hints::default(), until, cancel, observer);
        let left = greeted.and_then(|greeted| greeted.leave(Leave::Quit));
        left.map_err(|error| self.refuted(error))
    }

    fn refuted(&self, error: session::Error) -> Tried {
        let why = Failure::from_error(error.class(), &error).text();
        let place = format!("{}:{}: ", self.host, self.port);
        Tried {
            what: format!("{}:{} ({})", self.host, self.port, self.origin),
            why: why.strip_prefix(&place).unwrap_or(&why).to_owned(),
            // That there is none of a usual name is no failure.
            class: Some(error.class())
                .filter(|class| self.origin != Origin::Guess && *class != Class::Internal),
            error: match error {
                session::Error::Net { source, .. } => Some(source.into()),
                _ => None,
            },
        }
    }
}
