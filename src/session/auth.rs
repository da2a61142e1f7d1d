//! How to log in and how to speak: plain values, chosen by the user.

use crate::base::choice;

choice! {
    /// When TLS starts.
    #[derive(Default)]
    pub enum TlsMode(
        "a TLS mode; use implicit (port 995), starttls (port 110) or none",
        "implicit, starttls or none, in quotes"
    ) {
        /// (RFC 8314 §3.3).
        #[default]
        Implicit "implicit" "From the first byte (port 995)",
        /// (RFC 2595 §4).
        StartTls "starttls" "By STARTTLS, which the server must offer (port 110)",
        None "none" "No encryption; a password is then sent only to this machine",
    }
}

choice! {
    /// Login mechanism.
    #[derive(Default)]
    pub enum Auth(
        "a login mechanism; use auto, plain, login, user, apop, cram-md5, scram-sha-1, scram-sha-256, xoauth2, oauthbearer or external",
        "a login mechanism in quotes, such as \"plain\""
    ) {
        #[default]
        Auto "auto" "The best of SCRAM, PLAIN and USER/PASS that the server offers",
        /// (RFC 4616).
        Plain "plain" "SASL PLAIN",
        Login "login" "SASL LOGIN",
        /// (RFC 1939 §7).
        User "user" "The commands USER and PASS",
        /// (RFC 1939 §7).
        Apop "apop" "The command APOP",
        /// (RFC 2195).
        CramMd5 "cram-md5" "SASL CRAM-MD5",
        /// (RFC 5802).
        ScramSha1 "scram-sha-1" "SASL SCRAM-SHA-1",
        /// (RFC 7677).
        ScramSha256 "scram-sha-256" "SASL SCRAM-SHA-256",
        XOAuth2 "xoauth2" "OAuth2 as Google and Microsoft have it",
        OAuthBearer "oauthbearer" "OAuth2 as RFC 7628 has it",
        /// (RFC 4422 appendix A).
        External "external" "The client certificate",
    }
}

choice! {
    /// Whether commands go out before earlier ones are answered (RFC 2449 §6.6).
    #[derive(Default)]
    pub enum Pipelining("a use of pipelining; use auto, on or off", "auto, on or off, in quotes") {
        #[default]
        Auto "auto" "When the server announces it",
        On "on" "Always",
        Off "off" "Never",
    }
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
