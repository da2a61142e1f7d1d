//! One record as one line of text, and back.
//!
//! ```text
//! retr-ledger 2 ACCOUNT-ID
//! CRC key ACCOUNT-ID
//! CRC target NUMBER SCHEME ADDRESS
//! CRC open [NOW] | close
//! CRC stored | found UID ORDINAL SIZE SHA256 FIRST-SEEN TARGET RECEIPT
//! CRC intent TARGET NOTE { UID ORDINAL SIZE SHA256 FIRST-SEEN TARGET RECEIPT NOTE }
//! CRC settled COUNT
//! CRC handing | returned UID ORDINAL
//! CRC again UID ORDINAL SIZE
//! CRC marked | imported UID ORDINAL SIZE FIRST-SEEN
//! CRC deleted | back | risky | forgotten UID
//! CRC listed SESSIONS NOW MESSAGES
//! CRC gone UID SINCE SESSION
//! CRC wanted | renewed UID COUNT
//! ```
//!
//! CRC is the CRC-32 of everything behind it, in eight hexadecimal digits;
//! UID is in the form of [`Uid::encode`]; SIZE and MESSAGES may be `-`; TARGET
//! is `SCHEME:NUMBER`, so that a lost target line loses no message; ADDRESS,
//! RECEIPT and NOTE are as in [`super::words`]. Fields are separated by one
//! blank.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::format1::Format1;
use super::words::{decode, decode_list, encode, encode_list};
use super::{Intent, Stored};
use crate::base::{Hash, Note, PendingAppend, Receipt, TargetName, Uid};
use crate::plan::{Change, Gone, Origin};

/// The format written here.
pub(super) const FORMAT: u64 = 2;

/// The first word of the first line.
pub(super) const MAGIC: &str = "retr-ledger";

/// Most messages of one uid. A ledger that says more is damaged.
const MAX_ORDINAL: u32 = 10_000_000;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A target has a number from here on.
    Target,
    /// Messages stand in their targets under keys of this account id.
    Key(String),
    /// A session is going to write what it has to sync, and with its seconds
    /// since 1970, to publish messages.
    Open(Option<u64>),
    /// It ended well.
    Close,
    Stored(Stored),
    /// It stands in its target; whether it is the one on the server is not
    /// known.
    Found(Stored),
    Intent(Intent),
    /// How many of the last intent's messages are stored, the first ones.
    Settled(usize),
    /// A message is about to be handed on.
    Handing(Uid, u32),
    /// It was not taken.
    Returned(Uid, u32),
    Change(Change),
}

/// Why a line is no record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bad {
    /// Its checksum is wrong or missing.
    Checksum,
    /// Its checksum is right.
    Meaning,
}

/// Writes and reads the lines of one ledger, the first one left out, in their
/// order.
#[derive(Clone, Debug, Default)]
pub(super) struct Codec {
    targets: BTreeMap<u32, Arc<TargetName>>,
    /// Reads the format of before.
    format1: Option<Format1>,
    /// Takes a target for known but for its address if its line is lost.
    is_lenient: bool,
}

impl Codec {
    /// For a ledger that may be of the format of before, and may be damaged.
    pub(super) fn new(format1: Option<Format1>, is_lenient: bool) -> Self {
        Self {
            targets: BTreeMap::new(),
            format1,
            is_lenient,
        }
    }

    /// How many targets were named so far.
    pub(super) fn targets(&self) -> usize {
        self.targets.len()
    }

    /// Whether a line names this target.
    pub(super) fn names(&self, target: &Arc<TargetName>) -> bool {
        self.number(target).is_some()
    }

    /// Appends the line, its LF included, behind the lines of targets that are
    /// named for the first time. Returns how many lines that makes.
    pub(super) fn write(&mut self, record: &Record, out: &mut Vec<u8>) -> u64 {
        let mut lines = 1;
        for target in record.targets() {
            if self.number(target).is_none() {
                let number = self.targets.keys().last().map_or(1, |last| last + 1);
                self.targets.insert(number, Arc::clone(target));
                line(out, |out| write_target(number, target, out));
                lines += 1;
            }
        }
        line(out, |out| self.write_body(record, out));
        lines
    }

    fn number(&self, target: &Arc<TargetName>) -> Option<u32> {
        let mut targets = self.targets.iter();
        let found = targets.find(|(_, known)| Arc::ptr_eq(known, target) || *known == target)?;
        Some(*found.0)
    }

    fn write_body(&self, record: &Record, out: &mut Vec<u8>) {
        match record {
            // Written where it is needed.
            Record::Target => {}
            Record::Key(account) => {
                word(out, "key");
                word(out, account);
            }
            Record::Open(now) => {
                word(out, "open");
                now.iter().for_each(|now| number(out, *now));
            }
            Record::Close => word(out, "close"),
            Record::Stored(stored) => {
                word(out, "stored");
                self.write_stored(stored, out);
            }
            Record::Found(stored) => {
                word(out, "found");
                self.write_stored(stored, out);
            }
            Record::Intent(Intent { note, messages }) => {
                word(out, "intent");
                self.write_target_number(&note.target, out);
                list(out, &note.words);
                for (stored, pending) in messages.iter().zip(&note.messages) {
                    self.write_stored(stored, out);
                    list(out, &pending.words);
                }
            }
            Record::Settled(count) => {
                word(out, "settled");
                number(out, *count as u64);
            }
            Record::Handing(uid, ordinal) => {
                word(out, "handing");
                word(out, &uid.encode());
                number(out, u64::from(*ordinal));
            }
            Record::Returned(uid, ordinal) => {
                word(out, "returned");
                word(out, &uid.encode());
                number(out, u64::from(*ordinal));
            }
            Record::Change(change) => write_change(change, out),
        }
    }

    fn write_stored(&self, stored: &Stored, out: &mut Vec<u8>) {
        word(out, &stored.uid.encode());
        number(out, u64::from(stored.ordinal));
        size(out, stored.size);
        word(out, &stored.hash.to_string());
        number(out, stored.first_seen);
        self.write_target_number(&stored.receipt.target, out);
        list(out, &stored.receipt.words);
    }

    fn write_target_number(&self, target: &Arc<TargetName>, out: &mut Vec<u8>) {
        let number = self.number(target).unwrap_or_default();
        word(out, &format!("{}:{number}", target.scheme));
    }

    /// Reads a line without its LF.
    pub(super) fn parse(&mut self, line: &[u8]) -> Result<Record, Bad> {
        let (crc, body) = line.split_at_checked(9).ok_or(Bad::Checksum)?;
        if crc[8] != b' ' || parse_crc(&crc[..8]) != Some(crc32fast::hash(body)) {
            return Err(Bad::Checksum);
        }
        let body = std::str::from_utf8(body).map_err(|_| Bad::Meaning)?;
        let mut fields = Fields {
            rest: body.split(' ').peekable(),
            codec: self,
        };
        fields
            .record()
            .filter(|_| fields.rest.next().is_none())
            .ok_or(Bad::Meaning)
    }
}

impl Record {
    /// The targets that it names.
    fn targets(&self) -> impl Iterator<Item = &Arc<TargetName>> {
        let (first, rest): (_, &[Stored]) = match self {
            Record::Stored(stored) | Record::Found(stored) => (Some(&stored.receipt.target), &[]),
            Record::Intent(intent) => (Some(&intent.note.target), &intent.messages),
            _ => (None, &[]),
        };
        first
            .into_iter()
            .chain(rest.iter().map(|stored| &stored.receipt.target))
    }
}

/// Appends a line with its checksum and its LF.
fn line(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(b"00000000 ");
    let body = out.len();
    write(out);
    let crc = format!("{:08x}", crc32fast::hash(&out[body..]));
    out[start..body - 1].copy_from_slice(crc.as_bytes());
    out.push(b'\n');
}

fn parse_crc(hex: &[u8]) -> Option<u32> {
    hex.iter().try_fold(0u32, |crc, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(crc << 4 | u32::from(value))
    })
}

fn word(out: &mut Vec<u8>, word: &str) {
    if !out.ends_with(b" ") {
        out.push(b' ');
    }
    out.extend_from_slice(word.as_bytes());
}

fn number(out: &mut Vec<u8>, number: u64) {
    // Writing to memory does not fail.
    let _ = write!(out, " {number}");
}

fn size(out: &mut Vec<u8>, size: Option<u64>) {
    match size {
        Some(size) => number(out, size),
        None => word(out, "-"),
    }
}

fn list(out: &mut Vec<u8>, texts: &[String]) {
    out.push(b' ');
    encode_list(texts, out);
}

fn write_target(number_of: u32, target: &TargetName, out: &mut Vec<u8>) {
    word(out, "target");
    number(out, u64::from(number_of));
    word(out, &target.scheme);
    out.push(b' ');
    encode(target.address.as_bytes(), out);
}

fn write_change(change: &Change, out: &mut Vec<u8>) {
    let mut named = |kind: &str, uid: &Uid| {
        word(out, kind);
        word(out, &uid.encode());
    };
    match change {
        Change::Again {
            uid,
            ordinal,
            size: octets,
        } => {
            named("again", uid);
            number(out, u64::from(*ordinal));
            size(out, *octets);
        }
        Change::Marked {
            uid,
            ordinal,
            origin,
            size: octets,
            first_seen,
        } => {
            let kind = match origin {
                Origin::Marked => "marked",
                Origin::Imported => "imported",
            };
            named(kind, uid);
            number(out, u64::from(*ordinal));
            size(out, *octets);
            number(out, *first_seen);
        }
        Change::Deleted(uid) => named("deleted", uid),
        Change::Listed {
            sessions,
            now,
            messages,
        } => {
            word(out, "listed");
            number(out, *sessions);
            number(out, *now);
            size(out, *messages);
        }
        Change::Gone(uid, gone) => {
            named("gone", uid);
            number(out, gone.since);
            number(out, gone.at_session);
        }
        Change::Back(uid) => named("back", uid),
        Change::Wanted(uid, count) => {
            named("wanted", uid);
            number(out, u64::from(*count));
        }
        Change::Renewed(uid, count) => {
            named("renewed", uid);
            number(out, u64::from(*count));
        }
        Change::Risky(uid) => named("risky", uid),
        Change::Forgotten(uid) => named("forgotten", uid),
    }
}

/// The fields of a line, one after the other; `None` ends the reading.
pub(super) struct Fields<'l> {
    pub(super) rest: std::iter::Peekable<std::str::Split<'l, char>>,
    codec: &'l mut Codec,
}

impl Fields<'_> {
    fn record(&mut self) -> Option<Record> {
        let change = match self.rest.next()? {
            "target" => return self.target().map(|()| Record::Target),
            "key" => return Some(Record::Key(self.rest.next()?.to_owned())),
            "open" if self.rest.peek().is_none() => return Some(Record::Open(None)),
            "open" => return self.number().map(|now| Record::Open(Some(now))),
            "close" => return Some(Record::Close),
            "stored" => return self.stored().map(Record::Stored),
            "found" => return self.stored().map(Record::Found),
            "intent" => return self.intent().map(Record::Intent),
            "settled" => return Some(Record::Settled(usize::try_from(self.number()?).ok()?)),
            "handing" => return Some(Record::Handing(self.uid()?, self.ordinal()?)),
            "returned" => return Some(Record::Returned(self.uid()?, self.ordinal()?)),
            "again" => Change::Again {
                uid: self.uid()?,
                ordinal: self.ordinal()?,
                size: self.size()?,
            },
            "marked" => self.marked(Origin::Marked)?,
            "imported" => self.marked(Origin::Imported)?,
            "deleted" => Change::Deleted(self.uid()?),
            "listed" => Change::Listed {
                sessions: self.number()?,
                now: self.number()?,
                messages: match self.rest.peek() {
                    Some(_) => self.size()?,
                    None => None,
                },
            },
            "gone" => {
                let uid = self.uid()?;
                let gone = Gone {
                    since: self.number()?,
                    at_session: self.number()?,
                };
                Change::Gone(uid, gone)
            }
            "back" => Change::Back(self.uid()?),
            "wanted" => Change::Wanted(self.uid()?, self.ordinal()?),
            "renewed" => Change::Renewed(self.uid()?, self.ordinal()?),
            "risky" => Change::Risky(self.uid()?),
            "forgotten" => Change::Forgotten(self.uid()?),
            _ => return None,
        };
        Some(Record::Change(change))
    }

    fn target(&mut self) -> Option<()> {
        let number = u32::try_from(self.number()?).ok()?;
        let target = TargetName {
            scheme: self.rest.next()?.to_owned(),
            address: OsString::from_vec(decode(self.rest.next()?)?),
        };
        let old = self.codec.targets.insert(number, Arc::new(target));
        (old.is_none() && number < u32::MAX).then_some(())
    }

    fn stored(&mut self) -> Option<Stored> {
        Some(Stored {
            uid: self.uid()?,
            ordinal: self.ordinal()?,
            size: self.size()?,
            hash: self.hash()?,
            first_seen: self.number()?,
            receipt: self.receipt()?,
        })
    }

    fn receipt(&mut self) -> Option<Receipt> {
        if let Some(format1) = self.codec.format1.clone() {
            return format1.receipt(self);
        }
        Some(Receipt {
            target: self.target_number()?,
            words: decode_list(self.rest.next()?)?,
        })
    }

    fn target_number(&mut self) -> Option<Arc<TargetName>> {
        let (scheme, number) = self.rest.next()?.rsplit_once(':')?;
        match self.codec.targets.get(&number.parse().ok()?) {
            Some(target) => (target.scheme == scheme).then(|| Arc::clone(target)),
            None if self.codec.is_lenient => Some(Arc::new(TargetName {
                scheme: scheme.to_owned(),
                address: OsString::new(),
            })),
            None => None,
        }
    }

    fn intent(&mut self) -> Option<Intent> {
        if let Some(format1) = self.codec.format1.clone() {
            return format1.intent(self);
        }
        let target = self.target_number()?;
        let words = decode_list(self.rest.next()?)?;
        self.announced(target, words, |fields| decode_list(fields.rest.next()?))
    }

    /// The messages of an intent, each with the target's words about it.
    pub(super) fn announced(
        &mut self,
        target: Arc<TargetName>,
        words: Vec<String>,
        words_of: fn(&mut Self) -> Option<Vec<String>>,
    ) -> Option<Intent> {
        let mut intent = Intent {
            note: Note {
                target,
                words,
                messages: Vec::new(),
            },
            messages: Vec::new(),
        };
        while self.rest.peek().is_some() {
            let stored = self.stored()?;
            intent.note.messages.push(PendingAppend {
                hash: stored.hash,
                receipt: stored.receipt.clone(),
                words: words_of(self)?,
            });
            intent.messages.push(stored);
        }
        Some(intent)
    }

    fn marked(&mut self, origin: Origin) -> Option<Change> {
        Some(Change::Marked {
            uid: self.uid()?,
            ordinal: self.ordinal()?,
            origin,
            size: self.size()?,
            first_seen: self.number()?,
        })
    }

    fn uid(&mut self) -> Option<Uid> {
        let word = self.rest.next()?;
        // Nearly all mean themselves; there may be a million.
        if word.as_bytes().contains(&b'%') {
            Uid::decode(word)
        } else {
            Uid::new(word.as_bytes())
        }
    }

    fn hash(&mut self) -> Option<Hash> {
        let hex = self.rest.next()?.as_bytes();
        let mut hash = Hash([0; 32]);
        let is_whole = hex.len() == 2 * hash.0.len();
        (is_whole && HEXLOWER.decode_mut(hex, &mut hash.0).is_ok()).then_some(hash)
    }

    pub(super) fn number(&mut self) -> Option<u64> {
        self.rest.next()?.parse().ok()
    }

    fn ordinal(&mut self) -> Option<u32> {
        let number = u32::try_from(self.number()?).ok()?;
        (number <= MAX_ORDINAL).then_some(number)
    }

    fn size(&mut self) -> Option<Option<u64>> {
        match self.rest.next()? {
            "-" => Some(None),
            size => size.parse().ok().map(Some),
        }
    }
}
