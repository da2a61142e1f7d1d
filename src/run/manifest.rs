//! A manifest: what is stored, each with its SHA-256, by which a copy is proved
//! without ledger and account.

mod check;
mod lines;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::Error;
use crate::base::{Class, Hash, Receipt, Uid, counted, rfc3339, sanitized};
use crate::disk::{Disk, File, class_at_opening};
use crate::ledger::Stored;
use crate::store;

pub use check::{CheckJob, check};
pub use lines::Form;

/// Octets written at once.
const PIECE: usize = 64 * 1024;

/// A manifest that is being written beside the one that it will replace.
#[derive(Debug)]
pub struct Manifest {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    new: PathBuf,
    form: Form,
    file: Box<dyn File>,
    buffer: Vec<u8>,
    /// Files that are listed: one may be several messages.
    listed: HashSet<Box<str>>,
    /// Messages.
    added: u64,
    /// The first failure; nothing is written after it.
    failed: Option<Error>,
    done: bool,
}

/// One object of the other form.
#[derive(Debug, Serialize)]
struct Row<'m> {
    path: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<u64>,
    sha256: Hash,
    uid: &'m Uid,
    size: Option<u64>,
    first_seen: Option<String>,
}

impl Manifest {
    /// Begins one. What `path` holds stays until [`Manifest::finish`].
    pub fn create(path: &Path, form: Form, disk: &Arc<dyn Disk>) -> Result<Self, Error> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        // What a killed run left.
        let _ = disk.remove(&new);
        let file = disk.create(&new).map_err(|source| Error::Manifest {
            step: "create",
            path: path.into(),
            class: class_at_opening(&source),
            source,
        })?;
        Ok(Self {
            disk: Arc::clone(disk),
            path: path.into(),
            new,
            form,
            file,
            buffer: Vec::new(),
            listed: HashSet::new(),
            added: 0,
            failed: None,
            done: false,
        })
    }

    /// Lists a message that is intact at this place.
    pub(super) fn add(&mut self, stored: &Stored, at: &Receipt) {
        self.added += 1;
        match self.form {
            Form::Sums => {
                if let Some(path) = store::file_of(at)
                    && self.listed.insert(path.into())
                {
                    lines::write_sum(path, stored.hash, &mut self.buffer);
                }
            }
            Form::Rows => {
                let mut numbers = at.words.iter().map(|word| word.parse().ok());
                let mbox = Path::new(&at.target.address).file_name();
                let mbox = mbox.unwrap_or_default().to_string_lossy();
                let (path, offset, length) = match store::file_of(at) {
                    Some(path) => (path, None, None),
                    None => (&*mbox, numbers.next().flatten(), numbers.next().flatten()),
                };
                let row = Row {
                    path,
                    offset,
                    length,
                    sha256: stored.hash,
                    uid: &stored.uid,
                    size: stored.size,
                    first_seen: rfc3339(stored.first_seen),
                };
                // Nothing in a row can fail to be JSON.
                if serde_json::to_writer(&mut self.buffer, &row).is_ok() {
                    self.buffer.push(b'\n');
                }
            }
        }
        if self.buffer.len() >= PIECE && self.failed.is_none() {
            self.failed = self.flush().err();
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        let written = self.file.write_all(&self.buffer);
        self.buffer.clear();
        written.map_err(|source| failed("write", &self.path, source))
    }

    /// Makes it durable, and has it take the place of the one before. Says what
    /// was written.
    pub fn finish(mut self) -> Result<String, Error> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.flush()?;
        let path = &self.path;
        let to_error = |source| failed("write", path, source);
        self.file.sync().map_err(to_error)?;
        self.disk.replace(&self.new, path).map_err(to_error)?;
        self.done = true;
        let folder = path.parent().unwrap_or(path);
        self.disk.sync_dir(folder).map_err(to_error)?;
        let lines = match self.form {
            Form::Sums => self.listed.len() as u64,
            Form::Rows => self.added,
        };
        let note = match lines < self.added {
            true => "; equal messages are one file",
            false => "",
        };
        let (lines, file) = (counted(lines, "line"), path.as_os_str().as_encoded_bytes());
        let file = sanitized(file);
        Ok(format!("{lines} written to {file}{note}"))
    }
}

impl Drop for Manifest {
    fn drop(&mut self) {
        if !self.done {
            // Should it fail, the next run removes it.
            let _ = self.disk.remove(&self.new);
        }
    }
}

fn failed(step: &'static str, path: &Path, source: std::io::Error) -> Error {
    Error::Manifest { step, path: path.into(), class: Class::Io, source }
}
