//! Connections: resolving, connecting, proxies, TLS, deadlines. Knows bytes
//! and no mail.
//!
//! Every socket is non-blocking, and every wait has its limits
//! ([`crate::wait`]). Nothing is buffered on this side of TLS, so that no octet
//! received in clear can survive the start of TLS.

mod certificate;
mod connection;
mod dial;
mod error;
mod lookup;
mod openssl;
mod route;
mod socket;
mod socks;
mod tls;
mod trust;
mod tunnel;

#[cfg(test)]
pub(crate) mod tests;

pub use certificate::CertificateFacts;
pub use connection::{Connection, Moved};
pub use dial::Attempts;
pub use error::{Error, Obstacle};
pub(crate) use lookup::peer_name;
pub use route::{Family, Route, TlsMin, TlsPolicy, Via};
pub use tls::TlsFacts;
pub use trust::{check_identity, check_roots};

/// What a wait was for, when time ran out: the addresses of a name, a
/// connection, the proxy's consent, the end of the handshake, octets to come or
/// to be taken.
const NO_LOOKUP: &str = "no answer from the name server";
const NO_CONNECT: &str = "no connection";
const NO_PROXY: &str = "no answer from the proxy";
const NO_HANDSHAKE: &str = "no end of the TLS handshake";
const NO_DATA: &str = "no answer";
