//! Access tokens for logins, renewed in time.

use super::tokens::State;
use super::{Asker, Error, Issuer, Store, Tokens};
use crate::base::{Failure, Secret};
use crate::wait::{self, Timeouts};
use crate::web::Client;

/// Hands out access tokens of one account.
pub struct Keeper<'a> {
    /// Who gives them out.
    pub issuer: &'a Issuer,
    /// Where they are kept.
    pub store: &'a Store,
    /// How the issuer is asked.
    pub web: Client<'a>,
    /// How long another run is waited for.
    pub timeouts: Timeouts,
    /// Gets the client's secret; called only if the issuer is asked.
    pub client_secret: Box<dyn Fn() -> Result<Option<Secret>, Failure> + 'a>,
}

impl Keeper<'_> {
    /// An access token that lasts five minutes at least, as far as is known,
    /// and is another one than `refused`. A new one is durable before it is
    /// returned.
    pub fn access(&self, refused: Option<&Secret>) -> Result<Secret, Error> {
        if let State::Fresh(access) = self.load()?.state(wait::now(), refused) {
            return Ok(access.clone());
        }
        let lock = self.store.lock(&self.timeouts)?;
        // Another run may have renewed them meanwhile.
        let tokens = self.load()?;
        let refresh = match tokens.state(wait::now(), refused) {
            State::Fresh(access) => return Ok(access.clone()),
            State::Stale(refresh) => refresh,
            State::Over => {
                return Err(Error::SignIn("it is over, and there is none to renew it"));
            }
        };
        let saving = self.store.prepare(&lock)?;
        let asker = self.asker()?;
        let renew = |tokens: &Tokens, refresh: &Secret| {
            let fields =
                [("grant_type", &b"refresh_token"[..]), ("refresh_token", refresh.expose())];
            asker.grant(&fields, Some(tokens))
        };
        let renewed = match renew(&tokens, refresh) {
            Err(Error::Refused(refusal)) if refusal.is_of_grant() => {
                // Another process that shares the place without the lock was
                // quicker.
                let other = self.load()?;
                match other.state(wait::now(), refused) {
                    State::Fresh(access) if *access != tokens.access => return Ok(access.clone()),
                    State::Stale(newer) if newer != refresh => renew(&other, newer)?,
                    _ => return Err(Error::Refused(refusal)),
                }
            }
            renewed => renewed?,
        };
        saving.save(&renewed, &self.timeouts)?;
        Ok(renewed.access)
    }

    /// Keeps what somebody signed in for. Whether it could be kept is proved
    /// first.
    pub fn keep(
        &self,
        sign_in: impl FnOnce(&Asker<'_>) -> Result<Tokens, Error>,
    ) -> Result<Tokens, Error> {
        drop(self.store.prepare(&self.store.lock(&self.timeouts)?)?);
        // Somebody may take his time: no other run waits for him.
        let tokens = sign_in(&self.asker()?)?;
        let lock = self.store.lock(&self.timeouts)?;
        self.store.prepare(&lock)?.save(&tokens, &self.timeouts)?;
        Ok(tokens)
    }

    /// Forgets the tokens, and returns what they were.
    pub fn forget(&self) -> Result<Option<Tokens>, Error> {
        let lock = self.store.lock(&self.timeouts)?;
        let tokens = self.store.load(&self.timeouts);
        self.store.forget(&lock, &self.timeouts)?;
        // What was no token is gone as well.
        Ok(tokens.ok().flatten())
    }

    fn asker(&self) -> Result<Asker<'_>, Error> {
        Ok(Asker {
            issuer: self.issuer,
            client_secret: (self.client_secret)()?,
            web: &self.web,
            timeouts: &self.timeouts,
        })
    }

    fn load(&self) -> Result<Tokens, Error> {
        let tokens = self.store.load(&self.timeouts)?;
        let tokens = tokens.ok_or(Error::SignIn("nobody has signed in"))?;
        if tokens.is_of(self.issuer) {
            return Ok(tokens);
        }
        Err(Error::SignIn("it was given to another client_id or by another token_url"))
    }
}
