//! `config check`: what it says of the files that accounts name.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use crate::support::env::{Sandbox, chmod};
use crate::support::output::Output;
use crate::support::table::table;

/// Runs it on a config file in which `$S` is the sandbox.
#[track_caller]
fn check(sandbox: &Sandbox, text: &str, code: i32) -> Output {
    sandbox.config(text);
    sandbox.typed("config check --json").run_to(code)
}

/// What was found: account, code, text, hint; `$S` in place of the sandbox.
fn found(sandbox: &Sandbox, output: &Output) -> Vec<[String; 4]> {
    let root = sandbox.root().to_str().expect("UTF-8");
    let word = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.replace(root, "$S"),
        None => value.to_string(),
    };
    let row = |error: &serde_json::Value| {
        ["account", "code", "text", "hint"].map(|key| word(&error[key]))
    };
    output.events_of("error").iter().map(row).collect()
}

/// In the sandbox exactly these mistakes are found, of the account `a`: code,
/// text and hint in rows.
#[track_caller]
fn assert_finds(sandbox: &Sandbox, config: &str, rows: &str) {
    let expected: Vec<[&str; 4]> =
        table(rows).into_iter().map(|[code, text, hint]| ["a", code, text, hint]).collect();
    let code = expected.first().map_or(0, |row| row[1].parse().expect("a code"));
    let output = check(sandbox, config, code);
    assert_eq!(found(sandbox, &output), expected);
    output.has("summary", json!({"exit": code}));
}

/// An account that lacks a target.
const ONE: &str = "[accounts.a]\nurl = 'pop3s://u@h'\npassword_command = 'true'\n";

/// An account that lacks nothing.
const WHOLE: &str =
    "[accounts.a]\nurl = 'pop3s://u@h'\npassword_command = 'true'\nmaildir = '$S/Mail'\n";

/// An account that lacks a password.
const OPEN: &str = "[accounts.a]\nurl = 'pop3s://u@h'\nmaildir = '$S/Mail'\n";

/// A config file with one account, each line of these a key more; and what is
/// wrong with it.
#[test]
fn what_a_fetch_could_not_use_is_told_as_it_would_tell_it() {
    let sandbox = Sandbox::new();
    sandbox.write("nothing", "nothing");
    sandbox.secret_file("password", "x");
    fs::create_dir(sandbox.path("folder")).expect("made");
    let no_shell = "no shell runs it: write the whole path, or sh -c '…'";
    for (account, key, rows) in [
        (ONE, "maildir = '$S/missing/Mail'", "73 | maildir: cannot create $S/missing/Mail: No such file or directory (os error 2) | `mkdir -p $S/missing` makes the missing folder"),
        (ONE, "mbox = '$S/folder'", "73 | mbox: cannot store mail in $S/folder: it is a folder | name another place, or move away what is there"),
        (WHOLE, "tls_ca = '$S/nothing'\ntls_client = '$S/client'", "
            78 | tls_ca: cannot use CA file $S/nothing: no certificate in PEM format | name a file with certificates in PEM format, or leave the key out
            78 | tls_client: cannot use client certificate $S/client: No such file or directory (os error 2) | name a file with a certificate and its key, in PEM or PKCS#12 format"),
        (WHOLE, "state_dir = '$S/nothing/state'", "73 | state_dir: cannot create $S/nothing/state: Not a directory (os error 20) | name another folder as state_dir, or mend what is there"),
        // Neither the words of a command nor what it does.
        (WHOLE, "tunnel = 'no-such-program -W h:110 canary'", "78 | tunnel: tunnel `no-such-program` cannot be started: not in PATH=/usr/bin:/bin | install it, or write its whole path"),
        (OPEN, "password_command = 'no-such-program canary'", "78 | COMMAND `no-such-program` cannot be started: not in PATH=/usr/bin:/bin | INSTALL"),
        (OPEN, "password_command = '$S/missing canary'", "78 | COMMAND `$S/missing` cannot be started: there is no such file | INSTALL"),
        (OPEN, "password_command = '~/missing canary'", "78 | COMMAND `~/missing` cannot be started: ~ and $HOME are not filled in in a command: write the whole path | NO_SHELL"),
        (OPEN, "password_command = '$S/home canary'", "78 | COMMAND `$S/home` cannot be started: not a file that can be run | INSTALL"),
        (OPEN, "password_command = '$S/password canary'", "78 | COMMAND `$S/password` cannot be started: the file is not executable: chmod +x makes it so | INSTALL"),
        (OPEN, "password_command = 'cat ~/pw'", "78 | SHELL | NO_SHELL"),
        (OPEN, "password_command = 'cat $HOME/pw'", "78 | SHELL | NO_SHELL"),
        (OPEN, "password_command = 'echo x | cat'", "78 | SHELL | NO_SHELL"),
        (OPEN, "password_command = \"sh -c 'cat ~/pw | head -1'\"", ""),
        (OPEN, "password_command = \"printf %s a$ '$1'\"", ""),
    ] {
        let rows = rows.replace("NO_SHELL", no_shell);
        let rows = rows.replace("INSTALL", "install it, write its whole path, or use password_file");
        let rows = rows.replace("COMMAND", "password_command: password command");
        let shell = "password_command: an argument has a variable, a ~ or a pipe, which is for a shell";
        let rows = rows.replace("SHELL", shell);
        assert_finds(&sandbox, &format!("{account}{key}\n"), &rows);
    }
}

#[test]
fn nothing_is_made_and_nothing_is_run() {
    let sandbox = Sandbox::new();
    for (account, key) in [
        (ONE, "maildir = '$S/Mail'"),
        (ONE, "mbox = '$S/Mail'"),
        (WHOLE, "state_dir = '$S/a/b/c'"),
        (WHOLE, "tunnel = \"sh -c 'touch $S/ran'\""),
        (OPEN, "password_command = \"sh -c 'touch $S/ran' canary\""),
    ] {
        check(&sandbox, &format!("{account}{key}\n"), 0);
        for name in ["Mail", "a", "ran", "state/retr"] {
            assert!(!sandbox.path(name).exists(), "{key}: {name}");
        }
    }
}

#[test]
fn a_file_with_a_password_is_looked_at_as_a_fetch_does() {
    let by_file = format!("{OPEN}password_file = '$S/password'\n");
    let (by_key, netrc) = ("password_file: password file", "machine h login u password secret");
    for (name, key, config, content) in
        [("password", by_key, &*by_file, "canary\n"), ("home/.netrc", "netrc file", OPEN, netrc)]
    {
        let sandbox = Sandbox::new();
        let path = sandbox.secret_file(name, content);
        assert_finds(&sandbox, config, "");
        chmod(&path, 0o644);
        let row = format!("78 | {key} $S/{name} can be read by others | chmod 600 $S/{name}");
        assert_finds(&sandbox, config, &row);
    }
    let sandbox = Sandbox::new();
    sandbox.secret_file("password", "canary\ncanary\n");
    let output = check(&sandbox, &by_file, 78);
    assert!(!output.to_string().contains("canary"), "{output}");
}

#[test]
fn each_account_is_told_all_mistakes_at_once_and_the_worst_decides() {
    let sandbox = Sandbox::new();
    symlink(sandbox.path("home"), sandbox.path("link")).expect("linked");
    let places = "[defaults]\ntls_ca = '$S/ca'\npassword_command = 'true'\n\
                  [accounts.a]\nurl = 'pop3s://u@h'\n\
                  [accounts.b]\nurl = 'pop3s://v@h'\nmaildir = '$S/link'\n\
                  [accounts.c]\nuser = 'u'\n";
    let slips = "[defaults]\ntimeout = 5\npassword_command = 'true'\n[accounts.a]\nurl = 'pop3s://u@h'\n\
                 maildr = '$S/A'\ntls_ca = '$S/ca'\n[accounts.b]\nport = 0\n[accounts.c]\nhost = nowhere\n";
    let in_places = "a 78 tls_ca; a 78 4; b 73 maildir; b 78 tls_ca; c 78 9";
    let in_slips = "null 78 11; null 78 2; a 78 6; b 78 9; a 78 tls_ca";
    for (text, code, expected) in [(places, 73, in_places), (slips, 78, in_slips)] {
        let output = check(&sandbox, text, code);
        let found = found(&sandbox, &output);
        let head = |[account, code, text, _]: &[String; 4]| {
            let text = text.trim_start_matches("$S/config/retr/config.toml:");
            let place = text.split(':').next().expect("a place");
            format!("{account} {code} {place}")
        };
        let heads: Vec<String> = found.iter().map(head).collect();
        assert_eq!(heads.join("; "), expected, "{output}");
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
    rows.map(|row| row["text"].as_str().expect("a text").to_owned()).collect()
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
    let texts: Vec<&str> = warnings.iter().filter_map(|row| row["text"].as_str()).collect();
    let place = |name: &str| sandbox.path("bin").join(name).display().to_string();
    let expected = [("mda", "lda"), ("filter", "sift"), ("after_new", "new"), ("tunnel", "tun")];
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
    assert!(warnings.iter().all(|row| row["code"] == "short-path" && row["account"] == "a"));
    // What is written in full, or is where cron looks, is found.
    let whole = text.replace("'pw'", &format!("'{}'", place("pw")));
    sandbox.config(&whole.replace("= 'lda'", "= 'cat'").replace("'tun'", "'/bin/cat'"));
    assert_eq!(check(&path).events_of("warning").len(), 2);
}

#[test]
fn a_key_that_other_programs_have_is_told_once() {
    let text = "[accounts.a]\nserver = 'h'\nuser = 'u'\nmaildir = '$S/Mail'\n";
    let told = "78 | $S/config/retr/config.toml:2: unknown key `server` in [accounts.a] | the key is `host`";
    assert_finds(&Sandbox::new(), text, told);
}

#[test]
fn accounts_that_share_a_ledger_are_a_warning() {
    let sandbox = Sandbox::new();
    let two = format!("{WHOLE}{}maildir = '$S/B'\n", ONE.replace(".a]", ".b]"));
    let output = check(&sandbox, &two, 0);
    output.has("warning", json!({"account": "b", "code": "shared-ledger"}));
    let apart = format!("{two}state_dir = '$S/other'\n");
    assert!(check(&sandbox, &apart, 0).events_of("warning").is_empty());
}

#[test]
fn what_a_fetch_from_cron_could_not_do_is_told() {
    let sandbox = Sandbox::new();
    let no_password = "78 | no password for u at h | add password_file = \"…\" or password_command = \"…\" below [accounts.a]; RETR_PASSWORD and ~/.netrc do, too\n";
    let no_target = "78 | $S/config/retr/config.toml:1: the account has no destination | give --maildir DIR, --mbox FILE, --archive DIR, --mda COMMAND or --lmtp ADDRESS, or the same as a key in the config file";
    assert_finds(&sandbox, OPEN, no_password);
    assert_finds(&sandbox, ONE, no_target);
    let neither = "[accounts.a]\nurl = 'pop3s://u@h'\n";
    assert_finds(&sandbox, neither, &(no_password.to_owned() + no_target));
    // A certificate takes the place of a password.
    assert_finds(&sandbox, &format!("{OPEN}auth = 'external'\n"), "");
    // An account that cron leaves out may lack what a fetch needs.
    let disabled = format!("{neither}enabled = false\n");
    assert_finds(&sandbox, &(disabled.clone() + &WHOLE.replace(".a]", ".b]")), "");
    for (config, kind) in [(&*disabled, "enabled account"), ("", "account")] {
        let text = format!("no {kind} in $S/config/retr/config.toml");
        let hint = "`retr account add ADDRESS` adds one; or name one: retr fetch pop3s://user@host --maildir DIR";
        let output = check(&sandbox, config, 78);
        assert_eq!(found(&sandbox, &output), [["null", "78", &text, hint]]);
    }
}

#[test]
fn a_missing_file_is_told_with_an_example_that_works() {
    let sandbox = Sandbox::new();
    let output = sandbox.retr(["config", "check"]).run_to(78);
    let text = output.stderr_text();
    let example = text.split_once("hint: create it with these lines:\n");
    let (told, example) = example.expect("an example");
    let missing = "config/retr/config.toml does not exist\n";
    assert!(told.ends_with(missing), "{output}");
    let example = example.replace("pass show", "echo");
    fs::create_dir(sandbox.path("home/Mail")).expect("folder");
    check(&sandbox, &example, 0);
}
