//! Logging in: what goes over the wire, and what must not.

use serde_json::json;

use crate::support::env::Program;
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
        let setup = Setup::default()
            .secret(if is_token { "token" } else { ODD })
            .mechanisms(&["LOGIN", "CRAM-MD5", "PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"])
            .hidden_mechanisms(&["XOAUTH2", "OAUTHBEARER"]);
        let mailbox = Mailbox::on(setup, &mails);
        mailbox.fetch().args(["--auth", option]).run_to(0);
        mailbox.assert_stored(&mails);
        let mut logins = mailbox.model.lines();
        let is_login =
            |line: &str| ["AUTH", "USER", "APOP"].contains(&line.split(' ').next().unwrap_or(""));
        logins.retain(|line| is_login(line));
        assert_eq!(logins.len(), 1, "{option}: {logins:?}");
        assert!(logins[0].starts_with(command), "{option}: {logins:?}");
    }
}

/// Adds a command that prints one token, and another from the second call on;
/// its calls are in `calls`.
fn by_helper(program: Program, [first, rest]: [&str; 2]) -> Program {
    let script =
        format!("echo x >>calls; [ $(wc -l <calls) = 1 ] && echo '{first}' || echo '{rest}'");
    let helper = format!("sh -c \"{}\"", script.replace('$', "\\$"));
    program.args(["--tls", "none", "--password-command", &helper])
}

#[test]
fn an_expired_token_is_got_once_more_and_only_then() {
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
            let setup = Setup::default().hidden_mechanisms(&["XOAUTH2", "OAUTHBEARER"]);
            let mailbox = Mailbox::on(setup, &small(2, 1));
            let fetch = mailbox.retr(["fetch", &mailbox.url(), "--json", "--auth", option]);
            let fetch = fetch.args(mailbox.target());
            let output = by_helper(fetch, tokens).run_to(code);
            let told = format!("{option} {tokens:?}\n{output}");
            assert_eq!(mailbox.model.count("AUTH"), logins, "{told}");
            let lines = mailbox.read("calls");
            assert_eq!(lines.lines().count(), calls, "{told}");
            let stored = if code == 0 { 2 } else { 0 };
            output.has("summary", json!({"stored": stored, "new": stored}));
            // The server's JSON, readable.
            let errors = output.column("error", "text");
            assert!(errors.iter().all(|text| text.contains("401")), "{told}");
            assert_eq!(errors.is_empty(), code == 0, "{told}");
        }
    }
    // A password is never asked for twice.
    let mailbox = Mailbox::with(&small(1, 1));
    by_helper(mailbox.offline("stat"), ["wrong", "correct horse"]).run_to(77);
}

#[test]
fn the_password_comes_from_where_it_is_said_to_come_from() {
    let mails = small(1, 1);
    let netrc = "machine 127.0.0.1 login alice password sesame\n";
    let other = Some(("other", "sesame\n"));
    for (options, variable, file) in [
        ("", Some("sesame"), None),
        ("--password-command \"printf '%s\\n' sesame\"", None, None),
        ("", None, Some(("home/.netrc", netrc))),
        ("--password-file other", Some("wrong"), other),
    ] {
        let mailbox = Mailbox::on(Setup::default().secret("sesame"), &mails);
        if let Some((name, text)) = file {
            mailbox.secret_file(name, text);
        }
        let mut fetch = mailbox.offline(&format!("fetch --tls none {options}"));
        if let Some(value) = variable {
            fetch = fetch.env("RETR_PASSWORD", value);
        }
        fetch.args(mailbox.target()).run_to(0);
        mailbox.assert_stored(&mails);
    }
}

// Fault 98.
#[test]
fn no_password_goes_in_clear_without_the_word_none() {
    let mailbox = Mailbox::with(&small(1, 1));
    let fetch = mailbox.offline("fetch --password-file password");
    let output = fetch.args(mailbox.target()).run_to(79);
    for command in ["USER", "PASS", "AUTH", "APOP"] {
        assert_eq!(mailbox.model.count(command), 0, "{output}");
    }
}
