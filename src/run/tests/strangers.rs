//! What is in the Maildir under a key, and is not what the server has.

use std::path::PathBuf;

use super::*;
use crate::disk::Disk;
use crate::ledger::Lock;

fn ledger_file() -> PathBuf {
    Path::new(STATE).join(id("alice").as_str()).join("ledger")
}

/// The same unique ids, and other messages: some as long as the first ones.
fn others() -> Vec<Mail> {
    let texts: [&[u8]; 3] = [
        b"Subject: ONE\n\nFrom the start\n.\n..two dots\nthe end\n",
        b"Subject: another, and a longer one\n\n",
        b"\n",
    ];
    let mail = |n: usize| Mail::new(&format!("u{n}"), texts[n]);
    (0..3).map(mail).collect()
}

/// As users do it after "the unique ids were reset".
#[test]
fn a_lost_ledger_takes_no_other_message_for_a_stored_one() {
    for disposal in [Disposal::Keep, Disposal::Delete] {
        let disk = disk();
        let peer = Peer::start(mails(3));
        run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
        disk.remove(&ledger_file()).expect("it was there");
        peer.set_maildrop(others());
        let outcome = run_well(&disk, &job(&peer, Kind::Maildir, disposal));
        assert_eq!(outcome.summary.stored, 3);
        let all = [mails(3), others()].concat();
        assert_eq!(Kind::Maildir.read(&disk), stored(&all));
        let outcome = run_well(&disk, &job(&peer, Kind::Maildir, disposal));
        assert_eq!(outcome.summary.stored, 0);
    }
}

/// What `verify` found damaged and the user therefore forgot is fetched anew,
/// wherever the next run is killed.
#[test]
fn what_was_forgotten_for_its_damage_is_not_taken_up_again() {
    let all = mails(1);
    let broken = || {
        let disk = disk();
        let peer = Peer::start(all.clone());
        run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
        let path = disk.files("/home/Mail/new").remove(0);
        let mut bytes = disk.content(&path).expect("a message");
        bytes[3] ^= 1;
        disk.put(&path.to_string_lossy(), &bytes);
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let lock = Lock::take(
            Path::new(STATE),
            &id("alice"),
            Duration::ZERO,
            &Cancel::new(),
            &shared,
        );
        let mut ledger = Ledger::open(lock.expect("locked"), shared).expect("opened");
        ledger.forget(&[all[0].id()]).expect("forgotten");
        ledger.close().expect("closed");
        (disk, peer)
    };
    let (whole, peer) = broken();
    let before = whole.calls();
    run_well(&whole, &job(&peer, Kind::Maildir, Disposal::Keep));
    let calls = whole.calls() - before;
    for at in 1..=calls {
        let (disk, peer) = broken();
        disk.cut_power_at(disk.calls() + at);
        run_unwatched(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
        let image = disk.after_kill();
        let mut job = job(&peer, Kind::Maildir, Disposal::Delete);
        job.delete_verified = true;
        run_unwatched(&image, &job);
        let here = Kind::Maildir.read(&image).contains(&all[0].stored());
        assert!(here, "killed at call {at}");
    }
}

/// Under one unique id there were several messages, and there is another one.
#[test]
fn a_lost_ledger_finds_every_message_of_a_uid() {
    let all = [
        Mail::new("u", b"Subject: first\n\n1\n"),
        Mail::new("u", b"Subject: second\n\n2\n"),
    ];
    let disk = disk();
    let peer = Peer::start(all.to_vec());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    disk.remove(&ledger_file()).expect("it was there");
    peer.set_maildrop(all[1..].to_vec());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Delete));
    assert_eq!(Kind::Maildir.read(&disk), stored(&all), "none twice");
    assert!(peer.maildrop().is_empty());
}

#[test]
fn a_reader_may_move_mail_while_the_maildir_is_looked_at() {
    let all = super::oracle::mails_that_differ(5);
    let disk = disk();
    let peer = Peer::start(all.clone());
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    disk.remove(&ledger_file()).expect("it was there");
    // The listing of the Maildir is over when LIST is asked.
    let reader = disk.clone();
    peer.on_command(move |asked| {
        if asked.line == "LIST" {
            super::recovery::read_mail(&reader);
        }
        super::peer::Act::Serve
    });
    run_well(&disk, &job(&peer, Kind::Maildir, Disposal::Keep));
    assert_eq!(Kind::Maildir.read(&disk), stored(&all));
}

/// Its deletion was confirmed, and another one came before any listing.
#[test]
fn another_message_under_a_uid_just_deleted_is_fetched() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        for disposal in [Disposal::Keep, Disposal::Delete] {
            let disk = disk();
            let peer = Peer::start(mails(1));
            run_well(&disk, &job(&peer, kind, Disposal::Delete));
            let other = Mail::new("u0", b"Subject: another, of another length\n\nx\n");
            peer.set_maildrop(vec![other.clone()]);
            let outcome = run_well(&disk, &job(&peer, kind, disposal));
            assert_eq!(outcome.summary.stored, 1);
            let all = [mails(1), vec![other]].concat();
            assert_eq!(kind.read(&disk), stored(&all));
        }
    }
}
