//! The access token of an OAuth2 account, renewed where it is needed.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Source, SourceKind, command};
use crate::base::{Failure, Observer, Secret};
use crate::cli::environment::Environment;
use crate::disk::RealDisk;
use crate::net::{Route, TlsPolicy};
use crate::oauth::{Error, Issuer, Keeper, Place, Provider, Settings, Store};
use crate::run;
use crate::wait::Timeouts;
use crate::web::Client;

/// Where an account's tokens come from and where they are kept.
#[derive(Clone)]
pub(crate) struct OAuth2 {
    pub(crate) issuer: Issuer,
    pub(crate) store: Store,
    client_secret: Source,
    /// As a shell takes the account's name.
    word: String,
    route: Route,
    tls: TlsPolicy,
}

impl OAuth2 {
    /// By the settings of an account. Nothing is read.
    pub(crate) fn new(
        settings: &Settings,
        account: &run::Account,
        env: &Environment,
    ) -> Result<Self, Failure> {
        let word = shell_words::quote(&crate::base::escape(&account.name)).into_owned();
        let explained = |error| explain(error, settings.provider, &word);
        let issuer = Issuer::of(settings).map_err(explained)?;
        let place = match &settings.token_store {
            None => Place::File,
            Some(commands) => Place::Commands {
                load: command::split("token_store load", &commands.load)?,
                save: command::split("token_store save", &commands.save)?,
            },
        };
        let kind = match (&settings.client_secret_file, &settings.client_secret_command) {
            (Some(_), Some(_)) => {
                let what = "has both client_secret_file and client_secret_command".to_owned();
                return Err(explained(Error::Settings(what)));
            }
            (Some(path), None) => SourceKind::File(PathBuf::from(path)),
            (None, Some(line)) => {
                SourceKind::Command(command::split("client_secret_command", line)?)
            }
            (None, None) => SourceKind::Nothing,
        };
        let access = &account.access;
        Ok(Self {
            store: Store::new(account.dir(), place, Arc::new(RealDisk::new())),
            issuer,
            client_secret: Source::of(kind, env),
            word,
            route: access.route.clone(),
            tls: access.tls.clone(),
        })
    }

    /// An access token, another one than `refused`.
    pub(super) fn token(
        &self,
        refused: Option<&Secret>,
        timeouts: &Timeouts,
        observer: &dyn Observer,
    ) -> Result<Secret, Failure> {
        let token = self.keeper(timeouts, observer).access(refused);
        token.map_err(|error| self.explain(error))
    }

    /// Hands out, keeps and forgets this account's tokens.
    pub(crate) fn keeper<'a>(
        &'a self,
        timeouts: &'a Timeouts,
        observer: &'a dyn Observer,
    ) -> Keeper<'a> {
        Keeper {
            issuer: &self.issuer,
            store: &self.store,
            web: Client::new(&self.route, &self.tls, timeouts.clone(), observer),
            timeouts: timeouts.clone(),
            client_secret: Box::new(move || self.client_secret.secret(timeouts, observer)),
        }
    }

    /// Returns whether a token is there, as far as that can be known without
    /// running a command.
    pub(crate) fn check(&self, timeouts: &Timeouts) -> Result<(), Failure> {
        if self.store.is_of_commands() {
            return Ok(());
        }
        let tokens = self.store.load(timeouts).and_then(|tokens| match tokens {
            Some(tokens) if tokens.is_of(&self.issuer) => Ok(()),
            _ => Err(Error::SignIn("nobody has signed in")),
        });
        tokens.map_err(|error| self.explain(error))
    }

    /// Puts it into words.
    pub(crate) fn explain(&self, error: Error) -> Failure {
        explain(error, self.issuer.provider, &self.word)
    }
}

fn explain(error: Error, provider: Provider, word: &str) -> Failure {
    if let Error::Before(failure) = error {
        return failure;
    }
    let mut failure = Failure::from_error(error.class(), &error);
    failure.hint = error.hint(provider, word);
    failure
}
