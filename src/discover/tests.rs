use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use simple_dns::rdata::{MX, RData, SRV};
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, ResourceRecord, TYPE};

use super::address::domains_of;
use super::dns::Resolver;
use super::*;
use crate::base::Cancel;
use crate::net::{Family, Route, Via};
use crate::session::TlsMode;
use crate::wait::Timeouts;

fn address() -> Address {
    Address::parse("al.ice@Example.COM.").expect("an address")
}

#[test]
fn the_table_is_whole_and_each_domain_stands_in_it_once() {
    let all = table::all();
    assert!(all.len() > 60, "{}", all.len());
    let mut domains = HashSet::new();
    for provider in all {
        let (name, host) = (&provider.name, &provider.host);
        let oauth2 = provider.oauth2.as_deref().unwrap_or_default();
        assert_eq!(host.is_empty(), provider.need == Need::NoPop3, "{name}");
        assert!(host.is_empty() || is_host(host), "{name}");
        let mut help = provider.help.iter();
        assert!(help.all(|help| help.starts_with("https://")), "{name}");
        assert!(["", "google", "microsoft", "fastmail"].contains(&oauth2));
        let is_microsoft = oauth2 == "microsoft";
        assert_eq!(provider.need == Need::OAuth2, is_microsoft, "{name}");
        let date: Vec<_> = provider.date.split('-').map(str::len).collect();
        assert_eq!(date, [4, 2, 2], "{name}");
        for domain in provider.domains() {
            assert!(is_host(domain), "{domain}");
            assert_eq!(domain, domain.to_ascii_lowercase());
            assert!(domains.insert(domain), "{domain} twice");
        }
    }
}

// Q43, Q45.
#[test]
fn known_providers_say_what_they_want() {
    for (host, word) in [
        ("pop.gmail.com", "app password"),
        ("POP.GoogleMail.com.", "app password"),
        ("outlook.office365.com", "only OAuth2"),
        ("pop3.live.com", "only OAuth2"),
        ("pop.mail.yahoo.com", "app password"),
        ("pop.aol.com", "app password"),
        ("pop.163.com", "authorization code"),
        ("pop.126.com", "authorization code"),
        ("pop.qq.com", "authorization code"),
        ("pop.gmx.net", "switched on"),
        ("pop.mail.me.com", "no POP3"),
        ("pop.protonmail.com", "no POP3"),
    ] {
        let wants = of_host(host).and_then(Provider::wants).expect(host);
        assert!(wants.contains(word), "{host}: {wants}");
    }
    for host in "pop.example.com notgmail.com gmail.com.example.org  com".split(' ') {
        assert!(of_host(host).is_none(), "{host}");
    }
}

#[test]
fn an_address_has_a_domain() {
    let address = address();
    assert_eq!(address.text, "al.ice@example.com");
    let expected = ("al.ice", "example.com");
    assert_eq!((&*address.local_part, &*address.domain), expected);
    #[rustfmt::skip]
    let rows = [
        "alice", "@example.com", "a@", "a@-x", "a@b..c", "a b@c", "a@b/c", "a@bücher.example", "a\n@b",
    ];
    for text in rows {
        assert!(Address::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_domains_above_a_host_end_where_anybody_may_register() {
    for (host, above) in [
        ("aspmx.l.google.com", "aspmx.l.google.com l.google.com google.com"),
        ("mx1.example.co.uk", "mx1.example.co.uk example.co.uk"),
        ("mx.example.com.br", "mx.example.com.br example.com.br"),
        ("com", ""),
    ] {
        assert_eq!(domains_of(host).collect::<Vec<_>>().join(" "), above);
    }
}

fn read(document: &str) -> Result<Vec<String>, String> {
    let origin = Origin::Autoconfig("x".into());
    let found = autoconfig::read(document.as_bytes(), &address(), &origin)?;
    let shown = |it: Candidate| {
        let (host, port, tls) = (it.host, it.port, it.tls.word());
        format!("{host}:{port} {tls} {} {}", it.user, it.only_oauth2)
    };
    Ok(found.into_iter().map(shown).collect())
}

fn server(inner: &str) -> String {
    format!(
        "<?xml version='1.0'?><clientConfig version='1.1'><emailProvider id='x'>\
         <incomingServer type='imap'><hostname>imap.example.com</hostname></incomingServer>\
         {inner}</emailProvider></clientConfig>"
    )
}

#[test]
fn documents_name_servers() {
    let full = server(
        "<incomingServer type='pop3'><hostname>pop.%EMAILDOMAIN%</hostname><port>110</port>\
         <socketType>STARTTLS</socketType><username>%EMAILLOCALPART%</username>\
         <authentication>password-cleartext</authentication></incomingServer>\
         <incomingServer type='pop3'><hostname> POP.example.com </hostname>\
         <socketType>SSL</socketType><username>%EMAILADDRESS%</username>\
         <authentication>OAuth2</authentication></incomingServer>",
    );
    let servers = read(&full).expect("two");
    assert_eq!(
        servers,
        [
            "pop.example.com:995 implicit al.ice@example.com true",
            "pop.example.com:110 starttls al.ice false",
        ]
    );
}

#[test]
fn documents_that_lie_name_none() {
    let one = |host: &str, socket: &str, user: &str| {
        server(&format!(
            "<incomingServer type='pop3'><hostname>{host}</hostname><port>110</port>\
             <socketType>{socket}</socketType><username>{user}</username></incomingServer>"
        ))
    };
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><clientConfig>&b;</clientConfig>";
    let nest = "<a>".repeat(50_000);
    let rows = [
        (one("pop.example.com", "plain", "u"), "it names pop.example.com without encryption"),
        (one("pop.example.com", "", "u"), "it names pop.example.com without encryption"),
        (one("pop example.com", "SSL", "u"), "which is no host"),
        (one("", "SSL", "u"), "which is no host"),
        (one("x/../../etc", "SSL", "u"), "which is no host"),
        (one("pop.example.com", "SSL", "a\rQUIT"), "no usable user name"),
        (server(""), "it names no POP3 server"),
        ("<html>no</html>".to_owned(), "it names no POP3 server"),
        (bomb.to_owned(), "not the XML that it should be"),
        (
            "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>".to_owned(),
            "not the XML that it should be",
        ),
        (nest, "not the XML that it should be"),
        ("{}".to_owned(), "not the XML that it should be"),
    ];
    for (document, why) in rows {
        let told = read(&document).expect_err(why);
        assert!(told.contains(why), "{told}");
    }
    assert!(autoconfig::read(b"\xff", &address(), &Origin::Guess).is_err());
}

proptest! {
    /// Whatever a document says, a candidate's texts are what a host and a user
    /// name can be, and it is encrypted.
    #[test]
    fn any_document_is_survived(
        host in "[ -~é]{0,20}",
        socket in "(SSL|STARTTLS|plain)",
        user in "\\PC{0,20}",
        octets: Vec<u8>,
    ) {
        let _ = autoconfig::read(&octets, &address(), &Origin::Guess);
        let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
        let document = server(&format!(
            "<incomingServer type='pop3'><hostname>{}</hostname><socketType>{socket}</socketType>\
             <username>{}</username></incomingServer>",
            escaped(&host),
            escaped(&user),
        ));
        for candidate in autoconfig::read(document.as_bytes(), &address(), &Origin::Guess).into_iter().flatten() {
            prop_assert!(is_host(&candidate.host));
            prop_assert!(candidate.tls != TlsMode::None);
            prop_assert!(!candidate.user.chars().any(char::is_control));
        }
    }
}

proptest! {
    /// Whatever a name server answers, hosts are hosts.
    #[test]
    fn any_answer_is_survived(octets: Vec<u8>, at: prop::sample::Index, octet: u8) {
        let mut query = Packet::new_query(7);
        let name = Name::new("example.com").expect("a name");
        query.questions.push(Question::new(name, TYPE::MX.into(), CLASS::IN.into(), false));
        let mut answer = with_records(&query);
        let at = at.index(answer.len());
        answer[at] = octet;
        for octets in [octets, answer] {
            let services = services_in(&octets).into_iter().flatten();
            let hosts = services.map(|(host, _)| host);
            for host in hosts.chain(exchangers_in(&octets).into_iter().flatten()) {
                prop_assert!(is_host(&host));
            }
        }
    }
}

#[test]
fn what_others_say_needs_consent() {
    let candidate = |origin: Origin, host: &str| Candidate {
        origin,
        host: host.into(),
        port: 995,
        tls: TlsMode::Implicit,
        user: "u".into(),
        provider: None,
        only_oauth2: false,
    };
    let by_mx =
        Origin::Mx { exchanger: "mx.example.com".into(), by: Box::new(Origin::Table("t".into())) };
    let url = || "https://x".to_owned();
    for (origin, host, consent) in [
        (Origin::Named, "pop.example.org", false),
        (Origin::Autoconfig(url()), "pop.example.com", false),
        (Origin::Autoconfig(url()), "example.com", false),
        (Origin::Autoconfig(url()), "pop.example.org", true),
        (Origin::Autoconfig(url()), "notexample.com", true),
        (Origin::Ispdb(url()), "pop.example.com", false),
        (Origin::Ispdb(url()), "pop.example.org", true),
        (Origin::Table("t".into()), "pop.example.org", true),
        (Origin::Guess, "pop.example.com", false),
        (Origin::Srv, "pop.example.com", true),
        (by_mx, "pop.example.com", true),
    ] {
        let candidate = candidate(origin, host);
        let needs = candidate.needs_consent("example.com");
        assert_eq!(needs, consent, "{candidate:?}");
    }
}

#[test]
fn name_servers_are_those_of_the_system() {
    let conf = "# x\nnameserver 192.0.2.1\noptions ndots:1\nnameserver 2001:db8::1\nnameserver x\n";
    for (conf, servers) in [(conf, "192.0.2.1:53 [2001:db8::1]:53"), ("", "127.0.0.1:53")] {
        let found = resolvers(conf).into_iter().map(|at| at.to_string());
        assert_eq!(found.collect::<Vec<_>>().join(" "), servers);
    }
}

/// A name server: by UDP these answers one after the other, by TCP the last.
fn name_server(answers: Vec<Answer>) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a port");
    let at = tcp.local_addr().expect("an address");
    let udp = UdpSocket::bind(at).expect("the same port");
    let last = *answers.last().expect("an answer");
    thread::spawn(move || {
        let mut datagram = [0; 1500];
        let (octets, client) = udp.recv_from(&mut datagram).expect("a question");
        let question = Packet::parse(&datagram[..octets]).expect("a packet");
        for answer in answers {
            udp.send_to(&answer(&question), client).expect("sent");
        }
    });
    thread::spawn(move || {
        let (mut stream, _) = tcp.accept().expect("a connection");
        let mut length = [0; 2];
        stream.read_exact(&mut length).expect("a length");
        let mut question = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut question).expect("a question");
        let answer = last(&Packet::parse(&question).expect("a packet"));
        let length = u16::try_from(answer.len()).expect("short").to_be_bytes();
        let sent = stream.write_all(&[&length, &answer[..]].concat());
        sent.expect("sent");
    });
    at
}

fn reply<'a>(question: &Packet<'a>) -> Packet<'a> {
    let mut reply = Packet::new_reply(question.id());
    reply.questions.clone_from(&question.questions);
    reply
}

fn with_records(question: &Packet<'_>) -> Vec<u8> {
    let mut reply = reply(question);
    let name = question.questions[0].qname.clone();
    let host = |name: &'static str| Name::new(name).expect("a name");
    let mx = [(20, "mx2.example.com"), (10, "MX1.example.com")];
    let mx = mx.map(|(preference, exchange)| MX { preference, exchange: host(exchange) });
    let srv = [
        (1, 0, 4711, "pop.example.net"),
        (0, 1, 995, "light.example.net"),
        (0, 9, 995, "heavy.example.net"),
        // There is no such service.
        (0, 9, 0, "none.example.net"),
    ];
    let srv = srv.map(|(priority, weight, port, target)| SRV {
        priority,
        weight,
        port,
        target: host(target),
    });
    let records = mx.map(RData::MX).into_iter().chain(srv.map(RData::SRV));
    let record = |data| ResourceRecord::new(name.clone(), CLASS::IN, 60, data);
    reply.answers.extend(records.map(record));
    reply.build_bytes_vec().expect("a packet")
}

fn resolve<T>(
    at: SocketAddr,
    ask: impl FnOnce(&Resolver<'_>) -> std::io::Result<T>,
) -> Result<T, String> {
    let route =
        Route { host: String::new(), port: 0, via: Via::Direct, family: Family::Any, bind: None };
    let short = Duration::from_millis(700);
    let resolver = Resolver {
        servers: &[at],
        route: &route,
        timeouts: Timeouts::new(short, short, &Cancel::new()),
    };
    ask(&resolver).map_err(|error| error.to_string())
}

/// How a server is asked.
type Answer = fn(&Packet<'_>) -> Vec<u8>;

fn exchangers(answers: &[Answer]) -> Result<Vec<String>, String> {
    resolve(name_server(answers.to_vec()), |dns| dns.exchangers("example.com"))
}

#[test]
fn records_come_in_the_order_of_choice() {
    let both = ["mx1.example.com", "mx2.example.com"].map(str::to_owned);
    assert_eq!(exchangers(&[with_records]), Ok(both.to_vec()));
    let name = "_pop3s._tcp.example.com";
    let found = resolve(name_server(vec![with_records]), |dns| dns.services(name));
    let found = found.expect("three").into_iter();
    let found: Vec<_> = found.map(|(host, port)| format!("{host} {port}")).collect();
    let expected = "heavy.example.net 995, light.example.net 995, pop.example.net 4711";
    assert_eq!(found.join(", "), expected);
}

#[test]
fn answers_to_other_questions_are_none() {
    let forged: Answer = |question| {
        let mut reply = Packet::new_reply(question.id().wrapping_add(1));
        reply.questions.clone_from(&question.questions);
        reply.build_bytes_vec().expect("a packet")
    };
    let of_another: Answer = |question| {
        let mut reply = reply(question);
        reply.questions[0].qname = Name::new("example.net").expect("a name");
        reply.build_bytes_vec().expect("a packet")
    };
    let nonsense: Answer = |_| b"nonsense".to_vec();
    let found = exchangers(&[forged, of_another, nonsense, with_records]);
    assert_eq!(found.expect("two").len(), 2);
    let silent = Err("no answer from the name server".to_owned());
    assert_eq!(exchangers(&[forged]), silent);
}

#[test]
fn what_is_cut_off_comes_by_tcp() {
    let cut: Answer = |question| {
        let mut reply = reply(question);
        reply.set_flags(PacketFlag::TRUNCATION);
        reply.build_bytes_vec().expect("a packet")
    };
    assert_eq!(exchangers(&[cut, with_records]).expect("two").len(), 2);
}

#[test]
fn what_is_not_there_is_no_failure_and_what_fails_is() {
    let none: Answer = |question| with(question, RCODE::NameError);
    let broken: Answer = |question| with(question, RCODE::ServerFailure);
    assert_eq!(exchangers(&[none]), Ok(Vec::new()));
    let failed = Err("the name server says ServerFailure".to_owned());
    assert_eq!(exchangers(&[broken]), failed);
}

fn with(question: &Packet<'_>, code: RCODE) -> Vec<u8> {
    let mut reply = reply(question);
    *reply.rcode_mut() = code;
    reply.build_bytes_vec().expect("a packet")
}
