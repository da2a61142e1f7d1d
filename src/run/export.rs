//! `export`: what was stored, taken out.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use crate::base::{
    Cancel, Closing, Event, Exported, Failed, MessageNumber, Observer, Receipt, Summary, sanitized,
};
use crate::ledger::Stored;
use crate::store::export::{self, About, Export, Format};
use crate::store::{self, Archive, Finding, Kept, Target};

use super::{Account, Context, Error, Outcome};

/// Octets of a message that are kept, so that it is read once. Larger ones are
/// read twice: first to hash them, then to copy them.
pub(super) const MAX_KEPT: usize = 32 << 20;

/// Octets that are written at once.
pub(super) const PIECE: usize = 64 * 1024;

/// Octets of a header that are looked at for names.
const MAX_HEADER: usize = 64 * 1024;

/// One `export` of one account.
#[derive(Clone, Debug)]
pub struct ExportJob {
    /// Whose mail.
    pub account: Account,
    /// Where it was stored.
    pub target: Target,
    /// What becomes of it.
    pub format: Format,
    /// Pack it, if it is one file, by zstd.
    pub packs: bool,
    /// Only what was first seen in these seconds since 1970.
    pub seen: Range<u64>,
    /// Where it goes; `None` for the stream.
    pub path: Option<PathBuf>,
}

/// Copies what was stored, in the order in which it was, and announces
/// [`Event::Exported`] for each message. Each one is hashed while it is copied;
/// what is missing or altered is left out, and announced as
/// [`Event::Failed`]. `out` is the stream.
pub fn export(
    job: &ExportJob,
    out: &mut dyn Write,
    cancel: &Cancel,
    observer: &dyn Observer,
) -> Outcome {
    let started = Instant::now();
    let mut summary = Summary::default();
    let result = run(job, out, cancel, observer, &mut summary);
    Outcome::new(summary, result, started)
}

fn run(
    job: &ExportJob,
    out: &mut dyn Write,
    cancel: &Cancel,
    observer: &dyn Observer,
    summary: &mut Summary,
) -> Result<(), Error> {
    let context = Context::new(&job.account, cancel, observer);
    let snapshot = context.existing_snapshot()?;
    let export = match &job.path {
        Some(path) => export::to_path(job.format, job.packs, path, &context.disk)?,
        None => export::to_stream(job.format, job.packs, out)?,
    };
    summary.closing = Closing::Export;
    let mut copying = Copying {
        job,
        context: &context,
        archive: None,
        export,
        kept: Kept::up_to(MAX_KEPT),
        summary,
    };
    snapshot.stored(|stored| {
        if job.seen.contains(&stored.first_seen) { copying.copy(&stored) } else { Ok(()) }
    })?;
    let (wanted, left_out) = (copying.summary.listed, copying.summary.failed);
    copying.export.finish()?;
    match left_out {
        0 => Ok(()),
        left_out => Err(Error::LeftOut { left_out, wanted }),
    }
}

struct Copying<'c> {
    job: &'c ExportJob,
    context: &'c Context<'c>,
    /// Opened for the first message.
    archive: Option<Box<dyn Archive>>,
    export: Box<dyn Export + 'c>,
    kept: Kept,
    summary: &'c mut Summary,
}

impl Copying<'_> {
    fn copy(&mut self, stored: &Stored) -> Result<(), Error> {
        self.context.cancel.check()?;
        self.summary.listed += 1;
        match self.find(stored)? {
            Ok(at) => {
                let file = self.write(stored, &at)?;
                let size = self.kept.len();
                self.summary.stored += 1;
                self.summary.bytes += size;
                self.context.observer.notice(&Event::Exported(Box::new(Exported {
                    uid: stored.uid.clone(),
                    size,
                    sha256: stored.hash,
                    file,
                })));
            }
            Err(error) => {
                self.summary.failed += 1;
                let number = u32::try_from(self.summary.listed).ok();
                if let Some(number) = number.and_then(MessageNumber::new) {
                    let uid = stored.uid.clone();
                    let failed = Failed::new(number, uid, error);
                    self.context.observer.notice(&Event::Failed(failed));
                }
            }
        }
        Ok(())
    }

    /// Reads a message, and returns where it is, or why it is left out.
    fn find(&mut self, stored: &Stored) -> Result<Result<Receipt, String>, Error> {
        let target = &self.job.target;
        let Stored { receipt, hash, .. } = stored;
        if receipt.target.scheme != target.scheme().name {
            let elsewhere = store::elsewhere(&receipt.target, "exports it");
            return Ok(Err(format!("it was {elsewhere}")));
        }
        let archive = match &mut self.archive {
            Some(archive) => archive,
            None => self.archive.insert(target.archive(&self.context.reading())?),
        };
        let mut found = archive.look(receipt, *hash, &mut self.kept)?;
        if !matches!(found, Finding::Intact(_)) {
            found = match archive.search(receipt, *hash, &mut self.kept)? {
                Finding::Missing => found,
                found => found,
            };
        }
        let place = |at| sanitized(store::locate(&at).text.as_bytes());
        Ok(match found {
            Finding::Intact(at) => Ok(at),
            Finding::Altered(at) => Err(format!("altered: {}", place(at))),
            Finding::Missing => Err("missing".to_owned()),
        })
    }

    /// Writes the message that was found. Returns the name of its file.
    fn write(&mut self, stored: &Stored, at: &Receipt) -> Result<Option<String>, Error> {
        let kept = &self.kept;
        let header = header(kept.bytes());
        let name = self.export.begin(&About {
            hash: stored.hash,
            len: kept.len(),
            seconds: stored.first_seen,
            header,
        })?;
        if kept.is_whole() {
            for piece in kept.bytes().chunks(PIECE) {
                self.export.write(piece)?;
            }
        } else {
            self.pour(stored, at)?;
        }
        self.export.end()?;
        Ok(name)
    }

    /// Reads a large message for the second time. It was intact a moment ago;
    /// if it is not any more, part of something else was written.
    fn pour(&mut self, stored: &Stored, at: &Receipt) -> Result<(), Error> {
        let Some(archive) = &self.archive else {
            return Ok(());
        };
        let mut left = self.kept.len();
        let changed = || store::Error::ChangedMeanwhile { path: self.job.target.path().into() };
        let reread = archive.read(at, &mut |piece| {
            let rest = left.checked_sub(piece.len() as u64);
            left = rest.ok_or_else(changed)?;
            self.export.write(piece)
        })?;
        if reread.hash == stored.hash { Ok(()) } else { Err(changed().into()) }
    }
}

/// The header of a message, if this is its beginning.
fn header(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len().min(MAX_HEADER)];
    let end = memchr::memmem::find(bytes, b"\n\n").or(memchr::memmem::find(bytes, b"\n\r\n"));
    &bytes[..end.map_or(bytes.len(), |end| end + 1)]
}
