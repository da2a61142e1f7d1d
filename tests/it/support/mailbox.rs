//! A user with a mailbox on a model server and a place to keep mail.

use std::fs;
use std::path::PathBuf;

use super::env::{Program, Sandbox};
use super::mail::Mail;
use super::model::{Model, Setup};
use super::store::{self, Kind};

/// A sandbox and the server its user fetches from.
pub(crate) struct Mailbox {
    pub(crate) sandbox: Sandbox,
    pub(crate) model: Model,
    kind: Kind,
}

impl Mailbox {
    /// On a server of this kind with this mail, kept in a Maildir.
    pub(crate) fn on(setup: Setup, mails: &[Mail]) -> Self {
        Self::within(Sandbox::new(), setup, mails)
    }

    /// On a server of this kind, in a given sandbox.
    pub(crate) fn within(sandbox: Sandbox, setup: Setup, mails: &[Mail]) -> Self {
        sandbox.secret_file("password", setup.secret);
        Self {
            sandbox,
            model: Model::start(setup).holding(mails),
            kind: Kind::Maildir,
        }
    }

    /// On a usual server.
    pub(crate) fn with(mails: &[Mail]) -> Self {
        Self::on(Setup::default(), mails)
    }

    /// Kept in a store of this kind.
    pub(crate) fn kept_in(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The ledger, once there is one.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.state_file("ledger")
    }

    /// The lock file, once there is one.
    pub(crate) fn lock_file(&self) -> PathBuf {
        self.state_file("lock")
    }

    fn state_file(&self, name: &str) -> PathBuf {
        let state = self.sandbox.path("state/retr");
        let mut found = fs::read_dir(&state)
            .expect("the state folder")
            .map(|entry| entry.expect("entry").path().join(name))
            .filter(|path| path.is_file());
        let path = found.next().expect("an account's state");
        assert_eq!(found.next(), None, "one account has one folder");
        path
    }

    /// The account without TLS, as the program is told.
    pub(crate) fn url(&self) -> String {
        format!("pop3://alice@127.0.0.1:{}", self.model.port())
    }

    /// A command with the options that every command needs to connect.
    pub(crate) fn command(&self, command: &str) -> Program {
        self.connecting(self.sandbox.retr([command]))
    }

    /// `fetch` into the store.
    pub(crate) fn fetch(&self) -> Program {
        self.command("fetch").args(self.target())
    }

    /// Adds the options that every command needs to connect.
    pub(crate) fn connecting(&self, program: Program) -> Program {
        let url = self.url();
        program
            .args([&url, "--tls", "none", "--password-file"])
            .args([self.sandbox.path("password")])
    }

    /// `fetch --json` into the store.
    pub(crate) fn fetch_json(&self) -> Program {
        self.fetch().args(["--json"])
    }

    /// The option and the path that name the store.
    pub(crate) fn target(&self) -> [PathBuf; 2] {
        [self.kind.option().into(), self.store()]
    }

    /// Where mail goes.
    pub(crate) fn store(&self) -> PathBuf {
        self.sandbox.path("Mail")
    }

    /// The messages stored so far, sorted by content.
    pub(crate) fn stored(&self) -> Vec<Vec<u8>> {
        self.kind.read(&self.store())
    }

    /// Fails unless exactly these messages are stored.
    #[track_caller]
    pub(crate) fn assert_stored(&self, mails: &[Mail]) {
        store::assert_same(&self.stored(), &stored_forms(mails));
    }

    /// Fails if anything is stored that is not one of these messages, whole
    /// and once.
    #[track_caller]
    pub(crate) fn assert_part_stored(&self, mails: &[Mail]) {
        store::assert_part_of(&self.stored(), &stored_forms(mails));
    }
}

/// Messages as they have to be stored, sorted by content.
pub(crate) fn stored_forms(mails: &[Mail]) -> Vec<Vec<u8>> {
    store::sorted(mails.iter().map(|mail| mail.stored.clone()))
}
