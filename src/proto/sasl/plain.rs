//! The mechanisms without cryptography: PLAIN, LOGIN, EXTERNAL. All rely on
//! TLS.

use super::{Error, Mechanism};
use crate::base::Secret;

/// A mechanism that is one message: PLAIN and EXTERNAL.
#[derive(Debug)]
pub struct OneMessage {
    name: &'static str,
    message: Secret,
}

impl OneMessage {
    /// PLAIN (RFC 4616). Fails if user or password contain a NUL, which
    /// separates the fields.
    pub fn plain(user: &str, password: &Secret) -> Result<Self, Error> {
        let mut message = Vec::with_capacity(user.len() + password.expose().len() + 2);
        for (what, field) in
            [("the user name", user.as_bytes()), ("the password", password.expose())]
        {
            without_nul(what, field)?;
            message.push(0);
            message.extend_from_slice(field);
        }
        Ok(Self { name: "PLAIN", message: Secret::new(message) })
    }

    /// EXTERNAL (RFC 4422 appendix A): the client certificate says who it is,
    /// the message says as whom to act; empty means as whom the certificate
    /// names. Fails on a NUL in the user name.
    pub fn external(user: &str) -> Result<Self, Error> {
        without_nul("the user name", user.as_bytes())?;
        Ok(Self { name: "EXTERNAL", message: Secret::new(user.as_bytes().to_vec()) })
    }
}

fn without_nul(what: &'static str, field: &[u8]) -> Result<(), Error> {
    if field.contains(&0) {
        let why = "contains a NUL";
        return Err(Error::Unusable { what, why });
    }
    Ok(())
}

impl Mechanism for OneMessage {
    fn name(&self) -> &'static str {
        self.name
    }

    fn first(&mut self) -> Option<Secret> {
        Some(self.message.clone())
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret, Error> {
        Err(Error::TooManyChallenges)
    }

    fn ignores_challenges(&self) -> bool {
        true
    }

    fn finish(&self) -> Result<(), Error> {
        Ok(())
    }

    fn has_proven(&self) -> bool {
        true
    }
}

/// LOGIN: the user name at the first prompt, the password at the second.
/// Never specified; the prompts' texts differ and are not read.
#[derive(Debug)]
pub struct Login {
    user: Secret,
    password: Secret,
    answered: u8,
}

impl Login {
    /// At the start.
    pub fn new(user: &str, password: &Secret) -> Self {
        Self {
            user: Secret::new(user.as_bytes().to_vec()),
            password: password.clone(),
            answered: 0,
        }
    }
}

impl Mechanism for Login {
    fn name(&self) -> &'static str {
        "LOGIN"
    }

    fn first(&mut self) -> Option<Secret> {
        None
    }

    fn respond(&mut self, _: &[u8]) -> Result<Secret, Error> {
        let response = match self.answered {
            0 => self.user.clone(),
            1 => self.password.clone(),
            _ => return Err(Error::TooManyChallenges),
        };
        self.answered += 1;
        Ok(response)
    }

    fn ignores_challenges(&self) -> bool {
        true
    }

    fn finish(&self) -> Result<(), Error> {
        match self.answered {
            2 => Ok(()),
            _ => Err(Error::Incomplete),
        }
    }

    fn has_proven(&self) -> bool {
        self.answered == 2
    }
}
