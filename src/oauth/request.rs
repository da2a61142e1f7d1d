//! Asking the issuer: for tokens, for a code, for the end of a grant.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroize;

use super::{Error, Issuer, Refusal, Tokens};
use crate::base::{Secret, sanitized};
use crate::wait::{self, Timeouts};
use crate::web::{Answer, Client, Url};

/// A token endpoint's answer (RFC 6749 §5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: Option<String>,
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    scope: Option<String>,
}

impl Drop for Granted {
    fn drop(&mut self) {
        self.access_token.zeroize();
        self.refresh_token.zeroize();
    }
}

/// Some issuers put numbers in quotes.
pub(super) fn seconds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => text.parse().ok(),
        value => value.as_u64(),
    })
}

/// An error's answer (RFC 6749 §5.2).
#[derive(Deserialize)]
struct Refused {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// Asks the issuer, in the name of the client.
pub struct Asker<'a> {
    pub(super) issuer: &'a Issuer,
    pub(super) client_secret: Option<Secret>,
    pub(super) web: &'a Client<'a>,
    pub(super) timeouts: &'a Timeouts,
}

impl Asker<'_> {
    /// Asks for tokens by a grant. `before` are the tokens that it replaces.
    pub(super) fn grant(
        &self,
        fields: &[(&str, &[u8])],
        before: Option<&Tokens>,
    ) -> Result<Tokens, Error> {
        let mut form = vec![("client_id", self.issuer.client_id.as_bytes())];
        // A public client has none, and must not send one.
        let secret = self.client_secret.iter();
        form.extend(secret.map(|secret| ("client_secret", secret.expose())));
        form.extend_from_slice(fields);
        let now = wait::now();
        let answer = self.web.post(&self.issuer.token, &form)?;
        tokens_in(&answer, self.issuer, now, before)
    }

    /// Posts a form and reads the answer's JSON.
    pub(super) fn post<T: DeserializeOwned>(
        &self,
        url: &Url,
        form: &[(&str, &[u8])],
    ) -> Result<T, Error> {
        read(url, &self.web.post(url, form)?)
    }
}

/// The tokens in the answer of a token endpoint, which came now.
pub fn tokens_in(
    answer: &Answer,
    issuer: &Issuer,
    now: u64,
    before: Option<&Tokens>,
) -> Result<Tokens, Error> {
    let mut granted: Granted = read(&issuer.token, answer)?;
    let is_bearer = |kind: &String| kind.eq_ignore_ascii_case("bearer");
    // It goes into a command line of POP3 as it is.
    let access = &granted.access_token;
    let is_token = !access.is_empty() && access.bytes().all(|byte| byte.is_ascii_graphic());
    if !granted.token_type.as_ref().is_none_or(is_bearer) || !is_token {
        return Err(Error::Answer {
            at: issuer.token.to_string(),
            what: "has no bearer token in it".into(),
        });
    }
    let secret = |text: String| Secret::new(text.into_bytes());
    let refresh = granted.refresh_token.take();
    let refresh = refresh.filter(|token| !token.is_empty()).map(secret);
    let scope = granted.scope.take();
    Ok(Tokens {
        key: issuer.key(),
        access: secret(std::mem::take(&mut granted.access_token)),
        // Where no new one comes, the old one stays (RFC 6749 §6).
        refresh: refresh.or_else(|| before.and_then(|tokens| tokens.refresh.clone())),
        obtained: now,
        expires: (granted.expires_in).map(|seconds| now.saturating_add(seconds)),
        scope: scope.map_or_else(|| issuer.scope.clone(), |scope| sanitized(scope.as_bytes())),
    })
}

/// Tells the issuer that the grant is over (RFC 7009); `false` if it has no
/// place for that.
pub fn revoke(issuer: &Issuer, tokens: &Tokens, web: &Client<'_>) -> Result<bool, Error> {
    let Some(url) = &issuer.revocation else {
        return Ok(false);
    };
    let token = tokens.refresh.as_ref().unwrap_or(&tokens.access);
    let answer = web.post(url, &[("token", token.expose())])?;
    // One that is unknown there is over already.
    match answer.status {
        200 | 400 => Ok(true),
        _ => Err(failure(url, &answer)),
    }
}

fn read<T: DeserializeOwned>(url: &Url, answer: &Answer) -> Result<T, Error> {
    match answer.status {
        200 => serde_json::from_slice(answer.body.expose()).map_err(|_| failure(url, answer)),
        _ => Err(failure(url, answer)),
    }
}

/// What an answer means that is not what was asked for.
fn failure(url: &Url, answer: &Answer) -> Error {
    let at = url.to_string();
    let status = answer.status;
    let refused = serde_json::from_slice::<Refused>(answer.body.expose());
    match (status, refused) {
        (429 | 500.., _) => Error::Busy { at, status, after: answer.retry_after },
        (300..400, _) => {
            Error::Answer { at, what: "is a redirection, which is not followed".into() }
        }
        (_, Ok(refused)) => Error::Refused(Refusal {
            at,
            code: sanitized(refused.error.as_bytes()),
            text: sanitized(refused.error_description.as_bytes()),
        }),
        (_, Err(_)) => Error::Answer {
            at,
            what: format!("is not the JSON that it should be (HTTP status {status})"),
        },
    }
}
