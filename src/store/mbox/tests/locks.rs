//! Who else has the mbox, and how long we wait.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::base::Cancel;
use crate::store::Reading;
use crate::store::mbox::archive::Archive;
use crate::store::mbox::dotlock::is_old;

/// The mbox is locked by somebody, who is told of.
#[track_caller]
fn assert_refused(store: &dyn Delivery, text: &str) {
    let batch = batch(store, &MESSAGES).expect("received");
    let error = store.prepare(batch).expect_err("it is locked");
    assert_eq!(error.class(), Class::Temporary);
    assert!(error.to_string().ends_with(text), "{error}");
}

/// Whether nobody has the record lock.
fn is_free(disk: &CrashDisk) -> bool {
    let file = disk.open(Path::new("/m/box"), Open::Append);
    file.expect("opened").try_record_lock().expect("asked")
}

fn host() -> String {
    let system = rustix::system::uname();
    system.nodename().to_string_lossy().into_owned()
}

/// A process that has ended.
fn dead_pid() -> u32 {
    let mut child = Command::new("true").spawn().expect("started");
    child.wait().expect("ended");
    child.id()
}

#[test]
fn while_a_batch_is_open_the_mbox_is_locked_and_then_it_is_not() {
    let (disk, store) = fresh();
    let prepared = locked(&*store);
    let lock = disk.content("/m/box.lock").expect("there is a dotlock");
    let ours = format!("{}:{}\n", std::process::id(), host());
    assert_eq!(String::from_utf8(lock).expect("text"), ours);
    assert!(!is_free(&disk));
    assert_refused(&*store, "/m/box is locked by another account of this run");
    drop(prepared);
    assert!(is_free(&disk));
    assert_eq!(disk.files("/m"), [Path::new("/m/box")]);
}

#[test]
fn a_fresh_dotlock_of_somebody_is_respected() {
    let (disk, store) = fresh();
    let parent = rustix::process::getppid().expect("a parent").as_raw_pid();
    let nobody = "/m/box is locked by another program (box.lock)".to_owned();
    for (content, text) in [
        (String::new(), nobody.clone()),
        ("0".into(), nobody.clone()),
        (format!("{}", dead_pid()), nobody.clone()),
        (format!("{}:another.example", dead_pid()), nobody.clone()),
        (
            format!("{parent}:{}\n", host()),
            format!("/m/box is locked by process {parent} (box.lock)"),
        ),
    ] {
        disk.put("/m/box.lock", content.as_bytes());
        assert_refused(&*store, &text);
        assert_eq!(disk.content("/m/box.lock"), Some(content.into_bytes()));
    }
    assert_eq!(content(&disk), b"");
    assert_eq!(disk.files("/m").len(), 2, "nothing else is left");
}

#[test]
fn a_stale_dotlock_is_taken_away() {
    for (content, age) in [
        (format!("{}:{}\n", dead_pid(), host()), 0),
        (format!("{}:{}\n", std::process::id(), host()), 0),
        (String::new(), 301),
        ("1:another.example".into(), 301),
    ] {
        let (disk, store) = fresh();
        disk.put("/m/box.lock", content.as_bytes());
        disk.set_now(1_700_000_000 + age);
        deliver(&*store, &MESSAGES).expect("stored");
        assert_eq!(disk.files("/m"), [Path::new("/m/box")]);
    }
}

#[test]
fn a_dotlock_of_before_the_last_start_of_the_system_is_stale() {
    for (age, uptime, is_stale) in [
        (20, Some(19), true),
        (20, Some(20), false),
        (300, Some(86_400), false),
        (301, Some(86_400), true),
        (300, None, false),
        (301, None, true),
        (-5, Some(0), false),
    ] {
        assert_eq!(is_old(age, uptime), is_stale, "{age}, {uptime:?}");
    }
}

#[test]
fn the_lock_of_a_killed_run_needs_no_manual_step() {
    let (disk, store) = fresh();
    let prepared = locked(&*store);
    let killed = disk.after_kill();
    drop(prepared);
    assert_eq!(killed.files("/m").len(), 2);
    deliver(&*opened(&killed).expect("opened"), &MESSAGES).expect("stored");
    assert_eq!(killed.files("/m"), [Path::new("/m/box")]);
}

#[test]
fn without_a_dotlock_the_record_lock_is_taken_and_that_is_told() {
    let (disk, store) = fresh();
    let received = batch(&*store, &MESSAGES).expect("received");
    disk.fail(Fault::once(0, Hits::Any, Errno::ACCESS));
    let prepared = store.prepare(received).expect("locked");
    assert_eq!(disk.files("/m"), [Path::new("/m/box")]);
    assert!(!is_free(&disk));
    drop(prepared);
    let [warning] = &store.warnings()[..] else {
        panic!("one warning");
    };
    assert_eq!(warning.code.word(), "no-dotlock");
    let text = "no dotlock can be made for /m/box (Permission";
    assert!(warning.text.starts_with(text));
}

#[test]
fn a_lock_that_goes_while_we_wait_stops_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let target = Target::mbox(home.path().join("box"));
    let mut setting = setting(home.path(), Arc::new(RealDisk::new()));
    setting.lock_wait = Duration::from_secs(60);
    let store = target.open(&setting).expect("opened");
    let lock = home.path().join("box.lock");
    fs::write(&lock, "").expect("written");
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| deliver(&*store, &MESSAGES).map(|places| places.len()));
        fs::remove_file(&lock).expect("removed");
        assert_eq!(waiting.join().expect("ended").expect("stored"), 3);
    });
}

#[test]
fn a_signal_ends_the_wait() {
    let disk = disk();
    let mut setting = setting(Path::new("/s"), Arc::new(disk.clone()));
    setting.lock_wait = Duration::from_secs(60);
    let store = Target::mbox("/m/box").open(&setting).expect("opened");
    disk.put("/m/box.lock", b"");
    let started = Instant::now();
    let flag = setting.cancel.flag();
    flag.store(15, std::sync::atomic::Ordering::Relaxed);
    assert_refused(&*store, "interrupted by SIGTERM");
    assert!(started.elapsed() < Duration::from_secs(30));
}

// Fault 52.
#[test]
fn a_change_under_our_lock_is_noticed() {
    let (disk, store) = fresh();
    let mut prepared = locked(&*store);
    disk.put("/m/box", b"From a Thu Jan  1 00:00:00 1970\n\n");
    let text = "/m/box was changed by a program that ignores its lock";
    assert_told(publish(&mut *prepared), Class::Temporary, text);
    assert_eq!(content(&disk), b"From a Thu Jan  1 00:00:00 1970\n\n");
}

/// Not a test: the other process of the next one. It locks the file that it
/// is told on its standard input, says so, and waits for more.
#[test]
#[ignore = "run by another test"]
fn a_neighbour_with_a_record_lock() {
    let mut input = BufReader::new(std::io::stdin());
    let mut path = String::new();
    input.read_line(&mut path).expect("a path");
    let disk = RealDisk::new();
    let file = disk.open(Path::new(path.trim_end()), Open::Append);
    let taken = file.as_ref().expect("opened").try_record_lock();
    let said = format!("\nlocked: {}\n", taken.expect("asked"));
    let written = std::io::stdout().write_all(said.as_bytes());
    written.expect("written");
    input.read_to_string(&mut path).expect("the end");
}

/// The other process, and whether it got the lock. It ends with its input.
fn neighbour(path: &Path) -> (Child, bool) {
    let me = std::env::current_exe().expect("a program");
    let name = "store::mbox::tests::locks::a_neighbour_with_a_record_lock";
    let mut child = Command::new(me)
        .args(["--ignored", "--exact", name, "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let stdin = child.stdin.as_mut().expect("a pipe");
    writeln!(stdin, "{}", path.display()).expect("written");
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let locked = lines.find_map(|line| {
        let line = line.expect("text");
        line.strip_prefix("locked: ").map(|word| word == "true")
    });
    (child, locked == Some(true))
}

fn archive(path: &Path, disk: impl Disk + 'static) -> Result<Archive, Error> {
    let disk: Arc<dyn Disk> = Arc::new(disk);
    let reading = Reading { account: &account(), cancel: &Cancel::new(), disk: &disk };
    Archive::open(&Target::mbox(path), &reading)
}

#[test]
fn a_record_lock_outlives_a_reader_in_this_process() {
    let (home, store) = real();
    let path = home.path().join("box");
    let archive = archive(&path, RealDisk::new()).expect("opened");
    let prepared = locked(&*store);
    let (gone, is_gone) = mpsc::channel();
    let reader = thread::spawn(move || {
        drop(archive);
        let _ = gone.send(());
    });
    // Long enough for a reader that does not wait.
    let early = is_gone.recv_timeout(Duration::from_millis(100)).is_ok();
    let (mut child, locked) = neighbour(&path);
    assert!(!locked && !early, "the reader took our lock with it");
    assert!(child.wait().expect("ended").success());
    drop(prepared);
    reader.join().expect("the reader ends");
}

#[test]
fn a_reader_that_fails_to_open_waits_for_its_turn_too() {
    let (disk, store) = fresh();
    let mut waited = 0;
    for call in 2..=4 {
        let prepared = locked(&*store);
        disk.fail(Fault::once(disk.calls() + call, Hits::Any, Errno::IO));
        let (ended, has_ended) = mpsc::channel();
        let on = disk.clone();
        let reader = thread::spawn(move || {
            let error = archive(Path::new("/m/box"), on).map(drop);
            let _ = ended.send(());
            error.expect_err("a call fails").to_string()
        });
        let early = has_ended.recv_timeout(Duration::from_millis(100)).is_ok();
        drop(prepared);
        let error = reader.join().expect("the reader ends");
        if error == "cannot look at /m/box" {
            assert!(!early, "it closed the mbox");
            waited += 1;
        }
    }
    assert_eq!(waited, 1, "one of the calls is on the open mbox");
}

// Fault 50.
#[test]
fn the_record_lock_of_another_process_is_respected() {
    let (home, store) = real();
    let path = home.path().join("box");
    let (mut child, locked) = neighbour(&path);
    assert!(locked);
    assert_refused(&*store, " is locked by another program (a record lock)");
    let dotlock = home.path().join("box.lock");
    assert!(!dotlock.exists(), "the dotlock is given back");
    assert!(child.wait().expect("ended").success());
    deliver(&*store, &MESSAGES).expect("stored");
}
