//! Messages in a tar. Its names say what is a message, and nothing else: no
//! file is ever made by one.

use std::ops::ControlFlow;

use super::{Aside, At, Each, Position, Source, SourceItem, check_name, is_hidden, is_mail};
use crate::disk::File;
use crate::store::reread::{CHUNK, MessageHasher, check_unchanged};
use crate::store::ustar::{BLOCK, Entry, padding, parse};
use crate::store::{Error, Kept, Reread, Sink};

/// Longest name, in octets, and its most parts.
const MAX_NAME: usize = 4096;
const MAX_PARTS: usize = 64;

/// Most octets of what pax says of an entry.
const MAX_PAX: u64 = 64 * 1024;

/// Octets behind the end of the last entry in which another is looked for, as
/// tars that were put together have it.
const MAX_BLANK: u64 = 1 << 20;

/// What entries in front of one say of it.
#[derive(Default)]
struct Said {
    name: Option<Vec<u8>>,
    len: Option<u64>,
    /// Why it cannot be had.
    refused: Option<&'static str>,
}

/// What an entry is.
enum EntryKind {
    /// A file.
    File,
    /// Nothing that has a content.
    Nothing,
    /// It says something of the next one.
    Said,
    /// What is not taken; why.
    Refused(&'static str),
}

impl Source {
    /// All messages of a tar.
    pub(super) fn tar(
        &self,
        file: &dyn File,
        kept: &mut Kept,
        each: Each<'_>,
    ) -> Result<Aside, Error> {
        let path = &self.path;
        let facts = file.stat().map_err(Error::io("look at", path))?;
        let mut aside = Aside::default();
        let mut said = Said::default();
        let (mut at, mut blank) = (0, 0);
        let ending = loop {
            self.cancel.check()?;
            let mut block = [0; BLOCK];
            let read = file.fill(&mut block, at).map_err(Error::io("read", path))?;
            if read < BLOCK || blank >= MAX_BLANK {
                let complete = read == 0 && blank > 0 || blank >= MAX_BLANK;
                break (!complete).then_some("it ends before its end mark");
            }
            if block == [0; BLOCK] {
                at += BLOCK as u64;
                blank += BLOCK as u64;
                continue;
            }
            let Some(entry) = parse(&block) else {
                break Some("what follows is no tar");
            };
            let from = at + BLOCK as u64;
            let len = said.len.unwrap_or(entry.len);
            let next = len.checked_add(padding(len) as u64).and_then(|len| from.checked_add(len));
            let Some(next) = next.filter(|_| len <= facts.len.saturating_sub(from)) else {
                break Some("it ends in the middle of a message");
            };
            (at, blank) = (next, 0);
            let turn = self.turn(file, &entry, from, &mut said)?;
            if matches!(turn, EntryKind::Said) {
                continue;
            }
            let said = std::mem::take(&mut said);
            let name = said.name.unwrap_or(entry.name);
            let shown = String::from_utf8_lossy(&name[..name.len().min(MAX_NAME)]).into_owned();
            let refused = match turn {
                EntryKind::Refused(reason) => Some(reason),
                _ => said.refused.or_else(|| refused(&name)),
            };
            let found = match (refused, turn) {
                (Some(reason), _) => SourceItem::Unfit(reason.to_owned()),
                (None, EntryKind::File) if is_mail(&name) && !is_hidden(&name) => {
                    let reread = self.octets(file, from, len, &mut kept.sink())?;
                    match check_name(&shown, reread) {
                        Ok(reread) => SourceItem::Message {
                            place: Position(At::Octets(from, len)),
                            reread,
                            seconds: entry.modified,
                        },
                        Err(reason) => SourceItem::Unfit(reason),
                    }
                }
                (None, EntryKind::File) => {
                    aside.leave_out(&shown);
                    continue;
                }
                _ => continue,
            };
            if each(&shown, found, kept).is_break() {
                return Ok(aside);
            }
        };
        if let Some(reason) = ending {
            let found = SourceItem::Unfit(format!("the tar is damaged: {reason}"));
            let _: ControlFlow<()> = each(&format!("octet {at}"), found, kept);
        }
        check_unchanged(file, path, &facts)?;
        Ok(aside)
    }

    /// Hands out and hashes a part of the tar.
    pub(super) fn octets(
        &self,
        file: &dyn File,
        from: u64,
        len: u64,
        sink: Sink<'_>,
    ) -> Result<Reread, Error> {
        let mut hasher = MessageHasher::default();
        let mut buf = vec![0; usize::try_from(len).map_or(CHUNK, |len| len.min(CHUNK))];
        let (mut at, end) = (from, from + len);
        while at < end {
            self.cancel.check()?;
            let most = usize::try_from(end - at).map_or(CHUNK, |left| left.min(CHUNK));
            let read = file.fill(&mut buf[..most], at);
            match read.map_err(Error::io("read", &self.path))? {
                0 => {
                    let path = self.path.clone();
                    return Err(Error::ChangedMeanwhile { path });
                }
                read => {
                    hasher.take(&buf[..read]);
                    sink(&buf[..read])?;
                    at += read as u64;
                }
            }
        }
        Ok(hasher.finish())
    }

    /// What is to be done with an entry. What it says of the next one is noted.
    fn turn(
        &self,
        file: &dyn File,
        entry: &Entry,
        from: u64,
        said: &mut Said,
    ) -> Result<EntryKind, Error> {
        let text = |most: u64| {
            if entry.len > most {
                return Ok(None);
            }
            let mut text = vec![0; usize::try_from(entry.len).unwrap_or_default()];
            let read = file.fill(&mut text, from).map_err(Error::io("read", &self.path))?;
            text.truncate(read);
            Ok::<_, Error>(Some(text))
        };
        Ok(match entry.kind {
            0 if entry.name.ends_with(b"/") => EntryKind::Nothing,
            0 | b'0' | b'7' => EntryKind::File,
            b'1' => EntryKind::Refused("it is a link"),
            b'2' => EntryKind::Refused("it is a symbolic link"),
            b'3' | b'4' => EntryKind::Refused("it is a device"),
            b'5' => EntryKind::Nothing,
            b'6' => EntryKind::Refused("it is a pipe"),
            // GNU's long names.
            b'L' => {
                match text(MAX_NAME as u64 + 1)? {
                    Some(name) => {
                        let end = memchr::memchr(0, &name).unwrap_or(name.len());
                        said.name = Some(name[..end].to_vec());
                    }
                    None => said.refused = Some(TOO_LONG),
                }
                EntryKind::Said
            }
            // The name that a link has for its end, and what holds for all.
            b'K' | b'g' => EntryKind::Said,
            b'x' | b'X' => {
                match text(MAX_PAX)? {
                    Some(text) => said.pax(&text),
                    None => said.refused = Some(TOO_LONG),
                }
                EntryKind::Said
            }
            _ => EntryKind::Refused("it is of a kind that is not known"),
        })
    }
}

const TOO_LONG: &str = "its name is too long";

impl Said {
    /// Records `LENGTH KEY=VALUE\n` of pax (POSIX.1-2001).
    fn pax(&mut self, text: &[u8]) {
        let mut rest = text;
        while !rest.is_empty() {
            let Some((record, tail)) = pax_record(rest) else {
                self.refused = Some("what is said of it makes no sense");
                return;
            };
            rest = tail;
            match record {
                (b"path", path) => self.name = Some(path.to_vec()),
                (b"size", len) => match std::str::from_utf8(len).map(str::parse) {
                    Ok(Ok(len)) => self.len = Some(len),
                    _ => self.refused = Some("its size makes no sense"),
                },
                (key, _) if key.starts_with(b"GNU.sparse.") => {
                    self.refused = Some("it has holes in it");
                }
                _ => {}
            }
        }
    }
}

/// Key and value of the first record, and what is behind it.
type Record<'t> = ((&'t [u8], &'t [u8]), &'t [u8]);

fn pax_record(text: &[u8]) -> Option<Record<'_>> {
    let space = memchr::memchr(b' ', text)?;
    let len: usize = std::str::from_utf8(&text[..space]).ok()?.parse().ok()?;
    let (record, tail) = text.split_at_checked(len)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    Some(((&record[..equals], &record[equals + 1..]), tail))
}

/// Why no entry may have a name.
fn refused(name: &[u8]) -> Option<&'static str> {
    let mut parts = name.split(|byte| *byte == b'/');
    if name.starts_with(b"/") {
        Some("its name is absolute")
    } else if parts.clone().any(|part| part == b"..") {
        Some("its name leads out of the tar")
    } else if name.len() > MAX_NAME {
        Some(TOO_LONG)
    } else if parts.nth(MAX_PARTS).is_some() {
        Some("it lies too deep")
    } else if name.is_empty() {
        Some("it has no name")
    } else {
        None
    }
}
