//! `retr account add`: from an address to mail, and never to anybody who lies.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use rustix::process::Signal;

use crate::support::env::{Sandbox, has};
use crate::support::issuer::CLIENT;
use crate::support::mail::small;
use crate::support::model::certs::{self, Identity};
use crate::support::output::Output;
use crate::support::provider::{MICROSOFT, Provider, World, document, with_autoconfig};
use crate::support::terminal::Terminal;

#[track_caller]
fn source(output: &Output) -> String {
    output.event("candidate")["source"]
        .as_str()
        .expect("a word")
        .to_owned()
}

#[test]
fn what_the_domain_says_of_itself_leads_to_mail() {
    let provider = Provider::new(with_autoconfig());
    let before = "# mine\n[defaults]\ntimeout = \"5s\" # short\n\n[accounts.old]\nhost = \"h\"\nuser = 'u'\nenabled = false\nmaildir = \"/m\"\npassword_file = \"/p\"";
    fs::create_dir_all(provider.config().parent().expect("a folder")).expect("made");
    fs::write(provider.config(), before).expect("written");
    let output = provider.add(&["--json"]).run_to(0);
    assert_eq!(source(&output), "autoconfig");
    let candidate = output.event("candidate");
    assert_eq!(
        (&candidate["host"], &candidate["consent"]),
        (&"pop.example.com".into(), &false.into())
    );
    assert_eq!(output.event("account")["next"], "retr fetch example");
    assert!(!format!("{output}").contains("correct horse"));

    let after = fs::read_to_string(provider.config()).expect("a config");
    let added = after.strip_prefix(before).expect("what was there stays");
    let password = provider.sandbox.path("config/retr/example.password");
    assert_eq!(
        added,
        format!(
            "\n\n[accounts.example]\nhost = \"pop.example.com\"\nuser = \"alice@example.com\"\n\
             maildir = \"~/Mail/example\"\npassword_file = \"{}\"\nproxy = \"{}\"\ntls_ca = \"{}\"\n",
            password.display(),
            provider.proxy.url(),
            certs::ca().display(),
        )
    );
    assert_eq!(fs::read(&password).expect("a password"), b"correct horse\n");
    let mode = fs::metadata(&password)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let output = provider.sandbox.retr(["fetch", "example"]).run_to(0);
    assert_eq!(output.stderr_text(), "", "{output}");
    // Its name is taken now; the address is one, too.
    let again = provider.add(&["--name", "example"]).run_to(78);
    assert!(
        again
            .stderr_text()
            .contains("there is an account `example` already"),
        "{again}"
    );
    provider.add(&[]).run_to(0);
    let text = fs::read_to_string(provider.config()).expect("a config");
    assert!(
        text.contains("\n[accounts.\"alice@example.com\"]\n"),
        "{text}"
    );
}

// Case 103.
#[test]
fn each_way_is_tried_in_its_turn() {
    let by_ispdb = World {
        ispdb: document("pop.example.com", "SSL"),
        ..World::default()
    };
    let by_mx = World {
        dns: (Some("mx1.mail.example.net"), None),
        ..by_ispdb.clone()
    };
    let by_srv = World {
        dns: (None, Some("pop.example.com")),
        ..World::default()
    };
    for (world, word) in [
        (by_ispdb.clone(), "ispdb"),
        (World::default(), "guess"),
        (by_srv.clone(), "srv"),
    ] {
        let provider = Provider::new(world);
        let output = provider.add(&["--json", "--yes"]).run_to(0);
        assert_eq!(source(&output), word);
        provider.assert_fetches("example");
    }
    // What the domain says comes before what others say of it.
    let provider = Provider::new(by_mx);
    let output = provider.add(&["--json", "--yes"]).run_to(0);
    assert_eq!(source(&output), "ispdb");
    assert!(
        !provider
            .proxy
            .asked()
            .iter()
            .any(|asked| asked.starts_with("127.0.0.1:"))
    );
    // Of what only DNS says, the user has to know.
    let provider = Provider::new(by_srv);
    let output = provider.add(&[]).run_to(78);
    assert!(
        output
            .stderr_text()
            .contains("only DNS leads to pop.example.com"),
        "{output}"
    );
    assert!(
        output.stderr_text().contains("hint: --yes agrees to it"),
        "{output}"
    );
    provider.assert_untouched();
}

#[test]
fn the_exchanger_s_provider_is_looked_up() {
    let world = World {
        dns: (Some("aspmx.l.google.com"), None),
        also: Some("pop.gmail.com"),
        ..World::default()
    };
    let provider = Provider::new(world);
    // Its certificate is not for that name.
    let output = provider.add(&["--yes", "-v"]).run_to(0);
    let text = output.stderr_text();
    assert!(
        text.contains("pop.gmail.com:995 (by the mail exchanger aspmx.l.google.com"),
        "{output}"
    );
    assert!(text.contains("certificate"), "{output}");
    assert!(
        text.contains("server pop.example.com port 995 (TLS)"),
        "{output}"
    );
}

#[test]
fn answers_that_lie_get_no_password_and_are_told() {
    let of = |autoconfig: Option<String>| World {
        autoconfig,
        ..World::default()
    };
    let bomb = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><x>&a;</x>".to_owned();
    for (world, text) in [
        (
            of(document("pop.example.com", "plain")),
            "it names pop.example.com without encryption",
        ),
        (
            of(document("mail.a.example.com", "SSL")),
            "mail.a.example.com",
        ),
        (of(document("pop.example.org", "SSL")), "pop.example.org"),
        (of(Some(bomb)), "not the XML that it should be"),
        (of(Some("x".repeat(10 << 20))), "is longer than 64 KiB"),
        (of(Some("<html>".into())), "not the XML that it should be"),
    ] {
        let world = World {
            also: Some("mail.a.example.com"),
            identity: Some(Identity::OTHER_NAME),
            ..world
        };
        let provider = Provider::new(world);
        let output = provider.add(&["--yes"]).run();
        assert!(
            [69, 75, 78, 79].contains(&output.code().expect("a code")),
            "{output}"
        );
        assert!(output.stderr_text().contains(text), "{text}: {output}");
        assert!(
            output
                .stderr_text()
                .contains("no POP3 server found for example.com"),
            "{output}"
        );
        provider.assert_untouched();
    }
}

#[test]
fn a_refused_login_leaves_nothing() {
    let provider = Provider::new(with_autoconfig());
    let output = provider.add(&[]).env("RETR_PASSWORD", "wrong").run_to(77);
    assert!(output.stderr_text().contains("was refused"), "{output}");
    let hint = "hint: alice@example.com was tried as the user; if the provider names another \
                login name: --user NAME";
    assert!(output.stderr_text().contains(hint), "{output}");
    let named = provider.add(&["--user", "alice"]);
    let output = named.env("RETR_PASSWORD", "wrong").run_to(77);
    assert!(
        output
            .stderr_text()
            .contains("hint: check user and password")
    );
    assert!(!provider.config().exists());
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
    let pass = |broken| ("pass", script("show", "insert", "rm", broken));
    let secret_tool = |broken| ("secret-tool", script("lookup", "store", "clear", broken));
    let attributes = "service retr account example";
    for ((program, script), key, log) in [
        (
            pass(""),
            "password_command = \"pass show retr/example\"",
            "insert -m retr/example\n".to_owned(),
        ),
        (
            secret_tool(""),
            "password_command = \"secret-tool lookup service retr account example\"",
            format!("store --label=retr example {attributes}\n"),
        ),
        (
            pass("| tr a-z A-Z"),
            "password_file = ",
            "rm -f retr/example\n".to_owned(),
        ),
        (
            secret_tool("| tr a-z A-Z"),
            "password_file = ",
            format!("clear {attributes}\n"),
        ),
    ] {
        let provider = Provider::new(with_autoconfig());
        let sandbox = &provider.sandbox;
        let folder = sandbox.path("programs");
        fs::create_dir(&folder).expect("a folder");
        fs::create_dir(sandbox.path("home/.password-store")).expect("a folder");
        fs::write(sandbox.path("home/.password-store/.gpg-id"), "x\n").expect("written");
        sandbox.program(&format!("programs/{program}"), script);
        let path = format!("{}:/usr/bin:/bin", folder.display());
        let output = provider
            .add(&["-v"])
            .env("PATH", &path)
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
            .run_to(0);
        assert!(!output.to_string().contains("correct horse"), "{output}");
        let config = fs::read_to_string(provider.config()).expect("a config");
        assert!(config.contains(key), "{config}\n{output}");
        // What it would not give back is not left with it.
        let is_kept = key.starts_with("password_command");
        assert_eq!(folder.join("kept").exists(), is_kept);
        let said = fs::read_to_string(folder.join("kept.log")).expect("a log");
        assert!(said.contains(&log), "{said}");
        assert!(!said.contains("correct horse"), "{said}");
        sandbox.retr(["fetch"]).env("PATH", &path).run_to(0);
    }
}

#[test]
fn a_server_that_is_named_is_tried_and_nothing_else() {
    let provider = Provider::new(with_autoconfig());
    let output = provider.add(&["--host", "mail.example.com"]).run_to(69);
    let text = output.stderr_text();
    assert!(
        text.contains("error: alice@example.com: mail.example.com:995 (as given): "),
        "{output}"
    );
    assert_eq!(provider.proxy.asked(), ["mail.example.com:995"]);
    provider.assert_untouched();
    let output = provider
        .add(&["--host", "pop.example.com", "--json"])
        .run_to(0);
    assert_eq!(source(&output), "host");
    provider.assert_fetches("example");
}

#[test]
fn what_to_do_about_a_certificate_is_told() {
    let world = World {
        identity: Some(Identity::SELF_SIGNED),
        ..World::default()
    };
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
    let real = provider.sandbox.path("real.toml");
    fs::write(&real, "[defaults]\n").expect("written");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o644)).expect("chmod");
    fs::create_dir_all(provider.config().parent().expect("a folder")).expect("made");
    symlink(&real, provider.config()).expect("linked");
    provider.add(&[]).run_to(0);
    assert!(provider.config().is_symlink());
    let mode = fs::metadata(&real).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    provider.assert_fetches("example");
    // A file that cannot be added to at its end is left as it is.
    let odd = "accounts = { a = { host = \"h\", user = \"u\" } }\n";
    fs::write(&real, odd).expect("written");
    let output = provider.add(&[]).run_to(78);
    assert!(
        output
            .stderr_text()
            .contains("cannot be added to at its end"),
        "{output}"
    );
    assert_eq!(fs::read_to_string(&real).expect("a config"), odd);
}

#[test]
fn offline_the_table_is_all_and_nothing_is_asked() {
    let sandbox = Sandbox::new();
    let add = |words: &[&str]| sandbox.retr(["account", "add"]).args(words);
    let output = add(&["a.b@gmail.com", "--offline", "--print"]).run_to(0);
    assert_eq!(
        output.stdout_text(),
        "[accounts.gmail]\nhost = \"pop.gmail.com\"\nuser = \"a.b@gmail.com\"\nmaildir = \"~/Mail/gmail\"\n"
    );
    assert!(output.stderr_text().contains("app password"), "{output}");
    let told = output.stderr_text();
    assert!(told.contains("; not connected to\n"), "{output}");
    let next = "with a line that says where the password is, such as password_command = \
                \"pass show mail/gmail\"";
    assert!(told.contains(next), "{output}");
    let words = ["a.b@gmail.com", "--offline", "--print", "--user", "ab"];
    let output = add(&words).args(["--password-command", "x"]).run_to(0);
    assert!(
        output.stdout_text().contains("\nuser = \"ab\"\n"),
        "{output}"
    );
    assert!(
        output.stderr_text().ends_with(", then retr fetch gmail\n"),
        "{output}"
    );
    let output = add(&["a@outlook.com", "--offline", "--print", "--client-id", "i"]).run_to(0);
    assert!(
        output.stdout_text().ends_with(
            "\n[accounts.outlook.oauth2]\nclient_id = \"i\"\nprovider = \"microsoft\"\ntenant = \"consumers\"\n"
        ),
        "{output}"
    );
    let output = add(&["a@example.com", "--offline", "--print", "--host", "h:110"]).run_to(0);
    assert!(
        output
            .stdout_text()
            .contains("host = \"h\"\ntls = \"starttls\"\n"),
        "{output}"
    );
    for (words, code, text) in [
        (
            &["a@icloud.com", "--offline"][..],
            78,
            "iCloud Mail has no POP3",
        ),
        (
            &["a@example.com", "--offline"],
            78,
            "no POP3 server found for example.com",
        ),
        (
            &["a@outlook.com", "--offline", "--yes"],
            78,
            "wants a client id",
        ),
        (
            &["a@outlook.com", "--offline"],
            78,
            "outlook.office365.com lies outside of outlook.com",
        ),
        (&["alice", "--offline"], 64, "is not a mail address"),
        (&["a@gmail.com", "--host", "h:x"], 64, "--host: "),
        (
            &["a@gmail.com", "--offline", "--print", "--user", "a\nb"],
            78,
            "has a control character in its user",
        ),
    ] {
        let output = add(words).run_to(code);
        assert!(output.stderr_text().contains(text), "{text}: {output}");
    }
    assert!(!sandbox.path("config/retr").exists());
}

/// What is relative to where somebody stands is not to the config file.
#[test]
fn where_mail_goes_is_written_so_that_it_means_the_same_later() {
    let sandbox = Sandbox::new();
    let add = |words: &[&str]| {
        let program = sandbox.retr(["account", "add", "a@gmail.com", "--offline", "--print"]);
        program.args(words)
    };
    for (words, line) in [
        (&["--maildir", "Mail/$x"][..], "maildir = \"$S/Mail/$$x\""),
        (&["--mbox", "./box"], "mbox = \"$S/box\""),
        (&["--archive", "archive"], "archive = \"$S/archive\""),
        (
            &["--lmtp", "./sock", "--recipient", "bob"],
            "lmtp = \"$S/sock\"\nrecipient = \"bob\"",
        ),
        (
            &["--lmtp", "localhost:24", "--recipient", "bob"],
            "lmtp = \"localhost:24\"",
        ),
        (&["--mda", "bin/take it"], "mda = \"bin/take it\""),
        (
            &["--password-file", "p", "--tls-ca", "ca"],
            "password_file = \"$S/p\"\ntls_ca = \"$S/ca\"",
        ),
    ] {
        let output = add(words).run_to(0);
        let root = sandbox.root().to_str().expect("UTF-8");
        let line = format!("\n{}\n", line.replace("$S", root));
        assert!(output.stdout_text().contains(&line), "{line}: {output}");
    }
    // An account that could fetch nothing is none.
    for words in [&["--lmtp", "./sock"][..], &["--mda", "cat {recipient}"]] {
        let output = add(words).run_to(78);
        assert!(
            output.stderr_text().contains("hint: give --recipient"),
            "{output}"
        );
    }
}

#[test]
fn on_a_terminal_three_answers_are_enough() {
    if !has("setsid") {
        return;
    }
    let world = World {
        dns: (None, Some("pop.example.com")),
        ..World::default()
    };
    let provider = Provider::new(world);
    let mut terminal = Terminal::of_columns(200);
    let program = provider.command(terminal.retr(&provider.sandbox, "account"), &[]);
    let running = program.start();
    terminal.wait_for("Send the password there? [y/N]");
    terminal.type_in(b"y\n");
    terminal.wait_for("Folder for the mail [~/Mail/example]:");
    terminal.type_in(b"\n");
    terminal.wait_for("Password for alice@example.com at pop.example.com:");
    terminal.type_in(b"wrong\n");
    terminal.wait_for("was refused");
    terminal.wait_for("Password for alice@example.com at pop.example.com:");
    terminal.type_in(b"correct horse\n");
    terminal.wait_for("next: retr fetch example");
    assert_eq!(running.finish().code(), Some(0));
    provider.assert_fetches("example");
}

/// From nothing to mail where nothing but a token opens the mailbox; and nobody
/// is asked again when it ends.
#[test]
fn three_answers_and_a_code_are_enough_for_years() {
    if !has("setsid") {
        return;
    }
    let provider = Provider::new(World {
        dns: (Some("example-com.mail.protection.outlook.com"), None),
        also: Some("outlook.office365.com"),
        identity: Some(MICROSOFT),
        by_tokens: true,
        ..World::default()
    });
    let issuer = provider.issuer.as_ref().expect("one");
    issuer.set_pending(&["authorization_pending"]);
    let mut terminal = Terminal::of_columns(200);
    let program = provider.command(terminal.retr(&provider.sandbox, "account"), &[]);
    let running = program.start();
    terminal.wait_for("Send a token there? [y/N]");
    terminal.type_in(b"y\n");
    terminal.wait_for("Client id (");
    terminal.type_in(format!("{CLIENT}\n").as_bytes());
    terminal.wait_for("Folder for the mail [~/Mail/example]:");
    terminal.type_in(b"\n");
    terminal.wait_for("enter the code ABCD-EFGH");
    terminal.wait_for("next: retr fetch example");
    assert_eq!(running.finish().code(), Some(0));
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
    let more = &small(4, 1)[3];
    provider.model.maildrop().add(more);
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
    if !has("setsid") {
        return;
    }
    let provider = Provider::new(with_autoconfig());
    let mut terminal = Terminal::of_columns(200);
    let running = provider
        .command(terminal.retr(&provider.sandbox, "account"), &[])
        .start();
    terminal.wait_for("Folder for the mail [~/Mail/example]:");
    running.signal(Signal::TERM);
    let output = running.finish();
    assert_ne!(output.code(), Some(0));
    provider.assert_untouched();
}
