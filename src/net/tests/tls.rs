use std::io;

use openssl::ssl::{
    SslAcceptor, SslAcceptorBuilder, SslFiletype, SslMethod, SslStream, SslVerifyMode, SslVersion,
};
use sha2::{Digest, Sha256};

use super::super::tls::server_name;
use super::super::{Limit, TlsMin, TlsPolicy, Waited};
use super::*;
use crate::base::Class;

const BOTH: [SslVersion; 2] = [SslVersion::TLS1_2, SslVersion::TLS1_3];

fn builder(certificate: &str, version: SslVersion) -> SslAcceptorBuilder {
    let mut builder = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).expect("TLS");
    let file = |kind| fixture(&format!("{certificate}.{kind}"));
    (builder.set_certificate_chain_file(file("pem"))).expect("a certificate");
    (builder.set_private_key_file(file("key"), SslFiletype::PEM)).expect("a key");
    (builder.set_min_proto_version(Some(version))).expect("a version");
    (builder.set_max_proto_version(Some(version))).expect("a version");
    builder
}

fn acceptor(certificate: &str, version: SslVersion) -> SslAcceptor {
    builder(certificate, version).build()
}

/// A server with TLS from the first octet, for one connection. `None` when
/// the handshake failed.
fn serve_tls<T: Send + 'static>(
    certificate: &str,
    version: SslVersion,
    handle: impl FnOnce(SslStream<TcpStream>) -> T + Send + 'static,
) -> (u16, JoinHandle<Option<T>>) {
    let acceptor = acceptor(certificate, version);
    serve(move |stream| acceptor.accept(stream).ok().map(handle))
}

/// A server that shakes hands on so many connections and then answers how
/// many octets came above TLS.
fn serve_handshakes(
    certificate: &str,
    version: SslVersion,
    count: usize,
) -> (u16, JoinHandle<usize>) {
    let acceptor = acceptor(certificate, version);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        let streams = (0..count).map(|_| listener.accept().expect("a client").0);
        let above = streams.filter_map(|stream| acceptor.accept(stream).ok());
        above.map(|stream| read_all(stream).len()).sum()
    });
    (port, server)
}

fn start(port: u16) -> Connection {
    (open(port).start_tls(&trusting(), "localhost")).expect("a good certificate")
}

fn trusting() -> TlsPolicy {
    TlsPolicy {
        ca: Some(fixture("ca.pem")),
        ..TlsPolicy::default()
    }
}

fn pin_of(certificate: &str) -> [u8; 32] {
    let pem = std::fs::read(fixture(&format!("{certificate}.pem"))).expect("a fixture");
    let certificate = native_tls::Certificate::from_pem(&pem).expect("a certificate");
    Sha256::digest(certificate.to_der().expect("DER")).into()
}

fn hex(pin: [u8; 32]) -> String {
    data_encoding::HEXLOWER.encode(&pin)
}

/// Whether a server with this certificate is taken for this host.
fn check(certificate: &str, policy: &TlsPolicy, host: &str) -> Result<(), Error> {
    let (port, server) = serve_tls(certificate, SslVersion::TLS1_3, read_all);
    let result = open(port).start_tls(policy, host);
    let result = result.map(|connection| connection.close(LONG));
    server.join().expect("the server");
    result
}

/// The reason why a certificate is refused, from an error that has everything.
fn refusal(certificate: &str, policy: &TlsPolicy, host: &str) -> String {
    let [old, new] = BOTH.map(|version| refusal_of(version, certificate, policy, host));
    assert_eq!(old, new);
    new
}

fn refusal_of(version: SslVersion, certificate: &str, policy: &TlsPolicy, host: &str) -> String {
    let (port, server) = serve_handshakes(certificate, version, 2);
    let error = (open(port).start_tls(policy, host)).expect_err("a bad certificate");
    assert_eq!(server.join().expect("the server"), 0, "nothing is sent");
    assert_eq!(error.class(), Class::Tls);
    let text = error.to_string();
    let pin = hex(pin_of(certificate));
    assert!(text.ends_with(&format!(" (sha256:{pin})")), "{text}");
    match error {
        Error::Certificate { reason, pin, .. } => {
            assert_eq!(pin, Some(pin_of(certificate)));
            reason
        }
        error => panic!("{error:?}"),
    }
}

#[test]
fn octets_go_both_ways_under_tls() {
    const COUNT: usize = 4 << 20;
    for version in BOTH {
        let (port, server) = serve_tls("good", version, |mut stream| {
            write(&mut stream, noise(COUNT));
            read_all(stream)
        });
        let mut connection = start(port);
        let sent = noise(COUNT + 1);
        let received = converse(&mut connection, &sent, COUNT).expect("no deadlock");
        assert!(received == noise(COUNT));
        let facts = connection.tls().expect("TLS").clone();
        assert_eq!(facts.pin, pin_of("good"));
        assert_eq!(facts.pin, *Sha256::digest(&facts.certificate));
        // The certificate is signed with SHA-256, so this is the same (RFC 5929).
        assert_eq!(facts.end_point.as_deref(), Some(&facts.pin[..]));
        let described = facts.describe().expect("a readable certificate");
        assert_eq!(described.subject.as_deref(), Some("localhost"));
        connection.close(LONG);
        assert!(server.join().expect("the server").expect("TLS") == sent);
    }
}

#[test]
fn a_certificate_is_good_for_each_of_its_names() {
    for host in [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "127.0.0.1",
        "::1",
        "[::1]",
    ] {
        check("good", &trusting(), host).expect("a good certificate");
    }
    check("cn-only", &trusting(), "localhost").expect("RFC 7817 §3 allows a common name");
}

#[test]
fn each_bad_certificate_is_refused_with_its_reason_and_its_pin() {
    for (certificate, reason) in [
        ("wrong-name", "hostname mismatch"),
        ("nul", "hostname mismatch"),
        ("expired", "certificate has expired"),
        ("not-yet-valid", "certificate is not yet valid"),
        ("self-signed", "self-signed certificate"),
    ] {
        let said = refusal(certificate, &trusting(), "localhost");
        // Older releases of OpenSSL write some with a space or a capital.
        let said = said.to_lowercase().replace("self signed", "self-signed");
        assert_eq!(said, reason, "{certificate}");
    }
    let said = refusal("good", &trusting(), "192.0.2.1");
    assert_eq!(said.to_lowercase(), "ip address mismatch");
    let said = refusal("good", &TlsPolicy::default(), "localhost");
    assert_eq!(said, "unable to get local issuer certificate");
}

#[test]
fn a_self_signed_certificate_is_good_as_its_own_root() {
    let policy = TlsPolicy {
        ca: Some(fixture("self-signed.pem")),
        ..TlsPolicy::default()
    };
    check("self-signed", &policy, "localhost").expect("a trusted certificate");
}

#[test]
fn a_ca_file_may_hold_several_roots() {
    let mut roots = std::fs::read(fixture("self-signed.pem")).expect("a fixture");
    roots.extend(std::fs::read(fixture("ca.pem")).expect("a fixture"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), roots).expect("a write");
    let policy = TlsPolicy {
        ca: Some(file.path().to_owned()),
        ..TlsPolicy::default()
    };
    check("good", &policy, "localhost").expect("a good certificate");
    check("self-signed", &policy, "localhost").expect("a good certificate");
}

#[test]
fn the_error_names_the_server_and_the_reason() {
    let (port, server) = serve_handshakes("expired", SslVersion::TLS1_3, 2);
    let error = (open(port).start_tls(&trusting(), "localhost")).expect_err("it has expired");
    server.join().expect("the server");
    let pin = hex(pin_of("expired"));
    assert_eq!(
        error.to_string(),
        format!(
            "the certificate of localhost is not accepted: certificate has expired (sha256:{pin})"
        )
    );
}

#[test]
fn after_starttls_the_pin_is_had_by_a_second_connection_of_the_caller() {
    let serve_starttls = || {
        let acceptor = acceptor("self-signed", SslVersion::TLS1_3);
        serve(move |mut stream| {
            write(&mut stream, b"+OK\r\n");
            acceptor.accept(stream).map(read_all).ok()
        })
    };
    let (port, server) = serve_starttls();
    let mut connection = open(port);
    converse(&mut connection, b"", 5).expect("a greeting");
    let error = (connection.start_tls(&trusting(), "localhost")).expect_err("self-signed");
    assert!(matches!(error, Error::Certificate { pin: None, .. }));
    assert_eq!(server.join().expect("the server"), None);

    let (port, server) = serve_starttls();
    let mut connection = open(port);
    converse(&mut connection, b"", 5).expect("a greeting");
    let pin = connection.peer_pin(&trusting(), "localhost");
    assert_eq!(pin, Some(pin_of("self-signed")));
    assert_eq!(server.join().expect("the server"), Some(Vec::new()));
}

#[test]
fn a_name_may_be_given_in_place_of_the_host() {
    let named = |name: &str| TlsPolicy {
        name: Some(name.to_owned()),
        ..trusting()
    };
    check("wildcard", &named("pop.example.com"), "127.0.0.1").expect("a good name");
    let mismatch = "hostname mismatch";
    for name in ["example.com", "a.pop.example.com", "pop.example.org"] {
        let said = refusal("wildcard", &named(name), "127.0.0.1").to_lowercase();
        assert_eq!(said, mismatch, "{name}");
    }
    let error = check("good", &named("a\0b"), "localhost").expect_err("no name");
    assert_eq!(error.class(), Class::Config);
}

#[test]
fn no_certificate_has_a_zone_brackets_or_a_final_dot() {
    let policy = TlsPolicy::default();
    for (host, name) in [
        ("[fe80::1%eth0]", "fe80::1"),
        ("pop.example.com.", "pop.example.com"),
        ("[::1]", "::1"),
    ] {
        assert_eq!(server_name(&policy, host).expect("a name"), name);
    }
}

/// What the client says first.
fn hello(policy: &TlsPolicy, host: &str) -> Vec<u8> {
    let (port, server) = serve(|mut stream| {
        let mut hello = vec![0; 4096];
        let count = stream.read(&mut hello).expect("a hello");
        hello.truncate(count);
        hello
    });
    let error = open(port).start_tls(policy, host).expect_err("no server");
    assert!(matches!(error, Error::ClosedInHandshake { .. }));
    server.join().expect("the server")
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_server_is_told_which_name_is_wanted() {
    assert!(contains(&hello(&trusting(), "localhost"), b"localhost"));
    let named = TlsPolicy {
        name: Some("pop.example.com".to_owned()),
        ..trusting()
    };
    let hello_for_name = hello(&named, "localhost");
    assert!(contains(&hello_for_name, b"pop.example.com"));
    assert!(!contains(&hello_for_name, b"localhost"));
    // RFC 6066 §3 allows no addresses.
    assert!(!contains(&hello(&trusting(), "127.0.0.1"), b"127.0.0.1"));
}

fn pinned(pins: &[[u8; 32]], pin_only: bool) -> TlsPolicy {
    TlsPolicy {
        pins: pins.to_vec(),
        pin_only,
        ..trusting()
    }
}

#[test]
fn a_pin_is_checked_besides_the_rest() {
    let wrong = [7; 32];
    let good = pin_of("good");
    check("good", &pinned(&[wrong, good], false), "localhost").expect("the pinned one");
    let error = check("good", &pinned(&[wrong, [8; 32]], false), "localhost");
    let error = error.expect_err("not a pinned one");
    assert_eq!(error.class(), Class::Tls);
    assert_eq!(
        error.to_string(),
        format!(
            "the certificate of localhost is sha256:{}, but pinned is sha256:{} or sha256:{}",
            hex(good),
            "07".repeat(32),
            "08".repeat(32)
        )
    );
    // The right pin does not make up for a certificate that is not valid.
    let policy = pinned(&[pin_of("expired")], false);
    let said = refusal("expired", &policy, "localhost");
    assert_eq!(said, "certificate has expired");
}

#[test]
fn a_pin_alone_may_replace_the_rest() {
    for certificate in ["self-signed", "expired", "wrong-name"] {
        let policy = pinned(&[pin_of(certificate)], true);
        check(certificate, &policy, "localhost").expect("the pinned one");
    }
    let error = check("good", &pinned(&[[7; 32]], true), "localhost");
    assert!(matches!(error, Err(Error::Pin { .. })), "{error:?}");
}

#[test]
fn no_pin_at_all_cannot_replace_anything() {
    let error = check("good", &pinned(&[], true), "localhost").expect_err("no pin");
    assert_eq!(error.class(), Class::Config);
    assert_eq!(
        error.to_string(),
        "TLS cannot be set up: nothing but the pin is to be checked, but there is no pin"
    );
}

#[test]
fn the_lowest_version_is_held() {
    for (min, version, accepted) in [
        (TlsMin::V12, SslVersion::TLS1_2, true),
        (TlsMin::V12, SslVersion::TLS1_3, true),
        (TlsMin::V13, SslVersion::TLS1_3, true),
        (TlsMin::V13, SslVersion::TLS1_2, false),
    ] {
        let acceptor = acceptor("good", version);
        let (port, server) = serve(move |stream| acceptor.accept(stream).map(read_all).is_ok());
        let policy = TlsPolicy { min, ..trusting() };
        match open(port).start_tls(&policy, "localhost") {
            Ok(connection) => {
                assert!(accepted);
                connection.close(LONG);
            }
            Err(error) => {
                assert!(!accepted, "{error:?}");
                assert_eq!(error.class(), Class::Tls);
                let text = error.to_string();
                assert!(text.contains("handshake with 127.0.0.1:"), "{text}");
                assert!(text.contains("protocol version"), "{text}");
            }
        }
        assert_eq!(server.join().expect("the server"), accepted);
    }
}

#[test]
fn a_handshake_that_stalls_is_given_up() {
    let (port, server) = serve(read_all);
    let mut connection = open(port);
    connection.set_wait(Duration::from_millis(150));
    let error = (connection.start_tls(&trusting(), "localhost")).expect_err("no answer");
    assert!(matches!(
        error,
        Error::TimedOut {
            what: Waited::Handshake,
            limit: Limit::Wait,
            ..
        }
    ));
    assert_eq!(error.class(), Class::Temporary);
    assert_eq!(
        error.to_string(),
        format!("127.0.0.1:{port}: no end of the TLS handshake within 150ms")
    );
    server.join().expect("the server");
}

#[test]
fn a_handshake_that_trickles_is_given_up_too() {
    // A record that never ends: 16,384 octets, one at a time.
    let (port, server) = serve(|mut stream| {
        stream.set_nodelay(true).expect("no delay");
        write(&mut stream, [22, 3, 3, 0x40, 0]);
        while stream.write_all(&[2]).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let mut connection = open(port);
    connection.set_wait(Duration::from_millis(300));
    let error = (connection.start_tls(&trusting(), "localhost")).expect_err("no end");
    assert!(matches!(
        error,
        Error::TimedOut {
            what: Waited::Handshake,
            limit: Limit::Wait,
            ..
        } | Error::Handshake { .. }
    ));
    server.join().expect("the server");
}

#[test]
fn a_signal_ends_a_handshake() {
    let patience = patience(LONG);
    let flag = patience.cancel.flag();
    let (port, server) = serve(move |mut stream| {
        let _: [u8; 1] = read_exact(&mut stream);
        flag.store(2, std::sync::atomic::Ordering::Relaxed);
        read_all(stream);
    });
    let connection = Connection::open(&route(port), patience).expect("a connection");
    let error = (connection.start_tls(&trusting(), "localhost")).expect_err("a signal");
    assert!(matches!(error, Error::Cancelled(cancelled) if cancelled.signal == 2));
    server.join().expect("the server");
}

#[test]
fn a_connection_closed_in_the_handshake_says_so() {
    let orderly = serve(|mut stream| {
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello);
    });
    let reset = serve(|mut stream| {
        let _: [u8; 1] = read_exact(&mut stream);
    });
    let after_a_record = serve(|mut stream| {
        let mut hello = [0; 4096];
        let _ = stream.read(&mut hello);
        write(&mut stream, [22, 3, 3]);
    });
    for (port, server) in [orderly, reset, after_a_record] {
        let error = (open(port).start_tls(&trusting(), "localhost")).expect_err("no handshake");
        assert_eq!(error.class(), Class::Tls);
        assert_eq!(
            error.to_string(),
            format!("127.0.0.1:{port} closed the connection during the TLS handshake")
        );
        server.join().expect("the server");
    }
}

#[test]
fn a_server_in_clear_on_the_port_for_tls_is_recognised() {
    let (port, server) = serve(|mut stream| {
        write(&mut stream, b"+OK POP3 \x1b[1mready\r\n+OK\r\n");
        read_all(stream)
    });
    let error = (open(port).start_tls(&trusting(), "localhost")).expect_err("no TLS");
    assert_eq!(error.class(), Class::Tls);
    assert_eq!(
        error.to_string(),
        format!(
            "127.0.0.1:{port} does not speak TLS, it said {:?}",
            "+OK POP3 \\x1b[1mready"
        )
    );
    server.join().expect("the server");
}

#[test]
fn text_in_clear_before_the_handshake_ends_it() {
    // What an attacker appends to the answer to STLS must not be taken for a
    // word of the server; here it is still in the socket.
    let acceptor = acceptor("good", SslVersion::TLS1_3);
    let (port, server) = serve(move |mut stream| {
        write(&mut stream, b"+OK begin\r\n+OK injected\r\n");
        acceptor.accept(stream).map(read_all).is_ok()
    });
    let mut connection = open(port);
    converse(&mut connection, b"", 11).expect("the answer to STLS");
    let error = (connection.start_tls(&trusting(), "localhost")).expect_err("injected");
    assert!(matches!(error, Error::NotTls { ref said, .. } if said == "+OK injected"));
    assert!(!server.join().expect("the server"));
}

#[test]
fn tls_starts_only_once() {
    let (port, server) = serve_tls("good", SslVersion::TLS1_3, read_all);
    let connection = start(port);
    let error = connection.start_tls(&trusting(), "localhost");
    assert_eq!(error.expect_err("a second time").class(), Class::Config);
    server.join().expect("the server");
}

#[test]
fn the_end_under_tls_is_the_end_with_or_without_a_goodbye() {
    for version in BOTH {
        for goodbye in [true, false] {
            let (port, server) = serve_tls("good", version, move |mut stream| {
                write(&mut stream, b"+OK\r\nhalf of a mess");
                if goodbye {
                    stream.shutdown().expect("a goodbye");
                }
            });
            let mut connection = start(port);
            let received = converse(&mut connection, b"", 19).expect("what was sent");
            assert_eq!(received, b"+OK\r\nhalf of a mess");
            for _ in 0..2 {
                let error = end_of(&mut connection);
                assert!(matches!(error, Error::Closed), "{error:?}");
            }
            server.join().expect("the server");
        }
    }
}

#[test]
fn a_record_that_is_none_is_a_failure_of_tls() {
    for version in BOTH {
        let (port, server) = serve_tls("good", version, |mut stream| {
            write(stream.get_mut(), b"-ERR internal error, dumping core\r\n");
            read_all(stream)
        });
        let mut connection = start(port);
        let error = end_of(&mut connection);
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        assert_eq!(error.class(), Class::Tls);
        drop(connection);
        server.join().expect("the server");
    }
}

#[test]
fn a_broken_connection_under_tls_keeps_its_cause() {
    for version in BOTH {
        let (port, server) = serve_tls("good", version, |stream| {
            rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO))
                .expect("linger");
        });
        let mut connection = start(port);
        server.join().expect("the server");
        match end_of(&mut connection) {
            Error::Lost { source, .. } => assert_eq!(source.kind(), io::ErrorKind::ConnectionReset),
            error => panic!("{error:?}"),
        }
    }
}

#[test]
fn limits_hold_under_tls() {
    let (port, server) = serve_tls("good", SslVersion::TLS1_3, read_all);
    let mut connection = start(port);
    connection.set_wait(Duration::from_millis(150));
    let error = end_of(&mut connection);
    assert!(matches!(
        error,
        Error::TimedOut {
            what: Waited::Data,
            limit: Limit::Wait,
            ..
        }
    ));
    drop(connection);
    server.join().expect("the server");
}

#[test]
fn closing_says_goodbye_and_destroys_nothing() {
    for version in BOTH {
        let (port, server) = serve_tls("good", version, |mut stream| {
            write(&mut stream, noise(100_000));
            let mut bytes = Vec::new();
            let end = stream.read_to_end(&mut bytes);
            (bytes, end.is_ok())
        });
        let mut connection = start(port);
        converse(&mut connection, b"QUIT\r\n", 1).expect("an exchange");
        connection.close(LONG);
        let (bytes, orderly) = server.join().expect("the server").expect("TLS");
        assert_eq!(bytes, b"QUIT\r\n");
        assert!(orderly);
    }
}

#[test]
fn a_client_certificate_is_taken_in_both_forms() {
    for file in ["client.pem", "client.p12"] {
        let policy = TlsPolicy {
            client: Some(fixture(file)),
            ..trusting()
        };
        let mut builder = builder("good", SslVersion::TLS1_3);
        builder.set_ca_file(fixture("ca.pem")).expect("a root");
        builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
        let acceptor = builder.build();
        let (port, server) = serve(move |stream| {
            let stream = acceptor.accept(stream).expect("an identity");
            let certificate = stream.ssl().peer_certificate().expect("a certificate");
            certificate.to_der().expect("DER")
        });
        let connection = open(port).start_tls(&policy, "localhost");
        let shown = server.join().expect("the server");
        assert_eq!(pin_of("client"), *Sha256::digest(shown));
        drop(connection.expect("a good certificate"));
    }
}

#[test]
fn a_server_that_wants_a_client_certificate_is_heard() {
    let mut builder = builder("good", SslVersion::TLS1_3);
    builder.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
    let acceptor = builder.build();
    let (port, server) = serve(move |stream| acceptor.accept(stream).is_err());
    // In TLS 1.3 the client's handshake is over before the server decides.
    let error = end_of(&mut start(port));
    assert_eq!(error.class(), Class::Tls);
    assert!(
        error.to_string().contains("certificate required"),
        "{error}"
    );
    assert!(server.join().expect("the server"));
}

#[test]
fn a_client_certificate_that_cannot_be_used_says_why() {
    for (file, why) in [
        ("missing.pem", "No such file or directory"),
        ("", "Is a directory"),
        ("ca.pem", "no private key in it"),
        ("client-password.p12", "it has a password"),
        ("client-sec1.pem", "its key is not in PKCS#8 form"),
        ("README.md", ""),
    ] {
        let path = fixture(file);
        let policy = TlsPolicy {
            client: Some(path.clone()),
            ..trusting()
        };
        let error = check("good", &policy, "localhost").expect_err("no identity");
        assert_eq!(error.class(), Class::Config);
        let text = error.to_string();
        let start = format!("cannot use client certificate {}: {why}", path.display());
        assert!(text.starts_with(&start), "{text}");
    }
}

#[test]
fn a_key_that_belongs_to_another_certificate_is_refused() {
    let mut pem = std::fs::read(fixture("good.pem")).expect("a fixture");
    pem.extend(std::fs::read(fixture("expired.key")).expect("a fixture"));
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), pem).expect("a write");
    let policy = TlsPolicy {
        client: Some(file.path().to_owned()),
        ..trusting()
    };
    let error = check("good", &policy, "localhost").expect_err("no identity");
    assert_eq!(error.class(), Class::Config);
    assert!(error.to_string().contains("key values mismatch"), "{error}");
}

#[test]
fn a_ca_file_that_cannot_be_used_says_why() {
    for (file, why) in [
        ("missing.pem", "No such file or directory"),
        ("", "Is a directory"),
        ("README.md", "no certificate in PEM format"),
        ("good.key", "no certificate in PEM format"),
        ("client.p12", "no certificate in PEM format"),
    ] {
        let path = fixture(file);
        let policy = TlsPolicy {
            ca: Some(path.clone()),
            ..TlsPolicy::default()
        };
        let error = check("good", &policy, "localhost").expect_err("no roots");
        assert_eq!(error.class(), Class::Config);
        let text = error.to_string();
        let start = format!("cannot use CA file {}: {why}", path.display());
        assert!(text.starts_with(&start), "{text}");
    }
}
