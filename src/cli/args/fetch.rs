//! The options of `fetch`; config keys as well, as those of
//! [`super::Connect`].

use std::ffi::OsStr;
use std::num::NonZeroU8;
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use crate::message::Pattern;
use crate::store::{self, InDoubt, Scheme, Sender};

use super::{
    Addressee, Common, Connect, Shard, Size, Span, Wait, YES, lossy, nearest_wins, number,
};

// Headings of the help.
const SERVER: &str = "On the server";
const WHICH: &str = "Selection";
const DELIVERY: &str = "Handing on (--mda, --lmtp)";

/// Where mail goes or went, as far as one source says.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Destination {
    /// Store into this Maildir
    ///
    /// It is created if the folder above it exists.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Destination")]
    #[serde(serialize_with = "lossy")]
    pub(crate) maildir: Option<PathBuf>,

    /// Append to this mbox (mboxrd)
    ///
    /// It is created if the folder above it exists.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "maildir", help_heading = "Destination")]
    #[serde(serialize_with = "lossy")]
    pub(crate) mbox: Option<PathBuf>,

    /// Store each message as one read-only file
    ///
    /// The file is YYYY/MM/SHA256.eml, by the month in which the message was
    /// first seen, and is never changed or renamed. The same message is one file,
    /// however often it comes. Made for incremental back-ups (restic, borg,
    /// rsync) and object locks.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with_all = ["maildir", "mbox"], help_heading = "Destination")]
    #[serde(serialize_with = "lossy")]
    pub(crate) archive: Option<PathBuf>,

    /// Hand each message to this command's stdin
    ///
    /// The command is split into words as a shell does it, but no shell runs it.
    /// Within a word {sender}, {recipient}, {size}, {uid} and {id} are filled in.
    /// The command starts once the whole message is here; its exit code says
    /// whether it took the message.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, conflicts_with_all = ["maildir", "mbox", "archive"], help_heading = "Destination")]
    pub(crate) mda: Option<String>,

    /// Hand each message to this LMTP server
    ///
    /// Needs --recipient.
    #[arg(long, value_name = "SOCKET|HOST:PORT", value_hint = ValueHint::AnyPath, conflicts_with_all = ["maildir", "mbox", "archive", "mda"], help_heading = "Destination")]
    pub(crate) lmtp: Option<String>,
}

nearest_wins! { Destination { [maildir mbox archive mda lmtp] } }

impl Destination {
    /// The targets that are named, each with its kind.
    pub(crate) fn named(&self) -> Vec<(&'static Scheme, &OsStr)> {
        let options = [
            ("maildir", self.maildir.as_deref().map(Path::as_os_str)),
            ("mbox", self.mbox.as_deref().map(Path::as_os_str)),
            ("archive", self.archive.as_deref().map(Path::as_os_str)),
            ("mda", self.mda.as_deref().map(OsStr::new)),
            ("lmtp", self.lmtp.as_deref().map(OsStr::new)),
        ];
        let named = options.into_iter();
        named.filter_map(|(name, address)| Some((store::scheme(name)?, address?))).collect()
    }
}

/// What to take and what becomes of it, as far as one source says.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FetchOptions {
    /// Leave stored messages there (the default)
    #[arg(long, num_args = 0, default_missing_value = YES, help_heading = SERVER)]
    pub(crate) keep: Option<bool>,

    /// Delete stored messages from the server
    ///
    /// Each one only after it is on stable storage and recorded.
    #[arg(
        long,
        num_args = 0,
        default_missing_value = YES,
        conflicts_with = "keep",
        help_heading = SERVER
    )]
    pub(crate) delete: Option<bool>,

    /// Delete them this long after they were seen
    ///
    /// The time counts from when retr first saw a message. A month is 30d.
    #[arg(long, value_name = "DURATION", conflicts_with_all = ["keep", "delete"], help_heading = SERVER)]
    pub(crate) delete_after: Option<Span>,

    /// Delete what an earlier run stored only if it is still here, unaltered
    ///
    /// Before a deletion retr reads the stored message again and compares its
    /// SHA-256 with the recorded one. What is missing, altered or was never
    /// stored stays on the server. Needs --delete or --delete-after.
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = SERVER)]
    pub(crate) delete_verified: Option<bool>,

    /// Also delete what `retr state import` says that another program fetched
    ///
    /// Without this option, what retr itself never stored stays on the server.
    /// Needs --delete or --delete-after.
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = SERVER)]
    pub(crate) delete_imported: Option<bool>,

    /// Fetch at most N messages
    #[arg(long, value_name = "N", value_parser = number::<u64>, help_heading = WHICH)]
    pub(crate) max_messages: Option<u64>,

    /// Leave larger messages out
    #[arg(long, value_name = "SIZE", help_heading = WHICH)]
    pub(crate) max_size: Option<Size>,

    /// Stop before a message that would exceed SIZE octets in total
    ///
    /// The first message is always fetched.
    #[arg(long, hide_short_help = true, value_name = "SIZE", help_heading = WHICH)]
    pub(crate) max_bytes: Option<Size>,

    /// Leave on the server what matches FIELD:GLOB
    ///
    /// FIELD is from, to, cc, subject or list-id, decoded; in GLOB `*` stands for
    /// any text and `?` for one character, and case does not matter. An address
    /// matches by itself, by its name, and as `name <address>`. The option may
    /// be repeated. A message that was left is not looked at again as long as its
    /// pattern is given. The server must have TOP.
    #[arg(long, value_name = "FIELD:GLOB", help_heading = WHICH)]
    #[serde(deserialize_with = "super::serde::one_or_several")]
    pub(crate) skip: Option<Vec<Pattern>>,

    /// Let this command decide which messages to fetch
    ///
    /// The command gets the header on its stdin. Exit code 0 fetches the message,
    /// 99 leaves it on the server for good; with any other code it is fetched,
    /// with a warning. The command is split into words as a shell does it, but no
    /// shell runs it. The server must have TOP.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, help_heading = WHICH)]
    pub(crate) filter: Option<String>,

    /// Also fetch again what is no longer in the target
    ///
    /// What is still in the target is not stored a second time. With --mda and
    /// --lmtp everything on the server is handed on again.
    #[arg(long, num_args = 0, default_missing_value = YES, help_heading = WHICH)]
    pub(crate) all: Option<bool>,

    /// Begin with the newest message
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = WHICH)]
    pub(crate) newest_first: Option<bool>,

    /// For servers without UIDL; needs --delete
    ///
    /// Without unique ids nothing can be told apart: everything is fetched, and
    /// then deleted on the server.
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = WHICH)]
    pub(crate) no_uidl: Option<bool>,

    /// Show what would be done with each message, and why
    ///
    /// Nothing is fetched, stored or deleted.
    #[arg(long, num_args = 0, default_missing_value = YES, help_heading = WHICH)]
    pub(crate) dry_run: Option<bool>,

    /// Go on although the server seems to have renumbered all its messages
    ///
    /// Without this option retr stops when 20 or more ids that were left on the
    /// server are all gone and everything there looks new: fetching would store
    /// the whole mailbox a second time. To start from now without fetching, run
    /// `retr state mark-seen` instead.
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = WHICH)]
    pub(crate) accept_uid_reset: Option<bool>,

    /// Run this command if new messages were stored
    ///
    /// The command runs once for each account, at the end of its run. Its stdin
    /// has the lines that --json would print for the new messages; RETR_ACCOUNT
    /// is the account and RETR_STORED the number of messages. If the command
    /// fails, retr warns.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, help_heading = "Run")]
    pub(crate) after_new: Option<String>,

    /// Longest time for a message with --mda, --lmtp or --filter, and for --after-new [default: 10m]
    #[arg(long, hide_short_help = true, value_name = "DURATION", help_heading = "Run")]
    pub(crate) deliver_timeout: Option<Wait>,

    /// Wait up to this long for another run [default: 0s]
    ///
    /// Only one run at a time works on an account.
    #[arg(long, value_name = "DURATION", help_heading = "Run")]
    pub(crate) lock_wait: Option<Span>,

    /// Envelope recipient; never guessed from To or Cc
    #[arg(long, value_name = "ADDRESS", help_heading = DELIVERY)]
    pub(crate) recipient: Option<Addressee>,

    /// Envelope sender: `return-path`, or always this address
    ///
    /// By default it is the address of the topmost Return-Path. Where that is
    /// missing, or cannot be used as one word, it is the null sender.
    #[arg(long, hide_short_help = true, value_name = "ADDRESS", help_heading = DELIVERY)]
    pub(crate) sender: Option<Sender>,

    /// Run up to N commands of --mda at once [default: 1]
    ///
    /// That is for each account; the accounts fetched at once are --jobs.
    #[arg(long, hide_short_help = true, value_name = "N", value_parser = number::<NonZeroU8>, help_heading = DELIVERY)]
    pub(crate) deliver_jobs: Option<NonZeroU8>,

    /// Put a From_ line first, as procmail wants it
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = DELIVERY)]
    pub(crate) from_line: Option<bool>,

    /// Put a field X-Retr-Id first, the same at every try
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = DELIVERY)]
    pub(crate) id_header: Option<bool>,

    /// What to do with a message that may have been handed on before a crash
    #[arg(long, hide_short_help = true, value_name = "HOW", value_enum, help_heading = DELIVERY)]
    pub(crate) in_doubt: Option<InDoubt>,

    /// Try refused messages again at once
    ///
    /// By default a refused message is tried again after ten minutes, then after
    /// twice as long each time, up to a day.
    #[arg(long, hide_short_help = true, num_args = 0, default_missing_value = YES, help_heading = DELIVERY)]
    pub(crate) retry_refused: Option<bool>,
}

nearest_wins! {
    FetchOptions {
        [keep delete delete_after] [delete_verified] [delete_imported]
        [max_messages] [max_size] [max_bytes] [skip] [filter] [all] [newest_first]
        [no_uidl] [dry_run] [accept_uid_reset] [after_new] [deliver_timeout] [lock_wait]
        [recipient] [sender] [deliver_jobs] [from_line] [id_header] [in_doubt]
        [retry_refused]
    }
}

/// What concerns the whole run and not one account; keys of `[defaults]` only.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RunOptions {
    /// Exit with this code when nothing was new [default: 0]
    #[arg(long, hide_short_help = true, value_name = "CODE", value_parser = number::<u8>, help_heading = "Run")]
    pub(crate) exit_empty: Option<u8>,

    /// Fetch from up to N accounts at once [default: 4]
    ///
    /// Each account has one session at a time; the commands of --mda that run at
    /// once are --deliver-jobs.
    #[arg(long, value_name = "N", value_parser = number::<NonZeroU8>, help_heading = "Run")]
    pub(crate) jobs: Option<NonZeroU8>,
}

nearest_wins! { RunOptions { [exit_empty] [jobs] } }

/// Store new messages
///
/// Fetches what was not fetched before from each ACCOUNT, a name from the
/// config file or a URL. Without ACCOUNT: from every account of the config
/// file. Nothing is deleted on the server unless an option or the config file
/// asks for it; [defaults] in that file holds for URLs too.
///
/// Examples:
///   retr fetch work
///   retr fetch pop3s://alice@pop.example.com --maildir ~/Mail
///   retr fetch work home --delete-after 30d
///   retr fetch work --mda "maildrop -d alice"
///   retr fetch --json | jq -r 'select(.event == "message").subject'
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct FetchArgs {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,

    #[command(flatten)]
    pub(crate) destination: Destination,

    #[command(flatten)]
    pub(crate) fetch: FetchOptions,

    #[command(flatten)]
    pub(crate) run: RunOptions,

    /// Fetch only from the accounts of part I of N, counted from 0
    ///
    /// Each account belongs to one part, by its user and host, so that several
    /// machines with the same config file share the work.
    #[arg(long, hide_short_help = true, value_name = "I/N", help_heading = "Run")]
    pub(crate) shard: Option<Shard>,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}
