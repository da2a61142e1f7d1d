//! The server's side of the login mechanisms, written from the RFCs and not
//! from the client.

use std::io;

use data_encoding::{BASE64, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// What a login is checked against.
#[derive(Clone, Debug)]
pub(super) struct Account<'a> {
    pub(super) user: &'a str,
    /// Password or token.
    pub(super) secret: &'a str,
    /// Decides about tokens in its place.
    pub(super) tokens: Option<&'a super::Tokens>,
}

impl Account<'_> {
    /// Returns whether the token is good.
    fn takes(&self, token: &str) -> bool {
        match self.tokens {
            Some(super::Tokens(judge)) => judge(token),
            None => token == self.secret,
        }
    }
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
    match mechanism {
        "PLAIN" => plain(initial, account, client),
        "LOGIN" => login(initial, account, client),
        "CRAM-MD5" => cram_md5(account, client),
        "SCRAM-SHA-1" => scram::<Sha1>(initial, account, client, &ScramHash::SHA1),
        "SCRAM-SHA-256" => scram::<Sha256>(initial, account, client, &ScramHash::SHA256),
        "XOAUTH2" => xoauth2(initial, account, client),
        "OAUTHBEARER" => oauthbearer(initial, account, client),
        "EXTERNAL" => Ok(first(initial, client)?.is_some()),
        _ => Ok(false),
    }
}

/// APOP's digest (RFC 1939 §7).
pub(super) fn apop_digest(timestamp: &str, secret: &str) -> String {
    HEXLOWER.encode(&Md5::digest(format!("{timestamp}{secret}")))
}

/// The client's first message: its initial response, or its answer to an
/// empty challenge.
fn first(initial: Option<Vec<u8>>, client: &mut dyn Exchange) -> io::Result<Option<Vec<u8>>> {
    match initial {
        Some(initial) => Ok(Some(initial)),
        None => client.ask(b""),
    }
}

fn plain(
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
) -> io::Result<bool> {
    let expected = format!("\0{}\0{}", account.user, account.secret);
    Ok(first(initial, client)?.is_some_and(|response| response == expected.as_bytes()))
}

fn login(
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
) -> io::Result<bool> {
    let user = match initial {
        Some(user) => Some(user),
        None => client.ask(b"Username:")?,
    };
    let Some(user) = user else {
        return Ok(false);
    };
    let Some(password) = client.ask(b"Password:")? else {
        return Ok(false);
    };
    Ok(user == account.user.as_bytes() && password == account.secret.as_bytes())
}

fn cram_md5(account: &Account<'_>, client: &mut dyn Exchange) -> io::Result<bool> {
    let challenge = b"<1896.697170952@model.invalid>";
    let mut mac = Hmac::<Md5>::new_from_slice(account.secret.as_bytes()).expect("any key");
    mac.update(challenge);
    let digest = HEXLOWER.encode(&mac.finalize().into_bytes());
    let expected = format!("{} {digest}", account.user);
    Ok(client
        .ask(challenge)?
        .is_some_and(|response| response == expected.as_bytes()))
}

/// What differs between the two SCRAMs.
struct ScramHash {
    hmac: fn(&[u8], &[u8]) -> Vec<u8>,
    salted: fn(&[u8], &[u8], u32) -> Vec<u8>,
}

impl ScramHash {
    const SHA1: Self = Self {
        hmac: |key, data| {
            let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("any key");
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        },
        salted: |password, salt, rounds| {
            pbkdf2::pbkdf2_hmac_array::<Sha1, 20>(password, salt, rounds).to_vec()
        },
    };
    const SHA256: Self = Self {
        hmac: |key, data| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
            mac.update(data);
            mac.finalize().into_bytes().to_vec()
        },
        salted: |password, salt, rounds| {
            pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(password, salt, rounds).to_vec()
        },
    };
}

/// RFC 5802 §3 and §5, without channel binding.
fn scram<H: Digest>(
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
    hash: &ScramHash,
) -> io::Result<bool> {
    let Some(first) = first(initial, client)? else {
        return Ok(false);
    };
    let first = String::from_utf8(first).map_err(io::Error::other)?;
    let Some(bare) = first.strip_prefix("n,,").or(first.strip_prefix("y,,")) else {
        return Ok(false);
    };
    let gs2 = &first[..3];
    let Some((user, nonce)) = bare
        .strip_prefix("n=")
        .and_then(|rest| rest.split_once(",r="))
    else {
        return Ok(false);
    };
    let nonce = format!("{nonce}modelNonce");
    let salt = b"salt of the model";
    let rounds = 4096;
    let server_first = format!("r={nonce},s={},i={rounds}", BASE64.encode(salt));
    let Some(last) = client.ask(server_first.as_bytes())? else {
        return Ok(false);
    };
    let last = String::from_utf8(last).map_err(io::Error::other)?;
    let Some((without_proof, proof)) = last.split_once(",p=") else {
        return Ok(false);
    };
    if user != account.user
        || without_proof != format!("c={},r={nonce}", BASE64.encode(gs2.as_bytes()))
    {
        return Ok(false);
    }
    let auth_message = format!("{bare},{server_first},{without_proof}");
    let salted = (hash.salted)(account.secret.as_bytes(), salt, rounds);
    let client_key = (hash.hmac)(&salted, b"Client Key");
    let signature = (hash.hmac)(&H::digest(&client_key), auth_message.as_bytes());
    let expected: Vec<u8> = client_key
        .iter()
        .zip(&signature)
        .map(|(a, b)| a ^ b)
        .collect();
    if proof != BASE64.encode(&expected) {
        return Ok(false);
    }
    let server_key = (hash.hmac)(&salted, b"Server Key");
    let signature = (hash.hmac)(&server_key, auth_message.as_bytes());
    let last = format!("v={}", BASE64.encode(&signature));
    Ok(client
        .ask(last.as_bytes())?
        .is_some_and(|answer| answer.is_empty()))
}

const OAUTH_FAILURE: &[u8] = br#"{"status":"401","schemes":"bearer","scope":"pop"}"#;

fn xoauth2(
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
) -> io::Result<bool> {
    let response = first(initial, client)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&response).into_owned();
    let head = format!("user={}\x01auth=Bearer ", account.user);
    let token = text
        .strip_prefix(&head)
        .and_then(|rest| rest.strip_suffix("\x01\x01"));
    if token.is_some_and(|token| account.takes(token)) {
        return Ok(true);
    }
    // The failure is a challenge, to be answered by an empty line.
    let answer = client.ask(OAUTH_FAILURE)?;
    assert_eq!(answer.as_deref(), Some(&b""[..]), "the answer to a failure");
    Ok(false)
}

/// RFC 7628 §3.
fn oauthbearer(
    initial: Option<Vec<u8>>,
    account: &Account<'_>,
    client: &mut dyn Exchange,
) -> io::Result<bool> {
    let response = first(initial, client)?.unwrap_or_default();
    let text = String::from_utf8_lossy(&response).into_owned();
    let header = format!("n,a={},\x01", account.user);
    if text.starts_with(&header)
        && text.ends_with("\x01\x01")
        && text
            .split('\x01')
            .filter_map(|pair| pair.strip_prefix("auth=Bearer "))
            .any(|token| account.takes(token))
    {
        return Ok(true);
    }
    let answer = client.ask(OAUTH_FAILURE)?;
    assert!(
        answer.is_none() || answer.as_deref() == Some(&b"\x01"[..]),
        "a failure is answered by AQ== or *"
    );
    Ok(false)
}
