//! What setting an account up finds out and does.

use serde::Serialize;

/// Where somebody has to sign in. The text is safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignIn {
    /// The page to open.
    pub url: String,
    /// What to enter there; `None` if the page knows.
    pub code: Option<String>,
    /// How long there is time.
    pub minutes: u64,
}

/// What is known of an account's token. The token is not among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenFacts {
    /// Whose it is.
    pub provider: String,
    /// What it is good for.
    pub scope: String,
    /// Whether it is kept from now on.
    pub stored: bool,
    /// When it was given out, in RFC 3339.
    pub obtained: Option<String>,
    /// When it ends, in RFC 3339, if that was told.
    pub expires: Option<String>,
    /// Whether a new one comes by itself.
    pub renewable: bool,
}

/// The server that belongs to an address. The text is safe to print.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundServer {
    /// A word for where it comes from.
    pub source: &'static str,
    /// The same in words.
    pub origin: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
    /// `implicit` or `starttls`.
    pub tls: &'static str,
    /// User name there.
    pub user: String,
    /// Whether its certificate was verified and it greeted.
    pub verified: bool,
    /// Whether the user has to agree before a password goes there.
    pub consent: bool,
    /// What the provider wants for a login, in a sentence.
    pub wants: Option<String>,
}

/// An account of the config file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddedAccount {
    /// The config file that it was written to; `None` if it was not.
    pub config: Option<String>,
    /// Its table.
    pub toml: String,
    /// Where its password is.
    pub password: Option<String>,
    /// The command that comes next.
    pub next: String,
}
