//! Which accounts a command works on, by the config file or without one.

use crate::support::env::Sandbox;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;

/// The account of a mailbox as the config file has it.
fn account(name: &str, mailbox: &Mailbox, keys: &str) -> String {
    let port = mailbox.model.port();
    format!(
        "[accounts.{name}]\nurl = 'pop3://alice@127.0.0.1:{port}'\ntls = 'none'\n\
         password_file = '$S/password'\nmaildir = '$S/Mail'\n{keys}\n"
    )
}

#[test]
fn a_disabled_account_is_fetched_by_its_name_only() {
    const OFF: &str = "enabled = false\nstate_dir = '$S/other'";
    let mails = small(1, 1);
    let [on, off] = [Mailbox::with(&mails), Mailbox::with(&mails)];
    let sandbox = &on.sandbox;
    sandbox.config(&(account("on", &on, "") + &account("off", &off, OFF)));
    sandbox.retr(["fetch"]).run_to(0);
    assert_eq!((on.model.count("RETR"), off.model.log().len()), (1, 0));
    sandbox.retr(["fetch", "off"]).run_to(0);
    assert_eq!(off.model.count("RETR"), 1);
    sandbox.config(&account("off", &off, OFF));
    let output = sandbox.retr(["fetch"]).run_to(78);
    assert!(
        output
            .stderr_text()
            .starts_with("retr: error: no enabled account in "),
        "{output}"
    );
}

/// That of systemd is set for the service only.
#[test]
fn a_variable_for_one_password_that_is_not_set_stops_nothing_else() {
    let mails = small(1, 1);
    let [plain, service] = [Mailbox::with(&mails), Mailbox::with(&mails)];
    let sandbox = &plain.sandbox;
    let of_service = account("service", &service, "state_dir = '$S/other'");
    let of_service = of_service.replace("$S/password", "$CREDENTIALS_DIRECTORY/password");
    sandbox.config(&(of_service + &account("plain", &plain, "")));
    sandbox.retr(["list", "plain"]).run_to(0);
    sandbox.retr(["fetch", "plain"]).run_to(0);
    sandbox.retr(["state", "show", "service"]).run_to(0);
    let told = "retr: error: service: password file $CREDENTIALS_DIRECTORY/password: \
                CREDENTIALS_DIRECTORY is not set\n";
    for words in [&["list", "service"][..], &["fetch"], &["config", "check"]] {
        let output = sandbox.retr(words).run_to(78);
        assert!(output.stderr_text().starts_with(told), "{output}");
    }
    let password = sandbox.path("password");
    let typed = sandbox.retr(["list", "service", "--password-file"]);
    typed.arg(&password).run_to(0);
    let folder = password.parent().expect("a folder");
    let fetch = sandbox.retr(["fetch", "service"]);
    fetch.env("CREDENTIALS_DIRECTORY", folder).run_to(0);
    assert_eq!(service.model.count("RETR"), 1);
}

#[test]
fn without_a_home_everything_works_whose_files_are_named() {
    let mails = small(1, 1);
    let mailbox = Mailbox::with(&mails);
    let nowhere = |words: &[&str]| {
        let program = mailbox.sandbox.retr(words);
        let program = program.env("HOME", "").env("XDG_CONFIG_HOME", "");
        program.env("XDG_STATE_HOME", "")
    };
    let state = mailbox.sandbox.path("state/retr");
    let fetch = nowhere(&["fetch"])
        .args(mailbox.target())
        .arg("--state-dir")
        .arg(&state);
    mailbox.connecting(fetch).run_to(0);
    mailbox.assert_stored(&mails);
    mailbox
        .sandbox
        .config(&account("work", &mailbox, "state_dir = '$S/state/retr'"));
    let config = mailbox.sandbox.path("config/retr/config.toml");
    for words in [
        &["fetch"][..],
        &["list", "work"],
        &["config", "check"],
        &["config", "show"],
    ] {
        nowhere(words).arg("--config").arg(&config).run_to(0);
    }
    for (words, what) in [
        (
            &["fetch"][..],
            "no account: HOME is not set, so there is no config file",
        ),
        (
            &["stat", "work"],
            "no account `work`: HOME is not set, so there is no config file",
        ),
        (
            &["config", "check"],
            "HOME is not set, so there is no config file",
        ),
        (
            &["stat", "pop3s://u@h", "--password-file", "password"],
            "HOME is not set",
        ),
    ] {
        let output = nowhere(words).run_to(78);
        let line = output.stderr_text().lines().next().map(str::to_owned);
        let line = line.expect("an error");
        assert!(line.ends_with(&format!(" {what}")), "{output}");
    }
}

/// The home folder of a user without one.
#[test]
fn a_home_that_is_no_folder_has_no_config_file() {
    let sandbox = Sandbox::new();
    let program = sandbox.retr(["fetch"]).env("XDG_CONFIG_HOME", "");
    let output = program.env("HOME", "/dev/null").run_to(78);
    let what = "config file /dev/null/.config/retr/config.toml does not exist";
    assert!(output.stderr_text().contains(what), "{output}");
}

#[test]
fn a_password_of_the_environment_is_for_one_account_only() {
    let mails = small(1, 1);
    let [one, two] = [Mailbox::with(&mails), Mailbox::with(&mails)];
    let sandbox = &one.sandbox;
    let both = account("one", &one, "") + &account("two", &two, "").replace("alice@", "bob@");
    sandbox.config(&both.replace("password_file = '$S/password'\n", ""));
    let secret = std::fs::read_to_string(sandbox.path("password")).expect("a password");
    let fetch = |words: &[&str]| {
        let program = sandbox.retr(["fetch"]).args(words);
        program.env("RETR_PASSWORD", &secret)
    };
    for words in [&[][..], &["one", "two"]] {
        let output = fetch(words).run_to(78);
        assert!(
            output.stderr_text().starts_with(
                "retr: error: RETR_PASSWORD gives one password, but there are several accounts to fetch\n"
            ),
            "{output}"
        );
    }
    assert_eq!((one.model.log().len(), two.model.log().len()), (0, 0));
    let check = sandbox.retr(["config", "check"]);
    check.env("RETR_PASSWORD", &secret).run_to(78);
    // One mailbox it may be for, and one account of several.
    fetch(&["one"]).run_to(0);
    let other = both.replacen("password_file = '$S/password'\n", "", 1);
    sandbox.config(&other.replace("bob@", "alice@"));
    fetch(&[]).run_to(0);
    assert_eq!(two.model.count("UIDL"), 1);
}

/// Nobody types a password for a run that cannot begin, and no command that
/// prints one is run.
#[test]
fn a_password_is_got_only_once_all_else_is_known_to_be_good() {
    let mailbox = Mailbox::with(&small(1, 1));
    let sandbox = &mailbox.sandbox;
    let keys = format!(
        "[accounts.work]\nurl = '{}'\ntls = 'none'\n\
         password_command = \"sh -c 'touch $S/asked; cat $S/password'\"\n",
        mailbox.url()
    );
    let asked = sandbox.path("asked");
    std::fs::write(sandbox.path("file"), "x").expect("written");
    for (target, words, code) in [
        ("maildir = '$S/missing/Mail'", &["fetch"][..], 73),
        ("maildir = '$S/file'", &["fetch"], 73),
        ("maildir = '$S/Mail'", &["fetch", "--state-dir", "file"], 73),
    ] {
        sandbox.config(&format!("{keys}{target}\n"));
        sandbox.retr(words).run_to(code);
        assert!(!asked.exists(), "{target} {words:?}");
    }
    sandbox.config(&format!("{keys}maildir = '$S/Mail'\n"));
    sandbox.retr(["fetch"]).run_to(0);
    assert!(asked.exists());
    std::fs::remove_file(&asked).expect("removed");
    let lock = std::fs::File::open(mailbox.lock_file()).expect("a lock");
    lock.lock().expect("locked");
    sandbox.retr(["fetch"]).run_to(75);
    assert!(!asked.exists());
}
