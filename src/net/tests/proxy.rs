use crate::process::Words;

use super::*;
use crate::base::Secret;

fn through(proxy: u16, host: &str, login: Option<(&str, &str)>) -> Route {
    Route {
        host: host.to_owned(),
        port: 995,
        via: Via::Socks5 {
            host: "127.0.0.1".to_owned(),
            port: proxy,
            login: login.map(|(user, password)| {
                let password = Secret::new(password.as_bytes().to_vec());
                (user.to_owned(), password)
            }),
        },
        ..route(0)
    }
}

/// A proxy without login that gives this reply to a request for `pop:995`.
fn replies(reply: &'static [u8]) -> Result<Connection, Error> {
    let (port, proxy) = serve(move |mut stream| {
        assert_eq!(read_exact(&mut stream), [5, 1, 0]);
        write(&mut stream, [5, 0]);
        let expected = b"\x05\x01\x00\x03\x03pop\x03\xe3";
        assert_eq!(&read_exact::<10>(&mut stream), expected);
        write(&mut stream, reply);
    });
    let result = Connection::open(&through(port, "pop", None), None, timeouts(LONG));
    proxy.join();
    result
}

#[test]
fn the_proxy_resolves_the_name_and_the_server_is_heard() {
    // The greeting comes in one piece with the reply; nothing of it is lost.
    let mut connection =
        replies(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00+OK\r\n").expect("a connection");
    let found = converse(&mut connection, b"", 5).expect("a greeting");
    assert_eq!(found, b"+OK\r\n");
    assert!(!connection.is_local());
}

#[test]
fn a_reply_with_an_address_of_any_kind_is_understood() {
    for reply in [
        &b"\x05\x00\x00\x03\x04name\x00\x01!"[..],
        b"\x05\x00\x00\x04\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x00\x01!",
    ] {
        let mut connection = replies(reply).expect("a connection");
        assert_eq!(converse(&mut connection, b"", 1).expect("an octet"), b"!");
    }
}

#[test]
fn addresses_go_to_the_proxy_as_addresses() {
    let v6 = [&[5, 1, 0, 4][..], &[0; 15], &[1, 3, 0xe3]].concat();
    for (host, request) in [("192.0.2.1", vec![5, 1, 0, 1, 192, 0, 2, 1, 3, 0xe3]), ("[::1]", v6)] {
        let (port, proxy) = serve(|mut stream| {
            let _: [u8; 3] = read_exact(&mut stream);
            write(&mut stream, [5, 0]);
            write(&mut stream, b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00");
            read_all(stream)
        });
        let connection = Connection::open(&through(port, host, None), None, timeouts(LONG));
        connection.expect("a connection").close(LONG);
        assert_eq!(proxy.join(), request);
    }
}

#[test]
fn each_refusal_is_named() {
    let rows = [
        (1, Class::Unavailable, "general failure"),
        (2, Class::Unavailable, "connection not allowed by its rules"),
        (3, Class::Unavailable, "network unreachable"),
        (4, Class::Unavailable, "host unreachable"),
        (5, Class::Unavailable, "connection refused by the server"),
        (6, Class::Temporary, "time to live expired"),
        (7, Class::Unavailable, "it does not know the command CONNECT"),
        (8, Class::Unavailable, "it does not know this type of address"),
        (99, Class::Unavailable, "unknown failure 99"),
    ];
    for (code, class, reason) in rows {
        let reply = Vec::leak(vec![5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
        let error = replies(reply).expect_err("a refusal");
        assert_eq!(error.class(), class);
        let text = error.to_string();
        assert!(text.starts_with("proxy 127.0.0.1:"), "{text}");
        assert!(text.ends_with(&format!(": {reason}")), "{text}");
    }
}

#[test]
fn nonsense_and_a_closed_connection_are_told_apart() {
    for (reply, reason) in [
        (&b"HTTP/1.1 400 Bad Request\r\n"[..], "it does not speak SOCKS5"),
        (b"\x05\x00\x00\x07", "its reply makes no sense"),
        (b"\x05\x00", "it closed the connection"),
        (b"", "it closed the connection"),
    ] {
        let error = replies(reply).expect_err("a failure");
        assert_eq!(error.class(), Class::Unavailable);
        assert!(error.to_string().ends_with(reason), "{error}");
    }
}

/// A proxy that chooses this method and answers a login with this status;
/// also what it was sent after the choice.
fn log_in(
    method: u8,
    status: &'static [u8],
    login: Option<(&str, &str)>,
) -> (Result<(), Error>, Vec<u8>) {
    let (port, proxy) = serve(move |mut stream| {
        let [_, count] = read_exact(&mut stream);
        for _ in 0..count {
            let _: [u8; 1] = read_exact(&mut stream);
        }
        write(&mut stream, [5, method]);
        let _ = stream.write_all(status);
        read_all(stream)
    });
    let result = Connection::open(&through(port, "pop", login), None, timeouts(LONG));
    let result = result.map(|connection| connection.close(LONG));
    (result, proxy.join())
}

/// The text of an error about a login.
fn login_failure(result: Result<(), Error>) -> String {
    let error = result.expect_err("a refusal");
    assert_eq!(error.class(), Class::Auth);
    error.to_string()
}

#[test]
fn a_login_is_sent_when_the_proxy_wants_one() {
    let accepted = b"\x01\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
    let (result, sent) = log_in(2, accepted, Some(("alice", "s3cret")));
    result.expect("a connection");
    let expected = b"\x01\x05alice\x06s3cret\x05\x01\x00\x03\x03pop\x03\xe3";
    assert_eq!(sent, expected);
}

#[test]
fn a_login_is_not_sent_when_the_proxy_wants_none() {
    let accepted = b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00";
    let (result, sent) = log_in(0, accepted, Some(("alice", "s3cret")));
    result.expect("a connection");
    assert_eq!(sent, b"\x05\x01\x00\x03\x03pop\x03\xe3");
}

#[test]
fn a_refused_login_says_so_and_shows_no_password() {
    let (result, _) = log_in(2, b"\x01\x01", Some(("alice", "s3cret")));
    let text = login_failure(result);
    assert!(text.ends_with(" refused the login"), "{text}");
    assert!(!text.contains("s3cret"));
    let (result, sent) = log_in(0xff, b"", Some(("alice", "s3cret")));
    let text = login_failure(result);
    assert!(text.ends_with(" takes no login by user and password"));
    assert!(sent.is_empty());
    let (result, _) = log_in(0xff, b"", None);
    let text = login_failure(result);
    assert!(text.ends_with(" asks for a login"), "{text}");
}

#[test]
fn a_login_too_long_for_the_protocol_is_not_cut() {
    let password = "p".repeat(256);
    for login in [("alice", password.as_str()), ("alice", ""), ("", "x")] {
        let (result, sent) = log_in(2, b"", Some(login));
        let text = login_failure(result);
        assert!(text.ends_with("of 1 to 255 octets only"), "{text}");
        assert!(sent.is_empty());
    }
}

#[test]
fn a_name_too_long_for_the_protocol_is_not_cut() {
    let (port, proxy) = serve(read_all);
    let route = through(port, &"x".repeat(256), None);
    let error = failed(&route);
    assert_eq!(error.class(), Class::Config);
    assert!(proxy.join().is_empty());
}

#[test]
fn a_proxy_that_keeps_silent_is_given_up() {
    let (port, _proxy) = serve(read_all);
    let route = through(port, "pop", None);
    let error = Connection::open(&route, None, timeouts(Duration::from_millis(150)))
        .expect_err("no answer");
    let text = format!("127.0.0.1:{port}: no answer from the proxy within 150ms");
    assert_told(&error, Class::Temporary, &text);
}

fn tunnel(argv: &[&str]) -> Result<Connection, Error> {
    let words = Words::new(argv.iter().map(ToString::to_string).collect());
    let route = with(route(110), |it| it.via = Via::Tunnel(words.expect("words")));
    Connection::open(&route, None, timeouts(LONG))
}

#[test]
fn a_command_can_be_the_connection() {
    let mut connection = tunnel(&["cat"]).expect("a tunnel");
    assert!(connection.is_local());
    let bytes = noise(1 << 20);
    assert!(converse(&mut connection, &bytes, bytes.len()).expect("an echo") == bytes);
    connection.close(LONG);
}

#[test]
fn the_words_of_a_command_go_to_no_shell() {
    let mut connection = tunnel(&["printf", "%s", "$HOME; `id`"]).expect("a tunnel");
    let found = converse(&mut connection, b"", 11).expect("the words");
    assert_eq!(found, b"$HOME; `id`");
    assert!(matches!(end_of(&mut connection), Error::Closed));
}

#[test]
fn a_command_that_cannot_be_started_is_unavailable() {
    let error = tunnel(&["/nonexistent/tunnel", "x"]).expect_err("no such command");
    let text = "cannot start the tunnel \"/nonexistent/tunnel\"";
    assert_told(&error, Class::Unavailable, text);
}

#[test]
fn no_command_outlives_its_connection() {
    // The first ends with its stdin, the second when it is asked to, the third
    // has started another one.
    for script in ["echo $$; exec cat", "echo $$; exec sleep 60", "sleep 60 & echo $!; wait; true"]
    {
        let mut connection = tunnel(&["sh", "-c", script]).expect("a tunnel");
        let mut id = Vec::new();
        while !id.ends_with(b"\n") {
            id.extend(converse(&mut connection, b"", 1).expect("a digit"));
        }
        let id = String::from_utf8(id).expect("a number");
        let id = id.trim().parse().ok();
        let id = id.and_then(rustix::process::Pid::from_raw).expect("a process");
        assert!(crate::process::tests::is_alive(id), "{script}");
        let started = Instant::now();
        connection.close(Duration::from_millis(10));
        assert!(started.elapsed() < Duration::from_secs(10));
        assert!(crate::process::tests::ends(id), "{script}");
    }
}
