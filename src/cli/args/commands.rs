//! The commands themselves, and the options they all have.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use super::{
    AccountArgs, DeleteArgs, ExportArgs, FetchArgs, ListArgs, OAuthArgs, OnServer, ProbeArgs,
    RestoreArgs, ShowArgs, StateArgs, VerifyArgs,
};

/// Fetch mail over POP3, store it or hand it on
///
/// retr logs in once, fetches what it has not fetched before, and quits. Mail
/// goes into a Maildir, an mbox or an archive, or to a command or an LMTP server.
/// Nothing is deleted on the server unless you ask for it, and then only what is
/// safe on disk or was taken. `retr help promises` says what holds when a run
/// is killed or a link breaks.
///
/// Examples:
///   retr demo                  try it without a mailbox
///   retr account add alice@example.com
///   retr fetch                 new mail of every account
///   retr list work             what is on the server
///   retr fetch pop3s://alice@pop.example.com --maildir ~/Mail
#[derive(Parser, Clone, Debug)]
#[command(
    name = "retr",
    version,
    verbatim_doc_comment,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = false,
    disable_help_subcommand = true,
    after_help = "More: `retr COMMAND --help`, `retr help TOPIC` (exit-codes, json, units, promises), `man retr`."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One command.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum Command {
    Fetch(Box<FetchArgs>),
    List(Box<ListArgs>),
    Show(Box<ShowArgs>),
    Delete(Box<DeleteArgs>),
    Stat(Box<StatArgs>),
    Probe(Box<ProbeArgs>),
    Verify(Box<VerifyArgs>),
    Export(Box<ExportArgs>),
    Restore(RestoreArgs),
    State(StateArgs),
    Account(AccountArgs),
    #[command(name = "oauth")]
    OAuth(OAuthArgs),
    Config(ConfigArgs),
    Demo(DemoArgs),
    Generate(GenerateArgs),
    Help(HelpArgs),
}

/// Print help on a command or a topic
///
/// Topics: exit-codes, json, units, promises. They are parts of `man retr`.
///
/// Examples:
///   retr help fetch
///   retr help exit-codes
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct HelpArgs {
    /// A command, or a topic
    #[arg(value_name = "COMMAND|TOPIC")]
    pub(crate) words: Vec<String>,
}

/// When to do something that only makes sense on a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl When {
    /// Returns whether it is done; `auto` says whether it makes sense.
    pub(crate) fn is_now(self, auto: bool) -> bool {
        match self {
            Self::Auto => auto,
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// What every command has.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Common {
    /// Read this config file [default: $XDG_CONFIG_HOME/retr/config.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Files")]
    pub(crate) config: Option<PathBuf>,

    /// Write one JSON object a line to stdout
    #[arg(long, help_heading = "Output")]
    pub(crate) json: bool,

    /// Say nothing but errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Report each step; twice: the dialogue with the server too
    ///
    /// A message is reported once it is safe on disk, which happens in batches. In
    /// the dialogue secrets are masked, and of listings and messages there is
    /// only a count of octets.
    #[arg(short, long, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,

    /// Show progress: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(crate) progress: When,

    /// Use colours: auto, always or never
    #[arg(
        long,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    pub(crate) color: When,
}

/// Count messages and octets on the server
///
/// Asks the server for the number of messages and their size (STAT).
///
/// Examples:
///   retr stat work
///   retr stat --json pop3s://alice@pop.example.com
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct StatArgs {
    #[command(flatten)]
    pub(crate) on: OnServer,
}

/// Try the program without a mailbox
///
/// Starts a small POP3 server inside the program, on the loopback interface,
/// fetches its dozen messages twice, and says where they are.
///
/// Examples:
///   retr demo
///   retr demo /tmp/retr-demo
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct DemoArgs {
    /// Work in this folder [default: a new one in the place for temporary files]
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
}

/// Check, show or import a config file
///
/// Examples:
///   retr config check
///   retr config show work
///   retr config path
///   retr config import --from mpop ~/.mpoprc > ~/.config/retr/config.toml
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment, arg_required_else_help = false)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

/// What to do with the config file.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum ConfigCommand {
    /// Check the config file and every account in it
    ///
    /// Also looks at the files that accounts name: targets, state, certificates,
    /// password files, and the programs of password commands. Nothing is
    /// connected to, created or run. The exit code is that of the worst finding.
    Check {
        #[command(flatten)]
        common: Common,
    },
    /// Show what holds for accounts, with the defaults filled in
    ///
    /// Passwords are not shown: only where they would come from.
    Show {
        /// Names of accounts; none: all
        #[arg(value_name = "ACCOUNT")]
        accounts: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Print where the config file is expected
    Path {
        #[command(flatten)]
        common: Common,
    },
    /// Convert an mpop, fetchmail or getmail config (prints it)
    ///
    /// FILE is mpop's ~/.mpoprc, fetchmail's ~/.fetchmailrc, or getmail's
    /// ~/.config/getmail/getmailrc. What cannot be carried over is in it as a
    /// comment. Passwords are never printed.
    Import(ConfigImportArgs),
    /// Print the names of all accounts, for completion
    #[command(hide = true)]
    Accounts {
        #[command(flatten)]
        common: Common,
    },
}

/// A program whose config file can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfiguredFor {
    Mpop,
    Fetchmail,
    Getmail,
}

/// `config import`.
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

/// Print the man page, shell completions or the JSON schema
///
/// Examples:
///   retr generate man > retr.1
///   retr generate completions zsh > _retr
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment, arg_required_else_help = false)]
pub(crate) struct GenerateArgs {
    #[command(subcommand)]
    pub(crate) what: Generated,
}

/// What can be generated.
#[derive(Subcommand, Clone, Copy, Debug)]
pub(crate) enum Generated {
    /// Print the man page (roff)
    Man,
    /// Print the JSON schema of what --json writes
    Schema,
    /// Print the completions of a shell
    Completions {
        /// Shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    Bash,
    Elvish,
    Fish,
    Zsh,
}
