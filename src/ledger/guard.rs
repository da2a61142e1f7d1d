//! Which files and folders of the state are safe to use: nobody else may
//! have a hand in them.

use std::io::ErrorKind;
use std::path::Path;

use super::Error;
use crate::disk::{Disk, File, Kind, Open, Stat};

/// Opens a file of the state, after a look that cannot block on what is no
/// file, and looks again at what was opened.
pub(super) fn open(disk: &dyn Disk, path: &Path, how: Open) -> Result<Box<dyn File>, Error> {
    match disk.stat(path) {
        Ok(stat) => check_file(path, &stat)?,
        Err(error) if error.kind() == ErrorKind::NotFound && how == Open::AppendOrCreate => {}
        Err(error) => return Err(Error::opening("open", path, error)),
    }
    let file = disk.open(path, how).map_err(|error| Error::opening("open", path, error))?;
    let stat = file.stat().map_err(|error| Error::opening("open", path, error))?;
    check_file(path, &stat)?;
    Ok(file)
}

/// `Err` unless it is a regular file of ours, with one name, that nobody else
/// can write to.
fn check_file(path: &Path, stat: &Stat) -> Result<(), Error> {
    let kind = match stat.kind {
        Kind::File => None,
        Kind::Dir => Some("it is a folder"),
        Kind::Link => Some("it is a symbolic link"),
        Kind::Other => Some("it is not a regular file"),
    };
    let names = (stat.links > 1).then_some("it has more than one name (hard links)");
    check(path, kind.or(names), stat)
}

/// `Err` unless it is a folder of ours that nobody else can write to.
pub(super) fn check_dir(path: &Path, stat: &Stat) -> Result<(), Error> {
    let kind = match stat.kind {
        Kind::Dir => None,
        Kind::Link => Some("it is a symbolic link"),
        Kind::File | Kind::Other => Some("it is not a folder"),
    };
    check(path, kind, stat)
}

fn check(path: &Path, kind: Option<&'static str>, stat: &Stat) -> Result<(), Error> {
    let is_ours = stat.uid == rustix::process::geteuid().as_raw();
    let owner = (!is_ours).then_some("it belongs to another user");
    let mode = (stat.mode & 0o022 != 0).then_some("others can write to it (chmod go-w)");
    match kind.or(owner).or(mode) {
        None => Ok(()),
        Some(rule) => Err(Error::Unsafe { path: path.to_owned(), rule }),
    }
}
