use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::PathBuf;
use std::{fs, io};

use rustix::io::Errno;

use super::crash::{CrashDisk, Fault, Hits, Survives};
use super::*;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn mode(path: &Path) -> u32 {
    let facts = fs::symlink_metadata(path).expect("it is there");
    facts.permissions().mode() & 0o7777
}

/// The number of the error, if it is one.
fn errno<T>(result: io::Result<T>) -> Option<Errno> {
    Errno::from_io_error(&result.err()?)
}

#[test]
fn everything_is_created_with_its_final_mode() {
    rustix::process::umask(rustix::fs::Mode::empty());
    let dir = folder();
    let disk = RealDisk::new();
    let [file, other, sub] = ["file", "other", "sub"].map(|name| dir.path().join(name));
    disk.create(&file).expect("created");
    disk.open(&other, Open::AppendOrCreate).expect("created");
    disk.create_dir(&sub).expect("created");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&other), 0o600);
    assert_eq!(mode(&sub), 0o700);
}

#[test]
fn nothing_is_created_twice_and_no_link_is_followed() {
    let dir = folder();
    let disk = RealDisk::new();
    let file = dir.path().join("file");
    let link = dir.path().join("link");
    symlink(&file, &link).expect("linked");
    assert_eq!(errno(disk.create(&link)), Some(Errno::EXIST));
    let expected = Some(Errno::LOOP);
    assert_eq!(errno(disk.open(&link, Open::AppendOrCreate)), expected);
    disk.create(&file).expect("created");
    assert_eq!(errno(disk.create(&file)), Some(Errno::EXIST));
    for how in [Open::Read, Open::Append, Open::AppendOrCreate] {
        assert_eq!(errno(disk.open(&link, how)), Some(Errno::LOOP));
    }
    assert_eq!(disk.stat(&link).expect("there").kind, Kind::Link);
    assert_eq!(disk.stat(dir.path()).expect("there").kind, Kind::Dir);
}

#[test]
fn a_pipe_does_not_stop_the_program() {
    let dir = folder();
    let pipe = dir.path().join("pipe");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &pipe,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from(0o600),
        0,
    )
    .expect("a pipe");
    let disk = RealDisk::new();
    disk.open(&pipe, Open::Read).expect("opened at once");
    assert_eq!(disk.stat(&pipe).expect("there").kind, Kind::Other);
}

#[test]
fn a_rename_replaces_nothing() {
    let disk = RealDisk::new();
    for rename in [RealDisk::rename, RealDisk::relink] {
        let dir = folder();
        let [a, b, c] = ["a", "b", "c"].map(|name| dir.path().join(name));
        fs::write(&a, "a").expect("written");
        fs::write(&b, "b").expect("written");
        let error = rename(&disk, &a, &b).expect_err("it is there");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&b).expect("read"), "b");
        rename(&disk, &a, &c).expect("renamed");
        assert_eq!(fs::read_to_string(&c).expect("read"), "a");
        assert!(!a.exists());
    }
    let dir = folder();
    let [b, c] = ["b", "c"].map(|name| dir.path().join(name));
    fs::write(&b, "b").expect("written");
    fs::write(&c, "a").expect("written");
    disk.replace(&c, &b).expect("renamed");
    assert_eq!(fs::read_to_string(&b).expect("read"), "a");
}

#[test]
fn writes_append_and_reads_have_an_offset() {
    let dir = folder();
    let disk = RealDisk::new();
    let path = dir.path().join("file");
    let mut file = disk.create(&path).expect("created");
    file.write_all(b"one two").expect("written");
    file.set_len(4).expect("cut");
    file.write_all(b"three").expect("written");
    file.sync().expect("synced");
    let mut buf = [0; 16];
    assert_eq!(file.read_at(&mut buf, 4).expect("read"), 5);
    assert_eq!(&buf[..5], b"three");
    assert_eq!(file.read_at(&mut buf, 9).expect("read"), 0);
    let expected = disk.stat(&path).expect("facts");
    assert_eq!(file.stat().expect("facts"), expected);
    assert_eq!(file.stat().expect("facts").len, 9);
    let names = disk.list(dir.path()).expect("listed");
    assert_eq!(names, ["file"]);
    assert!(disk.sync_dir(dir.path()).expect("synced"));
}

#[test]
fn a_folder_is_synced_through_a_link_too() {
    let dir = folder();
    let link = dir.path().join("link");
    symlink(dir.path(), &link).expect("linked");
    assert!(RealDisk::new().sync_dir(&link).expect("synced"));
    assert!(RealDisk::new().sync_dir(&link.join("missing")).is_err());
}

/// Somebody puts a link to a folder of his choice in the place of one that is
/// held: nothing goes there, and nothing is read or removed there.
#[test]
fn what_is_done_in_a_held_folder_is_done_there() {
    let home = folder();
    let (dir, other) = (home.path().join("dir"), home.path().join("other"));
    fs::create_dir(&dir).expect("made");
    fs::create_dir(&other).expect("made");
    fs::write(other.join("name"), "theirs").expect("written");
    let disk = RealDisk::new();
    let facts = disk.hold(&dir).expect("held");
    assert_eq!(facts, disk.stat(&dir).expect("there"));
    fs::rename(&dir, home.path().join("moved")).expect("moved");
    std::os::unix::fs::symlink(&other, &dir).expect("linked");
    let at = |name: &str| dir.join(name);
    let expected = Some(Errno::NOENT);
    assert_eq!(errno(disk.open(&at("name"), Open::Read)), expected);
    assert_eq!(errno(disk.stat(&at("name"))), Some(Errno::NOENT));
    disk.create_dir(&at("folder")).expect("made");
    let mut file = disk.create(&at("new")).expect("made");
    file.write_all(b"ours").expect("written");
    let file = disk.park(&at("new"), file).expect("parked");
    disk.sync_files(&dir, vec![file]).expect("synced");
    disk.rename(&at("new"), &at("name")).expect("renamed");
    disk.link(&at("name"), &at("second")).expect("linked");
    disk.replace(&at("second"), &at("third")).expect("renamed");
    disk.remove(&at("third")).expect("removed");
    assert!(disk.sync_dir(&dir).expect("synced"));
    let mut names = disk.list(&dir).expect("listed");
    names.sort();
    assert_eq!(names, ["folder", "name"]);
    let found = fs::read(home.path().join("moved/name")).expect("read");
    assert_eq!(found, b"ours");
    assert_eq!(fs::read_dir(&other).expect("listed").count(), 1);
    assert_eq!(disk.hold(&dir).expect("held").ino, facts.ino, "once for all");
    let fresh = RealDisk::new();
    assert!(fresh.hold(&dir).is_err(), "not through a link");
    fresh.hold(&dir.join(".")).expect("but where one may be");
}

#[test]
fn one_handle_at_a_time_has_the_flock() {
    let dir = folder();
    let disk = RealDisk::new();
    let path = dir.path().join("lock");
    let first = disk.open(&path, Open::AppendOrCreate).expect("opened");
    let second = disk.open(&path, Open::AppendOrCreate).expect("opened");
    assert!(first.try_flock().expect("asked"));
    assert!(!second.try_flock().expect("asked"));
    drop(first);
    assert!(second.try_flock().expect("asked"));
    assert!(second.try_record_lock().expect("asked"));
}

#[test]
fn a_link_is_a_second_name() {
    let dir = folder();
    let disk = RealDisk::new();
    let [a, b] = ["a", "b"].map(|name| dir.path().join(name));
    disk.create(&a).expect("created");
    disk.link(&a, &b).expect("linked");
    assert_eq!(disk.stat(&b).expect("facts").links, 2);
    let expected = io::ErrorKind::AlreadyExists;
    assert_eq!(disk.link(&a, &b).expect_err("it is there").kind(), expected);
    disk.remove(&a).expect("removed");
    let facts = fs::metadata(&b).expect("facts");
    assert_eq!(facts.nlink(), 1);
}

fn written(disk: &CrashDisk, path: &str, content: &[u8]) -> Box<dyn File> {
    let mut file = disk.create(Path::new(path)).expect("created");
    file.write_all(content).expect("written");
    file
}

#[test]
fn a_crash_loses_what_was_not_synced() {
    let disk = CrashDisk::new(&["/a"]);
    let mut file = written(&disk, "/a/x", b"content");
    file.sync().expect("synced");
    let lost = disk.after_crash(Survives::Nothing);
    assert_eq!(lost.files("/"), Vec::<PathBuf>::new(), "its name was not");
    disk.sync_dir(Path::new("/a")).expect("synced");
    file.write_all(b" and more").expect("written");
    let kept = |survives| disk.after_crash(survives).content("/a/x");
    assert_eq!(kept(Survives::Nothing).as_deref(), Some(&b"content"[..]));
    let expected = Some(&b"content and more"[..]);
    assert_eq!(kept(Survives::Everything).as_deref(), expected);
    for seed in 0..100 {
        let content = kept(Survives::Some(seed)).expect("its name is durable");
        let written: Vec<u8> = content.iter().copied().take_while(|b| *b != 0).collect();
        assert!(content.starts_with(b"content") && b"content and more".starts_with(&written[..]));
        assert_eq!(kept(Survives::Some(seed)), Some(content), "the same dice");
    }
}

#[test]
fn a_rename_survives_whole_or_not_at_all() {
    let disk = CrashDisk::new(&["/a", "/b"]);
    written(&disk, "/a/x", b"x").sync().expect("synced");
    disk.sync_dir(Path::new("/a")).expect("synced");
    disk.rename(Path::new("/a/x"), Path::new("/b/x")).expect("renamed");
    for survives in (0..20).map(Survives::Some) {
        assert_eq!(disk.after_crash(survives).files("/").len(), 1);
    }
    disk.sync_dir(Path::new("/b")).expect("synced");
    let after = disk.after_crash(Survives::Nothing);
    assert_eq!(after.files("/"), [PathBuf::from("/b/x")]);
}

#[test]
fn what_lies_in_a_lost_folder_is_lost() {
    let disk = CrashDisk::new(&[]);
    disk.create_dir(Path::new("/a")).expect("created");
    written(&disk, "/a/x", b"x").sync().expect("synced");
    disk.sync_dir(Path::new("/a")).expect("synced");
    assert!(disk.after_crash(Survives::Nothing).files("/").is_empty());
    disk.sync_dir(Path::new("/")).expect("synced");
    assert_eq!(disk.after_crash(Survives::Nothing).files("/").len(), 1);
}

#[test]
fn a_kill_loses_nothing_but_the_locks() {
    let disk = CrashDisk::new(&["/a"]);
    let file = written(&disk, "/a/x", b"x");
    assert!(file.try_flock().expect("asked"));
    let next = disk.after_kill();
    assert_eq!(next.content("/a/x").as_deref(), Some(&b"x"[..]));
    let again = next.open(Path::new("/a/x"), Open::Append).expect("opened");
    assert!(again.try_flock().expect("asked"));
    assert!(next.after_crash(Survives::Nothing).files("/").is_empty());
}

#[test]
fn power_and_faults_come_at_the_call_they_were_set_for() {
    let disk = CrashDisk::new(&["/a"]);
    let fault = Fault::once(2, Hits::Syncs, Errno::IO);
    disk.fail(fault);
    let mut file = written(&disk, "/a/x", b"x");
    assert_eq!(errno(file.sync()), Some(Errno::IO));
    file.sync().expect("it failed once");
    assert_eq!(disk.calls(), 4);
    disk.fail(Fault { lasts: true, hits: Hits::Writes, error: Errno::NOSPC, ..fault });
    disk.write_at_most(1);
    assert_eq!(errno(file.write(b"y")), Some(Errno::NOSPC));
    assert_eq!(errno(file.write(b"y")), Some(Errno::NOSPC));
    disk.cut_power_at(8);
    assert_eq!(disk.stat(Path::new("/a/x")).expect("facts").len, 1);
    assert!(disk.stat(Path::new("/a/x")).is_err());
    assert!(file.sync().is_err(), "the power stays off");
}

#[test]
fn a_part_that_is_written_again_stays_where_and_what_it_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("file");
    let mut file = RealDisk::new().create(&path).expect("created");
    let text: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
    file.write_all(&text).expect("written");
    file.rewrite(3..text.len() as u64 - 5).expect("written again");
    file.write_all(b"end").expect("still appended");
    let content = std::fs::read(&path).expect("read");
    assert!(content == [&text[..], b"end"].concat());
}

#[test]
fn a_failed_sync_loses_what_only_writing_again_brings_back() {
    let disk = CrashDisk::new(&["/d"]);
    let path = Path::new("/d/f");
    let mut file = disk.create(path).expect("created");
    disk.sync_dir(Path::new("/d")).expect("synced");
    file.write_all(b"one two").expect("written");
    disk.fail(Fault::once(1, Hits::Syncs, Errno::IO));
    file.sync().expect_err("it fails");
    file.write_all(b" three").expect("written");
    file.sync().expect("it lies");
    assert_eq!(disk.content(path).expect("seen"), b"one two three");
    let image = disk.after_crash(Survives::Everything);
    assert_eq!(image.content(path).expect("there"), b"\0\0\0\0\0\0\0 three");
    file.rewrite(0..3).expect("written again");
    file.sync().expect("synced");
    let image = disk.after_crash(Survives::Nothing);
    assert_eq!(image.content(path).expect("there"), b"one\0\0\0\0 three");
}
