//! What is asked of a server: sessions within the limits of a run, listings to
//! plan with, and messages that are only looked at.

mod collect;
mod connector;
pub(super) mod listing;
mod remembered;

pub(super) use collect::{collect, doubt, headers};
pub(super) use connector::Connector;
