//! Whether a Maildir could be opened, told without touching it.

use crate::disk::RealDisk;
use crate::store::fitness::{creatable, look};
use crate::store::folders::fit;
use crate::store::{Error, Target};

/// Fails as opening it would.
pub(super) fn examine(target: &Target, disk: &RealDisk) -> Result<(), Error> {
    let dir = target.path();
    let Some(facts) = look(dir, disk)? else {
        return creatable(dir, disk);
    };
    fit(dir, &facts)?;
    for folder in ["tmp", "new", "cur"].map(|name| dir.join(name)) {
        match look(&folder, disk)? {
            Some(facts) => {
                fit(&folder, &facts)?;
                disk.check_folder(&folder)
                    .map_err(Error::opening("create a file in", &folder))?;
            }
            None => creatable(&folder, disk)?,
        }
    }
    Ok(())
}
