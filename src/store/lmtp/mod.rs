//! An LMTP server that takes each message: one connection a run.

mod link;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use self::link::{Answer, Link, Lost};
use super::agent::{self, Agent};
use super::parcel::Parcel;
use super::{
    Address, Delivery, Draft, Error, Fate, Guarantee, Journal, Key, Prepared, Scheme, Sealed,
    Setting, Target,
};
use crate::base::{Location, Receipt, sanitized};
use crate::disk::{Kind, RealDisk};
use crate::net::{Family, Route, Via};

/// Connections that may be lost without a delivery between them.
const MAX_LOST: u8 = 2;

/// After this long without a word the server may have hung up.
const IDLE: Duration = Duration::from_secs(5);

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "lmtp",
    noun: "LMTP server",
    address: Address::Server,
    guarantee: Guarantee::Acknowledged,
    ends_lines: false,
    keeps_copies: true,
    check: |address| ServerAddress::parse(address).map(drop),
    open: |target, setting| Ok(Box::new(Lmtp::open(target, setting)?)),
    archive: None,
    risks: |_, _| Vec::new(),
    examine,
    is_file: None,
    recover: None,
    locate,
    recorded: locate,
};

fn locate(receipt: &Receipt) -> Location {
    let address = receipt.target.address.to_string_lossy().into_owned();
    agent::locate("lmtp", address, receipt)
}

/// Where an LMTP server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ServerAddress {
    Socket(PathBuf),
    Tcp(String, u16),
}

impl ServerAddress {
    /// `/path/of/a/socket`, or `host:port`; there is no usual port.
    fn parse(address: &OsStr) -> Result<Self, &'static str> {
        if address.as_encoded_bytes().starts_with(b"/") {
            return Ok(ServerAddress::Socket(address.into()));
        }
        let text = address.to_str().ok_or("is not UTF-8")?;
        let what = "is neither the absolute path of a socket nor HOST:PORT";
        let (host, port) = text.rsplit_once(':').ok_or(what)?;
        let is_bare_v6 = host.contains(':') && !host.starts_with('[');
        let port = port.parse().ok().filter(|port| *port != 0);
        match port {
            Some(25) => Err("has port 25, which is for SMTP"),
            Some(port) if !host.is_empty() && !is_bare_v6 && !host.contains('/') => {
                Ok(ServerAddress::Tcp(host.to_owned(), port))
            }
            _ => Err(what),
        }
    }

    fn of(target: &Target) -> Result<Self, Error> {
        ServerAddress::parse(target.given()).map_err(|reason| Error::unfit(target.path(), reason))
    }

    fn route(&self) -> Route {
        let (host, port, via) = match self {
            ServerAddress::Socket(path) => ("localhost".to_owned(), 24, Via::Socket(path.clone())),
            ServerAddress::Tcp(host, port) => (host.clone(), *port, Via::Direct),
        };
        Route { host, port, via, family: Family::Any, bind: None }
    }
}

/// Returns whether there is a socket; whether somebody listens shows only when
/// asked.
fn examine(target: &Target, disk: &RealDisk) -> Result<(), Error> {
    let ServerAddress::Socket(path) = ServerAddress::of(target)? else {
        return Ok(());
    };
    match super::fitness::look(&path, disk)? {
        // It may be a link to one.
        Some(facts) if matches!(facts.kind, Kind::Other | Kind::Link) => Ok(()),
        Some(_) => Err(Error::unfit(&path, "it is no socket")),
        None => Err(Error::Unready {
            address: sanitized(path.as_os_str().as_encoded_bytes()),
            why: "there is no such socket".to_owned(),
        }),
    }
}

/// A server that messages are handed to.
#[derive(Debug)]
struct Lmtp {
    place: ServerAddress,
    agent: Agent,
    line: Mutex<Line>,
}

/// The connection, if there is one.
#[derive(Debug, Default)]
struct Line {
    link: Option<Link>,
    /// How many were lost since the last delivery.
    lost: u8,
}

impl Lmtp {
    fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let mut setting = setting.clone();
        // A server would take it for a field that is none.
        setting.handover.from_line = false;
        Ok(Self {
            place: ServerAddress::of(target)?,
            agent: Agent::open(target, &setting)?,
            line: Mutex::default(),
        })
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn address(&self) -> String {
        sanitized(self.agent.name.address.as_encoded_bytes())
    }

    /// Connects and says hello, in the time of a single wait.
    fn connect(&self) -> Result<Link, Lost> {
        let timeouts = self.agent.timeouts(self.agent.setting.lock_wait);
        Link::open(&self.place.route(), timeouts)
    }

    /// The connection, and a new one in place of one that the server has ended
    /// meanwhile.
    fn link<'l>(&self, line: &'l mut Line) -> Result<&'l mut Link, Lost> {
        line.link.take_if(|link| link.has_ended(IDLE));
        match &mut line.link {
            Some(link) => Ok(link),
            empty => Ok(empty.insert(self.connect()?)),
        }
    }

    /// Hands a message on. What it was told tells whether the server may have
    /// it.
    fn hand_on(&self, parcel: &Parcel) -> Result<Fate, Error> {
        let mut line = self.line();
        let until = Instant::now() + self.agent.handover.timeout;
        let told = |what: &str| format!("{}: {what}", self.address());
        loop {
            let answer = match self.link(&mut line) {
                Ok(link) => link.hand_on(parcel, self.recipient(), until),
                Err(lost) => Err(lost),
            };
            if line.link.as_ref().is_some_and(Link::is_spoiled) {
                line.link = None;
            }
            let lost = match answer {
                Ok(Answer::Delivered) => {
                    line.lost = 0;
                    return Ok(self.agent.took(parcel));
                }
                Ok(Answer::Deferred(text)) => return Ok(Fate::Deferred(told(&text))),
                Ok(Answer::Refused(text)) => return Ok(Fate::Refused(told(&text))),
                Ok(Answer::Closing(text)) => {
                    self.agent.limit.end();
                    return Ok(Fate::Deferred(told(&text)));
                }
                Err(lost) => lost,
            };
            // Half a message may be under way on it.
            line.link = None;
            line.lost += 1;
            if line.lost >= MAX_LOST {
                self.agent.limit.end();
            }
            match lost {
                Lost::Behind(text) => return Ok(Fate::InDoubt(told(&text))),
                Lost::Before(_) if line.lost < MAX_LOST && !self.agent.must_stop() => {}
                Lost::Before(text) | Lost::Within(text) => return Ok(Fate::Deferred(told(&text))),
                Lost::Content(error) => return Err(error),
            }
        }
    }

    fn recipient(&self) -> &str {
        self.agent.handover.recipient.as_deref().unwrap_or_default()
    }
}

impl Delivery for Lmtp {
    fn greet(&self) -> Result<(), Error> {
        let unready = |lost: Lost| Error::Unready { address: self.address(), why: lost.text() };
        self.link(&mut self.line()).map_err(unready)?;
        Ok(())
    }

    fn draft(&self, key: Key) -> Result<Draft, Error> {
        Ok(self.agent.draft(key))
    }

    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error> {
        Ok(Box::new(Batch { lmtp: self, parcels: Agent::parcels(batch)? }))
    }

    fn takes_no_more(&self) -> bool {
        self.agent.limit.is_over()
    }
}

/// Messages that are to be handed on.
#[derive(Debug)]
struct Batch<'l> {
    lmtp: &'l Lmtp,
    parcels: Vec<Parcel>,
}

impl Prepared for Batch<'_> {
    fn publish(&mut self, journal: &mut dyn Journal) -> Result<Vec<Fate>, Error> {
        let agent = &self.lmtp.agent;
        let parcels = std::mem::take(&mut self.parcels);
        let mut fates = vec![Fate::Left; parcels.len()];
        for (at, parcel) in parcels.into_iter().enumerate() {
            if agent.must_stop() {
                break;
            }
            journal.handing(at, agent.handover.is_held())?;
            fates[at] = self.lmtp.hand_on(&parcel)?;
            agent.limit.note(&fates[at]);
            journal.handed(at, &fates[at])?;
        }
        Ok(fates)
    }
}
