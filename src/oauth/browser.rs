//! Signing in by a browser (RFC 8252): it is sent to the issuer with what only
//! this run knows, and comes back to a listener on this machine, or its last
//! address is pasted here.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use sha2::{Digest, Sha256};

use super::{Asker, Error, Issuer, Provider, Refusal, Tokens};
use crate::base::{Secret, sanitized};
use crate::web::{Url, query_value};

/// Longest request of a browser, in octets.
const MAX_REQUEST: usize = 16 << 10;

/// How long one connection may hold up the others: browsers open some that
/// they send nothing on.
const MAX_REQUEST_TIME: Duration = Duration::from_secs(1);

/// One attempt to sign in: the secrets that bind what comes back to it.
pub struct Attempt<'a> {
    issuer: &'a Issuer,
    /// Where the browser has to go.
    pub url: String,
    redirect: String,
    /// By which an answer is known to be to our question (RFC 6749 §10.12).
    state: String,
    /// Without which the code is worth nothing (RFC 7636).
    verifier: Secret,
}

impl<'a> Attempt<'a> {
    /// Begins, with a page of this machine as the one to come back to.
    pub fn new(issuer: &'a Issuer, user: &str, port: u16) -> Result<Self, Error> {
        let url = issuer.authorization.as_ref();
        let url = url.ok_or(Error::NoEndpoint("authorization_url"))?;
        let verifier = random()?;
        let state = random()?;
        let challenge = data_encoding::BASE64URL_NOPAD.encode(&Sha256::digest(&verifier));
        // Microsoft knows loopback by its name only.
        let host = match issuer.provider {
            Provider::Microsoft => "localhost",
            _ => "127.0.0.1",
        };
        let redirect = format!("http://{host}:{port}");
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", issuer.client_id.as_str()),
            ("redirect_uri", redirect.as_str()),
            ("scope", issuer.scope.as_str()),
            ("state", state.as_str()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
            ("login_hint", user),
        ];
        if issuer.provider == Provider::Google {
            // Else no refresh token comes, or only the first time.
            fields.extend([("access_type", "offline"), ("prompt", "consent")]);
        }
        Ok(Self {
            issuer,
            url: url.with_query(&fields),
            redirect,
            state,
            verifier: Secret::new(verifier.into_bytes()),
        })
    }

    /// The code in an address that the browser came back to; `None` if it is
    /// none of ours.
    fn code(&self, address: &str) -> Option<Result<Secret, Error>> {
        let (_, query) = address.split_once('?')?;
        let query = query.split('#').next().unwrap_or_default();
        let value = |name| query_value(query, name);
        if value("state")? != self.state {
            return None;
        }
        let issuer = self.issuer.authorization.as_ref().map(Url::host);
        let names_other =
            value("iss").is_some_and(|iss| Url::parse(&iss).ok().as_ref().map(Url::host) != issuer);
        Some(match (names_other, value("error"), value("code")) {
            (true, ..) => Err(Error::Callback("another issuer sent it (RFC 9207)")),
            (_, Some(code), _) => Err(Error::Refused(Refusal {
                at: issuer.unwrap_or_default().to_owned(),
                code: sanitized(code.as_bytes()),
                text: sanitized(value("error_description").unwrap_or_default().as_bytes()),
            })),
            (_, None, Some(code)) => Ok(Secret::new(code.into_bytes())),
            (_, None, None) => Err(Error::Callback("there is no code in it")),
        })
    }

    /// Takes the address that somebody pasted, and gets tokens for it.
    pub fn redeem_pasted(&self, address: &str, asker: &Asker<'_>) -> Result<Tokens, Error> {
        let what = "it is not the address that the browser shows after this sign-in";
        let code = self.code(address.trim()).ok_or(Error::Callback(what))??;
        self.redeem(&code, asker)
    }

    fn redeem(&self, code: &Secret, asker: &Asker<'_>) -> Result<Tokens, Error> {
        let fields = [
            ("grant_type", &b"authorization_code"[..]),
            ("code", code.expose()),
            ("redirect_uri", self.redirect.as_bytes()),
            ("code_verifier", self.verifier.expose()),
        ];
        asker.grant(&fields, None)
    }
}

/// 43 characters with 256 bits that nobody else knows.
fn random() -> Result<String, Error> {
    let mut octets = [0; 32];
    getrandom::fill(&mut octets).map_err(Error::Random)?;
    Ok(data_encoding::BASE64URL_NOPAD.encode(&octets))
}

/// The page of this machine that the browser comes back to.
pub struct Listener {
    sockets: Vec<TcpListener>,
    /// Its port.
    pub port: u16,
}

impl Listener {
    /// How long somebody has to sign in, in minutes.
    pub const MINUTES: u64 = 5;

    /// On a free port of loopback.
    pub fn open() -> Result<Self, Error> {
        let failed = |source| Error::store("listen on", "loopback", source);
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let port = v4.local_addr().map_err(failed)?.port();
        let mut sockets = vec![v4];
        // `localhost` may mean either.
        sockets.extend(TcpListener::bind((Ipv6Addr::LOCALHOST, port)));
        for socket in &sockets {
            socket.set_nonblocking(true).map_err(failed)?;
        }
        Ok(Self { sockets, port })
    }

    /// Waits until the browser comes back, and gets tokens for what it brings.
    pub fn redeem(&self, attempt: &Attempt<'_>, asker: &Asker<'_>) -> Result<Tokens, Error> {
        let until = Instant::now() + Duration::from_secs(60 * Self::MINUTES);
        let timeouts = asker.timeouts.patient();
        let timer = timeouts.start("no sign-in", "the browser");
        while Instant::now() < until {
            let mut fds: Vec<_> =
                (self.sockets.iter()).map(|socket| PollFd::new(socket, PollFlags::IN)).collect();
            timer.nap(&mut fds, Duration::MAX)?;
            for socket in &self.sockets {
                let Ok((browser, _)) = socket.accept() else {
                    continue;
                };
                let address = address(&browser).unwrap_or_default();
                let code = attempt.code(&address);
                let (status, text) = match &code {
                    None => ("404 Not Found", "There is nothing here."),
                    Some(Ok(_)) => ("200 OK", "retr was let in. You can close this page."),
                    Some(Err(_)) => ("200 OK", "retr was not let in. The terminal says why."),
                };
                answer(browser, status, text);
                if let Some(code) = code {
                    return attempt.redeem(&code?, asker);
                }
            }
        }
        Err(Error::Late(Self::MINUTES))
    }
}

/// What a browser asks for.
fn address(mut browser: &TcpStream) -> io::Result<String> {
    browser.set_nonblocking(false)?;
    let until = Instant::now() + MAX_REQUEST_TIME;
    let mut request = vec![0; MAX_REQUEST];
    let mut filled = 0;
    while !request[..filled].windows(4).any(|end| end == b"\r\n\r\n") && filled < MAX_REQUEST {
        let left = until.saturating_duration_since(Instant::now());
        browser.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        match browser.read(&mut request[filled..])? {
            0 => break,
            octets => filled += octets,
        }
    }
    let line = request.split(|octet| *octet == b'\r').next();
    let line = String::from_utf8_lossy(line.unwrap_or_default());
    let mut words = line.split(' ');
    Ok(match (words.next(), words.next()) {
        (Some("GET"), Some(address)) => address.to_owned(),
        _ => String::new(),
    })
}

/// Shows a page. A browser that does not take it is none of our concern.
fn answer(mut browser: TcpStream, status: &str, text: &str) {
    let page = format!("<!doctype html><title>retr</title><p>{text}</p>\n");
    let _ = browser.set_write_timeout(Some(MAX_REQUEST_TIME));
    let _ = write!(
        browser,
        "HTTP/1.1 {status}\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n{page}",
        page.len()
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::Settings;

    fn issuer(provider: Provider) -> Issuer {
        let settings = Settings { provider, client_id: Some("id".into()), ..Settings::default() };
        Issuer::of(&settings).expect("an issuer")
    }

    #[test]
    fn the_browser_is_sent_with_all_that_binds_its_answer() {
        let issuer = issuer(Provider::Google);
        let attempt = Attempt::new(&issuer, "a@example.org", 4711).expect("begun");
        let (page, query) = attempt.url.split_once('?').expect("a query");
        assert_eq!(page, "https://accounts.google.com/o/oauth2/v2/auth");
        let value = |name| query_value(query, name).unwrap_or_default();
        for (name, expected) in [
            ("response_type", "code"),
            ("client_id", "id"),
            ("redirect_uri", "http://127.0.0.1:4711"),
            ("scope", "https://mail.google.com/"),
            ("code_challenge_method", "S256"),
            ("login_hint", "a@example.org"),
            ("access_type", "offline"),
            ("prompt", "consent"),
        ] {
            assert_eq!(value(name), expected, "{name}");
        }
        let digest = Sha256::digest(attempt.verifier.expose());
        let challenge = data_encoding::BASE64URL_NOPAD.encode(&digest);
        assert_eq!(value("code_challenge"), challenge);
        assert_eq!(value("state"), attempt.state);
        let another = Attempt::new(&issuer, "", 1).expect("begun");
        assert_ne!(another.state, attempt.state);
        assert_ne!(another.verifier, attempt.verifier);
    }

    #[test]
    fn only_an_answer_to_this_attempt_is_one() {
        let issuer = issuer(Provider::Microsoft);
        let attempt = Attempt::new(&issuer, "a", 1).expect("begun");
        let state = &attempt.state;
        let code = |address: &str| match attempt.code(address) {
            None => "not ours".to_owned(),
            Some(Ok(code)) => String::from_utf8_lossy(code.expose()).into_owned(),
            Some(Err(error)) => error.to_string(),
        };
        let ours = |rest: &str| code(&format!("http://localhost:1/?state={state}{rest}"));
        assert_eq!(ours("&code=a%2Fb#_"), "a/b");
        let found = ours("&code=x&iss=https%3A%2F%2Flogin.microsoftonline.com%2Ft%2Fv2.0");
        assert_eq!(found, "x");
        let expected = "the sign-in came back wrong: another issuer sent it (RFC 9207)";
        assert_eq!(ours("&code=x&iss=https%3A%2F%2Fevil.example"), expected);
        assert_eq!(
            ours("&error=access_denied&error_description=no%1b"),
            "login.microsoftonline.com refuses: access_denied (no\\x1b)"
        );
        let expected = "the sign-in came back wrong: there is no code in it";
        assert_eq!(ours(""), expected);
        for address in ["/favicon.ico", "/?code=x", "/?code=x&state=guessed", ""] {
            assert_eq!(code(address), "not ours", "{address}");
        }
    }
}
