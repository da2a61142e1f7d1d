use std::sync::mpsc;

use super::*;

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
        assert!(server.join().expect("TLS") == sent);
    }
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
            server.join();
        }
    }
}

#[test]
fn a_record_that_is_none_is_a_failure_of_tls() {
    for version in BOTH {
        let (port, _server) = serve_tls("good", version, |mut stream| {
            write(stream.get_mut(), b"-ERR internal error, dumping core\r\n");
            read_all(stream)
        });
        let mut connection = start(port);
        let error = end_of(&mut connection);
        assert!(matches!(error, Error::Tls { .. }), "{error:?}");
        assert_eq!(error.class(), Class::Tls);
    }
}

#[test]
fn a_broken_connection_under_tls_keeps_its_cause() {
    for version in BOTH {
        let (opened, is_open) = mpsc::channel();
        let (port, server) = serve_tls("good", version, move |stream| {
            rustix::net::sockopt::set_socket_linger(stream.get_ref(), Some(Duration::ZERO))
                .expect("linger");
            is_open.recv().expect("the client");
        });
        let mut connection = start(port);
        opened.send(()).expect("the server waits");
        server.join();
        match end_of(&mut connection) {
            Error::Lost { source, .. } => assert_eq!(source.kind(), io::ErrorKind::ConnectionReset),
            error => panic!("{error:?}"),
        }
    }
}

#[test]
fn limits_hold_under_tls() {
    let (port, _server) = serve_tls("good", SslVersion::TLS1_3, read_all);
    let mut connection = start(port);
    connection.set_wait(Duration::from_millis(150));
    let error = end_of(&mut connection);
    assert_eq!(timed_out(&error), Some((NO_DATA, Limit::Wait)));
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
        let (bytes, orderly) = server.join().expect("TLS");
        assert_eq!(bytes, b"QUIT\r\n");
        assert!(orderly);
    }
}
