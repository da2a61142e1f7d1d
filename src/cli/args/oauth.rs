//! `retr oauth`.

use clap::{Args, Subcommand};

use super::OnServer;

/// Sign in to OAuth2 providers
///
/// For accounts with a table [accounts.NAME.oauth2] in the config file. Tokens
/// are kept from one run to the next and renewed where they are needed.
///
/// Examples:
///   retr oauth login work
///   retr oauth status work
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment, arg_required_else_help = false)]
pub(crate) struct OAuthArgs {
    #[command(subcommand)]
    pub(crate) command: OAuthCommand,
}

/// What to do with an account's tokens.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum OAuthCommand {
    Login(Box<LoginArgs>),
    /// Show whether a token is stored, and when it ends
    ///
    /// The exit code is 77 if there is none. The token itself is never shown.
    Status(Box<OnServer>),
    /// Forget the token, and have the provider revoke it where it can
    Logout(Box<OnServer>),
}

/// Sign in once, and keep the token
///
/// Shows a page to open, and a code where the provider has that (Microsoft).
/// Nothing of the token is ever shown.
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct LoginArgs {
    /// Enter a code on any device [default where the provider has it]
    #[arg(long, conflicts_with_all = ["browser", "paste"])]
    pub(crate) device: bool,

    /// Sign in by a browser on this machine
    #[arg(long, conflicts_with = "paste")]
    pub(crate) browser: bool,

    /// Sign in by a browser anywhere, and paste the address it ends at
    ///
    /// The page that it ends at cannot be shown, as it is on this machine; its
    /// address is what is wanted. It is read from stdin.
    #[arg(long)]
    pub(crate) paste: bool,

    #[command(flatten)]
    pub(crate) token: OnServer,
}
