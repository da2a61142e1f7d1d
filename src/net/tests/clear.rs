use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::mpsc;

use rustix::net::sockopt;

use super::super::Moved;
use super::super::dial::dial;
use super::super::socket::Socket;
use super::*;

/// Listens as [`serve`] does, with buffers much smaller than what is sent.
fn serve_narrow<T: Send + 'static>(
    handle: impl FnOnce(TcpStream) -> T + Send + 'static,
) -> (u16, Server<T>) {
    serve(|stream| {
        sockopt::set_socket_send_buffer_size(&stream, 32 << 10).expect("a small buffer");
        sockopt::set_socket_recv_buffer_size(&stream, 32 << 10).expect("a small buffer");
        handle(stream)
    })
}

#[test]
fn both_sides_may_send_at_once() {
    const COUNT: usize = 8 << 20;
    let (port, server) = serve_narrow(|mut stream| {
        // Reads nothing until everything is written.
        write(&mut stream, noise(COUNT));
        read_all(stream)
    });
    let mut connection = open(port);
    let sent = noise(COUNT + 1);
    let received = converse(&mut connection, &sent, COUNT).expect("no deadlock");
    assert!(received == noise(COUNT));
    connection.close(LONG);
    assert!(server.join() == sent);
}

#[test]
fn an_exchange_of_nothing_returns_at_once() {
    let (port, server) = serve(read_all);
    let mut connection = open(port);
    let moved = connection.exchange(b"", &mut []).expect("nothing");
    assert_eq!(moved, Moved::default());
    connection.close(LONG);
    assert!(server.join().is_empty());
}

#[test]
fn what_came_before_the_end_is_handed_out_before_the_end() {
    let (port, server) = serve(|mut stream| write(&mut stream, b"+OK bye\r\n"));
    let mut connection = open(port);
    server.join();
    // By now a write would fail; the server's last words come all the same.
    let mut received = Vec::new();
    let error = loop {
        let mut buffer = [0; 4];
        match connection.exchange(b"NOOP\r\n", &mut buffer) {
            Ok(moved) => received.extend_from_slice(&buffer[..moved.received]),
            Err(error) => break error,
        }
    };
    assert_eq!(received, b"+OK bye\r\n");
    assert!(matches!(error, Error::Closed | Error::Lost { .. }));
    assert_eq!(error.class(), Class::Temporary);
}

#[test]
fn the_end_of_the_stream_is_told_again_and_again() {
    let (port, server) = serve(drop);
    let mut connection = open(port);
    server.join();
    for _ in 0..3 {
        assert!(matches!(end_of(&mut connection), Error::Closed));
    }
    let text = "the server closed the connection";
    assert_eq!(Error::Closed.to_string(), text);
}

#[test]
fn a_broken_connection_names_the_peer_and_keeps_the_cause() {
    let (opened, is_open) = mpsc::channel();
    let (port, server) = serve(move |stream| {
        // With a linger of 0 the socket is reset when dropped.
        sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).expect("linger");
        is_open.recv().expect("the client");
    });
    let mut connection = open(port);
    opened.send(()).expect("the server waits");
    server.join();
    match end_of(&mut connection) {
        Error::Lost { peer, source } => {
            assert_eq!(peer, format!("127.0.0.1:{port}"));
            assert_eq!(source.kind(), std::io::ErrorKind::ConnectionReset);
        }
        error => panic!("{error:?}"),
    }
}

// Fault 20.
#[test]
fn a_silent_peer_is_given_up_after_one_wait() {
    let (port, _server) = serve(read_all);
    let mut connection = open(port);
    connection.set_wait(Duration::from_millis(150));
    let started = Instant::now();
    let error = end_of(&mut connection);
    assert!(started.elapsed() >= Duration::from_millis(150));
    assert_eq!(timed_out(&error), Some((NO_DATA, Limit::Wait)));
    let text = format!("127.0.0.1:{port}: no answer within 150ms");
    assert_told(&error, Class::Temporary, &text);
}

// Fault 18.
#[test]
fn a_peer_that_stops_reading_is_given_up_after_one_wait() {
    let (go, wait_for_go) = std::sync::mpsc::channel::<()>();
    let (port, _server) = serve_narrow(move |_stream| wait_for_go.recv());
    let mut connection = open(port);
    connection.set_wait(Duration::from_millis(150));
    let bytes = noise(8 << 20);
    let error = loop {
        if let Err(error) = connection.exchange(&bytes, &mut [0; 16]) {
            break error;
        }
    };
    assert_eq!(timed_out(&error), Some((NO_DATA, Limit::Wait)));
    drop(go);
}

// Fault 68.
#[test]
fn a_trickle_is_ended_by_the_deadline() {
    let (port, _server) = serve(|mut stream| while stream.write_all(b".").is_ok() {});
    let mut timeouts = timeouts(LONG);
    timeouts.deadline = Instant::now() + Duration::from_millis(300);
    let mut connection = Connection::open(&route(port), None, timeouts).expect("a connection");
    let error = loop {
        // One octet at a time: there is always something to read.
        if let Err(error) = connection.exchange(b"", &mut [0]) {
            break error;
        }
    };
    assert_eq!(timed_out(&error), Some((NO_DATA, Limit::Deadline)));
    let expected = format!("127.0.0.1:{port}: no answer before the deadline of the run");
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_silent_peer_is_ended_by_the_deadline_too() {
    let (port, _server) = serve(read_all);
    let mut timeouts = timeouts(LONG);
    timeouts.deadline = Instant::now() + Duration::from_millis(150);
    let mut connection = Connection::open(&route(port), None, timeouts).expect("a connection");
    let error = end_of(&mut connection);
    assert_eq!(timed_out(&error), Some((NO_DATA, Limit::Deadline)));
}

#[test]
fn a_signal_is_noticed_while_waiting() {
    let timeouts = timeouts(LONG);
    let flag = timeouts.cancel.flag();
    let (port, server) = serve(move |mut stream| {
        let _: [u8; 1] = read_exact(&mut stream);
        let cancelled = Instant::now();
        flag.store(15, std::sync::atomic::Ordering::Relaxed);
        read_all(stream);
        cancelled.elapsed()
    });
    let mut connection = Connection::open(&route(port), None, timeouts).expect("a connection");
    converse(&mut connection, b"x", 0).expect("a write");
    let error = end_of(&mut connection);
    assert!(
        matches!(error, Error::Wait(wait::Error::Cancelled(cancelled)) if cancelled.signal == 15)
    );
    drop(connection);
    let noticed = server.join();
    assert!(noticed < Duration::from_millis(300), "{noticed:?}");
}

#[test]
fn closing_with_unread_data_does_not_destroy_what_was_sent() {
    let (port, server) = serve(|mut stream| {
        write(&mut stream, noise(100_000));
        let mut bytes = Vec::new();
        let end = stream.read_to_end(&mut bytes);
        (bytes, end.is_ok())
    });
    let mut connection = open(port);
    converse(&mut connection, b"QUIT\r\n", 1).expect("an exchange");
    connection.close(LONG);
    let (bytes, orderly) = server.join();
    assert_eq!(bytes, b"QUIT\r\n");
    assert!(orderly);
}

#[test]
fn closing_does_not_wait_longer_than_asked() {
    let (port, _server) = serve(|mut stream| while stream.write_all(b".").is_ok() {});
    let connection = open(port);
    let started = Instant::now();
    connection.close(Duration::from_millis(100));
    assert!(started.elapsed() < Duration::from_secs(5));
}

/// The system delays acknowledgements by 40 ms, and a server that writes a
/// status and a message apart waits for one of them.
#[cfg(target_os = "linux")]
#[test]
fn a_server_that_writes_twice_waits_for_no_acknowledgement() {
    const ROUNDS: u32 = 25;
    let (port, _server) = serve(|mut stream| {
        for _ in 0..ROUNDS {
            let _: [u8; 6] = read_exact(&mut stream);
            write(&mut stream, b"+OK\r\n");
            write(&mut stream, b".\r\n");
        }
    });
    let mut connection = open(port);
    let started = Instant::now();
    for _ in 0..ROUNDS {
        converse(&mut connection, b"RETR\r\n", 8).expect("a reply");
    }
    let elapsed = started.elapsed();
    let half = Duration::from_millis(40) * ROUNDS / 2;
    assert!(elapsed < half, "{elapsed:?}");
}

#[test]
fn a_round_of_reads_ends_even_if_the_peer_never_pauses() {
    let (port, _server) = serve(|mut stream| {
        write(&mut stream, noise(1000));
        read_all(stream)
    });
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let timeouts = timeouts(LONG);
    let timer = timeouts.start(NO_DATA, "");
    let (socket, _) = dial(&[address], None, &timer).expect("a connection");
    let socket = Socket::tcp(socket);
    // Everything comes at once, so after the first octet the rest is there.
    socket.receive_exact(&mut [0], &timer).expect("an octet");
    let round = || {
        socket.begin_round();
        let reads = std::iter::repeat_with(|| socket.receive(&mut [0]));
        reads.take_while(Result::is_ok).count()
    };
    assert_eq!([round(), round()], [64, 64]);
}

#[test]
fn a_loopback_peer_is_local() {
    let (port, _server) = serve(read_all);
    let connection = open(port);
    assert!(connection.is_local());
    assert!(connection.tls().is_none());
}

fn by_socket(path: &Path) -> Route {
    with(route(110), |it| it.via = Via::Socket(path.to_owned()))
}

#[test]
fn a_unix_socket_connects_and_is_local() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("pop3");
    let listener = UnixListener::bind(&path).expect("a socket");
    let server = Server::start(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        write(&mut stream, b"+OK\r\n");
        read_all(stream)
    });
    let connection = Connection::open(&by_socket(&path), None, timeouts(LONG));
    let mut connection = connection.expect("a connection");
    assert!(connection.is_local());
    let received = converse(&mut connection, b"QUIT\r\n", 5).expect("an exchange");
    assert_eq!(received, b"+OK\r\n");
    connection.close(LONG);
    assert_eq!(server.join(), b"QUIT\r\n");
}

#[test]
fn a_unix_socket_without_a_listener_is_unavailable() {
    let dir = tempfile::tempdir().expect("a folder");
    let (missing, long) = (dir.path().join("missing"), dir.path().join("x".repeat(200)));
    let text = format!("cannot connect to socket {}", missing.display());
    assert_told(&failed(&by_socket(&missing)), Class::Unavailable, &text);
    let error = failed(&by_socket(&long));
    assert_eq!(error.class(), Class::Unavailable);
}

#[test]
fn a_full_unix_socket_is_waited_for_and_given_up() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("pop3");
    let listener = UnixListener::bind(&path).expect("a socket");
    rustix::net::listen(&listener, 0).expect("a short queue");
    let mut waiting = Vec::new();
    let error = loop {
        let timeouts = timeouts(Duration::from_millis(200));
        match Connection::open(&by_socket(&path), None, timeouts) {
            Ok(connection) => waiting.push(connection),
            Err(error) => break error,
        }
    };
    assert_eq!(timed_out(&error), Some((NO_CONNECT, Limit::Wait)));
    assert!(!waiting.is_empty());
}
