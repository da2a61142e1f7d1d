//! The commands that look closely: at a server, and at what was stored.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{Common, Connect, Destination, Percent};

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
/// Nothing is changed, and without --server nothing is connected to. The place
/// is named as for fetch, by --maildir, --mbox, --archive or the config file;
/// what was stored in another one counts as missing. What is intact is counted;
/// -v names each message, in JSON too.
///
/// Without ACCOUNT: every account of the config file. One whose mail was handed
/// on by --mda or --lmtp cannot be verified: a warning says so, and the others
/// decide the exit code.
///
/// A manifest lists what is intact as sha256sum does, by its path below the
/// Maildir or archive; with --json, and of an mbox only so, as one object a
/// line. --manifest-check, or `sha256sum -c` in that folder, proves a copy
/// without ledger and account.
///
/// Examples:
///   retr verify work
///   retr verify work --server
///   retr verify work --manifest ~/work.sha256
///   retr verify --manifest-check ~/work.sha256 --archive /mnt/copy --sample 5%
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct VerifyArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,

    /// Compare with what is on the server, too
    #[arg(long)]
    pub(crate) server: bool,

    /// Write what is intact to FILE, in place of what it held
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) manifest: Option<PathBuf>,

    /// Compare the files that a manifest lists with it
    ///
    /// They are in the Maildir, mbox or archive that is named, else in the
    /// working folder, else beside the manifest. Messages that a reader moved
    /// or flagged are found.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with_all = ["accounts", "server", "manifest"]
    )]
    pub(crate) manifest_check: Option<PathBuf>,

    /// With --manifest-check: read only this share, at random
    #[arg(
        long,
        value_name = "N%",
        requires = "manifest_check",
        // With one of these, clap would not ask for what is required.
        conflicts_with_all = ["accounts", "server", "manifest"]
    )]
    pub(crate) sample: Option<Percent>,

    #[command(flatten)]
    pub(crate) destination: Destination,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}
