//! One record as one line of text, and back.
//!
//! ```text
//! retr-ledger 1 ACCOUNT-ID
//! CRC open [NOW] | close
//! CRC stored | found UID ORDINAL SIZE SHA256 FIRST-SEEN PLACE
//! CRC intent PATH INODE LENGTH { UID ORDINAL SIZE SHA256 FIRST-SEEN PLACE FROM-LINE }
//! CRC settled COUNT
//! CRC again UID ORDINAL SIZE
//! CRC marked | imported UID ORDINAL SIZE FIRST-SEEN
//! CRC deleted | back | forgotten UID
//! CRC listed SESSIONS NOW
//! CRC gone UID SINCE SESSION
//! CRC wanted | renewed UID COUNT
//! ```
//!
//! CRC is the CRC-32 of everything behind it, in eight hexadecimal digits;
//! UID is in the form of [`Uid::encode`], as are NAME and FROM-LINE; PATH is
//! in hexadecimal digits; SIZE may be `-`; PLACE is `file NAME` or `mbox OFFSET
//! LENGTH`. Fields are separated by one blank.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use data_encoding::HEXLOWER;

use super::{Announced, Delivered, Intent, Stored};
use crate::base::{Hash, Uid};
use crate::plan::{Change, Gone, Origin};

/// The format written here.
pub(super) const FORMAT: u64 = 1;

/// The first word of the first line.
pub(super) const MAGIC: &str = "retr-ledger";

/// Most messages of one uid. A ledger that says more is damaged.
const ORDINALS: u32 = 10_000_000;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Record {
    /// A session is going to write what it has to sync, and with its seconds
    /// since 1970, to publish messages.
    Open(Option<u64>),
    /// It ended well.
    Close,
    Stored(Stored),
    /// It stands in the store; whether it is the one on the server is not
    /// known.
    Found(Stored),
    Intent(Intent),
    /// So many of the last intent's messages are stored.
    Settled(usize),
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

impl Record {
    /// Appends the line, its LF included. Fails only for a name that no file
    /// can have.
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), super::Error> {
        let start = out.len();
        out.extend_from_slice(b"00000000 ");
        let body = out.len();
        let result = self.write_body(out);
        if result.is_err() {
            out.truncate(start);
            return result;
        }
        let crc = format!("{:08x}", crc32fast::hash(&out[body..]));
        out[start..body - 1].copy_from_slice(crc.as_bytes());
        out.push(b'\n');
        Ok(())
    }

    fn write_body(&self, out: &mut Vec<u8>) -> Result<(), super::Error> {
        match self {
            Record::Open(now) => {
                word(out, "open");
                now.iter().for_each(|now| number(out, *now));
            }
            Record::Close => word(out, "close"),
            Record::Stored(stored) => {
                word(out, "stored");
                write_stored(stored, out)?;
            }
            Record::Found(stored) => {
                word(out, "found");
                write_stored(stored, out)?;
            }
            Record::Intent(intent) => {
                word(out, "intent");
                word(out, &HEXLOWER.encode(intent.path.as_os_str().as_bytes()));
                number(out, intent.ino);
                number(out, intent.len);
                for message in &intent.messages {
                    write_stored(&message.stored, out)?;
                    text(out, &message.from_line)?;
                }
            }
            Record::Settled(count) => {
                word(out, "settled");
                number(out, *count as u64);
            }
            Record::Change(change) => write_change(change, out),
        }
        Ok(())
    }

    /// Reads a line without its LF.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Bad> {
        let (crc, body) = line.split_at_checked(9).ok_or(Bad::Checksum)?;
        if crc[8] != b' ' || parse_crc(&crc[..8]) != Some(crc32fast::hash(body)) {
            return Err(Bad::Checksum);
        }
        let body = std::str::from_utf8(body).map_err(|_| Bad::Meaning)?;
        let mut fields = Fields {
            rest: body.split(' ').peekable(),
        };
        fields
            .record()
            .filter(|_| fields.rest.next().is_none())
            .ok_or(Bad::Meaning)
    }
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

/// A text of the same limits as a uid's, in the same form.
fn text(out: &mut Vec<u8>, text: &str) -> Result<(), super::Error> {
    let text = Uid::new(text.as_bytes()).ok_or(super::Error::Unrecordable)?;
    word(out, &text.encode());
    Ok(())
}

fn write_stored(stored: &Stored, out: &mut Vec<u8>) -> Result<(), super::Error> {
    word(out, &stored.uid.encode());
    number(out, u64::from(stored.ordinal));
    size(out, stored.size);
    word(out, &stored.hash.to_string());
    number(out, stored.first_seen);
    match &stored.place {
        Delivered::File(name) => {
            word(out, "file");
            text(out, name)?;
        }
        Delivered::Range { offset, length } => {
            word(out, "mbox");
            number(out, *offset);
            number(out, *length);
        }
    }
    Ok(())
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
        Change::Listed { sessions, now } => {
            word(out, "listed");
            number(out, *sessions);
            number(out, *now);
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
        Change::Forgotten(uid) => named("forgotten", uid),
    }
}

/// Whether a word means itself, as nearly all do; there may be a million.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && !word.as_bytes().contains(&b'%')
}

/// The fields of a line, one after the other; `None` ends the reading.
struct Fields<'l> {
    rest: std::iter::Peekable<std::str::Split<'l, char>>,
}

impl Fields<'_> {
    fn record(&mut self) -> Option<Record> {
        let change = match self.rest.next()? {
            "open" if self.rest.peek().is_none() => return Some(Record::Open(None)),
            "open" => return self.number().map(|now| Record::Open(Some(now))),
            "close" => return Some(Record::Close),
            "stored" => return self.stored().map(Record::Stored),
            "found" => return self.stored().map(Record::Found),
            "intent" => return self.intent().map(Record::Intent),
            "settled" => return Some(Record::Settled(usize::try_from(self.number()?).ok()?)),
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
            "forgotten" => Change::Forgotten(self.uid()?),
            _ => return None,
        };
        Some(Record::Change(change))
    }

    fn stored(&mut self) -> Option<Stored> {
        Some(Stored {
            uid: self.uid()?,
            ordinal: self.ordinal()?,
            size: self.size()?,
            hash: self.hash()?,
            first_seen: self.number()?,
            place: match self.rest.next()? {
                "file" => Delivered::File(self.text()?),
                "mbox" => Delivered::Range {
                    offset: self.number()?,
                    length: self.number()?,
                },
                _ => return None,
            },
        })
    }

    fn intent(&mut self) -> Option<Intent> {
        let mut intent = Intent {
            path: self.path()?,
            ino: self.number()?,
            len: self.number()?,
            messages: Vec::new(),
        };
        while self.rest.peek().is_some() {
            intent.messages.push(Announced {
                stored: self.stored()?,
                from_line: self.text()?,
            });
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
        match is_plain(word) {
            true => Uid::new(word.as_bytes()),
            false => Uid::decode(word),
        }
    }

    fn text(&mut self) -> Option<String> {
        let word = self.rest.next()?;
        match is_plain(word) {
            true => Some(word.to_owned()),
            false => String::from_utf8(Uid::decode(word)?.as_bytes().to_vec()).ok(),
        }
    }

    fn path(&mut self) -> Option<PathBuf> {
        let bytes = HEXLOWER.decode(self.rest.next()?.as_bytes()).ok()?;
        Some(OsString::from_vec(bytes).into())
    }

    fn hash(&mut self) -> Option<Hash> {
        let hex = self.rest.next()?.as_bytes();
        let mut hash = Hash([0; 32]);
        let is_whole = hex.len() == 2 * hash.0.len();
        (is_whole && HEXLOWER.decode_mut(hex, &mut hash.0).is_ok()).then_some(hash)
    }

    fn number(&mut self) -> Option<u64> {
        self.rest.next()?.parse().ok()
    }

    fn ordinal(&mut self) -> Option<u32> {
        let number = u32::try_from(self.number()?).ok()?;
        (number <= ORDINALS).then_some(number)
    }

    fn size(&mut self) -> Option<Option<u64>> {
        match self.rest.next()? {
            "-" => Some(None),
            size => size.parse().ok().map(Some),
        }
    }
}
