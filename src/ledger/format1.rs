//! The format of before, which named no targets: a ledger of it is read, and
//! written anew in today's.
//!
//! ```text
//! CRC stored | found UID ORDINAL SIZE SHA256 FIRST-SEEN PLACE
//! CRC intent PATH INODE LENGTH { UID ORDINAL SIZE SHA256 FIRST-SEEN PLACE FROM-LINE }
//! CRC listed SESSIONS NOW
//! ```
//!
//! PLACE is `file NAME` or `mbox OFFSET LENGTH`; NAME and FROM-LINE are in the
//! form of [`Uid::encode`], PATH is in hexadecimal digits. A file of facts
//! beside the ledger, `target`, said where mail went last.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::hints;
use crate::base::{Receipt, TargetName, Uid};
use crate::disk::Disk;

/// Its number.
pub(super) const FORMAT: u64 = 1;

/// The file of facts.
const FACTS: &str = "target";

/// What such a ledger does not say itself.
#[derive(Clone, Debug)]
pub(super) struct Format1 {
    maildir: Arc<TargetName>,
    mbox: Arc<TargetName>,
}

impl Format1 {
    /// Learns from the file of facts in the account's folder, if it is there.
    pub(super) fn read(dir: &Path, disk: &dyn Disk) -> Self {
        let facts = hints::read(&dir.join(FACTS), disk);
        let address = |scheme: &str| {
            let (_, path) = facts.first().filter(|(key, _)| key == scheme)?;
            Some(OsString::from_vec(HEXLOWER.decode(path.as_bytes()).ok()?))
        };
        let name = |scheme: &str| {
            let address = address(scheme).unwrap_or_default();
            // Without the final slash that was kept then.
            let address = Path::new(&address).components().collect::<std::path::PathBuf>();
            named(scheme, address.into())
        };
        Self { maildir: name("maildir"), mbox: name("mbox") }
    }

    /// The ledger was written anew, and says itself what the file said. Should
    /// the file stay, nobody reads it.
    pub(super) fn forget(dir: &Path, disk: &dyn Disk) {
        let _ = disk.remove(&dir.join(FACTS));
    }

    /// The file goes with a ledger that moves to another folder.
    pub(super) fn bring(from: &Path, to: &Path, disk: &dyn Disk) {
        let _ = disk.rename(&from.join(FACTS), &to.join(FACTS));
    }

    pub(super) fn receipt<'l>(
        &self,
        fields: &mut impl Iterator<Item = &'l str>,
    ) -> Option<Receipt> {
        let (target, words) = match fields.next()? {
            "file" => (&self.maildir, vec![format!("new/{}", text(fields)?)]),
            "mbox" => (&self.mbox, numbers(fields)?),
            _ => return None,
        };
        Some(Receipt { target: Arc::clone(target), words })
    }
}

/// The mbox of a batch, and what it said about that.
pub(super) fn batch<'l>(
    fields: &mut impl Iterator<Item = &'l str>,
) -> Option<(Arc<TargetName>, Vec<String>)> {
    let path = HEXLOWER.decode(fields.next()?.as_bytes()).ok()?;
    let target = named("mbox", OsString::from_vec(path));
    Some((target, numbers(fields)?))
}

fn numbers<'l>(fields: &mut impl Iterator<Item = &'l str>) -> Option<Vec<String>> {
    let mut number = || Some(fields.next()?.parse::<u64>().ok()?.to_string());
    Some(vec![number()?, number()?])
}

fn named(scheme: &str, address: OsString) -> Arc<TargetName> {
    Arc::new(TargetName { scheme: scheme.to_owned(), address })
}

pub(super) fn text<'l>(fields: &mut impl Iterator<Item = &'l str>) -> Option<String> {
    let text = Uid::decode(fields.next()?)?;
    String::from_utf8(text.as_bytes().to_vec()).ok()
}
