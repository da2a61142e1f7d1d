//! A session before its login: connected, greeted, encrypted if it is to be,
//! and asked what it can do.

use std::time::{Duration, Instant};

use super::channel::{Asked, Channel, during, place};
use super::error::CAPA;
use super::link::{Dial, Link};
use super::{Access, Error, Facts, Hints, Leave, TlsMode, leave, refusal};
use crate::base::{Cancel, Class, Observer, Silent};
use crate::net::{self, Connection, TlsFacts, Via};
use crate::proto::{Capabilities, Command, Error as ProtoError, MAX_CAPA, Status};
use crate::wait::Timeouts;

/// Longest wait for the proof that a port that does not greet speaks TLS.
const MAX_PROOF: Duration = Duration::from_secs(10);

/// A session in AUTHORIZATION state (RFC 1939 §4).
pub struct Greeted<'a> {
    pub(super) channel: Channel<'a>,
    pub(super) access: &'a Access,
    pub(super) facts: Facts,
    pub(super) hints: Hints,
    /// The greeting's text, for APOP.
    pub(super) greeting: Vec<u8>,
}

impl<'a> Greeted<'a> {
    /// Connects, takes the greeting, starts TLS, and asks for the
    /// capabilities unless the hints know them.
    pub(super) fn open(
        access: &'a Access,
        hints: Hints,
        until: Instant,
        cancel: &Cancel,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let timeouts = Timeouts { wait: access.timeout, deadline: until, cancel: cancel.clone() };
        let tls = (access.tls_mode != TlsMode::None).then_some(&access.tls);
        let dial = || {
            let connection = Connection::open(&access.route, tls, timeouts.clone())?;
            Ok(Box::new(connection) as Box<dyn Link>)
        };
        Self::dial(&dial, access, hints, observer)
    }

    pub(super) fn dial(
        dial: &Dial<'_>,
        access: &'a Access,
        hints: Hints,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let mut greeted = Self::greet(dial, access, hints, observer)?;
        if greeted.hints.capabilities.is_some() || greeted.hints.no_capa {
            return Ok(greeted);
        }
        match greeted.ask_capabilities() {
            Err(error) if error.is_hang_up_on_capa() => {
                let hints = Hints { no_capa: true, ..greeted.hints };
                Self::greet(dial, access, hints, observer)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(greeted),
        }
    }

    fn greet(
        dial: &Dial<'_>,
        access: &'a Access,
        mut hints: Hints,
        observer: &'a dyn Observer,
    ) -> Result<Self, Error> {
        let link = dialled(dial, access)?;
        let (mut channel, mut greeting) = match access.tls_mode {
            TlsMode::None => hear_clear(link, dial, access, observer)?,
            TlsMode::Implicit => hear(secured(link, dial, access)?, access, observer)?,
            TlsMode::StartTls => agree(hear_clear(link, dial, access, observer)?, access)?,
        };
        if access.tls_mode == TlsMode::StartTls {
            let link = secured(channel.into_link_for_tls()?, dial, access)?;
            channel = Channel::after_stls(link, access, observer);
            greeting.text.clear();
        }
        let tls = channel.tls().cloned();
        if tls.is_none() {
            hints.capabilities = None;
            hints.after_login = None;
        }
        let capabilities = known(hints.capabilities.as_deref());
        Ok(Self {
            facts: Facts {
                greeting: String::from_utf8_lossy(&greeting.text).into_owned(),
                capabilities: capabilities.unwrap_or_default(),
                before_login: None,
                after_login: None,
                tls,
                port: access.route.port,
            },
            channel,
            access,
            hints,
            greeting: greeting.text,
        })
    }

    /// CAPA, in place of whatever was thought to be known. A refusal means
    /// that the server has nothing to tell.
    pub(super) fn ask_capabilities(&mut self) -> Result<(), Error> {
        ask_capabilities(&mut self.channel)?;
        let capabilities = read_capabilities(&mut self.channel)?.unwrap_or_default();
        self.hints.capabilities = Some(capabilities.lines().to_vec());
        self.hints.after_login = None;
        self.facts.before_login = Some(capabilities.clone());
        self.facts.capabilities = capabilities;
        Ok(())
    }

    /// What is known about the server.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// By which mechanism [`Greeted::login`] would log in first: a SASL name,
    /// `APOP` or `USER/PASS`.
    pub fn mechanism(&self) -> &'static str {
        self.choose().name()
    }

    /// Ends the session without a login.
    pub fn leave(self, how: Leave) -> Result<(), Error> {
        leave::leave(self.channel, how, self.access.timeout)
    }
}

/// A fresh connection. If there is none, the error names the proxy too: it
/// may be to blame.
fn dialled(dial: &Dial<'_>, access: &Access) -> Result<Box<dyn Link>, Error> {
    dial().map_err(|source| match &access.route.via {
        Via::Socks5 { host, port, .. } => {
            let proxy = net::peer_name(host, *port);
            let step = format!("the connection through proxy {proxy}");
            during(access, &step, source)
        }
        _ => during(access, "the connection", source),
    })
}

/// Takes the greeting.
fn hear<'a>(
    link: Box<dyn Link>,
    access: &Access,
    observer: &'a dyn Observer,
) -> Result<(Channel<'a>, Status), Error> {
    let mut channel = Channel::new(link, access, observer);
    let greeting = channel.status()?;
    if !greeting.ok {
        let asked = Asked::Step("the connection");
        return Err(refusal::error(&channel, asked, &greeting, Class::Temporary));
    }
    Ok((channel, greeting))
}

/// Takes the greeting in clear. If none comes, another connection finds out
/// whether TLS was expected: a server that waits for its first octet says
/// nothing that would tell.
fn hear_clear<'a>(
    link: Box<dyn Link>,
    dial: &Dial<'_>,
    access: &Access,
    observer: &'a dyn Observer,
) -> Result<(Channel<'a>, Status), Error> {
    let speaks_tls = || {
        let mut link = dialled(dial, access).ok()?;
        link.set_wait(access.timeout.min(MAX_PROOF));
        link.peer_certificate(&access.tls, &access.route.host)
    };
    match hear(link, access, observer) {
        Err(error)
            if error.is_missing_greeting()
                && error.class() == Class::Temporary
                && speaks_tls().is_some() =>
        {
            let at = place(access);
            Err(Error::ExpectsTls { at })
        }
        heard => heard,
    }
}

/// Agrees on TLS; without CAPA, whose answer could be anybody's.
fn agree<'a>(
    (mut channel, greeting): (Channel<'a>, Status),
    access: &Access,
) -> Result<(Channel<'a>, Status), Error> {
    let status = channel.ask(&Command::Stls, Asked::Step("STLS"))?;
    if !status.ok {
        let (at, text) = (place(access), channel.sanitized(&status.text));
        return Err(Error::NoStartTls { at, text });
    }
    Ok((channel, greeting))
}

/// The link with TLS, by the rules the user set. A certificate that is
/// refused is told with what it says.
fn secured(link: Box<dyn Link>, dial: &Dial<'_>, access: &Access) -> Result<Box<dyn Link>, Error> {
    link.start_tls(&access.route.host).map_err(|mut source| {
        if let net::Error::Certificate { found, .. } = &mut source
            && found.is_none()
        {
            *found = peer_certificate(dial, access).map(Box::new);
        }
        during(access, "the TLS handshake", source)
    })
}

/// A certificate that was refused, by a second connection over which nothing
/// more than STLS is sent.
fn peer_certificate(dial: &Dial<'_>, access: &Access) -> Option<TlsFacts> {
    let link = dialled(dial, access).ok()?;
    let link = match access.tls_mode {
        TlsMode::StartTls => {
            let (channel, _) = agree(hear(link, access, &Silent).ok()?, access).ok()?;
            channel.into_link_for_tls().ok()?
        }
        TlsMode::Implicit | TlsMode::None => link,
    };
    link.peer_certificate(&access.tls, &access.route.host)
}

/// Asks for the capabilities.
pub(super) fn ask_capabilities(channel: &mut Channel<'_>) -> Result<(), Error> {
    channel.queue(&Command::Capa, Asked::Step(CAPA))
}

/// The answer; `None` if the server refuses.
pub(super) fn read_capabilities(channel: &mut Channel<'_>) -> Result<Option<Capabilities>, Error> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    let mut octets = 0;
    let status = channel.block(&mut |line| {
        octets += line.len() + 2;
        if octets > MAX_CAPA {
            return Err(ProtoError::TooMuch {
                what: "list of capabilities",
                limit: MAX_CAPA,
                unit: "octets",
            });
        }
        lines.push(line.to_vec());
        Ok(())
    })?;
    Ok(status.ok.then(|| Capabilities::from_lines(lines.iter().map(Vec::as_slice))))
}

/// Capabilities as hints keep them.
pub(super) fn known(lines: Option<&[String]>) -> Option<Capabilities> {
    lines.map(|lines| Capabilities::from_lines(lines.iter().map(String::as_bytes)))
}
