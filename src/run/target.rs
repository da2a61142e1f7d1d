//! Where mail went the last time. Whoever names another target gets only new
//! mail there, which is worth one warning.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;

use crate::base::{Warning, shown};
use crate::disk::Disk;
use crate::ledger;
use crate::plan::Seen;
use crate::store::Target;

/// Kind and path; paths are compared by their components.
type Place = (&'static str, PathBuf);

fn place(target: &Target) -> Place {
    match target {
        Target::Maildir(dir) => ("maildir", dir.clone()),
        Target::Mbox(file) => ("mbox", file.clone()),
    }
}

/// The target that the last run of an account had, if that is known.
fn last(dir: &Path, disk: &dyn Disk) -> Option<Place> {
    let facts = ledger::read_target(dir, disk);
    let (kind, path) = facts.first()?;
    let kind = ["maildir", "mbox"]
        .into_iter()
        .find(|known| known == kind)?;
    let path = HEXLOWER.decode(path.as_bytes()).ok()?;
    Some((kind, OsString::from_vec(path).into()))
}

/// What is worth a warning if this is not the target of the last run: that
/// messages stored stay where they are, as long as something is there.
pub(super) fn changed(
    target: &Target,
    dir: &Path,
    seen: &Seen,
    disk: &dyn Disk,
) -> Option<Warning> {
    let old = last(dir, disk).filter(|old| *old != place(target))?;
    // Whoever moved it has everything in the new place.
    disk.stat(&old.1).ok()?;
    let copies = seen.iter().flat_map(|(_, known)| known.copies());
    let count = copies.filter(|(_, copy)| copy.hash().is_some()).count();
    let messages = match count {
        0 => return None,
        1 => "1 message".to_owned(),
        count => format!("{count} messages"),
    };
    let old = shown(old.1.as_os_str().as_bytes());
    Some(Warning {
        code: "target-changed",
        text: format!(
            "{messages} stored earlier stay in {old}, only new ones go to the new target; \
             once with --all, what is still on the server is stored there too"
        ),
    })
}

/// Remembers the target for the next run. What goes wrong costs a warning.
pub(super) fn remember(target: &Target, dir: &Path, disk: &dyn Disk) {
    let (kind, path) = place(target);
    if last(dir, disk) != Some((kind, path.clone())) {
        let path = HEXLOWER.encode(path.as_os_str().as_bytes());
        let _ = ledger::write_target(dir, disk, &[(kind.to_owned(), path)]);
    }
}
