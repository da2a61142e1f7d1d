//! Whether an mbox could be opened, told without touching it.

use super::{fit, is_one};
use crate::disk::RealDisk;
use crate::store::fitness::{creatable, look};
use crate::store::{Error, Target};

/// Fails as opening it would.
pub(super) fn examine(target: &Target, disk: &RealDisk) -> Result<(), Error> {
    let path = target.path();
    if path.file_name().is_none() {
        return Err(Error::unfit(path, "it is a folder"));
    }
    match look(path, disk)? {
        Some(facts) => {
            fit(path, &facts)?;
            disk.check_file(path).map_err(Error::opening("open", path))?;
            is_one(path, disk)
        }
        None => creatable(path, disk),
    }
}
