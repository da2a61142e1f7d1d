//! SOCKS5 (RFC 1928): the proxy resolves the name and connects for us.

use std::net::IpAddr;

use super::Error;
use super::socket::Socket;
use crate::base::Secret;
use crate::wait::Timer;

const VERSION: u8 = 5;
const NO_LOGIN: u8 = 0;
const PASSWORD: u8 = 2;
const NOTHING_FITS: u8 = 0xff;

/// Asks the proxy at the other end of the socket to connect to host and port.
/// Exactly its answers are read, and nothing of what the server says then.
pub(super) fn negotiate(
    socket: &Socket,
    host: &str,
    port: u16,
    login: Option<&(String, Secret)>,
    timer: &Timer<'_>,
) -> Result<(), Error> {
    let proxy = Proxy { socket, timer };
    let request = request(host, port).ok_or_else(|| Error::BadHost {
        what: "host name",
        text: crate::base::sanitized(host.as_bytes()),
        reason: "is longer than the 255 octets that SOCKS5 can carry",
    })?;
    let greeting: &[u8] = match login {
        None => &[VERSION, 1, NO_LOGIN],
        Some(_) => &[VERSION, 2, NO_LOGIN, PASSWORD],
    };
    proxy.send(greeting)?;
    let [version, method] = proxy.receive()?;
    proxy.expect_version(version, VERSION)?;
    match (method, login) {
        (NO_LOGIN, _) => {}
        (PASSWORD, Some((user, password))) => proxy.log_in(user, password)?,
        (NOTHING_FITS, None) => return Err(proxy.login_failure("asks for a login")),
        (NOTHING_FITS, Some(_)) => {
            return Err(proxy.login_failure("takes no login by user and password"));
        }
        (_, _) => return Err(proxy.failure("it chose a login method that was not offered")),
    }
    proxy.send(&request)?;
    proxy.read_reply()
}

/// The request to connect (RFC 1928 §4, §5): an address as such, and anything
/// else as a name. `None` if the name is too long.
fn request(host: &str, port: u16) -> Option<Vec<u8>> {
    let mut request = vec![VERSION, 1, 0];
    match host.parse() {
        Ok(IpAddr::V4(address)) => {
            request.push(1);
            request.extend(address.octets());
        }
        Ok(IpAddr::V6(address)) => {
            request.push(4);
            request.extend(address.octets());
        }
        Err(_) => {
            request.push(3);
            request.push(u8::try_from(host.len()).ok()?);
            request.extend(host.as_bytes());
        }
    }
    request.extend(port.to_be_bytes());
    Some(request)
}

struct Proxy<'a> {
    socket: &'a Socket,
    timer: &'a Timer<'a>,
}

impl Proxy<'_> {
    /// User and password (RFC 1929).
    fn log_in(&self, user: &str, password: &Secret) -> Result<(), Error> {
        let length = |bytes: &[u8]| match u8::try_from(bytes.len()) {
            Ok(length) if length > 0 => Ok(length),
            _ => Err(self.login_failure("takes user and password of 1 to 255 octets only")),
        };
        // At its final size from the start, so that no copy is left behind.
        let mut message = Vec::with_capacity(3 + 255 + 255);
        message.push(1);
        message.push(length(user.as_bytes())?);
        message.extend(user.as_bytes());
        message.push(length(password.expose())?);
        message.extend(password.expose());
        self.send(Secret::new(message).expose())?;
        let [version, status] = self.receive()?;
        self.expect_version(version, 1)?;
        match status {
            0 => Ok(()),
            _ => Err(self.login_failure("refused the login")),
        }
    }

    /// The reply (RFC 1928 §6), with the address in it that nobody needs.
    fn read_reply(&self) -> Result<(), Error> {
        let [version, reply, _, kind] = self.receive()?;
        self.expect_version(version, VERSION)?;
        if reply != 0 {
            return Err(self.refusal(reply));
        }
        let length = match kind {
            1 => 4,
            4 => 16,
            3 => usize::from(self.receive::<1>()?[0]),
            _ => return Err(self.failure("its reply makes no sense")),
        };
        let mut address_and_port = vec![0; length + 2];
        self.receive_into(&mut address_and_port)
    }

    fn refusal(&self, reply: u8) -> Error {
        let reason = match reply {
            1 => "general failure",
            2 => "connection not allowed by its rules",
            3 => "network unreachable",
            4 => "host unreachable",
            5 => "connection refused by the server",
            6 => "time to live expired",
            7 => "it does not know the command CONNECT",
            8 => "it does not know this type of address",
            _ => return self.failure(&format!("unknown failure {reply}")),
        };
        Error::Proxy {
            proxy: self.timer.whom().to_owned(),
            reason: reason.to_owned(),
            temporary: reply == 6,
        }
    }

    fn expect_version(&self, version: u8, wanted: u8) -> Result<(), Error> {
        if version == wanted { Ok(()) } else { Err(self.failure("it does not speak SOCKS5")) }
    }

    fn send(&self, bytes: &[u8]) -> Result<(), Error> {
        (self.socket.send_all(bytes, self.timer)).map_err(|error| self.broken(error))
    }

    fn receive<const N: usize>(&self) -> Result<[u8; N], Error> {
        let mut buffer = [0; N];
        self.receive_into(&mut buffer)?;
        Ok(buffer)
    }

    fn receive_into(&self, buffer: &mut [u8]) -> Result<(), Error> {
        (self.socket.receive_exact(buffer, self.timer)).map_err(|error| self.broken(error))
    }

    fn broken(&self, error: Error) -> Error {
        match error {
            Error::Closed | Error::Lost { .. } => self.failure("it closed the connection"),
            error => error,
        }
    }

    fn failure(&self, reason: &str) -> Error {
        Error::Proxy {
            proxy: self.timer.whom().to_owned(),
            reason: reason.to_owned(),
            temporary: false,
        }
    }

    fn login_failure(&self, reason: &'static str) -> Error {
        Error::ProxyLogin { proxy: self.timer.whom().to_owned(), reason }
    }
}
