//! Logging in: what goes over the wire, and what must not.

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;

/// Blanks, octets beyond ASCII, and what means something to SASL or a shell.
const ODD: &str = " p\u{e4}ss  w\u{f6}rd *=%41$x ";

#[test]
fn every_mechanism_logs_in_and_is_the_one_used() {
    for (option, command) in [
        ("plain", "AUTH PLAIN "),
        ("login", "AUTH LOGIN"),
        ("user", "USER alice"),
        ("apop", "APOP alice "),
        ("cram-md5", "AUTH CRAM-MD5"),
        ("scram-sha-1", "AUTH SCRAM-SHA-1 "),
        ("scram-sha-256", "AUTH SCRAM-SHA-256 "),
        ("xoauth2", "AUTH XOAUTH2"),
        ("oauthbearer", "AUTH OAUTHBEARER"),
    ] {
        let is_token = matches!(option, "xoauth2" | "oauthbearer");
        let mails = small(1, 1);
        let setup = Setup {
            secret: if is_token { "token" } else { ODD },
            mechanisms: &["LOGIN", "CRAM-MD5", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"],
            hidden_mechanisms: &["XOAUTH2", "OAUTHBEARER"],
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        mailbox.fetch().args(["--auth", option]).run_to(0);
        mailbox.assert_stored(&mails);
        let mut logins = mailbox.model.lines();
        logins.retain(|line| {
            ["AUTH", "USER", "APOP"]
                .iter()
                .any(|word| line.starts_with(word))
        });
        assert_eq!(logins.len(), 1, "{option}: {logins:?}");
        assert!(logins[0].starts_with(command), "{option}: {logins:?}");
    }
}

/// A command that prints a token, counts its calls in `calls`, and has the
/// right one from the second call on.
fn token_helper(mailbox: &Mailbox, tokens: [&str; 2]) -> String {
    let calls = mailbox.sandbox.path("calls");
    let script = format!(
        "echo x >> {0}; [ $(wc -l < {0}) = 1 ] && echo '{1}' || echo '{2}'",
        calls.display(),
        tokens[0],
        tokens[1]
    );
    format!("sh -c \"{}\"", script.replace('$', "\\$"))
}

#[test]
fn an_expired_token_is_got_once_more_and_only_then() {
    let setup = Setup {
        hidden_mechanisms: &["XOAUTH2", "OAUTHBEARER"],
        ..Setup::default()
    };
    for option in ["xoauth2", "oauthbearer"] {
        for (tokens, code, logins, calls) in [
            // The first is good: nothing is asked for twice.
            (["correct horse", "stale"], 0, 1, 1),
            (["stale", "correct horse"], 0, 2, 2),
            // Once, and not again.
            (["stale", "staler"], 77, 2, 2),
            // The same again would be refused again.
            (["stale", "stale"], 77, 1, 2),
        ] {
            let mailbox = Mailbox::on(setup.clone(), &small(2, 1));
            let helper = token_helper(&mailbox, tokens);
            let output = mailbox
                .sandbox
                .retr(["fetch", &mailbox.url(), "--tls", "none", "--json"])
                .args(["--auth", option, "--password-command", &helper])
                .args(mailbox.target())
                .run_to(code);
            let told = format!("{option} {tokens:?}\n{output}");
            assert_eq!(mailbox.model.count("AUTH"), logins, "{told}");
            let lines = std::fs::read_to_string(mailbox.sandbox.path("calls"));
            assert_eq!(lines.expect("calls").lines().count(), calls, "{told}");
            let stored = if code == 0 { 2 } else { 0 };
            assert_eq!(output.event("summary")["stored"], stored, "{told}");
            assert_eq!(output.event("summary")["new"], stored, "{told}");
            if code != 0 {
                let error = output.event("error");
                let text = error["text"].as_str().expect("text");
                // The server's JSON, readable.
                assert!(text.contains("401"), "{told}");
            }
        }
    }
    // A password is never asked for twice.
    let mailbox = Mailbox::with(&small(1, 1));
    let helper = token_helper(&mailbox, ["wrong", "correct horse"]);
    mailbox
        .sandbox
        .retr(["stat", &mailbox.url(), "--tls", "none"])
        .args(["--password-command", &helper])
        .run_to(77);
}

#[test]
fn the_password_comes_from_where_it_is_said_to_come_from() {
    let mails = small(1, 1);
    let run = |configure: fn(&Mailbox) -> Vec<String>, env: Option<(&str, &str)>| {
        let setup = Setup {
            secret: "sesame",
            ..Setup::default()
        };
        let mailbox = Mailbox::on(setup, &mails);
        let mut program = mailbox
            .sandbox
            .retr(["fetch", &mailbox.url(), "--tls", "none"])
            .args(configure(&mailbox))
            .args(mailbox.target());
        if let Some((name, value)) = env {
            program = program.env(name, value);
        }
        program.run_to(0);
        mailbox.assert_stored(&mails);
    };
    run(|_| Vec::new(), Some(("RETR_PASSWORD", "sesame")));
    run(
        |_| vec!["--password-command".into(), "printf '%s\\n' sesame".into()],
        None,
    );
    run(
        |mailbox| {
            let netrc = "machine 127.0.0.1 login alice password sesame\n";
            mailbox.sandbox.secret_file("home/.netrc", netrc);
            Vec::new()
        },
        None,
    );
    run(
        |mailbox| {
            let file = mailbox.sandbox.secret_file("other", "sesame\n");
            vec![
                "--password-file".into(),
                file.to_string_lossy().into_owned(),
            ]
        },
        Some(("RETR_PASSWORD", "wrong")),
    );
}

// Fault 98.
#[test]
fn no_password_goes_in_clear_without_the_word_none() {
    let mailbox = Mailbox::with(&small(1, 1));
    let output = mailbox
        .sandbox
        .retr(["fetch", &mailbox.url(), "--password-file"])
        .args([mailbox.sandbox.path("password")])
        .args(mailbox.target())
        .run_to(79);
    for command in ["USER", "PASS", "AUTH", "APOP"] {
        assert_eq!(mailbox.model.count(command), 0, "{output}");
    }
}
