//! Where mail went the last time. Whoever names another target gets only new
//! mail there, which is worth one warning.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use data_encoding::HEXLOWER;

use crate::base::{Warning, WarningCode, counted, shown};
use crate::disk::Disk;
use crate::ledger;
use crate::plan::Seen;
use crate::store::Target;

/// The target that the last run of an account had, if that is known.
pub(super) fn last(dir: &Path, disk: &dyn Disk) -> Option<Target> {
    let facts = ledger::read_target(dir, disk);
    let (key, path) = facts.first()?;
    let path = OsString::from_vec(HEXLOWER.decode(path.as_bytes()).ok()?).into();
    match key.as_str() {
        "maildir" => Some(Target::Maildir(path)),
        "mbox" => Some(Target::Mbox(path)),
        _ => None,
    }
}

/// What is worth a warning if this is not the target of the last run: that
/// messages stored stay where they are, as long as something is there.
pub(super) fn changed(
    target: &Target,
    last: Option<&Target>,
    seen: &Seen,
    disk: &dyn Disk,
) -> Option<Warning> {
    let old = last.filter(|last| *last != target)?.path();
    // Whoever moved it has everything in the new place.
    disk.stat(old).ok()?;
    let copies = seen.iter().flat_map(|(_, known)| known.copies());
    let count = copies.filter(|(_, copy)| copy.hash().is_some()).count();
    if count == 0 {
        return None;
    }
    let messages = counted(count as u64, "message");
    let stay = if count == 1 { "stays" } else { "stay" };
    let old = shown(old.as_os_str().as_bytes());
    Some(Warning {
        code: WarningCode::TargetChanged,
        text: format!(
            "{messages} stored earlier {stay} in {old}, only new ones go to the new target; \
             once with --all, what is still on the server is stored there too"
        ),
    })
}

/// Remembers the target for the next run. What goes wrong costs a warning.
pub(super) fn remember(target: &Target, last: Option<&Target>, dir: &Path, disk: &dyn Disk) {
    if last != Some(target) {
        let path = HEXLOWER.encode(target.path().as_os_str().as_bytes());
        let _ = ledger::write_target(dir, disk, &[(target.key().to_owned(), path)]);
    }
}
