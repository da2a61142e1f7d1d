//! Commands whose work does not exist yet: complete, but not registered in
//! [`super::Command`].

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::{Common, Connect, Destination, Shard};

/// List what is on the server
///
/// One line a message: number, size, whether it is new, date, sender and
/// subject. Nothing is marked as read.
///
/// Examples:
///   retr list work
///   retr list --new --json work | jq -r .subject
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ListArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    /// List only what was not fetched yet
    #[arg(long)]
    pub(crate) new: bool,

    /// List without date, sender and subject, which is quicker
    #[arg(long)]
    pub(crate) no_headers: bool,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Show messages as readable text
///
/// MSG is a number as `retr list` shows it, a range such as 3-7, `last`, or
/// uid: and a unique id.
///
/// Examples:
///   retr show work last
///   retr show work 3-7 --headers
///   retr show work uid:0001a2b3 --raw > message.eml
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ShowArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    /// Which messages: 3, 3-7, last, uid:UID
    #[arg(value_name = "MSG", required = true)]
    pub(crate) messages: Vec<String>,

    /// Show the message as it is, with LF line ends
    #[arg(long, conflicts_with = "headers")]
    pub(crate) raw: bool,

    /// Show only the header
    #[arg(long)]
    pub(crate) headers: bool,

    /// Ask for the header and the first N lines only (TOP)
    #[arg(long, value_name = "N", conflicts_with = "headers")]
    pub(crate) lines: Option<u32>,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Delete messages on the server
///
/// The server deletes them when it has confirmed the end of the session.
/// Whether they were ever fetched does not matter.
///
/// Examples:
///   retr delete work 3-7 --dry-run
///   retr delete work uid:0001a2b3
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DeleteArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    /// Which messages: 3, 3-7, last, uid:UID
    #[arg(value_name = "MSG", required = true)]
    pub(crate) messages: Vec<String>,

    /// Only tell what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Show what a server is and can do
///
/// Greeting, capabilities before and after the login, TLS version,
/// certificate and its pin, and whether there are unique ids. Without a
/// password it goes up to the login.
///
/// Examples:
///   retr probe pop3s://pop.example.com
///   retr probe --json work | jq -r .tls.pin
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
/// SHA-256. The exit code is 65 if one is missing or altered.
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

/// Look into the record of what was fetched, or change it
///
/// Examples:
///   retr state show work
///   retr state mark-seen work
///   retr state forget work uid:0001a2b3
///   retr state import --from mpop ~/.mpop_uidls/alice_at_pop.example.com work
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct StateArgs {
    #[command(subcommand)]
    pub(crate) command: StateCommand,
}

/// What to do with a ledger.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum StateCommand {
    /// Show what the ledger knows
    Show(StateOf),
    /// Forget messages, so that they are fetched again
    Forget {
        /// Account from the config file, or pop3s://user@host
        #[arg(value_name = "ACCOUNT")]
        account: String,
        /// Which messages: uid:UID
        #[arg(value_name = "uid:UID", required = true)]
        messages: Vec<String>,
        #[command(flatten)]
        ledger: LedgerPlace,
        #[command(flatten)]
        common: Common,
    },
    /// Record everything on the server as seen, without fetching it
    MarkSeen {
        /// Account from the config file, or pop3s://user@host
        #[arg(value_name = "ACCOUNT")]
        account: String,
        #[command(flatten)]
        connect: Box<Connect>,
        #[command(flatten)]
        common: Common,
    },
    /// Keep what is whole in a damaged ledger
    ///
    /// The damaged file stays beside the new one.
    Repair(StateOf),
    /// Take over what another program has seen
    Import {
        /// Program that wrote the file
        #[arg(long, value_name = "PROGRAM")]
        from: SeenBy,
        /// Its file of seen messages
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        /// Account from the config file, or pop3s://user@host
        #[arg(value_name = "ACCOUNT")]
        account: String,
        #[command(flatten)]
        ledger: LedgerPlace,
        #[command(flatten)]
        common: Common,
    },
}

/// A ledger, by its account.
#[derive(Args, Clone, Debug)]
pub(crate) struct StateOf {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    #[command(flatten)]
    pub(crate) ledger: LedgerPlace,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Where ledgers are, for commands that connect to nothing.
#[derive(Args, Clone, Debug)]
pub(crate) struct LedgerPlace {
    /// Where the record is kept [default: $XDG_STATE_HOME/retr]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub(crate) state_dir: Option<PathBuf>,
}

/// A program whose seen file can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeenBy {
    /// mpop: ~/.mpop_uidls/USER_at_HOST
    Mpop,
    /// fetchmail: ~/.fetchids
    Fetchmail,
    /// getmail 6: ~/.config/getmail/oldmail-…
    Getmail,
    /// fdm: the file that `cache` names
    Fdm,
}

/// A program whose config file can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfiguredFor {
    /// mpop: ~/.mpoprc
    Mpop,
    /// fetchmail: ~/.fetchmailrc
    Fetchmail,
    /// getmail 6: ~/.config/getmail/getmailrc
    Getmail,
}

/// `config import`, to become a variant of [`super::ConfigCommand`].
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigImportArgs {
    /// Program that the file was written for
    #[arg(long, value_name = "PROGRAM")]
    pub(crate) from: ConfiguredFor,

    /// Its config file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// `demo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DemoArgs {
    /// Store the messages here; without it, in a folder that is removed again
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// Options of `fetch`, to join [`super::FetchOptions`] once `run::FetchJob`
/// has a place for them.
#[derive(Args, Clone, Debug)]
pub(crate) struct FetchLater {
    /// Fetch only the I-th of N parts of the mailbox
    ///
    /// Each message belongs to one part, by its unique id.
    #[arg(long, value_name = "I/N", help_heading = "Selection")]
    pub(crate) shard: Option<Shard>,

    /// Before a deletion, read the stored message again and compare its hash
    #[arg(
        long,
        num_args = 0,
        default_missing_value = "true",
        help_heading = "On the server"
    )]
    pub(crate) delete_verified: Option<bool>,
}

#[cfg(test)]
mod tests {
    use clap::Command;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        for augment in [
            ListArgs::augment_args as fn(Command) -> Command,
            ShowArgs::augment_args,
            DeleteArgs::augment_args,
            ProbeArgs::augment_args,
            VerifyArgs::augment_args,
            StateArgs::augment_args,
            ConfigImportArgs::augment_args,
            DemoArgs::augment_args,
            FetchLater::augment_args,
        ] {
            augment(Command::new("x")).debug_assert();
        }
    }
}
