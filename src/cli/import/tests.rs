//! Config files of other programs, and what becomes of them.

mod properties;

use std::path::PathBuf;

use super::*;
use crate::cli::config::{Config, Options};
use crate::cli::resolve::{self, Merged};

pub(super) fn toml(from: ConfiguredFor, name: &str, text: &str) -> Result<String, Failure> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("written");
    config(from, &path, &Environment::of(&[("HOME", "/h")]))
}

/// What comes out, without the heading.
pub(super) fn handing_on(from: ConfiguredFor, text: &str) -> String {
    let env = Environment::of(&[("HOME", "/h")]);
    let drafts = drafts(from, Path::new("/rc/x"), text.into(), &env).expect("read");
    let toml = drafts.toml(&env);
    toml.split_once("]\n").expect("an account").1.to_owned()
}

/// Each line is among those that come out, and no secret is.
pub(super) fn has_lines(toml: &str, lines: &[&str]) {
    assert!(!toml.contains("canary"), "{toml}");
    for line in lines {
        assert!(toml.lines().any(|found| found == *line), "{line}\n{toml}");
    }
}

/// Each account of the config file that comes out, with the defaults.
pub(super) fn merged(toml: &str) -> Vec<Merged> {
    let env = Environment::of(&[("HOME", "/h")]);
    let config = Config::parse(&PathBuf::from("/c/config.toml"), toml, &env).without_mistakes();
    let config = config.unwrap_or_else(|failure| panic!("{failure:?}\n{toml}"));
    let accounts = config.accounts.iter();
    accounts
        .map(|account| {
            resolve::merge(&account.name, Options::default(), &config).expect("complete")
        })
        .collect()
}

#[test]
fn a_file_of_another_program_has_no_account() {
    use super::fetchmail::tests::FETCHMAILRC;
    for (from, text) in [
        (ConfiguredFor::Mpop, FETCHMAILRC),
        (ConfiguredFor::Mpop, ""),
        (ConfiguredFor::Fetchmail, "account x\nhost canary\n"),
        (ConfiguredFor::Fetchmail, ""),
    ] {
        let failure = toml(from, "x", text).expect_err("no account");
        assert_eq!(failure.class, Class::Data);
        assert_eq!(failure.hint.as_deref(), Some("is --from right?"));
    }
    let failure = toml(ConfiguredFor::Fetchmail, "x", "poll \"h").expect_err("open");
    assert!(failure.what.ends_with("/x: the quote that begins in line 1 is not closed"));
}

/// What the account could not be fetched with is not written as if it could.
#[test]
fn only_what_a_target_and_a_command_take_is_carried_over() {
    let unfit = "retr does not take it as it is written";
    #[rustfmt::skip]
    let rows = [
        (ConfiguredFor::Fetchmail, "poll h user u mda \"foo 'bar\"", format!("mail went to a command: {unfit}")),
        (ConfiguredFor::Mpop, "account x\nhost h\ndelivery mda foo $X | y 'bar; z >w", format!("mail went to a command: {unfit}")),
        (ConfiguredFor::Mpop, "account x\nhost h\ndelivery mda foo \"bar", format!("mail went to a command: {unfit}")),
        (ConfiguredFor::Fetchmail, "poll h user u is al here smtphost mx lmtp",
         format!("mail went to an LMTP server: {unfit}")),
        (ConfiguredFor::Getmail,
         "[retriever]\ntype = SimplePOP3Retriever\nserver = h\n[destination]\ntype = MDA_external\npath =\n",
         format!("mail went to MDA_external: {unfit}")),
        (ConfiguredFor::Mpop, "account x\nhost h\npasswordeval echo 'x",
         "`password_command` not carried over: retr does not take its value".to_owned()),
    ];
    for (from, text, note) in rows {
        let toml = toml(from, "x", text).expect("an account");
        has_lines(&toml, &[&format!("# {note}")]);
        let env = Environment::of(&[("HOME", "/h")]);
        for merged in merged(&toml) {
            resolve::values(&merged, &env).expect(text);
        }
    }
}
