//! OAuth2: signing in, and tokens that renew themselves.

use std::fs;
use std::io::{self, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::support::env::{Sandbox, chmod, mode};
use crate::support::issuer::Issuer;
use crate::support::output::Output;
use crate::support::table::table;
use crate::support::user::{User, page};
use crate::support::web::Reply;

/// No token of any kind is in it.
#[track_caller]
fn assert_no_token(output: &Output) {
    let text = output.to_string();
    for word in ["access-", "refresh-", "code-1", "\"dc\"", "Bearer"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

/// A user whose token has ended, as it is told.
fn with_an_ended_token() -> User {
    let user = User::new();
    user.issuer.set_lasts(0);
    user.signed_in()
}

#[test]
fn a_code_is_entered_once_and_mail_comes() {
    let user = User::new();
    user.issuer.set_pending(&["authorization_pending"]);
    let output = user.typed("oauth login work -vv").run_to(0);
    output.says("open https://localhost/code and enter the code ABCD-EFGH (within 15 minutes)");
    output.says("POST https://localhost:");
    assert_no_token(&output);
    assert_eq!(mode(&user.stored_tokens()), 0o600);

    assert_no_token(&user.typed("fetch work -vv").run_to(0));
    user.mailbox.assert_stored(&user.mails);
    assert_eq!(user.issuer.renewals(), 0);

    let output = user.typed("oauth status work --json").run_to(0);
    let told = json!({"provider": "custom", "scope": "pop", "stored": true, "renewable": true});
    output.has("token", told);
    assert_no_token(&output);
}

#[test]
fn without_a_sign_in_nothing_is_asked_and_nobody_waits() {
    let user = User::new();
    for words in ["fetch work", "oauth status work"] {
        let told = "no token is stored: nobody has signed in";
        let output = user.typed(words).tells(77, told);
        output.says("hint: `retr oauth login work` signs in");
    }
    assert_eq!(user.mailbox.model.count("AUTH"), 0);
    assert_eq!(user.issuer.grants(), [""; 0]);
    // What needs no login works.
    user.typed("probe work").run_to(0);
}

#[test]
fn a_browser_comes_back_to_this_machine() {
    let user = User::new();
    let (events, stdout) = io::pipe().expect("a pipe");
    let login = user.typed("oauth login work --browser --json");
    let login = login.stdout(stdout).start();
    let mut events = BufReader::new(events);
    let back = user.issuer.sign_in(&page(&mut events));
    let back = back.trim_start_matches("http://");
    let (host, target) = back.split_once('/').expect("a path");
    // Somebody who guesses, and a browser's own questions, end nothing.
    for target in ["favicon.ico", "?code=forged&state=guessed"] {
        assert!(get(host, target).starts_with("HTTP/1.1 404"));
    }
    // A connection on which nothing comes holds nobody up for long.
    let _idle = TcpStream::connect(host).expect("a listener");
    assert!(get(host, target).contains("retr was let in"));
    login.ends_with(0);
    let mut rest = String::new();
    events.read_to_string(&mut rest).expect("the rest");
    assert!(rest.contains("\"event\":\"token\""), "{rest}");
    user.typed("stat work").run_to(0);
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
    for (lasts, renewals) in [(299, 1), (3600, 2), (3600, 2)] {
        user.issuer.set_lasts(lasts);
        user.typed("stat work").run_to(0);
        assert_eq!(user.issuer.renewals(), renewals);
    }
    // It ends earlier than was told.
    user.issuer.end_access();
    let logins = user.mailbox.model.count("AUTH");
    user.typed("stat work").run_to(0);
    assert_eq!(user.issuer.renewals(), 3);
    assert_eq!(user.mailbox.model.count("AUTH"), logins + 2);
}

#[test]
fn a_login_refused_for_another_reason_renews_nothing() {
    let user = User::new().signed_in();
    let model = &user.mailbox.model;
    for code in ["IN-USE", "SYS/TEMP", "LOGIN-DELAY"] {
        model.answer("AUTH", &format!("-ERR [{code}] x"));
        user.typed("stat work").run_to(75);
    }
    assert_eq!(user.issuer.renewals(), 0);
    // As with Outlook.com, where POP3 is switched off at first: a good token is
    // not taken.
    let refused = "-ERR Authentication failure: unknown user name or bad password.";
    model.answer("AUTH", refused);
    let hint = "hint: the issuer gave a token and the server refuses it: POP3 may be switched off";
    let output = user.typed("fetch work").tells(77, hint);
    assert_eq!(user.issuer.renewals(), 1);
    assert_no_token(&output);
}

#[test]
fn a_revoked_token_is_told_and_not_wiped() {
    let user = User::new().signed_in();
    user.issuer.revoke_all();
    let before = fs::read(user.stored_tokens()).expect("tokens");
    let told = "refuses: invalid_grant (the issuer says invalid_grant)";
    let output = user.typed("fetch work").tells(77, told);
    output.says("sign in again: `retr oauth login work`");
    assert_eq!(fs::read(user.stored_tokens()).expect("tokens"), before);
    user.sign_in();
    user.typed("fetch work").run_to(0);
}

#[test]
fn two_runs_at_once_renew_once() {
    let user = with_an_ended_token();
    user.issuer.set_lasts(3600);
    let runs = [(); 2].map(|()| user.typed("stat work").start());
    for run in runs {
        run.ends_with(0);
    }
    assert_eq!(user.issuer.renewals(), 1);
}

#[test]
fn an_issuer_s_nonsense_is_told_by_its_kind() {
    let user = with_an_ended_token();
    let before = fs::read(user.stored_tokens()).expect("tokens");
    let html = |status| Reply::Body(status, "text/html", "<html>sorry</html>".into());
    let raw = |text: &str| Reply::Raw(text.as_bytes().to_vec());
    let head = |status: &str, field: &str| raw(&format!("HTTP/1.1 {status} X\r\n{field}\r\n\r\n"));
    let empty = |field: &str| format!("{field}\r\nContent-Length: 0");
    let json = |body: &str| Reply::json(200, body);
    let no_token = "has no bearer token in it";
    let refused = r#"{"error":"invalid_client","error_description":"AADSTS7000218: x\u001b[31m"}"#;
    let advice = "(AADSTS7000218: x\\x1b[31m)\nhint: switch on \"Allow public client flows\"";
    let (later, away) = (empty("Retry-After: 17"), empty("Location: https://localhost/"));
    for (reply, code, text) in [
        (html(200), 76, "is not the JSON that it should be"),
        (html(404), 76, "(HTTP status 404)"),
        (html(503), 75, "answers with HTTP status 503"),
        (head("429", &later), 75, "HTTP status 429; try again in 17 s"),
        (head("307", &away), 76, "is a redirection"),
        (json(&"x".repeat(70_000)), 76, "is longer than 64 KiB"),
        (json(r#"{"access_token":"a\nb"}"#), 76, no_token),
        (json(r#"{"access_token":"a","token_type":"mac"}"#), 76, no_token),
        (head("200", "Content-Length: 100"), 75, "is cut off"),
        (raw("+OK POP3\r\n"), 76, "does not answer in HTTP"),
        (Reply::Stall, 75, "no answer"),
        (Reply::json(400, refused), 77, advice),
    ] {
        let is_stalled = matches!(reply, Reply::Stall);
        let timeout = if is_stalled { "1s" } else { "10s" };
        user.issuer.answer_instead(reply);
        let stat = user.typed("stat work --timeout").arg(timeout);
        assert_no_token(&stat.tells(code, text));
        assert_eq!(fs::read(user.stored_tokens()).expect("tokens"), before);
    }
    user.typed("stat work").run_to(0);
}

#[test]
fn a_token_goes_to_nobody_else() {
    let user = with_an_ended_token();
    let other = Issuer::start();
    let sandbox = &user.mailbox.sandbox;
    let text = sandbox.read("config/retr/config.toml");
    let (head, _) = text.split_once("[accounts.work.oauth2]").expect("a table");
    sandbox.config(&format!("{head}{}", other.table("work")));
    let told = "another client_id or by another token_url";
    user.typed("stat work").tells(77, told);
    assert_eq!(other.grants(), [""; 0]);
}

#[test]
fn tokens_that_others_could_read_are_refused() {
    let user = User::new().signed_in();
    chmod(&user.stored_tokens(), 0o640);
    let output = user.typed("stat work").tells(78, "can be read by others");
    output.says("chmod 600 ");
}

#[test]
fn commands_keep_tokens_in_place_of_the_file() {
    let user = User::with("token_store = { load = \"cat $S/store\", save = \"tee $S/store\" }\n");
    let sandbox = &user.mailbox.sandbox;
    sandbox.write("store", "");
    user.typed("stat work").run_to(77);
    user.issuer.set_lasts(0);
    user.sign_in();
    let first = sandbox.read("store");
    assert_no_token(&user.typed("stat work").run_to(0));
    assert_ne!(sandbox.read("store"), first);
    user.typed("oauth logout work").run_to(0);
    assert_eq!(sandbox.read("store"), "");
}

#[test]
fn what_could_not_be_saved_is_not_asked_for() {
    let user = with_an_ended_token();
    let tokens = user.stored_tokens();
    fs::create_dir(tokens.with_extension("new")).expect("something in the way");
    for words in ["stat work", "oauth login work"] {
        user.typed(words).tells(74, "cannot write");
    }
    assert_eq!(user.issuer.renewals(), 0);
    // Nor by a command that does not save.
    let user = User::with("token_store = { load = \"cat $S/store\", save = \"false\" }\n");
    user.typed("oauth login work").tells(74, "cannot save to false");
}

#[test]
fn a_logout_forgets() {
    let user = User::new().signed_in();
    let logout = user.typed("oauth logout work");
    logout.run_to(0).shows("token      none");
    user.typed("stat work").run_to(77);
    // Twice is no mistake.
    user.typed("oauth logout work").run_to(0);
}

#[test]
fn only_the_right_address_can_be_pasted() {
    let user = User::new();
    let wrong = "https://example.org/?code=x&state=y\n";
    for (pasted, text) in
        [("", "no address was pasted"), (wrong, "it is not the address that the browser shows")]
    {
        let (stdin, mut paste) = io::pipe().expect("a pipe");
        paste.write_all(pasted.as_bytes()).expect("pasted");
        drop(paste);
        let login = user.typed("oauth login work --paste");
        login.stdin(stdin).tells(77, text);
    }
    assert_eq!(user.issuer.grants(), [""; 0]);
    for (error, hint) in [
        ("access_denied", "the sign-in was refused in the browser"),
        ("expired_token", "the code was not entered in time"),
    ] {
        user.issuer.set_pending(&[error]);
        user.typed("oauth login work").tells(77, hint);
    }
}

/// Rows of a table `oauth2`, in which `;` ends a line, and of what is told.
#[test]
fn what_the_config_file_lacks_is_told_before_anybody_is_asked() {
    let sandbox = Sandbox::new();
    let account = "[accounts.work]\nurl = 'pop3s://alice@127.0.0.1'\nmaildir = '$S/Mail'\n";
    for [keys, text] in table(
        "
        provider = 'google' | there is no client_id
        provider = 'custom'; client_id = 'x'; scope = 'y' | provider custom needs token_url
        provider = 'microsoft'; client_id = 'x'; tenant = 'a/b' | tenant is neither
        client_id = 'x'; scope = 'y'; token_url = 'http://example.org/t' | http is not encrypted
        client_idd = 'x' | did you mean `client_id`?
        provider = 'hotmail' | `hotmail` is not a provider",
    ) {
        let keys = keys.replace("; ", "\n");
        sandbox.config(&format!("{account}[accounts.work.oauth2]\n{keys}\n"));
        for words in ["stat work", "oauth login work", "config check"] {
            sandbox.typed(words).tells(78, text);
        }
    }
    let both = "password_file = 'x'\n[accounts.work.oauth2]\nclient_id = 'x'\n";
    sandbox.config(&(account.to_owned() + both));
    let told = "`oauth2` and `password_file`";
    sandbox.typed("stat work").tells(78, told);
}

/// The provider's host has a new name, and nobody signs in again for that.
#[test]
fn tokens_and_hints_go_with_a_ledger_that_moves() {
    let user = User::new().signed_in();
    let sandbox = &user.mailbox.sandbox;
    let old = sandbox.read("config/retr/config.toml");
    let new = old.replace("@127.0.0.1:", "@localhost:");
    sandbox.config(&(old + &new.replace("[accounts.work", "[accounts.new")));
    user.typed("fetch work").run_to(0);
    let tokens = user.stored_tokens();
    let hints = fs::read(tokens.with_file_name("hints")).expect("hints");
    user.typed("state move work new").run_to(0);
    let folder = user.stored_tokens().parent().expect("a folder").to_owned();
    assert!(folder.to_string_lossy().contains("@localhost"));
    let read = |name: &str| fs::read(folder.join(name)).expect(name);
    assert_eq!(read("hints"), hints);
    let (asked, logins) = (user.issuer.grants(), user.mailbox.model.count("AUTH"));
    let output = user.typed("fetch new --json").run_to(0);
    output.has("summary", json!({"stored": 0}));
    assert_eq!(user.issuer.grants(), asked);
    assert_eq!(user.mailbox.model.count("AUTH"), logins + 1);
    user.typed("oauth status work").run_to(77);
    // Tokens that are there stay.
    user.sign_in();
    user.typed("fetch work").run_to(0);
    fs::remove_file(folder.join("ledger")).expect("removed");
    let kept = read("oauth2");
    user.typed("state move work new").run_to(0);
    assert_eq!(read("oauth2"), kept);
    user.typed("oauth status work").run_to(0);
}
