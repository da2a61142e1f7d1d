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
