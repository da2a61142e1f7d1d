//! A user whose account logs in by tokens, and his issuer.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;

use super::env::{Program, Sandbox};
use super::issuer::Issuer;
use super::mail::{Mail, small};
use super::mailbox::Mailbox;
use super::model::Setup;
use super::model::certs;

/// A user whose account takes nothing but tokens.
pub(crate) struct User {
    pub(crate) issuer: Issuer,
    pub(crate) mailbox: Mailbox,
    pub(crate) mails: Vec<Mail>,
}

impl User {
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With these lines in the table `oauth2`.
    pub(crate) fn with(more: &str) -> Self {
        Self::within(Sandbox::new(), more)
    }

    /// In a given sandbox.
    pub(crate) fn within(sandbox: Sandbox, more: &str) -> Self {
        let issuer = Issuer::start();
        let setup = Setup::default().by_tokens(issuer.judge());
        let mails = small(3, 1);
        let mailbox = Mailbox::within(sandbox, setup, &mails);
        mailbox.config(&format!(
            "[accounts.work]\nurl = \"pop3://alice@127.0.0.1:{}\"\ntls = \"none\"\n\
             maildir = \"$S/Mail\"\ntls_ca = '{}'\n{}{more}",
            mailbox.model.port(),
            certs::ca().display(),
            issuer.table("work"),
        ));
        Self { issuer, mailbox, mails }
    }

    /// The program by a line that is typed.
    pub(crate) fn typed(&self, line: &str) -> Program {
        self.mailbox.typed(line)
    }

    /// Signs in by an address that is pasted.
    pub(crate) fn signed_in(self) -> Self {
        self.sign_in();
        self
    }

    pub(crate) fn sign_in(&self) {
        sign_in(&self.mailbox.sandbox, &self.issuer);
    }

    pub(crate) fn stored_tokens(&self) -> PathBuf {
        let ledgers = fs::read_dir(self.mailbox.path("state/retr")).expect("state");
        let mut paths = ledgers.map(|entry| entry.expect("one").path().join("oauth2"));
        paths.find(|path| path.exists()).expect("tokens")
    }
}

/// The page that somebody has to open.
pub(crate) fn page(events: &mut impl BufRead) -> String {
    let mut line = String::new();
    events.read_line(&mut line).expect("a line");
    let event: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(event["event"], "sign-in");
    event["url"].as_str().expect("an address").to_owned()
}

/// Signs the account `work` in by an address that is pasted.
pub(crate) fn sign_in(sandbox: &Sandbox, issuer: &Issuer) {
    let (events, stdout) = io::pipe().expect("a pipe");
    let (stdin, mut paste) = io::pipe().expect("a pipe");
    let login = sandbox.typed("oauth login work --paste --json");
    let login = login.stdin(stdin).stdout(stdout).start();
    let back = issuer.sign_in(&page(&mut BufReader::new(&events)));
    writeln!(paste, "{back}").expect("pasted");
    login.ends_with(0);
}
