//! What is there already, and who else is there.

use super::*;

// Fault 42.
#[test]
fn a_lost_ledger_is_made_anew_from_the_maildir() {
    let all = mails(3);
    for disposal in [Disposal::Keep, Disposal::Delete] {
        for is_emptied in [false, true] {
            let place = Place::maildir(&all);
            place.run_well(Disposal::Keep);
            if is_emptied {
                place.disk.put(&ledger_path().to_string_lossy(), b"");
            } else {
                place.disk.remove(&ledger_path()).expect("it was there");
            }
            place.run_well(disposal);
            assert_eq!(place.retrieved(), 6, "compared");
            place.run_well(disposal);
            assert_eq!(place.retrieved(), 6, "once");
            assert_eq!(ledger(&place.disk, "alice").len(), 3);
            place.assert_stored(&all);
        }
    }
}

#[test]
fn a_torn_ledger_is_mended_and_a_damaged_one_refused() {
    let all = mails(3);
    let Place { disk, peer, .. } = Place::maildir(&all);
    let keep = job(&peer, Kind::Maildir, Disposal::Keep);
    run_well(&disk, &keep);
    let path = ledger_path();
    let whole = disk.content(&path).expect("a ledger");
    let version = whole.iter().position(|&b| b == b'\n').expect("a line") + 1;
    let opened = whole.windows(6).rposition(|text| text == b" open ");
    let opened = opened.expect("a session") + " open 1700000000\n".len();
    // A whole ledger of a run that published nothing is left out; no crash
    // leaves it, because what follows was synced before anything was stored.
    for end in (0..whole.len()).filter(|end| *end != version) {
        let torn = disk.after_kill();
        torn.put(&path.to_string_lossy(), &whole[..end]);
        let before = peer.count("RETR");
        run_well(&torn, &keep);
        assert_eq!(Kind::Maildir.read(&torn), stored(&all), "torn at {end}");
        // As long as it says which session may have published them.
        let compared = if end < opened { 3 } else { 0 };
        assert_eq!(peer.count("RETR"), before + compared, "torn at {end}");
    }

    let sessions = peer.log().last().expect("lines").session;
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    disk.put(&path.to_string_lossy(), &damaged);
    let outcome = run(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(outcome.summary.exit, 65);
    assert_eq!(disk.content(&path), Some(damaged), "left as it is");
    let after = peer.log().last().expect("lines").session;
    assert_eq!(after, sessions, "not even connected");
}

#[test]
fn two_accounts_share_a_maildir() {
    let (hers, his) = (mails(3), mails_that_differ(3));
    let (one, other) = (Place::maildir(&hers), Peer::start(his.clone()));
    let his_job = job_of("bob", &other, Kind::Maildir, Disposal::Delete);
    // Bob's whole run falls into the middle of Alice's.
    let on = one.disk.clone();
    one.peer.on_command(move |asked| {
        if asked.line == "RETR 2" {
            run_well(&on, &his_job);
        }
        Act::Serve
    });
    one.run_well(Disposal::Delete);
    one.assert_moved(&[hers, his].concat());
    assert_eq!(other.maildrop(), []);
}

#[test]
fn two_accounts_recover_from_a_power_cut_in_one_maildir() {
    let (hers, his) = (mails(2), mails_that_differ(2));
    let all = [hers.clone(), his.clone()].concat();
    let way = (Kind::Maildir, Disposal::Keep);
    cut_power_everywhere(way, &hers, 1, |at, disk, one| {
        let other = Peer::start(his.clone());
        let image = disk.after_crash(Survives::Some(at));
        run_well(&image, &job_of("bob", &other, way.0, way.1));
        run_well(&image, &job_of("alice", one, way.0, way.1));
        assert_eq!(Kind::Maildir.read(&image), stored(&all), "at call {at}");
    });
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
    let all = mails_that_differ(80);
    let place = Place::maildir(&all);
    let reader = place.disk.clone();
    place.peer.on_command(move |_| {
        read_mail(&reader);
        Act::Serve
    });
    place.run_well(Disposal::Delete);
    place.assert_moved(&all);
}

/// Between a crash and the next run.
#[test]
fn what_a_reader_moved_after_a_crash_is_found() {
    let all = mails(3);
    let way = (Kind::Maildir, Disposal::Delete);
    cut_power_everywhere(way, &all, 1, |_, disk, peer| {
        let image = disk.after_crash(Survives::Everything);
        read_mail(&image);
        assert_recovers(&image, way, peer.maildrop(), &all);
    });
}

#[test]
fn a_second_run_leaves_at_once() {
    let all = mails(3);
    let place = Place::maildir(&all);
    let (on, same) = (place.disk.clone(), place.job(Disposal::Keep));
    place.peer.on_command(move |asked| {
        if asked.line == "RETR 1" {
            assert_eq!(run(&on, &same).summary.exit, 75);
        }
        Act::Serve
    });
    place.run_well(Disposal::Keep);
    assert_eq!(place.peer.count("USER"), 1, "it did not even connect");
    place.assert_stored(&all);
}

/// A run is killed at every call, and for once the server lists nothing.
#[test]
fn an_empty_listing_does_not_make_up_for_a_run_that_was_killed() {
    let all = mails(2);
    let way = (Kind::Maildir, Disposal::Keep);
    cut_power_everywhere(way, &all, 1, |at, disk, peer| {
        let disk = disk.after_kill();
        let empty = Peer::start(Vec::new());
        for peer in [&empty, peer] {
            run_well(&disk, &job(peer, way.0, way.1));
        }
        let here = Kind::Maildir.read(&disk);
        assert_eq!(here, stored(&all), "killed at call {at}");
    });
}
