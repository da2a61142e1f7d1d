//! Stores read back, by rules written down here and not taken from the
//! program.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Maildir,
    Mbox,
    Archive,
}

impl Kind {
    pub(crate) const BOTH: [Kind; 2] = [Kind::Maildir, Kind::Mbox];

    pub(crate) const ALL: [Kind; 3] = [Kind::Maildir, Kind::Mbox, Kind::Archive];

    /// The option that names such a target.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Kind::Maildir => "--maildir",
            Kind::Mbox => "--mbox",
            Kind::Archive => "--archive",
        }
    }

    /// The messages stored there, sorted by content.
    pub(crate) fn read(self, path: &Path) -> Vec<Vec<u8>> {
        match self {
            Kind::Maildir => read_maildir(path),
            Kind::Mbox => read_mbox(path),
            Kind::Archive => read_archive(path),
        }
    }
}

/// What the files of a folder hold, sorted. One that is not there has none.
pub(crate) fn read_files(folder: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    sorted(entries.map(|entry| fs::read(entry.expect("entry").path()).expect("a file")))
}

/// The messages in `new/` and `cur/` of a Maildir, sorted by content. A
/// Maildir that is not there holds none.
fn read_maildir(dir: &Path) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for sub in ["new", "cur"] {
        let Ok(entries) = fs::read_dir(dir.join(sub)) else {
            continue;
        };
        for entry in entries {
            let entry = entry.expect("directory entry");
            // Readers don't look at these; a killed run may leave one.
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = entry.path();
            let mode = path.metadata().expect("stat").permissions().mode();
            assert_eq!(mode & 0o7777, 0o600, "{}", path.display());
            let bytes = fs::read(&path).expect("message file");
            let name = path.to_string_lossy();
            let size = name.rsplit_once(",S=").expect("a size in the name").1;
            let size = size.split(':').next().expect("a number");
            assert_eq!(size, bytes.len().to_string(), "{name}");
            messages.push(bytes);
        }
    }
    messages.sort();
    messages
}

/// The messages of an archive, sorted by content; what else there is makes the
/// test fail, but for drafts. An archive that is not there holds none.
fn read_archive(dir: &Path) -> Vec<Vec<u8>> {
    let names = |dir: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(dir).into_iter().flatten();
        entries.map(|entry| entry.expect("entry").path()).collect()
    };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().expect("a name").as_encoded_bytes();
        // Where drafts are; and what a killed run may have tried out.
        name != b"tmp" && !name.starts_with(b".")
    };
    let years = names(dir).into_iter().filter(is_ours);
    let files = years.flat_map(|year| names(&year)).flat_map(|month| names(&month));
    let mut messages: Vec<Vec<u8>> = files
        .map(|path| {
            let mode = path.metadata().expect("stat").permissions().mode();
            assert_eq!(mode & 0o7777, 0o400, "{}", path.display());
            let bytes = fs::read(&path).expect("message file");
            let hash = HEXLOWER.encode(&Sha256::digest(&bytes));
            let below = path.strip_prefix(dir).expect("it is below");
            let below = below.to_str().expect("text");
            assert_eq!(&below[8..], format!("{hash}.eml"), "{below}");
            bytes
        })
        .collect();
    messages.sort();
    messages
}

/// The messages of an mboxrd file, unquoted, sorted by content. A file that
/// is not there holds none.
fn read_mbox(path: &Path) -> Vec<Vec<u8>> {
    let Ok(bytes) = fs::read(path) else {
        return Vec::new();
    };
    let mut messages = parse_mbox(&bytes);
    messages.sort();
    messages
}

/// The messages of an mboxrd file in their order. Panics where the file is
/// torn: every message ends with a blank line that is not part of it.
fn parse_mbox(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        assert_eq!(line.last(), Some(&b'\n'), "the file ends in mid-line");
        if line.starts_with(b"From ") {
            if let Some(message) = messages.last_mut() {
                drop_closing_line(message);
            }
            messages.push(Vec::new());
            continue;
        }
        let message = messages.last_mut().expect("the file starts with From_");
        let quoted = line.strip_prefix(b">").filter(|rest| is_from(rest));
        message.extend_from_slice(quoted.unwrap_or(line));
    }
    if let Some(message) = messages.last_mut() {
        drop_closing_line(message);
    }
    messages
}

fn is_from(line: &[u8]) -> bool {
    let marks = line.iter().take_while(|&&b| b == b'>').count();
    line[marks..].starts_with(b"From ")
}

fn drop_closing_line(message: &mut Vec<u8>) {
    let closed = message.as_slice() == b"\n" || message.ends_with(b"\n\n");
    assert!(closed, "no blank line before the next From_ or the end");
    message.pop();
}

/// Sorts messages, to compare them as a multiset.
pub(crate) fn sorted<M: Into<Vec<u8>>>(messages: impl IntoIterator<Item = M>) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = messages.into_iter().map(Into::into).collect();
    messages.sort();
    messages
}

/// Fails unless both are the same multiset of messages, and says which
/// messages differ rather than print megabytes.
#[track_caller]
pub(crate) fn assert_same(actual: &[Vec<u8>], expected: &[Vec<u8>]) {
    let missing: Vec<_> = surplus(expected, actual);
    let added: Vec<_> = surplus(actual, expected);
    assert!(
        missing.is_empty() && added.is_empty(),
        "{} stored, {} expected\nmissing: {missing:#?}\nnot expected: {added:#?}",
        actual.len(),
        expected.len(),
    );
}

/// Fails unless every message is one of the expected, and none comes twice.
#[track_caller]
pub(crate) fn assert_part_of(actual: &[Vec<u8>], expected: &[Vec<u8>]) {
    let added = surplus(actual, expected);
    assert!(added.is_empty(), "partial, doubled or foreign: {added:#?}");
}

/// What the first multiset has more than the second, cut short for a message.
fn surplus(of: &[Vec<u8>], over: &[Vec<u8>]) -> Vec<String> {
    let mut rest: Vec<&Vec<u8>> = over.iter().collect();
    rest.sort();
    let mut surplus = Vec::new();
    let mut more: Vec<&Vec<u8>> = of.iter().collect();
    more.sort();
    let mut at = 0;
    for message in more {
        while at < rest.len() && rest[at] < message {
            at += 1;
        }
        if at < rest.len() && rest[at] == message {
            at += 1;
        } else {
            let start = &message[..message.len().min(300)];
            surplus.push(format!("{} octets: {}", message.len(), start.escape_ascii()));
        }
    }
    surplus
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_is_taken_apart_and_unquoted() {
        let file = b"From a Thu Jan  1 00:00:00 1970\nA: b\n\n>From x\n>>From y\n>no\n\n\
            From b Thu Jan  1 00:00:00 1970\n\n\
            From c Thu Jan  1 00:00:00 1970\n\n\n";
        let messages = parse_mbox(file);
        assert_eq!(messages, [&b"A: b\n\nFrom x\n>From y\n>no\n"[..], b"", b"\n"]);
        assert!(parse_mbox(b"").is_empty());
    }

    #[test]
    #[should_panic(expected = "mid-line")]
    fn a_torn_line_is_noticed() {
        parse_mbox(b"From a\nA: b\n\nhal");
    }

    #[test]
    #[should_panic(expected = "no blank line")]
    fn a_missing_closing_line_is_noticed() {
        parse_mbox(b"From a\nA: b\nFrom b\n\n");
    }

    #[test]
    fn multisets_are_compared_with_their_counts() {
        let one = sorted([b"a".to_vec(), b"a".to_vec(), b"b".to_vec()]);
        let two = sorted([b"b".to_vec(), b"a".to_vec()]);
        assert_eq!(surplus(&one, &two), ["1 octets: a"]);
        assert!(surplus(&two, &one).is_empty());
    }
}
