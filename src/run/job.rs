//! What to do, resolved: no options left open, nothing to look up.

use std::path::PathBuf;
use std::time::Duration;

use crate::base::AccountId;
use crate::plan::Policy;
use crate::session::Access;
use crate::store::Target;

/// One mailbox on one server.
#[derive(Clone, Debug)]
pub struct Account {
    /// What it is called in messages and JSON: its name in the config file,
    /// else `user@host`.
    pub name: String,
    /// The key of its state.
    pub id: AccountId,
    /// How to get there and log in.
    pub access: Access,
    /// Folder of all accounts' state.
    pub state_dir: PathBuf,
}

impl Account {
    /// The folder of its own state.
    pub fn dir(&self) -> PathBuf {
        self.state_dir.join(self.id.as_str())
    }
}

/// One `fetch` of one account.
#[derive(Clone, Debug)]
pub struct FetchJob {
    /// Whose mail.
    pub account: Account,
    /// Where mail goes.
    pub target: Target,
    /// What to take and what becomes of it on the server.
    pub policy: Policy,
    /// The server has no UIDL: retrieve everything and delete it.
    pub no_uidl: bool,
    /// Delete what an earlier run stored only if it is still here, unaltered.
    pub delete_verified: bool,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// How long to wait for another run's lock.
    pub lock_wait: Duration,
}
