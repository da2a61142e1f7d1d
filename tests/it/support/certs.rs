//! The certificates in `tests/fixtures/certs`; its README says how they were
//! made.

use std::fs;
use std::path::PathBuf;

use native_tls::{Protocol, TlsAcceptor};

/// The path of a file among the fixtures.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/certs")).join(name)
}

/// The name in [`Identity::OTHER_NAME`].
pub(crate) const OTHER_NAME: &str = "other.example.org";

/// A server's certificate and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity(pub(crate) &'static str);

impl Identity {
    /// For `localhost` and `127.0.0.1`, signed by [`ca`].
    pub(crate) const GOOD: Self = Self("good");
    /// As [`Identity::GOOD`], but for [`OTHER_NAME`].
    pub(crate) const OTHER_NAME: Self = Self("wrong-name");
    /// As [`Identity::GOOD`], but its time is over.
    pub(crate) const EXPIRED: Self = Self("expired");
    /// As [`Identity::GOOD`], but its time has not come.
    pub(crate) const NOT_YET_VALID: Self = Self("not-yet-valid");
    /// As [`Identity::GOOD`], but signed by itself.
    pub(crate) const SELF_SIGNED: Self = Self("self-signed");
    /// `localhost` is only its common name.
    pub(crate) const CN_ONLY: Self = Self("cn-only");

    pub(super) fn acceptor(self, old: bool) -> TlsAcceptor {
        let read = |kind: &str| {
            let path = path(&format!("{}.{kind}", self.0));
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let identity = native_tls::Identity::from_pkcs8(&read("pem"), &read("key"));
        TlsAcceptor::builder(identity.expect("certificate and key"))
            .max_protocol_version(old.then_some(Protocol::Tlsv12))
            .build()
            .expect("acceptor")
    }
}

/// The root that signed the fixtures.
pub(crate) fn ca() -> PathBuf {
    path("ca.pem")
}
