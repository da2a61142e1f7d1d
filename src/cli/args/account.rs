//! `retr account`.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::values::invalid;
use super::{Addressee, Common, Connect, Destination};
use crate::discover;

/// Add accounts to the config file
///
/// Examples:
///   retr account add alice@example.com
///   retr account add alice@example.com --host pop.example.com --print
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment, arg_required_else_help = false)]
pub(crate) struct AccountArgs {
    #[command(subcommand)]
    pub(crate) command: AccountCommand,
}

/// What to do with accounts.
#[derive(Subcommand, Clone, Debug)]
pub(crate) enum AccountCommand {
    Add(Box<AddArgs>),
}

/// Find the server of an address, try the login, and write the account down
///
/// Looks into the table of providers that is built in, then at what the domain
/// says of itself, into Thunderbird's database, and into DNS. Only the domain is
/// sent, never the address. A server counts once its certificate was verified
/// and it greeted. The password is asked for once, and kept by pass or
/// secret-tool where they work, else in a file that only you can read. Nothing is
/// written if the login is refused.
#[derive(Args, Clone, Debug)]
#[command(verbatim_doc_comment)]
pub(crate) struct AddArgs {
    /// Mail address
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,

    /// Name of the account [default: from the domain]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Name to log in with, where it is not the address
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,

    /// Take this server, and look for none
    #[arg(long, value_name = "HOST[:PORT]")]
    pub(crate) host: Option<String>,

    /// Log in by OAuth2, as this client
    ///
    /// The id under which this program is registered with the provider. Without
    /// it, an app password is what Gmail and others want.
    #[arg(long, value_name = "ID")]
    pub(crate) client_id: Option<String>,

    /// Look for the server in the built-in table only
    ///
    /// The login is still tried, so that it is connected to; with --print
    /// nothing is.
    #[arg(long)]
    pub(crate) offline: bool,

    /// Print the table for the config file, and ask and write nothing
    ///
    /// Unless --offline is given, too, the server is looked for, and connected
    /// to without a login.
    #[arg(long)]
    pub(crate) print: bool,

    /// Agree to a server that DNS or somebody else names
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// Look here for what the domain says of itself; {domain} stands for it
    #[arg(long, hide_short_help = true, value_name = "URL", default_values = discover::AUTOCONFIG, hide_default_value = true, help_heading = "Discovery")]
    pub(crate) autoconfig: Vec<String>,

    /// Look here in place of Thunderbird's database
    #[arg(long, hide_short_help = true, value_name = "URL", default_value = discover::ISPDB, hide_default_value = true, help_heading = "Discovery")]
    pub(crate) ispdb: String,

    /// Ask this name server for MX and SRV [default: those of /etc/resolv.conf]
    #[arg(long, hide_short_help = true, value_name = "ADDRESS[:PORT]", value_parser = resolver, help_heading = "Discovery")]
    pub(crate) resolver: Vec<SocketAddr>,

    #[command(flatten)]
    pub(crate) destination: Destination,

    /// Whom messages are for that are handed on by --lmtp or --mda
    #[arg(long, value_name = "ADDRESS", help_heading = "Destination")]
    pub(crate) recipient: Option<Addressee>,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}

fn resolver(text: &str) -> Result<SocketAddr, String> {
    let address = (text.parse()).or_else(|_| text.parse().map(|ip| SocketAddr::new(ip, 53)));
    address.map_err(|_| invalid(text, "an IP address"))
}
