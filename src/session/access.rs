//! Everything needed to open a session: plain values, nothing to look up.

use std::time::Duration;

use super::{Auth, Error, Pipelining, TlsMode};
use crate::base::Secret;
use crate::net::{Route, TlsPolicy};

/// How to get there and how to log in.
#[derive(Clone, Debug)]
pub struct Access {
    /// The way to the server.
    pub route: Route,
    /// When TLS starts.
    pub tls_mode: TlsMode,
    /// What TLS has to fulfil.
    pub tls: TlsPolicy,
    /// User name to log in with.
    pub user: String,
    /// Password or token; `None` for mechanisms that need none, and for
    /// commands that stop before the login.
    pub secret: Option<Secret>,
    /// Whether the secret is an OAuth2 token, so that [`Auth::Auto`] is the
    /// mechanism for tokens that the server offers.
    pub token: bool,
    /// Mechanism.
    pub auth: Auth,
    /// The user typed that a password may go in clear to another machine.
    pub insecure_plaintext: bool,
    /// Pipelining.
    pub pipelining: Pipelining,
    /// Longest single wait.
    pub timeout: Duration,
    /// Longest run.
    pub deadline: Duration,
}

/// What earlier sessions found out about a server. Only what was learned
/// under TLS is ever kept (it could be anybody's word otherwise).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// Capabilities before the login; `None` when unknown.
    pub capabilities: Option<Vec<String>>,
    /// Capabilities after the login; `None` when unknown.
    pub after_login: Option<Vec<String>>,
    /// The server once mixed up replies, or hung up on several commands at a
    /// time: one at a time.
    pub lockstep: bool,
    /// The server hangs up on CAPA: don't ask.
    pub no_capa: bool,
    /// It does so after the login.
    pub no_capa_after_login: bool,
    /// The server binds SCRAM to the channel by other data than this program
    /// can have: don't try.
    pub unbound: bool,
}

impl Hints {
    /// Takes over what a failure after the login tells about the server.
    /// Whether that is news: then the next session does something otherwise,
    /// and may get further.
    pub fn learn(&mut self, error: &Error) -> bool {
        let known = (self.lockstep, self.no_capa_after_login);
        self.lockstep |= error.is_pipelining_anomaly() || error.is_mixed_up();
        self.no_capa_after_login |= error.is_hang_up_on_capa();
        known != (self.lockstep, self.no_capa_after_login)
    }
}
