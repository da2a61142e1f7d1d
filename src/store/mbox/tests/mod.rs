mod crashes;
mod locks;
mod tails;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use rustix::io::Errno;

use super::Part;
use crate::base::{Class, Note, Receipt};
use crate::disk::crash::{CrashDisk, Fault, Hits};
use crate::disk::{Disk, Open, RealDisk};
use crate::store::draft::Body;
use crate::store::testing::*;
use crate::store::{Delivery, Error, Prepared, Recovered, Reread, Target};

const MESSAGES: [&[u8]; 3] = [
    b"Return-Path: <bob@b>\nSubject: one\n\nFrom here\n>From there\n",
    b"",
    b"Subject: three\n\n\0\xff\r no line end",
];

/// How they are in an mbox.
const STORED: [&[u8]; 3] = [
    b"From bob@b Tue Nov 14 22:13:20 2023\n\
      Return-Path: <bob@b>\nSubject: one\n\n>From here\n>>From there\n\n",
    b"From MAILER-DAEMON Tue Nov 14 22:13:20 2023\n\n",
    b"From MAILER-DAEMON Tue Nov 14 22:13:20 2023\n\
      Subject: three\n\n\0\xff\r no line end\n\n",
];

fn disk() -> CrashDisk {
    CrashDisk::new(&["/m", "/s"])
}

fn opened(disk: &CrashDisk) -> Result<Box<dyn Delivery>, Error> {
    let target = Target::mbox("/m/box");
    open(&target, Path::new("/s"), disk)
}

fn fresh() -> (CrashDisk, Box<dyn Delivery>) {
    let disk = disk();
    let store = opened(&disk).expect("opened");
    (disk, store)
}

/// A batch that is received, and has the mbox locked.
fn locked(store: &dyn Delivery) -> Box<dyn Prepared + '_> {
    let received = batch(store, &MESSAGES).expect("received");
    store.prepare(received).expect("locked")
}

fn recovered(disk: &CrashDisk, note: &Note) -> Recovered {
    recover(note, Path::new("/s"), disk).expect("read")
}

/// What is read again where a message was stored; `None` where one and nothing
/// else is not.
fn reread(disk: &dyn Disk, receipt: &Receipt) -> Option<Reread> {
    let path = Path::new(&receipt.target.address);
    let file = disk.open(path, Open::Read).expect("opened");
    super::message(&*file, Part::of(receipt)?, path, &mut |_| Ok(())).expect("read")
}

fn content(disk: &CrashDisk) -> Vec<u8> {
    disk.content("/m/box").expect("it is there")
}

fn real() -> (tempfile::TempDir, Box<dyn Delivery>) {
    let home = tempfile::tempdir().expect("a folder");
    let store = open_real(&Target::mbox(home.path().join("box")), home.path());
    (home, store.expect("opened"))
}

#[test]
fn messages_are_appended_quoted_each_with_its_lines_around() {
    rustix::process::umask(rustix::fs::Mode::empty());
    let (home, store) = real();
    let path = home.path().join("box");
    assert_eq!(mode(&path), 0o600);
    let places = deliver(&*store, &MESSAGES).expect("stored");
    assert_eq!(fs::read(&path).expect("read"), STORED.concat());
    let mut at = 0;
    for (place, stored) in places.iter().zip(STORED) {
        let (offset, length) = (at, stored.len() as u64);
        at += length;
        assert_eq!(Part::of(place), Some(Part { offset, length }));
        let at = format!("{} at {offset}", path.display());
        assert_eq!(crate::store::locate(place).text, at);
    }
    deliver(&*store, &MESSAGES[..1]).expect("stored");
    let all = [STORED.concat(), STORED[0].to_vec()].concat();
    assert_eq!(fs::read(&path).expect("read"), all);
    assert_eq!(store.warnings(), []);
    assert_eq!(names(home.path()), ["box"], "no lock and no spool is left");
}

#[test]
fn a_stored_message_is_read_again_without_its_quoting() {
    let (disk, store) = fresh();
    let places = deliver(&*store, &MESSAGES).expect("stored");
    let reread = |n: usize| reread(&disk, &places[n]).expect("a message");
    assert_eq!(reread(0).hash, hash(MESSAGES[0]));
    assert_eq!(reread(0).octets, MESSAGES[0].len() as u64 + 5);
    assert_eq!(reread(1).hash, hash(b""));
    assert_eq!(reread(1).octets, 0);
    let ended = [MESSAGES[2], b"\n"].concat();
    assert_eq!(reread(2).hash, hash(&ended));
}

#[test]
fn the_last_line_gets_its_end_and_counts_with_it() {
    let (_, store) = fresh();
    let sealed = seal(&*store, key("u"), MESSAGES[2]).expect("sealed");
    let ended = [MESSAGES[2], b"\n"].concat();
    assert_eq!(sealed.hash(), hash(&ended));
    assert_eq!(sealed.len(), ended.len() as u64);
}

#[test]
fn what_is_no_message_is_missing() {
    let (disk, store) = fresh();
    let places = deliver(&*store, &MESSAGES).expect("stored");
    let Part { offset, length } = Part::of(&places[2]).expect("a part");
    let target = &places[2].target;
    let is_missing = |offset: u64, length: u64| {
        reread(&disk, &Part { offset, length }.receipt(target)).is_none()
    };
    assert!(!is_missing(offset, length));
    assert!(is_missing(offset + 1, length - 1), "no From_ line");
    assert!(is_missing(offset, length - 1), "no blank line");
    assert!(is_missing(offset, length + 1), "too long");
    assert!(is_missing(0, offset + length), "several messages");
    assert!(is_missing(offset + length, 10), "behind the end");
    assert!(is_missing(u64::MAX, 10) && is_missing(offset, 0) && is_missing(offset, 3));
    disk.put("/m/box", b"");
    assert!(is_missing(offset, length));
}

#[test]
fn what_is_no_mbox_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let at = |name: &str| home.path().join(name);
    fs::write(at("file"), "").expect("written");
    fs::hard_link(at("file"), at("hard")).expect("linked");
    symlink(at("nowhere"), at("soft")).expect("linked");
    fs::create_dir(at("dir")).expect("made");
    let (kind, mode) = (rustix::fs::FileType::Fifo, rustix::fs::Mode::from(0o600));
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), kind, mode, 0).expect("a pipe");
    let refusal = |path: &Path| {
        let error = open_real(&Target::mbox(path), home.path()).expect_err("unfit");
        assert_eq!(error.class(), Class::CantCreate);
        error.to_string()
    };
    for (name, reason) in [
        ("hard", "it is a file of several names (hard links)"),
        ("soft", "it is a symbolic link"),
        ("dir", "it is a folder"),
        ("pipe", "it is not a regular file"),
    ] {
        let text = refusal(&at(name));
        assert!(text.ends_with(&format!("/{name}: {reason}")), "{text}");
    }
    assert!(!at("nowhere").exists());
    refusal(Path::new("/dev/null"));
    refusal(&at("no/box"));
}

#[test]
fn large_messages_leave_memory_and_are_the_same() {
    let (home, store) = real();
    let mut draft = store.draft(key("u")).expect("a draft");
    let piece = [b'x'; 1 << 16];
    let mut message = Vec::new();
    for _ in 0..320 {
        draft.write(&piece).expect("written");
        message.extend_from_slice(&piece);
    }
    draft.write(b"\nFrom x\n").expect("written");
    message.extend_from_slice(b"\nFrom x\n");
    let sealed = draft.seal().expect("sealed");
    let hashed = sealed.hash();
    let places = publish(&mut *store.prepare(vec![sealed]).expect("locked")).expect("stored");
    let reread = reread(&RealDisk::new(), &places[0]).expect("a message");
    assert_eq!(hashed, hash(&message));
    assert_eq!(reread.hash, hashed);
    let stored = fs::read(home.path().join("box")).expect("read");
    assert!(stored.ends_with(b"x\n>From x\n\n"));
    assert_eq!(names(home.path()), ["box"]);
}

#[test]
fn a_spool_takes_little_memory_whatever_its_message() {
    let home = tempfile::tempdir().expect("a folder");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let spool = super::Spool::new(&disk, home.path(), 0, super::MAX_MEMORY);
    let mut spool = super::QuotedSpool::new(spool);
    for _ in 0..320 {
        spool.write(&[b'x'; 1 << 16]).expect("written");
    }
    spool.finish(b"", 0).expect("written");
    assert!(spool.buffered() <= 1 << 18, "{}", spool.buffered());
}

#[test]
fn spools_of_a_killed_run_are_removed() {
    let disk = disk();
    disk.put("/s/spool-7", b"half");
    disk.put("/s/ledger", b"kept");
    opened(&disk).expect("opened");
    assert!(disk.content("/s/spool-7").is_none());
    assert!(disk.content("/s/ledger").is_some());
}

#[test]
fn a_target_that_cannot_be_written_is_found_at_open() {
    let disk = disk();
    opened(&disk).expect("opened");
    let start = disk.calls();
    opened(&disk).expect("opened");
    for at in 1..=disk.calls() - start {
        for (error, class) in AT_OPEN {
            let disk = disk.after_kill();
            disk.fail(Fault::once(at, Hits::Any, error));
            let refused = opened(&disk).expect_err("refused");
            assert_eq!(refused.class(), class, "{error:?} at call {at}");
        }
    }
}

#[test]
fn a_file_put_in_its_place_is_used() {
    let (disk, store) = fresh();
    disk.put("/m/other", b"From a Thu Jan  1 00:00:00 1970\n\nx\n\n");
    disk.shift(Path::new("/m/other"), Path::new("/m/box"));
    deliver(&*store, &MESSAGES[1..2]).expect("stored");
    let both = [b"From a Thu Jan  1 00:00:00 1970\n\nx\n\n", STORED[1]].concat();
    assert_eq!(content(&disk), both);
}

#[test]
fn a_link_put_in_its_place_is_refused() {
    let (home, store) = real();
    let path = home.path().join("box");
    fs::rename(&path, home.path().join("other")).expect("moved");
    symlink(home.path().join("other"), &path).expect("linked");
    deliver(&*store, &MESSAGES).expect_err("refused");
    assert_eq!(fs::read(home.path().join("other")).expect("read"), b"");
}

/// Messages of whole lines in which From_ lines are likely.
fn messages() -> impl Strategy<Value = Vec<String>> {
    let line = proptest::sample::select(vec!["From x\n", ">From \n", "\n", ">>x\n", "\r\u{0}é\n"]);
    let message = proptest::collection::vec(line, 0..12).prop_map(|lines| lines.concat());
    proptest::collection::vec(message, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn whatever_is_stored_is_read_again(messages in messages()) {
        let disk = disk();
        let store = opened(&disk).expect("opened");
        let bytes: Vec<&[u8]> = messages.iter().map(String::as_bytes).collect();
        let places = deliver(&*store, &bytes).expect("stored");
        for (place, message) in places.iter().zip(bytes) {
            let reread = reread(&disk, place).expect("a message");
            prop_assert_eq!(reread.hash, hash(message));
        }
    }
}

#[test]
fn mail_is_not_appended_to_what_is_no_mbox() {
    for (content, is_one) in [
        (&b""[..], true),
        (b"From a@b Thu Jan  1 00:00:00 1970\nx\n\n", true),
        (b"\n\r\nFrom a", true),
        (b"Fro", true),
        (b"\0\0\0", true),
        (b"secret\n", false),
        (b"from a\n", false),
        (b" From a\n", false),
        (b"\nx", false),
    ] {
        let disk = disk();
        disk.put("/m/box", content);
        let opened = opened(&disk);
        assert_eq!(opened.is_ok(), is_one, "{content:?}");
        if !is_one {
            let text = "cannot store mail in /m/box: it is no mbox: it does not begin with From_";
            assert_told(opened, Class::CantCreate, text);
        }
        assert_eq!(disk.content("/m/box").as_deref(), Some(content));
    }
}
