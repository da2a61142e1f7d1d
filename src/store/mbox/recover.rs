//! What an interrupted append left behind.

use std::io;
use std::path::Path;

use super::{CHUNK, Mbox, Part, fit, message};
use crate::base::{Hash, Note, PendingAppend};
use crate::disk::{File, Kind, Open};
use crate::store::{Error, Recovered, Setting};

/// Most places where a tail is looked at for a foreign From_ line.
const MAX_SUSPECTS: usize = 10_000;

/// What a note of an mbox says.
struct Announced<'n> {
    ino: u64,
    /// The length before.
    len: u64,
    messages: Vec<PendingMessage<'n>>,
}

/// One message of it. The first one may start a few octets behind the length:
/// line ends that mend a foreign tail.
struct PendingMessage<'n> {
    part: Part,
    hash: Hash,
    /// Without the LF, printable ASCII. Where it is not known (empty), a torn
    /// tail is left alone.
    from_line: &'n str,
}

impl<'n> Announced<'n> {
    /// `None` for a note that no mbox gave.
    fn of(note: &'n Note) -> Option<Self> {
        let [ino, len] = note.words.as_slice() else {
            return None;
        };
        let parsed = |pending: &'n PendingAppend| {
            Some(PendingMessage {
                part: Part::of(&pending.receipt)?,
                hash: pending.hash,
                from_line: pending.words.first()?,
            })
        };
        Some(Self {
            ino: ino.parse().ok()?,
            len: len.parse().ok()?,
            messages: note.messages.iter().map(parsed).collect::<Option<_>>()?,
        })
    }
}

/// Finds the whole messages of an interrupted append in the mbox that it names,
/// makes them durable, and cuts a torn one off if it is ours.
pub(super) fn recover(note: &Note, setting: &Setting) -> Result<Recovered, Error> {
    let path = Path::new(&note.target.address);
    let Some(announced) = Announced::of(note) else {
        return Ok(Recovered { left_alone: true, ..Recovered::default() });
    };
    let found = setting.disk.find(path).map_err(Error::io("look at", path))?;
    let Some(facts) = found else {
        return Ok(Recovered::default());
    };
    if fit(path, &facts).is_err() {
        return Ok(Recovered { left_alone: facts.kind == Kind::File, ..Recovered::default() });
    }
    Mbox::at(&note.target, setting)?.recover(&announced)
}

impl Mbox {
    fn recover(&self, note: &Announced<'_>) -> Result<Recovered, Error> {
        let mut hold = self.hold(Open::Append)?;
        let len = hold.facts.len;
        let mut recovered = Recovered::default();
        if hold.facts.ino != note.ino || len < note.len {
            recovered.left_alone = len > 0;
            return Ok(recovered);
        }
        let failed = |error| Error::io("read", &self.path)(error);
        for pending in &note.messages {
            let found = message(&*hold.file, pending.part, &self.path, &mut |_| Ok(()))?;
            if found.is_none_or(|found| found.hash != pending.hash) {
                break;
            }
            recovered.whole += 1;
        }
        let (whole, torn) = note.messages.split_at(recovered.whole);
        let end = whole.last().map_or(note.len, |last| last.part.end());
        if end < len && !torn.is_empty() {
            let ours = is_ours(&*hold.file, end..len, torn).map_err(failed)?;
            if ours {
                hold.file.set_len(end).map_err(Error::io("cut", &self.path))?;
            }
            recovered.left_alone = !ours;
        }
        // The run that wrote them may have been killed before it synced, or
        // its sync may have failed, and then another alone would lie.
        if !whole.is_empty() {
            hold.file.rewrite(note.len..end).map_err(Error::io("write", &self.path))?;
        }
        hold.file.sync().map_err(Error::io("sync", &self.path))?;
        Ok(recovered)
    }
}

/// Returns whether a tail holds nothing but the beginning of what was to come.
/// It must
///
/// - be no longer than that,
/// - start with the very From_ line that was to come (its sender and second
///   are ours), or with zeros, which a file system leaves where it lost what
///   was written; and
/// - hold no From_ line but those that were to come, where they were to come:
///   not at the start of a line, and not glued to a torn line either.
fn is_ours(
    file: &dyn File,
    tail: std::ops::Range<u64>,
    torn: &[PendingMessage<'_>],
) -> io::Result<bool> {
    let (Some(first), Some(last)) = (torn.first(), torn.last()) else {
        return Ok(false);
    };
    if tail.end > last.part.end() || first.part.offset < tail.start {
        return Ok(false);
    }
    // The LFs that mend a foreign tail; there are two at most.
    let mut mend = [0; 2];
    let most = (first.part.offset.min(tail.end) - tail.start) as usize;
    let Some(mend) = mend.get_mut(..most) else {
        return Ok(false);
    };
    file.fill(mend, tail.start)?;
    if mend.iter().any(|byte| !b"\n\0".contains(byte)) {
        return Ok(false);
    }
    Ok(first.part.offset >= tail.end
        || has_from_line(file, first)?
            && has_no_stranger(file, first.part.offset + 1..tail.end, torn)?)
}

/// Returns whether the From_ line that was to come is there, up to the end of
/// the file or to the zeros of what was lost.
fn has_from_line(file: &dyn File, pending: &PendingMessage<'_>) -> io::Result<bool> {
    let expected = format!("{}\n", pending.from_line);
    let mut found = vec![0; expected.len()];
    let read = file.fill(&mut found, pending.part.offset)?;
    let end = memchr::memchr(0, &found[..read]).unwrap_or(read);
    Ok(!pending.from_line.is_empty() && expected.as_bytes().starts_with(&found[..end]))
}

fn has_no_stranger(
    file: &dyn File,
    range: std::ops::Range<u64>,
    torn: &[PendingMessage<'_>],
) -> io::Result<bool> {
    const FROM: &[u8] = b"From ";
    let mut buf = vec![0; CHUNK];
    let mut at = range.start;
    let mut suspects = 0;
    while at < range.end {
        let read = file.fill(&mut buf, at)?;
        for found in memchr::memmem::find_iter(&buf[..read], FROM) {
            suspects += 1;
            let place = at + found as u64;
            let ours = match torn.iter().find(|pending| pending.part.offset == place) {
                Some(pending) => has_from_line(file, pending)?,
                None => !is_from_line(file, place)?,
            };
            if !ours || suspects > MAX_SUSPECTS {
                return Ok(false);
            }
        }
        if read < buf.len() {
            break;
        }
        at += (read + 1 - FROM.len()) as u64;
    }
    Ok(true)
}

/// Returns whether `From ` starts a line here, or looks like a From_ line that
/// was glued to a torn one: with a time of day in the rest of its line.
fn is_from_line(file: &dyn File, place: u64) -> io::Result<bool> {
    let mut text = [0; 256];
    let read = file.fill(&mut text, place - 1)?;
    let (before, rest) = text[..read].split_at(1.min(read));
    let line = rest.split(|byte| *byte == b'\n').next().unwrap_or(rest);
    let is_time =
        |five: &[u8]| five[2] == b':' && [0, 1, 3, 4].iter().all(|at| five[*at].is_ascii_digit());
    Ok(before == b"\n" || line.windows(5).any(is_time))
}
