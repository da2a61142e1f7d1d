//! Mail of anybody's making, to be read: a Maildir, an mbox, a tar, or a folder
//! of single files such as an archive. What it is, is found by looking. Nothing
//! of it is believed: no link is followed, no name of its is ever used to write,
//! and what changes while it is read is told.

mod files;
mod mbox;
#[cfg(feature = "zstd")]
mod packed;
mod tar;
#[cfg(test)]
mod tests;

use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mbox::Part;
use super::ustar::{self, BLOCK};
use super::{Error, Kept, Reread, Sink};
use crate::base::Cancel;
use crate::disk::{Disk, File, Kind, Open};

/// Where a message is in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position(At);

#[derive(Clone, Debug, PartialEq, Eq)]
enum At {
    /// A file of its own.
    File(PathBuf),
    /// A part of an mbox.
    Part(Part),
    /// Octets of a tar: from, and how many.
    Octets(u64, u64),
}

/// What is found in a source.
#[derive(Debug)]
pub enum SourceItem {
    /// A message.
    Message {
        /// Where.
        place: Position,
        /// What it is.
        reread: Reread,
        /// Seconds since 1970 when it came there, if that is known: as the name of
        /// its file says in a Maildir, else when that was last changed.
        seconds: Option<u64>,
    },
    /// Something that may be a message, and is not taken; why.
    Unfit(String),
    /// What may be a message cannot be read.
    Unread(Error),
}

/// What else there is to say of a source that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside {
    /// Files that are no messages by their names.
    pub left_out: u64,
    /// The name of one of them. Not escaped.
    pub example: Option<String>,
    /// An mbox does not end with an empty line: its last message may be cut.
    pub torn: bool,
}

/// Takes what is found, the first of it first, with its name, which is not
/// escaped, and what was kept of it.
pub type Each<'e> = &'e mut dyn FnMut(&str, SourceItem, &Kept) -> ControlFlow<()>;

/// A source, open.
#[derive(Debug)]
pub struct Source {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    cancel: Cancel,
    form: Form,
}

#[derive(Debug)]
enum Form {
    Maildir,
    Folder,
    Mail,
    Mbox(Box<dyn File>),
    Tar(Box<dyn File>),
}

/// How files begin that zstd packs.
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How files begin that a tar may be packed into, and what unpacks them.
const PACKED: [(&[u8], &str); 4] = [
    (b"\x1f\x8b", "it is packed: unpack it by gzip -d first"),
    (ZSTD, "it is packed: unpack it by zstd -d first"),
    (b"\xfd7zXZ\0", "it is packed: unpack it by xz -d first"),
    (b"BZh", "it is packed: unpack it by bzip2 -d first"),
];

impl Source {
    /// Looks what it is.
    pub fn open(path: &Path, cancel: &Cancel, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let form = look(path, cancel, &**disk)?;
        Ok(Self { disk: Arc::clone(disk), path: path.into(), cancel: cancel.clone(), form })
    }

    /// Returns whether it is that file or folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Goes through all that is in it; what is kept is handed on with each
    /// message.
    pub fn each(&self, kept: &mut Kept, each: Each<'_>) -> Result<Aside, Error> {
        match &self.form {
            Form::Maildir => self.maildir(kept, each),
            Form::Folder => self.folder(kept, each),
            Form::Mail => self.mail(kept, each),
            Form::Mbox(file) => self.mbox(&**file, kept, each),
            Form::Tar(file) => self.tar(&**file, kept, each),
        }
    }

    /// Reads a message again. What it is shows whether it is still the same.
    pub fn read(&self, place: &Position, sink: Sink<'_>) -> Result<Reread, Error> {
        match (&place.0, &self.form) {
            (At::File(path), _) => Ok(self.file(path, sink)?.0),
            (At::Part(part), Form::Mbox(file)) => {
                super::mbox::read(&**file, *part, &self.path, &self.cancel, sink)
            }
            (At::Octets(from, len), Form::Tar(file)) => self.octets(&**file, *from, *len, sink),
            _ => Err(Error::Missing { path: self.path.clone() }),
        }
    }
}

/// The file as it was before zstd packed it.
#[cfg(feature = "zstd")]
fn unpacked(file: Box<dyn File>, path: &Path, cancel: &Cancel) -> Result<Box<dyn File>, Error> {
    let mut start = [0; ZSTD.len()];
    let read = file.fill(&mut start, 0);
    if read.map_err(Error::io("read", path))? < start.len() || start != ZSTD {
        return Ok(file);
    }
    match packed::Packed::open(file, cancel) {
        Ok(packed) => Ok(Box::new(packed)),
        Err(_) => {
            cancel.check()?;
            Err(Error::NoSource { path: path.into(), reason: "it is packed by zstd, and damaged" })
        }
    }
}

#[cfg(not(feature = "zstd"))]
fn unpacked(file: Box<dyn File>, _: &Path, _: &Cancel) -> Result<Box<dyn File>, Error> {
    Ok(file)
}

fn look(path: &Path, cancel: &Cancel, disk: &dyn Disk) -> Result<Form, Error> {
    let nothing = || Error::NoSource { path: path.into(), reason: "there is nothing" };
    let no_source = |reason| Error::NoSource { path: path.into(), reason };
    // A folder may be behind a link.
    match disk.hold(&path.join(".")) {
        Ok(facts) if facts.kind == Kind::Dir => {
            let is_folder = |name| {
                let facts = disk.stat(&path.join(name));
                facts.is_ok_and(|facts| facts.kind == Kind::Dir)
            };
            let is_maildir = is_folder("new") && is_folder("cur");
            return Ok(if is_maildir { Form::Maildir } else { Form::Folder });
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(nothing()),
        Err(error) if error.kind() != ErrorKind::NotADirectory => {
            return Err(Error::io("open", path)(error));
        }
        _ => {}
    }
    let file = disk.open(path, Open::Read);
    let file = file.map_err(Error::io("open", path))?;
    let facts = file.stat().map_err(Error::io("look at", path))?;
    if facts.kind != Kind::File {
        return Err(no_source("it is neither a file nor a folder"));
    }
    if path.file_name().is_some_and(|name| is_eml(name.as_bytes())) {
        return Ok(Form::Mail);
    }
    let mut block = [0; BLOCK];
    let file = unpacked(file, path, cancel)?;
    let read = file.fill(&mut block, 0);
    let start = &block[..read.map_err(Error::io("read", path))?];
    if start.is_empty() || start.starts_with(b"From ") {
        return Ok(Form::Mbox(file));
    }
    // A tar without anything in it is made of empty blocks.
    let blank = start == [0; BLOCK];
    if start.len() == BLOCK && (blank || ustar::parse(&block).is_some()) {
        return Ok(Form::Tar(file));
    }
    let packed = PACKED.iter().find(|(magic, _)| start.starts_with(magic));
    Err(no_source(
        packed.map_or("it is no Maildir, mbox, tar or folder of .eml files", |(_, reason)| reason),
    ))
}

/// Returns whether a path within a source is that of a message: a file that
/// ends with `.eml`, or is in a folder `new` or `cur`. Nothing hidden is.
fn is_mail(path: &[u8]) -> bool {
    let mut parts = path.split(|byte| *byte == b'/').rev();
    let name = parts.next().unwrap_or_default();
    let folder = parts.next().unwrap_or_default();
    is_eml(name) || folder == b"new" || folder == b"cur"
}

fn is_eml(name: &[u8]) -> bool {
    let ending = name.len().checked_sub(4).map(|at| &name[at..]);
    ending.is_some_and(|ending| ending.eq_ignore_ascii_case(b".eml"))
}

/// Returns whether a part of a path is hidden.
fn is_hidden(path: &[u8]) -> bool {
    let mut parts = path.split(|byte| *byte == b'/');
    parts.any(|part| part.starts_with(b".") && part != b".")
}

/// What is wrong with a message whose file is named by another SHA-256, as in
/// an archive.
fn check_name(name: &str, found: Reread) -> Result<Reread, String> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.split('.').next().unwrap_or(file);
    match crate::base::Hash::parse(stem) {
        Some(hash) if hash != found.hash => {
            Err("altered: its name is the SHA-256 of something else".to_owned())
        }
        _ => Ok(found),
    }
}

impl Aside {
    fn leave_out(&mut self, name: &str) {
        self.left_out += 1;
        if self.example.is_none() {
            self.example = Some(name.to_owned());
        }
    }
}
