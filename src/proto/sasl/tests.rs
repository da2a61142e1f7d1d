use proptest::prelude::*;

use super::*;

fn secret(text: &str) -> Secret {
    Secret::new(text.as_bytes().to_vec())
}

/// The line in clear, `=` and base64 undone.
fn clear(line: &Secret) -> String {
    if line.expose() == b"=" {
        return "=".into();
    }
    String::from_utf8(BASE64.decode(line.expose()).expect("base64")).expect("UTF-8")
}

fn respond(exchange: &mut Exchange<'_>, challenge: &str) -> Result<String, Error> {
    let challenge = BASE64.encode(challenge.as_bytes());
    let line = exchange.respond(challenge.as_bytes())?;
    Ok(clear(&line))
}

fn scram(hash: Hash, nonce: &str) -> Scram {
    let pencil = secret("pencil");
    Scram::new(hash, Binding::Unable, "user", &pencil, nonce).expect("usable")
}

const NONCE_1: &str = "fyko+d2lbbFgONRv9qkxdawL";

const FIRST_1: &str = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";
const FINAL_1: &str = "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=";

#[test]
fn scram_is_as_in_the_rfcs() {
    let nonce_256 = "rOprNGfwEbeRWgbNEkqO";
    let first_256 =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    let proof_256 = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                     p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    let final_256 = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";
    let proof_1 =
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=";
    for (hash, nonce, first, proof, last) in [
        (Hash::Sha1, NONCE_1, FIRST_1, proof_1, FINAL_1),
        (Hash::Sha256, nonce_256, first_256, proof_256, final_256),
    ] {
        let mut scram = scram(hash, nonce);
        let mut exchange = Exchange::new(&mut scram);
        let initial = exchange.initial().expect("short");
        assert_eq!(clear(&initial), format!("n,,n=user,r={nonce}"));
        assert_eq!(respond(&mut exchange, first).expect("proof"), proof);
        assert_eq!(exchange.finish(), Err(Error::Incomplete));
        assert_eq!(respond(&mut exchange, last).expect("verified"), "");
        assert_eq!(exchange.finish(), Ok(()));
        let more = respond(&mut exchange, last);
        assert_eq!(more, Err(Error::TooManyChallenges));
    }
}

/// Case 70.
#[test]
fn scram_fails_closed() {
    let full = "fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
    let salt = "QSXCR+Q6sek8bf92";
    let after = |challenge: &str| {
        let mut scram = scram(Hash::Sha1, NONCE_1);
        let mut exchange = Exchange::new(&mut scram);
        exchange.initial().expect("short");
        let outcome = respond(&mut exchange, challenge);
        assert!(outcome.is_err(), "{challenge}: {outcome:?}");
        assert_eq!(exchange.finish(), Err(Error::Incomplete));
        assert!(!exchange.has_proven());
        outcome.expect_err("refused")
    };
    for count in ["1", "4095", "5000001", "1000000000", "99999999999999999999"] {
        let error = after(&format!("r={full},s={salt},i={count}"));
        assert!(matches!(error, Error::Iterations { .. }), "{error}");
    }
    let other = "fyko+d2lbbFgONRv9qkxdaw3rfcNHYJY1ZVvWVs7jxxxx";
    for r in [NONCE_1, "other", "", other] {
        assert_eq!(after(&format!("r={r},s={salt},i=4096")), Error::Nonce);
    }
    let message = "first message";
    let malformed = Error::Malformed { message };
    #[rustfmt::skip]
    let rows = [
        String::new(), format!("m=x,r={full},s={salt},i=4096"), format!("s={salt},r={full},i=4096"),
        format!("r={full},s=***,i=4096"), format!("r={full},s=,i=4096"), format!("r={full},s={salt}"),
        format!("r={full},s={salt},i=+4096"), format!("r={full},s={salt},i="),
        format!("r={full}\u{e9},s={salt},i=4096"), FINAL_1.to_owned(),
    ];
    for challenge in rows {
        assert_eq!(after(&challenge), malformed, "{challenge}");
    }
    let text = "unknown-user".to_owned();
    assert_eq!(after("e=unknown-user"), Error::Server { text });
}

/// Case 70, the server's proof.
#[test]
fn a_server_that_proves_nothing_is_not_believed() {
    let message = "final message";
    let malformed = Error::Malformed { message };
    for (last, error) in [
        ("v=rmF9pqV8S7suAoZWja4dJRkFsKA=", Error::ServerSignature),
        ("v=", Error::ServerSignature),
        ("v=***", malformed.clone()),
        ("", malformed.clone()),
        (FIRST_1, malformed),
    ] {
        let mut scram = scram(Hash::Sha1, NONCE_1);
        let mut exchange = Exchange::new(&mut scram);
        exchange.initial().expect("short");
        respond(&mut exchange, FIRST_1).expect("proof");
        assert_eq!(respond(&mut exchange, last), Err(error), "{last}");
        assert_eq!(exchange.finish(), Err(Error::Incomplete));
        // A second try with the right one comes too late.
        assert!(respond(&mut exchange, FINAL_1).is_err());
        assert_eq!(exchange.finish(), Err(Error::Incomplete));
    }
}

#[test]
fn scram_tells_how_it_is_bound() {
    #[rustfmt::skip]
    let rows = [
        (Binding::Unable, "SCRAM-SHA-1", "n,,", "c=biws,"),
        (Binding::Unoffered, "SCRAM-SHA-1", "y,,", "c=eSws,"),
        (Binding::EndPoint(vec![1, 2, 3]), "SCRAM-SHA-1-PLUS", "p=tls-server-end-point,,",
         "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAQID,"),
    ];
    for (binding, name, header, c) in rows {
        let mut scram =
            Scram::new(Hash::Sha1, binding, "a=b,c", &secret("pencil"), "abc").expect("usable");
        assert_eq!(scram.name(), name);
        let mut exchange = Exchange::new(&mut scram);
        let first = clear(&exchange.initial().expect("short"));
        assert_eq!(first, format!("{header}n=a=3Db=2Cc,r=abc"));
        let response = respond(&mut exchange, "r=abcd,s=QSXCR+Q6sek8bf92,i=4096").expect("proof");
        assert!(response.starts_with(c), "{response}");
    }
}

#[test]
fn scram_takes_text_and_nothing_else() {
    let new = |password: &[u8]| {
        let password = Secret::new(password.to_vec());
        Scram::new(Hash::Sha1, Binding::Unable, "u", &password, "n").map(|_| ())
    };
    assert_eq!(new("pässwörd".as_bytes()), Ok(()));
    for password in [&b"\xff"[..], b"a\0", b"a\n", b"a\x7f"] {
        assert!(matches!(new(password), Err(Error::Unusable { .. })));
    }
}

#[test]
fn plain_puts_everything_into_one_message() {
    let mut plain = OneMessage::plain("tim", &secret("tanstaaf tanstaaf")).expect("usable");
    let line = Exchange::new(&mut plain).initial().expect("short");
    assert_eq!(clear(&line), "\0tim\0tanstaaf tanstaaf");
    assert!(OneMessage::plain("a\0b", &secret("x")).is_err());
    assert!(OneMessage::plain("a", &secret("x\0")).is_err());
}

/// Case 67.
// Q53.
#[test]
fn an_initial_response_keeps_within_the_line() {
    // "AUTH PLAIN " and CRLF are 13 octets; 180 octets become 240, 183 244.
    for (length, initial) in [(180 - 3, true), (181 - 3, false)] {
        let mut plain = OneMessage::plain("u", &secret(&"x".repeat(length))).expect("usable");
        let mut exchange = Exchange::new(&mut plain);
        let line = exchange.initial();
        assert_eq!(line.is_some(), initial, "{length}");
        if let Some(line) = line {
            assert!("AUTH PLAIN \r\n".len() + line.expose().len() <= 255);
        } else {
            assert_eq!(exchange.finish(), Err(Error::Incomplete));
            assert!(clear(&exchange.respond(b"").expect("the message")).starts_with("\0u\0xxx"));
        }
        assert_eq!(exchange.finish(), Ok(()));
    }
}

/// Case 68.
#[test]
fn prompts_may_say_anything() {
    for prompt in [&b""[..], b"junk text", b"VXNlcm5hbWU6", b"go ahead="] {
        let mut plain = OneMessage::plain("u", &secret("p")).expect("usable");
        let mut exchange = Exchange::new(&mut plain);
        let line = exchange.respond(prompt).expect("the message");
        assert_eq!(clear(&line), "\0u\0p");
        assert_eq!(exchange.respond(b""), Err(Error::TooManyChallenges));

        let mut login = Login::new("u", &secret("p"));
        let mut exchange = Exchange::new(&mut login);
        assert_eq!(exchange.initial(), None);
        assert_eq!(clear(&exchange.respond(prompt).expect("the user")), "u");
        assert_eq!(exchange.finish(), Err(Error::Incomplete));
        assert_eq!(clear(&exchange.respond(prompt).expect("the password")), "p");
        assert_eq!(exchange.finish(), Ok(()));
        assert_eq!(exchange.respond(prompt), Err(Error::TooManyChallenges));
    }
}

/// Case 69.
#[test]
fn cram_md5_as_in_the_rfc() {
    let mut cram = CramMd5::new("tim", &secret("tanstaaftanstaaf"));
    let mut exchange = Exchange::new(&mut cram);
    assert_eq!(exchange.initial(), None);
    assert_eq!(exchange.finish(), Err(Error::Incomplete));
    assert_eq!(
        respond(&mut exchange, "<1896.697170952@postoffice.reston.mci.net>").expect("digest"),
        "tim b913a602c7eda7a495b4e6e7334d3890"
    );
    assert_eq!(exchange.finish(), Ok(()));
    let mut cram = CramMd5::new("tim", &secret("x"));
    let expected = Err(Error::NotBase64);
    assert_eq!(Exchange::new(&mut cram).respond(b"no base64"), expected);
}

/// Cases 71 and 72.
#[test]
fn a_refused_token_is_answered_as_each_mechanism_wants() {
    let complaint = BASE64.encode(br#"{"status":"invalid_token","scope":"mail"}"#);
    let mut bearer =
        Bearer::oauthbearer("u,=@x", &secret("ya29.T"), "h.example", 995).expect("usable");
    let mut exchange = Exchange::new(&mut bearer);
    let expected = "n,a=u=2C=3D@x,\x01host=h.example\x01port=995\x01auth=Bearer ya29.T\x01\x01";
    assert_eq!(clear(&exchange.initial().expect("short")), expected);
    assert_eq!(exchange.finish(), Ok(()));
    let line = exchange.respond(complaint.as_bytes()).expect("an answer");
    assert_eq!(line.expose(), b"AQ==");
    assert_eq!(exchange.complaint(), Some("invalid_token"));
    assert!(matches!(exchange.finish(), Err(Error::Server { .. })));
    let expected = Err(Error::TooManyChallenges);
    assert_eq!(exchange.respond(complaint.as_bytes()), expected);

    let mut xoauth2 = Bearer::xoauth2("u@x", &secret("ya29.T")).expect("usable");
    let mut exchange = Exchange::new(&mut xoauth2);
    let found = clear(&exchange.respond(b"").expect("the message"));
    assert_eq!(found, "user=u@x\x01auth=Bearer ya29.T\x01\x01");
    let line = exchange.respond(complaint.as_bytes()).expect("an answer");
    assert_eq!(line.expose(), b"");
    assert_eq!(exchange.complaint(), Some("invalid_token"));
    assert!(Bearer::xoauth2("u", &secret("a\x01b")).is_err());
}

#[test]
fn external_says_as_whom_to_act() {
    for (user, initial, later) in [("", "=", ""), ("tim", "dGlt", "dGlt")] {
        let external = || OneMessage::external(user).expect("usable");
        let line = Exchange::new(&mut external()).initial();
        assert_eq!(line.expect("short").expose(), initial.as_bytes());
        let line = Exchange::new(&mut external()).respond(b"");
        assert_eq!(line.expect("an answer").expose(), later.as_bytes());
    }
}

/// One of each, all with the same secret.
fn all(canary: &str) -> Vec<Box<dyn Mechanism>> {
    let canary = secret(canary);
    let scram = |hash, binding| Scram::new(hash, binding, "u", &canary, "abc").expect("usable");
    vec![
        Box::new(OneMessage::plain("u", &canary).expect("usable")),
        Box::new(Login::new("u", &canary)),
        Box::new(CramMd5::new("u", &canary)),
        Box::new(scram(Hash::Sha1, Binding::Unable)),
        Box::new(scram(Hash::Sha256, Binding::EndPoint(vec![7; 32]))),
        Box::new(Bearer::xoauth2("u", &canary).expect("usable")),
        Box::new(Bearer::oauthbearer("u", &canary, "h", 1).expect("usable")),
        Box::new(OneMessage::external("u").expect("usable")),
    ]
}

proptest! {
    /// What a server may say never panics, never is answered for ever, and
    /// never makes SCRAM believe a server that proved nothing.
    #[test]
    fn no_challenge_leads_astray(
        raw in any::<bool>(),
        challenges in proptest::collection::vec(
            prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..60),
                "(r=abc[a-z]{0,3}|s=[A-Za-z]{4}|i=4096|v=[A-Za-z]{4}|,){0,7}".prop_map(String::into_bytes),
                Just(b"r=abcd,s=QSXCR+Q6sek8bf92,i=4096".to_vec()),
            ], 0..5),
    ) {
        for mut mechanism in all("canary") {
            let is_scram = mechanism.name().starts_with("SCRAM");
            let mut exchange = Exchange::new(&mut *mechanism);
            let mut answered = 0;
            for challenge in &challenges {
                let line = if raw { challenge.clone() } else { BASE64.encode(challenge).into_bytes() };
                if exchange.respond(&line).is_err() {
                    break;
                }
                answered += 1;
            }
            prop_assert!(answered <= 3);
            if is_scram {
                prop_assert!(exchange.finish().is_err());
            }
        }
    }
}
