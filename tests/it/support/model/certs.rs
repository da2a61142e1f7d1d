//! The certificates in `tests/fixtures/certs`; its README says how they were
//! made.

use std::fs;
use std::path::PathBuf;

use openssl::pkey::PKey;
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::X509;
use sha2::{Digest, Sha256};

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
    /// As [`Identity::GOOD`], but signed by itself.
    pub(crate) const SELF_SIGNED: Self = Self("self-signed");

    /// The certificate's pin, as `--tls-pin` takes it.
    pub(crate) fn pin(self) -> String {
        let der = self.certificate().to_der().expect("DER");
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(der));
        format!("sha256:{digest}")
    }

    fn certificate(self) -> X509 {
        X509::from_pem(&self.read("pem")).expect("certificate")
    }

    fn read(self, kind: &str) -> Vec<u8> {
        let path = path(&format!("{}.{kind}", self.0));
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn acceptor(self) -> SslAcceptor {
        // native-tls's own acceptor stops at TLS 1.2.
        let mut builder =
            SslAcceptor::mozilla_intermediate_v5(SslMethod::tls_server()).expect("builder");
        let key = PKey::private_key_from_pem(&self.read("key")).expect("key");
        builder.set_certificate(&self.certificate()).expect("taken");
        builder.set_private_key(&key).expect("taken");
        builder.build()
    }
}

/// The root that signed the fixtures.
pub(crate) fn ca() -> PathBuf {
    path("ca.pem")
}
