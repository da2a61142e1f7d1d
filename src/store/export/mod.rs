//! Mail taken out: messages that were read and hashed are written as an mbox,
//! a Maildir, single files or a tar. What goes to a path appears there whole
//! and durable, or not at all.

mod file;
mod folder;
mod mboxrd;
mod name;
mod output;
mod part;
mod tar;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use self::file::FilePart;
use self::folder::Folder;
use self::mboxrd::Mboxrd;
use self::output::Output;
use self::tar::Tar;
use super::Error;
use crate::base::{Hash, choice};
use crate::disk::Disk;

choice! {
    /// As what mail is taken out.
    pub enum Format {
        /// (mboxrd).
        Mboxrd "mboxrd" "One mbox",
        Maildir "maildir" "A Maildir",
        Eml "eml" "A folder with a file for each message",
        /// (ustar, POSIX.1-1988).
        Tar "tar" "A tar of such files",
    }
}

impl Format {
    /// Returns whether it is a folder and not one file, so that it cannot be
    /// streamed.
    pub fn is_folder(self) -> bool {
        matches!(self, Self::Maildir | Self::Eml)
    }
}

/// A message that was read whole, and hashed.
#[derive(Clone, Copy, Debug)]
pub struct About<'m> {
    /// SHA-256 of its LF form.
    pub hash: Hash,
    /// Octets of that form.
    pub len: u64,
    /// Seconds since 1970 when it was first seen.
    pub seconds: u64,
    /// Its header, as far as it was kept.
    pub header: &'m [u8],
}

/// Where mail is taken out to. Dropped before it is finished, it leaves
/// nothing at its path.
pub trait Export: Debug {
    /// A message begins. Returns the name of its file, if it gets one.
    fn begin(&mut self, about: &About<'_>) -> Result<Option<String>, Error>;

    /// A piece of it: LF line ends. Of a [`Format::Tar`] exactly as many octets
    /// as were announced must come.
    fn write(&mut self, piece: &[u8]) -> Result<(), Error>;

    /// It is complete.
    fn end(&mut self) -> Result<(), Error>;

    /// All is complete: makes it durable, and then visible.
    fn finish(self: Box<Self>) -> Result<(), Error>;
}

/// Takes mail out to a path, where nothing is but perhaps an empty file or
/// folder. Its parent must be there. Nothing is seen of it under that name
/// until [`Export::finish`]. `packs` has one file packed by zstd.
pub fn to_path(
    format: Format,
    packs: bool,
    path: &Path,
    disk: &Arc<dyn Disk>,
) -> Result<Box<dyn Export>, Error> {
    let file = || Output::to_file(FilePart::create(path, disk)?, packs);
    Ok(match format {
        Format::Mboxrd => Box::new(Mboxrd::new(file()?)),
        Format::Tar => Box::new(Tar::new(file()?)),
        Format::Maildir => Box::new(Folder::maildir(path, disk)?),
        Format::Eml => Box::new(Folder::eml(path, disk)?),
    })
}

/// Takes mail out to a stream, if that is one file.
pub fn to_stream(
    format: Format,
    packs: bool,
    out: &mut dyn Write,
) -> Result<Box<dyn Export + '_>, Error> {
    let output = Output::to_stream(out, packs)?;
    match format {
        Format::Mboxrd => Ok(Box::new(Mboxrd::new(output))),
        Format::Tar => Ok(Box::new(Tar::new(output))),
        Format::Maildir | Format::Eml => Err(Error::unfit(Path::new("stdout"), "it is no folder")),
    }
}
