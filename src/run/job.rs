//! What to do, resolved: no options left open, nothing to look up.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::{AccountId, Secret};
use crate::net::{Route, TlsPolicy};
use crate::session::{Auth, Pipelining, TlsMode};

/// Everything needed to open a session.
#[derive(Clone, Debug)]
pub struct Access {
    /// What the account is called in messages and JSON: its name in the
    /// config file, else `user@host`.
    pub account: String,
    /// The key of its state.
    pub id: AccountId,
    /// User name to log in with.
    pub user: String,
    /// Password or token; `None` for mechanisms that need none, and for
    /// commands that stop before the login.
    pub secret: Option<Secret>,
    /// Mechanism.
    pub auth: Auth,
    /// The way to the server.
    pub route: Route,
    /// When TLS starts.
    pub tls_mode: TlsMode,
    /// What TLS has to fulfil.
    pub tls: TlsPolicy,
    /// The user typed that a password may go in clear to another machine.
    pub insecure_plaintext: bool,
    /// Pipelining.
    pub pipelining: Pipelining,
    /// Longest single wait.
    pub timeout: Duration,
    /// Longest run.
    pub deadline: Duration,
}

/// Where mail goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Maildir folder.
    Maildir(PathBuf),
    /// An mbox file.
    Mbox(PathBuf),
}

/// What becomes of stored messages on the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Disposal {
    /// They stay.
    #[default]
    Keep,
    /// They are deleted.
    Delete,
    /// They are deleted once they were first seen so long ago.
    DeleteAfter(Duration),
}

/// What one run takes at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Messages retrieved.
    pub messages: Option<u64>,
    /// Listed size in octets of a message; larger ones are left out.
    pub size: Option<u64>,
    /// Octets retrieved.
    pub bytes: Option<u64>,
}

/// One `fetch` of one account.
#[derive(Clone, Debug)]
pub struct FetchJob {
    /// How to get there.
    pub access: Access,
    /// Where mail goes.
    pub target: Target,
    /// What becomes of it on the server.
    pub disposal: Disposal,
    /// What one run takes at most.
    pub limits: Limits,
    /// Retrieve what the ledger knows too.
    pub all: bool,
    /// Retrieve the highest number first.
    pub newest_first: bool,
    /// The server has no UIDL: retrieve everything and delete it.
    pub no_uidl: bool,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// Go on although all ids seem to be new.
    pub accept_uid_reset: bool,
    /// How long to wait for another run's lock.
    pub lock_wait: Duration,
    /// Folder of all accounts' state.
    pub state_dir: PathBuf,
}
