//! Who else has the mbox, and how long we wait.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::base::Cancel;
use crate::store::mbox::archive::Archive;
use crate::store::mbox::dotlock::is_old;
use crate::store::{Reading, Setting};

fn refusal(store: &dyn Delivery) -> Error {
    let batch = batch(store, &MESSAGES).expect("received");
    store.prepare(batch).expect_err("it is locked")
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
    let disk = disk();
    let store = opened(&disk).expect("opened");
    let received = batch(&*store, &MESSAGES).expect("received");
    let prepared = store.prepare(received).expect("locked");
    let lock = disk.content("/m/box.lock").expect("there is a dotlock");
    let ours = format!("{}:{}\n", std::process::id(), host());
    assert_eq!(String::from_utf8(lock).expect("text"), ours);
    let file = disk
        .open(Path::new("/m/box"), Open::Append)
        .expect("opened");
    assert!(!file.try_record_lock().expect("asked"));
    let error = refusal(&*store);
    assert_eq!(error.class(), Class::Temporary);
    assert_eq!(
        error.to_string(),
        "/m/box is locked by another account of this run"
    );
    drop(prepared);
    assert!(file.try_record_lock().expect("asked"));
    assert_eq!(disk.files("/m"), [Path::new("/m/box")]);
}

#[test]
fn a_fresh_dotlock_of_somebody_is_respected() {
    let disk = disk();
    let store = opened(&disk).expect("opened");
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
        let error = refusal(&*store);
        assert_eq!(error.class(), Class::Temporary);
        assert_eq!(error.to_string(), text);
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
        let disk = disk();
        let store = opened(&disk).expect("opened");
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
    let disk = disk();
    let store = opened(&disk).expect("opened");
    let received = batch(&*store, &MESSAGES).expect("received");
    let prepared = store.prepare(received).expect("locked");
    let killed = disk.after_kill();
    drop(prepared);
    assert_eq!(killed.files("/m").len(), 2);
    deliver(&*opened(&killed).expect("opened"), &MESSAGES).expect("stored");
    assert_eq!(killed.files("/m"), [Path::new("/m/box")]);
}

#[test]
fn without_a_dotlock_the_record_lock_is_taken_and_that_is_told() {
    let disk = disk();
    let store = opened(&disk).expect("opened");
    let received = batch(&*store, &MESSAGES).expect("received");
    let (hits, lasts, error) = (Hits::Any, false, Errno::ACCESS);
    disk.fail(Fault {
        at: 0,
        hits,
        lasts,
        error,
    });
    let prepared = store.prepare(received).expect("locked");
    assert_eq!(disk.files("/m"), [Path::new("/m/box")]);
    let file = disk
        .open(Path::new("/m/box"), Open::Append)
        .expect("opened");
    assert!(!file.try_record_lock().expect("asked"));
    drop(prepared);
    let warnings = store.warnings();
    assert_eq!(warnings.len(), 1);
    assert_eq!(warnings[0].code.word(), "no-dotlock");
    assert!(
        warnings[0]
            .text
            .starts_with("no dotlock can be made for /m/box (Permission")
    );
}

#[test]
fn a_lock_that_goes_while_we_wait_stops_nothing() {
    let home = tempfile::tempdir().expect("a folder");
    let target = Target::mbox(home.path().join("box"));
    let setting = Setting {
        lock_wait: Duration::from_secs(60),
        ..setting(home.path(), Arc::new(RealDisk::new()))
    };
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
    let cancel = Cancel::new();
    let setting = Setting {
        lock_wait: Duration::from_secs(60),
        cancel: cancel.clone(),
        ..setting(Path::new("/s"), Arc::new(disk.clone()))
    };
    let store = Target::mbox("/m/box").open(&setting).expect("opened");
    disk.put("/m/box.lock", b"");
    let started = Instant::now();
    cancel
        .flag()
        .store(15, std::sync::atomic::Ordering::Relaxed);
    let error = refusal(&*store);
    assert_eq!(error.to_string(), "interrupted by SIGTERM");
    assert_eq!(error.class(), Class::Temporary);
    assert!(started.elapsed() < Duration::from_secs(30));
}

// Fault 52.
#[test]
fn a_change_under_our_lock_is_noticed() {
    let disk = disk();
    let store = opened(&disk).expect("opened");
    let received = batch(&*store, &MESSAGES).expect("received");
    let mut prepared = store.prepare(received).expect("locked");
    disk.put("/m/box", b"From a Thu Jan  1 00:00:00 1970\n\n");
    let error = publish(&mut *prepared).expect_err("it was changed");
    assert_eq!(error.class(), Class::Temporary);
    assert_eq!(
        error.to_string(),
        "/m/box was changed by a program that ignores its lock"
    );
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
    let file = disk
        .open(Path::new(path.trim_end()), Open::Append)
        .expect("opened");
    let taken = file.try_record_lock().expect("asked");
    std::io::stdout()
        .write_all(format!("\nlocked: {taken}\n").as_bytes())
        .expect("written");
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
        line.expect("text")
            .strip_prefix("locked: ")
            .map(str::to_owned)
    });
    (child, locked.as_deref() == Some("true"))
}

fn archive(path: &Path, disk: impl Disk + 'static) -> Result<Archive, Error> {
    let disk: Arc<dyn Disk> = Arc::new(disk);
    let reading = Reading {
        account: &account(),
        cancel: &Cancel::new(),
        disk: &disk,
    };
    Archive::open(&Target::mbox(path), &reading)
}

#[test]
fn a_record_lock_outlives_a_reader_in_this_process() {
    let home = tempfile::tempdir().expect("a folder");
    let store = real(home.path()).expect("opened");
    let path = home.path().join("box");
    let archive = archive(&path, RealDisk::new()).expect("opened");
    let received = batch(&*store, &MESSAGES).expect("received");
    let prepared = store.prepare(received).expect("locked");
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
    let disk = disk();
    let store = opened(&disk).expect("opened");
    let mut waited = 0;
    for call in 2..=4 {
        let received = batch(&*store, &MESSAGES).expect("received");
        let prepared = store.prepare(received).expect("locked");
        disk.fail(Fault {
            at: disk.calls() + call,
            hits: Hits::Any,
            lasts: false,
            error: Errno::IO,
        });
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
    let home = tempfile::tempdir().expect("a folder");
    let store = real(home.path()).expect("opened");
    let path = home.path().join("box");
    let (mut child, locked) = neighbour(&path);
    assert!(locked);
    let error = refusal(&*store);
    assert_eq!(error.class(), Class::Temporary);
    assert!(
        error
            .to_string()
            .ends_with(" is locked by another program (a record lock)")
    );
    assert!(
        !home.path().join("box.lock").exists(),
        "the dotlock is given back"
    );
    assert!(child.wait().expect("ended").success());
    deliver(&*store, &MESSAGES).expect("stored");
}
