//! A POP3 session over a connection: greeting, STARTTLS, login, listings,
//! transfer, QUIT.

mod access;
mod auth;
mod error;
#[expect(clippy::module_inception, reason = "the module's main noun")]
mod session;
mod work;

pub use access::{Access, Hints};
pub use auth::{Auth, Pipelining, TlsMode};
pub use error::Error;
pub use session::{Facts, Interrupt, Leave, Session, UidList};
pub use work::{Next, Request, Work};
