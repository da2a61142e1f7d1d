//! What was given out, and what can be done with it now.

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::Issuer;
use crate::base::Secret;

/// How long before its end a token is renewed, in seconds.
const EARLY: u64 = 300;

/// The tokens of one account.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Whose they are: [`Issuer::key`].
    pub(super) key: String,
    pub(super) access: Secret,
    pub(super) refresh: Option<Secret>,
    /// When the access token was given out, in seconds since 1970.
    pub obtained: u64,
    /// When it ends, in seconds since 1970, if that was told.
    pub expires: Option<u64>,
    /// What was granted.
    pub scope: String,
}

/// What can be done with tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State<'t> {
    /// Log in by this access token.
    Fresh(&'t Secret),
    /// Get another by this refresh token.
    Stale(&'t Secret),
    /// Nothing: somebody has to sign in.
    Over,
}

impl Tokens {
    /// What can be done at this time, if `refused` was tried in vain.
    pub(super) fn state(&self, now: u64, refused: Option<&Secret>) -> State<'_> {
        // Where the clock went back, nobody knows how old a token is.
        let lasts = now >= self.obtained && self.expires.is_none_or(|end| now + EARLY < end);
        match &self.refresh {
            _ if lasts && refused != Some(&self.access) => State::Fresh(&self.access),
            Some(refresh) => State::Stale(refresh),
            // Better an old one than none, as long as nobody said no.
            None if refused != Some(&self.access) && self.expires.is_none_or(|end| now < end) => {
                State::Fresh(&self.access)
            }
            None => State::Over,
        }
    }

    /// Returns whether they renew themselves.
    pub fn is_renewable(&self) -> bool {
        self.refresh.is_some()
    }

    /// Returns whether they were given out to this client by this issuer: no
    /// other may see them.
    pub fn is_of(&self, issuer: &Issuer) -> bool {
        self.key == issuer.key()
    }
}

/// The stored form: one line of JSON.
#[derive(Deserialize, Serialize)]
struct Stored {
    v: u8,
    client: String,
    access_token: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    obtained: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    #[serde(default)]
    scope: String,
}

impl Drop for Stored {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

const VERSION: u8 = 1;

impl Tokens {
    /// Reads the stored form; `None` if it is none, or of a later version.
    pub(super) fn from_stored(octets: &[u8]) -> Option<Self> {
        let mut stored: Stored = serde_json::from_slice(octets).ok()?;
        let secret = |text: &mut String| Secret::new(std::mem::take(text).into_bytes());
        (stored.v == VERSION).then(|| Self {
            key: std::mem::take(&mut stored.client),
            access: secret(&mut stored.access_token),
            refresh: stored.refresh_token.as_mut().map(secret),
            obtained: stored.obtained,
            expires: stored.expires,
            scope: std::mem::take(&mut stored.scope),
        })
    }

    /// The stored form, with its line end.
    pub(super) fn to_stored(&self) -> Zeroizing<Vec<u8>> {
        let text = |secret: &Secret| String::from_utf8_lossy(secret.expose()).into_owned();
        let stored = Stored {
            v: VERSION,
            client: self.key.clone(),
            access_token: text(&self.access),
            refresh_token: self.refresh.as_ref().map(text),
            obtained: self.obtained,
            expires: self.expires,
            scope: self.scope.clone(),
        };
        // Room for all of it, so that growing leaves no copy behind.
        let secrets = self.access.expose().len()
            + self.refresh.iter().map(|r| r.expose().len()).sum::<usize>();
        let room = 6 * (secrets + self.key.len() + self.scope.len()) + 256;
        let mut octets = Zeroizing::new(Vec::with_capacity(room));
        // Of a type that has only string keys, into memory: it cannot fail.
        if serde_json::to_writer(&mut *octets, &stored).is_ok() {
            octets.push(b'\n');
        }
        octets
    }
}
