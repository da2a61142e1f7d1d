//! What an export leaves, done or not.

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::base::Class;
use crate::disk::RealDisk;
use crate::store::testing::{hash, names};

const FORMS: [Format; 4] = [Format::Mboxrd, Format::Maildir, Format::Eml, Format::Tar];

fn disk() -> Arc<dyn Disk> {
    Arc::new(RealDisk::new())
}

fn add(export: &mut dyn Export, message: &[u8]) -> Option<String> {
    let name = export.begin(&About {
        hash: hash(message),
        len: message.len() as u64,
        seconds: 1_700_000_000,
        header: message,
    });
    export.write(message).expect("written");
    export.end().expect("ended");
    name.expect("begun")
}

fn begin(format: Format, path: &Path) -> Result<Box<dyn Export>, Error> {
    to_path(format, false, path, &disk())
}

/// A path that nothing is at, in a folder of its own.
fn out() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("out");
    (home, path)
}

/// One message, taken out.
fn export_one(format: Format, path: &Path, message: &[u8]) {
    let mut export = begin(format, path).expect("begun");
    add(&mut *export, message);
    export.finish().expect("finished");
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, class: Class) {
    let error = result.expect_err("refused");
    assert_eq!(error.class(), class, "{error}");
}

fn copy(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).expect("copied");
        return;
    }
    fs::create_dir(to).expect("made");
    for name in names(from) {
        copy(&from.join(&name), &to.join(&name));
    }
}

#[test]
fn nothing_is_seen_before_it_is_done_and_nothing_stays_of_what_is_not() {
    for format in FORMS {
        let (home, path) = out();
        let mut export = begin(format, &path).expect("begun");
        add(&mut *export, b"S: 1\n\n");
        assert_eq!(names(home.path()), [".out.retr-part"], "{format:?}");
        drop(export);
        assert_eq!(names(home.path()), [""; 0], "{format:?}");
        export_one(format, &path, b"S: 1\n\n");
        assert_eq!(names(home.path()), ["out"], "{format:?}");
        if format.is_folder() {
            assert!(!path.join(".lock").exists(), "{format:?}");
        }
        assert_refused(begin(format, &path), Class::CantCreate);
    }
}

#[test]
fn what_a_killed_run_left_is_replaced() {
    for format in FORMS {
        let (home, path) = out();
        let mut export = begin(format, &path).expect("begun");
        add(&mut *export, b"S: old\n\n");
        // Nobody has it locked any more, as after a kill.
        let part = home.path().join(".out.retr-part");
        let copied = home.path().join("copied");
        copy(&part, &copied);
        drop(export);
        fs::rename(&copied, &part).expect("moved");
        export_one(format, &path, b"S: new\n\n");
        let text = match format {
            Format::Mboxrd | Format::Tar => fs::read(&path).expect("read"),
            Format::Eml => fs::read(path.join(&names(&path)[0])).expect("read"),
            Format::Maildir => {
                assert_eq!(names(&path), ["cur", "new", "tmp"]);
                let new = path.join("new");
                assert_eq!(names(&new).len(), 1);
                fs::read(new.join(&names(&new)[0])).expect("read")
            }
        };
        assert!(memchr::memmem::find(&text, b"S: new").is_some());
        assert!(memchr::memmem::find(&text, b"S: old").is_none());
    }
}

#[test]
fn two_exports_to_one_path_keep_apart() {
    for format in FORMS {
        let (home, path) = out();
        let mut first = begin(format, &path).expect("begun");
        assert_refused(begin(format, &path), Class::Temporary);
        add(&mut *first, b"S: 1\n\n");
        first.finish().expect("finished");
        assert_eq!(names(home.path()), ["out"]);
    }
}

#[test]
fn what_is_empty_may_be_there_and_nothing_else() {
    let home = tempfile::tempdir().expect("a folder");
    let (file, folder) = (home.path().join("file"), home.path().join("folder"));
    fs::write(&file, "").expect("written");
    fs::create_dir(&folder).expect("made");
    for (format, other) in [(Format::Mboxrd, &folder), (Format::Eml, &file)] {
        assert_refused(begin(format, other), Class::CantCreate);
    }
    for (format, path) in [(Format::Tar, &file), (Format::Maildir, &folder)] {
        export_one(format, path, b"x\n");
    }
    let nowhere = home.path().join("no/where");
    assert_refused(begin(Format::Eml, &nowhere), Class::CantCreate);
    // Somebody was quicker.
    let late = home.path().join("late");
    let export = begin(Format::Mboxrd, &late).expect("begun");
    fs::write(&late, "mine").expect("written");
    assert_refused(export.finish(), Class::CantCreate);
    assert_eq!(fs::read(&late).expect("read"), b"mine");
}

#[test]
fn a_link_in_the_place_of_the_part_is_not_followed() {
    for format in FORMS {
        let home = tempfile::tempdir().expect("a folder");
        let elsewhere = home.path().join("elsewhere");
        if format.is_folder() {
            fs::create_dir(&elsewhere).expect("made")
        } else {
            fs::write(&elsewhere, "mine").expect("written")
        }
        let part = home.path().join(".out.retr-part");
        std::os::unix::fs::symlink(&elsewhere, &part).expect("linked");
        let path = home.path().join("out");
        begin(format, &path).expect_err("a link");
        if format.is_folder() {
            assert_eq!(names(&elsewhere), [""; 0])
        } else {
            assert_eq!(fs::read(&elsewhere).expect("read"), b"mine")
        }
    }
}

#[test]
fn a_stream_gets_the_same_as_a_file() {
    let home = tempfile::tempdir().expect("a folder");
    for format in [Format::Mboxrd, Format::Tar] {
        let path = home.path().join(format!("{format:?}"));
        let mut streamed = Vec::new();
        let stream = to_stream(format, false, &mut streamed).expect("a stream");
        for mut export in [begin(format, &path).expect("begun"), stream] {
            for message in [&b"S: 1\n\nFrom x\n"[..], &[b'y'; 300_000]] {
                add(&mut *export, message);
            }
            export.finish().expect("finished");
        }
        assert_eq!(fs::read(&path).expect("read"), streamed);
    }
    let mut streamed = Vec::new();
    assert!(to_stream(Format::Eml, false, &mut streamed).is_err());
}
