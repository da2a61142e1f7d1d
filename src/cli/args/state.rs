//! The commands on the ledger of an account.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::mailbox::wanted;
use super::{Common, OnServer};
use crate::run::Wanted;

/// Look into the record of what was fetched (the ledger), or change it
///
/// Examples:
///   retr state show work
///   retr state mark-seen work
///   retr state forget work uid:0001a2b3
///   retr state forget work --missing
///   retr state move pop3s://alice@old.example.com work
///   retr state import --from mpop ~/.mpop_uidls/alice_at_pop.example.com work
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment, arg_required_else_help = false)]
pub(crate) struct StateArgs {
    #[command(subcommand)]
    pub(crate) command: StateCommand,
}

/// What to do with a ledger.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum StateCommand {
    /// Show what the ledger knows of each message
    ///
    /// One line a message: when it was first seen (UTC), size, why it is known,
    /// whether it is still on the server, unique id, where it was stored, and
    /// the beginning of its SHA-256.
    Show(StateOf),
    /// Forget messages, so that they are fetched again
    Forget {
        #[command(flatten)]
        of: StateOf,
        /// Which messages: unique ids as `retr state show` has them
        #[arg(value_name = "UID", required_unless_present = "missing", value_parser = by_uid)]
        messages: Vec<Wanted>,
        /// Those that were stored, and are neither where they were put nor in the account's target
        #[arg(long, conflicts_with = "messages")]
        missing: bool,
    },
    /// Record messages on the server as seen, without fetching them
    MarkSeen {
        #[command(flatten)]
        on: Box<OnServer>,
        /// Which messages: 3 as `retr list` has it, 3-7, last, uid:UID; none: all
        #[arg(value_name = "MSG", value_parser = wanted)]
        messages: Vec<Wanted>,
    },
    /// Give the ledger of an account to another, for example one of a new host name
    ///
    /// For a mailbox that keeps its unique ids: nothing is fetched again. The
    /// other account must not have a ledger yet. OAuth2 tokens go with it,
    /// unless the other one has some.
    Move {
        /// Account that has the ledger, from the config file or as pop3s://user@host
        #[arg(value_name = "OLD")]
        old: String,
        /// Account that gets it
        #[arg(value_name = "NEW")]
        new: String,
        #[command(flatten)]
        place: StatePlace,
    },
    /// Keep what is whole in a damaged ledger
    ///
    /// The damaged file stays beside the new one.
    Repair(StateOf),
    /// Take over what another program has seen, so that it is not fetched again
    ///
    /// FILE is mpop's ~/.mpop_uidls/USER_at_HOST, fetchmail's ~/.fetchids,
    /// getmail's ~/.config/getmail/oldmail-HOST-PORT-USER, or the file that
    /// `cache` names in fdm's config.
    Import {
        /// Program that wrote the file
        #[arg(long, value_name = "PROGRAM")]
        from: SeenBy,
        /// Its file of seen messages
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
        #[command(flatten)]
        of: StateOf,
    },
}

/// A ledger, by its account.
#[derive(Args, Clone, Debug)]
pub(crate) struct StateOf {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    #[command(flatten)]
    pub(crate) place: StatePlace,
}

/// Where the record is, and what every command has.
#[derive(Args, Clone, Debug)]
pub(crate) struct StatePlace {
    /// Where the record is kept [default: $XDG_STATE_HOME/retr]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub(crate) state_dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) common: Common,
}

/// A program whose seen file can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeenBy {
    Mpop,
    Fetchmail,
    Getmail,
    Fdm,
}

/// Nothing but a unique id makes sense, so `uid:` may be left out.
fn by_uid(word: &str) -> Result<Wanted, String> {
    let uid = word.strip_prefix("uid:").unwrap_or(word);
    Wanted::parse(&format!("uid:{uid}")).ok_or_else(|| "a unique id is not empty".to_owned())
}
