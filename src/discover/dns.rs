//! MX and SRV records, which the system's resolver does not give: asked of
//! the name servers that it asks, by UDP, and by TCP where an answer does not
//! fit or a proxy leads the way.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QCLASS, QTYPE, Question, RCODE, TYPE};

use super::address::is_host;
use crate::net::{self, Connection, Route, Via};
use crate::wait::{self, Timeouts};

/// Longest answer by UDP that is taken, in octets.
const MAX_DATAGRAM: usize = 4096;

/// How soon a signal ends a wait.
const SLICE: Duration = Duration::from_millis(100);

/// The name servers of a `resolv.conf`; the system's own host if it names none.
pub fn resolvers(conf: &str) -> Vec<SocketAddr> {
    let address = |line: &str| {
        let mut words = line.split_ascii_whitespace();
        let is_server = words.next() == Some("nameserver");
        words.next().filter(|_| is_server)?.parse::<IpAddr>().ok()
    };
    let mut found: Vec<_> = conf.lines().filter_map(address).take(3).collect();
    if found.is_empty() {
        found.push(IpAddr::from([127, 0, 0, 1]));
    }
    let servers = found.into_iter().map(|ip| SocketAddr::new(ip, 53));
    servers.collect()
}

/// Asks the name servers.
pub(super) struct Resolver<'a> {
    pub(super) servers: &'a [SocketAddr],
    /// By which proxy, if by one.
    pub(super) route: &'a Route,
    /// Longest wait for all of them.
    pub(super) timeouts: Timeouts,
}

impl Resolver<'_> {
    /// The mail exchangers of a domain, the first choice first.
    pub(super) fn exchangers(&self, domain: &str) -> io::Result<Vec<String>> {
        self.ask(domain, TYPE::MX, exchangers_in)
    }

    /// Hosts and ports of a service (RFC 2782), the first choice first.
    pub(super) fn services(&self, name: &str) -> io::Result<Vec<(String, u16)>> {
        self.ask(name, TYPE::SRV, services_in)
    }

    fn ask<T>(
        &self,
        name: &str,
        kind: TYPE,
        read: fn(&[u8]) -> io::Result<Vec<T>>,
    ) -> io::Result<Vec<T>> {
        let mut id = [0; 2];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let mut query = Packet::new_query(u16::from_ne_bytes(id));
        query.set_flags(PacketFlag::RECURSION_DESIRED);
        let asked = Name::new(name).map_err(io::Error::other)?;
        query.questions.push(Question::new(
            asked.clone(),
            QTYPE::TYPE(kind),
            QCLASS::CLASS(CLASS::IN),
            false,
        ));
        let query = query.build_bytes_vec().map_err(io::Error::other)?;
        let proxied = matches!(self.route.via, Via::Socks5 { .. });
        let mut last = io::Error::other("there is no name server");
        for server in self.servers {
            let answer = if proxied {
                self.by_tcp(*server, &query)
            } else {
                self.by_udp(*server, &query, self.servers.len())
            };
            match answer.and_then(|answer| read(&answer)) {
                Ok(records) => return Ok(records),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn by_udp(&self, server: SocketAddr, query: &[u8], servers: usize) -> io::Result<Vec<u8>> {
        let any: IpAddr = match server {
            SocketAddr::V4(_) => IpAddr::from([0; 4]),
            SocketAddr::V6(_) => IpAddr::from([0; 16]),
        };
        let socket = UdpSocket::bind((self.route.bind.unwrap_or(any), 0))?;
        // From here on nobody else's datagram is taken.
        socket.connect(server)?;
        socket.set_read_timeout(Some(SLICE))?;
        socket.send(query)?;
        let share = self.timeouts.wait / u32::try_from(servers).unwrap_or(1).max(1);
        let timeouts = self.timeouts.with_wait(share);
        let timer = timeouts.start("no answer", "the name server");
        let mut datagram = [0; MAX_DATAGRAM];
        loop {
            timer.slice().map_err(|error| match error {
                wait::Error::Cancelled(cancelled) => io::Error::other(cancelled),
                _ => io::Error::other("no answer from the name server"),
            })?;
            match socket.recv(&mut datagram) {
                Ok(octets) if is_answer(&datagram[..octets], query) => {
                    let cut = Packet::parse(&datagram[..octets])
                        .is_ok_and(|packet| packet.has_flags(PacketFlag::TRUNCATION));
                    return if cut {
                        self.by_tcp(server, query)
                    } else {
                        Ok(datagram[..octets].to_vec())
                    };
                }
                // Somebody guesses, or it is an old one.
                Ok(_) => {}
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                    ) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Each message has its length before it (RFC 1035 §4.2.2).
    fn by_tcp(&self, server: SocketAddr, query: &[u8]) -> io::Result<Vec<u8>> {
        let route =
            Route { host: server.ip().to_string(), port: server.port(), ..self.route.clone() };
        let lost = |error: net::Error| io::Error::other(error.to_string());
        let mut connection = Connection::open(&route, None, self.timeouts.clone()).map_err(lost)?;
        let length = u16::try_from(query.len()).map_err(io::Error::other)?;
        let request = [&length.to_be_bytes(), query].concat();
        let mut octets = vec![0; 2 + usize::from(u16::MAX)];
        let (mut sent, mut filled) = (0, 0);
        loop {
            let moved =
                connection.exchange(&request[sent..], &mut octets[filled..]).map_err(lost)?;
            sent += moved.sent;
            filled += moved.received;
            let Some(length) = octets[..filled].first_chunk() else {
                continue;
            };
            let length = usize::from(u16::from_be_bytes(*length));
            if let Some(answer) = octets[..filled].get(2..2 + length) {
                return if is_answer(answer, query) {
                    Ok(answer.to_vec())
                } else {
                    Err(io::Error::other("the answer is to another question"))
                };
            }
        }
    }
}

/// Returns whether this is an answer to the question.
fn is_answer(answer: &[u8], query: &[u8]) -> bool {
    let (Ok(answer), Ok(query)) = (Packet::parse(answer), Packet::parse(query)) else {
        return false;
    };
    let question = |packet: &Packet<'_>| {
        let first = packet.questions.first()?;
        Some((first.qname.to_string().to_ascii_lowercase(), first.qtype))
    };
    answer.has_flags(PacketFlag::RESPONSE)
        && answer.id() == query.id()
        && question(&answer).is_some_and(|theirs| Some(theirs) == question(&query))
}

/// The mail exchangers in an answer, the first choice first.
pub fn exchangers_in(answer: &[u8]) -> io::Result<Vec<String>> {
    let mut found = records_in(answer, |data| match data {
        RData::MX(mx) => Some((mx.preference, host(&mx.exchange)?)),
        _ => None,
    })?;
    found.sort();
    Ok(found.into_iter().map(|(_, exchanger)| exchanger).collect())
}

/// Hosts and ports of the service in an answer, the first choice first.
pub fn services_in(answer: &[u8]) -> io::Result<Vec<(String, u16)>> {
    let mut found = records_in(answer, |data| match data {
        // A root as the target says that there is no such service.
        RData::SRV(srv) if srv.port != 0 => {
            let rank = (srv.priority, u16::MAX - srv.weight);
            Some((rank, host(&srv.target)?, srv.port))
        }
        _ => None,
    })?;
    found.sort();
    let services = found.into_iter();
    Ok(services.map(|(_, host, port)| (host, port)).collect())
}

fn records_in<T>(answer: &[u8], take: impl Fn(&RData<'_>) -> Option<T>) -> io::Result<Vec<T>> {
    let packet = Packet::parse(answer).map_err(io::Error::other)?;
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {}
        code => return Err(io::Error::other(format!("the name server says {code:?}"))),
    }
    let records = packet.answers.iter();
    Ok(records.filter_map(|record| take(&record.rdata)).collect())
}

fn host(name: &Name<'_>) -> Option<String> {
    let host = name.to_string().trim_end_matches('.').to_ascii_lowercase();
    is_host(&host).then_some(host)
}
