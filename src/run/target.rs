//! Where mail went the last time. A user who names another target gets only new
//! mail there, which is worth one warning.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use crate::base::{TargetName, Warning, WarningCode, counted, sanitized};
use crate::disk::Disk;
use crate::plan::Seen;
use crate::store::{self, Target};

use super::Account;

/// What is worth a warning if this is not the target where the last message
/// was stored: that messages stored stay where they are, as long as something
/// is there.
pub(super) fn changed(
    account: &Account,
    target: &Target,
    last: Option<&TargetName>,
    seen: &Seen,
    disk: &dyn Disk,
) -> Option<Warning> {
    // What was handed on stays nowhere.
    let is_path = |name: &TargetName| {
        store::scheme(&name.scheme).is_some_and(|scheme| scheme.address.is_path())
    };
    let last = last.filter(|last| is_path(last));
    let last = last.filter(|last| *last != &**target.name() && !last.address.is_empty())?;
    // A user who moved it has everything in the new place.
    disk.stat(Path::new(&last.address)).ok()?;
    let copies = seen.iter().flat_map(|(_, known)| known.copies());
    let count = copies.filter(|(_, copy)| copy.hash().is_some()).count();
    if count == 0 {
        return None;
    }
    let messages = counted(count as u64, "earlier message");
    let stay = if count == 1 { "stays" } else { "stay" };
    let old = sanitized(last.address.as_bytes());
    Some(Warning {
        code: WarningCode::TargetChanged,
        text: format!(
            "mail now goes to {}; {messages} {stay} in {old}. `retr fetch --all {}` once copies \
             those still on the server to the new place",
            sanitized(target.name().address.as_bytes()),
            account.shell_word()
        ),
    })
}
