//! SCRAM (RFC 5802, RFC 7677): the password is never sent, and the server has
//! to prove that it knows it too.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::{Error, Mechanism};
use crate::base::{Secret, sanitized};

/// Least iterations: RFC 7677 §4. With fewer, an impostor
/// could have the password guessed cheaply.
pub const MIN_ITERATIONS: u32 = 4096;

/// Most iterations: several times what is recommended today (1.3 million for
/// SHA-1), and some seconds of work at worst. The count is the server's word,
/// and nothing interrupts the computation.
pub const MAX_ITERATIONS: u32 = 5_000_000;

/// The hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1 (RFC 5802).
    Sha1,
    /// SHA-256 (RFC 7677).
    Sha256,
}

/// Whether the exchange is bound to the TLS channel (RFC 5802 §6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// Not, because this side can't: `n`.
    Unable,
    /// Not, because the server does not say it can: `y`. A server that can
    /// then knows that somebody meddled with its list.
    Unoffered,
    /// To this `tls-server-end-point` (RFC 5929 §4).
    EndPoint(Vec<u8>),
}

impl Binding {
    /// The header that tells it (RFC 5801 §4).
    fn header(&self) -> &'static str {
        match self {
            Binding::Unable => "n,,",
            Binding::Unoffered => "y,,",
            Binding::EndPoint(_) => "p=tls-server-end-point,,",
        }
    }
}

#[derive(Debug)]
enum State {
    /// The first message is not sent.
    Start,
    /// It is sent; this is its part without the header.
    First(String),
    /// The proof is sent; the server's must match.
    Proof { server_key: Secret, signed: String },
    /// The server has proven itself.
    Proven,
    /// The exchange failed.
    Failed,
}

/// SCRAM-SHA-1 and SCRAM-SHA-256, bound to the channel (`-PLUS`) or not.
#[derive(Debug)]
pub struct Scram {
    hash: Hash,
    binding: Binding,
    user: String,
    password: Secret,
    nonce: String,
    state: State,
    proof_sent: bool,
}

impl Scram {
    /// `nonce` is this side's random part: printable, without commas.
    ///
    /// User name and password are used as they are, if they are UTF-8 without
    /// control characters. For ASCII, and for text as keyboards produce it,
    /// that is what SASLprep (RFC 4013) makes of them; for the rest it is
    /// what the widespread servers store.
    pub fn new(
        hash: Hash,
        binding: Binding,
        user: &str,
        password: &Secret,
        nonce: &str,
    ) -> Result<Self, Error> {
        super::without_controls("the user name", user.as_bytes())?;
        super::without_controls("the password", password.expose())?;
        if std::str::from_utf8(password.expose()).is_err() {
            let (what, why) = ("the password", "is no UTF-8, as SCRAM needs it");
            return Err(Error::Unusable { what, why });
        }
        Ok(Self {
            hash,
            binding,
            user: saslname(user),
            password: password.clone(),
            nonce: nonce.to_owned(),
            state: State::Start,
            proof_sent: false,
        })
    }

    /// From the server's first message to the proof.
    fn prove(&mut self, bare: &str, server_first: &str) -> Result<Secret, Error> {
        let offer = Offer::parse(server_first)?;
        if offer.nonce.len() <= self.nonce.len() || !offer.nonce.starts_with(&self.nonce) {
            return Err(Error::Nonce);
        }
        let mut bound = self.binding.header().as_bytes().to_vec();
        if let Binding::EndPoint(data) = &self.binding {
            bound.extend_from_slice(data);
        }
        let unproven = format!("c={},r={}", BASE64.encode(&bound), offer.nonce);
        let signed = format!("{bare},{server_first},{unproven}");

        let hash = self.hash;
        let salted = hash.stretch(&self.password, &offer.salt, offer.iterations);
        let client_key = hash.sign(&salted, b"Client Key")?;
        let stored_key = hash.digest(&client_key);
        let signature = hash.sign(&stored_key, signed.as_bytes())?;
        let proof: Zeroizing<Vec<u8>> = Zeroizing::new(
            client_key
                .iter()
                .zip(signature.iter())
                .map(|(key, signature)| key ^ signature)
                .collect(),
        );
        let server_key = Secret::new(hash.sign(&salted, b"Server Key")?.to_vec());
        self.state = State::Proof { server_key, signed };
        self.proof_sent = true;
        Ok(Secret::new(format!("{unproven},p={}", BASE64.encode(&proof)).into_bytes()))
    }

    /// Checks the server's proof.
    fn verify(&self, server_key: &Secret, signed: &str, server_final: &str) -> Result<(), Error> {
        let malformed = Error::Malformed { message: "final message" };
        let Some(value) = server_final.strip_prefix("v=") else {
            return Err(malformed);
        };
        let value = value.split(',').next().unwrap_or_default();
        let Ok(signature) = BASE64.decode(value.as_bytes()) else {
            return Err(malformed);
        };
        if self.hash.verifies(server_key, signed.as_bytes(), &signature)? {
            Ok(())
        } else {
            Err(Error::ServerSignature)
        }
    }
}

impl Mechanism for Scram {
    fn name(&self) -> &'static str {
        match (self.hash, &self.binding) {
            (Hash::Sha1, Binding::EndPoint(_)) => "SCRAM-SHA-1-PLUS",
            (Hash::Sha1, _) => "SCRAM-SHA-1",
            (Hash::Sha256, Binding::EndPoint(_)) => "SCRAM-SHA-256-PLUS",
            (Hash::Sha256, _) => "SCRAM-SHA-256",
        }
    }

    fn first(&mut self) -> Option<Secret> {
        let bare = format!("n={},r={}", self.user, self.nonce);
        let message = format!("{}{bare}", self.binding.header());
        self.state = State::First(bare);
        Some(Secret::new(message.into_bytes()))
    }

    fn respond(&mut self, challenge: &[u8]) -> Result<Secret, Error> {
        let state = std::mem::replace(&mut self.state, State::Failed);
        let message = match state {
            State::First(_) => "first message",
            _ => "final message",
        };
        let text = std::str::from_utf8(challenge).map_err(|_| Error::Malformed { message })?;
        if let Some(text) = text.strip_prefix("e=") {
            let text = sanitized(text.as_bytes());
            return Err(Error::Server { text });
        }
        match state {
            State::First(bare) => self.prove(&bare, text),
            State::Proof { server_key, signed } => {
                self.verify(&server_key, &signed, text)?;
                self.state = State::Proven;
                Ok(Secret::new(Vec::new()))
            }
            State::Start | State::Proven | State::Failed => Err(Error::TooManyChallenges),
        }
    }

    fn finish(&self) -> Result<(), Error> {
        match self.state {
            State::Proven => Ok(()),
            _ => Err(Error::Incomplete),
        }
    }

    fn has_proven(&self) -> bool {
        self.proof_sent
    }
}

/// What the server's first message holds.
struct Offer<'t> {
    nonce: &'t str,
    salt: Vec<u8>,
    iterations: u32,
}

impl<'t> Offer<'t> {
    /// Nonce, salt, count, in this order; what follows is optional and not
    /// known. A mandatory extension (`m=`) comes first and so ends it here.
    fn parse(text: &'t str) -> Result<Self, Error> {
        let malformed = || Error::Malformed { message: "first message" };
        let mut fields = text.split(',');
        let mut field = |name| {
            let field = fields.next().unwrap_or_default();
            field.strip_prefix(name).ok_or_else(malformed)
        };
        let nonce = field("r=")?;
        let salt = field("s=")?;
        let count = field("i=")?;
        let salt = BASE64.decode(salt.as_bytes()).map_err(|_| malformed())?;
        let is_number = !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit());
        let printable = nonce.bytes().all(|b| b.is_ascii_graphic());
        if salt.is_empty() || !is_number || !printable {
            return Err(malformed());
        }
        match count.parse() {
            Ok(iterations) if (MIN_ITERATIONS..=MAX_ITERATIONS).contains(&iterations) => {
                Ok(Self { nonce, salt, iterations })
            }
            _ => Err(Error::Iterations {
                count: sanitized(count.as_bytes()),
                least: MIN_ITERATIONS,
                most: MAX_ITERATIONS,
            }),
        }
    }
}

impl Hash {
    fn digest(self, data: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Hash::Sha1 => Sha1::digest(data).to_vec(),
            Hash::Sha256 => Sha256::digest(data).to_vec(),
        })
    }

    fn sign(self, key: &[u8], data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        Ok(Zeroizing::new(match self {
            Hash::Sha1 => signer::<Hmac<Sha1>>(key, data)?.finalize().into_bytes().to_vec(),
            Hash::Sha256 => signer::<Hmac<Sha256>>(key, data)?.finalize().into_bytes().to_vec(),
        }))
    }

    /// In constant time.
    fn verifies(self, key: &Secret, data: &[u8], signature: &[u8]) -> Result<bool, Error> {
        let key = key.expose();
        Ok(match self {
            Hash::Sha1 => signer::<Hmac<Sha1>>(key, data)?.verify_slice(signature),
            Hash::Sha256 => signer::<Hmac<Sha256>>(key, data)?.verify_slice(signature),
        }
        .is_ok())
    }

    /// `Hi` of RFC 5802 §2.2, which is PBKDF2.
    fn stretch(self, password: &Secret, salt: &[u8], rounds: u32) -> Zeroizing<Vec<u8>> {
        let password = password.expose();
        let mut out = Zeroizing::new(match self {
            Hash::Sha1 => vec![0; 20],
            Hash::Sha256 => vec![0; 32],
        });
        match self {
            Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(password, salt, rounds, &mut out),
            Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, rounds, &mut out),
        }
        out
    }
}

/// A MAC over some data. HMAC takes keys of any length; the error is only
/// there because the type can't say so.
pub(super) fn signer<M: Mac + KeyInit>(key: &[u8], data: &[u8]) -> Result<M, Error> {
    let mac = <M as KeyInit>::new_from_slice(key)
        .map_err(|_| Error::Unusable { what: "the password", why: "can't be used as a key" })?;
    Ok(mac.chain_update(data))
}

/// A user name with the two characters escaped that separate fields.
pub(super) fn saslname(user: &str) -> String {
    user.replace('=', "=3D").replace(',', "=2C")
}
