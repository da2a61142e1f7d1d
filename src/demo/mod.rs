//! A small POP3 server on loopback: what `retr demo` fetches its dozen
//! messages from, and, with faults in its wire, the model server of the tests.
//! What it sends is what RFC 1939 says, dots stuffed, and DELE lasts from QUIT
//! on. What a server might do wrong is none of its business: the tests stand
//! between it and the client, as a [`Transport`].

mod maildrop;
mod mails;
mod server;
mod session;

pub use maildrop::{Maildrop, Message};
pub use mails::mails;
pub use server::Server;
pub use session::{PASSWORD, Transport, USER, serve};

/// The model server, which `tests/it` has too.
#[cfg(test)]
#[expect(dead_code, reason = "tests/it uses the rest")]
#[path = "../../tests/it/support/model/mod.rs"]
pub(crate) mod model;
#[cfg(test)]
mod tests;
