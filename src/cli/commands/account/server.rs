//! Which server an address belongs to, as far as the command line has a say.

use std::net::SocketAddr;
use std::path::Path;

use super::Adding;
use crate::base::{Event, Failure, FoundServer, sanitized};
use crate::cli::args::{AddArgs, FetchOptions};
use crate::cli::config::{Config, Options};
use crate::cli::environment::Environment;
use crate::cli::failure::hint_of_certificate;
use crate::cli::resolve::{self, Need};
use crate::discover::{self, Address, Candidate, Origin, Search};
use crate::session::{Access, TlsMode};
use crate::wait::RegularFile;
use crate::web::{encode_percent, host_and_port};

/// Largest `resolv.conf`, in octets.
const MAX_CONF: usize = 64 << 10;

impl Adding<'_> {
    pub(super) fn candidate(&self) -> Result<Candidate, Failure> {
        let search = Search {
            address: &self.address,
            like: &self.like,
            offline: self.args.offline,
            autoconfig: self.args.autoconfig.clone(),
            ispdb: vec![self.args.ispdb.clone()],
            resolvers: self.resolvers(),
            cancel: self.cancel,
            observer: self.observer,
        };
        let found = match &self.args.host {
            Some(host) => search.named(self.named(host)?),
            None => search.run(),
        };
        found.map_err(|error| not_found(&error, &self.address, self.args))
    }

    /// The server that the user names.
    fn named(&self, host: &str) -> Result<Candidate, Failure> {
        let (host, port) =
            host_and_port(host).map_err(|why| Failure::usage(format!("--host: {why}")))?;
        let tls = self.args.connect.tls.unwrap_or(TlsMode::of_port(port));
        let provider = discover::of_host(&host);
        Ok(Candidate {
            origin: Origin::Named,
            only_oauth2: false,
            user: provider
                .map_or_else(|| self.address.text.clone(), |provider| provider.user(&self.address)),
            provider,
            host,
            port: port.unwrap_or(tls.usual_port()),
            tls,
        })
    }

    fn resolvers(&self) -> Vec<SocketAddr> {
        if !self.args.resolver.is_empty() {
            return self.args.resolver.clone();
        }
        let conf =
            RegularFile::open(Path::new("/etc/resolv.conf")).and_then(|file| file.read(MAX_CONF));
        let conf = conf.unwrap_or_default();
        discover::resolvers(&String::from_utf8_lossy(&conf))
    }

    pub(super) fn tell(&self, candidate: &Candidate) {
        self.observer.notice(&Event::Found(Box::new(FoundServer {
            source: candidate.origin.word(),
            origin: candidate.origin.to_string(),
            host: candidate.host.clone(),
            port: candidate.port,
            tls: candidate.tls.word(),
            user: sanitized(candidate.user.as_bytes()),
            verified: !self.args.offline,
            consent: candidate.needs_consent(&self.address.domain),
            wants: candidate.provider.and_then(discover::Provider::wants),
        })));
    }
}

pub(super) fn typed(args: &AddArgs) -> Options {
    Options {
        connect: args.connect.clone(),
        destination: args.destination.clone(),
        fetch: FetchOptions { recipient: args.recipient.clone(), ..FetchOptions::default() },
    }
}

/// How a mailbox on this host would be reached. Where its mail would go has to
/// be right.
pub(super) fn access_to(
    host: &str,
    args: &AddArgs,
    address: &Address,
    config: &Config,
    env: &Environment,
) -> Result<Access, Failure> {
    let user = args.user.as_ref().unwrap_or(&address.text);
    let word = format!("pop3s://{}@{host}", encode_percent(user.as_bytes()));
    let typed = typed(args);
    let merged = resolve::merge(&word, typed, config)?;
    if !merged.options.destination.named().is_empty() {
        resolve::handover(&merged, &resolve::target(&merged, env)?)?;
    }
    Ok(resolve::account(&merged, Need::Login, env)?.0.access)
}

fn not_found(error: &discover::Error, address: &Address, args: &AddArgs) -> Failure {
    let mut failure = Failure::from_error(error.class(), error);
    match error {
        // The one that was named.
        discover::Error::Nothing { tried, .. } if args.host.is_some() => {
            failure.what = tried.iter().map(ToString::to_string).collect();
            let why = tried.iter().find_map(|tried| tried.error.as_deref());
            failure.hint(
                why.and_then(hint_of_certificate)
                    .unwrap_or("check host and port; `retr probe` shows what a server is like"),
            )
        }
        discover::Error::Nothing { tried, .. } => {
            let tried: Vec<_> = tried.iter().map(ToString::to_string).collect();
            if !tried.is_empty() {
                failure.causes.push(tried.join("; "));
            }
            failure.hint("--host HOST[:PORT] names the server; the provider's help pages have it")
        }
        discover::Error::NoPop3 { .. } => {
            if let Some(help) =
                discover::of_domain(&address.domain).and_then(|known| known.help.clone())
            {
                failure = failure.hint(help);
            }
            failure
        }
        discover::Error::Cancelled(_) => failure,
    }
}
