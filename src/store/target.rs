//! Where mail goes: a kind of target, and which of that kind.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Archive, Delivery, Error, Handover, Reading, Recovered, Setting};
use crate::base::{Hash, Location, Note, Receipt, TargetName};
use crate::disk::RealDisk;
use crate::process::Words;

/// One kind of target.
pub struct Scheme {
    /// Its option, its config key, and its word in the ledger.
    pub name: &'static str,
    /// What it is called, in sentences.
    pub noun: &'static str,
    /// What an address of it is.
    pub address: Address,
    /// What keeps a message from being stored twice.
    pub guarantee: Guarantee,
    /// Whether a last line without its end gets one there, which then belongs
    /// to the message.
    pub ends_lines: bool,
    /// Whether two equal messages are two there.
    pub keeps_copies: bool,
    /// What is wrong with an address, to go on after its name.
    pub check: fn(&OsStr) -> Result<(), &'static str>,
    pub(super) open: Opening,
    /// `None` where what was stored is out of reach.
    pub(super) archive: Option<Reopening>,
    /// What is known of a target to lose mail.
    pub(super) risks: fn(&Target, &Handover) -> Vec<String>,
    /// Whether it could be opened, told without creating or opening it.
    pub(super) examine: fn(&Target, &RealDisk) -> Result<(), Error>,
    /// Whether this is the path, below such a target, of the file of a message
    /// with this hash; `None` where messages are no files.
    pub(super) is_file: Option<fn(&str, Hash) -> bool>,
    /// Only of [`Guarantee::Announced`].
    pub(super) recover: Option<Recovery>,
    /// Where a message is.
    pub(super) locate: fn(&Receipt) -> Location,
    /// Where it was put, from where others may have moved it.
    pub(super) recorded: fn(&Receipt) -> Location,
}

type Opening = fn(&Target, &Setting) -> Result<Box<dyn Delivery>, Error>;
type Reopening = fn(&Target, &Reading<'_>) -> Result<Box<dyn Archive>, Error>;
type Recovery = fn(&Note, &Setting) -> Result<Recovered, Error>;

/// What the address of a target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Address {
    /// The path of a folder.
    Folder,
    /// The path of a file.
    File,
    /// A command and its arguments. Its name is the program: the arguments may
    /// change, and may be secret.
    Command,
    /// Where a server listens.
    Server,
}

impl Address {
    /// Returns whether it is a path, so that something is there or not.
    pub fn is_path(self) -> bool {
        matches!(self, Address::Folder | Address::File)
    }

    /// Returns whether this address of the kind is a path: a server may have one, of a
    /// socket.
    pub fn is_path_in(self, address: &OsStr) -> bool {
        self.is_path() || self == Address::Server && address.as_encoded_bytes().contains(&b'/')
    }
}

/// What keeps a message from being stored twice after a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// It is there under its key ([`super::Key::id`], or its hash), where
    /// it is found.
    ByKey,
    /// The ledger knows beforehand where it will be ([`Note`]).
    Announced,
    /// Nothing but the target's answer: what is in doubt is handed on again.
    Acknowledged,
}

/// Where mail goes: a kind of target and its address.
#[derive(Clone)]
pub struct Target {
    scheme: &'static Scheme,
    name: Arc<TargetName>,
    /// Its address with all that belongs to it.
    given: OsString,
}

impl Target {
    /// A target. The path of a file or folder is absolute; it loses a final
    /// slash, which would follow a link.
    pub fn new(scheme: &'static Scheme, address: impl Into<OsString>) -> Self {
        let mut given = address.into();
        if scheme.address.is_path() {
            given = Path::new(&given).components().collect::<PathBuf>().into();
        }
        let program = given.to_str().and_then(|text| Words::split(text).ok());
        let address = match (scheme.address, program) {
            (Address::Command, Some(words)) => words.program().into(),
            _ => given.clone(),
        };
        let name = TargetName { scheme: scheme.name.to_owned(), address };
        Self { scheme, name: Arc::new(name), given }
    }

    /// The one that the ledger names so; `None` if its kind is not known.
    pub fn named(name: &Arc<TargetName>) -> Option<Self> {
        Some(Self {
            scheme: super::scheme(&name.scheme)?,
            name: Arc::clone(name),
            given: name.address.clone(),
        })
    }

    /// Its kind.
    pub fn scheme(&self) -> &'static Scheme {
        self.scheme
    }

    /// As the ledger names it.
    pub fn name(&self) -> &Arc<TargetName> {
        &self.name
    }

    /// Returns whether its address has `{name}`.
    pub fn has_placeholder(&self, name: &str) -> bool {
        let given = self.given.to_str().unwrap_or_default();
        given.contains(&format!("{{{name}}}"))
    }

    /// The command that it is, if it is one.
    pub fn command(&self) -> Option<Words> {
        let is_command = self.scheme.address == Address::Command;
        Words::split(self.given.to_str().filter(|_| is_command)?).ok()
    }

    /// Its address as it was given, which may hold a secret.
    pub(super) fn given(&self) -> &OsStr {
        &self.given
    }

    /// Its name as a path.
    pub fn path(&self) -> &Path {
        Path::new(&self.name.address)
    }

    /// Opens it, creating what is missing, and proves that it can be written
    /// to. Parents must be there. What an earlier run of this account left
    /// half done, there or in the state folder, is removed: there is one lock
    /// of the account for each state folder.
    pub fn open(&self, setting: &Setting) -> Result<Box<dyn Delivery>, Error> {
        (self.scheme.open)(self, setting)
    }

    /// Opens what is there to be read; [`Error::NoStore`] if nothing is.
    pub fn archive(&self, reading: &Reading<'_>) -> Result<Box<dyn Archive>, Error> {
        match self.scheme.archive {
            Some(archive) => archive(self, reading),
            None => Err(Error::OutOfReach { noun: self.scheme.noun, path: self.path().into() }),
        }
    }

    /// What is known of it to lose mail, each in a sentence.
    pub fn risks(&self, handover: &Handover) -> Vec<String> {
        (self.scheme.risks)(self, handover)
    }

    /// Looks whether [`Target::open`] can succeed, as far as that shows
    /// without touching anything; fails as that would.
    pub fn examine(&self, disk: &RealDisk) -> Result<(), Error> {
        (self.scheme.examine)(self, disk)
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.given == other.given
    }
}

impl Eq for Target {}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.scheme.name, self.path().display())
    }
}
