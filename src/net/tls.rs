//! TLS by the system's library.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use native_tls::{HandshakeError, Protocol, TlsConnector, TlsStream};
use sha2::{Digest, Sha256};

use super::certificate;
use super::error::{Obstacle, pin_text};
use super::lookup::bare_host;
use super::openssl::{Meaning, certificate_error, reason};
use super::socket::Socket;
use super::trust::{read_identity, read_roots};
use super::{CertificateFacts, Error, TlsMin, TlsPolicy};
use crate::base::sanitized;
use crate::wait::Timer;
use crate::wait::{self, BackgroundTask};

/// What a handshake showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFacts {
    /// SHA-256 of the leaf certificate (DER), the pin.
    pub pin: [u8; 32],
    /// The leaf certificate (DER), for `tls-server-end-point` (RFC 5929 §4)
    /// and for `probe`.
    pub certificate: Vec<u8>,
    /// Channel binding data of type `tls-server-end-point`, if it could be had.
    pub end_point: Option<Vec<u8>>,
}

impl TlsFacts {
    /// The pin as the user would type it.
    pub fn pin_text(&self) -> String {
        pin_text(&self.pin)
    }

    /// What the certificate says of itself, for people; `None` if it cannot
    /// be read.
    pub fn describe(&self) -> Option<CertificateFacts> {
        CertificateFacts::read(&self.certificate)
    }
}

/// TLS being set up, in a thread: reading the system's roots costs OpenSSL 3
/// about as much time as connecting does, so it is begun before.
#[derive(Debug)]
pub(super) struct TlsSetup {
    policy: TlsPolicy,
    connector: Result<BackgroundTask<Result<TlsConnector, Error>>, wait::Error>,
}

impl TlsSetup {
    /// Begins. What goes wrong is told when TLS starts.
    pub(super) fn begin(policy: &TlsPolicy) -> Self {
        let (policy, wanted) = (policy.clone(), policy.clone());
        let connector = BackgroundTask::start("TLS setup", move || shared_connector(&wanted));
        Self { policy, connector }
    }

    /// The same, and the library set up for it.
    pub(super) fn finish(self, timer: &Timer<'_>) -> Result<(TlsPolicy, TlsConnector), Error> {
        Ok((self.policy, self.connector?.wait(timer)??))
    }
}

pub(super) struct Secured {
    pub(super) stream: TlsStream<Socket>,
    pub(super) facts: TlsFacts,
}

/// The name to verify and to send as SNI: the policy's, else the host, both
/// without the final dot, brackets and zone that no certificate has.
pub(super) fn server_name<'n>(policy: &'n TlsPolicy, host: &'n str) -> Result<&'n str, Error> {
    let name = match &policy.name {
        Some(name) => bare_host("TLS name", name)?,
        None => bare_host("host name", host)?,
    };
    let name = match name.split_once('%') {
        Some((address, _zone)) if address.contains(':') => address,
        _ => name,
    };
    Ok(name.strip_suffix('.').unwrap_or(name))
}

/// What a library context depends on. Names and pins are checked beside it.
type ContextKey = (TlsMin, bool, Option<PathBuf>, Option<PathBuf>);

/// A context once it is set up; who comes first does that.
type Context = Arc<Mutex<Option<TlsConnector>>>;

/// The contexts of this process. The system's roots in each take OpenSSL 3 1.5 MB
/// and some 20 ms, so that accounts share them.
static CONTEXTS: Mutex<Vec<(ContextKey, Context)>> = Mutex::new(Vec::new());

/// The context for a policy.
fn shared_connector(policy: &TlsPolicy) -> Result<TlsConnector, Error> {
    if policy.pin_only && policy.pins.is_empty() {
        return Err(Error::TlsPolicy {
            reason: "nothing but the pin is to be checked, but there is no pin".to_owned(),
        });
    }
    let key = (policy.min, policy.pin_only, policy.ca.clone(), policy.client.clone());
    let context = {
        let mut contexts = CONTEXTS.lock().unwrap_or_else(PoisonError::into_inner);
        match contexts.iter().find(|(of, _)| *of == key) {
            Some((_, context)) => Arc::clone(context),
            None => {
                let context = Context::default();
                contexts.push((key, Arc::clone(&context)));
                context
            }
        }
    };
    let mut context = context.lock().unwrap_or_else(PoisonError::into_inner);
    match &*context {
        Some(connector) => Ok(connector.clone()),
        None => Ok(context.insert(connector(policy)?).clone()),
    }
}

/// Sets the library up as the policy wants.
fn connector(policy: &TlsPolicy) -> Result<TlsConnector, Error> {
    let mut builder = TlsConnector::builder();
    builder.min_protocol_version(Some(lowest(policy.min)));
    if policy.pin_only {
        builder.danger_accept_invalid_certs(true);
        builder.danger_accept_invalid_hostnames(true);
    }
    if let Some(path) = &policy.ca {
        for root in read_roots(path)? {
            builder.add_root_certificate(root);
        }
    }
    if let Some(path) = &policy.client {
        builder.identity(read_identity(path)?);
    }
    builder.build().map_err(setup_failure)
}

/// Sets the library up to look at the certificate and at nothing else: it
/// takes any, shows no client certificate, and is never used to send.
pub(super) fn looking_connector(policy: &TlsPolicy) -> Result<TlsConnector, Error> {
    TlsConnector::builder()
        .min_protocol_version(Some(lowest(policy.min)))
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true)
        .build()
        .map_err(setup_failure)
}

fn lowest(min: TlsMin) -> Protocol {
    match min {
        TlsMin::V12 => Protocol::Tlsv12,
        TlsMin::V13 => Protocol::Tlsv13,
    }
}

fn setup_failure(error: native_tls::Error) -> Error {
    Error::TlsPolicy { reason: reason(&error.to_string()) }
}

/// Does the handshake and reads the certificate. Pins are not checked yet.
pub(super) fn handshake(
    socket: &Socket,
    connector: &TlsConnector,
    name: &str,
    timer: &Timer<'_>,
) -> Result<Secured, Error> {
    socket.forget_head();
    socket.begin_round();
    let mut attempt = connector.connect(name, socket.clone());
    let stream = loop {
        match attempt {
            Ok(stream) => break stream,
            Err(HandshakeError::WouldBlock(unfinished)) => {
                socket.wait(timer)?;
                socket.begin_round();
                attempt = unfinished.handshake();
            }
            Err(HandshakeError::Failure(error)) => {
                return Err(handshake_failure(&error.to_string(), socket, name, timer));
            }
        }
    };
    let facts = facts(&stream).map_err(|reason| Error::Handshake {
        peer: timer.whom().to_owned(),
        reason,
        obstacle: Obstacle::Unknown,
    })?;
    Ok(Secured { stream, facts })
}

fn facts(stream: &TlsStream<Socket>) -> Result<TlsFacts, String> {
    let certificate = stream
        .peer_certificate()
        .and_then(|certificate| certificate.map(|leaf| leaf.to_der()).transpose())
        .map_err(|error| reason(&error.to_string()))?
        .ok_or("the server showed no certificate")?;
    Ok(TlsFacts {
        pin: Sha256::digest(&certificate).into(),
        certificate,
        end_point: stream.tls_server_end_point().ok().flatten(),
    })
}

/// Checks that the certificate has the name as an alternative one, unless only
/// the pin counts. The library has checked names before, but takes a common
/// name where there are no alternative names of a kind, and any host below a
/// name that begins with a dot, which RFC 9525 (§2, §6.3) has for neither.
pub(super) fn check_name(policy: &TlsPolicy, facts: &TlsFacts, name: &str) -> Result<(), Error> {
    if policy.pin_only || certificate::is_for(&facts.certificate, name) {
        return Ok(());
    }
    Err(Error::Certificate {
        name: sanitized(name.as_bytes()),
        reason: "none of its alternative names is this one".to_owned(),
        of_name: true,
        found: Some(Box::new(facts.clone())),
    })
}

/// Checks the pins, if there are any: one of them must match.
pub(super) fn check_pins(policy: &TlsPolicy, facts: &TlsFacts, name: &str) -> Result<(), Error> {
    if policy.pins.is_empty() || policy.pins.contains(&facts.pin) {
        return Ok(());
    }
    Err(Error::Pin {
        name: sanitized(name.as_bytes()),
        wanted: policy.pins.clone(),
        found: Box::new(facts.clone()),
    })
}

/// Why a handshake failed: what the library says of the certificate, else
/// what was seen beneath it, else what the library says.
fn handshake_failure(text: &str, socket: &Socket, name: &str, timer: &Timer<'_>) -> Error {
    let peer = timer.whom().to_owned();
    let meaning = Meaning::of(text);
    if meaning == Meaning::Certificate {
        let (reason, of_name) = certificate_error(text);
        return Error::Certificate {
            name: sanitized(name.as_bytes()),
            reason,
            of_name,
            found: None,
        };
    }
    let seen = socket.state();
    if seen.head.first().is_some_and(|kind| !is_record(*kind)) {
        return Error::NotTls { peer, said: first_line(socket), spoke_before: seen.spoke_before };
    }
    if seen.ended || seen.fault.is_some() {
        return Error::ClosedInHandshake { peer, source: seen.fault.map(Into::into) };
    }
    Error::Handshake {
        peer,
        reason: reason(text),
        obstacle: match meaning {
            Meaning::Version => Obstacle::Version,
            Meaning::Weak => Obstacle::Weak,
            _ => Obstacle::Unknown,
        },
    }
}

/// The first line of a peer that does not speak TLS. The library has looked
/// at some octets only; the rest of them is taken if it is there.
fn first_line(socket: &Socket) -> String {
    socket.begin_round();
    let _ = socket.receive(&mut [0; 128]);
    let head = socket.state().head;
    let line = head.split(|byte| *byte == b'\n').next();
    sanitized(line.unwrap_or_default().trim_ascii_end())
}

/// Returns whether a TLS record can begin so (RFC 8446 §5.1).
fn is_record(kind: u8) -> bool {
    matches!(kind, 20..=23)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_share_a_context_and_each_policy_is_looked_at() {
        let pinned = TlsPolicy { pin_only: true, pins: vec![[7; 32]], ..TlsPolicy::default() };
        let named = TlsPolicy { name: Some("h".to_owned()), ..pinned.clone() };
        for policy in [&pinned, &named] {
            shared_connector(policy).expect("set up");
        }
        let contexts = CONTEXTS.lock().expect("contexts");
        let key = (TlsMin::default(), true, None, None);
        assert_eq!(contexts.iter().filter(|(of, _)| *of == key).count(), 1);
        drop(contexts);
        let without_pin = TlsPolicy { pins: Vec::new(), ..pinned };
        assert!(matches!(shared_connector(&without_pin), Err(Error::TlsPolicy { .. })));
    }
}
