use super::*;

/// Runs a login whose script follows the greeting, with hints that list
/// `sasl`.
fn login(access: Access, sasl: &str, script: &str) -> Result<(), Error> {
    let greeting = "S +OK <1896.697170952@dbc.mtview.ca.us>";
    let stage = Stage::new(&format!("TLS | {greeting} | {script}"));
    open(&stage, access, hints(&[&format!("SASL {sasl}")], &[])).map(|_| ())
}

const BEARER: &str = "C AUTH OAUTHBEARER bixhPWFsaWNlLAFob3N0PXBvcC5leGFtcGxlLmNvbQFwb3J0PTk5NQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB";
const XOAUTH2: &str = "C AUTH XOAUTH2 | S + | C dXNlcj1hbGljZQFhdXRoPUJlYXJlciB3b25kZXIgbGFuZAEB";

#[test]
fn every_mechanism_says_exactly_this() {
    #[rustfmt::skip]
    let mechanisms = [
        (Auth::Plain, "PLAIN", PLAIN),
        (Auth::Plain, "LOGIN", "C AUTH PLAIN | S + | C AGFsaWNlAHdvbmRlciBsYW5k"),
        (Auth::Login, "LOGIN", "C AUTH LOGIN | S + VXNlcm5hbWU6 | C YWxpY2U= | S + UGFzc3dvcmQ6 | C d29uZGVyIGxhbmQ="),
        (Auth::User, "PLAIN", "C USER alice | S +OK | C PASS wonder land"),
        (Auth::Auto, "LOGIN CRAM-MD5", "C USER alice | S +OK | C PASS wonder land"),
        (Auth::Apop, "PLAIN", "C APOP alice b769000626c6cfc286a49309616a5a62"),
        (Auth::CramMd5, "CRAM-MD5", "C AUTH CRAM-MD5 | S + PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+ | C YWxpY2UgZjk1ZmM2NDRmNTU4NzgzMzY2NDk2ZDFhYTI4MzI4NjU="),
        (Auth::XOAuth2, "XOAUTH2", XOAUTH2),
        (Auth::OAuthBearer, "OAUTHBEARER", BEARER),
        (Auth::External, "EXTERNAL", "C AUTH EXTERNAL YWxpY2U="),
    ];
    for (auth, sasl, script) in mechanisms {
        if let Err(error) = login(access(auth), sasl, &format!("{script} | S +OK")) {
            panic!("{auth:?}: {}", told(&error));
        }
    }
}

#[test]
fn an_empty_identity_is_an_equals_sign_or_an_empty_line() {
    for (sasl, script) in
        [("EXTERNAL", "C AUTH EXTERNAL = | S +OK"), ("PLAIN", "C AUTH EXTERNAL | S + | C | S +OK")]
    {
        let nobody = access_with(Auth::External, |it| {
            it.user.clear();
            it.secret = None;
        });
        login(nobody, sasl, script).expect("in");
    }
}

/// Case 68.
#[test]
fn text_behind_an_empty_challenge_is_ignored() {
    for challenge in ["S +", "S + ", "S + go ahead", "S + ="] {
        let script = format!("C AUTH PLAIN | {challenge} | C AGFsaWNlAHdvbmRlciBsYW5k | S +OK");
        login(access(Auth::Plain), "", &script).expect("in");
    }
}

/// Case 67.
#[test]
fn a_long_initial_response_takes_two_lines() {
    let message = data_encoding::BASE64.encode(&[&b"\0alice\0"[..], &[b'x'; 300]].concat());
    let script = format!("C AUTH PLAIN | S + | C {message} | S +OK");
    login(access_by(Auth::Auto, &[b'x'; 300]), "PLAIN", &script).expect("in");
}

/// Case 66.
#[test]
fn a_password_goes_out_verbatim_or_not_at_all() {
    for password in [" wonder  land ", "pässwörd", &"x".repeat(248)] {
        let script = format!("C USER alice | S +OK | C PASS {password} | S +OK");
        login(access_by(Auth::User, password.as_bytes()), "", &script).expect("in");
    }
    let error = failed(login(access_by(Auth::User, &[b'x'; 249]), "", ""));
    let text = "the password makes a command line longer than 255 octets";
    assert_told(&error, Class::Config, text);
}

/// Case 65.
// Fault 105.
#[test]
fn line_ends_and_nuls_are_refused_before_anything_is_sent() {
    use Auth::{Auto, CramMd5, Login, Plain, User, XOAuth2};
    for auth in [Auto, User, Plain, Login, CramMd5, XOAuth2] {
        for bad in ["a\rb", "a\nb", "a\0b"] {
            let user = access_with(auth, |it| it.user = bad.into());
            for access in [user, access_by(auth, bad.as_bytes())] {
                assert_eq!(failed(login(access, "PLAIN", "")).class(), Class::Config);
            }
        }
    }
}

#[test]
fn a_login_without_a_password_is_refused_here() {
    use Auth::{Apop, Auto, Plain, ScramSha1, User};
    for auth in [Auto, User, Apop, Plain, ScramSha1] {
        let nobody = access_with(auth, |it| it.secret = None);
        let error = failed(login(nobody, "PLAIN", ""));
        assert!(matches!(error, Error::NoSecret { .. }));
        assert_eq!(error.class(), Class::Config);
    }
}

/// Cases 57 and 59 to 63.
// Faults 100 and 101.
#[test]
fn refusals_tell_what_was_refused_and_why() {
    #[rustfmt::skip]
    let refusals = [
        ("-ERR [AUTH] bad", Class::Auth, "was refused: \"[AUTH] bad\""),
        ("-ERR maildrop locked", Class::Temporary, "was refused: \"maildrop locked\""),
        ("-ERR [LOGIN-DELAY] wait", Class::Temporary, "was refused: \"[LOGIN-DELAY] wait\""),
        ("-ERR [sys/perm/foo] x", Class::Auth, "was refused: \"[sys/perm/foo] x\""),
        ("+ERR Server error", Class::Protocol, "failed: the server sent \"+ERR Server error\" where a reply was due"),
    ];
    let capa = "TLS | S +OK | C CAPA | S -ERR | C USER alice";
    for (answer, class, text) in refusals {
        let script = format!("{capa} | S +OK | C PASS wonder land | S {answer}");
        let error = unopened(&script, access(Auth::User));
        assert_told(&error, class, &format!("login by USER/PASS {text}"));
    }
    let error = unopened(&format!("{capa} | S -ERR no such user"), access(Auth::User));
    let text = "login by USER/PASS was refused: \"no such user\"";
    assert_told(&error, Class::Auth, text);
}

/// Case 74.
#[test]
fn a_server_that_refuses_and_hangs_up_refused() {
    for (capa, hints) in [
        ("C CAPA | S +OK | S SASL PLAIN | S .", Hints::default()),
        ("", hints(&["SASL PLAIN"], &[])),
    ] {
        let script = format!("TLS | S +OK | {capa} | {PLAIN} | S -ERR denied | EOF");
        let error = failed(open(&Stage::new(&script), access(Auth::Auto), hints));
        let text = "login by PLAIN was refused: \"denied\"";
        assert_told(&error, Class::Auth, text);
    }
}

#[test]
fn user_and_pass_share_a_flight_where_pipelining_is_announced() {
    let pipelining = || hints(&["PIPELINING"], &[]);
    let stage = Stage::new(&format!("TLS | S +OK | {PIPELINED_LOGIN}"));
    assert!(open(&stage, access(Auth::User), pipelining()).is_ok());
    assert_eq!(stage.writes(), ["USER alice\r\nPASS wonder land\r\n"]);

    let stage = Stage::new(
        "TLS | S +OK | C USER alice | C PASS wonder land | S -ERR who? | S -ERR | C CAPA | S +OK | \
         S PIPELINING | S .",
    );
    let error = failed(open(&stage, access(Auth::User), pipelining()));
    assert_eq!(told(&error), "login by USER/PASS was refused: \"who?\"");

    let mut careful = pipelining();
    careful.lockstep = true;
    let stage = Stage::new(&format!("TLS | S +OK | {LOGIN}")).with(|it| it.lockstep = true);
    assert!(open(&stage, access(Auth::User), careful).is_ok());
}

#[test]
fn hints_that_are_out_of_date_are_replaced_once() {
    // PLAIN is gone, LOGIN came: auto falls to USER and PASS.
    let capa = "C CAPA | S +OK | S USER | S .";
    let refused = format!("TLS | S +OK | {PLAIN} | S -ERR");
    let stage = Stage::new(&format!("{refused} unknown command | {capa} | {LOGIN}"));
    let old = || hints(&["SASL PLAIN"], &["PIPELINING"]);
    let session = open(&stage, access(Auth::Auto), old());
    let kept = session.expect("a session").hints();
    assert_eq!(kept.capabilities, Some(vec!["USER".to_owned()]));
    assert_eq!(kept.after_login, None);

    // Nothing changed: the refusal remains, after one attempt. And if the code
    // says what it is, nothing more is asked.
    for script in [" wrong | C CAPA | S +OK | S SASL PLAIN | S .", " [AUTH] wrong"] {
        let stage = Stage::new(&format!("{refused}{script}"));
        let error = failed(open(&stage, access(Auth::Auto), old()));
        assert_eq!(error.class(), Class::Auth);
    }
}

/// Cases 69 and 73, and a mechanism the server does not have.
#[test]
fn a_named_mechanism_never_gives_way_to_another() {
    #[rustfmt::skip]
    let refusals = [
        (Auth::XOAuth2, "C AUTH XOAUTH2 | S -ERR unknown mechanism", Class::Unavailable,
         "XOAUTH2 was refused: \"unknown mechanism\" (the server offers only PLAIN)"),
        // As Dovecot says it.
        (Auth::ScramSha256, "C AUTH SCRAM-SHA-256 | S -ERR [AUTH] Unsupported authentication mechanism.", Class::Unavailable,
         "SCRAM-SHA-256 was refused: \"[AUTH] Unsupported authentication mechanism.\" (the server offers only PLAIN)"),
        (Auth::CramMd5, "C AUTH CRAM-MD5 | S + no base64! | C * | S -ERR cancelled", Class::Protocol,
         "CRAM-MD5 failed: the server's challenge is no base64"),
        (Auth::CramMd5, "C AUTH CRAM-MD5 | S + no base64! | C * | S +OK welcome", Class::Protocol,
         "CRAM-MD5 failed: the server's challenge is no base64"),
        (Auth::CramMd5, "C AUTH CRAM-MD5 | S +OK welcome", Class::Protocol,
         "CRAM-MD5 failed: the server accepted before the exchange was complete"),
        (Auth::Login, "C AUTH LOGIN | S -ERR [SYS/TEMP] later", Class::Temporary,
         "LOGIN was refused: \"[SYS/TEMP] later\""),
        (Auth::Plain, "C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k | S + bW9yZQ== | C * | S -ERR", Class::Protocol,
         "PLAIN failed: the server asks for more than the mechanism has"),
    ];
    for (auth, script, class, text) in refusals {
        let script = format!("TLS | S +OK | C CAPA | S +OK | S SASL PLAIN | S . | {script}");
        let error = unopened(&script, access(auth));
        assert_told(&error, class, &format!("login by {text}"));
    }
}

/// Cases 71 and 72.
// Q42.
#[test]
fn a_refused_token_is_reported_with_its_status() {
    let complaint = "S + eyJzdGF0dXMiOiI0MDEiLCJzY29wZSI6Im1haWwifQ==";
    let rows = [
        (Auth::OAuthBearer, "OAUTHBEARER", &*format!("{BEARER} | {complaint} | C AQ==")),
        (Auth::XOAuth2, "XOAUTH2", &*format!("{XOAUTH2} | {complaint} | C")),
    ];
    for (auth, name, script) in rows {
        let error = failed(login(access(auth), name, &format!("{script} | S -ERR [AUTH] no")));
        let text = format!("login by {name} was refused: \"[AUTH] no\" (401)");
        assert_told(&error, Class::Auth, &text);
    }
    let script = format!("{BEARER} | {complaint} | C AQ== | S +OK welcome");
    let error = failed(login(access(Auth::OAuthBearer), "OAUTHBEARER", &script));
    let expected = "login by OAUTHBEARER failed: the server says \"401\"";
    assert_eq!(told(&error), expected);
}

/// Cases 52 and 53.
#[test]
fn apop_needs_a_timestamp() {
    for greeting in ["S +OK", "S +OK <a b@c>", "S +OK <x>", "S +OK <é@c>"] {
        let stage = Stage::new(&format!("TLS | {greeting}"));
        let error = failed(open(&stage, access(Auth::Apop), hints(&[], &[])));
        assert_eq!(error.class(), Class::Unavailable);
        assert!(stage.writes().is_empty());
    }
}

/// Case 64: opening a large mailbox takes servers minutes.
#[test]
fn the_answer_to_a_login_may_take_longer() {
    let stage = Stage::after_login("");
    logged_in(&stage, &[]);
    let seconds = [300, 60].map(Duration::from_secs);
    assert_eq!(stage.log.borrow().waits, seconds);
}

#[test]
fn an_ipv6_host_is_named_in_brackets() {
    let access = access_with(Auth::Apop, |it| it.route.host = "::1".to_owned());
    assert_eq!(crate::session::channel::place(&access), "[::1]:995");
}
