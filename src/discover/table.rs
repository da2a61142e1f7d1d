//! What is known of providers: `providers.toml`, one entry each.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Address;
use super::address::{domains_of, is_within};
use crate::session::TlsMode;

/// A mail provider.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// What it is called.
    pub name: String,
    /// Its domains, and those of its mail exchangers, with spaces between.
    domains: String,
    /// Its POP3 server, if it has one.
    #[serde(default)]
    pub host: String,
    /// The server's port.
    #[serde(default = "implicit_port")]
    pub port: u16,
    /// When its TLS starts.
    #[serde(default)]
    pub tls: TlsMode,
    #[serde(default)]
    login: Login,
    /// What it wants for a login.
    pub need: Need,
    /// Whether POP3 has to be switched on first.
    #[serde(default)]
    pub switch_on: bool,
    /// Whose OAuth2 works there: a value of the key `provider`.
    pub oauth2: Option<String>,
    /// What else there is to know.
    note: Option<String>,
    /// A page that says how to get what it wants.
    pub help: Option<String>,
    /// Where the entry comes from.
    source: String,
    /// When it was last touched there.
    pub date: String,
}

/// What a provider wants for a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The account's password.
    Password,
    /// A password made for this program.
    AppPassword,
    /// The same, if a second factor is wanted in the webmail.
    #[serde(rename = "app-password-with-2fa")]
    AppPasswordWith2fa,
    /// A code that the webmail shows.
    AuthorizationCode,
    /// An OAuth2 token, and nothing else.
    #[serde(rename = "oauth2")]
    OAuth2,
    /// It has no POP3.
    #[serde(rename = "no-pop3")]
    NoPop3,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Login {
    #[default]
    Address,
    LocalPart,
}

fn implicit_port() -> u16 {
    995
}

static PROVIDERS: LazyLock<Vec<Provider>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Table {
        provider: Vec<Provider>,
    }
    // A test reads it, too.
    let table = toml::from_str(include_str!("providers.toml"));
    table.map_or_else(|_| Vec::new(), |table: Table| table.provider)
});

/// The provider whose domain this is.
pub fn of_domain(domain: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.domains().any(|own| own == domain))
}

/// The provider whose server this is.
pub fn of_host(host: &str) -> Option<&'static Provider> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let by_server = PROVIDERS.iter().find(|provider| !host.is_empty() && provider.host == host);
    by_server.or_else(|| domains_of(&host).find_map(of_domain))
}

impl Provider {
    pub(super) fn domains(&self) -> impl Iterator<Item = &str> {
        self.domains.split_ascii_whitespace()
    }

    /// Returns whether this is a domain of its own, and not of somebody whose
    /// mail it keeps.
    pub fn has_domain(&self, domain: &str) -> bool {
        self.domains().any(|own| is_within(domain, own))
    }

    /// The user name that belongs to an address.
    pub fn user(&self, address: &Address) -> String {
        match self.login {
            Login::Address => address.text.clone(),
            Login::LocalPart => address.local_part.clone(),
        }
    }

    /// What else there is to know.
    pub(super) fn note(&self) -> &str {
        self.note.as_deref().unwrap_or_default()
    }

    /// Where the entry comes from, and of which day it is.
    pub fn source(&self) -> String {
        format!("{}, {}", self.source, self.date)
    }

    /// What it wants besides a user name and the usual password, in a
    /// sentence; `None` if nothing.
    pub fn wants(&self) -> Option<String> {
        let name = &self.name;
        let mut text = match self.need {
            Need::Password if self.switch_on => {
                format!("{name} wants POP3 switched on in the webmail's settings first")
            }
            Need::Password => return None,
            Need::AppPassword => {
                format!("{name} wants an app password in place of the account's own")
            }
            Need::AppPasswordWith2fa => {
                format!("{name} wants an app password where two-factor login is on")
            }
            Need::AuthorizationCode => {
                format!("{name} wants an authorization code in place of the password")
            }
            Need::OAuth2 => format!("{name} takes no passwords, only OAuth2"),
            Need::NoPop3 => return Some(format!("{name} has no POP3: {}", self.note())),
        };
        if self.switch_on && self.need != Need::Password {
            text.push_str(", and POP3 switched on in the webmail's settings first");
        }
        for more in [self.note.as_deref(), self.help.as_deref()].into_iter().flatten() {
            text.push_str("; ");
            text.push_str(more);
        }
        Some(text)
    }
}

#[cfg(test)]
pub(super) fn all() -> &'static [Provider] {
    &PROVIDERS
}
