//! A POP3 session over a connection: greeting, STARTTLS, login, listings,
//! transfer, QUIT.

mod auth;

pub use auth::{Auth, Pipelining, TlsMode};
