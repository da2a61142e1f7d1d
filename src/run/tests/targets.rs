//! Another target than that of the last run.

use super::*;
use crate::disk::Disk;

/// Where the test moves to.
const OTHER: &str = "/home/Other";

/// One run; the codes and texts of its warnings.
fn warnings(disk: &CrashDisk, job: &FetchJob) -> Vec<(&'static str, String)> {
    let listener = Listener::default();
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &listener);
    if let Some(error) = &outcome.error {
        panic!("{}", told(error));
    }
    listener.warnings()
}

/// A job whose mail goes elsewhere.
fn elsewhere(job: &FetchJob) -> FetchJob {
    FetchJob {
        target: Target::Maildir(OTHER.into()),
        ..job.clone()
    }
}

#[test]
fn another_target_is_worth_one_warning() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let disk = disk();
        let peer = Peer::start(mails(3));
        let job = job(&peer, kind, Disposal::Keep);
        assert_eq!(warnings(&disk, &job), [], "a fresh account");
        assert_eq!(warnings(&disk, &job), [], "the same target");
        let text = "3 messages stored earlier stay in /home/Mail, only new ones go to the new \
                    target; once with --all, what is still on the server is stored there too";
        let expected = [("target-changed", text.to_owned())];
        let rehearsal = FetchJob {
            dry_run: true,
            ..elsewhere(&job)
        };
        assert_eq!(
            warnings(&disk, &rehearsal),
            expected,
            "it remembers nothing"
        );
        assert_eq!(warnings(&disk, &elsewhere(&job)), expected);
        assert_eq!(warnings(&disk, &elsewhere(&job)), []);
    }
}

#[test]
fn a_final_slash_makes_no_other_target() {
    let disk = disk();
    let peer = Peer::start(mails(1));
    let mut job = job(&peer, Kind::Maildir, Disposal::Keep);
    assert_eq!(warnings(&disk, &job), []);
    job.target = Target::Maildir("/home/Mail/".into());
    assert_eq!(warnings(&disk, &job), []);
}

#[test]
fn whoever_fetches_all_is_not_warned() {
    let disk = disk();
    let peer = Peer::start(mails(3));
    let job = job(&peer, Kind::Maildir, Disposal::Keep);
    assert_eq!(warnings(&disk, &job), []);
    let mut all = elsewhere(&job);
    all.policy.all = true;
    assert_eq!(warnings(&disk, &all), []);
    assert_eq!(disk.files("/home/Other/new").len(), 3);
    assert_eq!(warnings(&disk, &elsewhere(&job)), []);
}

#[test]
fn nothing_stored_or_nothing_left_there_needs_no_warning() {
    let disk = disk();
    let empty = Peer::start(Vec::new());
    let fresh = job(&empty, Kind::Maildir, Disposal::Keep);
    assert_eq!(warnings(&disk, &fresh), []);
    assert_eq!(warnings(&disk, &elsewhere(&fresh)), [], "nothing stored");
    let peer = Peer::start(mails(1));
    let job = job(&peer, Kind::Mbox, Disposal::Keep);
    assert_eq!(warnings(&self::disk(), &job), []);
    let disk = self::disk();
    assert_eq!(warnings(&disk, &job), []);
    disk.replace(Path::new("/home/Mail"), Path::new("/home/Moved"))
        .expect("moved");
    let moved = FetchJob {
        target: Target::Mbox("/home/Moved".into()),
        ..job
    };
    assert_eq!(warnings(&disk, &moved), [], "the user moved it");
}

#[test]
fn a_lost_memory_loses_only_the_warning() {
    let disk = disk();
    let peer = Peer::start(mails(1));
    let job = job(&peer, Kind::Maildir, Disposal::Keep);
    assert_eq!(warnings(&disk, &job), []);
    disk.remove(&job.account.dir().join("target"))
        .expect("it was there");
    assert_eq!(warnings(&disk, &elsewhere(&job)), []);
    assert_ne!(warnings(&disk, &job), [], "but the new one is remembered");
}
