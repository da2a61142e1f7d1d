//! What is there already, and who else is there.

use std::path::PathBuf;

use super::peer::Act;
use super::*;
use crate::disk::Disk;

fn ledger_path(user: &str) -> PathBuf {
    Path::new(STATE).join(id(user).as_str()).join("ledger")
}

// Fault 42.
#[test]
fn a_lost_ledger_is_made_anew_from_the_maildir() {
    let all = mails(3);
    for disposal in [Disposal::Keep, Disposal::Delete] {
        let disk = disk();
        let peer = Peer::start(all.clone());
        run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
        disk.remove(&ledger_path("alice")).expect("it was there");
        run_well(&disk, &job(&peer, Kind::Maildir, disposal));
        assert_eq!(peer.count("RETR"), 6, "compared");
        run_well(&disk, &job(&peer, Kind::Maildir, disposal));
        assert_eq!(peer.count("RETR"), 6, "once");
        assert_eq!(ledger(&disk, "alice").len(), 3);
        assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    }
}

#[test]
fn an_emptied_ledger_is_made_anew_from_the_maildir() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    disk.put(&ledger_path("alice").to_string_lossy(), b"");
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(peer.count("RETR"), 6, "compared");
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

#[test]
fn a_torn_ledger_is_mended_and_a_damaged_one_refused() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    let path = ledger_path("alice");
    let whole = disk.content(&path).expect("a ledger");
    let version = whole.iter().position(|&b| b == b'\n').expect("a line") + 1;
    let opened = whole.windows(6).rposition(|text| text == b" open ");
    let opened = opened.expect("a session") + " open 1700000000\n".len();
    for end in 0..whole.len() {
        if end == version {
            // A whole ledger of a run that published nothing; no crash leaves
            // it, because what follows was synced before anything was stored.
            continue;
        }
        let torn = disk.after_kill();
        torn.put(&path.to_string_lossy(), &whole[..end]);
        let before = peer.count("RETR");
        run_well(&torn, &job(&peer, Kind::Maildir, Disposal::Keep));
        assert_eq!(Kind::Maildir.read(&torn), stored(&all), "torn at {end}");
        // As long as it says which session may have published them.
        let compared = if end < opened { 3 } else { 0 };
        assert_eq!(peer.count("RETR"), before + compared, "torn at {end}");
    }

    let sessions = peer.log().last().expect("lines").session;
    let mut damaged = whole.clone();
    let middle = whole.len() / 2;
    damaged[middle] ^= 1;
    disk.put(&path.to_string_lossy(), &damaged);
    let outcome = run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(outcome.summary.exit, 65);
    assert_eq!(disk.content(&path), Some(damaged), "left as it is");
    assert_eq!(
        peer.log().last().expect("lines").session,
        sessions,
        "not even connected"
    );
}

#[test]
fn two_accounts_share_a_maildir() {
    let (hers, his) = (mails(3), super::oracle::mails_that_differ(3));
    let all = [hers.clone(), his.clone()].concat();
    let disk = disk();
    let (one, other) = (Peer::start(hers), Peer::start(his));
    let alice = job_of("alice", &one, Kind::Maildir, Disposal::Delete);
    let bob = job_of("bob", &other, Kind::Maildir, Disposal::Delete);
    // Bob's whole run falls into the middle of Alice's.
    let (on, his_job) = (disk.clone(), bob.clone());
    one.on_command(move |asked| {
        if asked.line == "RETR 2" {
            run_well(&on, &his_job);
        }
        Act::Serve
    });
    run_well(&disk, &alice);
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    assert!(one.maildrop().is_empty() && other.maildrop().is_empty());
}

#[test]
fn two_accounts_recover_from_a_power_cut_in_one_maildir() {
    let (hers, his) = (mails(2), super::oracle::mails_that_differ(2));
    let all = [hers.clone(), his.clone()].concat();
    let whole = disk();
    let peer = Peer::start(hers.clone());
    run_well(&whole, &job(&peer, Kind::Maildir, Disposal::Keep));
    for at in 1..=whole.calls() {
        let disk = disk();
        disk.cut_power_at(at);
        let one = Peer::start(hers.clone());
        let other = Peer::start(his.clone());
        run(&disk, &job_of("alice", &one, Kind::Maildir, Disposal::Keep));
        let image = disk.after_crash(Survives::Some(at));
        run_well(
            &image,
            &job_of("bob", &other, Kind::Maildir, Disposal::Keep),
        );
        run_well(
            &image,
            &job_of("alice", &one, Kind::Maildir, Disposal::Keep),
        );
        assert_eq!(Kind::Maildir.read(&image), stored(&all), "at call {at}");
    }
}

/// Moves what is in new/ to cur/ and marks it as read, as readers do.
pub(super) fn read_mail(disk: &CrashDisk) {
    for path in disk.files("/home/Mail/new") {
        let name = path.file_name().expect("a name").to_string_lossy();
        if !name.starts_with('.') {
            let to = Path::new("/home/Mail/cur").join(format!("{name}:2,S"));
            disk.shift(&path, &to);
        }
    }
}

// Fault 55.
#[test]
fn a_reader_may_move_mail_at_any_time() {
    let all = super::oracle::mails_that_differ(80);
    let disk = disk();
    let peer = Peer::start(all.clone());
    let reader = disk.clone();
    peer.on_command(move |_| {
        read_mail(&reader);
        Act::Serve
    });
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
    assert!(peer.maildrop().is_empty());
}

/// Between a crash and the next run.
#[test]
fn what_a_reader_moved_after_a_crash_is_found() {
    let all = mails(3);
    let whole = disk();
    run_well(
        &whole,
        &job(&Peer::start(all.clone()), Kind::Maildir, Disposal::Keep),
    );
    for at in 1..=whole.calls() {
        let disk = disk();
        disk.cut_power_at(at);
        let peer = Peer::start(all.clone());
        run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
        let image = disk.after_crash(Survives::Everything);
        read_mail(&image);
        let way = (Kind::Maildir, Disposal::Delete);
        assert_recovers(&image, way, peer.maildrop(), &all);
    }
}

#[test]
fn a_second_run_leaves_at_once() {
    let all = mails(3);
    let disk = disk();
    let peer = Peer::start(all.clone());
    let (on, same) = (disk.clone(), job(&peer, Kind::Maildir, Disposal::Keep));
    peer.on_command(move |asked| {
        if asked.line == "RETR 1" {
            let outcome = run(&on, &same);
            assert_eq!(outcome.summary.exit, 75);
        }
        Act::Serve
    });
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(peer.count("USER"), 1, "it did not even connect");
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

/// A run is killed at every call, and for once the server lists nothing.
#[test]
fn an_empty_listing_does_not_make_up_for_a_run_that_was_killed() {
    let all = mails(2);
    let first = |disk: &CrashDisk| {
        let peer = Peer::start(all.clone());
        run(disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    };
    let whole = disk();
    first(&whole);
    for at in 1..=whole.calls() {
        let disk = disk();
        disk.cut_power_at(at);
        first(&disk);
        let disk = disk.after_kill();
        let empty = Peer::start(Vec::new());
        run_well(&disk, &job(&empty, Kind::Maildir, Disposal::Keep));
        first(&disk);
        let here = Kind::Maildir.read(&disk);
        assert_eq!(here, stored(&all), "killed at call {at}");
    }
}
