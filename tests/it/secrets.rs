//! No output shows a secret, however much is asked for.

use std::fs;
use std::path::Path;

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};

use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Setup};
use crate::support::output::Output;

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

#[track_caller]
fn assert_silent(what: &str, output: &Output) {
    assert_clean(&format!("{what} on stdout"), &output.stdout);
    assert_clean(&format!("{what} on stderr"), &output.stderr);
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
    for option in
        "auto plain login user apop cram-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer"
            .split(' ')
    {
        for right in [true, false] {
            let setup = Setup::default()
                .secret(if right { CANARY } else { "another" })
                .mechanisms(&["PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"])
                .hidden_mechanisms(&["XOAUTH2", "OAUTHBEARER"]);
            let mailbox = Mailbox::on(setup, &small(1, 1));
            mailbox.secret_file("password", CANARY);
            // What is told of a failure is told in JSON too.
            let json = if right { &[][..] } else { &["--json"] };
            let fetch = mailbox.fetch().args(["-vv", "--auth", option]).args(json);
            let output = fetch.run_to(if right { 0 } else { 77 });
            assert!(!output.stderr.is_empty(), "-vv shows the dialogue");
            assert_silent(option, &output);
            fs::remove_file(mailbox.path("password")).expect("remove");
            assert_folder_clean(mailbox.root());
        }
    }
}

#[test]
fn a_server_that_repeats_the_password_gives_nothing_away() {
    let setup = Setup::default().secret(CANARY).mechanisms(&[]);
    let mailbox = Mailbox::on(setup, &small(1, 1));
    let repeats = |password: &str| Act::say(&format!("-ERR [AUTH] `{password}` is wrong"));
    let model = &mailbox.model;
    model.on_command(move |line| line.text.strip_prefix("PASS ").map_or(Act::Serve, repeats));
    for options in [&["-vv"][..], &["--json"], &[]] {
        assert_silent("it", &mailbox.fetch().args(options).run_to(77));
    }
}

#[test]
fn a_password_typed_in_the_wrong_place_is_not_repeated() {
    let mailbox = Mailbox::with(&[]);
    for word in ["pop3s://alice:{}@h", "alice:{}@h", "alice:{}"] {
        let word = word.replace("{}", CANARY);
        for words in ["list", "list work", "fetch"] {
            for json in [&[][..], &["--json"]] {
                let output = mailbox.typed(words).arg(&word).args(json).run();
                assert!(matches!(output.code(), Some(64 | 78)), "{output}");
                assert_silent(words, &output);
            }
        }
    }
}

#[test]
fn no_command_inherits_a_variable_with_a_secret() {
    let mailbox = Mailbox::with(&small(1, 1));
    let tunnel = r#"sh -c 'env >tunnel.txt; echo "-ERR [SYS/TEMP] enough"'"#;
    let password = "sh -c 'env >password.txt; echo x'";
    let stat = mailbox.typed("stat pop3://a@h --tls none --insecure-plaintext");
    stat.args(["--tunnel", tunnel, "--password-command", password])
        .env("RETR_PASSWORD", CANARY)
        .env("RETR_PROXY_PASSWORD", CANARY)
        .env("OTHER", "inherited")
        .run_to(75);
    for file in ["tunnel.txt", "password.txt"] {
        let text = mailbox.read(file);
        assert_clean(file, text.as_bytes());
        assert!(text.contains("OTHER=inherited"), "{text}");
    }
}

#[test]
fn no_argument_of_a_command_is_shown() {
    let mailbox = Mailbox::with(&small(2, 1));
    let agent = |script: &str| format!("sh -c \"{script}\" {CANARY}");
    let (fails, defers) = (agent("exit 9"), agent("cat >/dev/null; exit 75"));
    let (takes, says) = (agent("cat >/dev/null"), agent("cat password"));
    let (absent, torn) = (format!("no-such-program {CANARY}"), format!("'{CANARY} x"));
    let own = ("password_command", &*says);
    let mut names: Vec<String> = Vec::new();
    let mut config = String::new();
    let mut add = |name: &str, keys: &[(&str, &str)], more: &str| {
        let account = mailbox.account(name, "");
        let (account, _) = account.split_once("password_file").expect("its keys");
        let key = |(key, command): &(&str, &str)| format!("{key} = '''{command}'''\n");
        let keys: String = keys.iter().map(key).collect();
        config += &format!("{account}{keys}{more}");
        names.push(name.to_owned());
    };
    let all = [own, ("filter", &fails), ("after_new", &fails), ("mda", &takes)];
    add("work", &all, "");
    add("later", &[own, ("mda", &defers)], "");
    for key in ["mda", "filter", "after_new", "tunnel", "password_command"] {
        for (kind, command) in [("absent", &absent), ("torn", &torn)] {
            let mut keys: Vec<(&str, &str)> = vec![(key, command)];
            keys.extend((key != "password_command").then_some(own));
            keys.extend((key != "mda").then_some(("mda", &*takes)));
            add(&format!("{kind}-{key}"), &keys, "");
        }
    }
    let tokens = format!(
        "[accounts.token.oauth2]\nprovider = 'google'\nclient_id = 'x'\n\
         client_secret_command = '{absent}'\n\
         token_store = {{ load = '{absent}', save = \"{torn}\" }}\n"
    );
    add("token", &[("mda", &takes)], &tokens);
    mailbox.config(&config);
    let check = |words: &str| {
        let output = mailbox.typed(words).run();
        assert_ne!(output.code(), Some(64), "{output}");
        assert_silent(words, &output);
        output
    };
    for how in ["-vv", "--json", "-q"] {
        check(&format!("config show {how}"));
        check(&format!("config check {how}"));
        for name in &names {
            check(&format!("fetch {how} {name}"));
            check(&format!("state show {how} {name}"));
        }
    }
    let shown = check("config show later").stdout_text();
    assert!(shown.contains("\nmda = \"sh …\"\n"), "{shown}");
    assert_folder_clean(&mailbox.path("state"));
}

#[test]
fn a_descriptor_s_password_goes_to_one_account_only() {
    let [alice, bob] = [(); 2].map(|()| Mailbox::with(&small(1, 1)));
    let sandbox = &alice.sandbox;
    let config = |defaults: &str, of_bob: &str| {
        let key = "password_file = '$S/password'\n";
        let [a, b] = [(&alice, "alice", ""), (&bob, "bob", of_bob)].map(|(mailbox, name, more)| {
            let account = mailbox.account(name, more).replace(key, "");
            account.replace("alice@", &format!("{name}@"))
        });
        sandbox.config(&format!("{defaults}{a}{b}"));
    };
    let fetch = |options: &str| sandbox.shell(&format!("exec retr fetch {options} 3<password"));
    let several = "gives one password, but there are several accounts to fetch\n";
    config("", "password_command = 'echo his'");
    for accounts in ["", "alice bob"] {
        let told = format!("retr: error: --password-fd {several}");
        fetch(&format!("--password-fd 3 {accounts}")).tells(64, told);
    }
    let defaults = "[defaults]\npassword_fd = 3\n";
    config(defaults, "");
    fetch("").tells(78, format!("retr: error: a password_fd {several}"));
    for mailbox in [&alice, &bob] {
        assert_eq!(mailbox.model.log().len(), 0, "nobody is asked for anything");
    }
    // One account it may be read for.
    fetch("alice").run_to(0);
    config(defaults, "password_command = 'echo his'");
    fetch("").run_to(77);
    assert_eq!(bob.model.count("AUTH"), 1);
}

#[test]
fn the_check_itself_finds_every_form() {
    for lead in ["", "a", "ab", "\0alice\0"] {
        let encoded = BASE64.encode(format!("{lead}{CANARY} and more").as_bytes());
        assert!(forms().iter().any(|form| encoded.contains(form)), "{lead}");
    }
}

/// A number that the parent process did not open may be a file, a socket or a
/// pipe of our own by the time the password is read.
#[test]
fn a_descriptor_that_nobody_opened_is_none_of_our_own() {
    let mailbox = Mailbox::with(&small(1, 1));
    let closed: String = (3..10).map(|number| format!(" {number}<&-")).collect();
    for number in 3..10 {
        let fetch = format!("retr fetch {} --tls none --maildir Mail", mailbox.url());
        let command = format!("{fetch} --password-fd {number}{closed}");
        let what = format!("cannot read the password from file descriptor {number}\n");
        mailbox.shell(&command).tells(78, what);
    }
    assert_eq!(mailbox.model.count("USER") + mailbox.model.count("AUTH"), 0);
}
