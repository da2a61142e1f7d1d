//! Messages in files of their own.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::{Aside, At, Each, Form, Position, Source, SourceItem, check_name, is_hidden, is_mail};
use crate::disk::{Kind, Open};
use crate::store::reread::{check_unchanged, hash_file};
use crate::store::{Error, Kept, Reread, Sink};

/// How deep folders may lie in one another.
const MAX_DEPTH: usize = 32;

impl Source {
    /// What readers see of a Maildir, in the order of the names. They move it
    /// from new/ to cur/, and change its name behind the colon.
    pub(super) fn maildir(&self, kept: &mut Kept, each: Each<'_>) -> Result<Aside, Error> {
        let mut walk = Walk::new(self, kept, each);
        let mut files = BTreeMap::new();
        for folder in ["new", "cur", "cur"] {
            walk.list_messages(folder, &mut files)?;
        }
        let mut moved = Vec::new();
        for (stem, path) in files {
            match self.disk.stat(&path) {
                Err(error) if error.kind() == ErrorKind::NotFound => moved.push(stem),
                _ if walk.message(&path)?.is_break() => return Ok(walk.aside),
                _ => {}
            }
        }
        if !moved.is_empty() {
            let mut files = BTreeMap::new();
            walk.list_messages("cur", &mut files)?;
            for stem in moved {
                let gone = || self.path.join("new").join(OsStr::from_bytes(&stem));
                let path = files.remove(&stem).unwrap_or_else(gone);
                if walk.message(&path)?.is_break() {
                    break;
                }
            }
        }
        Ok(walk.aside)
    }

    /// All messages in a folder and in the folders below it.
    pub(super) fn folder(&self, kept: &mut Kept, each: Each<'_>) -> Result<Aside, Error> {
        let mut walk = Walk::new(self, kept, each);
        let names = walk.list(&self.path)?;
        let _ = walk.go(&self.path, names, 1)?;
        Ok(walk.aside)
    }

    /// One message.
    pub(super) fn mail(&self, kept: &mut Kept, each: Each<'_>) -> Result<Aside, Error> {
        let mut walk = Walk::new(self, kept, each);
        let _ = walk.message(&self.path)?;
        Ok(walk.aside)
    }

    /// Hands out and hashes a file. Returns also when it was last changed.
    pub(super) fn file(&self, path: &Path, sink: Sink<'_>) -> Result<(Reread, i64), Error> {
        let file = match self.disk.open(path, Open::Read) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Error::Missing { path: path.into() });
            }
            file => file.map_err(Error::io("open", path))?,
        };
        let facts = file.stat().map_err(Error::io("look at", path))?;
        if facts.kind != Kind::File {
            return Err(Error::Missing { path: path.into() });
        }
        let go_on = || Ok(self.cancel.check()?);
        let (reread, len) = hash_file(&*file, path, facts.len, sink, go_on)?;
        // Its last name may be taken away meanwhile: that changes nothing.
        check_unchanged(&*file, path, &facts)?;
        if len != facts.len {
            return Err(Error::ChangedMeanwhile { path: path.into() });
        }
        Ok((reread, facts.modified))
    }
}

/// A walk through the folders of a source.
struct Walk<'w> {
    source: &'w Source,
    kept: &'w mut Kept,
    each: Each<'w>,
    aside: Aside,
}

impl<'w> Walk<'w> {
    fn new(source: &'w Source, kept: &'w mut Kept, each: Each<'w>) -> Self {
        Self { source, kept, each, aside: Aside::default() }
    }

    /// The names in a folder, which is held from here on, in their order.
    fn list(&self, dir: &Path) -> Result<Vec<OsString>, Error> {
        let disk = &self.source.disk;
        // The source itself is held, through a link if it is one.
        if dir != self.source.path {
            disk.hold(dir).map_err(Error::io("open", dir))?;
        }
        let mut names = disk.list(dir).map_err(Error::io("list", dir))?;
        names.sort_unstable();
        Ok(names)
    }

    /// The messages in a folder of a Maildir, by what stays of their names.
    fn list_messages(
        &self,
        folder: &str,
        files: &mut BTreeMap<Vec<u8>, PathBuf>,
    ) -> Result<(), Error> {
        let dir = self.source.path.join(folder);
        for name in self.list(&dir)? {
            let bytes = name.as_bytes();
            if !is_hidden(bytes) {
                let end = memchr::memchr(b':', bytes).unwrap_or(bytes.len());
                files.insert(bytes[..end].to_vec(), dir.join(&name));
            }
        }
        Ok(())
    }

    fn go(
        &mut self,
        dir: &Path,
        names: Vec<OsString>,
        depth: usize,
    ) -> Result<ControlFlow<()>, Error> {
        for name in names {
            self.source.cancel.check()?;
            let path = dir.join(name);
            let flow = self.visit(&path, depth)?;
            if flow.is_break() {
                return Ok(flow);
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn visit(&mut self, path: &Path, depth: usize) -> Result<ControlFlow<()>, Error> {
        let below = path.strip_prefix(&self.source.path).unwrap_or(path);
        let below = below.as_os_str().as_bytes();
        let facts = match self.source.disk.stat(path) {
            Ok(facts) => facts,
            Err(error) => return self.unread(path, Error::io("look at", path)(error)),
        };
        let mut unfit = |reason: &str| {
            let found = SourceItem::Unfit(reason.to_owned());
            Ok((self.each)(&name(self.source, path), found, self.kept))
        };
        match facts.kind {
            _ if is_hidden(below) => self.aside.leave_out(&name(self.source, path)),
            Kind::Dir if depth == MAX_DEPTH => return unfit("it lies too deep"),
            Kind::Dir => match self.list(path) {
                Ok(names) => {
                    let flow = self.go(path, names, depth + 1);
                    self.source.disk.release(path);
                    return flow;
                }
                Err(error) => return self.unread(path, error),
            },
            Kind::Link => return unfit("it is a symbolic link"),
            Kind::Other => return unfit("it is no regular file"),
            Kind::File if is_mail(below) => return self.message(path),
            Kind::File => self.aside.leave_out(&name(self.source, path)),
        }
        Ok(ControlFlow::Continue(()))
    }

    /// What cannot be read is told, and no reason to leave the others.
    fn message(&mut self, path: &Path) -> Result<ControlFlow<()>, Error> {
        let name = name(self.source, path);
        let read = self.source.file(path, &mut self.kept.sink());
        let found = match read {
            Ok((reread, modified)) => match check_name(&name, reread) {
                Ok(reread) => SourceItem::Message {
                    place: Position(At::File(path.into())),
                    reread,
                    seconds: self.seconds(path).or(u64::try_from(modified).ok()),
                },
                Err(reason) => SourceItem::Unfit(reason),
            },
            Err(Error::Missing { .. }) => {
                SourceItem::Unfit("there is no such file any more".to_owned())
            }
            Err(Error::ChangedMeanwhile { .. }) => {
                SourceItem::Unfit("it was changed while it was read".to_owned())
            }
            Err(error) => return self.unread(path, error),
        };
        Ok((self.each)(&name, found, self.kept))
    }

    /// What the name of a file says in a Maildir: its first part is a number of
    /// seconds since 1970.
    fn seconds(&self, path: &Path) -> Option<u64> {
        if !matches!(self.source.form, Form::Maildir) {
            return None;
        }
        let name = path.file_name()?.to_str()?;
        name.split_once('.')?.0.parse().ok()
    }

    fn unread(&mut self, path: &Path, error: Error) -> Result<ControlFlow<()>, Error> {
        match error {
            Error::Cancelled(_) => Err(error),
            _ => {
                let found = SourceItem::Unread(error);
                Ok((self.each)(&name(self.source, path), found, self.kept))
            }
        }
    }
}

/// What a file of a source is called.
fn name(source: &Source, path: &Path) -> String {
    let below = path.strip_prefix(&source.path).ok();
    let below = below.filter(|below| !below.as_os_str().is_empty());
    below.unwrap_or(path).to_string_lossy().into_owned()
}
