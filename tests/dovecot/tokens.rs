//! Logins with an access token. Dovecot asks an endpoint on loopback, which
//! this test serves, whose token it is.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use retr::demo::Server;
use serde_json::json;

use crate::server::Dovecot;
use crate::support::issuer::Issuer;
use crate::support::model::certs;
use crate::support::output::Output;
use crate::support::store::Kind;
use crate::support::user::sign_in;
use crate::{Mode, Reader};

/// The token that is alice's.
const GOOD: &str = "ya29.good-token";

/// Longest wait for a question on a connection.
const PATIENCE: Duration = Duration::from_secs(20);

const MAIL: &[u8] = b"Subject: token\n\n\xffbytes\n";

/// Where tokens are introspected, over HTTP, by whoever says which are good.
fn endpoint(judge: impl Fn(&str) -> bool + Send + Sync + 'static) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let server = Server::on(listener, move |stream, _| {
        // A client may hang up.
        let _ = answer(&stream, &judge);
    });
    server.expect("a thread")
}

/// Answers one question: whose token it is, and whether it is good.
fn answer(mut stream: &TcpStream, judge: impl Fn(&str) -> bool) -> std::io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut good = false;
    for line in BufReader::new(stream).lines() {
        let line = line?;
        good |= line.strip_prefix("Authorization: Bearer ").is_some_and(&judge);
        if line.is_empty() {
            break;
        }
    }
    let body = format!("{{\"active\":\"{good}\",\"email\":\"alice\"}}");
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A Dovecot that takes tokens, with one message for alice.
fn server(endpoint: &Server) -> Dovecot {
    let server = Dovecot::start_with_tokens(&["alice"], endpoint.address());
    server.deliver("alice", "1700000000.1.test", MAIL);
    server
}

/// No token is in what was shown, as it is or as it went over the wire.
fn assert_hidden(output: &Output, tokens: &[&str]) {
    let shown = [&output.stdout[..], &output.stderr].concat();
    let shown = String::from_utf8_lossy(&shown);
    for token in tokens {
        // In base64 it looks different at each offset; these are its inner
        // octets.
        let shifted = (0..3).map(|at| {
            let whole = (token.len() - at) / 3 * 3;
            data_encoding::BASE64.encode(&token.as_bytes()[at..at + whole])
        });
        for form in shifted.chain([(*token).to_owned()]) {
            assert!(!shown.contains(&form), "{form} in {output}");
        }
    }
}

const MECHANISMS: [(&str, &str); 2] = [("xoauth2", "XOAUTH2"), ("oauthbearer", "OAUTHBEARER")];

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn a_good_token_logs_in_and_the_reason_why_a_bad_one_is_refused_is_readable() {
    let endpoint = endpoint(|token| token == GOOD);
    let server = server(&endpoint);
    // What its JSON says is `status`: a number for the one, by RFC 7628 a word
    // for the other.
    for ((option, method), status) in MECHANISMS.into_iter().zip(["401", "invalid_token"]) {
        for token in [GOOD, "ya29.bad-token"] {
            let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Maildir);
            reader.sandbox.secret_file("password", token);
            let output = reader.fetch().args(["--auth", option, "-vv"]).run();
            assert_hidden(&output, &[token]);
            if token == GOOD {
                assert_eq!(output.code(), Some(0), "{output}");
                assert_eq!(reader.stored(), [MAIL], "{option}");
                server.wait_for_log(&format!("Login: user=<alice>, method={method},"));
                continue;
            }
            assert_eq!(output.code(), Some(77), "{output}");
            assert!(reader.stored().is_empty());
            let error = output.has("error", json!({"code": 77, "class": "auth"}));
            let reason = format!("\"[AUTH] Authentication failed.\" ({status})");
            let told = format!("login by {method} was refused: {reason}");
            let text = error["text"].as_str().expect("a text");
            assert!(text.ends_with(&told), "{text}");
        }
    }
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn a_stale_token_of_a_command_is_got_once_more() {
    let endpoint = endpoint(|token| token == GOOD);
    let server = server(&endpoint);
    let stale = "ya29.stale-token";
    for (option, _) in MECHANISMS {
        for (second, code) in [(GOOD, 0), (stale, 77)] {
            let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Maildir);
            let calls = reader.sandbox.path("calls");
            let script = format!(
                "echo >>'{}'; [ $(wc -l <'{0}') = 1 ] && echo {stale} || echo {second}\n",
                calls.display()
            );
            let command = reader.sandbox.secret_file("token", &script);
            let command = format!("sh {}", command.display());
            let output = reader
                .fetch_by(&["--password-command".into(), command.into()])
                .args(["--auth", option, "-vv"])
                .run_to(code);
            assert_hidden(&output, &[stale, GOOD]);
            assert_eq!(fs::read(&calls).expect("calls"), b"\n\n", "{option}");
            assert_eq!(reader.stored().len(), usize::from(code == 0));
        }
    }
}

#[test]
#[ignore = "needs Dovecot: tests/run"]
fn an_account_with_oauth2_stays_signed_in() {
    let issuer = Issuer::start();
    let endpoint = endpoint(issuer.judge());
    let server = server(&endpoint);
    let reader = Reader::new(&server, "alice", Mode::Implicit, Kind::Maildir);
    let sandbox = &reader.sandbox;
    sandbox.config(&format!(
        "[accounts.work]\nurl = \"pop3s://alice@127.0.0.1:{}\"\nmaildir = \"$S/Mail\"\n\
         tls_ca = '{}'\n{}",
        server.pop3s,
        certs::ca().display(),
        issuer.table("work"),
    ));
    let stat = || sandbox.retr(["stat", "work", "-vv"]);

    sign_in(sandbox, &issuer);
    sandbox.retr(["fetch", "work"]).run_to(0);
    assert_eq!(reader.stored(), [MAIL]);
    // It ends before it was said to.
    issuer.end_access();
    let tokens = ["access-2", "access-3", "refresh-2", "refresh-3"];
    assert_hidden(&stat().run_to(0), &tokens);
    assert_eq!(issuer.renewals(), 1);
    // Two runs find it ended at once.
    issuer.end_access();
    for run in [stat().start(), stat().start()] {
        run.ends_with(0);
    }
    assert_eq!(issuer.renewals(), 2);
    issuer.revoke_all();
    stat().run_to(77);
    sign_in(sandbox, &issuer);
    stat().run_to(0);
}
