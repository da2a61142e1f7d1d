//! The mechanisms of OAuth 2: a token in place of a password. A server that
//! refuses the token says so in a challenge of its own, which must be
//! answered before its `-ERR` comes.

use super::{Error, Mechanism, without_controls};
use crate::base::{Secret, shown};

/// Steps that both mechanisms share: one message, then at most one complaint.
#[derive(Debug)]
struct Bearer {
    message: Secret,
    complaint: Option<String>,
}

impl Bearer {
    fn new(parts: &[&[u8]]) -> Self {
        Self {
            message: Secret::new(parts.concat()),
            complaint: None,
        }
    }

    /// Notes what the server says against the token.
    fn complain(&mut self, challenge: &[u8]) -> Result<(), Error> {
        if self.complaint.is_some() {
            return Err(Error::TooManyChallenges);
        }
        let status = serde_json::from_slice::<serde_json::Value>(challenge)
            .ok()
            .and_then(|json| Some(json.get("status")?.as_str()?.to_owned()));
        self.complaint = Some(match status {
            Some(status) => shown(status.as_bytes()),
            None => shown(challenge),
        });
        Ok(())
    }

    /// A server that accepts what it complained about is not to be believed.
    fn finish(&self) -> Result<(), Error> {
        match &self.complaint {
            Some(text) => Err(Error::Server { text: text.clone() }),
            None => Ok(()),
        }
    }
}

/// XOAUTH2, as Google and Microsoft have it.
#[derive(Debug)]
pub struct XOAuth2(Bearer);

impl XOAuth2 {
    /// Fails on control characters, which separate the fields.
    pub fn new(user: &str, token: &Secret) -> Result<Self, Error> {
        without_controls("the user name", user.as_bytes())?;
        without_controls("the token", token.expose())?;
        Ok(Self(Bearer::new(&[
            b"user=",
            user.as_bytes(),
            b"\x01auth=Bearer ",
            token.expose(),
            b"\x01\x01",
        ])))
    }
}

impl Mechanism for XOAuth2 {
    fn name(&self) -> &'static str {
        "XOAUTH2"
    }

    fn first(&mut self) -> Option<Secret> {
        Some(self.0.message.clone())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        self.0.complain(challenge)?;
        Ok(Secret::new(Vec::new()))
    }

    fn finish(&self) -> Result<(), Error> {
        self.0.finish()
    }

    fn complaint(&self) -> Option<&str> {
        self.0.complaint.as_deref()
    }

    fn has_proven(&self) -> bool {
        true
    }
}

/// OAUTHBEARER (RFC 7628).
#[derive(Debug)]
pub struct OAuthBearer(Bearer);

impl OAuthBearer {
    /// Fails on control characters, which separate the fields.
    pub fn new(user: &str, token: &Secret, host: &str, port: u16) -> Result<Self, Error> {
        without_controls("the user name", user.as_bytes())?;
        without_controls("the token", token.expose())?;
        let head = format!(
            "n,a={},\x01host={host}\x01port={port}\x01auth=Bearer ",
            super::scram::saslname(user)
        );
        Ok(Self(Bearer::new(&[
            head.as_bytes(),
            token.expose(),
            b"\x01\x01",
        ])))
    }
}

impl Mechanism for OAuthBearer {
    fn name(&self) -> &'static str {
        "OAUTHBEARER"
    }

    fn first(&mut self) -> Option<Secret> {
        Some(self.0.message.clone())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        self.0.complain(challenge)?;
        Ok(Secret::new(b"\x01".to_vec()))
    }

    fn finish(&self) -> Result<(), Error> {
        self.0.finish()
    }

    fn complaint(&self) -> Option<&str> {
        self.0.complaint.as_deref()
    }

    fn has_proven(&self) -> bool {
        true
    }
}
