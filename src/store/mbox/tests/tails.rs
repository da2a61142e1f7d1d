//! What is at the end of an mbox before, and after an interrupted append.

use std::sync::Arc;

use super::super::Part;
use super::*;
use crate::base::TargetName;

const FOREIGN: &[u8] = b"From a@a Thu Jan  1 00:00:00 1970\nX: y\n\nbody\n\n";
const STRANGER: &[u8] = b"From b@b Fri Jan  2 10:11:12 1970\n\nhi\n\n";

// Case 95, fault 51.
#[test]
fn a_foreign_tail_is_mended() {
    for (before, mend) in [
        (&b""[..], &b""[..]),
        (b"\n", b"\n"),
        (b"\n\n", b""),
        (b"From a", b"\n\n"),
        (b"From a\n\nx", b"\n\n"),
        (b"From a\n\nx\n", b"\n"),
        (b"From a\n\nx\n\n", b""),
        (b"From a\n\nx\r\n", b"\n"),
    ] {
        let disk = disk();
        disk.put("/m/box", before);
        let store = opened(&disk).expect("opened");
        let mut prepared = locked(&*store);
        let note = prepared.note().expect("an mbox has one");
        assert_eq!(note.words[1], before.len().to_string());
        let first = Part::of(&note.messages[0].receipt).expect("a part");
        assert_eq!(first.offset, (before.len() + mend.len()) as u64);
        publish(&mut *prepared).expect("stored");
        assert_eq!(content(&disk), [before, mend, &STORED.concat()].concat());
    }
}

#[test]
fn the_note_tells_what_is_to_come() {
    let (disk, note) = noted();
    let mut offset = FOREIGN.len() as u64;
    for (pending, stored) in note.messages.iter().zip(STORED) {
        let length = stored.len() as u64;
        assert_eq!(Part::of(&pending.receipt), Some(Part { offset, length }));
        let from_line = format!("{}\n", pending.words[0]);
        assert!(stored.starts_with(from_line.as_bytes()));
        offset += length;
    }
    assert_eq!(note.messages[0].hash, hash(MESSAGES[0]));
    assert_eq!(note.messages.len(), 3);
    assert_eq!(content(&disk), FOREIGN, "nothing is written yet");
}

/// The note of a run that is killed before it writes.
fn note(disk: &CrashDisk) -> Note {
    let store = opened(disk).expect("opened");
    locked(&*store).note().expect("an mbox has one")
}

/// The same behind [`FOREIGN`].
fn noted() -> (CrashDisk, Note) {
    let disk = disk();
    disk.put("/m/box", FOREIGN);
    let note = note(&disk);
    (disk, note)
}

/// What is found, and left, when this stands behind [`FOREIGN`].
fn recover(tail: &[u8]) -> (usize, bool, Vec<u8>) {
    let (disk, note) = noted();
    disk.put("/m/box", &[FOREIGN, tail].concat());
    let recovered = recovered(&disk, &note);
    let left = content(&disk);
    let left = left.strip_prefix(FOREIGN).expect("what was before stays");
    (recovered.whole, recovered.left_alone, left.to_vec())
}

#[test]
fn a_tail_cut_anywhere_keeps_its_whole_messages() {
    let all = STORED.concat();
    let ends = [0, 1, 2, 3].map(|count| STORED[..count].concat().len());
    for cut in 0..=all.len() {
        let whole = ends.iter().filter(|end| **end <= cut).count() - 1;
        let expected = (whole, false, all[..ends[whole]].to_vec());
        assert_eq!(recover(&all[..cut]), expected, "cut at {cut}");
        let mut zeros = all[..cut].to_vec();
        zeros.resize(all.len(), 0);
        let (found, left_alone, left) = recover(&zeros);
        assert!(!left_alone && found <= whole.max(2), "zeros from {cut}");
        assert!(all.starts_with(&left), "zeros from {cut}");
    }
}

#[test]
fn a_stranger_is_left_alone() {
    let all = STORED.concat();
    // In the place of ours: we never wrote.
    assert_eq!(recover(STRANGER), (0, true, STRANGER.to_vec()));
    let later = b"From bob@b Tue Nov 14 22:13:21 2023\n\nx\n\n";
    assert_eq!(recover(later), (0, true, later.to_vec()));
    let torn = [&all[..all.len() - 2], b"!\n\nmore\n"].concat();
    assert_eq!(recover(&torn), (2, true, torn.clone()), "it is too long");
    let tail = [&all[..40], b"\nFrom b@b\n\nhi\n\n"].concat();
    assert_eq!(recover(&tail), (0, true, tail.clone()), "it has no time");
    for cut in 1..all.len() {
        // Behind what is ours, mended, on a new line, or glued to it.
        for glue in ["\n\n", "\n", "", ">"] {
            let tail = [&all[..cut], glue.as_bytes(), STRANGER].concat();
            let (whole, left_alone, left) = recover(&tail);
            assert_eq!(left, tail, "cut at {cut}");
            // The last octet of ours is a line end that may come from glue.
            assert!(left_alone || whole == 3, "cut at {cut}");
        }
    }
    let tail = [&all, STRANGER].concat();
    assert_eq!(recover(&tail), (3, false, tail.clone()), "nothing is torn");
}

#[test]
fn without_its_from_line_a_torn_tail_is_left_alone() {
    let disk = disk();
    let mut note = note(&disk);
    for coming in &mut note.messages {
        coming.words[0].clear();
    }
    disk.put("/m/box", &STORED.concat()[..STORED[0].len() + 9]);
    let recovered = recovered(&disk, &note);
    assert_eq!((recovered.whole, recovered.left_alone), (1, true));
    assert_eq!(content(&disk).len(), STORED[0].len() + 9);
}

#[test]
fn another_file_or_a_shorter_one_is_left_alone() {
    let (disk, note) = noted();
    let left_alone = Recovered { whole: 0, left_alone: true };
    disk.put("/m/box", &FOREIGN[..FOREIGN.len() - 1]);
    assert_eq!(recovered(&disk, &note), left_alone);
    disk.put("/m/other", &[FOREIGN, STORED[0]].concat());
    disk.shift(Path::new("/m/other"), Path::new("/m/box"));
    assert_eq!(recovered(&disk, &note), left_alone);
    assert_eq!(content(&disk), [FOREIGN, STORED[0]].concat());
}

#[test]
fn the_line_ends_that_mend_go_with_a_torn_message() {
    for torn in ["", "\n", "\n\n", "\n\nFrom b", "\n\n\0\0", "\0\0\0"] {
        let disk = disk();
        disk.put("/m/box", b"From a\n\nx");
        let note = note(&disk);
        disk.put("/m/box", &[b"From a\n\nx", torn.as_bytes()].concat());
        let recovered = recovered(&disk, &note);
        assert!(recovered.whole == 0 && !recovered.left_alone, "{torn:?}");
        assert_eq!(content(&disk), b"From a\n\nx");
    }
}

#[test]
fn nothing_is_made_or_touched_where_no_such_mbox_is_any_more() {
    let (disk, note) = noted();
    disk.shift(Path::new("/m/box"), Path::new("/m/moved"));
    assert_eq!(recovered(&disk, &note), Recovered::default());
    assert_eq!(disk.files("/"), [Path::new("/m/moved")]);
    disk.create_dir(Path::new("/m/box")).expect("made");
    assert_eq!(recovered(&disk, &note), Recovered::default());
    let elsewhere = |address: &str| Note {
        target: Arc::new(TargetName { address: address.into(), ..(*note.target).clone() }),
        ..note.clone()
    };
    let within = elsewhere("/m/moved/box");
    assert_eq!(recovered(&disk, &within), Recovered::default());
    disk.link(Path::new("/m/moved"), Path::new("/m/twice")).expect("linked");
    assert!(recovered(&disk, &elsewhere("/m/twice")).left_alone);
    assert_eq!(disk.content("/m/moved").as_deref(), Some(FOREIGN));
}
