//! Connections: resolving, connecting, proxies, TLS, deadlines. Knows bytes
//! and no mail.

mod connection;
mod error;
mod route;
mod tls;

pub use connection::{Connection, Moved, Patience};
pub use error::Error;
pub use route::{Family, Route, TlsMin, TlsPolicy, Via};
pub use tls::TlsFacts;
