mod crashes;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::io::Errno;

use crate::base::{AccountId, Class, Receipt};
use crate::disk::crash::{CrashDisk, Fault, Hits, Survives};
use crate::disk::{Disk, RealDisk};
use crate::store::draft::Body;
use crate::store::testing::*;
use crate::store::{Delivery, Error, Published, Setting, Target};

const MESSAGES: [&[u8]; 3] =
    [b"Subject: one\n\nFrom here\n", b"", b"Subject: three\n\n\0\xff\r no line end"];

fn target(dir: &Path) -> Target {
    Target::maildir(dir.join("box"))
}

fn file(receipt: &Receipt) -> PathBuf {
    super::path(receipt)
}

/// The place of the first message of a uid.
fn find(published: &Published, uid: &str) -> Option<Receipt> {
    let found = published.find(&key(uid).uid, 0);
    found.map(|standing| standing.receipt)
}

fn real() -> (tempfile::TempDir, Box<dyn Delivery>) {
    let home = tempfile::tempdir().expect("a folder");
    let store = open_real(&target(home.path()), home.path()).expect("opened");
    (home, store)
}

fn opened(disk: &CrashDisk) -> Result<Box<dyn Delivery>, Error> {
    open(&target(Path::new("/m")), Path::new("/s"), disk)
}

fn crashable() -> (CrashDisk, Box<dyn Delivery>) {
    let disk = CrashDisk::new(&["/m", "/s"]);
    let store = opened(&disk).expect("opened");
    (disk, store)
}

#[test]
fn a_missing_maildir_is_made_and_messages_are_stored_to_the_octet() {
    rustix::process::umask(rustix::fs::Mode::empty());
    let (home, store) = real();
    let dir = home.path().join("box");
    for folder in ["", "tmp", "new", "cur"] {
        assert_eq!(mode(&dir.join(folder)), 0o700);
    }
    let places = deliver(&*store, &MESSAGES).expect("stored");
    for (place, message) in places.iter().zip(MESSAGES) {
        let path = file(place);
        assert_eq!(fs::read(&path).expect("read"), message);
        assert_eq!(mode(&path), 0o600);
        assert_eq!(path.parent(), Some(dir.join("new").as_path()));
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(name.starts_with("1700000000.R"), "{name}");
        assert!(name.ends_with(&format!(",S={}", message.len())), "{name}");
        assert!(!name.contains(':'));
        let reread = store.reread(place).expect("read");
        assert_eq!(reread.hash, hash(message));
        let lines = message.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(reread.octets, (message.len() + lines) as u64);
    }
    assert!(names(&dir.join("tmp")).is_empty());
    assert_eq!(names(&dir.join("new")).len(), 3);
    assert_eq!(store.warnings(), []);
}

#[test]
fn what_a_sealed_message_tells() {
    let (home, store) = real();
    let sealed = seal(&*store, key("u"), MESSAGES[0]).expect("sealed");
    assert_eq!(sealed.key(), &key("u"));
    assert_eq!(sealed.hash(), hash(MESSAGES[0]));
    assert_eq!(sealed.len(), MESSAGES[0].len() as u64);
    assert_eq!(sealed.header(), b"Subject: one\n");
    assert_eq!(names(&home.path().join("box/tmp")).len(), 1);
    drop(sealed);
    drop(store.draft(key("v")).expect("a draft"));
    assert!(names(&home.path().join("box/tmp")).is_empty());
}

// Fault 34.
#[test]
fn a_maildir_that_lacks_a_folder_gets_it() {
    let home = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(home.path().join("box/new")).expect("made");
    open_real(&target(home.path()), home.path()).expect("opened");
    assert_eq!(names(&home.path().join("box")), ["cur", "new", "tmp"]);
}

#[test]
fn what_is_no_maildir_is_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let dirs = ["dir", "odd"].map(|name| fs::create_dir(home.path().join(name)));
    assert!(dirs.iter().all(Result::is_ok));
    fs::write(home.path().join("file"), "").expect("written");
    for link in ["link", "odd/new"] {
        symlink(home.path().join("dir"), home.path().join(link)).expect("linked");
    }
    let root = home.path().display();
    let rows = [
        ("file", format!("store mail in {root}/file: it is not a folder")),
        ("link", format!("store mail in {root}/link: it is a symbolic link")),
        ("link/", format!("store mail in {root}/link: it is a symbolic link")),
        ("odd", format!("store mail in {root}/odd/new: it is a symbolic link")),
        ("no/box", format!("create {root}/no/box")),
    ];
    for (path, text) in rows {
        let opened = open_real(&Target::maildir(home.path().join(path)), home.path());
        assert_told(opened, Class::CantCreate, &format!("cannot {text}"));
    }
}

#[test]
fn only_this_accounts_leftovers_are_removed() {
    let home = tempfile::tempdir().expect("a folder");
    let scratch = home.path();
    let target = target(home.path());
    let tmp = home.path().join("box/tmp");
    let open = |user: &str, scratch: &Path| {
        let setting = Setting {
            account: AccountId::new(user, "pop.example.com"),
            ..setting(scratch, Arc::new(RealDisk::new()))
        };
        target.open(&setting).expect("opened")
    };
    let leave = |store: &dyn Delivery| {
        let mut draft = store.draft(key("u")).expect("a draft");
        draft.write(b"half a mess").expect("written");
        std::mem::forget(draft);
    };
    leave(&*open("alice", scratch));
    leave(&*open("alice", &home.path().join("elsewhere")));
    leave(&*open("bob", scratch));
    fs::write(tmp.join("1600000000.M1P2.other"), "").expect("written");
    assert_eq!(names(&tmp).len(), 4);
    open("alice", scratch);
    assert_eq!(names(&tmp).len(), 3);
    open("bob", scratch);
    assert_eq!(names(&tmp).len(), 2);
}

// Fault 33.
#[test]
fn a_taken_name_is_the_same_message_or_an_error() {
    let (disk, store) = crashable();
    let first = deliver(&*store, &[b"same\n"]).expect("stored");
    let again = deliver(&*store, &[b"same\n"]).expect("stored");
    assert_eq!(first, again);
    assert_eq!(disk.files("/m").len(), 1);
    let path = file(&first[0]);
    let text = format!("cannot rename a message to {}", path.display());
    assert_told(deliver(&*store, &[b"else\n"]), Class::Io, &text);
    assert_eq!(disk.content(&path).as_deref(), Some(&b"same\n"[..]));
    assert_eq!(disk.files("/m").len(), 1, "the draft is gone");
}

#[test]
fn the_same_message_is_made_durable_if_it_was_not() {
    let (disk, store) = crashable();
    let path = file(&deliver(&*store, &[b"same\n"]).expect("stored")[0]);
    disk.remove(&path).expect("removed");
    let mut again = disk.create(&path).expect("made");
    again.write_all(b"same\n").expect("written");
    deliver(&*store, &[b"same\n"]).expect("stored");
    let after = disk.after_crash(Survives::Nothing);
    assert_eq!(after.content(&path).as_deref(), Some(&b"same\n"[..]));
}

#[test]
fn a_message_is_found_wherever_a_reader_moved_it() {
    let (disk, store) = crashable();
    let places = deliver(&*store, &MESSAGES).expect("stored");
    let seen = |receipt: &Receipt, flags: &str| Receipt {
        words: vec![format!("cur/{}{flags}", &receipt.words[0]["new/".len()..])],
        ..receipt.clone()
    };
    disk.shift(&file(&places[0]), &file(&seen(&places[0], ":2,FS")));
    disk.shift(&file(&places[1]), &file(&seen(&places[1], "")));
    disk.put("/m/box/cur/1600000000.M1P2.other:2,", b"foreign");
    let published = store.published().expect("scanned");
    let find = |uid| find(&published, uid);
    assert_eq!(find("u0"), Some(seen(&places[0], ":2,FS")));
    assert_eq!(find("u1"), Some(seen(&places[1], "")));
    assert_eq!(find("u2"), Some(places[2].clone()));
    assert_eq!(find("u3"), None);
    let error = store.reread(&places[0]).expect_err("it was moved");
    assert_eq!(error.class(), Class::Data);
}

#[test]
fn short_writes_lose_nothing() {
    let (disk, store) = crashable();
    disk.write_at_most(7);
    let long: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    let places = deliver(&*store, &[&long]).expect("stored");
    assert_eq!(disk.content(file(&places[0])), Some(long));
}

/// What is put in the place of the Maildir gets nothing, and nothing is lost.
// Fault 37.
#[test]
fn a_maildir_that_is_moved_away_gets_its_mail_all_the_same() {
    let (home, store) = real();
    let batch = batch(&*store, &MESSAGES).expect("received");
    let at = |name: &str| home.path().join(name);
    fs::rename(at("box"), at("moved")).expect("moved");
    fs::create_dir_all(at("other/new")).expect("made");
    symlink(at("other"), at("box")).expect("linked");
    publish(&mut *store.prepare(batch).expect("synced")).expect("stored");
    assert_eq!(names(&at("moved/new")).len(), 3);
    assert!(names(&at("other/new")).is_empty());
}

/// A link in the place of a folder of an open Maildir leads nothing out of it.
#[test]
fn a_link_in_the_place_of_a_folder_is_not_followed() {
    for folder in ["tmp", "new"] {
        let (home, store) = real();
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("trap")).expect("made");
        fs::rename(at("box").join(folder), at("aside")).expect("moved");
        symlink(at("trap"), at("box").join(folder)).expect("linked");
        deliver(&*store, &MESSAGES).expect("stored");
        assert!(names(&at("trap")).is_empty(), "{folder}");
        assert_eq!(names(&at("box/new")).len() + names(&at("aside")).len(), 3);
    }
}

#[test]
fn a_maildir_that_had_mail_and_is_gone_is_made_only_if_asked_to() {
    let home = tempfile::tempdir().expect("a folder");
    let open = |had_mail| {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        let setting = Setting { had_mail, ..setting(home.path(), disk) };
        target(home.path()).open(&setting)
    };
    let error = open(true).expect_err("it is gone");
    assert_eq!(error.class(), Class::CantCreate);
    assert!(matches!(error, Error::Vanished { .. }), "{error}");
    assert!(!home.path().join("box").exists());
    open(false).expect("made");
    open(true).expect("there");
}

#[test]
fn a_reader_at_work_disturbs_nothing() {
    let (home, store) = real();
    let [new, cur] = ["new", "cur"].map(|name| home.path().join("box").join(name));
    let done = std::sync::atomic::AtomicBool::new(false);
    let uids: Vec<String> = (0..300).map(|n| format!("{n}")).collect();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                for name in names(&new) {
                    let content = fs::read(new.join(&name)).expect("read");
                    assert!(content.ends_with(b"whole\n"), "{name}: {content:?}");
                    fs::rename(new.join(&name), cur.join(format!("{name}:2,S"))).expect("moved");
                }
            }
        });
        for some in uids.chunks(30) {
            let batch = some.iter().map(|uid| {
                let message = format!("{uid}\n\nwhole\n");
                seal(&*store, key(uid), message.as_bytes()).expect("received")
            });
            let batch = batch.collect();
            let published = publish(&mut *store.prepare(batch).expect("synced"));
            assert_eq!(published.expect("stored").len(), some.len());
        }
        let published = store.published().expect("scanned");
        for uid in &uids {
            assert!(find(&published, uid).is_some(), "{uid}");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

// Case 9, fault 65.
#[test]
fn memory_does_not_grow_with_a_message() {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    let home = tempfile::tempdir().expect("a folder");
    let path = home.path().join("draft");
    let mut file = super::TmpFile::create(&disk, path.clone(), 0o600).expect("a draft");
    let piece = [b'x'; 50_000];
    for _ in 0..420 {
        file.write(&piece).expect("written");
        assert!(file.buffered() <= 64 * 1024);
    }
    file.write(&vec![b'y'; 1 << 20]).expect("written");
    assert!(file.buffered() <= 64 * 1024);
    file.finish(b"", 0).expect("written");
    let facts = fs::metadata(&path).expect("there");
    assert_eq!(facts.len(), 420 * 50_000 + (1 << 20));
    drop(file);
    assert!(!path.exists());
}
