//! The command line as plain values. Nothing here is looked up or checked
//! against the world: that is [`super::resolve`].
#![allow(
    rustdoc::broken_intra_doc_links,
    rustdoc::invalid_html_tags,
    reason = "what documents an option is its help text"
)]

use std::collections::HashSet;

use clap::{Args, CommandFactory};

mod account;
mod backup;
mod commands;
mod connect;
mod fetch;
mod mailbox;
mod oauth;
mod proof;
mod proxy;
mod serde;
mod state;
mod units;
mod values;

pub(crate) use account::{AccountArgs, AccountCommand, AddArgs};
pub(crate) use backup::{ExportArgs, RestoreArgs};
pub(crate) use commands::{
    Cli, Command, Common, ConfigCommand, ConfigImportArgs, ConfiguredFor, DemoArgs, Generated,
    HelpArgs, Shell, StatArgs,
};
pub(crate) use connect::{Connect, OnServer};
pub(crate) use fetch::{Destination, FetchArgs, FetchOptions, RunOptions};
pub(crate) use mailbox::{DeleteArgs, ListArgs, ShowArgs};
pub(crate) use oauth::{LoginArgs, OAuthArgs, OAuthCommand};
pub(crate) use proof::{ProbeArgs, VerifyArgs};
pub(crate) use proxy::Proxy;
pub(crate) use state::{SeenBy, StateArgs, StateCommand, StateOf, StatePlace};
pub(crate) use units::{Size, Span, Wait};
pub(crate) use values::{Addressee, Day, Percent, Pin, Shard};
pub(crate) use values::{address, number};

/// The value of a switch that is typed; only the config file can say no.
const YES: &str = "true";

/// The whole command line. `-h` has of each command what only that has, and a
/// line that points to the rest.
pub(crate) fn command() -> clap::Command {
    with_short_help(flowing(Cli::command())).mut_subcommands(|command| {
        let name = command.get_name().to_owned();
        command.mut_args(|arg| of_destination(&name, arg))
    })
}

/// With paragraphs that are broken where the terminal ends, but for examples.
fn flowing(command: clap::Command) -> clap::Command {
    let about = command.get_long_about().map(|about| {
        let text = about.to_string();
        let paragraphs = text.split("\n\n").map(|paragraph| {
            if paragraph.contains("\n ") {
                paragraph.to_owned()
            } else {
                paragraph.replace('\n', " ")
            }
        });
        paragraphs.collect::<Vec<_>>().join("\n\n")
    });
    let command = match about {
        Some(about) => command.long_about(about),
        None => command,
    };
    command.mut_subcommands(flowing)
}

/// Says of a destination's option what it means to a command that stores nothing
/// there.
fn of_destination(command: &str, arg: clap::Arg) -> clap::Arg {
    let help = match (command, arg.get_id().as_str()) {
        ("verify", "maildir") => "The Maildir to check",
        ("verify", "mbox") => "The mbox to check",
        ("verify", "archive") => "The archive to check",
        ("verify", "mda") => "What messages were handed to; with --server only",
        ("verify", "lmtp") => "The same for an LMTP server",
        ("export", "maildir") => "The Maildir where it was stored",
        ("export", "mbox") => "The mbox where it was stored",
        ("export", "archive") => "The archive where it was stored",
        ("export", "mda" | "lmtp") => return arg.hide(true),
        _ => return arg,
    };
    let arg = arg.help(help).long_help(None);
    match command {
        "export" => arg.help_heading("Where it was stored"),
        _ => arg,
    }
}

fn with_short_help(command: clap::Command) -> clap::Command {
    let common = ids(&Common::augment_args(clap::Command::new("")));
    let connect = ids(&Connect::augment_args(clap::Command::new("")));
    let all = &common | &connect;
    shorten_help(command, &common, &all)
}

fn ids(options: &clap::Command) -> HashSet<clap::Id> {
    let arguments = options.get_arguments();
    arguments.map(|arg| arg.get_id().clone()).collect()
}

fn shorten_help(
    command: clap::Command,
    common: &HashSet<clap::Id>,
    all: &HashSet<clap::Id>,
) -> clap::Command {
    let own = ids(&command);
    let is_rare = |arg: &clap::Arg| arg.is_hide_short_help_set();
    let rarer = match command.get_arguments().any(is_rare) {
        true => "Rarer options, and those",
        false => "Options",
    };
    let (shared, what) = if all.is_subset(&own) {
        (all, "TLS, login, connection, files and output")
    } else if common.is_subset(&own) {
        (common, "files and output")
    } else {
        return command.mut_subcommands(|command| shorten_help(command, common, all));
    };
    command
        .mut_args(|arg| {
            let is_left_out = is_rare(&arg) || shared.contains(arg.get_id());
            arg.hide_short_help(is_left_out)
        })
        .after_help(format!("{rarer} for {what}: --help"))
        .after_long_help("")
}

/// Options as far as one source says, of the command line or the config file.
pub(crate) trait OptionSet {
    /// The config keys.
    const KEYS: &[&str];

    /// The same keys; those of one group replace each other.
    const GROUPS: &[&[&str]];

    /// Takes from `farther` what this source leaves open.
    #[must_use]
    fn or(self, farther: &Self) -> Self;
}

/// For a struct of options: the nearer source wins. Options in one pair of
/// brackets replace each other, so a source that has one of them hides all of
/// them in the sources behind it.
macro_rules! nearest_wins {
    ($options:ident { $([$($field:ident)+])+ }) => {
        impl $crate::cli::args::OptionSet for $options {
            const KEYS: &[&str] = &[$($(stringify!($field)),+),+];

            const GROUPS: &[&[&str]] = &[$(&[$(stringify!($field)),+]),+];

            fn or(mut self, farther: &Self) -> Self {
                $(
                    if true $(&& self.$field.is_none())+ {
                        $(self.$field.clone_from(&farther.$field);)+
                    }
                )+
                self
            }
        }
    };
}
pub(crate) use nearest_wins;

/// Shows a path; bytes that are not UTF-8 are replaced.
fn lossy<S: ::serde::Serializer>(
    path: &Option<std::path::PathBuf>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match path {
        Some(path) => serializer.collect_str(&path.display()),
        None => serializer.serialize_none(),
    }
}
