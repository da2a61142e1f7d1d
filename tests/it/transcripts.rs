//! Dialogues of real servers, played to the octet.

use crate::support::env::Sandbox;
use crate::support::scripted::Scripted;
use crate::support::store::{Kind, assert_same, sorted};

/// Fetches from a played server; the messages stored.
#[track_caller]
fn fetched(name: &str, options: &[&str]) -> Vec<Vec<u8>> {
    let server = Scripted::play(name);
    let sandbox = Sandbox::new();
    let password = sandbox.secret_file("password", "sesame");
    let url = format!("pop3://alice@127.0.0.1:{}", server.port());
    let output = sandbox
        .retr(["fetch", &url, "--tls", "none", "--timeout", "20s"])
        .args(["--password-file".into(), password])
        .args(["--maildir".into(), sandbox.path("Mail")])
        .args(options)
        .run();
    // The server's complaint says more than the exit code.
    drop(server);
    assert_eq!(output.code(), Some(0), "{output}");
    Kind::Maildir.read(&sandbox.path("Mail"))
}

// Q1, Q2, Q19.
#[test]
fn popa3d_without_capa() {
    let stored = fetched("popa3d", &["--delete"]);
    let expected = ["Subject: one\n\n.\n..\n", "Subject: two\n\n"];
    assert_same(&stored, &sorted(expected));
}

#[test]
fn dovecot_with_sasl_and_pipelining() {
    let stored = fetched("dovecot", &["--delete"]);
    assert_same(&stored, &sorted(["Subject: a\n\nb\n"]));
}

#[test]
fn courier_with_pipelining_and_no_sasl() {
    let stored = fetched("courier", &[]);
    assert_same(&stored, &sorted(["Subject: a\n\nb\n"]));
}

// Case 10, Q23.
#[test]
fn a_sloppy_server_with_bare_line_feeds() {
    let stored = fetched("sloppy", &[]);
    assert_same(&stored, &sorted(["Subject: a\n\n.b\n\n", "x\r\n"]));
}

// Q46.
#[test]
fn an_empty_maildrop() {
    assert!(fetched("empty", &[]).is_empty());
}
