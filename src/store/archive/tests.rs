//! Messages that readers moved, changed and removed.

use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::disk::RealDisk;
use crate::store::testing::*;

const MESSAGES: [&[u8]; 4] = [
    b"Subject: one\n\nFrom here\n>From there\n",
    b"Subject: two\n\n\n\n",
    b"",
    b"Subject: four\n\n\0\xff\r\nlast\n",
];

fn archive(target: &Target) -> Result<Archive, Error> {
    let disk = Arc::new(RealDisk::new());
    Archive::open(target, &account(), &Cancel::new(), disk)
}

/// As the ledger has it.
fn delivered(place: &Place) -> Delivered {
    match place {
        Place::Maildir(path) => {
            let name = path.file_name().expect("a name");
            Delivered::File(name.to_string_lossy().into_owned())
        }
        Place::Mbox { offset, length, .. } => Delivered::Range {
            offset: *offset,
            length: *length,
        },
    }
}

/// Looks at all, searches what was not intact, and looks again.
fn survey(target: &Target, stored: &[(Delivered, Hash)]) -> Vec<Look> {
    let mut archive = archive(target).expect("it is there");
    let mut looks = vec![Look::Missing; stored.len()];
    for step in [Archive::look, Archive::search, Archive::look] {
        for (look, (place, hash)) in looks.iter_mut().zip(stored) {
            if !matches!(look, Look::Intact(_)) {
                *look = step(&mut archive, place, *hash).expect("looked");
            }
        }
    }
    looks
}

/// Stores messages; what the ledger would have of them.
fn store(target: &Target, home: &Path, messages: &[&[u8]]) -> Vec<(Delivered, Hash)> {
    let store = open_real(target, home).expect("opened");
    let places = deliver(&store, messages).expect("stored");
    let hashes = messages.iter().map(|message| hash(message));
    places.iter().map(delivered).zip(hashes).collect()
}

fn words(looks: &[Look]) -> Vec<&'static str> {
    looks
        .iter()
        .map(|look| match look {
            Look::Intact(_) => "intact",
            Look::Altered(_) => "altered",
            Look::Missing => "missing",
            Look::Elsewhere => "elsewhere",
        })
        .collect()
}

fn file(target: &Target, place: &Delivered) -> std::path::PathBuf {
    match (target, place) {
        (Target::Maildir(dir), Delivered::File(name)) => dir.join("new").join(name),
        _ => panic!("no file"),
    }
}

#[test]
fn a_maildir_is_read_wherever_a_reader_moved_its_messages() {
    let home = tempfile::tempdir().expect("a folder");
    let target = Target::Maildir(home.path().join("Mail"));
    let stored = store(&target, home.path(), &MESSAGES);
    assert_eq!(words(&survey(&target, &stored)), ["intact"; 4]);
    let cur = home.path().join("Mail/cur");
    let name = |at: usize| file(&target, &stored[at].0);
    let seen = cur.join(format!(
        "{}:2,FS",
        name(0).file_name().expect("a name").to_string_lossy()
    ));
    fs::rename(name(0), &seen).expect("moved");
    fs::remove_file(name(1)).expect("removed");
    fs::write(name(3), b"Subject: four\n\nother\n").expect("changed");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["intact", "missing", "intact", "altered"]);
    assert_eq!(looks[0], Look::Intact(Place::Maildir(seen)));
}

#[test]
fn a_message_that_is_moved_between_two_looks_is_found() {
    let home = tempfile::tempdir().expect("a folder");
    let target = Target::Maildir(home.path().join("Mail"));
    let stored = store(&target, home.path(), &MESSAGES[..1]);
    let mut archive = archive(&target).expect("it is there");
    let (place, hash) = &stored[0];
    let path = file(&target, place);
    let name = path.file_name().expect("a name").to_string_lossy();
    let moved = home.path().join(format!("Mail/cur/{name}:2,S"));
    fs::rename(&path, &moved).expect("moved");
    assert_eq!(archive.look(place, *hash).expect("looked"), Look::Missing);
    let found = archive.search(place, *hash).expect("searched");
    assert_eq!(found, Look::Intact(Place::Maildir(moved)));
}

#[test]
fn an_mbox_is_read_at_the_places_and_else_by_hash() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("box");
    let target = Target::Mbox(path.clone());
    let stored = store(&target, home.path(), &MESSAGES);
    assert_eq!(words(&survey(&target, &stored)), ["intact"; 4]);
    // A reader takes the first message out, and somebody appends another.
    let text = fs::read(&path).expect("read");
    let Delivered::Range { length, .. } = stored[0].0 else {
        panic!("no range");
    };
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
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("box");
    let target = Target::Mbox(path.clone());
    let stored = store(&target, home.path(), &MESSAGES);
    let text = String::from_utf8_lossy(&fs::read(&path).expect("read")).into_owned();
    fs::write(&path, text.replace("Subject: two", "Subject: TWO")).expect("changed");
    let looks = survey(&target, &stored);
    assert_eq!(&words(&looks)[..2], ["intact", "altered"]);
}

#[test]
fn of_two_equal_messages_one_is_not_enough() {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("box");
    let target = Target::Mbox(path.clone());
    let stored = store(&target, home.path(), &[MESSAGES[1], MESSAGES[1]]);
    let text = fs::read(&path).expect("read");
    fs::write(&path, &text[text.len() / 2..]).expect("cut");
    let looks = survey(&target, &stored);
    assert_eq!(words(&looks), ["intact", "missing"]);
}

#[test]
fn the_other_kind_is_elsewhere_and_nothing_is_created() {
    let home = tempfile::tempdir().expect("a folder");
    let maildir = Target::Maildir(home.path().join("Mail"));
    let mbox = Target::Mbox(home.path().join("box"));
    for (target, text) in [
        (
            &maildir,
            format!("there is no Maildir at {}/Mail", home.path().display()),
        ),
        (
            &mbox,
            format!("there is no mbox at {}/box", home.path().display()),
        ),
    ] {
        assert_eq!(archive(target).expect_err("nothing").to_string(), text);
    }
    assert_eq!(fs::read_dir(home.path()).expect("listed").count(), 0);
    let in_maildir = store(&maildir, home.path(), &MESSAGES[..1]);
    let in_mbox = store(&mbox, home.path(), &MESSAGES[..1]);
    assert_eq!(words(&survey(&mbox, &in_maildir)), ["elsewhere"]);
    assert_eq!(words(&survey(&maildir, &in_mbox)), ["elsewhere"]);
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
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("box");
        let target = Target::Mbox(path.clone());
        let messages: Vec<&[u8]> = messages.iter().map(Vec::as_slice).collect();
        let stored = store(&target, home.path(), &messages);
        // Moved by something in front of all.
        let text = fs::read(&path).expect("read");
        fs::write(&path, [&b"From a b\nmore\n\n"[..], &text].concat()).expect("moved");
        let with_lf = |message: &&[u8]| message.is_empty() || message.ends_with(b"\n");
        let looks = survey(&target, &stored);
        for (look, message) in looks.iter().zip(&messages) {
            if with_lf(message) {
                prop_assert!(matches!(look, Look::Intact(_)), "{look:?} {message:?}");
            }
        }
    }
}
