//! `config check`: what it says of the files that accounts name.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::env::Sandbox;
use crate::support::output::Output;

/// Runs it on a config file in which `$S` is the sandbox.
fn check(sandbox: &Sandbox, text: &str, code: i32) -> Output {
    sandbox.config(text);
    sandbox.retr(["config", "check", "--json"]).run_to(code)
}

/// What was found: account, code, text, hint; `$S` in place of the sandbox.
fn found(sandbox: &Sandbox, output: &Output) -> Vec<[String; 4]> {
    let root = sandbox.root().to_str().expect("UTF-8");
    let errors = output.events_of("error");
    let word = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.replace(root, "$S"),
        None => value.to_string(),
    };
    errors
        .iter()
        .map(|error| ["account", "code", "text", "hint"].map(|key| word(&error[key])))
        .collect()
}

#[track_caller]
fn assert_found(text: &str, furnish: impl FnOnce(&Sandbox), expected: &[[&str; 4]]) {
    let sandbox = Sandbox::new();
    furnish(&sandbox);
    let code = expected
        .first()
        .map_or(0, |first| first[1].parse().expect("a code"));
    let output = check(&sandbox, text, code);
    assert_eq!(found(&sandbox, &output), expected);
    assert_eq!(output.event("summary")["exit"], code);
}

/// An account that lacks a target.
const ONE: &str = "[accounts.a]\nurl = 'pop3s://u@h'\npassword_command = 'true'\n";

/// An account that lacks a password.
const OPEN: &str = "[accounts.a]\nurl = 'pop3s://u@h'\nmaildir = '$S/Mail'\n";

#[test]
fn a_target_has_to_fit_and_is_not_created() {
    let sandbox = Sandbox::new();
    check(&sandbox, &format!("{ONE}maildir = '$S/Mail'\n"), 0);
    check(&sandbox, &format!("{ONE}mbox = '$S/Mail'\n"), 0);
    assert!(!sandbox.path("Mail").exists());
    assert_eq!(
        fs::read_dir(sandbox.path("state")).expect("folder").count(),
        0
    );
    assert_found(
        &format!("{ONE}maildir = '$S/missing/Mail'\n"),
        |_| {},
        &[[
            "a",
            "73",
            "maildir: cannot create $S/missing/Mail: No such file or directory (os error 2)",
            "`mkdir -p $S/missing` makes the missing folder",
        ]],
    );
    assert_found(
        &format!("{ONE}mbox = '$S/Mail'\n"),
        |sandbox| fs::create_dir(sandbox.path("Mail")).expect("folder"),
        &[[
            "a",
            "73",
            "mbox: cannot store mail in $S/Mail: it is a folder",
            "name another place, or move away what is there",
        ]],
    );
}

#[test]
fn certificates_have_to_be_readable_as_such() {
    assert_found(
        &format!("{ONE}maildir = '$S/Mail'\ntls_ca = '$S/ca'\ntls_client = '$S/client'\n"),
        |sandbox| fs::write(sandbox.path("ca"), "nothing").expect("written"),
        &[
            [
                "a",
                "78",
                "tls_ca: cannot use CA file $S/ca: no certificate in PEM format",
                "name a file with certificates in PEM format, or leave the key out",
            ],
            [
                "a",
                "78",
                "tls_client: cannot use client certificate $S/client: No such file or directory (os error 2)",
                "name a file with a certificate and its key, in PEM or PKCS#12 format",
            ],
        ],
    );
}

#[test]
fn a_password_file_is_looked_at_as_a_fetch_does() {
    let text = format!("{OPEN}password_file = '$S/password'\n");
    let sandbox = Sandbox::new();
    let path = sandbox.secret_file("password", "canary\n");
    check(&sandbox, &text, 0);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("chmod");
    let output = check(&sandbox, &text, 78);
    let [account, _, what, hint] = &found(&sandbox, &output)[0];
    assert_eq!(account, "a");
    assert_eq!(
        what,
        "password_file: password file $S/password can be read by others"
    );
    assert_eq!(hint, "chmod 600 $S/password");
    sandbox.secret_file("password", "canary\ncanary\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("chmod");
    let output = check(&sandbox, &text, 78);
    assert!(!output.to_string().contains("canary"), "{output}");
}

#[test]
fn a_tunnel_is_looked_for_and_not_run() {
    let text = format!("{ONE}maildir = '$S/Mail'\ntunnel = \"sh -c 'touch $S/ran'\"\n");
    let sandbox = Sandbox::new();
    check(&sandbox, &text, 0);
    assert!(!sandbox.path("ran").exists());
    assert_found(
        &format!("{ONE}maildir = '$S/Mail'\ntunnel = 'no-such-program -W h:110 canary'\n"),
        |_| {},
        &[[
            "a",
            "78",
            "tunnel: tunnel `no-such-program` cannot be started: not in PATH=/usr/bin:/bin",
            "install it, or write its whole path",
        ]],
    );
}

#[test]
fn a_password_command_is_looked_for_and_not_run() {
    let text = format!("{OPEN}password_command = \"sh -c 'touch $S/ran' canary\"\n");
    let sandbox = Sandbox::new();
    check(&sandbox, &text, 0);
    assert!(!sandbox.path("ran").exists());
    for (program, cause) in [
        ("no-such-program", "not in PATH=/usr/bin:/bin"),
        ("$S/missing", "there is no such file"),
        (
            "~/missing",
            "~ and $HOME are not filled in in a command: write the whole path",
        ),
        ("$S/home", "not a file that can be run"),
        (
            "$S/password",
            "the file is not executable: chmod +x makes it so",
        ),
    ] {
        let what =
            format!("password_command: password command `{program}` cannot be started: {cause}");
        let hint = match program.starts_with('~') {
            true => "no shell runs it: write the whole path, or sh -c '…'",
            false => "install it, write its whole path, or use password_file",
        };
        assert_found(
            &format!("{OPEN}password_command = '{program} canary'\n"),
            |sandbox| drop(sandbox.secret_file("password", "x")),
            &[["a", "78", &what, hint]],
        );
    }
}

#[test]
fn the_state_has_to_have_a_place() {
    assert_found(
        &format!("{ONE}maildir = '$S/Mail'\nstate_dir = '$S/file/state'\n"),
        |sandbox| fs::write(sandbox.path("file"), "").expect("written"),
        &[[
            "a",
            "73",
            "state_dir: cannot create $S/file/state: Not a directory (os error 20)",
            "name another folder as state_dir, or mend what is there",
        ]],
    );
    let sandbox = Sandbox::new();
    check(
        &sandbox,
        &format!("{ONE}maildir = '$S/Mail'\nstate_dir = '$S/a/b/c'\n"),
        0,
    );
    assert!(!sandbox.path("a").exists());
}

#[test]
fn each_account_is_told_and_the_worst_decides() {
    let sandbox = Sandbox::new();
    symlink(sandbox.path("home"), sandbox.path("link")).expect("linked");
    let text = "[defaults]\ntls_ca = '$S/ca'\npassword_command = 'true'\n\
                [accounts.a]\nurl = 'pop3s://u@h'\n\
                [accounts.b]\nurl = 'pop3s://v@h'\nmaildir = '$S/link'\n\
                [accounts.c]\nuser = 'u'\n";
    let output = check(&sandbox, text, 73);
    let found = found(&sandbox, &output);
    let heads: Vec<(&str, &str, &str)> = found
        .iter()
        .map(|[account, code, text, _]| {
            (&**account, &**code, text.split(' ').next().expect("a word"))
        })
        .collect();
    assert_eq!(
        heads,
        [
            ("a", "78", "tls_ca:"),
            ("a", "78", "$S/config/retr/config.toml:4:"),
            ("b", "73", "maildir:"),
            ("b", "78", "tls_ca:"),
            ("c", "78", "$S/config/retr/config.toml:9:"),
        ]
    );
}

#[test]
fn a_netrc_that_a_fetch_would_refuse_is_told() {
    let text = "machine h login u password secret";
    for (mode, expected) in [
        (
            0o644,
            &[[
                "a",
                "78",
                "netrc file $S/home/.netrc can be read by others",
                "chmod 600 $S/home/.netrc",
            ]][..],
        ),
        (0o600, &[]),
    ] {
        let furnish = |sandbox: &Sandbox| {
            let path = sandbox.path("home/.netrc");
            fs::write(&path, text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("chmod");
        };
        assert_found(OPEN, furnish, expected);
    }
}

#[test]
fn a_command_that_needs_a_shell_is_told() {
    let hint = "no shell runs it: write the whole path, or sh -c '…'";
    let text = "password_command: an argument has a variable, a ~ or a pipe, which is for a shell";
    for (command, is_told) in [
        ("cat ~/pw", true),
        ("cat $HOME/pw", true),
        ("echo x | cat", true),
        ("sh -c 'cat ~/pw | head -1'", false),
        ("printf %s a$ '$1'", false),
    ] {
        let found = [["a", "78", text, hint]];
        let expected = if is_told { &found[..] } else { &[] };
        let config = format!("{OPEN}password_command = \"{command}\"\n");
        assert_found(&config, |_| {}, expected);
    }
}

/// Its command may be meant so, if that is odd.
#[test]
fn another_command_that_needs_a_shell_is_a_warning() {
    let sandbox = Sandbox::new();
    for (keys, told) in [
        ("mda = 'tee -a ~/all.txt'", &["mda"][..]),
        ("mda = 'grep ^Subject: >> ~/subjects.txt'", &["mda"]),
        (
            "mda = 'cat'\nafter_new = 'touch $HOME/new'\nfilter = 'true | false'",
            &["filter", "after_new"],
        ),
        ("mda = \"sh -c 'cat >> ~/all.txt'\"", &[]),
    ] {
        let text = format!("{ONE}{keys}\n");
        let output = check(&sandbox, &text, 0);
        let expected: Vec<String> = (told.iter())
            .map(|key| {
                format!(
                    "{key}: an argument has a variable, a ~ or a pipe; no shell runs it: write \
                     the whole path, or sh -c '…'"
                )
            })
            .collect();
        assert_eq!(warnings(&output, "needs-shell"), expected, "{keys}");
    }
}

/// What the warnings of this code say.
fn warnings(output: &Output, code: &str) -> Vec<String> {
    let rows = output.events_of("warning").into_iter();
    let rows = rows.filter(|row| row["code"] == code);
    rows.map(|row| row["text"].as_str().expect("a text").to_owned())
        .collect()
}

#[test]
fn a_password_with_a_blank_too_many_is_a_warning() {
    let sandbox = Sandbox::new();
    let text = format!("{OPEN}password_file = '$S/pw'\n");
    for (password, count) in [("secret", 0), (" secret", 1), ("sec ret \n", 1)] {
        sandbox.secret_file("pw", password);
        let output = check(&sandbox, &text, 0);
        let told = warnings(&output, "password-blank");
        assert_eq!(told.len(), count, "{password:?}");
        assert!(!output.to_string().contains("ret \n"), "{output}");
    }
}

/// What is wrong is the slip, and not what it led to.
#[test]
fn a_slip_is_told_once() {
    let file = "$S/config/retr/config.toml";
    let unknown = |key: &str| format!("{file}:2: unknown key `{key}` in [accounts.a]");
    for (keys, what, hint) in [
        (
            "maildr = '/m'\nhost = 'h'\nuser = 'u'\npassword_command = 'true'\n",
            unknown("maildr"),
            "did you mean `maildir`?",
        ),
        (
            "username = 'u'\nhost = 'h'\nmaildir = '$S/Mail'\npassword_command = 'true'\n",
            unknown("username"),
            "the key is `user`",
        ),
        (
            "passwordfile = '/p'\nhost = 'h'\nuser = 'u'\nmaildir = '$S/Mail'\n",
            unknown("passwordfile"),
            "did you mean `password_file`?",
        ),
        (
            "maildir = “~/m”\nhost = 'h'\nuser = 'u'\npassword_command = 'true'\n",
            format!("{file}:2: these are typographic quotes"),
            "use \" \"",
        ),
    ] {
        let text = format!("[accounts.a]\n{keys}");
        let sandbox = Sandbox::new();
        let found = found(&sandbox, &check(&sandbox, &text, 78));
        let told: Vec<_> = found.iter().map(|row| [&*row[2], &row[3]]).collect();
        assert_eq!(told, [[&*what, hint]], "{keys}");
    }
}

#[test]
fn a_path_that_starts_at_the_config_file_is_told_as_such() {
    let sandbox = Sandbox::new();
    let text = format!("{ONE}maildir = 'Mail/work'\n");
    let hint = "a path that does not begin with ~/ or / starts at the folder of the config \
                file; did you mean ~/Mail/…?";
    let found = found(&sandbox, &check(&sandbox, &text, 73));
    assert_eq!(found[0][3], hint);
    let fetch = sandbox.retr(["fetch"]).run_to(73).stderr_text();
    assert!(fetch.contains(hint), "{fetch}");
}

/// From the user's own folder, with which cron has nothing to do.
#[test]
fn a_program_that_cron_would_not_find_is_told_with_its_place() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("bin")).expect("folder");
    for name in ["lda", "pw", "tun", "new", "sift"] {
        sandbox.program(&format!("bin/{name}"), "#!/bin/sh\n");
    }
    let account = "mda = 'lda'\ntunnel = 'tun'\nafter_new = 'new'\nfilter = 'sift'\n";
    let text = format!("{OPEN}password_command = 'pw'\n{account}").replace("maildir", "# ");
    let second = text.replace(".a]", ".b]").replace("//u@", "//v@");
    sandbox.config(&format!("{text}{second}"));
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    let check = |path: &str| {
        let program = sandbox.retr(["config", "check", "--json"]);
        program.env("PATH", path).run()
    };
    let output = check(&path);
    assert_eq!(output.code(), Some(0), "{output}");
    let warnings = output.events_of("warning");
    let texts: Vec<&str> = warnings
        .iter()
        .filter_map(|row| row["text"].as_str())
        .collect();
    let place = |name: &str| sandbox.path("bin").join(name).display().to_string();
    let expected = [
        ("mda", "lda"),
        ("filter", "sift"),
        ("after_new", "new"),
        ("tunnel", "tun"),
    ];
    let expected = expected.iter().chain(&[("password_command", "pw")]);
    let expected: Vec<String> = expected
        .map(|(key, name)| {
            let place = place(name);
            format!(
                "{key}: cron, whose PATH is /usr/bin:/bin, does not find `{name}`: write {place}"
            )
        })
        .collect();
    assert_eq!(texts, expected);
    assert!(
        warnings
            .iter()
            .all(|row| row["code"] == "short-path" && row["account"] == "a")
    );
    // What is written in full, or is where cron looks, is found.
    let whole = text.replace("'pw'", &format!("'{}'", place("pw")));
    sandbox.config(
        &whole
            .replace("= 'lda'", "= 'cat'")
            .replace("'tun'", "'/bin/cat'"),
    );
    assert_eq!(check(&path).events_of("warning").len(), 2);
}

#[test]
fn a_key_that_other_programs_have_is_told_once() {
    let file = "$S/config/retr/config.toml:2: unknown key `server` in [accounts.a]";
    let text = "[accounts.a]\nserver = 'h'\nuser = 'u'\nmaildir = '$S/Mail'\n";
    assert_found(text, |_| {}, &[["a", "78", file, "the key is `host`"]]);
}

#[test]
fn accounts_that_share_a_ledger_are_a_warning() {
    let sandbox = Sandbox::new();
    let two = format!(
        "{ONE}maildir = '$S/A'\n{}maildir = '$S/B'\n",
        ONE.replace(".a]", ".b]")
    );
    let output = check(&sandbox, &two, 0);
    let warning = output.event("warning");
    assert_eq!(warning["account"], "b");
    assert_eq!(warning["code"], "shared-ledger");
    let apart = format!("{two}state_dir = '$S/other'\n");
    assert!(check(&sandbox, &apart, 0).events_of("warning").is_empty());
}

#[test]
fn what_a_fetch_from_cron_could_not_do_is_told() {
    let place = "$S/config/retr/config.toml";
    let no_password = [
        "a",
        "78",
        "no password for u at h",
        "add password_file = \"…\" or password_command = \"…\" below [accounts.a]; RETR_PASSWORD and ~/.netrc do, too",
    ];
    let nowhere = format!("{place}:1: the account has no destination");
    let no_target = [
        "a",
        "78",
        &nowhere,
        "give --maildir DIR, --mbox FILE, --archive DIR, --mda COMMAND or --lmtp ADDRESS, or the same as a key in the config file",
    ];
    assert_found(OPEN, |_| {}, &[no_password]);
    assert_found(ONE, |_| {}, &[no_target]);
    let neither = "[accounts.a]\nurl = 'pop3s://u@h'\n";
    assert_found(neither, |_| {}, &[no_password, no_target]);
    // A certificate takes the place of a password.
    assert_found(&format!("{OPEN}auth = 'external'\n"), |_| {}, &[]);
    // An account that cron leaves out may lack what a fetch needs.
    let hint = "`retr account add ADDRESS` adds one; or name one: retr fetch pop3s://user@host \
                --maildir DIR";
    let none = format!("no enabled account in {place}");
    let disabled = format!("{neither}enabled = false\n");
    assert_found(&disabled, |_| {}, &[["null", "78", &none, hint]]);
    let other = format!(
        "{disabled}{}",
        ONE.replace(".a]", ".b]") + "maildir = '$S/Mail'\n"
    );
    assert_found(&other, |_| {}, &[]);
    let none = format!("no account in {place}");
    assert_found("", |_| {}, &[["null", "78", &none, hint]]);
}

#[test]
fn all_mistakes_are_told_at_once() {
    let sandbox = Sandbox::new();
    let text = "[defaults]\ntimeout = 5\npassword_command = 'true'\n[accounts.a]\nurl = 'pop3s://u@h'\nmaildr = '$S/A'\n\
                tls_ca = '$S/ca'\n[accounts.b]\nport = 0\n[accounts.c]\nhost = nowhere\n";
    let output = check(&sandbox, text, 78);
    let found = found(&sandbox, &output);
    let heads: Vec<(&str, &str)> = found
        .iter()
        .map(|[account, _, text, _]| {
            let end = text.find(": ").expect("a place");
            (
                &**account,
                text[..end].trim_start_matches("$S/config/retr/config.toml:"),
            )
        })
        .collect();
    assert_eq!(
        heads,
        [
            ("null", "11"),
            ("null", "2"),
            ("a", "6"),
            ("b", "9"),
            ("a", "tls_ca"),
        ],
        "{output}"
    );
}

#[test]
fn a_missing_file_is_told_with_an_example_that_works() {
    let sandbox = Sandbox::new();
    let output = sandbox.retr(["config", "check"]).run_to(78);
    let text = output.stderr_text();
    let (told, example) = text
        .split_once("hint: create it with these lines:\n")
        .expect("an example");
    assert!(
        told.ends_with("config/retr/config.toml does not exist\n"),
        "{output}"
    );
    let example = example.replace("pass show", "echo");
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    check(&sandbox, &example, 0);
}
