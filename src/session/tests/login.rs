use super::*;
use crate::base::Class;

/// Runs a login whose script follows the greeting, with hints that list
/// `sasl`.
fn login(access: &Access, sasl: &str, script: &[&str]) -> Result<(), Error> {
    let before = format!("SASL {sasl}");
    let stage = Stage::new(&[&["TLS", "S +OK <1896.697170952@dbc.mtview.ca.us>"], script].concat());
    open(&stage, access, hints(&[&before], &[])).map(|_| ())
}

/// What a user name and password become in SASL PLAIN.
const PLAIN: &str = "AGFsaWNlAHdvbmRlciBsYW5k";

#[test]
fn every_mechanism_says_exactly_this() {
    for (auth, sasl, script) in [
        (
            Auth::Plain,
            "PLAIN",
            &["C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k", "S +OK"][..],
        ),
        (
            Auth::Plain,
            "LOGIN",
            &["C AUTH PLAIN", "S +", "C AGFsaWNlAHdvbmRlciBsYW5k", "S +OK"],
        ),
        (
            Auth::Login,
            "LOGIN",
            &[
                "C AUTH LOGIN | S + VXNlcm5hbWU6 | C YWxpY2U= | S + UGFzc3dvcmQ6",
                "C d29uZGVyIGxhbmQ= | S +OK",
            ],
        ),
        (
            Auth::User,
            "PLAIN",
            &["C USER alice", "S +OK", "C PASS wonder land", "S +OK"],
        ),
        (
            Auth::Auto,
            "LOGIN CRAM-MD5",
            &["C USER alice", "S +OK", "C PASS wonder land", "S +OK"],
        ),
        (
            Auth::Apop,
            "PLAIN",
            &["C APOP alice b769000626c6cfc286a49309616a5a62", "S +OK"],
        ),
        (
            Auth::CramMd5,
            "CRAM-MD5",
            &[
                "C AUTH CRAM-MD5",
                "S + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+",
                "C YWxpY2UgZjk1ZmM2NDRmNTU4NzgzMzY2NDk2ZDFhYTI4MzI4NjU= | S +OK",
            ],
        ),
        (
            Auth::XOAuth2,
            "XOAUTH2",
            &[
                "C AUTH XOAUTH2 | S +  | C dXNlcj1hbGljZQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB",
                "S +OK",
            ],
        ),
        (
            Auth::OAuthBearer,
            "OAUTHBEARER",
            &[
                "C AUTH OAUTHBEARER bixhPWFsaWNlLAFob3N0PXBvcC5leGFtcGxlLmNvbQFwb3J0PTk5NQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB",
                "S +OK",
            ],
        ),
        (
            Auth::External,
            "EXTERNAL",
            &["C AUTH EXTERNAL YWxpY2U=", "S +OK"],
        ),
    ] {
        if let Err(error) = login(&access(auth), sasl, script) {
            panic!("{auth:?}: {}", told(&error));
        }
    }
}

#[test]
fn an_empty_identity_is_an_equals_sign_or_an_empty_line() {
    let nobody = Access {
        user: String::new(),
        secret: None,
        ..access(Auth::External)
    };
    login(&nobody, "EXTERNAL", &["C AUTH EXTERNAL =", "S +OK"]).expect("in");
    login(&nobody, "PLAIN", &["C AUTH EXTERNAL", "S +", "C", "S +OK"]).expect("in");
}

/// Case 68.
#[test]
fn text_behind_an_empty_challenge_is_ignored() {
    for challenge in ["S +", "S + ", "S + go ahead", "S + ="] {
        let line = format!("C {PLAIN}");
        let script = ["C AUTH PLAIN", challenge, &line, "S +OK"];
        login(&access(Auth::Plain), "", &script).expect("in");
    }
}

/// Case 67.
#[test]
fn a_long_initial_response_takes_two_lines() {
    let long = Access {
        secret: Some(Secret::new(vec![b'x'; 300])),
        ..access(Auth::Auto)
    };
    let message = data_encoding::BASE64.encode(&[&b"\0alice\0"[..], &[b'x'; 300]].concat());
    let line = format!("C {message}");
    login(&long, "PLAIN", &["C AUTH PLAIN", "S +", &line, "S +OK"]).expect("in");
}

/// Case 66.
#[test]
fn a_password_goes_out_verbatim_or_not_at_all() {
    let with = |password: &[u8]| Access {
        secret: Some(Secret::new(password.to_vec())),
        ..access(Auth::User)
    };
    for password in [" wonder  land ", "pässwörd", &"x".repeat(248)] {
        let line = format!("C PASS {password}");
        let script = ["C USER alice", "S +OK", &line, "S +OK"];
        login(&with(password.as_bytes()), "", &script).expect("in");
    }
    let error = failed(login(&with(&[b'x'; 249]), "", &[]));
    assert_eq!(
        told(&error),
        "pop.example.com:995: the password makes a command line longer than 255 octets"
    );
    assert_eq!(error.class(), Class::Config);
}

/// Case 65.
// Fault 105.
#[test]
fn line_ends_and_nuls_are_refused_before_anything_is_sent() {
    let auths = [
        Auth::Auto,
        Auth::User,
        Auth::Plain,
        Auth::Login,
        Auth::CramMd5,
        Auth::XOAuth2,
    ];
    for auth in auths {
        for bad in ["a\rb", "a\nb", "a\0b"] {
            let user = Access {
                user: bad.into(),
                ..access(auth)
            };
            let secret = Access {
                secret: Some(Secret::new(bad.into())),
                ..access(auth)
            };
            for access in [user, secret] {
                let error = failed(login(&access, "PLAIN", &[]));
                assert_eq!(error.class(), Class::Config, "{}", told(&error));
            }
        }
    }
}

#[test]
fn a_login_without_a_password_is_refused_here() {
    for auth in [
        Auth::Auto,
        Auth::User,
        Auth::Apop,
        Auth::Plain,
        Auth::ScramSha1,
    ] {
        let nobody = Access {
            secret: None,
            ..access(auth)
        };
        let error = failed(login(&nobody, "PLAIN", &[]));
        assert!(matches!(error, Error::NoSecret { .. }));
        assert_eq!(error.class(), Class::Config);
    }
}

/// Cases 57 and 59 to 63.
// Faults 100 and 101.
#[test]
fn refusals_tell_what_was_refused_and_why() {
    for (script, class, text) in [
        (
            &["C USER alice", "S -ERR no such user"][..],
            Class::Auth,
            "login by USER/PASS was refused: \"no such user\"",
        ),
        (
            &["C USER alice | S +OK | C PASS wonder land | S -ERR [AUTH] bad"],
            Class::Auth,
            "login by USER/PASS was refused: \"[AUTH] bad\"",
        ),
        (
            &["C USER alice | S +OK | C PASS wonder land | S -ERR maildrop locked"],
            Class::Temporary,
            "login by USER/PASS was refused: \"maildrop locked\"",
        ),
        (
            &["C USER alice | S +OK | C PASS wonder land | S -ERR [LOGIN-DELAY] wait"],
            Class::Temporary,
            "login by USER/PASS was refused: \"[LOGIN-DELAY] wait\"",
        ),
        (
            &["C USER alice | S +OK | C PASS wonder land | S -ERR [sys/perm/foo] x"],
            Class::Auth,
            "login by USER/PASS was refused: \"[sys/perm/foo] x\"",
        ),
        (
            &["C USER alice | S +OK | C PASS wonder land | S +ERR Server error"],
            Class::Protocol,
            "login by USER/PASS failed: the server sent \"+ERR Server error\" where a reply was due",
        ),
    ] {
        let stage = Stage::new(&[&["TLS", "S +OK", "C CAPA", "S -ERR"], script].concat());
        let error = failed(open(&stage, &access(Auth::User), Hints::default()));
        assert_eq!(told(&error), format!("pop.example.com:995: {text}"));
        assert_eq!(error.class(), class, "{text}");
    }
}

/// Case 74.
#[test]
fn a_server_that_refuses_and_hangs_up_refused() {
    for fresh in [true, false] {
        let capa = ["C CAPA", "S +OK", "S SASL PLAIN", "S ."];
        let script = ["C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S -ERR denied | EOF"];
        let (capa, hints) = if fresh {
            (&capa[..], Hints::default())
        } else {
            (&[][..], hints(&["SASL PLAIN"], &[]))
        };
        let stage = Stage::new(&[&["TLS", "S +OK"], capa, &script].concat());
        let error = failed(open(&stage, &access(Auth::Auto), hints));
        assert_eq!(error.class(), Class::Auth);
        assert_eq!(
            told(&error),
            "pop.example.com:995: login by PLAIN was refused: \"denied\""
        );
    }
}

#[test]
fn user_and_pass_share_a_flight_where_pipelining_is_announced() {
    let stage = Stage::new(&["TLS | S +OK | C USER alice | C PASS wonder land | S +OK | S +OK"]);
    let access = access(Auth::User);
    assert!(open(&stage, &access, hints(&["PIPELINING"], &[])).is_ok());
    assert_eq!(stage.writes(), ["USER alice\r\nPASS wonder land\r\n"]);

    let script = [
        "TLS",
        "S +OK",
        "C USER alice",
        "C PASS wonder land",
        "S -ERR who?",
        "S -ERR",
    ];
    let fresh = ["C CAPA", "S +OK", "S PIPELINING", "S ."];
    let stage = Stage::new(&[&script[..], &fresh].concat());
    let error = failed(open(&stage, &access, hints(&["PIPELINING"], &[])));
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by USER/PASS was refused: \"who?\""
    );

    let careful = Hints {
        lockstep: true,
        ..hints(&["PIPELINING"], &[])
    };
    let mut stage =
        Stage::new(&["TLS | S +OK | C USER alice | S +OK | C PASS wonder land | S +OK"]);
    stage.lockstep = true;
    assert!(open(&stage, &access, careful).is_ok());
}

#[test]
fn hints_that_are_out_of_date_are_replaced_once() {
    // PLAIN is gone, LOGIN came: auto falls to USER and PASS.
    let stage = Stage::new(&[
        "TLS | S +OK | C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S -ERR unknown command | C CAPA",
        "S +OK | S USER | S . | C USER alice | S +OK | C PASS wonder land | S +OK",
    ]);
    let access = access(Auth::Auto);
    let session = open(&stage, &access, hints(&["SASL PLAIN"], &["PIPELINING"]));
    let kept = session.expect("a session").hints();
    assert_eq!(kept.capabilities, Some(vec!["USER".to_owned()]));
    assert_eq!(kept.after_login, None);

    // Nothing changed: the refusal remains, after one attempt.
    let stage = Stage::new(&[
        "TLS | S +OK | C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S -ERR wrong | C CAPA | S +OK",
        "S SASL PLAIN | S .",
    ]);
    let error = failed(open(&stage, &access, hints(&["SASL PLAIN"], &[])));
    assert_eq!(error.class(), Class::Auth);

    // The code says what it is: nothing more is asked.
    let script = ["C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S -ERR [AUTH] wrong"];
    assert!(login(&access, "PLAIN", &script).is_err());
}

/// Cases 69 and 73, and a mechanism the server does not have.
#[test]
fn a_named_mechanism_never_gives_way_to_another() {
    let capa = ["C CAPA", "S +OK", "S SASL PLAIN", "S ."];
    for (auth, script, class, text) in [
        (
            Auth::XOAuth2,
            &["C AUTH XOAUTH2", "S -ERR unknown mechanism"][..],
            Class::Unavailable,
            "login by XOAUTH2 was refused: \"unknown mechanism\" (the server offers only PLAIN)",
        ),
        // As Dovecot says it.
        (
            Auth::ScramSha256,
            &["C AUTH SCRAM-SHA-256 | S -ERR [AUTH] Unsupported authentication mechanism."],
            Class::Unavailable,
            "login by SCRAM-SHA-256 was refused: \"[AUTH] Unsupported authentication mechanism.\" \
             (the server offers only PLAIN)",
        ),
        (
            Auth::CramMd5,
            &["C AUTH CRAM-MD5 | S + no base64! | C * | S -ERR cancelled"],
            Class::Protocol,
            "login by CRAM-MD5 failed: the server's challenge is no base64",
        ),
        (
            Auth::CramMd5,
            &["C AUTH CRAM-MD5", "S + no base64!", "C *", "S +OK welcome"],
            Class::Protocol,
            "login by CRAM-MD5 failed: the server's challenge is no base64",
        ),
        (
            Auth::CramMd5,
            &["C AUTH CRAM-MD5", "S +OK welcome"],
            Class::Protocol,
            "login by CRAM-MD5 failed: the server accepted before the exchange was complete",
        ),
        (
            Auth::Login,
            &["C AUTH LOGIN", "S -ERR [SYS/TEMP] later"],
            Class::Temporary,
            "login by LOGIN was refused: \"[SYS/TEMP] later\"",
        ),
        (
            Auth::Plain,
            &["C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S + bW9yZQ== | C * | S -ERR"],
            Class::Protocol,
            "login by PLAIN failed: the server asks for more than the mechanism has",
        ),
    ] {
        let stage = Stage::new(&[&["TLS", "S +OK"], &capa[..], script].concat());
        let error = failed(open(&stage, &access(auth), Hints::default()));
        assert_eq!(told(&error), format!("pop.example.com:995: {text}"));
        assert_eq!(error.class(), class, "{text}");
    }
}

/// Cases 71 and 72.
// Q42.
#[test]
fn a_refused_token_is_reported_with_its_status() {
    let complaint = "S + eyJzdGF0dXMiOiI0MDEiLCJzY29wZSI6Im1haWwifQ==";
    let bearer = "C AUTH OAUTHBEARER bixhPWFsaWNlLAFob3N0PXBvcC5leGFtcGxlLmNvbQFwb3J0PTk5NQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB";
    let message = "C dXNlcj1hbGljZQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB";
    for (auth, name, script) in [
        (
            Auth::OAuthBearer,
            "OAUTHBEARER",
            &[bearer, complaint, "C AQ==", "S -ERR [AUTH] no"][..],
        ),
        (
            Auth::XOAuth2,
            "XOAUTH2",
            &[
                "C AUTH XOAUTH2 | S +",
                message,
                complaint,
                "C | S -ERR [AUTH] no",
            ],
        ),
    ] {
        let error = failed(login(&access(auth), name, script));
        assert_eq!(error.class(), Class::Auth);
        assert_eq!(
            told(&error),
            format!("pop.example.com:995: login by {name} was refused: \"[AUTH] no\" (401)")
        );
    }
    let script = [bearer, complaint, "C AQ==", "S +OK welcome"];
    let error = failed(login(&access(Auth::OAuthBearer), "OAUTHBEARER", &script));
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by OAUTHBEARER failed: the server says \"401\""
    );
}

/// Cases 52 and 53.
#[test]
fn apop_needs_a_timestamp() {
    for greeting in ["S +OK", "S +OK <a b@c>", "S +OK <x>", "S +OK <é@c>"] {
        let stage = Stage::new(&["TLS", greeting]);
        let error = failed(open(&stage, &access(Auth::Apop), hints(&[], &[])));
        assert_eq!(error.class(), Class::Unavailable);
        assert!(stage.writes().is_empty());
    }
}

/// Case 64: opening a large mailbox takes servers minutes.
#[test]
fn the_answer_to_a_login_may_take_longer() {
    let stage = Stage::after_login(&[]);
    let access = access(Auth::User);
    logged_in(&stage, &access, &[]);
    let seconds = [300, 60].map(std::time::Duration::from_secs);
    assert_eq!(stage.log.borrow().waits, seconds);
}

#[test]
fn an_ipv6_host_is_named_in_brackets() {
    let mut access = access(Auth::Apop);
    access.route.host = "::1".to_owned();
    assert_eq!(crate::session::channel::place(&access), "[::1]:995");
}
