//! LMTP (RFC 2033) from the client's side, for one recipient at a time: bytes
//! in, bytes and outcomes out.

mod client;
mod content;
mod reply;
#[cfg(test)]
mod tests;

pub use client::{Client, Envelope, NextAction};
pub use content::Content;
pub use reply::{FailureKind, Reply};
