//! Signing in on another device (RFC 8628): a code is shown here, and entered
//! there.

use std::time::{Duration, Instant};

use serde::Deserialize;

use super::request::seconds;
use super::{Asker, Error, Tokens};
use crate::base::{Secret, SignIn, sanitized};

/// Seconds between two questions where the issuer says nothing (RFC 8628
/// §3.2), and what is added when it wants more (§3.5).
const INTERVAL: u64 = 5;

/// Longest time that a code is waited for, in seconds.
const MAX_WAIT: u64 = 3600;

#[derive(Deserialize)]
struct Started {
    device_code: String,
    user_code: String,
    // Google's older name.
    #[serde(alias = "verification_url")]
    verification_uri: String,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    #[serde(default, deserialize_with = "seconds")]
    interval: Option<u64>,
}

/// Asks for a code, shows it, and waits until somebody has entered it.
pub fn sign_in(asker: &Asker<'_>, show: impl FnOnce(SignIn)) -> Result<Tokens, Error> {
    let issuer = asker.issuer;
    let url = (issuer.device.as_ref()).ok_or(Error::NoEndpoint("device_url"))?;
    let form = [("client_id", issuer.client_id.as_bytes()), ("scope", issuer.scope.as_bytes())];
    let started: Started = asker.post(url, &form)?;
    let lasts = started.expires_in.unwrap_or(MAX_WAIT).min(MAX_WAIT);
    let minutes = lasts.div_ceil(60);
    show(SignIn {
        url: sanitized(started.verification_uri.as_bytes()),
        code: Some(sanitized(started.user_code.as_bytes())),
        minutes,
    });
    let device_code = Secret::new(started.device_code.into_bytes());
    let fields = [
        ("grant_type", &b"urn:ietf:params:oauth:grant-type:device_code"[..]),
        ("device_code", device_code.expose()),
    ];
    let timeouts = asker.timeouts.patient();
    let timer = timeouts.start("no sign-in", "the browser");
    let until = Instant::now() + Duration::from_secs(lasts);
    let mut interval = started.interval.unwrap_or(INTERVAL).clamp(1, MAX_WAIT);
    loop {
        let next = Instant::now() + Duration::from_secs(interval);
        if next >= until {
            return Err(Error::Late(minutes));
        }
        while Instant::now() < next {
            timer.nap(&mut [], next.saturating_duration_since(Instant::now()))?;
        }
        match asker.grant(&fields, None) {
            Err(error) => interval = pause(error, interval)?,
            tokens => return tokens,
        }
    }
}

/// How many seconds to wait before asking again; the error if that is no use
/// (RFC 8628 §3.5).
fn pause(error: Error, interval: u64) -> Result<u64, Error> {
    match error {
        Error::Refused(refusal) if refusal.code == "authorization_pending" => Ok(interval),
        Error::Refused(refusal) if refusal.code == "slow_down" => Ok(interval + INTERVAL),
        Error::Busy { after, .. } => Ok(after.unwrap_or(0).max(interval + INTERVAL)),
        Error::Cancelled(_) => Err(error),
        // The network may come back.
        error if error.class() == crate::base::Class::Temporary => Ok(interval * 2),
        error => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Refusal;

    fn refused(code: &str) -> Error {
        Error::Refused(Refusal { at: String::new(), code: code.into(), text: String::new() })
    }

    fn busy(after: Option<u64>) -> Error {
        Error::Busy { at: String::new(), status: 429, after }
    }

    #[test]
    fn the_issuer_says_how_often_it_is_asked() {
        for (error, seconds) in [
            (refused("authorization_pending"), 5),
            (refused("slow_down"), 10),
            (busy(None), 10),
            (busy(Some(60)), 60),
            (refused("temporarily_unavailable"), 10),
        ] {
            assert_eq!(pause(error, 5).ok(), Some(seconds));
        }
        for code in ["access_denied", "expired_token", "invalid_client", "new_word"] {
            assert!(pause(refused(code), 5).is_err(), "{code}");
        }
    }
}
