//! What a mail says, for display only: header fields and readable text out of
//! bytes that anybody may have written. Nothing here takes part in delivery.
//!
//! Every function takes any bytes, never fails and never panics; what makes
//! no sense is left out. Work and memory are proportional to the input, and
//! the limits below cut what is absurd before it is looked at.
//!
//! ```text
//! fields ──► words (RFC 2047) ──► addresses, date ──► headers
//!    │          ▲                                        │
//!    │       charsets                                    ▼
//!    └─► parts (RFC 2046) ──► transfer ──► html ────► readable
//! ```

mod addresses;
mod charsets;
mod date;
mod fields;
mod headers;
mod html;
mod parts;
mod readable;
mod transfer;
mod words;

pub use headers::headers;
pub use readable::{Readable, readable};

/// Octets of a header that are looked at.
pub const HEADER_MAX: usize = 256 * 1024;

/// Fields of a header that are looked at.
pub const FIELDS_MAX: usize = 1_000;

/// Octets of one field that are looked at.
pub const FIELD_MAX: usize = 32 * 1024;

/// Addresses of one list that are taken.
pub const ADDRESSES_MAX: usize = 100;

/// How deep parts may lie in one another; deeper ones are not looked into.
pub const DEPTH_MAX: usize = 64;

/// Parts of a message that are looked at.
pub const PARTS_MAX: usize = 1_000;

#[cfg(test)]
mod tests;
