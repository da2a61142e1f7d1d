//! Looks at files without touching them, for targets that are examined.

use std::io::ErrorKind;
use std::path::Path;

use super::Error;
use super::folders::fit;
use crate::disk::{Disk, RealDisk, Stat};

/// What is there; `None` if nothing is.
pub(super) fn look(path: &Path, disk: &RealDisk) -> Result<Option<Stat>, Error> {
    match disk.stat(path) {
        Ok(facts) => Ok(Some(facts)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::opening("look at", path)(error)),
    }
}

/// Looks at a folder and those in it. `false` if it is not there yet, and can be
/// made.
pub(super) fn folders(dir: &Path, inner: &[&str], disk: &RealDisk) -> Result<bool, Error> {
    let Some(facts) = look(dir, disk)? else {
        return creatable(dir, disk).map(|()| false);
    };
    fit(dir, &facts)?;
    for folder in inner.iter().map(|name| dir.join(name)) {
        match look(&folder, disk)? {
            Some(facts) => {
                fit(&folder, &facts)?;
                disk.check_folder(&folder).map_err(Error::opening("create a file in", &folder))?;
            }
            None => creatable(&folder, disk)?,
        }
    }
    Ok(true)
}

/// What is not there can be made where it should be.
pub(super) fn creatable(path: &Path, disk: &RealDisk) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(path);
    disk.check_folder(parent).map_err(Error::opening("create", path))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use std::sync::Arc;

    use super::*;
    use crate::store::{Target, testing};

    /// What both say of a target: the look, and then the opening.
    fn verdicts(target: &Target, scratch: &Path) -> [Option<String>; 2] {
        let looked = target.examine(&RealDisk::new());
        let setting = testing::setting(scratch, Arc::new(RealDisk::new()));
        let opened = target.open(&setting);
        [looked.err(), opened.err()].map(|error| error.map(|error| format!("{error}")))
    }

    #[test]
    fn the_look_says_what_the_opening_says() {
        let dir = tempfile::tempdir().expect("tempdir");
        let at = |name: &str| dir.path().join(name);
        fs::write(at("file"), "").expect("written");
        fs::create_dir(at("folder")).expect("created");
        fs::create_dir(at("odd")).expect("created");
        fs::write(at("odd/new"), "").expect("written");
        symlink(at("folder"), at("link")).expect("linked");
        fs::write(at("twice"), "").expect("written");
        fs::write(at("secret"), "no mail\n").expect("written");
        fs::hard_link(at("twice"), at("second")).expect("linked");
        for (name, maildir_fits, mbox_fits) in [
            ("fresh", true, true),
            ("folder", true, false),
            ("link", false, false),
            ("link/under", true, true),
            ("missing/under", false, false),
            ("file", false, true),
            ("file/under", false, false),
            ("odd", false, false),
            ("twice", false, false),
            ("secret", false, false),
        ] {
            for (target, fits) in
                [(Target::maildir(at(name)), maildir_fits), (Target::mbox(at(name)), mbox_fits)]
            {
                let before = fs::symlink_metadata(at(name)).is_ok();
                let looked = target.examine(&RealDisk::new());
                assert_eq!(looked.is_ok(), fits, "{target:?}: {looked:?}");
                assert_eq!(fs::symlink_metadata(at(name)).is_ok(), before, "untouched");
                let [looked, opened] = verdicts(&target, dir.path());
                assert_eq!(looked.is_some(), opened.is_some(), "{target:?}");
                if looked.as_deref().is_some_and(|text| text.contains("cannot store")) {
                    assert_eq!(looked, opened);
                }
                let made = at(name);
                if !before && made.is_dir() {
                    fs::remove_dir_all(made).expect("removed");
                } else if !before && made.is_file() {
                    fs::remove_file(made).expect("removed");
                }
            }
        }
    }
}
