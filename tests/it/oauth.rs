//! OAuth2: signing in, and tokens that renew themselves.

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crate::support::issuer::Issuer;
use crate::support::output::Output;
use crate::support::user::{User, page};
use crate::support::web::Reply;

/// No token of any kind is in it.
#[track_caller]
fn assert_no_token(output: &Output) {
    let text = format!("{output}");
    for word in ["access-", "refresh-", "code-1", "\"dc\"", "Bearer"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[test]
fn a_code_is_entered_once_and_mail_comes() {
    let user = User::new();
    user.issuer.set_pending(&["authorization_pending"]);
    let output = user.retr(&["oauth", "login", "work", "-vv"]).run_to(0);
    assert!(
        output.stderr_text().contains(
            "open https://localhost/code and enter the code ABCD-EFGH (within 15 minutes)"
        ),
        "{output}"
    );
    assert!(
        output.stderr_text().contains("POST https://localhost:"),
        "{output}"
    );
    assert_no_token(&output);
    let mode = fs::metadata(user.stored_tokens())
        .expect("tokens")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let output = user.retr(&["fetch", "work", "-vv"]).run_to(0);
    assert_no_token(&output);
    user.mailbox.assert_stored(&user.mails);
    assert_eq!(user.issuer.renewals(), 0);

    let output = user.retr(&["oauth", "status", "work", "--json"]).run_to(0);
    let token = output.event("token");
    assert_eq!(
        (
            &token["provider"],
            &token["scope"],
            &token["stored"],
            &token["renewable"]
        ),
        (&"custom".into(), &"pop".into(), &true.into(), &true.into())
    );
    assert_no_token(&output);
}

#[test]
fn without_a_sign_in_nothing_is_asked_and_nobody_waits() {
    let user = User::new();
    for words in [&["fetch", "work"][..], &["oauth", "status", "work"]] {
        let output = user.retr(words).run_to(77);
        assert!(
            output
                .stderr_text()
                .contains("no token is stored: nobody has signed in"),
            "{output}"
        );
        assert!(
            output
                .stderr_text()
                .contains("hint: `retr oauth login work` signs in"),
            "{output}"
        );
    }
    assert_eq!(user.mailbox.model.count("AUTH"), 0);
    assert_eq!(user.issuer.grants(), [""; 0]);
    // What needs no login works.
    user.retr(&["probe", "work"]).run_to(0);
}

#[test]
fn a_browser_comes_back_to_this_machine() {
    let user = User::new();
    let (events, stdout) = io::pipe().expect("a pipe");
    let login = user.retr(&["oauth", "login", "work", "--browser", "--json"]);
    let login = login.stdout(stdout).start();
    let mut events = BufReader::new(events);
    let back = user.issuer.sign_in(&page(&mut events));
    let (host, target) = back
        .trim_start_matches("http://")
        .split_once('/')
        .expect("a path");
    // Somebody who guesses, and a browser's own questions, end nothing.
    for target in ["favicon.ico", "?code=forged&state=guessed"] {
        assert!(get(host, target).starts_with("HTTP/1.1 404"));
    }
    // A connection on which nothing comes holds nobody up for long.
    let _idle = TcpStream::connect(host).expect("a listener");
    assert!(get(host, target).contains("retr was let in"));
    let output = login.finish();
    assert_eq!(output.code(), Some(0), "{output}");
    let mut rest = String::new();
    events.read_to_string(&mut rest).expect("the rest");
    assert!(rest.contains("\"event\":\"token\""), "{rest}");
    user.retr(&["stat", "work"]).run_to(0);
}

fn get(host: &str, target: &str) -> String {
    let mut browser = TcpStream::connect(host).expect("a listener");
    write!(browser, "GET /{target} HTTP/1.1\r\nHost: {host}\r\n\r\n").expect("sent");
    let mut page = String::new();
    browser.read_to_string(&mut page).expect("a page");
    page
}

#[test]
fn a_token_is_renewed_before_its_end_and_once_refused() {
    let user = User::new();
    // Less than five minutes: too short to begin anything with.
    user.issuer.set_lasts(299);
    let user = user.signed_in();
    user.retr(&["stat", "work"]).run_to(0);
    assert_eq!(user.issuer.renewals(), 1);
    user.issuer.set_lasts(3600);
    user.retr(&["stat", "work"]).run_to(0);
    assert_eq!(user.issuer.renewals(), 2);
    user.retr(&["stat", "work"]).run_to(0);
    assert_eq!(user.issuer.renewals(), 2);
    // It ends earlier than was told.
    user.issuer.end_access();
    let logins = user.mailbox.model.count("AUTH");
    user.retr(&["stat", "work"]).run_to(0);
    assert_eq!(user.issuer.renewals(), 3);
    assert_eq!(user.mailbox.model.count("AUTH"), logins + 2);
}

#[test]
fn a_login_refused_for_another_reason_renews_nothing() {
    use crate::support::model::Act;
    let user = User::new().signed_in();
    for (answer, code) in [
        ("-ERR [IN-USE] x", 75),
        ("-ERR [SYS/TEMP] x", 75),
        ("-ERR [LOGIN-DELAY] x", 75),
    ] {
        user.mailbox.model.on_command(move |line| {
            if line.text.starts_with("AUTH") {
                Act::say(answer)
            } else {
                Act::Serve
            }
        });
        user.retr(&["stat", "work"]).run_to(code);
    }
    assert_eq!(user.issuer.renewals(), 0);
}

/// As with Outlook.com, where POP3 is switched off at first.
#[test]
fn a_server_that_takes_no_good_token_is_told_with_what_to_look_at() {
    use crate::support::model::Act;
    let user = User::new().signed_in();
    let refuses = |text: &str| match text.starts_with("AUTH") {
        true => Act::say("-ERR Authentication failure: unknown user name or bad password."),
        false => Act::Serve,
    };
    let model = &user.mailbox.model;
    model.on_command(move |line| refuses(&line.text));
    let output = user.retr(&["fetch", "work"]).run_to(77);
    let hint = "hint: the issuer gave a token and the server refuses it: POP3 may be switched off";
    assert!(output.stderr_text().contains(hint), "{output}");
    assert_eq!(user.issuer.renewals(), 1);
    assert_no_token(&output);
}

#[test]
fn a_revoked_token_is_told_and_not_wiped() {
    let user = User::new().signed_in();
    user.issuer.revoke_all();
    let before = fs::read(user.stored_tokens()).expect("tokens");
    let output = user.retr(&["fetch", "work"]).run_to(77);
    assert!(
        output
            .stderr_text()
            .contains("refuses: invalid_grant (the issuer says invalid_grant)"),
        "{output}"
    );
    assert!(
        output
            .stderr_text()
            .contains("sign in again: `retr oauth login work`"),
        "{output}"
    );
    assert_eq!(fs::read(user.stored_tokens()).expect("tokens"), before);
    user.sign_in();
    user.retr(&["fetch", "work"]).run_to(0);
}

#[test]
fn two_runs_at_once_renew_once() {
    let user = User::new();
    user.issuer.set_lasts(0);
    let user = user.signed_in();
    user.issuer.set_lasts(3600);
    let runs: Vec<_> = (0..2)
        .map(|_| user.retr(&["stat", "work"]).start())
        .collect();
    for run in runs {
        let output = run.finish();
        assert_eq!(output.code(), Some(0), "{output}");
    }
    assert_eq!(user.issuer.renewals(), 1);
}

#[test]
fn an_issuer_s_nonsense_is_told_by_its_kind() {
    let user = User::new();
    user.issuer.set_lasts(0);
    let user = user.signed_in();
    let before = fs::read(user.stored_tokens()).expect("tokens");
    let html = "<html>sorry</html>";
    for (reply, code, text) in [
        (
            Reply::Body(200, "text/html", html.into()),
            76,
            "is not the JSON that it should be",
        ),
        (
            Reply::Body(404, "text/html", html.into()),
            76,
            "(HTTP status 404)",
        ),
        (
            Reply::Body(503, "text/html", html.into()),
            75,
            "answers with HTTP status 503",
        ),
        (
            Reply::Raw(b"HTTP/1.1 429 X\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n".to_vec()),
            75,
            "HTTP status 429; try again in 17 s",
        ),
        (
            Reply::Raw(
                b"HTTP/1.1 307 X\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n"
                    .to_vec(),
            ),
            76,
            "is a redirection",
        ),
        (
            Reply::json(200, "x".repeat(70_000)),
            76,
            "is longer than 64 KiB",
        ),
        (
            Reply::json(200, "{\"access_token\":\"a\\nb\"}"),
            76,
            "has no bearer token in it",
        ),
        (
            Reply::json(200, "{\"access_token\":\"a\",\"token_type\":\"mac\"}"),
            76,
            "has no bearer token in it",
        ),
        (
            Reply::Raw(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{".to_vec()),
            75,
            "is cut off",
        ),
        (
            Reply::Raw(b"+OK POP3\r\n".to_vec()),
            76,
            "does not answer in HTTP",
        ),
        (Reply::Stall(Duration::from_secs(5)), 75, "no answer"),
        (
            Reply::json(
                400,
                "{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000218: x\\u001b[31m\"}",
            ),
            77,
            "(AADSTS7000218: x\\x1b[31m)\nhint: switch on \"Allow public client flows\"",
        ),
    ] {
        user.issuer.answer_instead(reply);
        let output = user.retr(&["stat", "work", "--timeout", "1s"]).run_to(code);
        assert!(output.stderr_text().contains(text), "{text}: {output}");
        assert_no_token(&output);
        assert_eq!(fs::read(user.stored_tokens()).expect("tokens"), before);
    }
    user.retr(&["stat", "work"]).run_to(0);
}

#[test]
fn a_token_goes_to_nobody_else() {
    let user = User::new();
    user.issuer.set_lasts(0);
    let user = user.signed_in();
    let other = Issuer::start();
    let config = user.mailbox.sandbox.path("config/retr/config.toml");
    let text = fs::read_to_string(&config).expect("a config");
    let (head, _) = text.split_once("[accounts.work.oauth2]").expect("a table");
    fs::write(&config, format!("{head}{}", other.table("work"))).expect("written");
    let output = user.retr(&["stat", "work"]).run_to(77);
    assert!(
        output
            .stderr_text()
            .contains("another client_id or by another token_url"),
        "{output}"
    );
    assert_eq!(other.grants(), [""; 0]);
}

#[test]
fn tokens_that_others_could_read_are_refused() {
    let user = User::new().signed_in();
    let path = user.stored_tokens();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("chmod");
    let output = user.retr(&["stat", "work"]).run_to(78);
    assert!(
        output.stderr_text().contains("can be read by others"),
        "{output}"
    );
    assert!(output.stderr_text().contains("chmod 600 "), "{output}");
}

#[test]
fn commands_keep_tokens_in_place_of_the_file() {
    let user = User::with("token_store = { load = \"cat $S/store\", save = \"tee $S/store\" }\n");
    let store = user.mailbox.sandbox.path("store");
    fs::write(&store, "").expect("written");
    user.retr(&["stat", "work"]).run_to(77);
    user.issuer.set_lasts(0);
    let user = user.signed_in();
    let first = fs::read(&store).expect("kept");
    let output = user.retr(&["stat", "work"]).run_to(0);
    assert_no_token(&output);
    assert_ne!(fs::read(&store).expect("kept"), first);
    user.retr(&["oauth", "logout", "work"]).run_to(0);
    assert_eq!(fs::read(&store).expect("kept"), b"");
}

#[test]
fn what_could_not_be_saved_is_not_asked_for() {
    let user = User::new();
    user.issuer.set_lasts(0);
    let user = user.signed_in();
    let tokens = user.stored_tokens();
    fs::create_dir(tokens.with_extension("new")).expect("something in the way");
    for words in [&["stat", "work"][..], &["oauth", "login", "work"]] {
        let output = user.retr(words).run_to(74);
        assert!(output.stderr_text().contains("cannot write"), "{output}");
    }
    assert_eq!(user.issuer.renewals(), 0);
}

#[test]
fn a_command_that_does_not_save_is_told() {
    let user = User::with("token_store = { load = \"cat $S/store\", save = \"false\" }\n");
    let output = user.retr(&["oauth", "login", "work"]).run_to(74);
    assert!(
        output.stderr_text().contains("cannot save to false"),
        "{output}"
    );
}

#[test]
fn a_logout_forgets() {
    let user = User::new().signed_in();
    let output = user.retr(&["oauth", "logout", "work"]).run_to(0);
    assert!(output.stdout_text().contains("token      none"), "{output}");
    user.retr(&["stat", "work"]).run_to(77);
    // Twice is no mistake.
    user.retr(&["oauth", "logout", "work"]).run_to(0);
}

#[test]
fn only_the_right_address_can_be_pasted() {
    let user = User::new();
    for (pasted, text) in [
        ("", "no address was pasted"),
        (
            "https://example.org/?code=x&state=y\n",
            "it is not the address that the browser shows",
        ),
    ] {
        let (stdin, mut paste) = io::pipe().expect("a pipe");
        paste.write_all(pasted.as_bytes()).expect("pasted");
        drop(paste);
        let login = user
            .retr(&["oauth", "login", "work", "--paste"])
            .stdin(stdin);
        let output = login.run_to(77);
        assert!(output.stderr_text().contains(text), "{output}");
    }
    assert_eq!(user.issuer.grants(), [""; 0]);
}

#[test]
fn somebody_says_no_or_comes_too_late() {
    for (error, hint) in [
        ("access_denied", "the sign-in was refused in the browser"),
        ("expired_token", "the code was not entered in time"),
    ] {
        let user = User::new();
        user.issuer.set_pending(&[error]);
        let output = user.retr(&["oauth", "login", "work"]).run_to(77);
        assert!(output.stderr_text().contains(hint), "{output}");
    }
}

#[test]
fn what_the_config_file_lacks_is_told_before_anybody_is_asked() {
    let user = User::new();
    let sandbox = &user.mailbox.sandbox;
    for (table, code, text) in [
        ("provider = \"google\"\n", 78, "there is no client_id"),
        (
            "provider = \"custom\"\nclient_id = \"x\"\nscope = \"y\"\n",
            78,
            "provider custom needs token_url",
        ),
        (
            "provider = \"microsoft\"\nclient_id = \"x\"\ntenant = \"a/b\"\n",
            78,
            "tenant is neither",
        ),
        (
            "client_id = \"x\"\nscope = \"y\"\ntoken_url = \"http://example.org/t\"\n",
            78,
            "http is not encrypted",
        ),
        ("client_idd = \"x\"\n", 78, "did you mean `client_id`?"),
        (
            "provider = \"hotmail\"\n",
            78,
            "`hotmail` is not a provider",
        ),
    ] {
        sandbox.config(&format!(
            "[accounts.work]\nurl = \"pop3s://alice@127.0.0.1\"\nmaildir = \"$S/Mail\"\n\
             [accounts.work.oauth2]\n{table}"
        ));
        for words in [
            &["stat", "work"][..],
            &["oauth", "login", "work"],
            &["config", "check"],
        ] {
            let output = user.retr(words).run_to(code);
            assert!(output.stderr_text().contains(text), "{text}: {output}");
        }
    }
    sandbox.config(
        "[accounts.work]\nurl = \"pop3s://alice@127.0.0.1\"\npassword_file = \"x\"\n\
         [accounts.work.oauth2]\nclient_id = \"x\"\n",
    );
    let output = user.retr(&["stat", "work"]).run_to(78);
    assert!(
        output
            .stderr_text()
            .contains("`oauth2` and `password_file`"),
        "{output}"
    );
}

/// The provider's host has a new name, and nobody signs in again for that.
#[test]
fn tokens_and_hints_go_with_a_ledger_that_moves() {
    let user = User::new().signed_in();
    let sandbox = &user.mailbox.sandbox;
    let config = sandbox.path("config/retr/config.toml");
    let old = fs::read_to_string(&config).expect("a config");
    let new = old
        .replace("@127.0.0.1:", "@localhost:")
        .replace("[accounts.work", "[accounts.new");
    sandbox.config(&format!("{old}{new}"));
    user.retr(&["fetch", "work"]).run_to(0);
    let tokens = user.stored_tokens();
    let hints = fs::read(tokens.with_file_name("hints")).expect("hints");
    user.retr(&["state", "move", "work", "new"]).run_to(0);
    let folder = user.stored_tokens().parent().expect("a folder").to_owned();
    assert!(folder.to_string_lossy().contains("@localhost"));
    assert_eq!(fs::read(folder.join("hints")).expect("hints"), hints);
    let (asked, logins) = (user.issuer.grants(), user.mailbox.model.count("AUTH"));
    let output = user.retr(&["fetch", "new", "--json"]).run_to(0);
    assert_eq!(output.event("summary")["stored"], 0, "{output}");
    assert_eq!(user.issuer.grants(), asked);
    assert_eq!(user.mailbox.model.count("AUTH"), logins + 1);
    user.retr(&["oauth", "status", "work"]).run_to(77);
    // Tokens that are there stay.
    user.sign_in();
    user.retr(&["fetch", "work"]).run_to(0);
    fs::remove_file(folder.join("ledger")).expect("removed");
    let kept = fs::read(folder.join("oauth2")).expect("tokens");
    user.retr(&["state", "move", "work", "new"]).run_to(0);
    assert_eq!(fs::read(folder.join("oauth2")).expect("tokens"), kept);
    user.retr(&["oauth", "status", "work"]).run_to(0);
}
