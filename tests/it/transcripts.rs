//! Dialogues of real servers, played to the octet.

use crate::support::env::Sandbox;
use crate::support::scripted::Scripted;
use crate::support::store::{Kind, assert_same, sorted};

/// Fetches from a played server; the messages stored.
#[track_caller]
fn fetched(name: &str, options: &[&str]) -> Vec<Vec<u8>> {
    let server = Scripted::play(name);
    let sandbox = Sandbox::new();
    sandbox.secret_file("password", "sesame");
    let url = format!("pop3://alice@127.0.0.1:{}", server.port());
    let fetch = format!("fetch {url} --tls none --password-file password --maildir Mail");
    let output = sandbox.typed(&fetch).args(options).run();
    // The server's complaint says more than the exit code.
    drop(server);
    assert_eq!(output.code(), Some(0), "{name}: {output}");
    Kind::Maildir.read(&sandbox.path("Mail"))
}

// Case 10, Q1, Q2, Q19, Q23, Q46.
#[test]
fn servers_are_fetched_from_as_they_speak() {
    let one = &["Subject: a\n\nb\n"][..];
    let two = &["Subject: one\n\n.\n..\n", "Subject: two\n\n"][..];
    for (name, options, expected) in [
        // Without CAPA.
        ("popa3d", &["--delete"][..], two),
        // With SASL and pipelining.
        ("dovecot", &["--delete"], one),
        // With pipelining and no SASL.
        ("courier", &[], one),
        // With bare line feeds.
        ("sloppy", &[], &["Subject: a\n\n.b\n\n", "x\r\n"]),
        ("empty", &[], &[]),
    ] {
        let stored = fetched(name, options);
        assert_same(&stored, &sorted(expected.iter().copied()));
    }
}
