//! Whether an archive could be opened, told without touching it.

use super::DRAFTS;
use super::name::months;
use crate::disk::RealDisk;
use crate::store::fitness::{creatable, folders};
use crate::store::{Error, Target};

/// Fails as opening it would.
pub(super) fn examine(target: &Target, disk: &RealDisk) -> Result<(), Error> {
    let dir = target.path();
    if !folders(dir, &[DRAFTS], disk)? {
        return Ok(());
    }
    creatable(&dir.join(DRAFTS), disk)?;
    months(disk, dir).map(|_| ()).map_err(Error::at_open)
}
