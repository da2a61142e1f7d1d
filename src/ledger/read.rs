//! Reading a ledger from its first line to its last.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::codec::Codec;
use super::format1::Format1;
use super::lock::is_there;
use super::record::{Bad, FORMAT, MAGIC, Record};
use super::{Error, Intent, Stored, guard};
use crate::base::{AccountId, TargetName, Uid, sanitized};
use crate::disk::{Disk, File, Open};
use crate::plan::{Change, Known, KnownCopy, Seen};

/// Octets read at once.
const PIECE: usize = 256 * 1024;

/// What a ledger holds.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) seen: Seen,
    /// How its lines are read and written, after the last one.
    pub(super) codec: Codec,
    /// What the format of before does not say.
    pub(super) format1: Option<Format1>,
    /// The account id in the keys of its messages, if it is another's.
    pub(super) key: Option<String>,
    /// Where the last message was stored.
    pub(super) last_target: Option<Arc<TargetName>>,
    /// An intent without its settlement.
    pub(super) unsettled: Option<Intent>,
    /// Not even its first line is there.
    pub(super) new: bool,
    /// The last session that published did not close.
    pub(super) open: bool,
    /// Seconds since 1970 of the sessions since the last close that may have
    /// published what is not recorded.
    pub(super) publishers: Vec<u64>,
    /// Lines, the first one and the bad ones included.
    pub(super) lines: u64,
    /// Octets of a torn tail.
    pub(super) torn: u64,
    /// Lines that are no records, of a damaged ledger that is read all the
    /// same.
    pub(super) lost: u64,
}

/// What to do about damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    /// Refuse, unless it is a torn tail.
    Refuse,
    /// Skip.
    Skip,
}

/// A file line by line.
pub(super) struct Lines<'f> {
    file: &'f dyn File,
    /// Where to go on reading, and where to stop.
    at: u64,
    end: u64,
    buffer: Vec<u8>,
    start: usize,
}

pub(super) struct Line<'l> {
    /// Without its LF.
    pub(super) bytes: &'l [u8],
    /// Whether it has one.
    pub(super) is_whole: bool,
}

impl<'f> Lines<'f> {
    pub(super) fn new(file: &'f LedgerFile) -> Self {
        Self { file: &*file.file, at: 0, end: file.len, buffer: Vec::new(), start: 0 }
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(found) = memchr::memchr(b'\n', &self.buffer[searched..]) {
                let line = self.start..searched + found;
                self.start = line.end + 1;
                return Ok(Some(Line { bytes: &self.buffer[line], is_whole: true }));
            }
            self.buffer.drain(..self.start);
            self.start = 0;
            searched = self.buffer.len();
            if !self.fill()? {
                self.start = searched;
                return Ok((searched > 0)
                    .then_some(Line { bytes: &self.buffer[..searched], is_whole: false }));
            }
        }
    }

    /// Reads a piece; `false` at the end.
    fn fill(&mut self) -> io::Result<bool> {
        let most = (self.end - self.at).min(PIECE as u64) as usize;
        let len = self.buffer.len();
        self.buffer.resize(len + most, 0);
        let read = self.file.read_at(&mut self.buffer[len..], self.at);
        self.buffer.truncate(len + *read.as_ref().unwrap_or(&0));
        self.at += read? as u64;
        Ok(self.buffer.len() > len)
    }
}

/// The open file of a ledger.
#[derive(Debug)]
pub(super) struct LedgerFile {
    pub(super) path: PathBuf,
    pub(super) file: Box<dyn File>,
    /// Octets of it that count; more may follow meanwhile.
    pub(super) len: u64,
}

impl LedgerFile {
    pub(super) fn open(path: &Path, how: Open, disk: &dyn Disk) -> Result<Self, Error> {
        let file = guard::open(disk, path, how)?;
        Ok(Self {
            path: path.to_owned(),
            len: file.stat().map_err(Error::io("read", path))?.len,
            file,
        })
    }
}

/// The format and the account that a ledger names in its first line, if that
/// can be read.
pub(super) fn heading(path: &Path, disk: &dyn Disk) -> Result<Option<(u64, AccountId)>, Error> {
    let file = guard::open(disk, path, Open::Read)?;
    let mut start = [0; 512];
    let read = file.read_at(&mut start, 0).map_err(Error::io("read", path))?;
    let line = start[..read].split(|octet| *octet == b'\n').next();
    let fields: Vec<&str> =
        std::str::from_utf8(line.unwrap_or_default()).unwrap_or_default().split(' ').collect();
    Ok(match fields.as_slice() {
        [MAGIC, format, account] => {
            let format = format.parse().ok();
            format.map(|format| (format, AccountId::named(account)))
        }
        _ => None,
    })
}

/// The ledger at `path`; `None` if there is none.
pub(super) fn read_existing(
    path: &Path,
    account: &str,
    damage: Damage,
    disk: &dyn Disk,
) -> Result<Option<(Loaded, LedgerFile)>, Error> {
    if !is_there(path, disk)? {
        return Ok(None);
    }
    let file = LedgerFile::open(path, Open::Read, disk)?;
    Ok(Some((load(&file, account, damage, disk)?, file)))
}

/// Reads an account's ledger. A file without a whole first line holds nothing, if what it has is the beginning of one.
pub(super) fn load(
    file: &LedgerFile,
    account: &str,
    damage: Damage,
    disk: &dyn Disk,
) -> Result<Loaded, Error> {
    let path = &*file.path;
    let mut lines = Lines::new(file);
    let mut loaded = Loaded { new: true, ..Loaded::default() };
    let mut torn_at: Option<u64> = None;
    while let Some(line) = lines.next().map_err(Error::io("read", path))? {
        loaded.lines += 1;
        let number = loaded.lines;
        let damaged = |line| Error::Damaged { path: path.to_owned(), line };
        if number == 1 {
            let format = match check_first(&line, path, account) {
                Err(Error::Damaged { .. }) if damage == Damage::Skip => {
                    loaded.lost += 1;
                    FORMAT
                }
                result => result?,
            };
            loaded.new = !line.is_whole;
            if format < FORMAT {
                loaded.format1 = path.parent().map(|dir| Format1::read(dir, disk));
            }
            loaded.codec = Codec::new(loaded.format1.clone(), damage == Damage::Skip);
            continue;
        }
        match loaded.codec.parse(line.bytes) {
            Ok(record) if line.is_whole && torn_at.is_none() => loaded.take(record, number),
            Ok(record) if line.is_whole && damage == Damage::Skip => loaded.take(record, number),
            Ok(_) if line.is_whole => return Err(damaged(torn_at.unwrap_or(number))),
            Err(Bad::Meaning) if line.is_whole && damage == Damage::Refuse => {
                return Err(damaged(torn_at.unwrap_or(number)));
            }
            _ => {
                torn_at.get_or_insert(number);
                loaded.lost += 1;
                loaded.torn += line.bytes.len() as u64 + u64::from(line.is_whole);
            }
        }
    }
    Ok(loaded)
}

/// The format, by this account's first line, or by the beginning of one if
/// there is nothing more.
fn check_first(line: &Line<'_>, path: &Path, account: &str) -> Result<u64, Error> {
    let path = path.to_owned();
    let is_part = |format| first_line(format, account).as_bytes().starts_with(line.bytes);
    if !line.is_whole {
        let format = (1..=FORMAT).rev().find(|format| is_part(*format));
        return format.ok_or(Error::Damaged { path, line: 1 });
    }
    let text = std::str::from_utf8(line.bytes).unwrap_or_default();
    let fields: Vec<&str> = text.split(' ').collect();
    let [MAGIC, format, rest @ ..] = fields.as_slice() else {
        return Err(Error::Damaged { path, line: 1 });
    };
    match (format.parse::<u64>(), rest) {
        (Ok(found), _) if found > FORMAT => Err(Error::Newer { path, found }),
        (Ok(format @ 1..), [found]) if *found == account => Ok(format),
        (Ok(1..), [found]) => {
            let found = sanitized(found.as_bytes());
            Err(Error::OtherAccount { path, found })
        }
        _ => Err(Error::Damaged { path, line: 1 }),
    }
}

/// The first line of a ledger, its LF included.
pub(super) fn first_line(format: u64, account: &str) -> String {
    format!("{MAGIC} {format} {account}\n")
}

impl Loaded {
    /// Takes in what the line of this number says.
    pub(super) fn take(&mut self, record: Record, line: u64) {
        let line = line_number(line);
        match record {
            Record::Open(now) => {
                self.open = true;
                self.publishers.extend(now);
            }
            Record::Close => {
                self.open = false;
                self.publishers.clear();
            }
            Record::Target => {}
            Record::Key(account) => self.key = Some(account),
            Record::Stored(stored) => self.store(&stored, line),
            Record::Found(stored) => self.find(&stored, line),
            Record::Intent(intent) => self.unsettled = Some(intent),
            Record::Settled(whole) => self.settle(whole, line),
            Record::Change(change) => self.apply(&change),
        }
    }

    /// Takes in that a message is stored.
    fn store(&mut self, stored: &Stored, line: u32) {
        self.seen.store(&stored.uid, stored.ordinal, stored.copy(line));
        self.remember(stored);
    }

    /// Takes in that one was found that may be another than is on the server.
    fn find(&mut self, stored: &Stored, line: u32) {
        self.seen.found(&stored.uid, stored.ordinal, stored.copy(line));
        self.remember(stored);
    }

    fn remember(&mut self, stored: &Stored) {
        if self.last_target.as_ref() != Some(&stored.receipt.target) {
            self.last_target = Some(Arc::clone(&stored.receipt.target));
        }
    }

    /// Takes in what became of the intent.
    fn settle(&mut self, whole: usize, line: u32) {
        let intent = self.unsettled.take();
        for stored in intent.iter().flat_map(|intent| &intent.messages).take(whole) {
            self.store(stored, line);
        }
    }

    fn apply(&mut self, change: &Change) {
        // What is in the store may be what the user wants anew.
        if matches!(change, Change::Forgotten(_)) {
            self.publishers.clear();
        }
        self.seen.apply(change);
    }

    /// Lines are lost that may have said that something else is there: these
    /// copies are forgotten, and what the server has is to be compared once, all
    /// of it.
    pub(super) fn doubt_all(&mut self, gone: &[(Uid, u32)]) {
        for (uid, ordinal) in gone {
            self.seen.lose(uid, *ordinal);
        }
        let doubt = |(uid, known): (&[u8], &Known)| {
            let count = known.current_count() as u32;
            Some(Change::Renewed(Uid::new(uid)?, count))
        };
        let doubts: Vec<Change> = self.seen.iter().filter_map(doubt).collect();
        doubts.iter().for_each(|change| self.seen.apply(change));
    }

    /// Hands out what is stored and not forgotten, with its place: reads the
    /// file that was loaded once more.
    pub(super) fn each_stored<E: From<Error>>(
        &self,
        file: &LedgerFile,
        each: &mut dyn FnMut(Stored) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut lines = Lines::new(file);
        let mut number = 0;
        let mut codec = Codec::new(self.format1.clone(), self.lost > 0);
        let mut announced = Vec::new();
        while let Some(line) = lines.next().map_err(Error::io("read", &file.path))? {
            number += 1;
            let messages = match codec.parse(line.bytes) {
                _ if !line.is_whole => continue,
                Ok(Record::Stored(stored) | Record::Found(stored)) => vec![stored],
                Ok(Record::Intent(intent)) => {
                    announced = intent.messages;
                    continue;
                }
                Ok(Record::Settled(whole)) => {
                    let mut messages = std::mem::take(&mut announced);
                    messages.truncate(whole);
                    messages
                }
                _ => continue,
            };
            for mut stored in messages {
                let known = self.seen.get(&stored.uid);
                let copy = known.and_then(|known| known.copy(stored.ordinal));
                if let Some(copy) = copy.filter(|copy| copy.record() == line_number(number)) {
                    stored.size = copy.size();
                    each(stored)?;
                }
            }
        }
        Ok(())
    }
}

/// As the ledger's records are numbered in memory.
fn line_number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX)
}

impl Stored {
    /// As the line with this number tells of it.
    fn copy(&self, line: u32) -> KnownCopy {
        KnownCopy::stored(self.hash, self.size, self.first_seen, line)
    }
}
