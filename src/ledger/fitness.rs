//! Whether state could be kept in a place, told without creating anything.

use std::io::ErrorKind;
use std::path::Path;

use super::{Error, guard};
use crate::base::AccountId;
use crate::disk::{Disk, RealDisk};

/// Looks at an account's state folder as [`super::Lock::take`] would. `false`
/// if there is none yet: then [`examine_state_dir`] tells whether there can
/// be.
pub fn examine_account(
    state_dir: &Path,
    account: &AccountId,
    disk: &RealDisk,
) -> Result<bool, Error> {
    let dir = state_dir.join(account.as_str());
    let found = disk.find(&dir);
    let found = found.map_err(|error| Error::opening("look at", &dir, error))?;
    if let Some(facts) = &found {
        guard::check_dir(&dir, facts)?;
        disk.check_folder(&dir).map_err(|error| Error::opening("write to", &dir, error))?;
    }
    Ok(found.is_some())
}

/// Looks whether folders of accounts can be made in `state_dir`, or in the
/// nearest folder above it that is there.
pub fn examine_state_dir(state_dir: &Path, disk: &RealDisk) -> Result<(), Error> {
    for dir in state_dir.ancestors() {
        match disk.check_folder(dir) {
            Ok(()) => return Ok(()),
            // Unless it is a link that leads nowhere, it can be made.
            Err(error) if error.kind() == ErrorKind::NotFound && disk.stat(dir).is_err() => {}
            Err(error) => return Err(Error::opening("create", state_dir, error)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn a_state_folder_can_be_made_wherever_one_above_it_is() {
        let dir = tempfile::tempdir().expect("tempdir");
        let disk = RealDisk::new();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").expect("written");
        symlink("nowhere", at("dangling")).expect("linked");
        for (name, fits) in
            [("", true), ("a/b/c", true), ("file", false), ("file/a", false), ("dangling/a", false)]
        {
            let looked = examine_state_dir(&at(name), &disk);
            assert_eq!(looked.is_ok(), fits, "{name}: {looked:?}");
            assert!(!at("a").exists(), "nothing is created");
        }
    }

    #[test]
    fn an_account_folder_is_judged_as_the_lock_judges_it() {
        let dir = tempfile::tempdir().expect("tempdir");
        let disk = RealDisk::new();
        let id = AccountId::new("u", "h");
        let look = || examine_account(dir.path(), &id, &disk);
        assert!(!look().expect("missing"));
        let own = dir.path().join(id.as_str());
        fs::create_dir(&own).expect("created");
        fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).expect("chmod");
        assert!(look().expect("there"));
        fs::set_permissions(&own, fs::Permissions::from_mode(0o770)).expect("chmod");
        assert!(matches!(look(), Err(Error::Unsafe { .. })));
    }
}
