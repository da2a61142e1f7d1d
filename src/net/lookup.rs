//! From a host name to addresses, in the order to try them.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use super::{Error, Family};
use crate::base::sanitized;
use crate::wait::BackgroundTask;
use crate::wait::Timer;

/// Most addresses of one name that are tried.
const MAX_ADDRESSES: usize = 32;

/// What resolvers say when they do not know whether a name exists. std keeps
/// the text of `gai_strerror` and drops the code; these are `EAI_AGAIN`,
/// `EAI_FAIL` and `EAI_MEMORY` of glibc, musl, FreeBSD and macOS.
const UNDECIDED: [&str; 7] = [
    "Temporary failure",
    "Try again",
    "at this time",
    "Non-recoverable",
    "Unrecoverable error",
    "emory allocation failure",
    "Out of memory",
];

/// A host without the brackets of an IPv6 literal. Refuses what is no host
/// at all; `what` says in the error whose name it was.
pub(super) fn bare_host<'h>(what: &'static str, host: &'h str) -> Result<&'h str, Error> {
    let refuse = |reason| Err(Error::BadHost { what, text: sanitized(host.as_bytes()), reason });
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    if bare.is_empty() {
        return refuse("is empty");
    }
    if bare.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return refuse("contains a space or a control character");
    }
    Ok(bare)
}

/// Host and port for people, an IPv6 literal in brackets.
pub(crate) fn peer_name(host: &str, port: u16) -> String {
    let host = sanitized(host.as_bytes());
    if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}

/// The addresses of a host in the order to try them; at least one. The
/// system's resolver cannot be interrupted, so it runs in a thread that is
/// left behind when time is up.
pub(super) fn lookup(
    host: &str,
    port: u16,
    family: Family,
    timer: &Timer<'_>,
) -> Result<Vec<SocketAddr>, Error> {
    let found = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => resolve(host, port, timer)?,
    };
    let addresses = arrange(found, family);
    if addresses.is_empty() {
        return Err(Error::NoAddress {
            host: sanitized(host.as_bytes()),
            family: match family {
                Family::Any => "usable",
                Family::V4 => "IPv4",
                Family::V6 => "IPv6",
            },
        });
    }
    Ok(addresses)
}

fn resolve(host: &str, port: u16, timer: &Timer<'_>) -> Result<Vec<SocketAddr>, Error> {
    let name = host.to_owned();
    let ask = move || (name.as_str(), port).to_socket_addrs().map(Vec::from_iter);
    let found = BackgroundTask::start("resolver", ask)?.wait(timer)?;
    found.map_err(|error| name_failure(host, error))
}

/// Distinguishes "there is no such name" from "I don't know".
pub(super) fn name_failure(host: &str, source: io::Error) -> Error {
    let text = source.to_string();
    let host = sanitized(host.as_bytes());
    // EAI_SYSTEM comes as the system's own error.
    if source.raw_os_error().is_some() || UNDECIDED.iter().any(|words| text.contains(words)) {
        Error::Lookup { host, source }
    } else {
        Error::NotFound { host, source }
    }
}

/// Keeps the families that may be used and interleaves them, IPv6 first
/// (RFC 8305 §4); within a family the resolver's order is kept.
pub(super) fn arrange(found: Vec<SocketAddr>, family: Family) -> Vec<SocketAddr> {
    let mut unique: Vec<SocketAddr> = Vec::new();
    for address in found {
        if !unique.contains(&address) && unique.len() < MAX_ADDRESSES {
            unique.push(address);
        }
    }
    let (v6, v4): (Vec<_>, Vec<_>) = unique.into_iter().partition(SocketAddr::is_ipv6);
    match family {
        Family::V4 => return v4,
        Family::V6 => return v6,
        Family::Any => {}
    }
    let mut arranged = Vec::with_capacity(v6.len() + v4.len());
    let (mut v6, mut v4) = (v6.into_iter(), v4.into_iter());
    loop {
        let pair = [v6.next(), v4.next()];
        if pair == [None, None] {
            return arranged;
        }
        arranged.extend(pair.into_iter().flatten());
    }
}
