//! An address at which nobody listens.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};

/// A port that is bound and not listened on: connections are refused, and
/// nobody else can be given the port while this exists.
pub(crate) struct Refusing {
    socket: OwnedFd,
}

impl Refusing {
    pub(crate) fn new() -> Self {
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)).expect("a port");
        Self { socket }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let name = getsockname(&self.socket).expect("an address");
        name.try_into().expect("an address of IPv4")
    }
}
