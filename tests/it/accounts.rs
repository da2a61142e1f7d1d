//! Which accounts a command works on, by the config file or without one.

use std::fs;

use crate::support::env::Sandbox;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::table::table;

/// Two mailboxes of one message, of which the first has the sandbox.
fn two() -> [Mailbox; 2] {
    [small(1, 1), small(1, 1)].map(|mails| Mailbox::with(&mails))
}

#[test]
fn a_disabled_account_is_fetched_by_its_name_only() {
    let [on, off] = two();
    let sandbox = &on.sandbox;
    let disabled = off.account("off", "enabled = false\nstate_dir = '$S/other'");
    sandbox.config(&(on.account("on", "") + &disabled));
    sandbox.retr(["fetch"]).run_to(0);
    assert_eq!((on.model.count("RETR"), off.model.log().len()), (1, 0));
    sandbox.retr(["fetch", "off"]).run_to(0);
    assert_eq!(off.model.count("RETR"), 1);
    sandbox.config(&disabled);
    let told = "retr: error: no enabled account in ";
    sandbox.retr(["fetch"]).tells(78, told);
}

/// That of systemd is set for the service only.
#[test]
fn a_variable_for_one_password_that_is_not_set_stops_nothing_else() {
    let [plain, service] = two();
    let sandbox = &plain.sandbox;
    let of_service = service.account("service", "state_dir = '$S/other'");
    let of_service = of_service.replace("$S/password", "$CREDENTIALS_DIRECTORY/password");
    sandbox.config(&(of_service + &plain.account("plain", "")));
    for words in ["list plain", "fetch plain", "state show service"] {
        sandbox.typed(words).run_to(0);
    }
    let told = "retr: error: service: password file $CREDENTIALS_DIRECTORY/password: \
                CREDENTIALS_DIRECTORY is not set\n";
    for words in ["list service", "fetch", "config check"] {
        let output = sandbox.typed(words).run_to(78);
        assert!(output.stderr_text().starts_with(told), "{output}");
    }
    let password = sandbox.path("password");
    let typed = sandbox.typed("list service --password-file");
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
    let nowhere = |words: &str| {
        let program = mailbox.typed(words);
        let program = program.env("HOME", "").env("XDG_CONFIG_HOME", "");
        program.env("XDG_STATE_HOME", "")
    };
    let fetch = nowhere("fetch --state-dir state/retr").args(mailbox.target());
    mailbox.connecting(fetch).run_to(0);
    mailbox.assert_stored(&mails);
    mailbox.configure("work", "state_dir = '$S/state/retr'");
    for words in ["fetch", "list work", "config check", "config show"] {
        let program = nowhere(words).arg("--config");
        program.arg("config/retr/config.toml").run_to(0);
    }
    for [words, what] in table(
        "
        fetch        | no account: HOME is not set, so there is no config file
        stat work    | no account `work`: HOME is not set, so there is no config file
        config check | HOME is not set, so there is no config file
        stat pop3s://u@h --password-file password | HOME is not set",
    ) {
        let output = nowhere(words).run_to(78);
        let text = output.stderr_text();
        let line = text.lines().next().expect("an error");
        assert!(line.ends_with(&format!(" {what}")), "{output}");
    }
}

/// The home folder of a user without one.
#[test]
fn a_home_that_is_no_folder_has_no_config_file() {
    let sandbox = Sandbox::new();
    let program = sandbox.retr(["fetch"]).env("XDG_CONFIG_HOME", "");
    let what = "config file /dev/null/.config/retr/config.toml does not exist";
    program.env("HOME", "/dev/null").tells(78, what);
}

#[test]
fn a_password_of_the_environment_is_for_one_account_only() {
    let [one, two] = two();
    let sandbox = &one.sandbox;
    let both = one.account("one", "") + &two.account("two", "").replace("alice@", "bob@");
    let key = "password_file = '$S/password'\n";
    sandbox.config(&both.replace(key, ""));
    let secret = sandbox.read("password");
    let run = |words: &str| sandbox.typed(words).env("RETR_PASSWORD", &secret);
    for words in ["fetch", "fetch one two"] {
        let told = "retr: error: RETR_PASSWORD gives one password, but there are several accounts to fetch\n";
        let output = run(words).run_to(78);
        assert!(output.stderr_text().starts_with(told), "{output}");
    }
    assert_eq!((one.model.log().len(), two.model.log().len()), (0, 0));
    run("config check").run_to(78);
    // One mailbox it may be for, and one account of several.
    run("fetch one").run_to(0);
    let other = both.replacen(key, "", 1);
    sandbox.config(&other.replace("bob@", "alice@"));
    run("fetch").run_to(0);
    assert_eq!(two.model.count("UIDL"), 1);
}

/// Nobody types a password for a run that cannot begin, and no command that
/// prints one is run.
#[test]
fn a_password_is_got_only_once_all_else_is_known_to_be_good() {
    let mailbox = Mailbox::with(&small(1, 1));
    let sandbox = &mailbox.sandbox;
    let command = "password_command = \"sh -c 'touch $S/asked; cat $S/password'\"";
    let account = mailbox.account("work", "");
    let account = account.replace("password_file = '$S/password'", command);
    let asked = sandbox.path("asked");
    sandbox.write("file", "x");
    for (target, words) in
        [("$S/missing/Mail", "fetch"), ("$S/file", "fetch"), ("$S/Mail", "fetch --state-dir file")]
    {
        sandbox.config(&account.replace("$S/Mail", target));
        sandbox.typed(words).run_to(73);
        assert!(!asked.exists(), "{target} {words}");
    }
    sandbox.config(&account);
    sandbox.retr(["fetch"]).run_to(0);
    fs::remove_file(&asked).expect("it was asked for");
    let lock = fs::File::open(mailbox.lock_file()).expect("a lock");
    lock.lock().expect("locked");
    sandbox.retr(["fetch"]).run_to(75);
    assert!(!asked.exists());
}
