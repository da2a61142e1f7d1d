//! The fields of a line of a ledger, read one by one.

use std::ffi::OsString;
use std::iter::Peekable;
use std::os::unix::ffi::OsStringExt;
use std::str::Split;
use std::sync::Arc;

use data_encoding::HEXLOWER;

use super::format1::{self, Format1};
use super::record::Record;
use super::targets::Targets;
use super::words::{decode, decode_list};
use super::{Intent, Stored};
use crate::base::{Hash, Note, PendingAppend, Receipt, TargetName, Uid};
use crate::plan::{Change, Gone, Origin, Refusal, RuleId};

/// Most messages of one uid. A ledger that says more is damaged.
const MAX_ORDINAL: u32 = 10_000_000;

/// The fields of a line, one after the other; `None` ends the reading.
pub(super) struct Fields<'l> {
    rest: Peekable<Split<'l, char>>,
    targets: &'l mut Targets,
    format1: Option<&'l Format1>,
}

impl<'l> Fields<'l> {
    /// Those of a line behind its checksum.
    pub(super) fn new(
        body: &'l str,
        targets: &'l mut Targets,
        format1: Option<&'l Format1>,
    ) -> Self {
        Self { rest: body.split(' ').peekable(), targets, format1 }
    }

    /// All of them, as what they say.
    pub(super) fn record(mut self) -> Option<Record> {
        let record = self.first()?;
        self.rest.next().is_none().then_some(record)
    }

    fn first(&mut self) -> Option<Record> {
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
            "again" => {
                Change::Again { uid: self.uid()?, ordinal: self.ordinal()?, size: self.size()? }
            }
            "marked" => self.marked(|_| Some(Origin::Marked))?,
            "imported" => self.marked(|_| Some(Origin::Imported))?,
            "left" => self.marked(|fields| fields.rule().map(Origin::Left))?,
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
                let gone = Gone { since: self.number()?, at_session: self.number()? };
                Change::Gone(uid, gone)
            }
            "back" => Change::Back(self.uid()?),
            "wanted" => Change::Wanted(self.uid()?, self.ordinal()?),
            "renewed" => Change::Renewed(self.uid()?, self.ordinal()?),
            "risky" => Change::Risky(self.uid()?),
            "handing" => Change::Handing(self.uid()?, self.ordinal()?),
            "returned" => Change::Returned(self.uid()?, self.ordinal()?),
            "refused" => {
                let uid = self.uid()?;
                let refusal = Refusal {
                    ordinal: self.ordinal()?,
                    tries: u32::try_from(self.number()?).ok()?,
                    until: self.number()?,
                    answer: String::from_utf8(decode(self.rest.next()?)?).ok()?,
                };
                Change::Refused(uid, refusal)
            }
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
        self.targets.name(number, target)
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
        if let Some(format1) = self.format1 {
            return format1.receipt(&mut self.rest);
        }
        Some(Receipt { target: self.target_number()?, words: decode_list(self.rest.next()?)? })
    }

    fn target_number(&mut self) -> Option<Arc<TargetName>> {
        let (scheme, number) = self.rest.next()?.rsplit_once(':')?;
        self.targets.find(scheme, number.parse().ok()?)
    }

    /// A batch, and each of its messages with the target's words about it.
    fn intent(&mut self) -> Option<Intent> {
        let (target, words) = match self.format1 {
            Some(_) => format1::batch(&mut self.rest)?,
            None => (self.target_number()?, decode_list(self.rest.next()?)?),
        };
        let mut intent =
            Intent { note: Note { target, words, messages: Vec::new() }, messages: Vec::new() };
        while self.rest.peek().is_some() {
            let mut stored = self.stored()?;
            let words = match self.format1 {
                Some(_) => {
                    stored.receipt.target = Arc::clone(&intent.note.target);
                    vec![format1::text(&mut self.rest)?]
                }
                None => decode_list(self.rest.next()?)?,
            };
            intent.note.messages.push(PendingAppend {
                hash: stored.hash,
                receipt: stored.receipt.clone(),
                words,
            });
            intent.messages.push(stored);
        }
        Some(intent)
    }

    fn marked(&mut self, origin: fn(&mut Self) -> Option<Origin>) -> Option<Change> {
        Some(Change::Marked {
            uid: self.uid()?,
            ordinal: self.ordinal()?,
            size: self.size()?,
            first_seen: self.number()?,
            origin: origin(self)?,
        })
    }

    fn rule(&mut self) -> Option<RuleId> {
        let rule = HEXLOWER.decode(self.rest.next()?.as_bytes()).ok()?;
        Some(RuleId(rule.try_into().ok()?))
    }

    fn uid(&mut self) -> Option<Uid> {
        let word = self.rest.next()?;
        // Nearly all mean themselves; there may be a million.
        if word.as_bytes().contains(&b'%') { Uid::decode(word) } else { Uid::new(word.as_bytes()) }
    }

    fn hash(&mut self) -> Option<Hash> {
        let hex = self.rest.next()?.as_bytes();
        let mut hash = Hash([0; 32]);
        let whole = hex.len() == 2 * hash.0.len();
        (whole && HEXLOWER.decode_mut(hex, &mut hash.0).is_ok()).then_some(hash)
    }

    fn number(&mut self) -> Option<u64> {
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
