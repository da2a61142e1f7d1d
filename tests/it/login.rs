//! Logging in: what goes over the wire, and what must not.

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};

/// Fetches one message with these options; the mailbox afterwards.
#[track_caller]
fn fetches(setup: Setup, options: &[&str]) -> Mailbox {
    let mails = small(1, 1);
    let mailbox = Mailbox::on(setup, &mails);
    mailbox.fetch().args(options).run_to(0);
    mailbox.assert_stored(&mails);
    mailbox
}

/// Fails to log in, with one of these exit codes; the lines the client sent.
#[track_caller]
fn fails(setup: Setup, options: &[&str], codes: &[i32]) -> Vec<String> {
    let mailbox = Mailbox::on(setup, &small(1, 1));
    let output = mailbox.fetch().args(options).run();
    let code = output.code().expect("an exit code");
    assert!(codes.contains(&code), "{output}");
    assert_eq!(mailbox.model.count("UIDL"), 0);
    mailbox.model.lines()
}

const ALL: &[&str] = &["LOGIN", "CRAM-MD5", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"];

fn offering(mechanisms: &'static [&'static str]) -> Setup {
    Setup {
        mechanisms,
        ..Setup::default()
    }
}

#[test]
fn every_mechanism_logs_in_and_is_the_one_used() {
    for (option, command) in [
        ("plain", "AUTH PLAIN"),
        ("login", "AUTH LOGIN"),
        ("user", "USER alice"),
        ("apop", "APOP alice "),
        ("cram-md5", "AUTH CRAM-MD5"),
        ("scram-sha-1", "AUTH SCRAM-SHA-1"),
        ("scram-sha-256", "AUTH SCRAM-SHA-256"),
    ] {
        let mailbox = fetches(offering(ALL), &["--auth", option]);
        let logins: Vec<String> = mailbox
            .model
            .lines()
            .into_iter()
            .filter(|line| {
                ["AUTH", "USER", "APOP"]
                    .iter()
                    .any(|word| line.starts_with(word))
            })
            .collect();
        assert_eq!(logins.len(), 1, "{option}: {logins:?}");
        let word = logins[0].as_str();
        let rest = word.strip_prefix(command);
        assert!(
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' ') || option == "apop"),
            "{option}: {logins:?}"
        );
    }
}

#[test]
fn the_best_of_scram_plain_and_user_is_chosen() {
    for (mechanisms, first) in [
        (ALL, "AUTH SCRAM-SHA-256"),
        (&["PLAIN", "SCRAM-SHA-1"], "AUTH SCRAM-SHA-1"),
        (&["LOGIN", "CRAM-MD5", "PLAIN"], "AUTH PLAIN"),
        (&["LOGIN", "CRAM-MD5"], "USER alice"),
        (&[], "USER alice"),
    ] {
        let mailbox = fetches(offering(mechanisms), &[]);
        let lines = mailbox.model.lines();
        assert!(
            lines.iter().any(|line| line.starts_with(first)),
            "{lines:?}"
        );
        let logins = mailbox.model.count("AUTH") + mailbox.model.count("USER");
        assert_eq!(logins, 1, "{lines:?}");
    }
}

#[test]
fn without_capa_user_and_pass_are_used() {
    let setup = Setup {
        capa: false,
        pipelining: false,
        mechanisms: &[],
        ..Setup::default()
    };
    let mailbox = fetches(setup, &[]);
    assert_eq!(mailbox.model.count("PASS"), 1);
}

#[test]
fn a_named_mechanism_is_tried_even_if_it_is_not_announced() {
    let setup = Setup {
        mechanisms: &["PLAIN"],
        hidden_mechanisms: &["SCRAM-SHA-256"],
        ..Setup::default()
    };
    let mailbox = fetches(setup, &["--auth", "scram-sha-256"]);
    assert_eq!(mailbox.model.count("AUTH"), 1);
}

#[test]
fn a_named_mechanism_never_falls_back() {
    let lines = fails(offering(&["PLAIN"]), &["--auth", "cram-md5"], &[69, 77]);
    assert!(
        lines.iter().any(|line| line == "AUTH CRAM-MD5"),
        "{lines:?}"
    );
    let others = |line: &String| {
        ["USER", "PASS", "APOP", "AUTH PLAIN"]
            .iter()
            .any(|word| line.starts_with(word))
    };
    assert!(!lines.iter().any(others), "{lines:?}");

    let setup = Setup {
        greeting: "+OK no timestamp",
        ..Setup::default()
    };
    let lines = fails(setup, &["--auth", "apop"], &[69]);
    assert!(!lines.iter().any(others), "{lines:?}");
    for greeting in ["+OK <x>", "+OK <a b@c>", "+OK <\u{e9}@c>"] {
        let setup = Setup {
            greeting,
            ..Setup::default()
        };
        let lines = fails(setup, &["--auth", "apop"], &[69, 76]);
        assert!(!lines.iter().any(others), "{greeting}: {lines:?}");
    }
}

#[test]
fn a_wrong_password_is_tried_once() {
    for (option, pass) in [("user", "PASS"), ("plain", "AUTH"), ("cram-md5", "AUTH")] {
        let mailbox = Mailbox::on(offering(ALL), &small(1, 1));
        mailbox.sandbox.secret_file("password", "wrong");
        mailbox.fetch().args(["--auth", option]).run_to(77);
        assert_eq!(mailbox.model.count(pass), 1, "{option}");
    }
    let mailbox = Mailbox::on(offering(ALL), &small(1, 1));
    mailbox.sandbox.secret_file("password", "wrong");
    mailbox.fetch().run_to(77);
    assert_eq!(mailbox.model.count("AUTH"), 1);
    assert_eq!(mailbox.model.count("USER"), 0);
}

#[test]
fn the_servers_reason_decides_the_exit_code() {
    for (reply, code) in [
        ("-ERR [AUTH] bad", 77),
        ("-ERR [SYS/PERM] closed", 77),
        ("-ERR [sys/perm/foo] closed", 77),
        ("-ERR bad password", 77),
        ("-ERR [IN-USE] busy", 75),
        ("-ERR [SYS/TEMP] later", 75),
        ("-ERR [LOGIN-DELAY] slowly", 75),
        ("-ERR maildrop already locked", 75),
        ("+ERR server error", 76),
    ] {
        let mailbox = Mailbox::on(offering(&[]), &small(1, 1));
        mailbox
            .model
            .on_command(move |line| match line.text.split(' ').next() {
                Some("PASS") => Act::say(reply),
                _ => Act::Serve,
            });
        let output = mailbox.fetch().run();
        assert_eq!(output.code(), Some(code), "{reply}\n{output}");
        assert_eq!(mailbox.model.count("PASS"), 1);
        assert_eq!(mailbox.model.count("UIDL"), 0);
    }
}

#[test]
fn a_user_the_server_refuses_is_not_followed_by_the_password() {
    let setup = Setup {
        pipelining: false,
        ..offering(&[])
    };
    let mailbox = Mailbox::on(setup, &small(1, 1));
    mailbox
        .model
        .on_command(|line| match line.text.split(' ').next() {
            Some("USER") => Act::say("-ERR who?"),
            _ => Act::Serve,
        });
    mailbox.fetch().run_to(77);
    assert_eq!(mailbox.model.count("PASS"), 0);
}

#[test]
fn a_password_is_sent_as_it_is() {
    for secret in [
        " leading and  inner blanks ",
        "p\u{e4}ssw\u{f6}rd",
        "*",
        "=",
        "%41",
    ] {
        for option in ["user", "plain", "login", "cram-md5", "apop"] {
            fetches(
                Setup {
                    secret,
                    ..offering(ALL)
                },
                &["--auth", option],
            );
        }
    }
}

#[test]
fn a_long_password_goes_in_a_second_line() {
    const SECRET: &str = "0123456789012345678901234567890123456789012345678901234567890123456789\
        0123456789012345678901234567890123456789012345678901234567890123456789\
        0123456789012345678901234567890123456789012345678901234567890123456789";
    let setup = Setup {
        secret: SECRET,
        ..offering(&["PLAIN"])
    };
    let mailbox = fetches(setup, &["--auth", "plain"]);
    assert!(mailbox.model.lines().contains(&"AUTH PLAIN".to_owned()));
}

#[test]
fn a_server_that_cannot_prove_itself_gets_no_further() {
    let lie = Setup {
        scram_false_signature: true,
        ..offering(&["SCRAM-SHA-256"])
    };
    fails(lie, &["--auth", "scram-sha-256"], &[76, 77, 79]);
    for scram_iterations in [1, 1_000_000_000] {
        let setup = Setup {
            scram_iterations,
            ..offering(&["SCRAM-SHA-256"])
        };
        fails(setup, &["--auth", "scram-sha-256"], &[69, 76, 77]);
    }
    // +OK before the server's signature proves nothing.
    let mailbox = Mailbox::on(offering(&["SCRAM-SHA-256"]), &small(1, 1));
    mailbox
        .model
        .on_command(|line| match line.text.split(' ').next() {
            Some("AUTH") => Act::say("+OK welcome"),
            _ => Act::Serve,
        });
    let output = mailbox.fetch().args(["--auth", "scram-sha-256"]).run();
    assert!(matches!(output.code(), Some(76 | 77)), "{output}");
    assert_eq!(mailbox.model.count("UIDL"), 0);
}

#[test]
fn tokens_log_in_and_a_refused_one_is_answered_as_the_server_expects() {
    for (option, mechanism) in [("xoauth2", "XOAUTH2"), ("oauthbearer", "OAUTHBEARER")] {
        let setup = Setup {
            hidden_mechanisms: &["XOAUTH2", "OAUTHBEARER"],
            ..Setup::default()
        };
        let mailbox = fetches(setup.clone(), &["--auth", option]);
        let lines = mailbox.model.lines();
        let auth = format!("AUTH {mechanism}");
        assert!(
            lines.iter().any(|line| line.starts_with(&auth)),
            "{lines:?}"
        );

        // The model itself fails the test if the answer is another.
        let mailbox = Mailbox::on(setup, &small(1, 1));
        mailbox.sandbox.secret_file("password", "stale");
        mailbox.fetch().args(["--auth", option]).run_to(77);
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
fn a_challenge_that_is_no_base64_is_cancelled() {
    let mailbox = Mailbox::on(offering(&["CRAM-MD5"]), &small(1, 1));
    mailbox.model.on_command(|line| match line.text.as_str() {
        "AUTH CRAM-MD5" => Act::say("+ !!!"),
        "*" => Act::say("-ERR cancelled"),
        _ => Act::Serve,
    });
    let output = mailbox.fetch().args(["--auth", "cram-md5"]).run();
    assert!(matches!(output.code(), Some(76 | 77)), "{output}");
    assert_eq!(mailbox.model.count("*"), 1);
    assert_eq!(mailbox.model.count("UIDL"), 0);
}

#[test]
fn an_empty_challenge_may_look_odd() {
    for challenge in ["+", "+ ", "+ junk text"] {
        let setup = Setup {
            secret: "0123456789012345678901234567890123456789012345678901234567890123456789\
                0123456789012345678901234567890123456789012345678901234567890123456789\
                0123456789012345678901234567890123456789012345678901234567890123456789",
            ..offering(&["PLAIN"])
        };
        let mailbox = Mailbox::on(setup, &small(0, 1));
        mailbox.model.on_command(move |line| {
            if line.text == "AUTH PLAIN" {
                Act::say(challenge)
            } else if line.text.starts_with("AGFsaWNlAD") {
                Act::say("-ERR [SYS/TEMP] seen")
            } else {
                Act::Serve
            }
        });
        mailbox.fetch().args(["--auth", "plain"]).run_to(75);
        let lines = mailbox.model.lines();
        assert!(
            lines.iter().any(|line| line.starts_with("AGFsaWNlAD")),
            "{lines:?}"
        );
    }
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
