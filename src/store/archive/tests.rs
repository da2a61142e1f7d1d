//! Messages that readers moved, changed and removed.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::disk::RealDisk;
use crate::store::Target;
use crate::store::testing::*;

const MESSAGES: [&[u8]; 4] = [
    b"Subject: one\n\nFrom here\n>From there\n",
    b"Subject: two\n\n\n\n",
    b"",
    b"Subject: four\n\n\0\xff\r\nlast\n",
];

fn archive(target: &Target) -> Result<Box<dyn Archive>, Error> {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    target.archive(&Reading { account: &account(), cancel: &Cancel::new(), disk: &disk })
}

/// Looks at all, searches what was not intact, and looks again.
fn survey(target: &Target, stored: &[(Receipt, Hash)]) -> Vec<Finding> {
    let mut archive = archive(target).expect("it is there");
    let mut looks = vec![Finding::Missing; stored.len()];
    type Step = fn(&mut dyn Archive, &Receipt, Hash) -> Result<Finding, Error>;
    let look: Step = |archive, receipt, hash| archive.look(receipt, hash, &mut Kept::nothing());
    let search: Step = |archive, receipt, hash| archive.search(receipt, hash, &mut Kept::nothing());
    for step in [look, search, look] {
        for (look, (place, hash)) in looks.iter_mut().zip(stored) {
            if !matches!(look, Finding::Intact(_)) {
                *look = step(&mut *archive, place, *hash).expect("looked");
            }
        }
    }
    looks
}

/// Stores messages; what the ledger would have of them.
fn store(target: &Target, home: &Path, messages: &[&[u8]]) -> Vec<(Receipt, Hash)> {
    let store = open_real(target, home).expect("opened");
    let places = deliver(&*store, messages).expect("stored");
    let hashes = messages.iter().map(|message| hash(message));
    places.into_iter().zip(hashes).collect()
}

/// A message, read again.
fn read(target: &Target, receipt: &Receipt) -> Vec<u8> {
    let mut message = Vec::new();
    let mut sink = |piece: &[u8]| {
        message.extend_from_slice(piece);
        Ok(())
    };
    let archive = archive(target).expect("it is there");
    archive.read(receipt, &mut sink).expect("read");
    message
}

fn words(looks: &[Finding]) -> Vec<&'static str> {
    let word = |look: &Finding| match look {
        Finding::Intact(_) => "intact",
        Finding::Altered(_) => "altered",
        Finding::Missing => "missing",
    };
    looks.iter().map(word).collect()
}

/// An mbox with these messages: its folder, its path, and what the ledger has.
fn mbox(messages: &[&[u8]]) -> (tempfile::TempDir, PathBuf, Target, Vec<(Receipt, Hash)>) {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("box");
    let target = Target::mbox(path.clone());
    let stored = store(&target, home.path(), messages);
    (home, path, target, stored)
}

/// The same of a Maildir.
fn maildir(messages: &[&[u8]]) -> (tempfile::TempDir, Target, Vec<(Receipt, Hash)>) {
    let home = tempfile::tempdir().expect("a folder");
    let target = Target::maildir(home.path().join("Mail"));
    let stored = store(&target, home.path(), messages);
    (home, target, stored)
}

fn file(receipt: &Receipt) -> PathBuf {
    Path::new(&receipt.target.address).join(&receipt.words[0])
}

/// The receipt of the file at this path.
fn at(target: &Target, path: &Path) -> Receipt {
    let word = path.strip_prefix(target.path()).expect("a file of its");
    Receipt { target: Arc::clone(target.name()), words: vec![word.to_string_lossy().into_owned()] }
}

#[test]
fn a_maildir_is_read_wherever_a_reader_moved_its_messages() {
    let (home, target, stored) = maildir(&MESSAGES);
    assert_eq!(words(&survey(&target, &stored)), ["intact"; 4]);
    let cur = home.path().join("Mail/cur");
    let name = |at: usize| file(&stored[at].0);
    let seen = name(0).file_name().expect("a name").to_string_lossy().into_owned();
    let seen = cur.join(seen + ":2,FS");
    fs::rename(name(0), &seen).expect("moved");
    fs::remove_file(name(1)).expect("removed");
    fs::write(name(3), b"Subject: four\n\nother\n").expect("changed");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["intact", "missing", "intact", "altered"]);
    assert_eq!(looks[0], Finding::Intact(at(&target, &seen)));
}

#[test]
fn a_message_that_is_moved_between_two_looks_is_found() {
    let (home, target, stored) = maildir(&MESSAGES[..1]);
    let mut archive = archive(&target).expect("it is there");
    let mut kept = Kept::up_to(100);
    let (place, hash) = &stored[0];
    let path = file(place);
    let name = path.file_name().expect("a name").to_string_lossy();
    let moved = home.path().join(format!("Mail/cur/{name}:2,S"));
    fs::rename(&path, &moved).expect("moved");
    let looked = archive.look(place, *hash, &mut Kept::nothing());
    assert_eq!(looked.expect("looked"), Finding::Missing);
    let found = archive.search(place, *hash, &mut kept).expect("searched");
    assert_eq!(found, Finding::Intact(at(&target, &moved)));
    assert_eq!(kept.bytes(), MESSAGES[0]);
}

#[test]
fn an_mbox_is_read_at_the_places_and_else_by_hash() {
    let (_home, path, target, stored) = mbox(&MESSAGES);
    assert_eq!(words(&survey(&target, &stored)), ["intact"; 4]);
    // A reader takes the first message out, and somebody appends another.
    let text = fs::read(&path).expect("read");
    let length: u64 = stored[0].0.words[1].parse().expect("a length");
    let cut = [&text[length as usize..], b"From x Thu\nA: b\n\nFrom y\n"].concat();
    fs::write(&path, &cut).expect("cut");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["missing", "intact", "intact", "intact"]);
    // One octet of the last message.
    let at = memchr::memmem::find(&cut, b"last").expect("it is there");
    let mut changed = cut.clone();
    changed[at] ^= 1;
    fs::write(&path, &changed).expect("changed");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["missing", "intact", "intact", "missing"]);
}

#[test]
fn one_that_was_changed_in_its_place_is_altered() {
    let (_home, path, target, stored) = mbox(&MESSAGES);
    let text = String::from_utf8_lossy(&fs::read(&path).expect("read")).into_owned();
    fs::write(&path, text.replace("Subject: two", "Subject: TWO")).expect("changed");
    let looks = survey(&target, &stored);
    assert_eq!(&words(&looks)[..2], ["intact", "altered"]);
}

#[test]
fn of_two_equal_messages_one_is_not_enough() {
    let (_home, path, target, stored) = mbox(&[MESSAGES[1], MESSAGES[1]]);
    let text = fs::read(&path).expect("read");
    fs::write(&path, &text[text.len() / 2..]).expect("cut");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["intact", "missing"]);
}

#[test]
fn where_nothing_is_nothing_is_created() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("x");
    for (target, what) in [(Target::maildir(&path), "Maildir"), (Target::mbox(&path), "mbox")] {
        let text = format!("there is no {what} at {}", path.display());
        assert_eq!(archive(&target).expect_err("nothing").to_string(), text);
    }
    assert_eq!(names(home.path()), [""; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever is appended, the scan finds it at the same place.
    #[test]
    fn every_message_of_an_mbox_is_found_by_its_hash(
        messages in proptest::collection::vec(
            proptest::collection::vec(
                proptest::sample::select(vec![&b"From "[..], b">", b"\n", b"\n\n", b"x", b"\r\n"]),
                0..12,
            ).prop_map(|parts| parts.concat()),
            1..6,
        ),
    ) {
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let (_home, path, target, stored) = mbox(&messages);
        // Moved by something in front of all.
        let text = fs::read(&path).expect("read");
        fs::write(&path, [&b"From a b\nmore\n\n"[..], &text].concat()).expect("moved");
        let with_lf = |message: &&[u8]| message.is_empty() || message.ends_with(b"\n");
        let looks = survey(&target, &stored);
        for (look, message) in looks.iter().zip(&messages) {
            if with_lf(message) {
                let Finding::Intact(receipt) = look else {
                    panic!("{look:?} {message:?}");
                };
                prop_assert_eq!(&read(&target, receipt), message);
            }
        }
    }
}
