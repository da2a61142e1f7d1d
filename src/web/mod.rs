//! The web, as far as two things need it: fetching a small file, and posting
//! a form. HTTP/1.1 (RFC 9112) by one request a connection, over the
//! connections of [`crate::net`], which bring proxy, roots, deadline and
//! cancellation. Nothing is followed and nothing is kept: what an answer means
//! its reader decides.

mod answer;
mod authority;
mod client;
mod error;
mod url;

#[cfg(test)]
mod tests;

pub use answer::{Answer, MAX_ANSWER, Progress, read as read_answer};
pub use authority::{bracketed, decode_percent, encode_percent, host_and_port};
pub use client::Client;
pub use error::Error;
pub use url::{Url, form, query_value};
