//! Where a password is kept from now on: with `pass` or `secret-tool`, if they
//! give back what they were given, else in a file that only its owner can read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::{make_folder, new_file};
use crate::base::{Class, Failure, Secret};
use crate::cli::config::{literal, path_shown};
use crate::cli::environment::Environment;
use crate::process::{Output, Words, find};
use crate::wait::Timeouts;

/// Most octets that a command prints.
const MAX_OUTPUT: usize = 64 << 10;

/// How long a command has: it may ask for a passphrase.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// A password that was put somewhere.
#[derive(Debug)]
pub(crate) struct Kept {
    /// The config key that finds it there.
    pub(crate) key: &'static str,
    pub(crate) value: String,
    /// Where it is, for people.
    pub(crate) place: String,
    undo: Undo,
}

#[derive(Debug)]
enum Undo {
    Command(String),
    File(PathBuf),
}

/// A program that keeps secrets, and its command lines.
struct Keeper {
    program: &'static str,
    /// Prints it.
    load: String,
    /// Takes it on stdin.
    save: String,
    remove: String,
    /// What it wants behind the secret.
    end: &'static [u8],
}

/// Those that are there, for an entry in which nothing is special to a shell.
fn keepers(entry: &str, env: &Environment) -> impl Iterator<Item = Keeper> {
    let pass_dir = env.var("PASSWORD_STORE_DIR").map(PathBuf::from);
    let pass_dir = pass_dir.or_else(|| Some(env.home().ok()?.join(".password-store")));
    let has_pass = pass_dir.is_some_and(|dir| dir.join(".gpg-id").is_file());
    let pass = Keeper {
        program: "pass",
        load: format!("pass show retr/{entry}"),
        save: format!("pass insert -m retr/{entry}"),
        remove: format!("pass rm -f retr/{entry}"),
        end: b"\n",
    };
    let has_bus = env.var("DBUS_SESSION_BUS_ADDRESS").is_some();
    let attributes = format!("service retr account {entry}");
    let secret_tool = Keeper {
        program: "secret-tool",
        load: format!("secret-tool lookup {attributes}"),
        save: format!("secret-tool store --label='retr {entry}' {attributes}"),
        remove: format!("secret-tool clear {attributes}"),
        end: b"",
    };
    [(has_pass, pass), (has_bus, secret_tool)]
        .into_iter()
        .filter(|(usable, keeper)| *usable && find(keeper.program).is_ok())
        .map(|(_, keeper)| keeper)
}

/// Keeps the password of an account. What is there under its name is left
/// alone.
pub(crate) fn keep(
    name: &str,
    secret: &Secret,
    config: &Path,
    timeouts: &Timeouts,
    env: &Environment,
) -> Result<Kept, Failure> {
    // An entry is a path, too.
    let is_plain = |c: char| c.is_alphanumeric() || "-_.@+".contains(c);
    let entry = name.replace(|c| !is_plain(c), "_");
    let entry = entry.trim_start_matches(['.', '-']).to_owned();
    for keeper in keepers(&entry, env) {
        if keeper.takes(secret, timeouts) {
            return Ok(Kept {
                key: "password_command",
                value: keeper.load,
                place: format!("kept by {} as retr/{entry}", keeper.program),
                undo: Undo::Command(keeper.remove),
            });
        }
    }
    let path = in_file(&entry, secret, config).map_err(|error| {
        let what = format!("cannot keep the password beside {}", path_shown(config));
        Failure::new(Class::Io, what).because(error)
    })?;
    Ok(Kept {
        key: "password_file",
        value: literal(&path.to_string_lossy()),
        place: format!("kept in {}, which only you can read", path_shown(&path)),
        undo: Undo::File(path),
    })
}

impl Kept {
    /// Takes it away again.
    pub(crate) fn undo(self, timeouts: &Timeouts) {
        match self.undo {
            Undo::File(path) => drop(fs::remove_file(path)),
            Undo::Command(line) => drop(run(&line, b"", timeouts)),
        }
    }
}

impl Keeper {
    /// Returns whether it had nothing of this name, and gives back what it is
    /// given.
    fn takes(&self, secret: &Secret, timeouts: &Timeouts) -> bool {
        let load = || run(&self.load, b"", timeouts);
        if load().is_some_and(|there| !there.is_empty()) {
            return false;
        }
        let input = Zeroizing::new([secret.expose(), self.end].concat());
        if run(&self.save, &input, timeouts).is_none() {
            return false;
        }
        let is_there = load()
            .is_some_and(|there| there.strip_suffix(b"\n").unwrap_or(&there) == secret.expose());
        if !is_there {
            run(&self.remove, b"", timeouts);
        }
        is_there
    }
}

/// What a command prints; `None` if it fails.
fn run(line: &str, input: &[u8], timeouts: &Timeouts) -> Option<Zeroizing<Vec<u8>>> {
    let timeouts = timeouts.with_wait(MAX_WAIT);
    let words = Words::split(line).ok()?;
    let answer = words.answer(input, MAX_OUTPUT, Output::Discarded, &timeouts);
    answer.ok()
}

/// A file beside the config file.
fn in_file(entry: &str, secret: &Secret, config: &Path) -> io::Result<PathBuf> {
    let folder = config.parent().unwrap_or(Path::new("/"));
    make_folder(folder)?;
    for number in 1..100 {
        let number = match number {
            1 => String::new(),
            number => format!("-{number}"),
        };
        let path = folder.join(format!("{entry}{number}.password"));
        let mut file = match new_file(&path, 0o600) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        file.write_all(secret.expose())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::File::open(folder)?.sync_all()?;
        return Ok(path);
    }
    Err(io::ErrorKind::AlreadyExists.into())
}
