use super::*;
use crate::base::Class;
use crate::session::Leave;

const LOGIN: [&str; 4] = ["C USER alice", "S +OK", "C PASS wonder land", "S +OK"];

fn starttls() -> Access {
    Access {
        tls_mode: TlsMode::StartTls,
        ..access(Auth::User)
    }
}

fn clear() -> Access {
    Access {
        tls_mode: TlsMode::None,
        ..access(Auth::User)
    }
}

#[test]
fn a_whole_first_contact_is_the_same_for_every_chunking() {
    for chunk in [1, 2, 7, usize::MAX] {
        let stage = Stage::new(&[
            "TLS | S +OK ready | C CAPA | S +OK | S UIDL | S SASL PLAIN | S .",
            "C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S +OK in | C UIDL | S +OK | S 1 a | S 2 b",
            "S . | C QUIT",
        ])
        .chunk(chunk);
        let access = access(Auth::Auto);
        let mut session = open(&stage, &access, Hints::default()).expect("a session");
        assert_eq!(session.facts().greeting, "ready");
        assert_eq!(session.facts().capabilities.lines(), ["UIDL"]);
        let before = session.facts().before_login.as_ref().expect("asked");
        assert_eq!(before.lines(), ["UIDL", "SASL PLAIN"]);
        assert_eq!(session.uidl().expect("a listing").listing.len(), 2);
        let kept = session.hints();
        assert_eq!(kept.capabilities.expect("kept"), ["UIDL", "SASL PLAIN"]);
        assert_eq!(kept.after_login, None);
        session.leave(Leave::Quit).expect("gone");
        stage.assert_played();
        assert_eq!(stage.log.borrow().closes, [Duration::from_millis(50)]);
    }
}

#[test]
fn a_poll_with_hints_is_two_round_trips_in_the_session() {
    let stage = Stage::new(&[
        "TLS | S +OK ready | C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S +OK | C UIDL | S +OK",
        "S 1 a | S . | C QUIT",
    ]);
    let access = access(Auth::Auto);
    let hints = hints(&["SASL PLAIN"], &["UIDL", "PIPELINING"]);
    let mut session = open(&stage, &access, hints.clone()).expect("a session");
    assert_eq!(session.facts().before_login, None);
    assert_eq!(session.uidl().expect("a listing").listing.len(), 1);
    assert_eq!(session.hints(), hints);
    session.leave(Leave::Quit).expect("gone");
}

/// Case 77.
#[test]
fn nothing_from_before_starttls_counts() {
    let script = ["S +OK <1.2@h> ready", "C STLS", "S +OK go", "TLS"];
    let more = ["C CAPA", "S +OK", "S UIDL", "S ."];
    let stage = Stage::new(&[&script[..], &more, &LOGIN].concat());
    let access = starttls();
    let session = open(&stage, &access, Hints::default()).expect("a session");
    assert_eq!(session.facts().greeting, "");
    assert!(session.facts().tls.is_some());
    drop(session);

    let access = Access {
        auth: Auth::Apop,
        ..starttls()
    };
    let stage = Stage::new(&[&script[..], &more].concat());
    let error = failed(open(&stage, &access, Hints::default()));
    assert!(matches!(error, Error::NoTimestamp { .. }));
}

/// Case 76.
// Fault 97.
#[test]
fn anything_behind_the_answer_to_stls_ends_the_session() {
    for injected in ["S: x", "S +OK injected", "S: \n"] {
        let stage = Stage::new(&["S +OK", "C STLS", "S +OK go", injected]);
        let error = failed(open(&stage, &starttls(), Hints::default()));
        assert!(matches!(error, Error::Injected { .. }));
        assert_eq!(error.class(), Class::Tls);
        assert_eq!(
            told(&error),
            "pop.example.com:995: data arrived between STARTTLS and the handshake"
        );
        assert_eq!(stage.writes(), ["STLS\r\n"]);
    }
}

/// Case 75.
// Fault 96.
#[test]
fn a_server_without_starttls_sees_no_login() {
    let stage = Stage::new(&["S +OK", "C STLS", "S -ERR what?"]);
    let error = failed(open(&stage, &starttls(), Hints::default()));
    assert_eq!(error.class(), Class::Tls);
    assert_eq!(
        told(&error),
        "pop.example.com:995: the server offers no STARTTLS: \"what?\""
    );
    assert_eq!(stage.writes(), ["STLS\r\n"]);
}

/// Case 78.
#[test]
fn a_refused_certificate_is_told_with_its_pin_and_kept() {
    let told_of = |access: &Access, stage: &Stage| {
        let error = failed(open(stage, access, Hints::default()));
        assert_eq!(error.class(), Class::Tls);
        let Error::Net { source, .. } = &error else {
            panic!("{error:?}");
        };
        let kept = source.refused_certificate();
        let kept = kept.map(|(facts, why)| (facts.certificate.clone(), why.to_owned()));
        (told(&error), kept)
    };
    let kept = Some((b"a certificate".to_vec(), "expired".to_owned()));
    let expected = format!(
        "pop.example.com:995: the TLS handshake failed: the certificate \
         is not accepted: expired (sha256:{})",
        "07".repeat(32)
    );
    let stage = Stage::new(&["BAD"]).then(&["BAD"]);
    assert_eq!(
        told_of(&access(Auth::User), &stage),
        (expected.clone(), kept.clone())
    );
    // After STARTTLS the second connection agrees on it and sends no more.
    let agreed = ["S +OK", "C STLS", "S +OK go", "BAD"];
    let stage = Stage::new(&agreed).then(&agreed);
    assert_eq!(told_of(&starttls(), &stage), (expected, kept));
    assert_eq!(stage.writes(), ["STLS\r\n", "STLS\r\n"]);
    // What is odd the second time leaves the certificate unknown.
    let stage = Stage::new(&agreed).then(&["S +OK", "C STLS", "S -ERR not now"]);
    let (text, kept) = told_of(&starttls(), &stage);
    assert!(text.ends_with("is not accepted: expired"), "{text}");
    assert_eq!(kept, None);
}

#[test]
fn a_failed_handshake_is_told() {
    let stage = Stage::new(&["EOF"]);
    let error = failed(open(&stage, &access(Auth::User), Hints::default()));
    assert_eq!(
        told(&error),
        "pop.example.com:995: the TLS handshake failed: the server closed the connection"
    );
}

#[test]
fn no_login_goes_out_in_clear_to_another_machine() {
    for auth in [Auth::User, Auth::ScramSha256, Auth::Apop, Auth::External] {
        let script = ["S +OK <1@h>", "C CAPA", "S -ERR"];
        let stage = Stage::new(&script);
        let remote = Access { auth, ..clear() };
        let error = failed(open(&stage, &remote, Hints::default()));
        assert!(matches!(error, Error::Unencrypted { .. }));
        assert_eq!(error.class(), Class::Tls);
        assert_eq!(stage.writes(), ["CAPA\r\n"]);
    }
    let script = [&["S +OK", "C CAPA", "S -ERR"][..], &LOGIN].concat();
    let insisted = Access {
        insecure_plaintext: true,
        ..clear()
    };
    let stage = Stage::new(&script);
    assert!(open(&stage, &insisted, Hints::default()).is_ok());
    let mut stage = Stage::new(&script);
    stage.local = true;
    assert!(open(&stage, &clear(), Hints::default()).is_ok());
}

#[test]
fn in_clear_no_capability_is_taken_from_hints_or_kept() {
    let script = ["S +OK", "C CAPA", "S +OK", "S UIDL", "S ."];
    let mut stage = Stage::new(&[&script[..], &LOGIN].concat());
    stage.local = true;
    let access = clear();
    let session = open(&stage, &access, hints(&["SASL PLAIN"], &["PIPELINING"]));
    let session = session.expect("a session");
    assert_eq!(session.hints(), Hints::default());
    assert!(session.facts().before_login.is_some());
}

/// Case 51.
#[test]
fn a_refusing_greeting_is_temporary_unless_its_code_says_otherwise() {
    for (greeting, class) in [
        ("S -ERR too many friends", Class::Temporary),
        ("S -ERR [SYS/PERM] go away", Class::Auth),
        ("S -ERR [IN-USE] x", Class::Temporary),
    ] {
        let stage = Stage::new(&["TLS", greeting]);
        let error = failed(open(&stage, &access(Auth::User), Hints::default()));
        assert_eq!(error.class(), class, "{greeting}");
        assert!(stage.writes().is_empty());
    }
}

/// Case 58.
#[test]
fn what_is_no_greeting_is_told() {
    for (greeting, class) in [
        ("S * BYE x", Class::Temporary),
        ("S 421 busy", Class::Temporary),
        ("S HTTP/1.1 400 Bad Request", Class::Protocol),
        ("S SSH-2.0-x", Class::Protocol),
        ("S +ERR", Class::Protocol),
    ] {
        let stage = Stage::new(&["TLS", greeting]);
        let error = failed(open(&stage, &access(Auth::User), Hints::default()));
        assert_eq!(error.class(), class, "{}", told(&error));
        assert!(told(&error).contains(&greeting[2..]));
    }
    let stage = Stage::new(&["TLS", "S: +O", "EOF"]);
    let error = failed(open(&stage, &access(Auth::User), Hints::default()));
    assert_eq!(error.class(), Class::Temporary);
}

#[test]
fn a_server_that_wants_tls_at_once_is_recognised_in_clear() {
    for (script, class, text) in [
        (
            &["EOF"][..],
            Class::Temporary,
            "the server closed the connection",
        ),
        (&["RST"], Class::Temporary, "the connection was lost"),
        (
            &["S: \x15\x03\x01\0\x02\x02\x28"],
            Class::Config,
            "the server sent a TLS record in place of a greeting",
        ),
    ] {
        for access in [clear(), starttls()] {
            let stage = Stage::new(script);
            // Where nothing was proved, another connection proves that it is no
            // port for TLS either.
            let stage = match class {
                Class::Temporary => stage.then(&["EOF"]),
                _ => stage,
            };
            let error = failed(open(&stage, &access, Hints::default()));
            assert!(error.is_missing_greeting());
            assert_eq!(error.class(), class);
            let start = format!("pop.example.com:995: the greeting failed: {text}");
            assert!(told(&error).starts_with(&start), "{}", told(&error));
        }
    }
    let stage = Stage::new(&["S +OK", "C STLS", "EOF"]);
    let error = failed(open(&stage, &starttls(), Hints::default()));
    assert!(!error.is_missing_greeting(), "{}", told(&error));
}

#[test]
fn a_port_that_does_not_greet_and_speaks_tls_is_the_wrong_one() {
    for script in [&["EOF"][..], &["RST"]] {
        for access in [clear(), starttls()] {
            let stage = Stage::new(script).then(&["TLS"]);
            let error = failed(open(&stage, &access, Hints::default()));
            assert_eq!(error.class(), Class::Config);
            assert_eq!(
                told(&error),
                "pop.example.com:995: this port expects TLS from the first octet"
            );
            assert!(error.is_missing_greeting());
            stage.assert_played();
        }
    }
}

/// The server's last words, told when it hangs up.
#[test]
fn last_words_are_told() {
    let stage = Stage::new(&["TLS", "S +OK a", "S closing for repairs", "EOF"])
        .then(&["TLS | S +OK a | S closing for repairs | EOF"]);
    let error = failed(open(&stage, &access(Auth::Auto), Hints::default()));
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by USER/PASS failed; it had said \"closing for repairs\": \
         the server closed the connection"
    );
}

/// Case 40.
// Q3, Q49.
#[test]
fn a_server_without_capa_is_remembered_as_such() {
    let script = ["TLS", "S +OK", "C CAPA", "S -ERR no"];
    let stage = Stage::new(&[&script[..], &LOGIN].concat());
    let access = access(Auth::Auto);
    let session = open(&stage, &access, Hints::default()).expect("a session");
    let kept = session.hints();
    assert_eq!(kept.capabilities, Some(Vec::new()));
    let stage = Stage::new(&[&["TLS", "S +OK"][..], &LOGIN].concat());
    assert!(open(&stage, &access, kept).is_ok());
}

/// Cases 41 and 42.
#[test]
fn a_server_that_hangs_up_on_capa_is_not_asked_again() {
    let endless = format!("S +OK\r\n{}", "X-CAPABILITY\r\n".repeat(6000));
    for answer in ["S: +OK\r\nUIDL\r\n", "S: ", &endless] {
        let stage = Stage::new(&["TLS", "S +OK", "C CAPA", answer, "EOF"])
            .then(&[&["TLS", "S +OK"][..], &LOGIN].concat());
        let access = access(Auth::Auto);
        let session = open(&stage, &access, Hints::default()).expect("a session");
        let kept = session.hints();
        assert!(kept.no_capa && kept.capabilities.is_none());
        drop(session);

        let stage = Stage::new(&[&["TLS", "S +OK"][..], &LOGIN].concat());
        assert!(open(&stage, &access, kept).is_ok());
    }
    // Only once.
    let stage = Stage::new(&["TLS", "S +OK", "C CAPA", "EOF"]).then(&["TLS", "S +OK", "EOF"]);
    assert!(open(&stage, &access(Auth::Auto), Hints::default()).is_err());
}

#[test]
fn a_signal_is_recognised() {
    let stage = Stage::new(&["TLS", "S +OK", "C CAPA", "INT"]);
    let error = failed(open(&stage, &access(Auth::Auto), Hints::default()));
    assert!(error.is_cancelled() && !error.is_pipelining_anomaly());
    assert_eq!(error.cancelled().map(|c| c.signal), Some(15));
}

/// Case 101.
#[test]
fn utf8_is_asked_for_where_it_is_announced_and_may_be_refused() {
    for answer in ["S +OK", "S -ERR no"] {
        let script = [
            "TLS | S +OK | C CAPA | S +OK | S UTF8 USER | S . | C UTF8",
            answer,
        ];
        let stage = Stage::new(&[&script[..], &LOGIN].concat());
        assert!(open(&stage, &access(Auth::User), Hints::default()).is_ok());
    }
}

#[test]
fn a_probe_without_a_password_stops_before_the_login() {
    let stage = Stage::new(&["TLS | S +OK hi | C CAPA | S +OK | S SASL PLAIN | S . | C QUIT"]);
    let access = Access {
        secret: None,
        ..access(Auth::Auto)
    };
    let greeted = Greeted::dial(&stage.dial(), &access, Hints::default(), &Silent);
    let greeted = greeted.expect("greeted");
    assert!(greeted.facts().capabilities.has_mechanism("PLAIN"));
    assert!(greeted.facts().tls.is_some());
    greeted.leave(Leave::Quit).expect("gone");
}
