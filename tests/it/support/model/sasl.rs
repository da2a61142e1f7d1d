//! The server's side of the login mechanisms, written from the RFCs and not
//! from the client.

use std::io;

use data_encoding::{BASE64, HEXLOWER};
use openssl::hash::{MessageDigest, hash};
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::PKey;
use openssl::sign::Signer;

/// What a login is checked against.
#[derive(Clone, Debug)]
pub(super) struct Account<'a> {
    pub(super) user: &'a str,
    /// Password or token.
    pub(super) secret: &'a str,
    /// Decides about tokens in its place.
    pub(super) tokens: Option<&'a super::Tokens>,
}

/// Sends a challenge and waits for the answer, both decoded. `None`: the
/// client gave up by `*`, or its answer was no base64.
pub(super) trait Exchange {
    fn ask(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>>;
}

/// Returns whether the client proved to be the user. `initial` is its initial
/// response, decoded.
pub(super) fn authenticate(
    mechanism: &str,
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
) -> io::Result<bool> {
    let mut login = Login { initial, account, client };
    match mechanism {
        "PLAIN" => login.plain(),
        "LOGIN" => login.login(),
        "CRAM-MD5" => login.cram_md5(),
        "SCRAM-SHA-1" => Ok(login.scram(MessageDigest::sha1())?.is_some()),
        "SCRAM-SHA-256" => Ok(login.scram(MessageDigest::sha256())?.is_some()),
        "XOAUTH2" => login.xoauth2(),
        "OAUTHBEARER" => login.oauthbearer(),
        "EXTERNAL" => login.first(b"").map(|first| first.is_some()),
        _ => Ok(false),
    }
}

/// APOP's digest (RFC 1939 §7).
pub(super) fn apop_digest(timestamp: &str, secret: &str) -> String {
    let text = format!("{timestamp}{secret}");
    HEXLOWER.encode(&digest(MessageDigest::md5(), text.as_bytes()))
}

fn digest(by: MessageDigest, octets: &[u8]) -> Vec<u8> {
    hash(by, octets).expect("hashed").to_vec()
}

fn hmac(by: MessageDigest, key: &[u8], octets: &[u8]) -> Vec<u8> {
    let key = PKey::hmac(key).expect("any key");
    let mut signer = Signer::new(by, &key).expect("a signer");
    signer.sign_oneshot_to_vec(octets).expect("signed")
}

const OAUTH_FAILURE: &[u8] = br#"{"status":"401","schemes":"bearer","scope":"pop"}"#;

/// A login that goes on.
struct Login<'a> {
    initial: Option<Vec<u8>>,
    account: &'a Account<'a>,
    client: &'a mut dyn Exchange,
}

impl Login<'_> {
    /// The client's first message: its initial response, or its answer to a
    /// challenge.
    fn first(&mut self, challenge: &[u8]) -> io::Result<Option<Vec<u8>>> {
        match self.initial.take() {
            Some(initial) => Ok(Some(initial)),
            None => self.client.ask(challenge),
        }
    }

    /// Returns whether the token is good.
    fn takes(&self, token: &str) -> bool {
        match self.account.tokens {
            Some(super::Tokens(judge)) => judge(token),
            None => token == self.account.secret,
        }
    }

    fn plain(mut self) -> io::Result<bool> {
        let expected = format!("\0{}\0{}", self.account.user, self.account.secret);
        let first = self.first(b"")?;
        Ok(first.is_some_and(|response| response == expected.as_bytes()))
    }

    fn login(mut self) -> io::Result<bool> {
        let Account { user, secret, .. } = self.account;
        let Some(said) = self.first(b"Username:")? else {
            return Ok(false);
        };
        let password = self.client.ask(b"Password:")?;
        Ok(said == user.as_bytes() && password.as_deref() == Some(secret.as_bytes()))
    }

    fn cram_md5(self) -> io::Result<bool> {
        let challenge = b"<1896.697170952@model.invalid>";
        let key = self.account.secret.as_bytes();
        let digest = HEXLOWER.encode(&hmac(MessageDigest::md5(), key, challenge));
        let expected = format!("{} {digest}", self.account.user);
        let answer = self.client.ask(challenge)?;
        Ok(answer.is_some_and(|answer| answer == expected.as_bytes()))
    }

    /// RFC 5802 §3 and §5, without channel binding; `None` if it fails.
    fn scram(mut self, by: MessageDigest) -> io::Result<Option<()>> {
        let Some(first) = self.first(b"")? else {
            return Ok(None);
        };
        let first = String::from_utf8(first).map_err(io::Error::other)?;
        let bare = first.strip_prefix("n,,").or(first.strip_prefix("y,,"));
        let named = bare.and_then(|bare| bare.strip_prefix("n=")?.split_once(",r="));
        let (Some(bare), Some((user, nonce))) = (bare, named) else {
            return Ok(None);
        };
        let nonce = format!("{nonce}modelNonce");
        let (salt, rounds) = (b"salt of the model", 4096);
        let challenge = format!("r={nonce},s={},i={rounds}", BASE64.encode(salt));
        let Some(last) = self.client.ask(challenge.as_bytes())? else {
            return Ok(None);
        };
        let last = String::from_utf8(last).map_err(io::Error::other)?;
        let Some((without_proof, proof)) = last.split_once(",p=") else {
            return Ok(None);
        };
        let message = format!("{bare},{challenge},{without_proof}");
        let mut salted = vec![0; by.size()];
        let secret = self.account.secret.as_bytes();
        pbkdf2_hmac(secret, salt, rounds, by, &mut salted).expect("salted");
        let client_key = hmac(by, &salted, b"Client Key");
        let signature = hmac(by, &digest(by, &client_key), message.as_bytes());
        let pairs = client_key.iter().zip(&signature);
        let expected: Vec<u8> = pairs.map(|(a, b)| a ^ b).collect();
        let binding = format!("c={},r={nonce}", BASE64.encode(&first.as_bytes()[..3]));
        let is_proved = user == self.account.user
            && without_proof == binding
            && proof == BASE64.encode(&expected);
        if !is_proved {
            return Ok(None);
        }
        let server_key = hmac(by, &salted, b"Server Key");
        let signature = hmac(by, &server_key, message.as_bytes());
        let last = format!("v={}", BASE64.encode(&signature));
        let answer = self.client.ask(last.as_bytes())?;
        Ok(answer.filter(Vec::is_empty).map(drop))
    }

    fn xoauth2(mut self) -> io::Result<bool> {
        let response = self.first(b"")?.unwrap_or_default();
        let text = String::from_utf8_lossy(&response).into_owned();
        let head = format!("user={}\x01auth=Bearer ", self.account.user);
        let token = text.strip_prefix(&head);
        let token = token.and_then(|rest| rest.strip_suffix("\x01\x01"));
        if token.is_some_and(|token| self.takes(token)) {
            return Ok(true);
        }
        // The failure is a challenge, to be answered by an empty line.
        let answer = self.client.ask(OAUTH_FAILURE)?;
        assert_eq!(answer.as_deref(), Some(&b""[..]), "the answer to a failure");
        Ok(false)
    }

    /// RFC 7628 §3.
    fn oauthbearer(mut self) -> io::Result<bool> {
        let response = self.first(b"")?.unwrap_or_default();
        let text = String::from_utf8_lossy(&response).into_owned();
        let header = format!("n,a={},\x01", self.account.user);
        let is_whole = text.starts_with(&header) && text.ends_with("\x01\x01");
        let mut fields = text.split('\x01');
        let token = fields.find_map(|pair| pair.strip_prefix("auth=Bearer "));
        if is_whole && token.is_some_and(|token| self.takes(token)) {
            return Ok(true);
        }
        let answer = self.client.ask(OAUTH_FAILURE)?;
        let is_ended = matches!(answer.as_deref(), None | Some(b"\x01"));
        assert!(is_ended, "a failure is answered by AQ== or *");
        Ok(false)
    }
}
