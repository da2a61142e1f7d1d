//! `retr oauth`: signing in, and what is known of a token.

use std::ffi::OsStr;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

use super::work::attend;
use crate::base::{Class, Event, Failure, Observer, SignIn, TokenFacts, rfc3339};
use crate::cli::args::{LoginArgs, OAuthCommand, OnServer};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::resolve::{self, Need};
use crate::cli::secret::{self, OAuth2};
use crate::oauth::browser::{Attempt, Listener};
use crate::oauth::device;
use crate::oauth::{Tokens, revoke};
use crate::process::{Input, Launch, Output, Running, Words};
use crate::session::Access;
use crate::wait::Timeouts;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignInMethod {
    Device,
    Browser,
    Paste,
}

pub(crate) fn oauth(command: &OAuthCommand, env: &Environment) -> ExitCode {
    let args = match command {
        OAuthCommand::Login(args) => &args.token,
        OAuthCommand::Status(args) | OAuthCommand::Logout(args) => args,
    };
    let name = resolve::name_of(&args.account);
    attend(&name, &args.common, env, |cancel, observer| {
        let (user, access, oauth2) = resolved(args, env)?;
        let timeouts = &Timeouts::new(access.timeout, access.deadline, cancel);
        match command {
            OAuthCommand::Login(args) => {
                sign_in(&oauth2, &user, sign_in_method(args, &oauth2), env, timeouts, observer)
            }
            OAuthCommand::Status(_) => status(&oauth2, timeouts, observer),
            OAuthCommand::Logout(_) => logout(&oauth2, timeouts, observer),
        }
    })
}

/// The user name, how he gets to his mailbox, and where his tokens come from.
fn resolved(args: &OnServer, env: &Environment) -> Result<(String, Access, OAuth2), Failure> {
    let config = Config::load(args.common.config.as_deref(), env)?;
    let typed = Options::from(&args.connect);
    let merged = resolve::merge(&args.account, typed, &config)?;
    let Some(settings) = &merged.options.connect.oauth2 else {
        let what = format!("{} has no oauth2", merged.described);
        let hint =
            "add a table [accounts.NAME.oauth2] with provider and client_id; `man retr` tells more";
        return Err(Failure::config(what).hint(hint));
    };
    let (account, _) = resolve::account(&merged, Need::Login, env)?;
    let oauth2 = OAuth2::new(settings, &account, env)?;
    Ok((merged.user, account.access, oauth2))
}

fn sign_in_method(args: &LoginArgs, oauth2: &OAuth2) -> SignInMethod {
    match args {
        LoginArgs { device: true, .. } => SignInMethod::Device,
        LoginArgs { browser: true, .. } => SignInMethod::Browser,
        LoginArgs { paste: true, .. } => SignInMethod::Paste,
        _ => default_method(oauth2),
    }
}

/// A code where the provider has that: it needs no browser here.
pub(super) fn default_method(oauth2: &OAuth2) -> SignInMethod {
    if oauth2.issuer.has_device_flow() { SignInMethod::Device } else { SignInMethod::Browser }
}

/// Somebody signs in, and the tokens are kept.
pub(super) fn sign_in(
    oauth2: &OAuth2,
    user: &str,
    method: SignInMethod,
    env: &Environment,
    timeouts: &Timeouts,
    observer: &dyn Observer,
) -> Result<(), Failure> {
    let keeper = oauth2.keeper(timeouts, observer);
    let show = |attempt: &Attempt<'_>| {
        observer.notice(&Event::SignIn(SignIn {
            url: attempt.url.clone(),
            code: None,
            minutes: Listener::MINUTES,
        }));
    };
    let kept = keeper.keep(|asker| match method {
        SignInMethod::Device => {
            device::sign_in(asker, |code| observer.notice(&Event::SignIn(code)))
        }
        SignInMethod::Browser => {
            let listener = Listener::open()?;
            let attempt = Attempt::new(&oauth2.issuer, user, listener.port)?;
            show(&attempt);
            open_browser(&attempt.url, timeouts, env);
            listener.redeem(&attempt, asker)
        }
        SignInMethod::Paste => {
            // Nobody listens there: the address is all that is wanted.
            let attempt = Attempt::new(&oauth2.issuer, user, 1024 + 7 * 1024)?;
            show(&attempt);
            attempt.redeem_pasted(&pasted(timeouts)?, asker)
        }
    });
    let tokens = kept.map_err(|error| oauth2.explain(error))?;
    observer.notice(&facts(oauth2, Some(&tokens)));
    Ok(())
}

/// The address that somebody pastes, from a terminal or a pipe.
fn pasted(timeouts: &Timeouts) -> Result<String, Failure> {
    let line = secret::read_line(io::stdin(), timeouts)?;
    if line.is_empty() { Err(Failure::new(Class::Auth, "no address was pasted")) } else { Ok(line) }
}

/// Opens the page, where there is something to open it with. What is started
/// is the user's browser, perhaps: it has a session of its own, and stays.
fn open_browser(url: &str, timeouts: &Timeouts, env: &Environment) {
    let has = |name: &str| env.vars.contains_key(OsStr::new(name));
    let words = ["setsid", "--fork", "xdg-open", url].map(str::to_owned);
    let Ok(words) = Words::new(words.into()) else {
        return;
    };
    if has("DISPLAY") || has("WAYLAND_DISPLAY") {
        let launch = Launch {
            words: &words,
            variables: &[],
            input: Input::Nothing,
            stdout: Output::Discarded,
            stderr: Output::Discarded,
            grace: Duration::from_secs(1),
        };
        // The page is shown, too.
        let _ = launch.start(timeouts).map(Running::wait);
    }
}

fn status(oauth2: &OAuth2, timeouts: &Timeouts, observer: &dyn Observer) -> Result<(), Failure> {
    let tokens = oauth2.store.load(timeouts);
    let tokens = tokens.map_err(|error| oauth2.explain(error))?;
    let tokens = tokens.filter(|tokens| tokens.is_of(&oauth2.issuer));
    observer.notice(&facts(oauth2, tokens.as_ref()));
    match tokens {
        Some(_) => Ok(()),
        None => Err(oauth2.explain(crate::oauth::Error::SignIn("nobody has signed in"))),
    }
}

fn logout(oauth2: &OAuth2, timeouts: &Timeouts, observer: &dyn Observer) -> Result<(), Failure> {
    let keeper = oauth2.keeper(timeouts, observer);
    let tokens = keeper.forget().map_err(|error| oauth2.explain(error))?;
    observer.notice(&facts(oauth2, None));
    let Some(tokens) = tokens.filter(|tokens| tokens.is_of(&oauth2.issuer)) else {
        return Ok(());
    };
    match revoke(&oauth2.issuer, &tokens, &keeper.web) {
        Ok(_) => Ok(()),
        Err(error) => Err(oauth2.explain(error).hint(
            "it is forgotten here, but still good there: end it in the settings of the account",
        )),
    }
}

fn facts(oauth2: &OAuth2, tokens: Option<&Tokens>) -> Event {
    let issuer = &oauth2.issuer;
    Event::Token(TokenFacts {
        provider: issuer.provider.to_string(),
        scope: tokens.map_or_else(|| issuer.scope.clone(), |tokens| tokens.scope.clone()),
        stored: tokens.is_some(),
        obtained: tokens.and_then(|tokens| rfc3339(tokens.obtained)),
        expires: tokens.and_then(|tokens| rfc3339(tokens.expires?)),
        renewable: tokens.is_some_and(Tokens::is_renewable),
    })
}
