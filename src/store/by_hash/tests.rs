use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::base::Class;
use crate::disk::crash::{CrashDisk, Survives};
use crate::disk::{Disk, RealDisk};
use crate::store::testing::*;
use crate::store::{Finding, Kept, Reading};

const MESSAGES: [&[u8]; 3] =
    [b"Subject: one\n\nFrom here\n", b"", b"Subject: three\n\n\0\xff\r no line end"];

fn target(dir: &Path) -> Target {
    Target::archive_of(dir.join("box"))
}

fn open_on(disk: &CrashDisk) -> Result<Box<dyn Delivery>, Error> {
    open(&target(Path::new("/m")), Path::new("/s"), disk)
}

fn open_as(disk: &CrashDisk, user: &str, scratch: &str) -> Box<dyn Delivery> {
    let mut setting = setting(Path::new(scratch), Arc::new(disk.clone()));
    setting.account = AccountId::new(user, "h");
    target(Path::new("/m")).open(&setting).expect("opened")
}

fn real() -> (tempfile::TempDir, Box<dyn Delivery>) {
    let home = tempfile::tempdir().expect("a folder");
    let store = open_real(&target(home.path()), home.path()).expect("opened");
    (home, store)
}

/// A message that is first seen at this time.
fn deliver_at(store: &dyn Delivery, seconds: u64, message: &[u8]) -> Result<Receipt, Error> {
    let key = Key { seconds, ..key("u") };
    let sealed = seal(store, key, message)?;
    Ok(publish(&mut *store.prepare(vec![sealed])?)?.remove(0))
}

fn word(month: &str, message: &[u8]) -> Vec<String> {
    vec![format!("{month}/{}.eml", hash(message))]
}

fn look(target: &Target, disk: Arc<dyn Disk>, receipt: &Receipt, message: &[u8]) -> Finding {
    let reading = Reading { account: &account(), cancel: &crate::base::Cancel::new(), disk: &disk };
    let mut archive = target.archive(&reading).expect("it is there");
    let kept = &mut Kept::nothing();
    let found = archive.look(receipt, hash(message), kept).expect("looked");
    if matches!(found, Finding::Intact(_)) {
        return found;
    }
    match archive.search(receipt, hash(message), kept) {
        Ok(Finding::Missing) => found,
        searched => searched.expect("searched"),
    }
}

#[test]
fn a_message_is_a_read_only_file_named_by_its_hash() {
    let (home, store) = real();
    let places = deliver(&*store, &MESSAGES).expect("stored");
    for (place, message) in places.iter().zip(MESSAGES) {
        assert_eq!(place.words, word("2023/11", message));
        let path = path(place);
        assert_eq!(fs::read(&path).expect("read"), message);
        assert_eq!(mode(&path), 0o400);
        assert_eq!(mode(path.parent().expect("a folder")), 0o700);
        let disk: Arc<dyn Disk> = Arc::new(RealDisk::new());
        let found = look(&target(home.path()), disk, place, message);
        assert_eq!(found, Finding::Intact(place.clone()));
    }
    assert_eq!(names(&home.path().join("box/tmp")), [""; 0]);
    assert_eq!(store.warnings(), []);
}

#[test]
fn the_same_message_is_one_file_whoever_got_it_and_whenever() {
    let disk = CrashDisk::new(&["/m", "/s", "/t"]);
    let alice = open_on(&disk).expect("opened");
    let bob = open_as(&disk, "bob", "/t");
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
        let why = if is_link { "a symbolic link" } else { "not a folder" };
        let expected = format!("cannot store mail in {}: it is {why}", at.display());
        let opened = open_real(&target, home.path());
        assert_told(opened, Class::CantCreate, &expected);
        let examined = target.examine(&RealDisk::new()).expect_err("unfit");
        assert_eq!(examined.to_string(), expected);
        assert_eq!(names(elsewhere.path()), [""; 0]);
    }
}

/// A link in the place of a message is no message, whatever it leads to.
#[test]
fn a_link_in_the_place_of_a_message_is_not_followed() {
    let (home, store) = real();
    let target = target(home.path());
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
    let folders = "/m /m/box /m/box/2023 /m/box/00 /m/box/2023/13 /s".split(' ');
    let disk = CrashDisk::new(&Vec::from_iter(folders));
    let foreign = ["/m/box/README", "/m/box/2023/11.txt", "/m/box/00/x"];
    foreign.iter().for_each(|path| disk.put(path, b"mine"));
    let store = open_on(&disk).expect("opened");
    deliver(&*store, &MESSAGES).expect("stored");
    for path in foreign {
        assert_eq!(disk.content(path).as_deref(), Some(&b"mine"[..]));
    }
}

#[test]
fn only_this_accounts_drafts_are_removed() {
    let disk = CrashDisk::new(&["/m", "/s", "/t"]);
    for (user, scratch) in [("alice", "/s"), ("alice", "/t"), ("bob", "/s")] {
        let store = open_as(&disk, user, scratch);
        std::mem::forget(store.draft(key("u")).expect("a draft"));
    }
    assert_eq!(disk.files("/m/box/tmp").len(), 3);
    open_as(&disk, "alice", "/s");
    assert_eq!(disk.files("/m/box/tmp").len(), 2);
}
