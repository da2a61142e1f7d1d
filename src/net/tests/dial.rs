use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::mpsc;

use super::super::dial::dial;
use super::super::lookup::{arrange, bare_host, name_failure, peer_name};
use super::refusing::Refusing;
use super::*;
use crate::wait::BackgroundTask;

fn addresses(texts: &str) -> Vec<SocketAddr> {
    let address = |text: &str| text.parse().expect("an address");
    texts.split(' ').map(address).collect()
}

fn dialled(addresses: &[SocketAddr]) -> Result<(OwnedFd, SocketAddr), Error> {
    let timeouts = timeouts(LONG);
    dial(addresses, None, &timeouts.start(NO_CONNECT, "pop.example.com:995"))
}

/// A listener that keeps further clients waiting without an answer, as its
/// queue is full.
struct BlackHole {
    address: SocketAddr,
    _queue: Vec<OwnedFd>,
}

impl BlackHole {
    fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        rustix::net::listen(&listener, 0).expect("a short queue");
        let address = listener.local_addr().expect("an address");
        let timeouts = timeouts(Duration::from_millis(300));
        let mut queue: Vec<OwnedFd> = vec![listener.into()];
        loop {
            let timer = timeouts.start(NO_CONNECT, "black hole");
            match dial(&[address], None, &timer) {
                Ok((socket, _)) => queue.push(socket),
                Err(_) => break,
            }
        }
        Self { address, _queue: queue }
    }
}

#[test]
fn families_are_interleaved_and_ipv6_comes_first() {
    let all = "192.0.2.1:110 192.0.2.2:110 [2001:db8::1]:110 192.0.2.1:110 192.0.2.3:110 [2001:db8::2]:110";
    let found = addresses(all);
    let any = "[2001:db8::1]:110 192.0.2.1:110 [2001:db8::2]:110 192.0.2.2:110 192.0.2.3:110";
    assert_eq!(arrange(found.clone(), Family::Any), addresses(any));
    let v4 = "192.0.2.1:110 192.0.2.2:110 192.0.2.3:110";
    assert_eq!(arrange(found.clone(), Family::V4), addresses(v4));
    let v6 = "[2001:db8::1]:110 [2001:db8::2]:110";
    assert_eq!(arrange(found, Family::V6), addresses(v6));
}

#[test]
fn a_name_with_endless_addresses_is_cut() {
    let found = (0..1000).map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    assert_eq!(arrange(found.collect(), Family::Any).len(), 32);
}

#[test]
fn brackets_come_off_a_host_and_go_on_again() {
    for (host, bare, peer) in [
        ("pop.example.com", "pop.example.com", "pop.example.com:995"),
        ("[::1]", "::1", "[::1]:995"),
        ("::1", "::1", "[::1]:995"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.1:995"),
    ] {
        assert_eq!(bare_host("host name", host).expect("a host"), bare);
        assert_eq!(peer_name(bare, 995), peer);
    }
}

#[test]
fn a_host_that_is_none_is_refused_before_anything_is_asked() {
    let rows = [
        ("", "host name \"\" is empty"),
        ("[]", "host name \"[]\" is empty"),
        ("a\r\nb", "host name \"a\\x0d\\x0ab\" contains a space or a control character"),
        ("a b", "host name \"a b\" contains a space or a control character"),
    ];
    for (host, text) in rows {
        let route = with(route(1), |it| it.host = host.to_owned());
        let error = failed(&route);
        assert_told(&error, Class::Config, text);
    }
}

#[test]
fn an_unknown_name_and_a_dumb_name_server_are_told_apart() {
    // The texts that std makes of EAI_NONAME and EAI_AGAIN with glibc, musl,
    // and of EAI_SYSTEM.
    for (text, class) in [
        ("Name or service not known", Class::Host),
        ("No address associated with hostname", Class::Host),
        ("Name does not resolve", Class::Host),
        ("nodename nor servname provided, or not known", Class::Host),
        ("Temporary failure in name resolution", Class::Temporary),
        ("Try again", Class::Temporary),
        ("Non-recoverable failure in name resolution", Class::Temporary),
    ] {
        let source = io::Error::other(format!("failed to lookup address information: {text}"));
        assert_eq!(name_failure("pop.example.com", source).class(), class);
    }
    let system = io::Error::from_raw_os_error(24);
    let failure = name_failure("pop.example.com", system);
    assert_eq!(failure.class(), Class::Temporary);
}

#[test]
fn a_name_that_cannot_be_is_not_found() {
    // Two dots make no name, so no name server is asked.
    let route = with(route(1), |it| it.host = "no..name.invalid".to_owned());
    let error = failed(&route);
    assert_told(&error, Class::Host, "the host name was not found");
}

#[test]
fn a_name_under_invalid_is_not_found_or_could_not_be_asked_for() {
    let route = with(route(1), |it| it.host = "pop.invalid".to_owned());
    let error = failed(&route);
    match error {
        Error::NotFound { .. } => assert_eq!(error.class(), Class::Host),
        Error::Lookup { .. } => assert_eq!(error.class(), Class::Temporary),
        error => panic!("{error:?}"),
    }
}

#[test]
fn a_resolver_that_hangs_is_given_up() {
    let (go, wait_for_go) = mpsc::channel::<()>();
    let timeouts = timeouts(Duration::from_millis(150));
    let timer = timeouts.start(NO_LOOKUP, "pop.example.com:995");
    let task = BackgroundTask::start("resolver", move || wait_for_go.recv());
    let error = task.and_then(|task| task.wait(&timer)).expect_err("no answer");
    let text = "pop.example.com:995: no answer from the name server within 150ms";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.class(), Class::Temporary);
    drop(go);
}

#[test]
fn an_address_of_the_wrong_family_is_no_address() {
    for (host, family, text) in [
        ("127.0.0.1", Family::V6, "the host has no IPv6 address"),
        ("[::1]", Family::V4, "the host has no IPv4 address"),
    ] {
        let route = Route { host: host.to_owned(), family, ..route(1) };
        let error = failed(&route);
        assert_told(&error, Class::Host, text);
    }
}

#[test]
fn a_refused_connection_is_unavailable_and_says_where() {
    let nobody = Refusing::new();
    let port = nobody.address().port();
    let error = failed(&route(port));
    assert_told(&error, Class::Unavailable, "cannot connect");
    let source = source_of(&error);
    assert!(source.starts_with("127.0.0.1: Connection refused"));
}

#[test]
fn the_next_address_is_tried_when_one_refuses() {
    let (port, _server) = serve(read_all);
    let good = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let nobody = Refusing::new();
    let (_socket, address) = dialled(&[nobody.address(), good]).expect("the second one");
    assert_eq!(address, good);
}

// Case 102, fault 2.
#[test]
fn the_next_address_is_tried_while_one_keeps_silent() {
    let black_hole = BlackHole::new();
    let (port, _server) = serve(read_all);
    let good = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let started = Instant::now();
    let (_socket, address) = dialled(&[black_hole.address, good]).expect("the second");
    assert_eq!(address, good);
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(250), "{elapsed:?}");
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
}

#[test]
fn an_address_that_keeps_silent_is_given_up() {
    let black_hole = BlackHole::new();
    let route = route(black_hole.address.port());
    let error = Connection::open(&route, None, timeouts(Duration::from_millis(400)))
        .expect_err("nobody answers");
    assert_eq!(timed_out(&error), Some((NO_CONNECT, Limit::Wait)));
    assert_eq!(error.class(), Class::Temporary);
}

#[test]
fn all_addresses_are_named_when_none_lets_us_in() {
    let nobody = Refusing::new();
    let error = dialled(&[nobody.address(); 2]).expect_err("nobody listens");
    assert_eq!(error.to_string(), "cannot connect");
    let source = source_of(&error);
    assert_eq!(source.matches("Connection refused").count(), 2, "{source}");
}

#[test]
fn the_source_address_is_used() {
    let (port, server) = serve(|stream| stream.peer_addr().expect("an address").ip());
    let bind = "127.0.0.2".parse().ok();
    let route = with(route(port), |it| it.bind = bind);
    let connection = Connection::open(&route, None, timeouts(LONG)).expect("a connection");
    assert_eq!(Some(server.join()), bind);
    drop(connection);
}

#[test]
fn a_source_address_that_is_not_ours_is_named() {
    let route = with(route(1), |it| it.bind = "192.0.2.1".parse().ok());
    let error = failed(&route);
    assert_eq!(error.class(), Class::Unavailable);
    let source = source_of(&error);
    let text = "127.0.0.1: source address 192.0.2.1: ";
    assert!(source.starts_with(text), "{source}");
}

#[test]
fn a_source_address_allows_only_its_family() {
    let only_v6 = with(route(1), |it| it.bind = "::1".parse().ok());
    let error = failed(&only_v6);
    assert_eq!(error.to_string(), "the host has no IPv6 address");
    let contradiction = with(only_v6, |it| it.family = Family::V4);
    let error = failed(&contradiction);
    let text = "source address \"::1\" is not of the address family asked for";
    assert_told(&error, Class::Config, text);
}

#[test]
fn the_socket_sends_at_once_and_keeps_alive() {
    let (port, _server) = serve(read_all);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let (socket, _) = dialled(&[address]).expect("a connection");
    assert_eq!(rustix::net::sockopt::tcp_nodelay(&socket), Ok(true));
    assert_eq!(rustix::net::sockopt::socket_keepalive(&socket), Ok(true));
}
