//! A small file of hints about the server beside the ledger, kept from one
//! session to the next, which only saves round trips. What cannot be read is
//! not there.

use std::io::Write;
use std::path::Path;

use super::{Error, guard};
use crate::disk::{Disk, Open};

const HINTS: &str = "hints";

/// A longer file is none of ours.
const MAX_HINTS: usize = 16 * 1024;

/// Reads the hints in an account's state folder, in the order in which they
/// were written. None at all if anything is odd.
pub fn read_hints(dir: &Path, disk: &dyn Disk) -> Vec<(String, String)> {
    read(&dir.join(HINTS), disk)
}

/// Writes the hints, all at once; they need not survive a power cut. Keys
/// have no `=`, and neither keys nor values have line ends; what has is left
/// out.
pub fn write_hints(dir: &Path, disk: &dyn Disk, hints: &[(String, String)]) -> Result<(), Error> {
    write(&dir.join(HINTS), disk, hints)
}

/// Writes a file in the form of the hints.
pub(super) fn write(path: &Path, disk: &dyn Disk, hints: &[(String, String)]) -> Result<(), Error> {
    let fits = |(key, value): &&(String, String)| {
        !key.is_empty() && !key.contains(['=', '\n']) && !value.contains('\n')
    };
    let body: String =
        hints.iter().filter(fits).map(|(key, value)| format!("{key}={value}\n")).collect();
    let text = format!("{:08x}\n{body}", crc32fast::hash(body.as_bytes()));
    let new = path.with_extension("new");
    disk.remove_if_there(&new).map_err(Error::io("remove", &new))?;
    let mut file = disk.create(&new).map_err(Error::io("create", &new))?;
    file.write_all(text.as_bytes()).map_err(Error::io("write", &new))?;
    disk.replace(&new, path).map_err(Error::io("replace", path))
}

/// The hints go with a ledger that another account gets.
pub(super) fn bring_hints(from: &Path, to: &Path, disk: &dyn Disk) {
    let _ = disk.rename(&from.join(HINTS), &to.join(HINTS));
}

/// Reads a file in the form of the hints.
pub(super) fn read(path: &Path, disk: &dyn Disk) -> Vec<(String, String)> {
    let mut text = vec![0; MAX_HINTS + 1];
    let read =
        guard::open(disk, path, Open::Read).ok().and_then(|file| file.read_at(&mut text, 0).ok());
    text.truncate(read.unwrap_or(0));
    parse(&text).unwrap_or_default()
}

fn parse(text: &[u8]) -> Option<Vec<(String, String)>> {
    let text = std::str::from_utf8(text).ok()?;
    let (crc, body) = text.split_once('\n')?;
    if u32::from_str_radix(crc, 16).ok()? != crc32fast::hash(body.as_bytes()) {
        return None;
    }
    let hint = |line: &str| {
        let (key, value) = line.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    };
    body.lines().map(hint).collect()
}
