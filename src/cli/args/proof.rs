//! The commands that look closely: at a server, and at what was stored.

use clap::Args;

use super::{Common, Connect, Destination, OnServer};

/// Show what a server is and can do
///
/// Greeting, certificate and its pin, capabilities before and after the
/// login, and whether there are unique ids. Without a password it goes up to
/// the login. A certificate that is refused is shown too, with the reason;
/// nothing is asked of the server then, and the exit code is 79.
///
/// Examples:
///   retr probe pop3s://pop.example.com
///   retr probe --json work | jq -r 'select(.event == "probed").tls.pin'
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ProbeArgs {
    /// Account from the config file, or pop3s://[user@]host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Prove that everything stored is still there, and unaltered
///
/// Reads each message that the ledger says was stored, and compares its
/// SHA-256. The exit code is 65 if one is missing or altered, and with
/// --server also if one on the server is neither stored nor known as seen.
/// Nothing is changed, and without --server nothing is connected to. The
/// place is named as for fetch, by --maildir, --mbox, --archive or the config file; what
/// was stored in another one counts as missing. What is intact is counted; -v
/// names each message, in JSON too.
///
/// Examples:
///   retr verify work
///   retr verify work --server
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) on: OnServer,

    /// Compare with what is on the server, too
    #[arg(long)]
    pub(crate) server: bool,

    #[command(flatten)]
    pub(crate) destination: Destination,
}
