//! `retr account add`: from an address to mail, and never to anybody who lies.

use std::fs;
use std::os::unix::fs::symlink;

use rustix::process::Signal;
use serde_json::json;

use crate::support::env::{Program, Sandbox, chmod, mode};
use crate::support::issuer::CLIENT;
use crate::support::mail::small;
use crate::support::model::certs::{self, Identity};
use crate::support::needs::needs;
use crate::support::provider::{MICROSOFT, Provider, World, document, with_autoconfig};
use crate::support::table::table;
use crate::support::terminal::Terminal;

const CONFIG: &str = "config/retr/config.toml";

#[test]
fn what_the_domain_says_of_itself_leads_to_mail() {
    let provider = Provider::new(with_autoconfig());
    let sandbox = &provider.sandbox;
    let before = "# mine\n[defaults]\ntimeout = \"5s\" # short\n\n[accounts.old]\nhost = \"h\"\nuser = 'u'\nenabled = false\nmaildir = \"/m\"\npassword_file = \"/p\"";
    sandbox.write(CONFIG, before);
    let output = provider.add(&["--json"]).run_to(0);
    let told = json!({"source": "autoconfig", "host": "pop.example.com", "consent": false});
    output.has("candidate", told);
    output.has("account", json!({"next": "retr fetch example"}));
    assert!(!output.to_string().contains("correct horse"));

    let after = sandbox.read(CONFIG);
    let added = after.strip_prefix(before).expect("what was there stays");
    let password = sandbox.path("config/retr/example.password");
    let expected = format!(
        "\n\n[accounts.example]\nhost = \"pop.example.com\"\nuser = \"alice@example.com\"\n\
         maildir = \"~/Mail/example\"\npassword_file = \"{}\"\nproxy = \"{}\"\ntls_ca = \"{}\"\n",
        password.display(),
        provider.proxy.url(),
        certs::ca().display(),
    );
    assert_eq!(added, expected);
    assert_eq!(fs::read(&password).expect("a password"), b"correct horse\n");
    assert_eq!(mode(&password), 0o600);
    let output = sandbox.retr(["fetch", "example"]).run_to(0);
    assert_eq!(output.stderr_text(), "", "{output}");
    // Its name is taken now; the address is one, too.
    let taken = "there is an account `example` already";
    provider.add(&["--name", "example"]).tells(78, taken);
    provider.add(&[]).run_to(0);
    let text = sandbox.read(CONFIG);
    let second = "\n[accounts.\"alice@example.com\"]\n";
    assert!(text.contains(second), "{text}");
}

// Case 103.
#[test]
fn each_way_is_tried_in_its_turn() {
    let by_ispdb = World { ispdb: document("pop.example.com", "SSL"), ..World::default() };
    let by_srv = World::of_dns(None, Some("pop.example.com"));
    for (world, word) in
        [(by_ispdb.clone(), "ispdb"), (World::default(), "guess"), (by_srv.clone(), "srv")]
    {
        let provider = Provider::new(world);
        let output = provider.add(&["--json", "--yes"]).run_to(0);
        output.has("candidate", json!({"source": word}));
        provider.assert_fetches("example");
    }
    // What the domain says comes before what others say of it.
    let by_mx = World { dns: (Some("mx1.mail.example.net"), None), ..by_ispdb };
    let provider = Provider::new(by_mx);
    let output = provider.add(&["--json", "--yes"]).run_to(0);
    output.has("candidate", json!({"source": "ispdb"}));
    let asked = provider.proxy.asked();
    assert!(!asked.iter().any(|asked| asked.starts_with("127.0.0.1:")));
    // Of what only DNS says, the user has to know.
    let provider = Provider::new(by_srv);
    let output = provider.add(&[]).run_to(78);
    output.says("only DNS leads to pop.example.com");
    output.says("hint: --yes agrees to it");
    provider.assert_untouched();
}

#[test]
fn the_exchanger_s_provider_is_looked_up() {
    let provider = Provider::new(World {
        also: Some("pop.gmail.com"),
        ..World::of_dns(Some("aspmx.l.google.com"), None)
    });
    // Its certificate is not for that name.
    let output = provider.add(&["--yes", "-v"]).run_to(0);
    output.says("pop.gmail.com:995 (by the mail exchanger aspmx.l.google.com");
    output.says("certificate");
    output.says("server pop.example.com port 995 (TLS)");
}

#[test]
fn answers_that_lie_get_no_password_and_are_told() {
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><x>&a;</x>".to_owned();
    let clear = "it names pop.example.com without encryption";
    let no_xml = "not the XML that it should be";
    for (autoconfig, text) in [
        (document("pop.example.com", "plain"), clear),
        (document("mail.a.example.com", "SSL"), "mail.a.example.com"),
        (document("pop.example.org", "SSL"), "pop.example.org"),
        (Some(bomb), no_xml),
        (Some("x".repeat(10 << 20)), "is longer than 64 KiB"),
        (Some("<html>".into()), no_xml),
    ] {
        let provider = Provider::new(World {
            autoconfig,
            also: Some("mail.a.example.com"),
            identity: Some(Identity::OTHER_NAME),
            ..World::default()
        });
        let output = provider.add(&["--yes"]).run();
        let code = output.code().expect("a code");
        assert!([69, 75, 78, 79].contains(&code), "{output}");
        output.says(text);
        output.says("no POP3 server found for example.com");
        provider.assert_untouched();
    }
}

#[test]
fn a_refused_login_leaves_nothing() {
    let provider = Provider::new(with_autoconfig());
    let refused = |words: &[&str], hint: &str| {
        let add = provider.add(words).env("RETR_PASSWORD", "wrong");
        add.tells(77, "was refused").says(hint);
    };
    refused(
        &[],
        "hint: alice@example.com was tried as the user; if the provider names another login name: \
         --user NAME",
    );
    refused(&["--user", "alice"], "hint: check user and password");
    assert!(!provider.sandbox.path("config/retr").exists());
}

#[test]
fn a_password_is_kept_by_pass_or_secret_tool_where_they_work() {
    // What it keeps, it keeps beside itself; `broken` gives back something else.
    let script = |load: &str, save: &str, remove: &str, broken: &str| {
        format!(
            "#!/bin/sh\nf=$(dirname \"$0\")/kept\necho \"$*\" >>\"$f.log\"\ncase $1 in\n\
             {load}) cat \"$f\" 2>/dev/null {broken};;\n{save}) cat >\"$f\";;\n\
             {remove}) rm -f \"$f\";;\nesac\n"
        )
    };
    for [program, is_kept, key, log] in table(
        "
        pass        | yes | password_command = \"pass show retr/example\" | insert -m retr/example
        secret-tool | yes | password_command = \"secret-tool lookup service retr account example\" | store --label=retr example service retr account example
        pass        | no  | password_file = | rm -f retr/example
        secret-tool | no  | password_file = | clear service retr account example",
    ) {
        let broken = if is_kept == "no" { "| tr a-z A-Z" } else { "" };
        let script = match program {
            "pass" => script("show", "insert", "rm", broken),
            _ => script("lookup", "store", "clear", broken),
        };
        let provider = Provider::new(with_autoconfig());
        let sandbox = &provider.sandbox;
        sandbox.write("home/.password-store/.gpg-id", "x\n");
        let kept = sandbox.path("programs/kept");
        fs::create_dir(sandbox.path("programs")).expect("a folder");
        sandbox.program(&format!("programs/{program}"), script);
        let path = format!("{}:/usr/bin:/bin", sandbox.path("programs").display());
        let add = provider.add(&["-v"]).env("PATH", &path);
        let output = add.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
        let output = output.run_to(0);
        assert!(!output.to_string().contains("correct horse"), "{output}");
        let config = sandbox.read(CONFIG);
        assert!(config.contains(key), "{config}\n{output}");
        // What it would not give back is not left with it.
        assert_eq!(kept.exists(), is_kept == "yes", "{program} {is_kept}");
        let said = sandbox.read("programs/kept.log");
        assert!(said.contains(&format!("{log}\n")), "{said}");
        assert!(!said.contains("correct horse"), "{said}");
        sandbox.retr(["fetch"]).env("PATH", &path).run_to(0);
    }
}

#[test]
fn a_server_that_is_named_is_tried_and_nothing_else() {
    let provider = Provider::new(with_autoconfig());
    let told = "error: alice@example.com: mail.example.com:995 (as given): ";
    provider.add(&["--host", "mail.example.com"]).tells(69, told);
    assert_eq!(provider.proxy.asked(), ["mail.example.com:995"]);
    provider.assert_untouched();
    let add = provider.add(&["--host", "pop.example.com", "--json"]);
    add.run_to(0).has("candidate", json!({"source": "host"}));
    provider.assert_fetches("example");
}

#[test]
fn what_to_do_about_a_certificate_is_told() {
    let world = World { identity: Some(Identity::SELF_SIGNED), ..World::default() };
    let provider = Provider::new(world);
    let output = provider.add(&["--host", "pop.example.com"]).run_to(79);
    let hint = "hint: if your provider gave you a certificate file: --tls-ca FILE; else compare \
                this pin with theirs, then --tls-pin … --tls-pin-only\n";
    assert!(output.stderr_text().ends_with(hint), "{output}");
    assert!(output.stderr_text().contains("sha256:"), "{output}");
}

#[test]
fn a_link_stays_one_and_a_file_keeps_its_mode() {
    let provider = Provider::new(with_autoconfig());
    let real = provider.sandbox.write("real.toml", "[defaults]\n");
    chmod(&real, 0o644);
    fs::create_dir_all(provider.config().parent().expect("a folder")).expect("made");
    symlink(&real, provider.config()).expect("linked");
    provider.add(&[]).run_to(0);
    assert!(provider.config().is_symlink());
    assert_eq!(mode(&real), 0o644);
    provider.assert_fetches("example");
    // A file that cannot be added to at its end is left as it is.
    let odd = "accounts = { a = { host = \"h\", user = \"u\" } }\n";
    fs::write(&real, odd).expect("written");
    let told = "cannot be added to at its end";
    provider.add(&[]).tells(78, told);
    assert_eq!(provider.sandbox.read("real.toml"), odd);
}

/// `account add` of these words, which asks nobody.
fn offline(sandbox: &Sandbox, words: &str) -> Program {
    sandbox.typed(&format!("account add --offline {words}"))
}

#[test]
fn offline_the_table_is_all_and_nothing_is_asked() {
    let sandbox = Sandbox::new();
    let output = offline(&sandbox, "a.b@gmail.com --print").tells(0, "app password");
    assert_eq!(
        output.stdout_text(),
        "[accounts.gmail]\nhost = \"pop.gmail.com\"\nuser = \"a.b@gmail.com\"\nmaildir = \"~/Mail/gmail\"\n"
    );
    output.says("; not connected to\n");
    output.says(
        "with a line that says where the password is, such as password_command = \
         \"pass show mail/gmail\"",
    );
    let words = "a.b@gmail.com --print --user ab --password-command x";
    let output = offline(&sandbox, words).tells(0, ", then retr fetch gmail\n");
    output.shows("\nuser = \"ab\"\n");
    let output = offline(&sandbox, "a@outlook.com --print --client-id i").run_to(0);
    let tokens = "\n[accounts.outlook.oauth2]\nclient_id = \"i\"\nprovider = \"microsoft\"\ntenant = \"consumers\"\n";
    assert!(output.stdout_text().ends_with(tokens), "{output}");
    let output = offline(&sandbox, "a@example.com --print --host h:110").run_to(0);
    output.shows("host = \"h\"\ntls = \"starttls\"\n");
    for [words, code, text] in table(
        "
        a@icloud.com              | 78 | iCloud Mail has no POP3
        a@example.com             | 78 | no POP3 server found for example.com
        a@outlook.com --yes       | 78 | wants a client id
        a@outlook.com             | 78 | outlook.office365.com lies outside of outlook.com
        alice                     | 64 | is not a mail address
        a@gmail.com --host h:x    | 64 | --host: ",
    ) {
        offline(&sandbox, words).tells(code.parse().expect("a code"), text);
    }
    let odd = offline(&sandbox, "a@gmail.com --print --user").arg("a\nb");
    odd.tells(78, "has a control character in its user");
    assert!(!sandbox.path("config/retr").exists());
}

/// What is relative to where somebody stands is not to the config file.
#[test]
fn where_mail_goes_is_written_so_that_it_means_the_same_later() {
    let sandbox = Sandbox::new();
    let add = |words: &str| offline(&sandbox, &format!("a@gmail.com --print {words}"));
    for [words, lines] in table(
        r#"
        --maildir 'Mail/$x'                   | maildir = "$S/Mail/$$x"
        --mbox ./box                          | mbox = "$S/box"
        --archive archive                     | archive = "$S/archive"
        --lmtp ./sock --recipient bob         | lmtp = "$S/sock"; recipient = "bob"
        --lmtp localhost:24 --recipient bob   | lmtp = "localhost:24"
        --mda 'bin/take it'                   | mda = "bin/take it"
        --password-file p --tls-ca ca         | password_file = "$S/p"; tls_ca = "$S/ca""#,
    ) {
        let lines = lines.replace("$S", sandbox.root().to_str().expect("UTF-8"));
        let output = add(words).run_to(0);
        let lines = format!("\n{}\n", lines.replace("; ", "\n"));
        assert!(output.stdout_text().contains(&lines), "{lines}: {output}");
    }
    // An account that could fetch nothing is none.
    for words in ["--lmtp ./sock", "--mda 'cat {recipient}'"] {
        add(words).tells(78, "hint: give --recipient");
    }
}

/// `account add` on a terminal, which is to show each text before what is typed.
#[track_caller]
fn answers(provider: &Provider, dialogue: &[(&str, &str)]) {
    let mut terminal = Terminal::of_columns(200);
    let program = terminal.retr(&provider.sandbox, "account");
    let running = provider.command(program, &[]).start();
    for (shown, typed) in dialogue {
        terminal.wait_for(shown);
        terminal.type_in(typed.as_bytes());
    }
    running.ends_with(0);
}

const FOLDER: &str = "Folder for the mail [~/Mail/example]:";

#[test]
fn on_a_terminal_three_answers_are_enough() {
    needs!("setsid");
    let provider = Provider::new(World::of_dns(None, Some("pop.example.com")));
    let password = "Password for alice@example.com at pop.example.com:";
    let dialogue = [
        ("Send the password there? [y/N]", "y\n"),
        (FOLDER, "\n"),
        (password, "wrong\n"),
        ("was refused", ""),
        (password, "correct horse\n"),
        ("next: retr fetch example", ""),
    ];
    answers(&provider, &dialogue);
    provider.assert_fetches("example");
}

/// From nothing to mail where nothing but a token opens the mailbox; and nobody
/// is asked again when it ends.
#[test]
fn three_answers_and_a_code_are_enough_for_years() {
    needs!("setsid");
    let provider = Provider::new(World {
        also: Some("outlook.office365.com"),
        identity: Some(MICROSOFT),
        by_tokens: true,
        ..World::of_dns(Some("example-com.mail.protection.outlook.com"), None)
    });
    let issuer = provider.issuer.as_ref().expect("one");
    issuer.set_pending(&["authorization_pending"]);
    let dialogue = [
        ("Send a token there? [y/N]", "y\n"),
        ("Client id (", &format!("{CLIENT}\n")),
        (FOLDER, "\n"),
        ("enter the code ABCD-EFGH", ""),
        ("next: retr fetch example", ""),
    ];
    answers(&provider, &dialogue);
    let devices = "urn:ietf:params:oauth:grant-type:device_code";
    assert_eq!(issuer.grants(), [devices; 2]);
    provider.assert_fetches("example");

    // An hour later, by cron.
    let state = fs::read_dir(provider.sandbox.path("state/retr")).expect("accounts");
    let mut paths = state.map(|entry| entry.expect("one").path().join("oauth2"));
    let path = paths.next().expect("its tokens");
    let text = fs::read(&path).expect("tokens");
    let mut tokens: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    for moment in ["obtained", "expires"] {
        let seconds = tokens[moment].as_u64().expect("a moment");
        tokens[moment] = (seconds - 3600).into();
    }
    fs::write(&path, tokens.to_string()).expect("written");
    issuer.end_access();
    provider.model.maildrop().add(&small(4, 1)[3]);
    let logins = provider.model.count("AUTH");
    let output = provider.sandbox.retr(["fetch"]).run_to(0);
    assert_eq!(output.stderr_text(), "", "{output}");
    assert_eq!(issuer.renewals(), 1);
    // It was renewed in time, and not because it was refused.
    assert_eq!(provider.model.count("AUTH"), logins + 1);
    let new = provider.sandbox.path("home/Mail/example/new");
    assert_eq!(fs::read_dir(new).expect("a Maildir").count(), 4);
}

#[test]
fn a_signal_ends_the_dialogue_and_nothing_is_written() {
    needs!("setsid");
    let provider = Provider::new(with_autoconfig());
    let mut terminal = Terminal::of_columns(200);
    let program = terminal.retr(&provider.sandbox, "account");
    let running = provider.command(program, &[]).start();
    terminal.wait_for(FOLDER);
    running.signal(Signal::TERM);
    assert_ne!(running.finish().code(), Some(0));
    provider.assert_untouched();
}
