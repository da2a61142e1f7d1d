//! The options of every command that connects. Each is a config key too, of
//! the same name with `_` for `-`: this is the one table of both.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::{Deserialize, Serialize};

use super::{Common, Pin, Proxy, Wait, YES, address, lossy, nearest_wins, number};
use crate::net::TlsMin;
use crate::oauth::Settings;
use crate::session::{Auth, Pipelining, TlsMode};

// Headings of the help.
const TLS: &str = "TLS";
const LOGIN: &str = "Login";
const NET: &str = "Connection";

/// How to connect and log in, as far as one source says.
#[derive(Args, Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Connect {
    /// When TLS starts
    ///
    /// The default follows the URL: implicit for pop3s://, starttls for
    /// pop3://. With `none` nothing is encrypted, and a password goes out only
    /// to this machine itself, unless --insecure-plaintext is given too. What
    /// a --tunnel command is given counts as staying here: it is up to that
    /// command to encrypt it.
    #[arg(long, value_name = "MODE", help_heading = TLS)]
    pub(crate) tls: Option<TlsMode>,

    /// Trust the certificates in this PEM file too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = TLS)]
    #[serde(serialize_with = "lossy")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// Demand this certificate (sha256:HEX) besides the usual checks
    ///
    /// The SHA-256 of the server's own certificate, as `retr probe` shows it.
    /// May be given several times; one has to match.
    #[arg(long, value_name = "sha256:HEX", help_heading = TLS)]
    #[serde(deserialize_with = "super::serde::one_or_several")]
    pub(crate) tls_pin: Option<Vec<Pin>>,

    /// Let the pin replace the usual checks (self-signed servers)
    #[arg(long, num_args = 0, default_missing_value = YES, help_heading = TLS)]
    pub(crate) tls_pin_only: Option<bool>,

    /// Expect this name in the certificate instead of the host
    #[arg(long, value_name = "NAME", help_heading = TLS)]
    pub(crate) tls_name: Option<String>,

    /// Lowest TLS version to accept [default: 1.2]
    #[arg(long, value_name = "VERSION", help_heading = TLS)]
    pub(crate) tls_min: Option<TlsMin>,

    /// Client certificate and key (PEM or PKCS#12)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = TLS)]
    #[serde(serialize_with = "lossy")]
    pub(crate) tls_client: Option<PathBuf>,

    /// Login mechanism [default: auto]
    ///
    /// Only what is named is tried; there is no falling back to another.
    #[arg(long, value_name = "MECHANISM", help_heading = LOGIN)]
    pub(crate) auth: Option<Auth>,

    /// Read the password, the only line, from this file
    ///
    /// Nobody else may be able to read the file. The other ways, tried in
    /// this order: --password-command, --password-fd, the environment variable
    /// RETR_PASSWORD, ~/.netrc, and asking, if stdin is a terminal. An OAuth2
    /// token comes by the same ways.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = LOGIN)]
    #[serde(serialize_with = "lossy")]
    pub(crate) password_file: Option<PathBuf>,

    /// Run this command and read the password from its output
    ///
    /// The command is split into words as a shell does it, but no shell runs
    /// it. It has 60 seconds and prints one line.
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, conflicts_with = "password_file", help_heading = LOGIN)]
    pub(crate) password_command: Option<String>,

    /// Read the password of one account from this open file descriptor
    #[arg(long, value_name = "N", value_parser = number::<u16>, conflicts_with_all = ["password_file", "password_command"], help_heading = LOGIN)]
    pub(crate) password_fd: Option<u16>,

    /// OAuth2 in place of a password; a table of the config file only.
    #[arg(skip)]
    pub(crate) oauth2: Option<Settings>,

    /// Let the password go unencrypted to another machine (with --tls none)
    #[arg(long, num_args = 0, default_missing_value = YES, help_heading = LOGIN)]
    pub(crate) insecure_plaintext: Option<bool>,

    /// Longest single wait for the server [default: 60s]
    #[arg(long, value_name = "DURATION", help_heading = NET)]
    pub(crate) timeout: Option<Wait>,

    /// Longest whole run [default: 1h]
    ///
    /// All waits for servers, locks and other runs count. A --password-command
    /// comes before it, with the 60 seconds that it has.
    #[arg(long, value_name = "DURATION", help_heading = NET)]
    pub(crate) deadline: Option<Wait>,

    /// Connect through a SOCKS5 proxy, which also resolves the host name
    ///
    /// Written socks5://[user@]host[:port]. If the proxy wants a password, it
    /// comes from the environment variable RETR_PROXY_PASSWORD.
    #[arg(long, value_name = "URL", help_heading = NET)]
    pub(crate) proxy: Option<Proxy>,

    /// Talk to the server through this command's stdin and stdout
    #[arg(long, value_name = "COMMAND", value_hint = ValueHint::CommandString, conflicts_with = "proxy", help_heading = NET)]
    pub(crate) tunnel: Option<String>,

    /// Connect to this unix socket
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, conflicts_with_all = ["proxy", "tunnel"], help_heading = NET)]
    #[serde(serialize_with = "lossy")]
    pub(crate) socket: Option<PathBuf>,

    /// Connect from this address of this machine
    #[arg(long, value_name = "ADDRESS", value_parser = address, help_heading = NET)]
    pub(crate) bind: Option<IpAddr>,

    /// Use IPv4 only
    #[arg(
        short = '4',
        long,
        num_args = 0,
        default_missing_value = YES,
        help_heading = NET
    )]
    pub(crate) ipv4: Option<bool>,

    /// Use IPv6 only
    #[arg(
        short = '6',
        long,
        num_args = 0,
        default_missing_value = YES,
        conflicts_with = "ipv4",
        help_heading = NET
    )]
    pub(crate) ipv6: Option<bool>,

    /// Send commands before earlier ones are answered [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = NET)]
    pub(crate) pipelining: Option<Pipelining>,

    /// Keep the record of what was fetched here [default: $XDG_STATE_HOME/retr]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    #[serde(serialize_with = "lossy")]
    pub(crate) state_dir: Option<PathBuf>,
}

nearest_wins! {
    Connect {
        [tls] [tls_ca] [tls_pin] [tls_pin_only] [tls_name] [tls_min] [tls_client] [auth]
        [password_file password_command password_fd oauth2]
        [insecure_plaintext] [timeout] [deadline]
        [proxy tunnel socket]
        [bind]
        [ipv4 ipv6]
        [pipelining] [state_dir]
    }
}

/// One account on a server, for commands that connect.
#[derive(Args, Clone, Debug)]
pub(crate) struct OnServer {
    /// Account from the config file, or pop3s://user@host
    #[arg(value_name = "ACCOUNT")]
    pub(crate) account: String,

    #[command(flatten)]
    pub(crate) connect: Connect,

    #[command(flatten)]
    pub(crate) common: Common,
}
