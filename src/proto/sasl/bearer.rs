//! The mechanisms of OAuth 2: a token in place of a password. A server that
//! refuses the token says so in a challenge of its own, which must be
//! answered before its `-ERR` comes.

use super::{Error, Mechanism, without_controls};
use crate::base::{Secret, sanitized};

/// One message, then at most one complaint: XOAUTH2 and OAUTHBEARER.
#[derive(Debug)]
pub struct Bearer {
    name: &'static str,
    message: Secret,
    /// How a complaint has to be answered.
    answer: &'static [u8],
    complaint: Option<String>,
}

impl Bearer {
    /// XOAUTH2, as Google and Microsoft have it. Fails on control characters,
    /// which separate the fields.
    pub fn xoauth2(user: &str, token: &Secret) -> Result<Self, Error> {
        without_controls("the user name", user.as_bytes())?;
        let head = format!("user={user}\x01auth=Bearer ");
        Self::new("XOAUTH2", &head, token, b"")
    }

    /// OAUTHBEARER (RFC 7628). Fails on control characters, which separate the
    /// fields.
    pub fn oauthbearer(user: &str, token: &Secret, host: &str, port: u16) -> Result<Self, Error> {
        without_controls("the user name", user.as_bytes())?;
        let head = format!(
            "n,a={},\x01host={host}\x01port={port}\x01auth=Bearer ",
            super::scram::saslname(user)
        );
        Self::new("OAUTHBEARER", &head, token, b"\x01")
    }

    fn new(
        name: &'static str,
        head: &str,
        token: &Secret,
        answer: &'static [u8],
    ) -> Result<Self, Error> {
        without_controls("the token", token.expose())?;
        let message = [head.as_bytes(), token.expose(), b"\x01\x01"].concat();
        Ok(Self { name, message: Secret::new(message), answer, complaint: None })
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
            Some(status) => sanitized(status.as_bytes()),
            None => sanitized(challenge),
        });
        Ok(())
    }
}

impl Mechanism for Bearer {
    fn name(&self) -> &'static str {
        self.name
    }

    fn first(&mut self) -> Option<Secret> {
        Some(self.message.clone())
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        self.complain(challenge)?;
        Ok(Secret::new(self.answer.to_vec()))
    }

    /// A server that accepts what it complained about is not to be believed.
    fn finish(&self) -> Result<(), Error> {
        match &self.complaint {
            Some(text) => Err(Error::Server { text: text.clone() }),
            None => Ok(()),
        }
    }

    fn complaint(&self) -> Option<&str> {
        self.complaint.as_deref()
    }

    fn has_proven(&self) -> bool {
        true
    }
}
