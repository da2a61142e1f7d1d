//! One record as one line of text, and back.

use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::fields::Fields;
use super::format1::Format1;
use super::record::{Bad, Record};
use super::targets::Targets;
use super::words::{encode, encode_list};
use super::{Intent, Stored};
use crate::base::{TargetName, Uid};
use crate::plan::{Change, Origin, RuleId};

/// Writes and reads the lines of one ledger, the first one left out, in their
/// order.
#[derive(Clone, Debug, Default)]
pub(super) struct Codec {
    targets: Targets,
    /// Reads the format of before.
    format1: Option<Format1>,
}

impl Codec {
    /// For a ledger that may be of the format of before, and may be damaged.
    pub(super) fn new(format1: Option<Format1>, lenient: bool) -> Self {
        Self { targets: Targets::lenient(lenient), format1 }
    }

    /// How many targets were named so far.
    pub(super) fn targets(&self) -> usize {
        self.targets.len()
    }

    /// Returns whether a line names this target.
    pub(super) fn names(&self, target: &Arc<TargetName>) -> bool {
        self.targets.number(target).is_some()
    }

    /// Appends the line, its LF included, behind the lines of targets that are
    /// named for the first time. Returns how many lines that makes.
    pub(super) fn write(&mut self, record: &Record, out: &mut Vec<u8>) -> u64 {
        let mut lines = 1;
        for target in record.targets() {
            if self.targets.number(target).is_none() {
                let number = self.targets.add(target);
                line(out, |out| write_target(number, target, out));
                lines += 1;
            }
        }
        line(out, |out| self.write_body(record, out));
        lines
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
        let number = self.targets.number(target).unwrap_or_default();
        word(out, &format!("{}:{number}", target.scheme));
    }

    pub(super) fn parse(&mut self, line: &[u8]) -> Result<Record, Bad> {
        let (crc, body) = line.split_at_checked(9).ok_or(Bad::Checksum)?;
        if crc[8] != b' ' || parse_crc(&crc[..8]) != Some(crc32fast::hash(body)) {
            return Err(Bad::Checksum);
        }
        let body = std::str::from_utf8(body).map_err(|_| Bad::Meaning)?;
        Fields::new(body, &mut self.targets, self.format1.as_ref()).record().ok_or(Bad::Meaning)
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
        Change::Again { uid, ordinal, size: octets } => {
            named("again", uid);
            number(out, u64::from(*ordinal));
            size(out, *octets);
        }
        Change::Marked { uid, ordinal, origin, size: octets, first_seen } => {
            let kind = match origin {
                Origin::Marked => "marked",
                Origin::Imported => "imported",
                Origin::Left(_) => "left",
            };
            named(kind, uid);
            number(out, u64::from(*ordinal));
            size(out, *octets);
            number(out, *first_seen);
            if let Origin::Left(RuleId(rule)) = origin {
                word(out, &HEXLOWER.encode(rule));
            }
        }
        Change::Deleted(uid) => named("deleted", uid),
        Change::Listed { sessions, now, messages } => {
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
        Change::Handing(uid, ordinal) => {
            named("handing", uid);
            number(out, u64::from(*ordinal));
        }
        Change::Returned(uid, ordinal) => {
            named("returned", uid);
            number(out, u64::from(*ordinal));
        }
        Change::Refused(uid, refusal) => {
            named("refused", uid);
            number(out, u64::from(refusal.ordinal));
            number(out, u64::from(refusal.tries));
            number(out, refusal.until);
            out.push(b' ');
            encode(refusal.answer.as_bytes(), out);
        }
        Change::Forgotten(uid) => named("forgotten", uid),
    }
}
