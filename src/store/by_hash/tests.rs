use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;

use super::*;
use crate::base::{Class, Uid};
use crate::disk::crash::{CrashDisk, Fault, Hits, Survives};
use crate::disk::{Disk, RealDisk};
use crate::store::testing::*;
use crate::store::{Finding, Kept, Reading};

const MESSAGES: [&[u8]; 3] = [
    b"Subject: one\n\nFrom here\n",
    b"",
    b"Subject: three\n\n\0\xff\r no line end",
];

fn target(dir: &Path) -> Target {
    Target::archive_of(dir.join("box"))
}

fn open_on(disk: &CrashDisk) -> Result<Box<dyn Delivery>, Error> {
    open(&target(Path::new("/m")), Path::new("/s"), disk)
}

/// A message that is first seen at this time.
fn deliver_at(store: &dyn Delivery, seconds: u64, message: &[u8]) -> Result<Receipt, Error> {
    let key = Key {
        seconds,
        ..key("u")
    };
    let sealed = seal(store, key, message)?;
    Ok(publish(&mut *store.prepare(vec![sealed])?)?.remove(0))
}

fn word(month: &str, message: &[u8]) -> Vec<String> {
    vec![format!("{month}/{}.eml", hash(message))]
}

fn look(target: &Target, disk: Arc<dyn Disk>, receipt: &Receipt, message: &[u8]) -> Finding {
    let reading = Reading {
        account: &account(),
        cancel: &crate::base::Cancel::new(),
        disk: &disk,
    };
    let mut archive = target.archive(&reading).expect("it is there");
    match archive
        .look(receipt, hash(message), &mut Kept::nothing())
        .expect("looked")
    {
        Finding::Intact(at) => Finding::Intact(at),
        found => match archive
            .search(receipt, hash(message), &mut Kept::nothing())
            .expect("searched")
        {
            Finding::Missing => found,
            found => found,
        },
    }
}

#[test]
fn a_message_is_a_read_only_file_named_by_its_hash() {
    let home = tempfile::tempdir().expect("a folder");
    let store = open_real(&target(home.path()), home.path()).expect("opened");
    let places = deliver(&*store, &MESSAGES).expect("stored");
    for (place, message) in places.iter().zip(MESSAGES) {
        assert_eq!(place.words, word("2023/11", message));
        let path = path(place);
        assert_eq!(fs::read(&path).expect("read"), message);
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o7777;
        assert_eq!(mode(&path), 0o400);
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        let found = look(&target(home.path()), disk, place, message);
        assert_eq!(found, Finding::Intact(place.clone()));
    }
    let drafts = fs::read_dir(home.path().join("box/tmp")).expect("listed");
    assert_eq!(drafts.count(), 0);
    assert_eq!(store.warnings(), []);
}

#[test]
fn the_same_message_is_one_file_whoever_got_it_and_whenever() {
    let disk = CrashDisk::new(&["/m", "/s", "/t"]);
    let alice = open_on(&disk).expect("opened");
    let setting = Setting {
        account: AccountId::new("bob", "h"),
        ..setting(Path::new("/t"), Arc::new(disk.clone()))
    };
    let bob = target(Path::new("/m")).open(&setting).expect("opened");
    let twice = deliver(&*alice, &[b"same\n", b"same\n"]).expect("stored");
    assert_eq!(twice[0], twice[1]);
    assert_eq!(deliver(&*bob, &[b"same\n"]).expect("stored")[0], twice[0]);
    let later = deliver_at(&*bob, SECONDS + 90 * 86_400, b"same\n");
    assert_eq!(later.expect("stored"), twice[0]);
    let other = deliver_at(&*bob, SECONDS + 90 * 86_400, b"other\n");
    assert_eq!(other.expect("stored").words, word("2024/02", b"other\n"));
    let files = disk.files("/m/box");
    assert_eq!(files.len(), 2, "{files:?}");
}

/// Folders are looked at once a batch: from then on a message is one rename.
#[test]
fn a_message_more_in_a_batch_is_one_call_more() {
    let calls = |count: u8| {
        let disk = CrashDisk::new(&["/m", "/s"]);
        let store = open_on(&disk).expect("opened");
        let messages = (0..count).map(|octet| seal(&*store, key("u"), &[octet]).expect("sealed"));
        let mut batch = store.prepare(messages.collect()).expect("prepared");
        let before = disk.calls();
        publish(&mut *batch).expect("published");
        disk.calls() - before
    };
    assert_eq!(calls(9) - calls(1), 8);
}

/// Its writer was killed before it was durable; it counts as stored only
/// when it is.
#[test]
fn what_is_there_already_is_made_durable() {
    for (month, seconds) in [("2023/11", SECONDS), ("2023/11", SECONDS + 90 * 86_400)] {
        let disk = CrashDisk::new(&["/m", "/s"]);
        let store = open_on(&disk).expect("opened");
        for folder in ["/m/box/2023", "/m/box/2023/11"] {
            disk.create_dir(Path::new(folder)).expect("made");
        }
        let path = Path::new("/m/box").join(&word(month, b"same\n")[0]);
        let mut file = disk.create(&path).expect("made");
        file.write_all(b"same\n").expect("written");
        let place = deliver_at(&*store, seconds, b"same\n").expect("stored");
        assert_eq!(place.words, word(month, b"same\n"));
        let after = disk.after_crash(Survives::Nothing);
        assert_eq!(after.content(&path).as_deref(), Some(&b"same\n"[..]));
    }
}

/// A file that is not what its name says is no stored message, in whatever
/// month it is; it stays, but for its name where that is wanted.
#[test]
fn a_damaged_file_is_set_aside_and_told() {
    let disk = CrashDisk::new(&["/m", "/s"]);
    let target = target(Path::new("/m"));
    let store = open_on(&disk).expect("opened");
    let place = deliver(&*store, &[b"same\n"]).expect("stored").remove(0);
    let path = path(&place);
    for number in 1..=2 {
        disk.put(&path.to_string_lossy(), b"rot\n");
        let reader: Arc<dyn Disk> = Arc::new(disk.clone());
        let found = look(&target, Arc::clone(&reader), &place, b"same\n");
        assert_eq!(found, Finding::Altered(place.clone()));
        assert_eq!(deliver(&*store, &[b"same\n"]).expect("stored")[0], place);
        assert_eq!(disk.content(&path).as_deref(), Some(&b"same\n"[..]));
        let aside = path.with_extension(format!("damaged-{number}"));
        assert_eq!(disk.content(aside).as_deref(), Some(&b"rot\n"[..]));
        let found = look(&target, reader, &place, b"same\n");
        assert_eq!(found, Finding::Intact(place.clone()));
    }
    let warnings = store.warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code.word(), "set-aside");
    disk.put(&path.to_string_lossy(), b"rot\n");
    let later = deliver_at(&*store, SECONDS + 90 * 86_400, b"same\n").expect("stored");
    assert_eq!(later.words, word("2024/02", b"same\n"));
    let found = look(&target, Arc::new(disk.clone()), &place, b"same\n");
    assert_eq!(found, Finding::Intact(later), "it is found where it is");
}

#[test]
fn links_and_files_in_the_place_of_folders_are_refused() {
    let elsewhere = tempfile::tempdir().expect("a folder");
    let links = ["box", "box/tmp", "box/2023", "box/2023/11"];
    for (link, is_link) in links.into_iter().flat_map(|l| [(l, true), (l, false)]) {
        let home = tempfile::tempdir().expect("a folder");
        let at = home.path().join(link);
        fs::create_dir_all(at.parent().expect("a folder")).expect("made");
        if is_link {
            symlink(elsewhere.path(), &at).expect("linked")
        } else {
            fs::write(&at, "").expect("written")
        }
        let target = target(home.path());
        let error = open_real(&target, home.path()).expect_err("unfit");
        assert_eq!(error.class(), Class::CantCreate, "{error}");
        let why = if is_link {
            "it is a symbolic link"
        } else {
            "it is not a folder"
        };
        let expected = format!("cannot store mail in {}: {why}", at.display());
        assert_eq!(error.to_string(), expected);
        let examined = target.examine(&RealDisk::new()).expect_err("unfit");
        assert_eq!(examined.to_string(), expected);
        assert_eq!(fs::read_dir(elsewhere.path()).expect("listed").count(), 0);
    }
}

/// A link in the place of a message is no message, whatever it leads to.
#[test]
fn a_link_in_the_place_of_a_message_is_not_followed() {
    let home = tempfile::tempdir().expect("a folder");
    let target = target(home.path());
    let store = open_real(&target, home.path()).expect("opened");
    let place = deliver(&*store, &[b"same\n"]).expect("stored").remove(0);
    let path = path(&place);
    let copy = home.path().join("copy");
    fs::rename(&path, &copy).expect("moved");
    symlink(&copy, &path).expect("linked");
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
    assert_eq!(look(&target, disk, &place, b"same\n"), Finding::Missing);
    deliver(&*store, &[b"same\n"]).expect("stored");
    assert!(fs::symlink_metadata(&path).expect("there").is_file());
    assert_eq!(store.warnings().len(), 1);
}

#[test]
fn foreign_files_are_left_alone() {
    let disk = CrashDisk::new(&[
        "/m",
        "/m/box",
        "/m/box/2023",
        "/m/box/00",
        "/m/box/2023/13",
        "/s",
    ]);
    disk.put("/m/box/README", b"mine");
    disk.put("/m/box/2023/11.txt", b"mine");
    disk.put("/m/box/00/x", b"mine");
    let store = open_on(&disk).expect("opened");
    deliver(&*store, &MESSAGES).expect("stored");
    for path in ["/m/box/README", "/m/box/2023/11.txt", "/m/box/00/x"] {
        assert_eq!(disk.content(path).as_deref(), Some(&b"mine"[..]));
    }
}

#[test]
fn only_this_accounts_drafts_are_removed() {
    let disk = CrashDisk::new(&["/m", "/s", "/t"]);
    let open = |user: &str, scratch: &str| {
        let setting = Setting {
            account: AccountId::new(user, "h"),
            ..setting(Path::new(scratch), Arc::new(disk.clone()))
        };
        target(Path::new("/m")).open(&setting).expect("opened")
    };
    for (user, scratch) in [("alice", "/s"), ("alice", "/t"), ("bob", "/s")] {
        let uid = Uid::new(b"u").expect("valid");
        let key = Key { uid, ..key("u") };
        std::mem::forget(open(user, scratch).draft(key).expect("a draft"));
    }
    assert_eq!(disk.files("/m/box/tmp").len(), 3);
    open("alice", "/s");
    assert_eq!(disk.files("/m/box/tmp").len(), 2);
}

/// One run: two batches, and something that is there already.
fn run(disk: &CrashDisk) -> Result<(), Error> {
    let store = open_on(disk)?;
    deliver(&*store, &MESSAGES[..2])?;
    deliver_at(&*store, SECONDS + 90 * 86_400, MESSAGES[0])?;
    deliver_at(&*store, SECONDS + 90 * 86_400, MESSAGES[2])?;
    Ok(())
}

fn calls_of_a_run() -> u64 {
    let disk = CrashDisk::new(&["/m", "/s"]);
    run(&disk).expect("stored");
    disk.calls()
}

/// How many messages there are, all of them whole.
fn found(disk: &CrashDisk) -> usize {
    let files = disk.files("/m/box").into_iter();
    let messages = files.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
    messages
        .map(|path| {
            let content = disk.content(&path).expect("read");
            assert!(
                path.ends_with(format!("{}.eml", hash(&content))),
                "{path:?}"
            );
        })
        .count()
}

#[test]
fn a_power_cut_at_any_call_leaves_nothing_partial_and_loses_nothing_published() {
    for call in 1..=calls_of_a_run() + 1 {
        let disk = CrashDisk::new(&["/m", "/s"]);
        disk.cut_power_at(call);
        let ended = run(&disk).is_ok();
        for survives in endings() {
            let image = disk.after_crash(survives);
            let before = found(&image);
            assert!(!ended || before == 3, "call {call}, {survives:?}");
            run(&image).expect("stored");
            let after = image.after_crash(Survives::Nothing);
            assert_eq!(found(&after), 3, "call {call}, {survives:?}");
            assert_eq!(image.files("/m/box").len(), 3, "no draft is left");
        }
    }
}

#[test]
fn an_error_at_any_call_leaves_nothing_partial() {
    for call in 1..=calls_of_a_run() {
        for (error, lasts) in [(Errno::NOSPC, false), (Errno::IO, true)] {
            let disk = CrashDisk::new(&["/m", "/s"]);
            disk.fail(Fault {
                at: call,
                hits: Hits::Any,
                lasts,
                error,
            });
            let result = run(&disk);
            let found = found(&disk.after_kill());
            match result {
                Ok(()) => assert_eq!(found, 3),
                Err(error) => {
                    let class = error.class();
                    assert!(matches!(class, Class::CantCreate | Class::Io), "{error:?}");
                }
            }
        }
    }
}
