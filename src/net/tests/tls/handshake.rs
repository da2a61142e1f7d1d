use super::*;

/// What the client says first.
fn hello(policy: &TlsPolicy, host: &str) -> Vec<u8> {
    let (port, server) = serve(|mut stream| {
        let mut hello = vec![0; 4096];
        let count = stream.read(&mut hello).expect("a hello");
        hello.truncate(count);
        hello
    });
    let error = start_tls(policy, port, host).expect_err("no server");
    assert!(matches!(error, Error::ClosedInHandshake { .. }));
    server.join()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[test]
fn the_server_is_told_which_name_is_wanted() {
    assert!(contains(&hello(&trusting(), "localhost"), b"localhost"));
    let named = TlsPolicy { name: Some("pop.example.com".to_owned()), ..trusting() };
    let hello_for_name = hello(&named, "localhost");
    assert!(contains(&hello_for_name, b"pop.example.com"));
    assert!(!contains(&hello_for_name, b"localhost"));
    // RFC 6066 §3 allows no addresses.
    assert!(!contains(&hello(&trusting(), "127.0.0.1"), b"127.0.0.1"));
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
        match start_tls(&policy, port, "localhost") {
            Ok(connection) => {
                assert!(accepted);
                connection.close(LONG);
            }
            Err(error) => {
                assert!(!accepted, "{error:?}");
                assert_eq!(error.class(), Class::Tls);
                let text = error.to_string();
                assert!(text.contains("protocol version"), "{text}");
                let told = matches!(error, Error::Handshake { obstacle, .. } if obstacle == Obstacle::Version);
                assert!(told, "{error:?}");
            }
        }
        assert_eq!(server.join(), accepted);
    }
}

// Case 79, fault 19.
#[test]
fn a_handshake_that_stalls_is_given_up() {
    let (port, _server) = serve(read_all);
    let mut connection = open_for(&trusting(), port);
    connection.set_wait(Duration::from_millis(150));
    let error = connection.start_tls("localhost").expect_err("no answer");
    assert_eq!(timed_out(&error), Some((NO_HANDSHAKE, Limit::Wait)));
    let text = format!("127.0.0.1:{port}: no end of the TLS handshake within 150ms");
    assert_told(&error, Class::Temporary, &text);
}

// Fault 17.
#[test]
fn a_handshake_that_trickles_is_given_up_too() {
    // A record that never ends: 16,384 octets, one at a time.
    let (port, _server) = serve(|mut stream| {
        stream.set_nodelay(true).expect("no delay");
        write(&mut stream, [22, 3, 3, 0x40, 0]);
        while stream.write_all(&[2]).is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    let mut connection = open_for(&trusting(), port);
    connection.set_wait(Duration::from_millis(300));
    let error = connection.start_tls("localhost").expect_err("no end");
    assert_eq!(timed_out(&error), Some((NO_HANDSHAKE, Limit::Wait)));
}

#[test]
fn a_signal_ends_a_handshake() {
    let timeouts = timeouts(LONG);
    let flag = timeouts.cancel.flag();
    let (port, _server) = serve(move |mut stream| {
        let _: [u8; 1] = read_exact(&mut stream);
        flag.store(2, std::sync::atomic::Ordering::Relaxed);
        read_all(stream);
    });
    let connection =
        Connection::open(&route(port), Some(&trusting()), timeouts).expect("a connection");
    let error = connection.start_tls("localhost").expect_err("a signal");
    assert!(
        matches!(error, Error::Wait(wait::Error::Cancelled(cancelled)) if cancelled.signal == 2)
    );
}

// Fault 5.
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
        let error = start_tls(&trusting(), port, "localhost").expect_err("no handshake");
        let text = "the server closed the connection during the TLS handshake";
        assert_told(&error, Class::Tls, text);
        server.join();
    }
}

// Case 80.
#[test]
fn a_server_in_clear_on_the_port_for_tls_is_recognised() {
    let (port, _server) = serve(|mut stream| {
        write(&mut stream, b"+OK POP3 \x1b[1mready\r\n+OK\r\n");
        read_all(stream)
    });
    let error = start_tls(&trusting(), port, "localhost").expect_err("no TLS");
    assert_eq!(error.class(), Class::Config, "the port is the wrong one");
    let expected = "the server does not speak TLS, it said \"+OK POP3 \\x1b[1mready\"";
    assert_eq!(error.to_string(), expected);
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
    let mut connection = open_for(&trusting(), port);
    converse(&mut connection, b"", 11).expect("the answer to STLS");
    let error = connection.start_tls("localhost").expect_err("injected");
    assert!(matches!(error, Error::NotTls { ref said, .. } if said == "+OK injected"));
    assert_eq!(error.class(), Class::Tls, "somebody spoke who should not");
    assert!(!server.join());
}

#[test]
fn tls_starts_only_once_and_only_where_it_was_asked_for() {
    let (port, server) = serve_tls("good", SslVersion::TLS1_3, read_all);
    let error = start(port).start_tls("localhost");
    assert_eq!(error.expect_err("a second time").class(), Class::Config);
    server.join();
    let (port, _server) = serve(read_all);
    let error = open(port).start_tls("localhost");
    assert_eq!(error.expect_err("no policy").class(), Class::Config);
}
