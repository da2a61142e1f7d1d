//! Connections: resolving, connecting, proxies, TLS, deadlines. Knows bytes
//! and no mail.

mod route;

pub use route::{Family, Route, TlsMin, TlsPolicy, Via};
