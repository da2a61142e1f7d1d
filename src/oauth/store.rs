//! Where tokens are kept: a file of the account's state folder, or whatever
//! the user's own commands keep.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Error, Tokens};
use crate::base::sanitized;
use crate::disk::{Disk, File, Open, create_dirs};
use crate::process::{Output, Words};
use crate::wait::{self, Timeouts};

/// Time between two looks at the lock.
const PAUSE: Duration = Duration::from_millis(50);

const NAME: &str = "oauth2";

/// Most octets that are read of what is kept.
const MAX_STORED: usize = 256 << 10;

/// The place of one account's tokens.
#[derive(Clone, Debug)]
pub struct Store {
    dir: PathBuf,
    place: Place,
    disk: Arc<dyn Disk>,
}

/// Who keeps them.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file that only its owner can read.
    File,
    /// Commands: `load` prints what `save` was given on its stdin.
    Commands {
        /// Its words.
        load: Words,
        /// Its words.
        save: Words,
    },
}

/// The right to renew tokens. The system takes it from a dead process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: Box<dyn File>,
}

/// A place that was proved to take new tokens.
pub(super) struct Saving<'s>(&'s Store, Option<Box<dyn File>>);

impl Store {
    /// `dir` is the account's state folder; the lock is there in any case.
    pub fn new(dir: PathBuf, place: Place, disk: Arc<dyn Disk>) -> Self {
        Self { dir, place, disk }
    }

    /// Returns whether commands keep the tokens.
    pub fn is_of_commands(&self) -> bool {
        matches!(self.place, Place::Commands { .. })
    }

    /// Returns whether something may be kept, without running a command.
    pub fn has_tokens(&self) -> bool {
        self.is_of_commands() || self.disk.stat(&self.dir.join(NAME)).is_ok()
    }

    /// What is kept; `None` if nothing is.
    pub fn load(&self, timeouts: &Timeouts) -> Result<Option<Tokens>, Error> {
        let stored = match &self.place {
            Place::File => self.read()?,
            Place::Commands { load, .. } => {
                let stored = run(load, b"", timeouts)
                    .map_err(|source| Error::store("load from", load.program(), source))?;
                Some(stored).filter(|stored| !stored.trim_ascii().is_empty())
            }
        };
        let wrong = Error::SignIn("what is there is none, or of a newer retr");
        let tokens = stored.map(|stored| Tokens::from_stored(&stored).ok_or(wrong));
        tokens.transpose()
    }

    fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        let path = self.dir.join(NAME);
        let failed = |source| Error::store("read", &path, source);
        let file = match self.disk.open(&path, Open::Read) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        if file.stat().map_err(failed)?.mode & 0o077 != 0 {
            return Err(Error::Exposed(shown_path(&path)));
        }
        let mut octets = Zeroizing::new(vec![0; MAX_STORED]);
        let filled = file.fill(&mut octets, 0).map_err(failed)?;
        octets.truncate(filled);
        Ok(Some(octets))
    }

    /// Waits for the lock. Makes the account's folder if it is missing.
    pub(super) fn lock(&self, timeouts: &Timeouts) -> Result<Lock, Error> {
        let path = self.dir.join(format!("{NAME}.lock"));
        let failed = |source| Error::store("lock", &path, source);
        create_dirs(&self.dir, &*self.disk, &|_, _, source| failed(source))?;
        // Another run may ask its issuer, and be asked for by its own wait.
        let timeouts = timeouts.with_wait(timeouts.wait.saturating_mul(2));
        let timer = timeouts.start("no lock", "another run");
        loop {
            let file = self.disk.open(&path, Open::AppendOrCreate);
            let file = file.map_err(failed)?;
            if file.try_flock().map_err(failed)? {
                return Ok(Lock { _file: file });
            }
            timer.nap(&mut [], PAUSE).map_err(|error| match error {
                wait::Error::Cancelled(cancelled) => Error::Cancelled(cancelled),
                _ => Error::Locked(shown_path(&path)),
            })?;
        }
    }

    /// Proves that tokens could be saved, before new ones are asked for: from
    /// then on the old ones may be worth nothing.
    pub(super) fn prepare(&self, _: &Lock) -> Result<Saving<'_>, Error> {
        if let Place::Commands { .. } = &self.place {
            return Ok(Saving(self, None));
        }
        let new = self.new_path();
        let prepare = || {
            self.disk.remove_if_there(&new)?;
            let mut file = self.disk.create(&new)?;
            // Room that is had now is not lacking later.
            file.write_all(&[b' '; 8192])?;
            file.sync()?;
            Ok(file)
        };
        let file = prepare().map_err(|source| Error::store("write", &new, source))?;
        Ok(Saving(self, Some(file)))
    }

    pub(super) fn forget(&self, _: &Lock, timeouts: &Timeouts) -> Result<(), Error> {
        let path = self.dir.join(NAME);
        match &self.place {
            Place::Commands { save, .. } => save_by(save, b"", timeouts),
            Place::File => {
                let removed = self.disk.remove_if_there(&path);
                removed.map_err(|source| Error::store("remove", &path, source))?;
                self.sync_folder()
            }
        }
    }

    /// Moves the file of the tokens to another account's place, unless one is
    /// there.
    pub fn give(&self, to: &Self, timeouts: &Timeouts) -> Result<(), Error> {
        if !self.has_tokens() || to.has_tokens() {
            return Ok(());
        }
        let _locks = (self.lock(timeouts)?, to.lock(timeouts)?);
        let from = self.dir.join(NAME);
        match self.disk.rename(&from, &to.dir.join(NAME)) {
            Err(source) => Err(Error::store("move", &from, source)),
            Ok(()) => {
                to.sync_folder()?;
                self.sync_folder()
            }
        }
    }

    fn sync_folder(&self) -> Result<(), Error> {
        let synced = self.disk.sync_dir(&self.dir).map(drop);
        synced.map_err(|source| Error::store("sync", &self.dir, source))
    }

    fn new_path(&self) -> PathBuf {
        self.dir.join(format!("{NAME}.new"))
    }
}

impl Saving<'_> {
    pub(super) fn save(self, tokens: &Tokens, timeouts: &Timeouts) -> Result<(), Error> {
        let Self(store, file) = self;
        let stored = tokens.to_stored();
        match (&store.place, file) {
            (Place::Commands { save, .. }, _) => save_by(save, &stored, timeouts),
            (Place::File, None) => Ok(()),
            (Place::File, Some(mut file)) => {
                let (new, path) = (store.new_path(), store.dir.join(NAME));
                let mut write = || {
                    file.set_len(0)?;
                    file.write_all(&stored)?;
                    file.sync()?;
                    store.disk.replace(&new, &path)
                };
                write().map_err(|source| Error::store("write", &path, source))?;
                store.sync_folder()
            }
        }
    }
}

impl Error {
    pub(super) fn store(doing: &'static str, place: impl AsRef<Path>, source: io::Error) -> Self {
        Error::Store { doing, place: shown_path(place.as_ref()), source }
    }
}

/// Runs one of the user's own commands.
fn run(words: &Words, stdin: &[u8], timeouts: &Timeouts) -> io::Result<Zeroizing<Vec<u8>>> {
    words.answer(stdin, MAX_STORED, Output::Inherited, timeouts)
}

fn save_by(save: &Words, stored: &[u8], timeouts: &Timeouts) -> Result<(), Error> {
    match run(save, stored, timeouts) {
        Ok(_) => Ok(()),
        Err(source) => Err(Error::store("save to", save.program(), source)),
    }
}

fn shown_path(path: &Path) -> String {
    sanitized(path.as_os_str().as_encoded_bytes())
}
