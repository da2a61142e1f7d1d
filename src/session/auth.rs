//! How to log in and how to speak: plain values, chosen by the user.

use crate::base::choice;

/// When TLS starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsMode {
    /// From the first byte (RFC 8314 §3.3).
    Implicit,
    /// By STLS, which the server must offer (RFC 2595 §4).
    StartTls,
    /// Never. A password goes out only where [`super::TlsMode::None`] was
    /// typed and the peer is this machine or the user insists.
    None,
}

/// Login mechanism.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// The best the server offers of SCRAM, PLAIN, USER/PASS.
    #[default]
    Auto,
    /// SASL PLAIN (RFC 4616).
    Plain,
    /// SASL LOGIN.
    Login,
    /// USER and PASS (RFC 1939 §7).
    User,
    /// APOP (RFC 1939 §7).
    Apop,
    /// SASL CRAM-MD5 (RFC 2195).
    CramMd5,
    /// SASL SCRAM-SHA-1 (RFC 5802).
    ScramSha1,
    /// SASL SCRAM-SHA-256 (RFC 7677).
    ScramSha256,
    /// XOAUTH2, as Google and Microsoft have it.
    XOAuth2,
    /// SASL OAUTHBEARER (RFC 7628).
    OAuthBearer,
    /// SASL EXTERNAL (RFC 4422 appendix A): the client certificate.
    External,
}

/// Whether commands go out before earlier ones are answered (RFC 2449 §6.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pipelining {
    /// Where the server announces it.
    #[default]
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl TlsMode {
    /// The port that servers usually have for it.
    pub fn usual_port(self) -> u16 {
        match self {
            TlsMode::Implicit => 995,
            TlsMode::StartTls | TlsMode::None => 110,
        }
    }

    /// What holds on a port, or where none is named, unless somebody says
    /// otherwise.
    pub fn of_port(port: Option<u16>) -> Self {
        match port {
            Some(110) => TlsMode::StartTls,
            _ => TlsMode::Implicit,
        }
    }
}

choice!(TlsMode, "a TLS mode; use implicit (port 995), starttls (port 110) or none", [
    Implicit "implicit" "From the first byte (port 995)",
    StartTls "starttls" "By STARTTLS, which the server must offer (port 110)",
    None "none" "No encryption; a password is then sent only to this machine",
]);

choice!(
    Auth,
    "a login mechanism; use auto, plain, login, user, apop, cram-md5, scram-sha-1, scram-sha-256, \
     xoauth2, oauthbearer or external",
    [
        Auto "auto" "The best of SCRAM, PLAIN and USER/PASS that the server offers",
        Plain "plain" "SASL PLAIN",
        Login "login" "SASL LOGIN",
        User "user" "The commands USER and PASS",
        Apop "apop" "The command APOP",
        CramMd5 "cram-md5" "SASL CRAM-MD5",
        ScramSha1 "scram-sha-1" "SASL SCRAM-SHA-1",
        ScramSha256 "scram-sha-256" "SASL SCRAM-SHA-256",
        XOAuth2 "xoauth2" "OAuth2 as Google and Microsoft have it",
        OAuthBearer "oauthbearer" "OAuth2 as RFC 7628 has it",
        External "external" "The client certificate",
    ]
);

choice!(Pipelining, "a use of pipelining; use auto, on or off", [
    Auto "auto" "When the server announces it",
    On "on" "Always",
    Off "off" "Never",
]);
