//! From a mail address to the mailbox's server. What is known or found is a
//! candidate; it counts once its certificate was verified and it has greeted.
//!
//! Only the domain is sent to anybody, and over https only. What came from DNS
//! somebody else may have written, and what lies outside the domain somebody
//! else runs: the user has to agree to both ([`Candidate::needs_consent`]).

mod address;
mod autoconfig;
mod candidate;
mod dns;
mod error;
mod search;
mod table;
#[cfg(test)]
mod tests;

pub use address::{Address, is_host};
pub use autoconfig::read as servers_in;
pub use candidate::{Candidate, Origin};
pub use dns::{exchangers_in, resolvers, services_in};
pub use error::{Error, Tried};
pub use search::{AUTOCONFIG, ISPDB, Search};
pub use table::{Need, Provider, of_domain, of_host};
