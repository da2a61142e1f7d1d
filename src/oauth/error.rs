//! How tokens can fail to come, and what can be done about it.

use super::Provider;
use super::advice::advice;
use crate::base::{Cancelled, Class, Failure};
use crate::{wait, web};

/// No token. The text in it is safe to print and holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What the config file says cannot be meant.
    #[error("oauth2: {0}")]
    Settings(String),
    /// Nobody said in whose name to ask.
    #[error("oauth2: there is no client_id")]
    NoClientId(Provider),
    /// This way of signing in has no endpoint, under this config key.
    #[error("oauth2: there is no {0}, so nobody can sign in this way")]
    NoEndpoint(&'static str),
    /// An endpoint cannot be asked.
    #[error(transparent)]
    Web(#[from] web::Error),
    /// An endpoint has too much to do, or something is broken there.
    #[error("{at} answers with HTTP status {status}{}", later(*after))]
    Busy {
        /// Which endpoint.
        at: String,
        /// Its HTTP status.
        status: u16,
        /// Seconds after which to ask again, if they were told.
        after: Option<u64>,
    },
    /// An endpoint's answer makes no sense.
    #[error("the answer of {at} {what}")]
    Answer {
        /// Which endpoint.
        at: String,
        /// What is wrong with it.
        what: String,
    },
    /// The issuer said no.
    #[error("{} refuses: {}{}", .0.at, .0.code, .0.words())]
    Refused(Refusal),
    /// Nobody has signed in yet, or with another client id, or it is over.
    #[error("no token is stored: {0}")]
    SignIn(&'static str),
    /// Nobody signed in in time.
    #[error("nobody signed in within {0} minutes")]
    Late(u64),
    /// The browser brought back what was not asked for.
    #[error("the sign-in came back wrong: {0}")]
    Callback(&'static str),
    /// What is stored cannot be read or written.
    #[error("cannot {doing} {place}")]
    Store {
        /// What was being done.
        doing: &'static str,
        /// Where.
        place: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else could have read the tokens in this file.
    #[error("the tokens in {0} can be read by others")]
    Exposed(String),
    /// Another run renews the tokens and does not come to an end.
    #[error("another run holds {0}")]
    Locked(String),
    /// No random octets for a secret of our own.
    #[error("no random octets from the system")]
    Random(#[source] getrandom::Error),
    /// What the issuer is to be told could not be had.
    #[error("{}", .0.text())]
    Before(Failure),
    /// A signal.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The deadline.
    #[error(transparent)]
    Wait(#[from] wait::Error),
}

/// What an issuer said when it refused (RFC 6749 §5.2).
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Which endpoint.
    pub at: String,
    /// The error's code, such as `invalid_grant`.
    pub code: String,
    /// What it says besides.
    pub text: String,
}

impl Refusal {
    fn words(&self) -> String {
        match self.text.as_str() {
            "" => String::new(),
            text => format!(" ({text})"),
        }
    }
}

fn later(after: Option<u64>) -> String {
    after.map_or_else(String::new, |seconds| format!("; try again in {seconds} s"))
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        Error::Before(failure)
    }
}

impl Error {
    /// The kind of failure.
    pub fn class(&self) -> Class {
        match self {
            Error::Settings(_)
            | Error::NoClientId(_)
            | Error::NoEndpoint(_)
            | Error::Exposed(_) => Class::Config,
            Error::Web(error) => error.class(),
            Error::Before(failure) => failure.class,
            Error::Wait(error) => error.class(),
            Error::Busy { .. } | Error::Locked(_) | Error::Cancelled(_) => Class::Temporary,
            Error::Answer { .. } => Class::Protocol,
            Error::Refused(refusal) if refusal.code == "temporarily_unavailable" => {
                Class::Temporary
            }
            Error::Refused(_) | Error::SignIn(_) | Error::Late(_) | Error::Callback(_) => {
                Class::Auth
            }
            Error::Store { .. } | Error::Random(_) => Class::Io,
        }
    }

    /// What the user can do; `account` is the account as a shell takes it.
    pub fn hint(&self, provider: Provider, account: &str) -> Option<String> {
        let login = || format!("`retr oauth login {account}` signs in");
        match self {
            Error::NoClientId(provider) => Some(match provider.registration() {
                Some(url) => format!(
                    "register a client ({url}) and give its id as client_id; none is shipped"
                ),
                None => "give the id under which this program is registered there".into(),
            }),
            Error::Refused(refusal) => {
                Some(advice(refusal, provider, account).unwrap_or_else(login))
            }
            Error::Exposed(place) => {
                Some(format!("chmod 600 {place}, and sign in anew if somebody may have read it"))
            }
            Error::SignIn(_) | Error::Late(_) | Error::Callback(_) => Some(login()),
            Error::NoEndpoint(_) => {
                Some("choose another way: --device, --browser or --paste".into())
            }
            _ => None,
        }
    }
}

impl Refusal {
    /// Returns whether the issuer takes this refresh token, or this code, no
    /// longer.
    pub(super) fn is_of_grant(&self) -> bool {
        self.code == "invalid_grant"
    }
}
