//! CRAM-MD5 (RFC 2195): weak, and used only where the user names it.

use hmac::{Hmac, Mac};
use md5::Md5;

use super::{Error, Mechanism};
use crate::base::Secret;

/// CRAM-MD5.
#[derive(Debug)]
pub struct CramMd5 {
    user: String,
    password: Secret,
    answered: bool,
}

impl CramMd5 {
    /// At the start.
    pub fn new(user: &str, password: &Secret) -> Self {
        Self { user: user.to_owned(), password: password.clone(), answered: false }
    }
}

impl Mechanism for CramMd5 {
    fn name(&self) -> &'static str {
        "CRAM-MD5"
    }

    fn first(&mut self) -> Option<Secret> {
        None
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        if self.answered {
            return Err(Error::TooManyChallenges);
        }
        self.answered = true;
        let mac = super::scram::signer::<Hmac<Md5>>(self.password.expose(), challenge)?;
        let digest = data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes());
        Ok(Secret::new(format!("{} {digest}", self.user).into_bytes()))
    }

    fn finish(&self) -> Result<(), Error> {
        if self.answered { Ok(()) } else { Err(Error::Incomplete) }
    }

    fn has_proven(&self) -> bool {
        self.answered
    }
}
