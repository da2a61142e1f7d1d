//! Exit codes that are no one situation's; those are in `messages.rs`, with the
//! words that explain them.

use std::fs::File;
use std::net::ToSocketAddrs;

use serde_json::json;

use crate::support::env::Sandbox;
use crate::support::mail::small;
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::refusing::Refusing;
use crate::support::store::Kind;

// Fault 1.
#[test]
fn an_unknown_host() {
    // Where no name server answers at all, trying later is the right advice.
    let error = ("nosuch.invalid", 110).to_socket_addrs();
    let error = error.expect_err("no such name").to_string();
    let is_dumb = error.contains("Temporary failure");
    let words = "fetch pop3://alice@nosuch.invalid --tls none --insecure-plaintext --maildir Mail";
    let sandbox = Sandbox::new();
    let fetch = sandbox.typed(words).env("RETR_PASSWORD", "x");
    let output = fetch.run_to(if is_dumb { 75 } else { 68 });
    output.says("retr: error: ");
}

#[test]
fn help_on_what_is_neither_a_command_nor_a_topic() {
    let sandbox = Sandbox::new();
    for words in ["help", "help state show", "help units"] {
        let output = sandbox.typed(words).run_to(0);
        assert!(output.stderr.is_empty(), "{output}");
        assert!(!output.stdout.is_empty(), "{words}");
    }
    assert_eq!(
        sandbox.retr(["help", "nothing"]).run_to(64).to_string(),
        "------- stderr -------\n\
         retr: error: `nothing` is neither a command nor a topic\n\
         hint: `retr help` lists commands; topics: exit-codes, json, units, promises\n\
         [exit status: 64]\n"
    );
}

#[test]
fn no_later_run_mends_a_reset() {
    let mailbox = Mailbox::with(&small(20, 1));
    mailbox.fetch().run_to(0);
    mailbox.model.maildrop().renumber();
    let told = json!({"code": 75, "class": "temporary", "retryable": false});
    let error = mailbox.fetch_json().run_to(75).has("error", told);
    let hint = error["hint"].as_str().expect("a hint");
    let way_out = format!("`retr state mark-seen {}`", mailbox.url());
    assert!(hint.contains(&way_out), "{hint}");
    mailbox.command("state mark-seen").run_to(0);
    mailbox.fetch().run_to(0);
    assert_eq!(mailbox.model.count("RETR"), 20);
}

// Fault 95.
#[test]
fn servers_that_do_not_speak_pop3() {
    for (greeting, code) in [
        ("SSH-2.0-x", 76),
        ("+ERR no", 76),
        ("-ERR [SYS/TEMP] too busy", 75),
        ("-ERR [SYS/PERM] closed", 77),
    ] {
        let mailbox = Mailbox::on(Setup::default().greeting(greeting), &small(1, 1));
        mailbox.fetch().run_to(code);
        for command in ["USER", "PASS", "AUTH"] {
            assert_eq!(mailbox.model.count(command), 0, "{greeting}");
        }
    }
}

#[test]
fn another_run_that_holds_the_lock_can_be_waited_for() {
    let mails = small(1, 1);
    let mailbox = Mailbox::with(&mails);
    mailbox.fetch().run_to(0);
    let lock = File::open(mailbox.lock_file()).expect("the lock file");
    lock.lock().expect("the lock");
    let waiting = mailbox.fetch().args(["--lock-wait", "30s"]).start();
    lock.unlock().expect("unlock");
    waiting.ends_with(0);
    mailbox.assert_stored(&mails);
}

#[test]
fn an_empty_run_may_have_a_code_of_its_own() {
    let mailbox = Mailbox::with(&small(1, 1));
    mailbox.fetch().args(["--exit-empty", "5"]).run_to(0);
    mailbox.fetch().args(["--exit-empty", "5"]).run_to(5);
    mailbox.fetch().run_to(0);
}

#[test]
fn of_several_accounts_the_worst_failure_counts() {
    let mails = small(2, 1);
    let [one, other] = [Mailbox::with(&mails), Mailbox::with(&mails)];
    let nobody = Refusing::new();
    let sandbox = &one.sandbox;
    sandbox.secret_file("bad", "wrong");
    let keys = "password_file = '$S/password'";
    let unreachable = format!(
        "[accounts.refused]\nurl = 'pop3://alice@127.0.0.1:{}'\ntls = 'none'\n{keys}\nmaildir = '$S/refused'\n",
        nobody.address().port()
    );
    let wrong = other.account("locked-out", "state_dir = '$S/other'");
    let wrong = wrong.replace(keys, "password_file = '$S/bad'");
    sandbox.config(&(one.account("works", "") + &unreachable + &wrong));
    let output = sandbox.retr(["fetch", "--json"]).run_to(77);
    let mut exits = Vec::new();
    for summary in output.events_of("summary") {
        if let Some(account) = summary["account"].as_str() {
            exits.push((account.to_owned(), summary["exit"].as_u64()));
        }
    }
    exits.sort();
    let expected = [("locked-out", 77), ("refused", 69), ("works", 0)];
    let expected = expected.map(|(name, exit)| (name.to_owned(), Some(exit)));
    assert_eq!(exits, expected);
    assert_eq!(Kind::Maildir.read(&sandbox.path("Mail")).len(), 2);
}
