//! `verify`.

use clap::Args;

use super::{Common, Connect, Destination};

/// Prove that everything stored is still there, and unaltered
///
/// Reads each message that the ledger says was stored, and compares its
/// SHA-256. The exit code is 65 if one is missing or altered, and with
/// --server also if one on the server is neither stored nor known as seen.
/// Nothing is changed, and without --server nothing is connected to.
///
/// Examples:
///   retr verify work
///   retr verify work --server
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    /// Compare with what is on the server, too
    #[arg(long)]
    pub(crate) server: bool,

    #[command(flatten)]
    pub(crate) destination: Destination,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}
