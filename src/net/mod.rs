//! Connections: resolving, connecting, proxies, TLS, deadlines. Knows bytes
//! and no mail.
//!
//! Every socket is non-blocking and every wait is a `poll` in short slices
//! ([`Patience`]). Nothing is buffered on this side of TLS, so that no octet
//! received in clear can survive the start of TLS.

mod certificate;
mod command;
mod connection;
mod dial;
mod errand;
mod error;
mod lookup;
mod patience;
mod route;
mod socks;
mod tls;
mod trust;
mod tunnel;
mod wire;

#[cfg(test)]
mod tests;

pub use certificate::CertificateFacts;
pub(crate) use command::user_command;
pub use connection::{Connection, Moved};
pub use dial::Attempts;
pub use error::Error;
pub(crate) use lookup::peer_name;
pub use patience::{Limit, Patience, Waited};
pub use route::{Family, Route, TlsMin, TlsPolicy, Via};
pub use tls::TlsFacts;
pub use trust::{check_identity, check_roots};
