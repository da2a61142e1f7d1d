//! A small POP3 server on loopback with a dozen messages, to try the program
//! without a mailbox. Honest in what it does: what it sends is what RFC 1939
//! says, dots stuffed, and DELE lasts from QUIT on.

mod mails;
mod server;

pub use mails::mails;
pub use server::{PASSWORD, Server, USER};

#[cfg(test)]
mod tests;
