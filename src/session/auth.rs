//! How to log in and how to speak: plain values, chosen by the user.

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
