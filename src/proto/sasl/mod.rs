//! SASL over POP3 (RFC 5034) without any I/O: what the server says behind its
//! `+` goes in, the line to answer with comes out.
//!
//! ```text
//!              AUTH name [first]          AUTH name
//!   server     + challenge                + (anything)
//!   client     response                   first
//!   …
//!   server     +OK  ─► Exchange::finish must agree
//! ```
//!
//! Base64 and the limits of a command line are dealt with here and nowhere
//! else; the mechanisms see bytes.

mod bearer;
mod cram;
mod error;
mod plain;
mod scram;

pub use bearer::Bearer;
pub use cram::CramMd5;
pub use error::Error;
pub use plain::{Login, OneMessage};
pub use scram::{Binding, Hash, MAX_ITERATIONS, MIN_ITERATIONS, Scram};

use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::MAX_COMMAND;
use crate::base::Secret;

/// One mechanism's steps, in bytes.
pub trait Mechanism {
    /// The name it is registered under.
    fn name(&self) -> &'static str;

    /// The message by which the client begins; `None` where the server does.
    fn first(&mut self) -> Option<Secret>;

    /// The response to a challenge (for a client that begins: to those after
    /// its first message).
    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error>;

    /// Returns whether the challenges are prompts whose text says nothing, so
    /// that one that is no base64 does no harm.
    fn ignores_challenges(&self) -> bool {
        false
    }

    /// Returns whether `+OK` may be believed now.
    fn finish(&self) -> Result<(), Error>;

    /// What the server said against the client before it refused.
    fn complaint(&self) -> Option<&str> {
        None
    }

    /// Returns whether a response has been given that proves or reveals the
    /// secret.
    fn has_proven(&self) -> bool;
}

/// An exchange under way.
pub struct Exchange<'m> {
    mechanism: &'m mut dyn Mechanism,
    /// The first message, until it is sent.
    first: Option<Secret>,
}

impl<'m> Exchange<'m> {
    /// Begins.
    pub fn new(mechanism: &'m mut dyn Mechanism) -> Self {
        let first = mechanism.first();
        Self { mechanism, first }
    }

    /// The initial response for the AUTH command, in base64 (`=` for an empty
    /// one), if the mechanism has one and the whole line keeps within 255
    /// octets (RFC 5034 §4). Otherwise it answers the first challenge.
    pub fn initial(&mut self) -> Option<Secret> {
        let first = self.first.as_ref()?;
        let line = if first.is_empty() { Secret::new(b"=".to_vec()) } else { base64(first) };
        let length = "AUTH ".len() + self.mechanism.name().len() + " \r\n".len();
        if length + line.expose().len() > MAX_COMMAND {
            return None;
        }
        self.first = None;
        Some(line)
    }

    /// The line that answers a challenge, in base64. On an error the exchange
    /// is to be ended by `*`.
    pub fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        if let Some(first) = self.first.take() {
            // Nothing is asked yet, whatever the server says behind its `+`.
            return Ok(base64(&first));
        }
        let challenge = match BASE64.decode(challenge) {
            Ok(bytes) => bytes,
            Err(_) if self.mechanism.ignores_challenges() => Vec::new(),
            Err(_) => return Err(Error::NotBase64),
        };
        Ok(base64(&self.mechanism.respond(&challenge)?))
    }

    /// Returns whether the server's `+OK` may be believed.
    pub fn finish(&self) -> Result<(), Error> {
        match self.first {
            Some(_) => Err(Error::Incomplete),
            None => self.mechanism.finish(),
        }
    }

    /// What the server said against the client before it refused.
    pub fn complaint(&self) -> Option<&str> {
        self.mechanism.complaint()
    }

    /// Returns whether something was sent that proves or reveals the secret.
    pub fn has_proven(&self) -> bool {
        self.first.is_none() && self.mechanism.has_proven()
    }
}

fn base64(bytes: &Secret) -> Secret {
    let mut line = Zeroizing::new(String::new());
    line.reserve_exact(BASE64.encode_len(bytes.expose().len()));
    BASE64.encode_append(bytes.expose(), &mut line);
    Secret::new(std::mem::take(&mut *line).into_bytes())
}

/// Refuses octets that would end a field of a mechanism's message early.
fn without_controls(what: &'static str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.iter().any(|b| *b < 0x20 || *b == 0x7f) {
        Err(Error::Unusable {
            what,
            why: "contains a NUL, a line end or another control character",
        })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
