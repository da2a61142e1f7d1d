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
mod timer;
mod tls;
mod trust;
mod tunnel;

#[cfg(test)]
mod tests;

pub use certificate::CertificateFacts;
pub use connection::{Connection, Moved};
pub use dial::Attempts;
pub use error::{Error, Obstacle};
pub(crate) use lookup::peer_name;
pub use route::{Family, Route, TlsMin, TlsPolicy, Via};
pub use timer::Waited;
pub use tls::TlsFacts;
pub use trust::{check_identity, check_roots};
