//! Where to connect and by which way, and what TLS has to fulfil: plain
//! values, filled in by the command line.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::base::{Secret, choice};
use crate::process::Words;

/// Where the server is and how to reach it.
#[derive(Clone, Debug)]
pub struct Route {
    /// Host name or address as the user gave it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The way there.
    pub via: Via,
    /// Which addresses may be used.
    pub family: Family,
    /// Source address.
    pub bind: Option<IpAddr>,
}

/// The way to the server.
#[derive(Clone, Debug)]
pub enum Via {
    /// TCP.
    Direct,
    /// TCP through a SOCKS5 proxy (RFC 1928) that resolves the name itself.
    Socks5 {
        /// The proxy's host.
        host: String,
        /// The proxy's port.
        port: u16,
        /// User and password of RFC 1929.
        login: Option<(String, Secret)>,
    },
    /// A command whose stdin and stdout are the connection.
    Tunnel(Words),
    /// A unix socket.
    Socket(PathBuf),
}

/// Which address family may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Both, IPv6 with a head start.
    #[default]
    Any,
    /// IPv4 only.
    V4,
    /// IPv6 only.
    V6,
}

choice! {
    /// Lowest TLS version. RFC 8996 forbids what is older.
    #[derive(Default)]
    pub enum TlsMin("a TLS version; use 1.2 or 1.3", "\"1.2\" or \"1.3\", in quotes") {
        #[default]
        V12 "1.2" "TLS 1.2",
        V13 "1.3" "TLS 1.3",
    }
}

/// What a certificate and a handshake have to fulfil.
#[derive(Clone, Debug, Default)]
pub struct TlsPolicy {
    /// PEM file with further roots.
    pub ca: Option<PathBuf>,
    /// SHA-256 of the leaf certificate; any one of them must match. Checked
    /// in addition to chain and name.
    pub pins: Vec<[u8; 32]>,
    /// The pins replace the checks of chain and name.
    pub pin_only: bool,
    /// Name to verify (and to send as SNI) in place of the host.
    pub name: Option<String>,
    /// Lowest version.
    pub min: TlsMin,
    /// Client certificate and key: PKCS#12 without a password, or PEM.
    pub client: Option<PathBuf>,
}
