//! The power goes, calls fail, the disk is full.

use super::*;

/// One run: what it published, and whether it ended well.
fn run(disk: &CrashDisk) -> Result<Vec<Receipt>, Error> {
    let store = opened(disk)?;
    deliver(&*store, &MESSAGES[..2])?;
    let last = vec![seal(&*store, key("u2"), MESSAGES[2])?];
    publish(&mut *store.prepare(last)?)
}

/// Opens after whatever happened. Returns which messages are found, all of
/// them whole.
fn found(disk: &CrashDisk) -> Vec<usize> {
    for path in disk.files("/m/box/new") {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        let content = disk.content(&path).expect("read");
        assert!(hidden || MESSAGES.contains(&&content[..]), "{content:?}");
    }
    let store = opened(disk).expect("opened");
    assert_eq!(disk.files("/m/box/tmp"), [] as [PathBuf; 0]);
    let published = store.published().expect("scanned");
    let is_found = |n: &usize| match find(&published, &format!("u{n}")) {
        Some(place) => {
            let reread = store.reread(&place).expect("read");
            assert_eq!(reread.hash, hash(MESSAGES[*n]));
            true
        }
        None => false,
    };
    (0..MESSAGES.len()).filter(is_found).collect()
}

#[test]
fn a_power_cut_at_any_call_leaves_nothing_partial_and_loses_nothing_published() {
    let whole = CrashDisk::new(&["/m", "/s"]);
    run(&whole).expect("stored");
    for call in 1..=whole.calls() + 1 {
        let disk = CrashDisk::new(&["/m", "/s"]);
        disk.cut_power_at(call);
        let ended = run(&disk).is_ok();
        for survives in endings() {
            let found = found(&disk.after_crash(survives));
            assert!(!ended || found.len() == 3, "call {call}, {survives:?}");
        }
    }
}

#[test]
fn a_failed_sync_publishes_nothing() {
    let (disk, store) = crashable();
    let batch = batch(&*store, &MESSAGES).expect("received");
    disk.fail(Fault::once(0, Hits::Syncs, Errno::NOSPC));
    let error = store.prepare(batch).expect_err("the disk is full");
    assert_eq!(error.class(), Class::Io);
    assert_eq!(error.to_string(), "cannot sync files in /m/box/tmp");
    let source = std::error::Error::source(&error).expect("a source");
    assert!(source.to_string().starts_with("No space left on device"));
    assert!(disk.files("/m").is_empty(), "the drafts are gone");
    deliver(&*store, &MESSAGES).expect("it failed once");
}

// Fault 22.
#[test]
fn a_full_disk_removes_the_draft() {
    let (disk, store) = crashable();
    let mut draft = store.draft(key("u")).expect("a draft");
    let piece = [b'x'; 10_000];
    for _ in 0..10 {
        draft.write(&piece).expect("written");
    }
    disk.fail(Fault::once(0, Hits::Writes, Errno::NOSPC));
    let error = (0..10).find_map(|_| draft.write(&piece).err());
    let error = error.expect("the disk is full");
    assert_eq!(error.class(), Class::Io);
    let text = error.to_string();
    assert!(text.starts_with("cannot write /m/box/tmp/1700000000.R"));
    draft.write(&piece).expect("there is room again");
    let error = draft.seal().expect_err("it has a hole");
    assert_eq!(error.class(), Class::Io);
    assert!(disk.files("/m").is_empty());
}

// Faults 32 and 35.
#[test]
fn a_target_that_cannot_be_written_is_found_at_open() {
    let disk = CrashDisk::new(&["/m", "/s"]);
    run(&disk).expect("stored");
    let start = disk.calls();
    opened(&disk).expect("opened");
    let mut texts = Vec::new();
    for at in 1..=disk.calls() - start {
        for (error, class) in AT_OPEN {
            let disk = disk.after_kill();
            disk.fail(Fault::once(at, Hits::Any, error));
            let refused = opened(&disk).expect_err("refused");
            assert_eq!(refused.class(), class, "{error:?} at call {at}");
            texts.push(refused.to_string());
        }
    }
    let apart = "cannot store mail in /m/box/new: it is on another file system than tmp/";
    assert!(texts.iter().any(|text| text == apart), "{texts:#?}");
}
