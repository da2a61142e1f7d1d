//! Whether an archive could be opened, told without touching it.

use super::DRAFTS;
use super::name::months;
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
    let drafts = dir.join(DRAFTS);
    if let Some(facts) = look(&drafts, disk)? {
        fit(&drafts, &facts)?;
        disk.check_folder(&drafts)
            .map_err(Error::opening("create a file in", &drafts))?;
    }
    creatable(&drafts, disk)?;
    months(disk, dir).map(|_| ()).map_err(Error::at_open)
}
