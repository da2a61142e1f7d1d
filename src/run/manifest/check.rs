//! `verify --manifest-check`: a copy is compared with a manifest.

use std::fs;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::failed;
use super::lines::{self, Entry};
use crate::base::{
    AccountId, Cancel, Event, Hash, Integrity, Lost, Observer, Receipt, Summary, TargetName,
    Verification, Verified, sanitized,
};
use crate::disk::{Disk, RealDisk};
use crate::run::stored::{Search, Sought};
use crate::run::{Error, Outcome};
use crate::store::{self, Finding, Kept, Reading, Scheme, Target};

/// Longest line, in octets.
const MAX_LINE: u64 = 64 * 1024;

/// One check of one copy.
#[derive(Clone, Debug)]
pub struct CheckJob {
    /// The manifest. Its path is absolute.
    pub manifest: PathBuf,
    /// The copy, if it is named.
    pub target: Option<Target>,
    /// Where else it may be: the first of these folders that has what the
    /// manifest lists first.
    pub folders: Vec<PathBuf>,
    /// How much of it is read, in percent; all if not said.
    pub percent: Option<f64>,
}

/// Compares the files that a manifest lists, or some of them, with it. Announces
/// [`Event::Verified`] and [`Event::Verification`] as `verify` does.
pub fn check(job: &CheckJob, cancel: &Cancel, observer: &dyn Observer) -> Outcome {
    let started = Instant::now();
    let result = compare(job, cancel, observer);
    Outcome::new(Summary::default(), result, started)
}

fn compare(job: &CheckJob, cancel: &Cancel, observer: &dyn Observer) -> Result<(), Error> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let mut lines = Lines::open(&job.manifest)?;
    let mut entries = 0;
    while lines.next()?.is_some() {
        entries += 1;
    }
    lines.rewind()?;
    let mut sample = Sample::new(entries, job.percent);
    observer.notice(&Event::Transfer { messages: sample.needed, octets: None });
    let mut counts = Verification { by_manifest: true, ..Verification::default() };
    let mut missing = Vec::new();
    let mut each = |listed: &Listed, found: Finding, _: &Kept| {
        let (verdict, at) = listed.verdict(&found);
        counts.add(verdict);
        observer.notice(&Event::Arrived);
        let lost = || Lost {
            file: store::recorded(&listed.receipt).text,
            first_seen: None,
            date: None,
            subject: None,
            on_server: None,
        };
        let verified = Verified {
            uid: None,
            verdict,
            sha256: Some(listed.hash),
            location: at.map(store::locate),
            lost: (verdict != Integrity::Intact).then(lost),
            in_brief: false,
        };
        match verdict {
            Integrity::Missing => missing.push(verified),
            _ => observer.notice(&Event::Verified(Box::new(verified))),
        }
    };
    let mut search: Option<(Target, Search<'_, Listed>)> = None;
    while let Some((line, entry)) = lines.next()? {
        let wrong = |reason| Error::NoManifest { path: job.manifest.clone(), line, reason };
        let scheme = scheme_of(&entry).ok_or_else(|| {
            wrong("names neither a file of a Maildir or archive nor a part of an mbox")
        })?;
        let (target, search) = match &mut search {
            Some(open) => open,
            None => {
                let target = target(job, scheme, &entry)?;
                let archive = target.archive(&Reading {
                    // Nothing is asked for that only one account has.
                    account: &AccountId::new("", ""),
                    cancel,
                    disk: &disk,
                })?;
                search.insert((target, Search::new(archive, cancel, Kept::nothing())))
            }
        };
        if target.scheme().name != scheme.name {
            return Err(wrong("is of another kind of target than the one that is read"));
        }
        if sample.takes() {
            search.look(&Listed::new(entry, target.name()), &mut each)?;
        }
    }
    let Some((_, search)) = search else {
        return Err(Error::NoManifest {
            path: job.manifest.clone(),
            line: 1,
            reason: "lists nothing, nor does any other",
        });
    };
    search.finish(&mut each)?;
    let none_here = counts.missing == counts.stored;
    let first = missing.iter().find_map(|row| row.lost.as_ref());
    let first = first.map(|lost| sanitized(lost.file.as_bytes()));
    for verified in missing {
        observer.notice(&Event::Verified(Box::new(Verified { in_brief: none_here, ..verified })));
    }
    observer.notice(&Event::Verification(counts));
    match first.filter(|_| none_here) {
        Some(first) => Err(Error::NoneHere { missing: counts.missing, first }),
        None => Error::incomplete(&counts),
    }
}

/// In what kind of target a message that is listed so can be.
fn scheme_of(entry: &Entry) -> Option<&'static Scheme> {
    match entry.part {
        Some(_) if !entry.path.contains('/') => store::scheme("mbox"),
        Some(_) => None,
        None => store::scheme_of_file(&entry.path, entry.hash),
    }
}

/// The copy: the one that is named, or the folder that has what is listed
/// first.
fn target(job: &CheckJob, scheme: &'static Scheme, first: &Entry) -> Result<Target, Error> {
    if let Some(target) = &job.target {
        return Ok(target.clone());
    }
    let top = first.path.split('/').next().unwrap_or_default();
    let has_it = |folder: &&PathBuf| folder.join(top).symlink_metadata().is_ok();
    let Some(folder) = job.folders.iter().find(has_it) else {
        let path = job.folders.first().cloned().unwrap_or_default();
        let kind = scheme.noun;
        return Err(store::Error::NoStore { kind, path }.into());
    };
    Ok(match first.part {
        Some(_) => Target::new(scheme, folder.join(&first.path)),
        None => Target::new(scheme, folder),
    })
}

/// A message that is looked for.
#[derive(Clone, Debug)]
struct Listed {
    receipt: Receipt,
    hash: Hash,
}

impl Listed {
    fn new(entry: Entry, target: &Arc<TargetName>) -> Self {
        let words = match entry.part {
            Some((offset, length)) => vec![offset.to_string(), length.to_string()],
            None => vec![entry.path],
        };
        Self { receipt: Receipt { target: Arc::clone(target), words }, hash: entry.hash }
    }

    /// A reader of a Maildir may have moved and flagged it; by any other name it
    /// is another file.
    fn verdict<'f>(&self, found: &'f Finding) -> (Integrity, Option<&'f Receipt>) {
        let unchanged = |receipt| {
            let path = store::file_of(receipt)?;
            let name = path.strip_prefix("new/").or(path.strip_prefix("cur/"));
            Some(name.map_or(path, |name| name.split(':').next().unwrap_or(name)).to_owned())
        };
        match found {
            Finding::Intact(at) if unchanged(at) == unchanged(&self.receipt) => {
                (Integrity::Intact, Some(at))
            }
            Finding::Altered(at) => (Integrity::Altered, Some(at)),
            Finding::Intact(_) | Finding::Missing => (Integrity::Missing, None),
        }
    }
}

impl Sought for Listed {
    fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    fn hash(&self) -> Hash {
        self.hash
    }
}

/// The entries of a manifest, one after the other.
struct Lines<'p> {
    path: &'p Path,
    file: BufReader<fs::File>,
    line: u64,
}

impl<'p> Lines<'p> {
    fn open(path: &'p Path) -> Result<Self, Error> {
        let to_error = |source| failed("read", path, source);
        // What is no file may never end, or never begin.
        if !fs::metadata(path).map_err(to_error)?.is_file() {
            return Err(to_error(io::Error::new(
                ErrorKind::InvalidInput,
                "it is not a regular file",
            )));
        }
        Ok(Self { path, file: BufReader::new(fs::File::open(path).map_err(to_error)?), line: 0 })
    }

    fn rewind(&mut self) -> Result<(), Error> {
        self.line = 0;
        let rewound = self.file.rewind();
        rewound.map_err(|source| failed("read", self.path, source))
    }

    /// The next entry with the number of its line. Comments are none, as for
    /// sha256sum.
    fn next(&mut self) -> Result<Option<(u64, Entry)>, Error> {
        let mut line = Vec::new();
        loop {
            line.clear();
            self.line += 1;
            let mut rest = self.file.by_ref().take(MAX_LINE + 1);
            let read = rest.read_until(b'\n', &mut line);
            if read.map_err(|source| failed("read", self.path, source))? == 0 {
                return Ok(None);
            }
            let wrong =
                |reason| Error::NoManifest { path: self.path.into(), line: self.line, reason };
            if line.len() as u64 > MAX_LINE {
                return Err(wrong("is too long"));
            }
            // One that is cut in mid-line is not whole.
            let Some(line) = line.strip_suffix(b"\n") else {
                return Err(wrong("has no end: the manifest was cut off"));
            };
            if line.starts_with(b"#") {
                continue;
            }
            let line = std::str::from_utf8(line).map_err(|_| wrong("is not UTF-8"))?;
            let entry = lines::read(line).map_err(wrong)?;
            return Ok(Some((self.line, entry)));
        }
    }
}

/// Which entries are read: this many out of all, each set of them as likely as
/// any other (Knuth, The Art of Computer Programming 3.4.2, algorithm S).
struct Sample {
    left: u64,
    needed: u64,
}

impl Sample {
    fn new(entries: u64, percent: Option<f64>) -> Self {
        let needed = percent.map(|percent| (entries as f64 * percent / 100.0).ceil() as u64);
        Self { left: entries, needed: needed.unwrap_or(entries).min(entries) }
    }

    fn takes(&mut self) -> bool {
        let dice = if self.needed == self.left {
            0
        } else {
            // Without dice the first ones have to do.
            getrandom::u64().unwrap_or(0) % self.left.max(1)
        };
        let takes = dice < self.needed;
        self.left = self.left.saturating_sub(1);
        self.needed -= u64::from(takes);
        takes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_exactly_so_many() {
        for (entries, percent, needed) in
            [(0, 50.0, 0), (1, 0.1, 1), (100, 5.0, 5), (101, 5.0, 6), (7, 100.0, 7)]
        {
            let mut sample = Sample::new(entries, Some(percent));
            let taken = (0..entries).filter(|_| sample.takes()).count();
            assert_eq!(taken, needed, "{percent} of {entries}");
        }
        let mut sample = Sample::new(3, None);
        assert_eq!((0..3).filter(|_| sample.takes()).count(), 3);
    }

    #[test]
    fn each_entry_may_be_in_a_sample() {
        let mut seen = [false; 4];
        for _ in 0..200 {
            let mut sample = Sample::new(4, Some(25.0));
            seen.iter_mut().for_each(|seen| *seen |= sample.takes());
        }
        assert_eq!(seen, [true; 4]);
    }
}
