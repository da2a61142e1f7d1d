//! A user with a mailbox on a model server and a place to keep mail.

use std::fs;
use std::ops::{Deref, Range};
use std::path::PathBuf;

use serde_json::Value;

use super::env::{Program, Sandbox, chmod, mode};
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
        Self { sandbox, model: Model::start(setup).holding(mails), kind: Kind::Maildir }
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

    /// Damages the ledger in its middle; what it has then.
    pub(crate) fn damage_ledger(&self) -> Vec<u8> {
        let mut text = fs::read(self.ledger()).expect("the ledger");
        let middle = text.len() / 2;
        text[middle] ^= 1;
        fs::write(self.ledger(), &text).expect("damaged");
        text
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

    /// The mailbox as an account of the config file, with more keys.
    pub(crate) fn account(&self, name: &str, keys: &str) -> String {
        let scheme = &self.kind.option()[2..];
        format!(
            "[accounts.{name}]\nurl = '{}'\ntls = 'none'\npassword_file = '$S/password'\n\
             {scheme} = '$S/Mail'\n{keys}\n",
            self.url()
        )
    }

    /// Writes a config file with this account alone.
    pub(crate) fn configure(&self, name: &str, keys: &str) {
        self.sandbox.config(&self.account(name, keys));
    }

    /// Commands and this account's URL, which connect to nobody.
    pub(crate) fn offline(&self, words: &str) -> Program {
        self.sandbox.typed(words).arg(self.url())
    }

    /// `verify` of the store, without the server.
    pub(crate) fn verify(&self) -> Program {
        self.offline("verify").args(self.target())
    }

    /// A command with the options that every command needs to connect.
    pub(crate) fn command(&self, command: &str) -> Program {
        self.connecting(self.sandbox.typed(command))
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

    /// Where a message is, by the line that told of it: its file, or its place
    /// in the mbox.
    fn place(&self, told: &Value) -> (PathBuf, Range<usize>) {
        if let Some(path) = told[&self.kind.option()[2..]].as_str()
            && self.kind != Kind::Mbox
        {
            let length = fs::metadata(path).expect("a message").len();
            return (path.into(), 0..length as usize);
        }
        let number = |key: &str| told[key].as_u64().expect("a number") as usize;
        let start = number("offset");
        (self.store(), start..start + number("length"))
    }

    /// Changes an octet of a message that was told of.
    pub(crate) fn alter(&self, told: &Value) {
        let (path, place) = self.place(told);
        let mut text = fs::read(&path).expect("a store");
        text[place.end - 3] ^= 1;
        // That of an archive may only be read.
        let usual = mode(&path);
        chmod(&path, usual | 0o200);
        fs::write(&path, text).expect("altered");
        chmod(&path, usual);
    }

    /// Takes a message out that was told of.
    pub(crate) fn take_out(&self, told: &Value) {
        let (path, place) = self.place(told);
        if self.kind == Kind::Mbox {
            let mut text = fs::read(&path).expect("the mbox");
            text.drain(place);
            fs::write(path, text).expect("cut");
        } else {
            fs::remove_file(path).expect("removed");
        }
    }

    /// What a reader does with a message of a Maildir that was told of.
    pub(crate) fn move_to_cur(&self, told: &Value, flags: &str) -> PathBuf {
        let (path, _) = self.place(told);
        let name = path.file_name().expect("a name").to_str().expect("text");
        let cur = self.store().join(format!("cur/{name}{flags}"));
        fs::rename(path, &cur).expect("moved");
        cur
    }

    /// Takes all mail away.
    pub(crate) fn remove_store(&self) {
        let removed = match self.kind {
            Kind::Mbox => fs::remove_file(self.store()),
            _ => fs::remove_dir_all(self.store()),
        };
        removed.expect("removed");
    }

    /// Where mail goes.
    pub(crate) fn store(&self) -> PathBuf {
        self.sandbox.path("Mail")
    }

    /// What the next `fetch` stores.
    #[track_caller]
    pub(crate) fn stores(&self) -> u64 {
        let summary = self.fetch_json().run_to(0).event("summary");
        summary["stored"].as_u64().expect("a number")
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

/// What is done in the sandbox is done there.
impl Deref for Mailbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

/// Messages as they have to be stored, sorted by content.
pub(crate) fn stored_forms(mails: &[Mail]) -> Vec<Vec<u8>> {
    store::sorted(mails.iter().map(|mail| mail.stored.clone()))
}
