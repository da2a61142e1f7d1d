//! SCRAM against a server that does its own arithmetic.

use std::cell::RefCell;
use std::rc::Rc;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::base::Class;

fn sign(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any length");
    mac.chain_update(data).finalize().into_bytes().to_vec()
}

/// The server's side of SCRAM-SHA-256, one client line at a time.
struct Server {
    password: &'static str,
    /// What `c=` must hold.
    bound: Vec<u8>,
    first: String,
}

impl Server {
    /// The answer to the AUTH line with its initial response.
    fn offer(&mut self, mechanism: &str, line: &str) -> String {
        let initial = line
            .strip_prefix(&format!("AUTH {mechanism} "))
            .unwrap_or_else(|| panic!("{line}"));
        let message = BASE64.decode(initial.as_bytes()).expect("base64");
        let message = String::from_utf8(message).expect("UTF-8");
        let bare = message.find("n=alice").expect("the user");
        assert!(
            self.bound.starts_with(&message.as_bytes()[..bare]),
            "{message}"
        );
        let nonce = message.split("r=").nth(1).expect("a nonce");
        assert_eq!(nonce.len(), 24);
        let offer = format!("r={nonce}more,s=c2FsdA==,i=4096");
        self.first = format!("{},{offer}", &message[bare..]);
        format!("+ {}", BASE64.encode(offer.as_bytes()))
    }

    /// The answer to the proof.
    fn judged(&self, line: &str) -> String {
        let message = BASE64.decode(line.as_bytes()).expect("base64");
        let message = String::from_utf8(message).expect("UTF-8");
        let (unproven, proof) = message.rsplit_once(",p=").expect("a proof");
        assert!(unproven.starts_with(&format!("c={},r=", BASE64.encode(&self.bound))));
        let mut salted = [0; 32];
        let password = self.password.as_bytes();
        pbkdf2::pbkdf2_hmac::<Sha256>(password, b"salt", 4096, &mut salted);
        let signed = format!("{},{unproven}", self.first);
        let key = sign(&salted, b"Client Key");
        let signature = sign(&Sha256::digest(&key), signed.as_bytes());
        let expected: Vec<u8> = key.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        if BASE64.encode(&expected) != proof {
            return format!("+ {}", BASE64.encode(b"e=invalid-proof"));
        }
        let proof = sign(&sign(&salted, b"Server Key"), signed.as_bytes());
        let last = format!("v={}", BASE64.encode(&proof));
        format!("+ {}", BASE64.encode(last.as_bytes()))
    }
}

/// A stage on which a SCRAM login goes as far as the server's last message.
fn scram(mechanism: &'static str, password: &'static str, bound: &[u8], script: &[&str]) -> Stage {
    let server = Rc::new(RefCell::new(Server {
        password,
        bound: bound.to_vec(),
        first: String::new(),
    }));
    let again = Rc::clone(&server);
    Stage::new(&[&["TLS", "S +OK"], script].concat())
        .answer(move |line| server.borrow_mut().offer(mechanism, line))
        .answer(move |line| again.borrow().judged(line))
}

#[test]
fn the_server_has_proven_itself_before_it_is_believed() {
    for auth in [Auth::Auto, Auth::ScramSha256] {
        let stage = scram("SCRAM-SHA-256", "wonder land", b"n,,", &[]).more(&["C", "S +OK"]);
        let hints = hints(&["SASL PLAIN SCRAM-SHA-1 SCRAM-SHA-256"], &[]);
        assert!(open(&stage, &access(auth), hints).is_ok());
    }
}

/// Case 70: `+OK` in place of the server's last message.
#[test]
fn an_early_ok_is_not_believed() {
    let server = RefCell::new(Server {
        password: "wonder land",
        bound: b"n,,".to_vec(),
        first: String::new(),
    });
    let stage = Stage::new(&["TLS", "S +OK"])
        .answer(move |line| server.borrow_mut().offer("SCRAM-SHA-256", line))
        .answer(|_| "+OK welcome".into());
    let error = failed(open(
        &stage,
        &access(Auth::Auto),
        hints(&["SASL SCRAM-SHA-256 PLAIN"], &[]),
    ));
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by SCRAM-SHA-256 failed: \
         the server accepted before the exchange was complete"
    );
    assert_eq!(error.class(), Class::Protocol);
}

// Q50, fault 99.
#[test]
fn a_wrong_password_is_a_refusal_and_nothing_else_is_tried() {
    let capa = ["C CAPA", "S +OK", "S SASL SCRAM-SHA-256 PLAIN", "S ."];
    let stage = scram("SCRAM-SHA-256", "another", b"n,,", &capa).more(&["C *", "S -ERR denied"]);
    let error = failed(open(&stage, &access(Auth::Auto), Hints::default()));
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by SCRAM-SHA-256 was refused: \"denied\" (invalid-proof)"
    );
    assert_eq!(error.class(), Class::Auth);
}

/// Case 70: a server that cannot prove that it knows the password.
#[test]
fn a_wrong_server_proof_ends_the_session() {
    let server = RefCell::new(Server {
        password: "",
        bound: b"n,,".to_vec(),
        first: String::new(),
    });
    let stage = Stage::new(&["TLS", "S +OK"])
        .answer(move |line| server.borrow_mut().offer("SCRAM-SHA-256", line))
        .answer(|_| format!("+ {}", BASE64.encode(b"v=AAAA")))
        .more(&["C *", "S +OK welcome"]);
    let error = failed(open(
        &stage,
        &access(Auth::ScramSha256),
        hints(&["SASL SCRAM-SHA-256"], &[]),
    ));
    assert!(told(&error).ends_with("the server could not prove that it knows the password"));
}

#[test]
fn the_channel_is_bound_where_the_server_offers_it() {
    let bound = [&b"p=tls-server-end-point,,"[..], &[9; 32]].concat();
    let plus = "SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
    let mut stage = scram("SCRAM-SHA-256-PLUS", "wonder land", &bound, &[]).more(&["C", "S +OK"]);
    stage.end_point = Some(vec![9; 32]);
    let access = access(Auth::Auto);
    assert!(open(&stage, &access, hints(&[plus], &[])).is_ok());

    // Not offered: say that it could have been.
    let mut stage = scram("SCRAM-SHA-256", "wonder land", b"y,,", &[]).more(&["C", "S +OK"]);
    stage.end_point = Some(vec![9; 32]);
    assert!(open(&stage, &access, hints(&["SASL SCRAM-SHA-256"], &[])).is_ok());
}

#[test]
fn a_server_that_binds_by_other_data_gets_an_unbound_login() {
    let plus = "SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
    let access = access(Auth::ScramSha256);
    let server = Rc::new(RefCell::new(Server {
        password: "wonder land",
        bound: b"n,,".to_vec(),
        first: String::new(),
    }));
    let again = Rc::clone(&server);
    let mut stage = Stage::new(&["TLS", "S +OK"])
        .answer(|line| {
            assert!(line.starts_with("AUTH SCRAM-SHA-256-PLUS "));
            "-ERR [AUTH] Authentication failed.".into()
        })
        .answer(move |line| server.borrow_mut().offer("SCRAM-SHA-256", line))
        .answer(move |line| again.borrow().judged(line))
        .more(&["C", "S +OK"]);
    stage.end_point = Some(vec![9; 32]);
    let session = open(&stage, &access, hints(&[plus], &[])).expect("a session");
    let kept = session.hints();
    assert!(kept.unbound);

    // The next session knows it.
    let mut stage = scram("SCRAM-SHA-256", "wonder land", b"n,,", &[]).more(&["C", "S +OK"]);
    stage.end_point = Some(vec![9; 32]);
    assert!(open(&stage, &access, kept).is_ok());
}

/// A login that Dovecot refuses at its first line, after hints that list
/// SCRAM; what it lists now, and how it goes on.
fn refused_at_first(auth: Auth, now: &str, script: &[&str]) -> Result<(), Error> {
    let capa = ["C CAPA", "S +OK", now, "S ."];
    let stage = Stage::new(&["TLS", "S +OK"])
        .answer(|line| {
            assert!(line.starts_with("AUTH SCRAM-SHA-256 "));
            "-ERR [AUTH] Unsupported authentication mechanism.".into()
        })
        .more(&[&capa[..], script].concat());
    let access = access(auth);
    open(&stage, &access, hints(&["SASL PLAIN SCRAM-SHA-256"], &[])).map(|_| ())
}

#[test]
fn scram_that_is_gone_since_the_last_session_is_no_wrong_password() {
    let plain = ["C AUTH PLAIN AGFsaWNlAHdvbmRlciBsYW5k", "S +OK"];
    assert!(refused_at_first(Auth::Auto, "S SASL PLAIN", &plain).is_ok());

    let lacking = ["C AUTH SCRAM-SHA-256 | S -ERR [AUTH] Unsupported authentication mechanism."];
    let error = refused_at_first(Auth::ScramSha256, "S SASL PLAIN", &lacking).expect_err("refusal");
    assert_eq!(
        told(&error),
        "pop.example.com:995: login by SCRAM-SHA-256 was refused: \
         \"[AUTH] Unsupported authentication mechanism.\" (the server offers only PLAIN)"
    );
    assert_eq!(error.class(), Class::Unavailable);

    // Still listed: it is this user who is refused, and once is enough.
    for auth in [Auth::Auto, Auth::ScramSha256] {
        let now = "S SASL PLAIN SCRAM-SHA-256";
        let error = refused_at_first(auth, now, &[]).expect_err("refusal");
        assert_eq!(error.class(), Class::Auth);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a server says that does not know the password, it is neither
    /// believed nor a reason to panic or to ask for ever.
    #[test]
    fn no_stranger_is_believed(
        answers in proptest::collection::vec(
            prop_oneof![
                Just("+OK".to_owned()),
                Just("-ERR".to_owned()),
                Just("+".to_owned()),
                "[+*a-z ]{0,9}",
                "(r=[a-z]{0,3},|s=c2FsdA==,|i=4096|v=AAAA){0,4}"
                    .prop_map(|text| format!("+ {}", BASE64.encode(text.as_bytes()))),
                // Echoed, so that the nonce is right.
                Just("echo".to_owned()),
            ], 0..8),
        listed in any::<bool>(),
    ) {
        let mut stage = Stage::new(&["TLS", "S +OK"]);
        for answer in answers {
            stage = stage.answer(move |line| {
                let message = line.rsplit(' ').next().unwrap_or_default();
                let message = BASE64.decode(message.as_bytes()).unwrap_or_default();
                let message = String::from_utf8_lossy(&message).into_owned();
                match (answer.as_str(), message.split_once("r=")) {
                    ("echo", Some((_, nonce))) => {
                        let offer = format!("r={nonce}x,s=c2FsdA==,i=4096");
                        format!("+ {}", BASE64.encode(offer.as_bytes()))
                    }
                    _ => answer.clone(),
                }
            });
        }
        stage = stage.more(&["EOF"]);
        stage.open_ended = true;
        let access = access(Auth::ScramSha256);
        let list = if listed { "SASL SCRAM-SHA-256" } else { "USER" };
        prop_assert!(open(&stage, &access, hints(&[list], &[])).is_err());
    }
}
