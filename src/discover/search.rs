//! The order in which it is looked, each step only if the one before it led
//! nowhere; what is asked in one step is asked at once.

use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use super::address::{domains_of, is_host};
use super::dns::Resolver;
use super::{Address, Candidate, Error, Origin, Tried, autoconfig, of_domain};
use crate::base::{Cancel, Failure, Observer, sanitized};
use crate::session::{Access, TlsMode};
use crate::wait::Timeouts;
use crate::web::{Client, Url};

/// Where a domain itself says it; `{domain}` is replaced by the domain.
pub const AUTOCONFIG: [&str; 2] = [
    "https://autoconfig.{domain}/mail/config-v1.1.xml",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
];

/// Thunderbird's database of providers.
pub const ISPDB: &str = "https://autoconfig.thunderbird.net/v1.1/{domain}";

/// Longest time for one question, and for all of it.
const MAX_STEP: Duration = Duration::from_secs(3);
const MAX_TIME: Duration = Duration::from_secs(10);

/// Most redirections that are followed, each to https.
const MAX_REDIRECTIONS: usize = 3;

/// Most candidates of one step, and most exchangers, that are looked at.
const MAX_CANDIDATES: usize = 4;

/// One step: what it finds, and what it tried in vain.
type Step<'s> = dyn Fn(&mut Vec<Tried>) -> Vec<Candidate> + 's;

/// A search.
pub struct Search<'a> {
    /// Whose server.
    pub address: &'a Address,
    /// How the mailbox would be reached, but for what is looked for.
    pub like: &'a Access,
    /// Nobody is asked.
    pub offline: bool,
    /// In place of [`AUTOCONFIG`].
    pub autoconfig: Vec<String>,
    /// In place of [`ISPDB`].
    pub ispdb: Vec<String>,
    /// Name servers.
    pub resolvers: Vec<SocketAddr>,
    /// Ends it.
    pub cancel: &'a Cancel,
    /// Is told each step.
    pub observer: &'a dyn Observer,
}

impl Search<'_> {
    /// The first candidate that proves to be a POP3 server; offline, the
    /// first that is known.
    pub fn run(&self) -> Result<Candidate, Error> {
        let domain = &self.address.domain;
        let until = Instant::now() + MAX_TIME;
        let known = of_domain(domain);
        if let Some(provider) = known.filter(|provider| provider.host.is_empty()) {
            return Err(Error::NoPop3 { name: &provider.name, note: provider.note() });
        }
        let table = known.map(|provider| {
            Candidate::of(provider, self.address, Origin::Table(provider.source()))
        });
        if self.offline {
            return table.ok_or_else(|| self.nothing(Vec::new()));
        }
        let steps: [&Step<'_>; 6] = [
            &|_| table.clone().into_iter().collect(),
            &|tried| self.documents(domain, &self.autoconfig, Origin::Autoconfig, until, tried),
            &|tried| self.documents(domain, &self.ispdb, Origin::Ispdb, until, tried),
            &|tried| self.by_exchanger(until, tried),
            &|tried| self.by_service(until, tried),
            &|_| self.guesses(),
        ];
        let mut tried = Vec::new();
        for step in steps {
            self.cancel.check()?;
            if Instant::now() >= until {
                break;
            }
            let candidates = step(&mut tried);
            if let Some(proven) = self.proven(candidates, until, &mut tried) {
                return Ok(proven);
            }
        }
        self.cancel.check()?;
        Err(self.nothing(tried))
    }

    fn nothing(&self, tried: Vec<Tried>) -> Error {
        Error::Nothing { domain: self.address.domain.clone(), tried }
    }

    /// The candidate that the user names, if it proves to be a POP3 server.
    pub fn named(&self, candidate: Candidate) -> Result<Candidate, Error> {
        if self.offline {
            return Ok(candidate);
        }
        let until = Instant::now() + self.like.deadline.min(MAX_TIME);
        let proof = candidate.prove(self.like, until, self.cancel, self.observer);
        self.cancel.check()?;
        match proof {
            Ok(()) => Ok(candidate),
            Err(tried) => Err(self.nothing(vec![tried])),
        }
    }

    /// Tries all at once, and takes the first in their order.
    fn proven(
        &self,
        mut candidates: Vec<Candidate>,
        until: Instant,
        tried: &mut Vec<Tried>,
    ) -> Option<Candidate> {
        candidates.truncate(MAX_CANDIDATES);
        let mut like = self.like.clone();
        like.timeout = like.timeout.min(MAX_STEP);
        let prove =
            |candidate: &Candidate| candidate.prove(&like, until, self.cancel, self.observer);
        let proofs = at_once(&candidates, prove);
        let mut proven = None;
        for (candidate, proof) in candidates.into_iter().zip(proofs) {
            match proof {
                Ok(()) => proven = proven.or(Some(candidate)),
                Err(refuted) => self.note(tried, refuted),
            }
        }
        proven
    }

    /// What documents name that are at these addresses.
    fn documents(
        &self,
        domain: &str,
        places: &[String],
        origin: fn(String) -> Origin,
        until: Instant,
        tried: &mut Vec<Tried>,
    ) -> Vec<Candidate> {
        let filled_in = |place: &String| place.replace("{domain}", domain);
        let places: Vec<_> = places.iter().map(filled_in).collect();
        let read = |place: &String| {
            let octets = self.fetch(place, until)?;
            autoconfig::read(&octets, self.address, &origin(place.clone()))
        };
        let mut candidates = Vec::new();
        for (place, read) in places.iter().zip(at_once(&places, read)) {
            match read {
                Ok(found) => candidates.extend(found),
                Err(why) => self.note(tried, Tried::in_vain(place, why)),
            }
        }
        candidates
    }

    /// A document from the web.
    fn fetch(&self, place: &str, until: Instant) -> Result<Vec<u8>, String> {
        let Access { route, tls, .. } = self.like;
        let client = Client::new(route, tls, self.timeouts(until), self.observer);
        let said = |error: crate::web::Error| Failure::from_error(error.class(), &error).text();
        let mut url = Url::parse(place).map_err(said)?;
        for _ in 0..=MAX_REDIRECTIONS {
            let answer = client.get(&url).map_err(said)?;
            match (answer.status, answer.location) {
                (200, _) => return Ok(answer.body.expose().to_vec()),
                (301 | 302 | 303 | 307 | 308, Some(next)) => {
                    let next = match next.strip_prefix('/') {
                        Some(path) => url.join(path),
                        None => Url::parse(&next),
                    };
                    url = next.map_err(|error| format!("it is redirected: {}", said(error)))?;
                }
                (status, _) => return Err(format!("HTTP status {status}")),
            }
        }
        Err("it is redirected too often".to_owned())
    }

    /// What is known of the servers that take the mail of the domain.
    fn by_exchanger(&self, until: Instant, tried: &mut Vec<Tried>) -> Vec<Candidate> {
        let domain = &self.address.domain;
        let exchangers = self.resolver(until).exchangers(domain);
        let what = format!("the mail exchangers of {domain}");
        let Some(exchanger) = (self.answered(exchangers, &what, tried).into_iter()).next() else {
            return Vec::new();
        };
        let by = |by: Origin| Origin::Mx { exchanger: exchanger.clone(), by: Box::new(by) };
        // It may know no more than what was asked.
        let above = || domains_of(&exchanger).filter(|above| above != domain).take(MAX_CANDIDATES);
        let provider = above().find_map(of_domain);
        if let Some(provider) = provider.filter(|known| !known.host.is_empty()) {
            let origin = by(Origin::Table(provider.source()));
            return vec![Candidate::of(provider, self.address, origin)];
        }
        // The exchanger's own name is in no database.
        let mut found = Vec::new();
        for above in above().filter(|above| *above != exchanger) {
            found = self.documents(above, &self.ispdb, Origin::Ispdb, until, tried);
            if found.is_empty() {
                found = self.documents(above, &self.autoconfig, Origin::Autoconfig, until, tried);
            }
            if !found.is_empty() {
                break;
            }
        }
        for candidate in &mut found {
            candidate.origin = by(candidate.origin.clone());
        }
        found
    }

    /// What DNS says of the services (RFC 6186).
    fn by_service(&self, until: Instant, tried: &mut Vec<Tried>) -> Vec<Candidate> {
        let domain = &self.address.domain;
        let kinds = [("_pop3s", TlsMode::Implicit), ("_pop3", TlsMode::StartTls)];
        let name = |kind: &str| format!("{kind}._tcp.{domain}");
        let ask = |(kind, _): &(&str, TlsMode)| self.resolver(until).services(&name(kind));
        let mut candidates = Vec::new();
        for ((kind, tls), found) in kinds.iter().zip(at_once(&kinds, ask)) {
            for (host, port) in self.answered(found, &name(kind), tried) {
                candidates.push(self.candidate(Origin::Srv, host, port, *tls));
            }
        }
        candidates
    }

    fn guesses(&self) -> Vec<Candidate> {
        let names = ["pop", "pop3", "mail"].map(|name| format!("{name}.{}", self.address.domain));
        let hosts = names.into_iter().filter(|host| is_host(host));
        hosts.map(|host| self.candidate(Origin::Guess, host, 995, TlsMode::Implicit)).collect()
    }

    fn candidate(&self, origin: Origin, host: String, port: u16, tls: TlsMode) -> Candidate {
        Candidate {
            origin,
            provider: super::of_host(&host),
            host,
            port,
            tls,
            user: self.address.text.clone(),
            only_oauth2: false,
        }
    }

    fn resolver(&self, until: Instant) -> Resolver<'_> {
        Resolver {
            servers: &self.resolvers,
            route: &self.like.route,
            timeouts: self.timeouts(until),
        }
    }

    fn timeouts(&self, until: Instant) -> Timeouts {
        Timeouts {
            wait: self.like.timeout.min(MAX_STEP),
            deadline: until,
            cancel: self.cancel.clone(),
        }
    }

    fn answered<T>(&self, found: io::Result<Vec<T>>, what: &str, tried: &mut Vec<Tried>) -> Vec<T> {
        let why = match found {
            Ok(found) if !found.is_empty() => return found,
            Ok(_) => "there are none".to_owned(),
            Err(error) => sanitized(error.to_string().as_bytes()),
        };
        self.note(tried, Tried::in_vain(what, why));
        Vec::new()
    }

    fn note(&self, all: &mut Vec<Tried>, tried: Tried) {
        self.observer.note(tried.to_string());
        all.push(tried);
    }
}

/// Does the same with all of them at once, and gives the results in their
/// order.
fn at_once<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    thread::scope(|scope| {
        let started: Vec<_> = (items.iter()).map(|item| scope.spawn(|| work(item))).collect();
        // A panic goes on here.
        let results = started.into_iter().map(|thread| thread.join());
        results
            .map(|result| result.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
