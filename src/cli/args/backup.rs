//! The commands that take mail out and put it back.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::{Addressee, Common, Day, Destination, StateOf};
use crate::store::export::Format;

/// Copy what was stored into an mbox, a Maildir, single files or a tar
///
/// Each message is hashed while it is copied. What is missing or altered is
/// told and left out, and the exit code is 65. The order is that in which
/// messages were stored. DEST must not be there, or be empty; nothing is seen
/// of it until it is complete and on the disk. The place is named as for
/// fetch, by --maildir, --mbox, --archive or the config file. Nothing is
/// connected to.
///
/// Examples:
///   retr export work --to mboxrd work.mbox
///   retr export work --to eml --since 2026-11-01 --until 2026-11-30 november
///   retr export work --to tar --zstd work.tar.zst
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) of: StateOf,

    /// Where it goes; - for stdout (mboxrd and tar)
    #[arg(value_name = "DEST", value_hint = ValueHint::AnyPath)]
    pub(crate) dest: PathBuf,

    /// Its form: mboxrd (an mbox), maildir, eml (a file each) or tar (of eml)
    #[arg(long, value_name = "FORM", value_enum, hide_possible_values = true)]
    pub(crate) to: Format,

    /// Pack it by zstd (mboxrd and tar)
    #[arg(long)]
    pub(crate) zstd: bool,

    /// Only what retr first saw on this day (UTC) or later, as 2026-11-29
    ///
    /// That is the day of the run that fetched it, whatever Date its header
    /// has.
    #[arg(long, value_name = "DAY")]
    pub(crate) since: Option<Day>,

    /// Only what retr first saw on this day (UTC) or earlier
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,

    #[command(flatten)]
    pub(crate) destination: Destination,
}

/// Put mail from a Maildir, an mbox, single files or a tar into a target
///
/// SOURCE is a Maildir, an mbox or a tar (packed by zstd, too), one .eml file, or
/// a folder of such files at any depth, such as an archive; retr finds out which.
/// Files count as messages if their names end with .eml or they are in a folder
/// new or cur. Messages are told apart by their SHA-256: what the target holds
/// already is not stored again, so a restore that was interrupted goes on when it
/// is run again. What cannot be read is told, and the exit code is 65. What a
/// command or an LMTP server does not take is told as by fetch: 75 if all of it
/// was deferred, else 76.
///
/// Examples:
///   retr restore work.mbox --maildir ~/Mail --dry-run
///   retr restore work.mbox --maildir ~/Mail
///   retr restore ~/archive/2026/11 --mbox november.mbox
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct RestoreArgs {
    /// Where the mail is
    #[arg(value_name = "SOURCE", value_hint = ValueHint::AnyPath)]
    pub(crate) source: PathBuf,

    #[command(flatten)]
    pub(crate) destination: Destination,

    /// Whom the messages are for, with --lmtp and {recipient}
    #[arg(long, value_name = "ADDRESS", help_heading = "Destination")]
    pub(crate) recipient: Option<Addressee>,

    /// Only count what would be restored
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Where the record is kept [default: $XDG_STATE_HOME/retr]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub(crate) state_dir: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) common: Common,
}
