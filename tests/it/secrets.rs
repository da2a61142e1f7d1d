//! No output shows a secret, however much is asked for.

use std::fs;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;

const CANARY: &str = "canary-Kq7-vXw3-Zj9p";

/// Every form in which the canary could be seen: in clear, in hexadecimal,
/// and within base64 at each of its three alignments.
fn forms() -> Vec<String> {
    let mut forms = vec![
        CANARY.to_owned(),
        HEXLOWER.encode(CANARY.as_bytes()),
        HEXUPPER.encode(CANARY.as_bytes()),
    ];
    for lead in 0..3 {
        let padded = [&b"\0\0\0"[..lead], CANARY.as_bytes()].concat();
        let encoded = BASE64.encode(&padded);
        // Without the characters that also depend on the neighbours.
        forms.push(encoded[4..encoded.len() - 4].to_owned());
    }
    forms
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms() {
        assert!(!text.contains(&form), "{what} shows the secret: {text}");
    }
}

fn assert_folder_clean(folder: &Path) {
    for entry in fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            assert_folder_clean(&path);
        } else {
            assert_clean(&path.to_string_lossy(), &fs::read(&path).expect("file"));
        }
    }
}

#[test]
fn no_mechanism_shows_its_secret() {
    for option in [
        "auto",
        "plain",
        "login",
        "user",
        "apop",
        "cram-md5",
        "scram-sha-1",
        "scram-sha-256",
        "xoauth2",
        "oauthbearer",
    ] {
        for right in [true, false] {
            let setup = Setup {
                secret: if right { CANARY } else { "another" },
                mechanisms: &["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"],
                hidden_mechanisms: &["XOAUTH2", "OAUTHBEARER"],
                ..Setup::default()
            };
            for json in [&[][..], &["--json"]] {
                let mailbox = Mailbox::on(setup.clone(), &small(1, 1));
                mailbox.sandbox.secret_file("password", CANARY);
                let output = mailbox
                    .fetch()
                    .args(["-vv", "--auth", option])
                    .args(json)
                    .run_to(if right { 0 } else { 77 });
                assert!(
                    !output.stderr.is_empty(),
                    "-vv shows the dialogue\n{output}"
                );
                assert_clean(&format!("{option} on stdout"), &output.stdout);
                assert_clean(&format!("{option} on stderr"), &output.stderr);
                fs::remove_file(mailbox.sandbox.path("password")).expect("remove");
                assert_folder_clean(mailbox.sandbox.root());
            }
        }
    }
}

#[test]
fn a_server_that_repeats_the_password_gives_nothing_away() {
    use crate::support::model::Act;
    let setup = Setup {
        secret: CANARY,
        mechanisms: &[],
        ..Setup::default()
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox
        .model
        .on_command(|line| match line.text.strip_prefix("PASS ") {
            Some(password) => Act::say(&format!("-ERR [AUTH] `{password}` is wrong")),
            None => Act::Serve,
        });
    for options in [&["-vv"][..], &["--json"], &[]] {
        let output = mailbox.fetch().args(options).run_to(77);
        assert_clean("stdout", &output.stdout);
        assert_clean("stderr", &output.stderr);
    }
}

#[test]
fn the_check_itself_finds_every_form() {
    for lead in ["", "a", "ab", "\0alice\0"] {
        let encoded = BASE64.encode(format!("{lead}{CANARY} and more").as_bytes());
        assert!(forms().iter().any(|form| encoded.contains(form)), "{lead}");
    }
}
