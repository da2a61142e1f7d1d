//! `probe`: what a server is like, and what retr would do there.

use crate::base::{Cancel, Event, Observer, Probed, ProbedTls, Summary};
use crate::net::TlsFacts;
use crate::proto::{Capabilities, Expiry};
use crate::session::{self, Auth, Greeted, Leave, Request, Session};

use super::server::collect;
use super::{Account, Connector, Context, Error, Outcome};

/// One `probe` of one account.
#[derive(Clone, Debug)]
pub struct ProbeJob {
    /// Which server, and whose mail there.
    pub account: Account,
}

/// Logs in if there is something to log in with. Announces [`Event::Probed`],
/// also when the login fails or the certificate is refused. Nothing is retrieved and nothing is deleted.
pub fn probe(job: &ProbeJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let context = Context::new(&job.account, cancel, observer);
    context.online(|connector, summary| run(job, connector, observer, summary))
}

fn run<'c>(
    job: &ProbeJob,
    connector: &mut Connector<'c>,
    observer: &dyn Observer,
    summary: &mut Summary,
) -> Result<(), Error> {
    let greeted = connector.greet().inspect_err(|error| {
        if let Some(probed) = refused(job, error) {
            observer.notice(&Event::Probed(Box::new(probed)));
        }
    })?;
    let mut probed = before_login(job, &greeted);
    let access = job.account.ready(observer)?;
    let result = if access.secret.is_some() || access.auth == Auth::External {
        log_in(greeted, connector, &mut probed, summary)
    } else {
        greeted.leave(Leave::Quit).map_err(Error::from)
    };
    observer.notice(&Event::Probed(Box::new(probed)));
    result
}

/// What is known if the certificate is to blame.
fn refused(job: &ProbeJob, error: &Error) -> Option<Probed> {
    let Error::Session(session::Error::Net { source, .. }) = error else {
        return None;
    };
    let (facts, reason) = source.refused_certificate()?;
    let route = &job.account.access.route;
    Some(Probed {
        host: route.host.clone(),
        port: route.port,
        tls: Some(ProbedTls { refused: Some(reason.to_owned()), ..certificate(facts) }),
        ..Probed::default()
    })
}

fn before_login(job: &ProbeJob, greeted: &Greeted<'_>) -> Probed {
    let facts = greeted.facts();
    let mut probed = Probed {
        host: job.account.access.route.host.clone(),
        port: facts.port,
        greeting: facts.greeting.clone(),
        tls: facts.tls.as_ref().map(certificate),
        before_login: facts.before_login.as_ref().map(lines),
        mechanism: Some(greeted.mechanism()),
        ..Probed::default()
    };
    announced(&mut probed, &facts.capabilities);
    let words = facts.capabilities.arguments("SASL").into_iter().flatten();
    probed.mechanisms = words.map(str::to_owned).collect();
    probed.utf8 = facts.capabilities.has("UTF8");
    probed
}

/// Logs in and tries what works only then.
fn log_in<'c>(
    greeted: Greeted<'c>,
    connector: &mut Connector<'c>,
    probed: &mut Probed,
    summary: &mut Summary,
) -> Result<(), Error> {
    let mut session = connector.log_in(greeted)?;
    probed.logged_in = true;
    let asked = session.capabilities().map(drop);
    let facts = session.facts();
    probed.after_login = facts.after_login.as_ref().map(lines);
    announced(probed, &facts.capabilities);
    connector.learn(&session);
    asked?;
    probed.pipelining = Some(session.is_pipelined());
    try_out(&mut session, probed, summary)?;
    Ok(session.leave(Leave::Quit)?)
}

/// UIDL, and TOP on the first message.
fn try_out(
    session: &mut Session<'_>,
    probed: &mut Probed,
    summary: &mut Summary,
) -> Result<(), Error> {
    let numbers: Vec<_> = match session.uidl() {
        Ok(list) => {
            probed.uidl = Some(true);
            list.listing.entries().iter().map(|e| e.number).collect()
        }
        Err(session::Error::UidlRefused { .. }) => {
            probed.uidl = Some(false);
            let sizes = session.list()?.unwrap_or_default();
            sizes.into_iter().map(|(number, _)| number).collect()
        }
        Err(error) => return Err(error.into()),
    };
    summary.listed = numbers.len() as u64;
    let requests: Vec<_> = numbers.first().map(|n| Request::Top(*n, 0)).into_iter().collect();
    collect(session, requests, 0, |_, answer| {
        probed.top = Some(answer.is_ok());
        Ok(())
    })
}

/// What counts in the last state in which it was told.
fn announced(probed: &mut Probed, capabilities: &Capabilities) {
    probed.expire = capabilities.expiry().map(|expiry| match expiry {
        Expiry::AtOnce => "0".to_owned(),
        Expiry::Never => "NEVER".to_owned(),
        Expiry::Days(days) => days.to_string(),
    });
    probed.login_delay = capabilities.login_delay();
    let words = capabilities.arguments("IMPLEMENTATION");
    probed.implementation = words.map(|words| words.collect::<Vec<_>>().join(" "));
}

fn lines(capabilities: &Capabilities) -> Vec<String> {
    capabilities.lines().to_vec()
}

fn certificate(tls: &TlsFacts) -> ProbedTls {
    let facts = tls.describe().unwrap_or_default();
    ProbedTls {
        refused: None,
        pin: tls.pin_text(),
        subject: facts.subject,
        issuer: facts.issuer,
        not_before: facts.not_before,
        not_after: facts.not_after,
        names: facts.names,
    }
}
