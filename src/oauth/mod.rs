//! OAuth 2.0 (RFC 6749): access tokens in place of passwords, and the refresh
//! tokens that bring new ones.
//!
//! Somebody signs in once, by [`device`] or [`browser`]. From then on the
//! [`Keeper`] hands access tokens out and gets new ones before the old ones
//! end. A server may take the old refresh token back as soon as the new one is
//! used; so new tokens are durable before anything is done with them, and one
//! run at a time renews them.

mod advice;
pub mod browser;
pub mod device;
mod error;
mod issuer;
mod keeper;
mod request;
mod store;
#[cfg(test)]
mod tests;
mod tokens;

pub use error::{Error, Refusal};
pub use issuer::{Issuer, Provider, Settings, StoreCommands};
pub use keeper::Keeper;
pub use request::{Asker, revoke, tokens_in};
pub use store::{Place, Store};
pub use tokens::Tokens;
