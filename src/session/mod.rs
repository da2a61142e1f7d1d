//! A POP3 session over a connection: greeting, STARTTLS, login, listings,
//! transfer, QUIT.
//!
//! ```text
//!  Session::greet ─► Greeted ──login──► Session ──leave──► gone
//!                    connected,         uidl, list, stat,
//!                    encrypted,         transfer
//!                    asked (CAPA)
//! ```
//!
//! [`Session::open`] does the first two in one. What was learned about a
//! server comes out as [`Hints`] and saves round trips the next time.

mod access;
mod auth;
mod channel;
mod error;
mod flight;
mod greeted;
mod leave;
mod link;
mod listing;
mod login;
mod login_method;
mod recheck;
mod refusal;
#[expect(clippy::module_inception, reason = "the module's main noun")]
mod session;
mod transfer;
mod work;

pub use access::{Access, Hints};
pub use auth::{Auth, Pipelining, TlsMode};
pub use error::Error;
pub use greeted::Greeted;
pub use leave::Leave;
pub use session::{Facts, Interrupt, Session, Sizes, UidList};
pub use transfer::Deletions;
pub use work::{Request, Work};

#[cfg(test)]
mod tests;
