//! SCRAM against a server that does its own arithmetic.

use std::cell::RefCell;
use std::rc::Rc;

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::peer::Ways;
use super::*;

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
    fn new(password: &'static str, bound: &[u8]) -> Self {
        Self { password, bound: bound.to_vec(), first: String::new() }
    }

    /// The answer to the AUTH line with its initial response.
    fn offer(&mut self, mechanism: &str, line: &str) -> String {
        let initial =
            line.strip_prefix(&format!("AUTH {mechanism} ")).unwrap_or_else(|| panic!("{line}"));
        let message = BASE64.decode(initial.as_bytes()).expect("base64");
        let message = String::from_utf8(message).expect("UTF-8");
        let bare = message.find("n=alice").expect("the user");
        let holds = self.bound.starts_with(&message.as_bytes()[..bare]);
        assert!(holds, "{message}");
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

const START: &str = "TLS | S +OK";

/// Goes on with a SCRAM login as far as the server's last message, and this.
fn scram(
    stage: Stage,
    mechanism: &'static str,
    (password, bound): (&'static str, &[u8]),
    end: &str,
) -> Stage {
    let server = Rc::new(RefCell::new(Server::new(password, bound)));
    let again = Rc::clone(&server);
    stage
        .answer(move |line| server.borrow_mut().offer(mechanism, line))
        .answer(move |line| again.borrow().judged(line))
        .more(end)
}

/// A login that is let in, bound to this.
fn let_in(mechanism: &'static str, bound: &[u8]) -> Stage {
    let knows = ("wonder land", bound);
    scram(Stage::new(START), mechanism, knows, "C | S +OK")
}

/// A server that offers, and then says this.
fn offering(then: String) -> Stage {
    let mut server = Server::new("", b"n,,");
    Stage::new(START)
        .answer(move |line| server.offer("SCRAM-SHA-256", line))
        .answer(move |_| then.clone())
}

fn binds(ways: &mut Ways) {
    ways.end_point = Some(vec![9; 32]);
}

const PLUS: &str = "SASL SCRAM-SHA-256 SCRAM-SHA-256-PLUS";

#[test]
fn the_server_has_proven_itself_before_it_is_believed() {
    for auth in [Auth::Auto, Auth::ScramSha256] {
        let stage = let_in("SCRAM-SHA-256", b"n,,");
        let hints = hints(&["SASL PLAIN SCRAM-SHA-1 SCRAM-SHA-256"], &[]);
        assert!(open(&stage, access(auth), hints).is_ok());
    }
}

/// Case 70: `+OK` in place of the server's last message, and a server that
/// cannot prove that it knows the password.
#[test]
fn what_proves_nothing_is_not_believed() {
    let wrong = format!("+ {}", BASE64.encode(b"v=AAAA"));
    #[rustfmt::skip]
    let answers = [
        (Auth::Auto, "+OK welcome".to_owned(), "", "accepted before the exchange was complete"),
        (Auth::ScramSha256, wrong, "C * | S +OK welcome", "could not prove that it knows the password"),
    ];
    for (auth, answer, end, text) in answers {
        let stage = offering(answer).more(end);
        let hints = hints(&["SASL SCRAM-SHA-256 PLAIN"], &[]);
        let error = failed(open(&stage, access(auth), hints));
        let text = format!("login by SCRAM-SHA-256 failed: the server {text}");
        assert_told(&error, Class::Protocol, &text);
    }
}

// Q50, fault 99.
#[test]
fn a_wrong_password_is_a_refusal_and_nothing_else_is_tried() {
    let stage = Stage::new(&format!("{START} | C CAPA | S +OK | S SASL SCRAM-SHA-256 PLAIN | S ."));
    let stage = scram(stage, "SCRAM-SHA-256", ("another", b"n,,"), "C * | S -ERR denied");
    let error = failed(open(&stage, access(Auth::Auto), Hints::default()));
    let text = "login by SCRAM-SHA-256 was refused: \"denied\" (invalid-proof)";
    assert_told(&error, Class::Auth, text);
}

#[test]
fn the_channel_is_bound_where_the_server_offers_it() {
    let bound = [&b"p=tls-server-end-point,,"[..], &[9; 32]].concat();
    for (mechanism, bound, listed) in [
        ("SCRAM-SHA-256-PLUS", &*bound, PLUS),
        // Not offered: say that it could have been.
        ("SCRAM-SHA-256", b"y,,", "SASL SCRAM-SHA-256"),
    ] {
        let stage = let_in(mechanism, bound).with(binds);
        assert!(open(&stage, access(Auth::Auto), hints(&[listed], &[])).is_ok());
    }
}

#[test]
fn a_server_that_binds_by_other_data_gets_an_unbound_login() {
    let stage = Stage::new(START).with(binds).answer(|line| {
        assert!(line.starts_with("AUTH SCRAM-SHA-256-PLUS "));
        "-ERR [AUTH] Authentication failed.".into()
    });
    let stage = scram(stage, "SCRAM-SHA-256", ("wonder land", b"n,,"), "C | S +OK");
    let session = open(&stage, access(Auth::ScramSha256), hints(&[PLUS], &[]));
    let kept = session.expect("a session").hints();
    assert!(kept.unbound);

    // The next session knows it.
    let stage = let_in("SCRAM-SHA-256", b"n,,").with(binds);
    assert!(open(&stage, access(Auth::ScramSha256), kept).is_ok());
}

/// A login that Dovecot refuses at its first line, after hints that list
/// SCRAM; what it lists now, and how it goes on.
fn refused_at_first(auth: Auth, now: &str, then: &str) -> Result<(), Error> {
    let stage = Stage::new(START)
        .answer(|line| {
            assert!(line.starts_with("AUTH SCRAM-SHA-256 "));
            "-ERR [AUTH] Unsupported authentication mechanism.".into()
        })
        .more(&format!("C CAPA | S +OK | S SASL {now} | S . | {then}"));
    let hints = hints(&["SASL PLAIN SCRAM-SHA-256"], &[]);
    open(&stage, access(auth), hints).map(|_| ())
}

#[test]
fn scram_that_is_gone_since_the_last_session_is_no_wrong_password() {
    assert!(refused_at_first(Auth::Auto, "PLAIN", &format!("{PLAIN} | S +OK")).is_ok());

    let lacking = "C AUTH SCRAM-SHA-256 | S -ERR [AUTH] Unsupported authentication mechanism.";
    let error = failed(refused_at_first(Auth::ScramSha256, "PLAIN", lacking));
    let text = "login by SCRAM-SHA-256 was refused: \
         \"[AUTH] Unsupported authentication mechanism.\" (the server offers only PLAIN)";
    assert_told(&error, Class::Unavailable, text);

    // Still listed: it is this user who is refused, and once is enough.
    for auth in [Auth::Auto, Auth::ScramSha256] {
        let error = failed(refused_at_first(auth, "PLAIN SCRAM-SHA-256", ""));
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
        let mut stage = Stage::new(START);
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
        let stage = stage.more("EOF").with(|it| it.open_ended = true);
        let list = if listed { "SASL SCRAM-SHA-256" } else { "USER" };
        prop_assert!(open(&stage, access(Auth::ScramSha256), hints(&[list], &[])).is_err());
    }
}
