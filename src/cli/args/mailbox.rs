//! The commands that look into a mailbox and tidy it.

use clap::Args;

use super::{OnServer, number};
use crate::run::Wanted;

/// List what is on the server
///
/// One line a message: number, size, N if it is new (not fetched yet), date,
/// sender and subject, cut to the columns of a terminal. Nothing is marked as
/// read.
///
/// Examples:
///   retr list work
///   retr list --new --json work | jq -r 'select(.event == "listed").subject'
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    pub(crate) on: OnServer,

    /// List only what was not fetched yet
    #[arg(long)]
    pub(crate) new: bool,

    /// List without date, sender and subject, which is quicker
    #[arg(long)]
    pub(crate) no_headers: bool,
}

/// Show messages as readable text
///
/// Examples:
///   retr show work last
///   retr show work 3-7 --headers
///   retr show work uid:0001a2b3 --raw > message.eml
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    pub(crate) on: OnServer,

    /// Which messages: 3 (see `retr list`), 3-7, last or uid:UID
    #[arg(value_name = "MSG", required = true, value_parser = wanted)]
    pub(crate) messages: Vec<Wanted>,

    /// Show the message as it is, with LF line ends
    ///
    /// A terminal gets controls escaped; a file or a pipe gets every octet.
    #[arg(long, conflicts_with_all = ["headers", "lines", "json"])]
    pub(crate) raw: bool,

    /// Show only the header, as it is (TOP)
    #[arg(long, conflicts_with_all = ["lines", "json"])]
    pub(crate) headers: bool,

    /// Ask for the header and the first N lines only (TOP)
    #[arg(long, value_name = "N", value_parser = number::<u32>)]
    pub(crate) lines: Option<u32>,
}

/// Delete messages on the server
///
/// The server deletes them when it has confirmed the end of the session. If
/// some of them were never fetched (those only marked as seen or imported were
/// not), there is a warning, and on a terminal a question first.
///
/// Examples:
///   retr delete work 3-7 --dry-run
///   retr delete work uid:0001a2b3
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DeleteArgs {
    #[command(flatten)]
    pub(crate) on: OnServer,

    /// Which messages: 3 (see `retr list`), 3-7, last or uid:UID
    #[arg(value_name = "MSG", required = true, value_parser = wanted)]
    pub(crate) messages: Vec<Wanted>,

    /// Only show what would be deleted
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Delete what was never fetched without asking
    #[arg(long)]
    pub(crate) yes: bool,

    /// For servers without UIDL: delete by the numbers of this session
    #[arg(long)]
    pub(crate) no_uidl: bool,
}

pub(super) fn wanted(word: &str) -> Result<Wanted, String> {
    Wanted::parse(word).ok_or_else(|| {
        let word = crate::base::sanitized(word.as_bytes());
        format!("`{word}` names no message; write a number (3), a range (3-7), last or uid:UID")
    })
}
