//! Power cuts, kills and errors while a batch is appended.

use super::*;
use crate::disk::crash::Survives;

const BEFORE: &[u8] = b"From a@a Thu Jan  1 00:00:00 1970\nX: y\n\nno line end";

fn started() -> CrashDisk {
    let disk = disk();
    disk.put("/m/box", BEFORE);
    disk
}

/// One run. The intent goes to the ledger, if it came that far.
fn run(disk: &CrashDisk, ledger: &mut Option<Note>) -> Result<(), Error> {
    let store = opened(disk)?;
    let batch = batch(&*store, &MESSAGES)?;
    let mut prepared = store.prepare(batch)?;
    *ledger = prepared.note();
    publish(&mut *prepared)?;
    Ok(())
}

/// Recovers, and stores what is missing. Returns how many were there.
fn finish(disk: &CrashDisk, ledger: Option<&Note>) -> usize {
    // A dotlock whose content the crash took is stale after five minutes.
    disk.set_now(1_700_000_301);
    let mut whole = 0;
    let recovered = ledger.map(|note| recovered(disk, note));
    let store = opened(disk).expect("opened");
    if let Some(recovered) = recovered {
        assert!(!recovered.left_alone);
        whole = recovered.whole;
        let pending = ledger.iter().flat_map(|note| &note.messages);
        for (pending, stored) in pending.take(whole).zip(MESSAGES) {
            let reread = reread(disk, &pending.receipt).expect("a message").hash;
            let ended = [stored, b"\n"].concat();
            assert!([hash(stored), hash(&ended)].contains(&reread));
        }
    }
    deliver(&*store, &MESSAGES[whole..]).expect("stored");
    let expected = [BEFORE, b"\n\n", &STORED.concat()].concat();
    assert_eq!(content(disk), expected, "each message stands there once");
    let left = disk.files("/");
    assert_eq!(left, [Path::new("/m/box")], "no lock and no spool is left");
    whole
}

#[test]
fn a_power_cut_at_any_call_ends_with_every_message_once() {
    let whole = started();
    run(&whole, &mut None).expect("stored");
    for call in 1..=whole.calls() + 1 {
        let disk = started();
        disk.cut_power_at(call);
        let mut ledger = None;
        let ended = run(&disk, &mut ledger).is_ok();
        for survives in endings() {
            let after = disk.after_crash(survives);
            let whole = finish(&after, ledger.as_ref());
            assert!(!ended || whole == 3, "call {call}, {survives:?}");
        }
    }
}

#[test]
fn an_mbox_made_by_a_killed_run_is_durable_with_its_first_message() {
    let disk = disk();
    disk.cut_power_at(4);
    opened(&disk).expect_err("it is killed");
    let disk = disk.after_kill();
    assert!(disk.content("/m/box").is_some(), "it was made, not synced");
    let store = opened(&disk).expect("opened");
    deliver(&*store, &MESSAGES).expect("stored");
    let after = disk.after_crash(Survives::Nothing);
    assert_eq!(content(&after), STORED.concat());
}

#[test]
fn a_full_disk_cuts_the_mbox_back_under_the_lock() {
    for hits in [Hits::Writes, Hits::Syncs] {
        let disk = started();
        let store = opened(&disk).expect("opened");
        let mut prepared = locked(&*store);
        disk.write_at_most(20);
        disk.fail(Fault::once(disk.calls() + 4, hits, Errno::NOSPC));
        let error = publish(&mut *prepared).expect_err("the disk is full");
        assert_eq!(error.class(), Class::Io);
        assert!(error.to_string().ends_with(" /m/box"), "{error}");
        assert_eq!(content(&disk), BEFORE);
        assert_eq!(publish(&mut *prepared).expect("nothing is left"), []);
        drop(prepared);
        assert_eq!(content(&disk.after_crash(Survives::Nothing)), BEFORE);
    }
}
