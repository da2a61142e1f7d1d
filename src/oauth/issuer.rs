//! Who gives tokens out, and in whose name they are asked for.

use serde::{Deserialize, Serialize};

use super::Error;
use crate::base::choice;
use crate::web::Url;

choice! {
    /// Whose endpoints and scope hold where nothing else is said.
    #[derive(Default)]
    pub enum Provider("a provider; use microsoft, google, fastmail or custom", "a string") {
        Microsoft "microsoft" "Outlook.com and Microsoft 365",
        Google "google" "Gmail",
        Fastmail "fastmail" "Fastmail",
        #[default]
        Custom "custom" "None of these: all of it is said",
    }
}

/// `[accounts.NAME.oauth2]` as in the config file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Whose endpoints.
    pub provider: Provider,
    /// The id under which this program is registered there.
    pub client_id: Option<String>,
    /// File with the client's secret.
    pub client_secret_file: Option<String>,
    /// Command that prints the client's secret.
    pub client_secret_command: Option<String>,
    /// Microsoft's directory: `common`, `organizations`, `consumers` or an id.
    pub tenant: Option<String>,
    /// Where somebody signs in by a browser.
    pub authorization_url: Option<String>,
    /// Where tokens are had.
    pub token_url: Option<String>,
    /// Where a code for another device is had.
    pub device_url: Option<String>,
    /// What is asked for.
    pub scope: Option<String>,
    /// Commands that keep the tokens in place of a file.
    pub token_store: Option<StoreCommands>,
}

/// Commands that keep the tokens.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct StoreCommands {
    /// Prints what was saved, or nothing.
    pub load: String,
    /// Takes what is to be saved on its stdin.
    pub save: String,
}

impl Settings {
    /// The config keys.
    pub const KEYS: &[&str] = &[
        "provider",
        "client_id",
        "client_secret_file",
        "client_secret_command",
        "tenant",
        "authorization_url",
        "token_url",
        "device_url",
        "scope",
        "token_store",
    ];

    /// Those whose values are commands.
    pub const COMMANDS: &[&str] =
        &["client_secret_command", "token_store.load", "token_store.save"];
}

/// Who gives tokens out, with nothing left open.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Whose endpoints.
    pub provider: Provider,
    /// The id under which this program is registered there.
    pub client_id: String,
    /// What is asked for.
    pub scope: String,
    /// Where tokens are had.
    pub(super) token: Url,
    pub(super) authorization: Option<Url>,
    pub(super) device: Option<Url>,
    pub(super) revocation: Option<Url>,
}

/// What is known of a provider.
#[derive(Default)]
struct Known {
    /// An id that the packager of this program registered.
    client_id: Option<&'static str>,
    /// Where one can be registered.
    registration: Option<&'static str>,
    authorization: Option<&'static str>,
    token: Option<&'static str>,
    device: Option<&'static str>,
    revocation: Option<&'static str>,
    scope: Option<&'static str>,
}

impl Provider {
    fn known(self) -> Known {
        match self {
            Provider::Microsoft => Known {
                client_id: option_env!("RETR_MICROSOFT_CLIENT_ID"),
                registration: Some("https://entra.microsoft.com, App registrations"),
                authorization: Some(
                    "https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
                ),
                token: Some("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"),
                device: Some("https://login.microsoftonline.com/{tenant}/oauth2/v2.0/devicecode"),
                revocation: None,
                scope: Some("https://outlook.office.com/POP.AccessAsUser.All offline_access"),
            },
            Provider::Google => Known {
                client_id: option_env!("RETR_GOOGLE_CLIENT_ID"),
                registration: Some(
                    "https://console.cloud.google.com/auth/clients, type \"Desktop app\"",
                ),
                authorization: Some("https://accounts.google.com/o/oauth2/v2/auth"),
                token: Some("https://oauth2.googleapis.com/token"),
                // It refuses the scope.
                device: None,
                revocation: Some("https://oauth2.googleapis.com/revoke"),
                scope: Some("https://mail.google.com/"),
            },
            Provider::Fastmail => Known {
                registration: Some("https://www.fastmail.com/for-developers/oauth/"),
                authorization: Some("https://api.fastmail.com/oauth/authorize"),
                token: Some("https://api.fastmail.com/oauth/refresh"),
                scope: Some("https://www.fastmail.com/dev/protocol-pop"),
                ..Known::default()
            },
            Provider::Custom => Known::default(),
        }
    }

    /// Returns whether a client id is built in.
    pub fn has_client_id(self) -> bool {
        self.known().client_id.is_some()
    }

    /// Where a client can be registered.
    pub fn registration(self) -> Option<&'static str> {
        self.known().registration
    }
}

impl Issuer {
    /// Fills in what the provider has where the settings say nothing.
    pub fn of(settings: &Settings) -> Result<Self, Error> {
        let provider = settings.provider;
        let known = provider.known();
        let tenant = settings.tenant.as_deref().unwrap_or("common");
        let is_tenant = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
        if tenant.is_empty() || !tenant.chars().all(is_tenant) {
            return Err(Error::Settings("tenant is neither a name nor an id".into()));
        }
        if settings.tenant.is_some() && provider != Provider::Microsoft {
            return Err(Error::Settings("only microsoft has a tenant".into()));
        }
        let url = |own: &Option<String>, usual: Option<&str>| match (own, usual) {
            (Some(own), _) => Url::parse(own).map(Some),
            (None, Some(usual)) => Url::parse(&usual.replace("{tenant}", tenant)).map(Some),
            (None, None) => Ok(None),
        };
        let token = url(&settings.token_url, known.token)?;
        let scope = settings.scope.as_deref().or(known.scope);
        let client_id = settings.client_id.as_deref().or(known.client_id);
        let client_id = client_id.filter(|id| !id.is_empty());
        let missing = |key: &str| Error::Settings(format!("provider custom needs {key}"));
        Ok(Self {
            provider,
            client_id: client_id.ok_or(Error::NoClientId(provider))?.to_owned(),
            scope: scope.ok_or_else(|| missing("scope"))?.to_owned(),
            token: token.ok_or_else(|| missing("token_url"))?,
            authorization: url(&settings.authorization_url, known.authorization)?,
            device: url(&settings.device_url, known.device)?,
            revocation: url(&None, known.revocation)?,
        })
    }

    /// Returns whether somebody can sign in by a code for another device.
    pub fn has_device_flow(&self) -> bool {
        self.device.is_some()
    }

    /// By what the tokens of this client at this issuer are told from others.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.client_id, self.token)
    }
}
