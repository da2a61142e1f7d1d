use super::*;

fn starttls() -> Access {
    access_with(Auth::User, |it| it.tls_mode = TlsMode::StartTls)
}

fn clear() -> Access {
    access_with(Auth::User, |it| it.tls_mode = TlsMode::None)
}

#[test]
fn a_whole_first_contact_is_the_same_for_every_chunking() {
    for chunk in [1, 2, 7, usize::MAX] {
        let stage = Stage::new(&format!(
            "TLS | S +OK ready | C CAPA | S +OK | S UIDL | S SASL PLAIN | S . | {PLAIN} | S +OK in | \
             C UIDL | S +OK | S 1 a | S 2 b | S . | C QUIT"
        ))
        .with(|it| it.chunk = chunk);
        let mut session = opened(&stage, access(Auth::Auto));
        assert_eq!(session.facts().greeting, "ready");
        assert_eq!(session.facts().capabilities.lines(), ["UIDL"]);
        let before = session.facts().before_login.as_ref().expect("asked");
        assert_eq!(before.lines(), ["UIDL", "SASL PLAIN"]);
        assert_eq!(session.uidl().expect("a listing").listing.len(), 2);
        let kept = session.hints();
        assert_eq!(kept.capabilities.expect("kept"), ["UIDL", "SASL PLAIN"]);
        assert_eq!(kept.after_login, None);
        session.leave(Leave::Quit).expect("gone");
        assert_eq!(stage.log.borrow().closes, [Duration::from_millis(50)]);
    }
}

#[test]
fn a_poll_with_hints_is_two_round_trips_in_the_session() {
    let stage = Stage::new(&format!(
        "TLS | S +OK ready | {PLAIN} | S +OK | C UIDL | S +OK | S 1 a | S . | C QUIT"
    ));
    let hints = hints(&["SASL PLAIN"], &["UIDL", "PIPELINING"]);
    let mut session = open(&stage, access(Auth::Auto), hints.clone()).expect("a session");
    assert_eq!(session.facts().before_login, None);
    assert_eq!(session.uidl().expect("a listing").listing.len(), 1);
    assert_eq!(session.hints(), hints);
    session.leave(Leave::Quit).expect("gone");
}

/// Case 77.
#[test]
fn nothing_from_before_starttls_counts() {
    let script = "S +OK <1.2@h> ready | C STLS | S +OK go | TLS | C CAPA | S +OK | S UIDL | S .";
    let stage = Stage::new(&format!("{script} | {LOGIN}"));
    let session = opened(&stage, starttls());
    assert_eq!(session.facts().greeting, "");
    assert!(session.facts().tls.is_some());
    drop(session);

    let access = access_with(Auth::Apop, |it| it.tls_mode = TlsMode::StartTls);
    let error = unopened(script, access);
    assert!(matches!(error, Error::NoTimestamp { .. }));
}

/// Cases 75 and 76.
// Faults 96 and 97.
#[test]
fn without_a_clean_answer_to_stls_no_login_goes_out() {
    let injected = "data arrived between STARTTLS and the handshake";
    for (answer, text) in [
        ("S +OK go | S: x", injected),
        ("S +OK go | S +OK injected", injected),
        ("S +OK go | S: \n", injected),
        ("S -ERR what?", "the server offers no STARTTLS: \"what?\""),
    ] {
        let stage = Stage::new(&format!("S +OK | C STLS | {answer}"));
        let error = failed(open(&stage, starttls(), Hints::default()));
        assert_told(&error, Class::Tls, text);
        assert_eq!(stage.writes(), ["STLS\r\n"]);
        let is_injected = matches!(error, Error::Injected { .. });
        assert_eq!(is_injected, text == injected);
    }
}

/// Case 78.
#[test]
fn a_refused_certificate_is_told_with_its_pin_and_kept() {
    let kept = Some((b"a certificate".to_vec(), "expired".to_owned()));
    let text = "the TLS handshake failed: the certificate is not accepted: expired";
    let pinned = format!("{text} (sha256:{})", "07".repeat(32));
    let agreed = "S +OK | C STLS | S +OK go | BAD";
    let rows = [
        (access(Auth::User), "BAD", "BAD", &*pinned, kept.clone()),
        // After STARTTLS the second connection agrees on it and sends no more.
        (starttls(), agreed, agreed, &pinned, kept),
        // What is odd the second time leaves the certificate unknown.
        (starttls(), agreed, "S +OK | C STLS | S -ERR not now", text, None),
    ];
    for (access, first, second, text, kept) in rows {
        let stage = Stage::new(first).then(second);
        let error = failed(open(&stage, access, Hints::default()));
        assert_told(&error, Class::Tls, text);
        let Error::Net { source, .. } = &error else {
            panic!("{error:?}");
        };
        let found = source.refused_certificate();
        let found = found.map(|(facts, why)| (facts.certificate.clone(), why.to_owned()));
        assert_eq!(found, kept);
        let agreements = if first == agreed { 2 } else { 0 };
        assert_eq!(stage.writes(), vec!["STLS\r\n"; agreements]);
    }
}

#[test]
fn a_failed_handshake_is_told() {
    let error = unopened("EOF", access(Auth::User));
    let text = "the TLS handshake failed: the server closed the connection";
    assert_eq!(told(&error), text);
}

#[test]
fn no_login_goes_out_in_clear_to_another_machine() {
    for auth in [Auth::User, Auth::ScramSha256, Auth::Apop, Auth::External] {
        let stage = Stage::new("S +OK <1@h> | C CAPA | S -ERR");
        let remote = access_with(auth, |it| it.tls_mode = TlsMode::None);
        let error = failed(open(&stage, remote, Hints::default()));
        assert!(matches!(error, Error::Unencrypted { .. }));
        assert_eq!(error.class(), Class::Tls);
        assert_eq!(stage.writes(), ["CAPA\r\n"]);
    }
    for (local, insecure_plaintext) in [(false, true), (true, false)] {
        let stage = Stage::new(&format!("S +OK | C CAPA | S -ERR | {LOGIN}"));
        let stage = stage.with(|it| it.local = local);
        let access = access_with(Auth::User, |it| {
            it.tls_mode = TlsMode::None;
            it.insecure_plaintext = insecure_plaintext;
        });
        opened(&stage, access);
    }
}

#[test]
fn in_clear_no_capability_is_taken_from_hints_or_kept() {
    let stage = Stage::new(&format!("S +OK | C CAPA | S +OK | S UIDL | S . | {LOGIN}"));
    let stage = stage.with(|it| it.local = true);
    let session = open(&stage, clear(), hints(&["SASL PLAIN"], &["PIPELINING"]));
    let session = session.expect("a session");
    assert_eq!(session.hints(), Hints::default());
    assert!(session.facts().before_login.is_some());
}

/// Cases 51 and 58. A refusal is temporary unless its code says otherwise.
#[test]
fn what_is_no_greeting_is_told() {
    for (greeting, class) in [
        ("-ERR too many friends", Class::Temporary),
        ("-ERR [SYS/PERM] go away", Class::Auth),
        ("-ERR [IN-USE] x", Class::Temporary),
        ("* BYE x", Class::Temporary),
        ("421 busy", Class::Temporary),
        ("HTTP/1.1 400 Bad Request", Class::Protocol),
        ("SSH-2.0-x", Class::Protocol),
        ("+ERR", Class::Protocol),
    ] {
        let stage = Stage::new(&format!("TLS | S {greeting}"));
        let error = failed(open(&stage, access(Auth::User), Hints::default()));
        assert_eq!(error.class(), class, "{}", told(&error));
        assert!(told(&error).contains(greeting.trim_start_matches("-ERR ")));
        assert!(stage.writes().is_empty());
    }
    let error = unopened("TLS | S: +O | EOF", access(Auth::User));
    assert_eq!(error.class(), Class::Temporary);
}

/// Where nothing is proved by the first connection, another one proves whether
/// the port is one for TLS.
#[test]
fn a_server_that_wants_tls_at_once_is_recognised_in_clear() {
    let record = "S: \x15\x03\x01\0\x02\x02\x28";
    let closed = "the greeting failed: the server closed the connection";
    let wrong_port = "this port expects TLS from the first octet";
    #[rustfmt::skip]
    let contacts = [
        ("EOF", Some("EOF"), Class::Temporary, closed),
        ("RST", Some("EOF"), Class::Temporary, "the greeting failed: the connection was lost"),
        (record, None, Class::Config, "the greeting failed: the server sent a TLS record in place of a greeting"),
        ("EOF", Some("TLS"), Class::Config, wrong_port),
        ("RST", Some("TLS"), Class::Config, wrong_port),
    ];
    for (first, second, class, text) in contacts {
        for access in [clear(), starttls()] {
            let stage = second.into_iter().fold(Stage::new(first), Stage::then);
            let error = failed(open(&stage, access, Hints::default()));
            assert!(error.is_missing_greeting());
            assert_eq!(error.class(), class);
            assert!(told(&error).starts_with(text), "{}", told(&error));
        }
    }
    let error = unopened("S +OK | C STLS | EOF", starttls());
    assert!(!error.is_missing_greeting(), "{}", told(&error));
}

/// The server's last words, told when it hangs up.
#[test]
fn last_words_are_told() {
    let script = "TLS | S +OK a | S closing for repairs | EOF";
    let stage = Stage::new(script).then(script);
    let error = failed(open(&stage, access(Auth::Auto), Hints::default()));
    let text = "login by USER/PASS failed; it had said \"closing for repairs\": the server closed \
                the connection";
    assert_eq!(told(&error), text);
}

/// Cases 40 to 42.
// Q3, Q49.
#[test]
fn a_server_without_capa_is_not_asked_again() {
    let login = format!("TLS | S +OK | {LOGIN}");
    let endless = format!("S +OK\r\n{} | EOF", "X-CAPABILITY\r\n".repeat(6000));
    for answer in ["S -ERR no", "S: +OK\r\nUIDL\r\n | EOF", "EOF", &endless] {
        let hangs_up = answer != "S -ERR no";
        let first = format!("TLS | S +OK | C CAPA | {answer}");
        let stage = if hangs_up {
            Stage::new(&first).then(&login)
        } else {
            Stage::new(&format!("{first} | {LOGIN}"))
        };
        let kept = opened(&stage, access(Auth::Auto)).hints();
        assert_eq!(kept.no_capa, hangs_up);
        assert_eq!(kept.capabilities, (!hangs_up).then(Vec::new));
        assert!(open(&Stage::new(&login), access(Auth::Auto), kept).is_ok());
    }
    // Only once.
    let stage = Stage::new("TLS | S +OK | C CAPA | EOF").then("TLS | S +OK | EOF");
    assert!(open(&stage, access(Auth::Auto), Hints::default()).is_err());
}

#[test]
fn a_signal_is_recognised() {
    let error = unopened("TLS | S +OK | C CAPA | INT", access(Auth::Auto));
    assert!(error.is_cancelled() && !error.is_pipelining_anomaly());
    assert_eq!(error.cancelled().map(|c| c.signal), Some(15));
}

/// Case 101.
#[test]
fn utf8_is_asked_for_where_it_is_announced_and_may_be_refused() {
    for answer in ["S +OK", "S -ERR no"] {
        let capa = "C CAPA | S +OK | S UTF8 USER | S .";
        let stage = Stage::new(&format!("TLS | S +OK | {capa} | C UTF8 | {answer} | {LOGIN}"));
        opened(&stage, access(Auth::User));
    }
}

#[test]
fn a_probe_without_a_password_stops_before_the_login() {
    let stage = Stage::new("TLS | S +OK hi | C CAPA | S +OK | S SASL PLAIN | S . | C QUIT");
    let access = access_with(Auth::Auto, |it| it.secret = None);
    let greeted = Greeted::dial(&stage.dial(), &access, Hints::default(), &Silent);
    let greeted = greeted.expect("greeted");
    assert!(greeted.facts().capabilities.has_mechanism("PLAIN"));
    assert!(greeted.facts().tls.is_some());
    greeted.leave(Leave::Quit).expect("gone");
}
