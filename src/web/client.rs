//! The one who asks.

use std::time::Instant;

use zeroize::Zeroizing;

use super::answer::{Answer, MAX_ANSWER, Progress, read};
use super::{Error, Url, bracketed, form};
use crate::base::{Dialogue, Event, Observer};
use crate::net::{self, Connection, Route, TlsPolicy, Via};
use crate::wait::Timeouts;

/// Asks in one way: by the same proxy, from the same address and with the same
/// roots as the mailbox is reached.
pub struct Client<'a> {
    route: Route,
    tls: TlsPolicy,
    timeouts: Timeouts,
    observer: &'a dyn Observer,
}

impl<'a> Client<'a> {
    /// A tunnel or a socket leads to the mailbox alone, and what its
    /// certificate has to fulfil beyond the roots is the mailbox's alone.
    pub fn new(
        mailbox: &Route,
        tls: &TlsPolicy,
        timeouts: Timeouts,
        observer: &'a dyn Observer,
    ) -> Self {
        Self {
            route: Route {
                via: match &mailbox.via {
                    proxy @ Via::Socks5 { .. } => proxy.clone(),
                    Via::Direct | Via::Tunnel(_) | Via::Socket(_) => Via::Direct,
                },
                ..mailbox.clone()
            },
            tls: TlsPolicy { ca: tls.ca.clone(), min: tls.min, ..TlsPolicy::default() },
            timeouts,
            observer,
        }
    }

    /// Fetches what is there.
    pub fn get(&self, url: &Url) -> Result<Answer, Error> {
        let head = head("GET", url, "text/xml, application/xml");
        self.tell(true, format!("GET {url}"));
        self.ask(url, &[head.as_bytes(), b"\r\n"].concat())
    }

    /// Sends a form. The trace has only the names of its fields.
    pub fn post(&self, url: &Url, fields: &[(&str, &[u8])]) -> Result<Answer, Error> {
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        self.tell(true, format!("POST {url} ({})", names.join(", ")));
        let form = form(fields);
        let head = format!(
            "{}Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            head("POST", url, "application/json"),
            form.len(),
        );
        let request = Zeroizing::new([head.as_bytes(), form.as_bytes()].concat());
        self.ask(url, &request)
    }

    fn ask(&self, url: &Url, request: &[u8]) -> Result<Answer, Error> {
        let at = net::peer_name(&url.host, url.port);
        let lost = |source| Error::Net { at: at.clone(), source: Box::new(source) };
        let route = Route { host: url.host.clone(), port: url.port, ..self.route.clone() };
        let tls = url.is_tls.then_some(&self.tls);
        let mut connection = Connection::open(&route, tls, self.timeouts.clone()).map_err(lost)?;
        if url.is_tls {
            connection = connection.start_tls(&url.host).map_err(lost)?;
        }
        let started = Instant::now();
        let mut octets = Zeroizing::new(vec![0; MAX_ANSWER + 1]);
        let (mut sent, mut filled) = (0, 0);
        let answer = loop {
            let ended = match connection.exchange(&request[sent..], &mut octets[filled..]) {
                Ok(moved) => {
                    sent += moved.sent;
                    filled += moved.received;
                    false
                }
                Err(net::Error::Closed) => true,
                Err(error) => return Err(lost(error)),
            };
            match read(&octets[..filled], ended) {
                Progress::Whole(answer) => break answer,
                Progress::Nonsense => return Err(Error::NotHttp(at)),
                Progress::More if ended => return Err(Error::Cut(at)),
                Progress::More if filled > MAX_ANSWER => return Err(Error::TooLong(at)),
                // Each piece in time, and still no end.
                Progress::More if started.elapsed() > self.timeouts.wait => {
                    let after = self.timeouts.wait;
                    return Err(Error::Slow { at, after });
                }
                Progress::More => {}
            }
        };
        let octets = answer.body.expose().len();
        self.tell(false, format!("HTTP status {}, {octets} octets", answer.status));
        Ok(answer)
    }

    fn tell(&self, sent: bool, line: String) {
        if self.observer.wants_dialogue() {
            self.observer.notice(&Event::Dialogue(Dialogue { sent, line }));
        }
    }
}

fn head(method: &str, url: &Url, accept: &str) -> String {
    let Url { target, port, .. } = url;
    let mut host = bracketed(&url.host).into_owned();
    if *port != if url.is_tls { 443 } else { 80 } {
        host.push_str(&format!(":{port}"));
    }
    format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: retr/{}\r\n\
         Accept: {accept}\r\nConnection: close\r\n",
        env!("CARGO_PKG_VERSION"),
    )
}
