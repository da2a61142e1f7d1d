//! No secret is shown, in clear or in base64, whatever the server does.

use data_encoding::{BASE64, HEXLOWER};

use super::transfer::{Notebook, retr};
use super::*;

const CANARY: &str = "cAnArY-sEcReT";

/// A server that repeats whatever it hears, at each of its turns.
fn echoing(turns: usize, last: &'static str) -> Stage {
    let mut stage = Stage::new("TLS | S +OK <1@h>");
    for _ in 0..turns {
        stage = stage.answer(|line| format!("+ {}", line.rsplit(' ').next().unwrap_or_default()));
    }
    stage = stage.answer(move |line| format!("{last} {line}"));
    for _ in 0..2 {
        stage = stage.answer(|line| format!("-ERR {line}"));
    }
    stage.more("EOF").with(|it| it.open_ended = true)
}

/// Every form in which the secret could be seen.
fn forms() -> Vec<String> {
    let plain = format!("\0alice\0{CANARY}");
    let bearer = format!("user=alice\x01auth=Bearer {CANARY}\x01\x01");
    let oauth =
        format!("n,a=alice,\x01host=pop.example.com\x01port=995\x01auth=Bearer {CANARY}\x01\x01");
    let mut forms = vec![CANARY.to_owned(), HEXLOWER.encode(CANARY.as_bytes())];
    forms.extend([CANARY, &plain, &bearer, &oauth].map(|text| BASE64.encode(text.as_bytes())));
    forms
}

#[test]
fn no_mechanism_shows_its_secret() {
    let auths = [
        (Auth::User, 0),
        (Auth::Apop, 0),
        (Auth::Plain, 1),
        (Auth::Login, 2),
        (Auth::CramMd5, 1),
        (Auth::ScramSha1, 1),
        (Auth::ScramSha256, 1),
        (Auth::XOAuth2, 2),
        (Auth::OAuthBearer, 2),
    ];
    let lists =
        ["SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-1 SCRAM-SHA-256 OAUTHBEARER", "USER", "PIPELINING"];
    let mut shown = 0;
    for (auth, turns) in auths {
        for list in lists {
            for turns in 0..=turns {
                for last in ["+OK", "-ERR", "-ERR [AUTH]", "HTTP", "* BYE"] {
                    let stage = echoing(turns, last);
                    let access = access_by(auth, CANARY.as_bytes());
                    let shown_access = format!("{access:?}");
                    let recorder = Recorder::default();
                    let outcome = recorder.login(&stage, access, hints(&[list], &[]));
                    let mut seen = recorder.lines();
                    seen.push(shown_access);
                    if let Err(error) = &outcome {
                        seen.extend([told(error), format!("{error:?}")]);
                    }
                    for form in forms() {
                        for line in &seen {
                            assert!(!line.contains(&form), "{auth:?} {last}: {line}");
                        }
                    }
                    shown += seen.len();
                }
            }
        }
    }
    assert!(shown > 500, "{shown}");
}

#[test]
fn the_dialogue_is_told_with_its_secrets_masked() {
    let stage = Stage::new(&format!(
        "TLS | S +OK hi \x1b[2J | C CAPA | S +OK | S SASL PLAIN | S . | {PLAIN} | S +OK wonder land | \
         C UIDL | S +OK | S 1 a | S .",
    ));
    let recorder = Recorder::default();
    let session = recorder.login(&stage, access(Auth::Auto), Hints::default());
    session.expect("in").uidl().expect("a listing");
    let told = "S +OK hi \\x1b[2J | C CAPA | S +OK | S (12 octets) | C AUTH PLAIN **** | \
                S +OK (not shown: it repeats a secret) | C UIDL | S +OK | S (5 octets)";
    assert_eq!(recorder.lines().join(" | "), told);
}

#[test]
fn a_two_line_exchange_is_masked_too() {
    let stage = Stage::new(
        "TLS | S +OK | C AUTH LOGIN | S + VXNlcm5hbWU6 | C YWxpY2U= | S + UGFzc3dvcmQ6 | \
         C d29uZGVyIGxhbmQ= | S -ERR [AUTH] no",
    );
    let recorder = Recorder::default();
    let login = recorder.login(&stage, access(Auth::Login), hints(&["SASL LOGIN"], &[]));
    assert!(login.is_err());
    let told = "S +OK | C AUTH LOGIN | S + VXNlcm5hbWU6 | C **** | S + UGFzc3dvcmQ6 | C **** | \
                S -ERR [AUTH] no";
    assert_eq!(recorder.lines().join(" | "), told);
}

#[test]
fn a_repetition_is_recognised_when_it_is_cut_or_escaped() {
    let capa = "TLS | S +OK | C CAPA | S -ERR";
    for answer in ["-ERR unknown:", "what is"] {
        let stage = Stage::new(&format!("{capa} | C USER alice | S +OK"))
            .answer(move |line| format!("{answer} {}", &line[..25]));
        let access = access_by(Auth::User, b"caf\xc3\xa9 wonderland of the other kind");
        let error = failed(open(&stage, access, Hints::default()));
        assert!(told(&error).contains("not shown"), "{}", told(&error));
    }
    // Not UTF-8, too long to be shown whole, and not in a reply.
    let token: Vec<u8> = [&b"\xff\x01tok\xe9n"[..], &[b'x'; 500]].concat();
    let stage = Stage::new(&format!("{capa} | C AUTH PLAIN | S +"));
    let stage = stage.answer(|line| format!("500 {line}"));
    let access = access_by(Auth::Plain, &token);
    let error = failed(open(&stage, access, Hints::default()));
    assert!(told(&error).contains("not shown"), "{}", told(&error));
}

/// What a refused message is told with goes into reports.
#[test]
fn a_refusal_in_a_transfer_is_told_without_the_secret() {
    let stage = Stage::after_login(
        "C RETR 1 | S -ERR wonder land? | C DELE 1 | S -ERR wonder land | C STAT | S -ERR wonder land",
    );
    let mut session = logged_in(&stage, &[]);
    let mut work = Notebook::new([retr(1)]);
    session.transfer(&mut work).expect("played");
    let refused = "RETR 1 refused: (not shown: it repeats a secret)";
    assert_eq!(work.notes, [refused]);
    let error = failed(session.delete(&[number(1)]));
    assert!(!told(&error).contains("wonder"));
}
