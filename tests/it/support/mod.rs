//! What the tests stand on: the program in a sandbox, servers to talk to,
//! mail to serve, and stores read back.

pub(crate) mod agent;
pub(crate) mod book;
pub(crate) mod direct;
pub(crate) mod env;
pub(crate) mod issuer;
pub(crate) mod lmtp;
pub(crate) mod mail;
pub(crate) mod mailbox;
pub(crate) mod model;
pub(crate) mod needs;
pub(crate) mod output;
pub(crate) mod provider;
#[path = "../../../src/net/tests/refusing.rs"]
pub(crate) mod refusing;
pub(crate) mod scripted;
pub(crate) mod socks;
pub(crate) mod source;
pub(crate) mod store;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod user;
pub(crate) mod web;
