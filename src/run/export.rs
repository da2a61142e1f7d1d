//! `export`: what was stored, taken out.

use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Instant;

use crate::base::{
    Cancel, Closing, Event, Exported, Failed, MessageNumber, Observer, Receipt, Summary, sanitized,
};
use crate::ledger::{self, Snapshot, Stored};
use crate::store::export::{self, About, Export, Format};
use crate::store::{self, Archive, Finding, Kept, Target};

use super::{Account, Context, Error, Outcome};

/// Octets of a message that are kept, so that it is read once. Larger ones are
/// read twice: first to hash them, then to copy them.
pub(super) const MAX_KEPT: usize = 32 << 20;

/// Octets that are written at once.
pub(super) const PIECE: usize = 64 * 1024;

/// Octets that are worth handing over to be written while the next are read.
const MIN_BATCH: usize = 1 << 20;

/// Messages that are.
const MAX_BATCH: usize = 1024;

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
    let mut summary = Summary {
        closing: Closing::Export,
        ..Summary::default()
    };
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
    let context = &context;
    let mut writer = Writer {
        job,
        context,
        export,
        summary,
    };
    let (sender, batches) = mpsc::sync_channel(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            let archive = None;
            let reader = Reader {
                job,
                context,
                archive,
            };
            reader.run(&snapshot, sender);
        });
        // One that ends before them hangs up on the reader.
        batches.into_iter().try_for_each(|batch| {
            let mut messages = batch?.into_iter();
            messages.try_for_each(|message| writer.take(&message))
        })
    })?;
    let (wanted, left_out) = (writer.summary.listed, writer.summary.failed);
    writer.export.finish()?;
    match left_out {
        0 => Ok(()),
        left_out => Err(Error::LeftOut { left_out, wanted }),
    }
}

/// A message that was read.
struct Message {
    stored: Stored,
    /// Where it is, or why it is left out.
    found: Result<Receipt, String>,
    kept: Kept,
}

/// Some messages in their order, or why there are no more.
type Batch = Result<Vec<Message>, Error>;

/// Reads and hashes, while the batch before is written.
struct Reader<'c> {
    job: &'c ExportJob,
    context: &'c Context<'c>,
    /// Opened for the first message.
    archive: Option<Box<dyn Archive>>,
}

/// Why a reader ends early.
enum End {
    Failed(Error),
    /// Nobody takes what it reads any more.
    Unheard,
}

impl From<Error> for End {
    fn from(error: Error) -> Self {
        End::Failed(error)
    }
}

impl From<ledger::Error> for End {
    fn from(error: ledger::Error) -> Self {
        End::Failed(error.into())
    }
}

impl Reader<'_> {
    fn run(mut self, snapshot: &Snapshot, sender: SyncSender<Batch>) {
        let (mut batch, mut octets) = (Vec::new(), 0);
        let send = |batch| sender.send(Ok(batch)).map_err(|_| End::Unheard);
        let read = snapshot.stored(|stored| {
            if !self.job.seen.contains(&stored.first_seen) {
                return Ok(());
            }
            let message = self.read(stored)?;
            octets += message.kept.bytes().len();
            batch.push(message);
            if octets >= MIN_BATCH || batch.len() >= MAX_BATCH {
                octets = 0;
                send(std::mem::take(&mut batch))?;
            }
            Ok(())
        });
        if let Err(End::Failed(error)) = read.and_then(|()| send(batch)) {
            let _ = sender.send(Err(error));
        }
    }

    fn read(&mut self, stored: Stored) -> Result<Message, Error> {
        self.context.cancel.check()?;
        let mut kept = Kept::up_to(MAX_KEPT);
        let found = self.find(&stored, &mut kept)?;
        Ok(Message {
            stored,
            found,
            kept,
        })
    }

    /// Reads a message, and returns where it is, or why it is left out.
    fn find(&mut self, stored: &Stored, kept: &mut Kept) -> Result<Result<Receipt, String>, Error> {
        let target = &self.job.target;
        let Stored { receipt, hash, .. } = stored;
        if receipt.target.scheme != target.scheme().name {
            let place = sanitized(receipt.target.address.as_encoded_bytes());
            let option = &receipt.target.scheme;
            return Ok(Err(format!(
                "it was stored elsewhere: --{option} {place} exports it"
            )));
        }
        let archive = match &mut self.archive {
            Some(archive) => archive,
            None => self
                .archive
                .insert(target.archive(&self.context.reading())?),
        };
        let mut found = archive.look(receipt, *hash, kept)?;
        if !matches!(found, Finding::Intact(_)) {
            found = match archive.search(receipt, *hash, kept)? {
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
}

/// Writes what was found, and tells of it.
struct Writer<'c> {
    job: &'c ExportJob,
    context: &'c Context<'c>,
    export: Box<dyn Export + 'c>,
    summary: &'c mut Summary,
}

impl Writer<'_> {
    fn take(&mut self, message: &Message) -> Result<(), Error> {
        self.summary.listed += 1;
        let uid = message.stored.uid.clone();
        match &message.found {
            Ok(at) => {
                let file = self.write(message, at)?;
                let size = message.kept.len();
                self.summary.stored += 1;
                self.summary.bytes += size;
                self.context
                    .observer
                    .notice(&Event::Exported(Box::new(Exported {
                        uid,
                        size,
                        sha256: message.stored.hash,
                        file,
                    })));
            }
            Err(error) => {
                self.summary.failed += 1;
                let number = u32::try_from(self.summary.listed).ok();
                if let Some(number) = number.and_then(MessageNumber::new) {
                    let failed = Failed::new(number, uid, error.clone());
                    self.context.observer.notice(&Event::Failed(failed));
                }
            }
        }
        Ok(())
    }

    /// Writes a message. Returns the name of its file.
    fn write(&mut self, message: &Message, at: &Receipt) -> Result<Option<String>, Error> {
        let Message { stored, kept, .. } = message;
        let name = self.export.begin(&About {
            hash: stored.hash,
            len: kept.len(),
            seconds: stored.first_seen,
            header: header(kept.bytes()),
        })?;
        if kept.is_whole() {
            for piece in kept.bytes().chunks(PIECE) {
                self.export.write(piece)?;
            }
        } else {
            self.pour(message, at)?;
        }
        self.export.end()?;
        Ok(name)
    }

    /// Reads a large message for the second time. It was intact a moment ago;
    /// if it is not any more, part of something else was written.
    fn pour(&mut self, message: &Message, at: &Receipt) -> Result<(), Error> {
        let target = &self.job.target;
        let mut left = message.kept.len();
        let changed = || store::Error::ChangedMeanwhile {
            path: target.path().into(),
        };
        let archive = target.archive(&self.context.reading())?;
        let reread = archive.read(at, &mut |piece| {
            let rest = left.checked_sub(piece.len() as u64);
            left = rest.ok_or_else(changed)?;
            self.export.write(piece)
        })?;
        if reread.hash == message.stored.hash {
            Ok(())
        } else {
            Err(changed().into())
        }
    }
}

/// The header of a message, if this is its beginning.
fn header(bytes: &[u8]) -> &[u8] {
    let bytes = &bytes[..bytes.len().min(MAX_HEADER)];
    let end = memchr::memmem::find(bytes, b"\n\n").or(memchr::memmem::find(bytes, b"\n\r\n"));
    &bytes[..end.map_or(bytes.len(), |end| end + 1)]
}
