//! What a server is like, as `probe` finds out.

use serde::Serialize;

/// What a server is like. If its certificate is refused, nothing but that is
/// known beside host and port.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Probed {
    /// Host as the user named it.
    pub host: String,
    /// Port connected to.
    pub port: u16,
    /// The greeting's text as received; empty when it came before STARTTLS.
    pub greeting: String,
    /// What the server says it is.
    pub implementation: Option<String>,
    /// What the handshake showed; `None` in clear.
    pub tls: Option<ProbedTls>,
    /// Capability lines before the login; `None` if they could not be asked
    /// for.
    pub before_login: Option<Vec<String>>,
    /// Capability lines after the login; `None` without one.
    pub after_login: Option<Vec<String>>,
    /// SASL mechanisms that the server announces.
    pub mechanisms: Vec<String>,
    /// How retr logs in there: a SASL name, `APOP` or `USER/PASS`; `None` if
    /// it does not get as far.
    pub mechanism: Option<&'static str>,
    /// Whether it did.
    pub logged_in: bool,
    /// Whether UIDL works; `None` when it was not tried.
    pub uidl: Option<bool>,
    /// Whether TOP works; `None` when there was no message to try it on.
    pub top: Option<bool>,
    /// Whether retr sends several commands at a time; `None` without a login.
    pub pipelining: Option<bool>,
    /// What EXPIRE says (RFC 2449 §6.7): days, `NEVER`, or `0`.
    pub expire: Option<String>,
    /// Seconds that must pass between logins (RFC 2449 §6.5).
    pub login_delay: Option<u64>,
    /// Whether the server announces UTF8 (RFC 6856).
    pub utf8: bool,
}

/// What a server showed in the TLS handshake. The text is safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ProbedTls {
    /// Why the certificate is refused; `None` if it is accepted.
    pub refused: Option<String>,
    /// SHA-256 of the certificate, as `--tls-pin` takes it.
    pub pin: String,
    /// Common name of the subject.
    pub subject: Option<String>,
    /// Common name of the issuer.
    pub issuer: Option<String>,
    /// Not valid before, in RFC 3339.
    pub not_before: Option<String>,
    /// Not valid after, in RFC 3339.
    pub not_after: Option<String>,
    /// DNS names and IP addresses it is for.
    pub names: Vec<String>,
}
