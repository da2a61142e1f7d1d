//! What a mail says, for display only: header fields and readable text out of
//! bytes that anybody may have written. Nothing here takes part in delivery.
//!
//! Every function takes any bytes, never fails and never panics; what makes
//! no sense is left out. Work and memory are proportional to the input, and
//! the limits below cut what is absurd before it is looked at. What may take
//! long ends early only if the caller's [`Cancel`](crate::base::Cancel) says so.
//!
//! ```text
//! fields ──► words (RFC 2047) ──► addresses, date ──► headers, pattern
//!    │          ▲                                        │
//!    │       charsets                                    ▼
//!    └─► parts (RFC 2046) ──► transfer ──► html, flowed ► readable
//!          └─ params (RFC 2231)
//! ```

mod addresses;
mod charsets;
mod date;
mod fields;
mod flowed;
mod headers;
mod html;
mod params;
mod parts;
mod pattern;
mod readable;
mod steps;
mod transfer;
mod words;

pub use headers::headers;
pub use pattern::{Pattern, Texts};
pub use readable::{Readable, readable};

/// Octets of a header that are looked at.
pub const MAX_HEADER: usize = 256 * 1024;

/// Fields of a header that are looked at.
pub const MAX_FIELDS: usize = 1_000;

/// Octets of one field that are looked at.
pub const MAX_FIELD: usize = 32 * 1024;

/// Addresses of one list that are taken.
pub const MAX_ADDRESSES: usize = 100;

/// How deep parts may lie in one another; deeper ones are not looked into.
pub const MAX_DEPTH: usize = 64;

/// Parts of a message that are looked at.
pub const MAX_PARTS: usize = 1_000;

#[cfg(test)]
mod tests;
