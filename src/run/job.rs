//! What to do, resolved: no options left open, nothing to look up.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::{Error, Rules};
use crate::base::{AccountId, Failure, Observer, Secret, escape};
use crate::plan::Policy;
use crate::session::Access;
use crate::store::{Handover, Target};

/// One mailbox on one server.
#[derive(Clone, Debug)]
pub struct Account {
    /// What it is called in messages and JSON: its name in the config file,
    /// else `user@host`.
    pub name: String,
    /// What it is called on the command line: its name, or the URL typed.
    pub word: String,
    /// The key of its state.
    pub id: AccountId,
    /// How to get there and log in.
    pub access: Access,
    /// Where the secret comes from, unless `access` has all that is needed.
    pub secret: SecretSource,
    /// Folder of all accounts' state.
    pub state_dir: PathBuf,
}

impl Account {
    /// The folder of its own state.
    pub fn dir(&self) -> PathBuf {
        self.state_dir.join(self.id.as_str())
    }

    /// It as a shell takes it on a command line, safe to print.
    pub fn shell_word(&self) -> String {
        shell_words::quote(&escape(&self.word)).into_owned()
    }

    /// How to get there, with the secret. It is got here for the first time:
    /// the caller has nothing else left to do before connecting.
    pub(super) fn ready(&self, observer: &dyn Observer) -> Result<&Access, Error> {
        let SecretSource { get, ready, .. } = &self.secret;
        match (get, ready.get()) {
            (None, _) => Ok(&self.access),
            (_, Some(access)) => Ok(access),
            (Some(get), None) => {
                let secret = get(observer).map_err(|failure| Error::Secret(Box::new(failure)))?;
                Ok(ready.get_or_init(|| Access { secret, ..self.access.clone() }))
            }
        }
    }
}

/// Gets a secret, or finds that none is needed. It may run a command, ask
/// somebody, or ask over the network, of which the observer is told.
type GetSecret = dyn Fn(&dyn Observer) -> Result<Option<Secret>, Failure> + Send + Sync;

/// Where a secret comes from once it is needed. Clones share what was got.
#[derive(Clone, Default)]
pub struct SecretSource {
    get: Option<Arc<GetSecret>>,
    asks: bool,
    ready: Arc<OnceLock<Access>>,
}

impl SecretSource {
    /// By this function, which is called once at most.
    pub fn new(
        get: impl Fn(&dyn Observer) -> Result<Option<Secret>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { get: Some(Arc::new(get)), asks: false, ready: Arc::default() }
    }

    /// The same; `asks` says whether somebody has to type it.
    pub fn asking(self, asks: bool) -> Self {
        Self { asks, ..self }
    }

    /// Returns whether somebody will have to type it.
    pub(super) fn must_ask(&self) -> bool {
        self.asks && self.ready.get().is_none()
    }

    /// The secret that was got, if any was.
    pub fn got(&self) -> Option<&Secret> {
        self.ready.get()?.secret.as_ref()
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretSource")
    }
}

/// One `fetch` of one account.
#[derive(Clone, Debug)]
pub struct FetchJob {
    /// Whose mail.
    pub account: Account,
    /// Where mail goes.
    pub target: Target,
    /// How it is handed on, where it is.
    pub handover: Handover,
    /// What to take and what becomes of it on the server.
    pub policy: Policy,
    /// What is left on the server for what its header says.
    pub rules: Rules,
    /// The server has no UIDL: retrieve everything and delete it.
    pub no_uidl: bool,
    /// Delete what an earlier run stored only if it is still here, unaltered.
    pub delete_verified: bool,
    /// Only tell what would be done.
    pub dry_run: bool,
    /// How long to wait for another run's lock.
    pub lock_wait: Duration,
}
