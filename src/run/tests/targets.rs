//! Another target than that of the last run.

use super::oracle::mails_that_differ;
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
        target: Target::maildir(OTHER),
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
        let text = format!(
            "mail now goes to {OTHER}; 3 earlier messages stay in /home/Mail. `retr fetch --all {}` \
             once copies those still on the server to the new place",
            job.account.word
        );
        let expected = [("target-changed", text)];
        let rehearsal = FetchJob {
            dry_run: true,
            ..elsewhere(&job)
        };
        assert_eq!(
            warnings(&disk, &rehearsal),
            expected,
            "it remembers nothing"
        );
        assert_eq!(
            warnings(&disk, &elsewhere(&job)),
            [],
            "nothing went there yet"
        );
        let more = Peer::start(mails(4));
        let more = self::job(&more, kind, Disposal::Keep);
        assert_eq!(warnings(&disk, &elsewhere(&more)), expected);
        assert_eq!(warnings(&disk, &elsewhere(&more)), [], "the fourth did");
    }
}

#[test]
fn a_final_slash_makes_no_other_target() {
    let disk = disk();
    let peer = Peer::start(mails(1));
    let mut job = job(&peer, Kind::Maildir, Disposal::Keep);
    assert_eq!(warnings(&disk, &job), []);
    job.target = Target::maildir("/home/Mail/");
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
        target: Target::mbox("/home/Moved"),
        ..job
    };
    assert_eq!(warnings(&disk, &moved), [], "the user moved it");
}

/// A run to an mbox is killed at every call, and the next one goes elsewhere.
/// What was torn is gone from the mbox all the same, and what is whole is
/// known.
#[test]
fn an_interrupted_append_is_settled_by_a_run_to_another_target() {
    let all = mails_that_differ(3);
    let started = |count: usize| {
        let disk = disk();
        disk.write_at_most(40);
        let peer = Peer::start(all[..count].to_vec());
        let job = job(&peer, Kind::Mbox, Disposal::Keep);
        (disk, peer, job)
    };
    let (whole, _peer, first) = started(2);
    run_well(&whole, &first);
    for at in 1..=whole.calls() {
        let (disk, _peer, first) = started(2);
        disk.cut_power_at(at);
        run(&disk, &first);
        for other in [Target::maildir(OTHER), Target::mbox(OTHER)] {
            let disk = disk.after_kill();
            disk.write_at_most(usize::MAX);
            disk.set_now(1_700_000_999);
            let peer = Peer::start(all[..2].to_vec());
            let mut elsewhere = job(&peer, Kind::Mbox, Disposal::Keep);
            elsewhere.target = other.clone();
            warnings(&disk, &elsewhere);
            let peer = Peer::start(all.clone());
            warnings(&disk, &job(&peer, Kind::Mbox, Disposal::Keep));
            let mut here = Kind::Mbox.read(&disk);
            here.extend(read_at(&disk, &other));
            here.sort();
            assert_eq!(here, stored(&all), "{other:?}, killed at call {at}");
        }
    }
}

/// Nothing is made anew, and nothing waited for, where the mbox went.
#[test]
fn an_interrupted_append_to_what_is_gone_is_settled() {
    let all = mails_that_differ(2);
    let torn = disk_with_torn_mbox(&all);
    for there in [None, Some(b"".as_slice()), Some(b"another\n")] {
        let disk = torn.after_kill();
        disk.shift(Path::new("/home/Mail"), Path::new("/home/Moved"));
        if let Some(content) = there {
            disk.put("/home/Mail", content);
        }
        let peer = Peer::start(all.clone());
        let job = elsewhere(&job(&peer, Kind::Mbox, Disposal::Keep));
        let codes: Vec<_> = warnings(&disk, &job).into_iter().map(|w| w.0).collect();
        let expected: &[&str] = match there {
            Some([_, ..]) => &["mbox-tail"],
            _ => &[],
        };
        assert_eq!(codes, expected);
        assert_eq!(disk.content("/home/Mail").as_deref(), there);
        assert_eq!(read_at(&disk, &job.target), stored(&all));
        assert_eq!(warnings(&disk, &job), [], "it is settled for good");
    }
}

/// The mbox where mail went is locked for good, or its disk gives nothing back:
/// mail that goes elsewhere is not held up, and what goes there is.
#[test]
fn an_interrupted_append_to_what_cannot_be_read_holds_up_no_other_target() {
    let all = mails_that_differ(2);
    let torn = disk_with_torn_mbox(&all);
    let peer = Peer::start(all.clone());
    let mut here = job(&peer, Kind::Mbox, Disposal::Keep);
    here.account.access.timeout = Duration::from_millis(20);
    let locked = || {
        let disk = torn.after_kill();
        disk.put("/home/Mail.lock", b"1 another.example.com");
        disk
    };
    let disk = locked();
    assert_eq!(run_unwatched(&disk, &here).summary.exit, 75);
    let there = elsewhere(&here);
    let before = disk.content("/home/Mail");
    let told = warnings(&disk, &there);
    assert_eq!(told[0].0, "mbox-tail", "{told:?}");
    assert!(told[0].1.contains("/home/Mail is locked by"), "{told:?}");
    assert_eq!(disk.content("/home/Mail"), before);
    assert_eq!(read_at(&disk, &there.target), stored(&all));
    assert_eq!(warnings(&disk, &there), [], "it is settled for good");
    // The whole run has less time than a single wait.
    here.account.access.timeout = Duration::from_secs(3_600);
    here.account.access.deadline = Duration::from_millis(20);
    assert_eq!(run_unwatched(&locked(), &here).summary.exit, 75);
}

/// A run to an mbox that was killed in the middle of its append.
fn disk_with_torn_mbox(all: &[Mail]) -> CrashDisk {
    (1..)
        .find_map(|at| {
            let disk = disk();
            disk.write_at_most(40);
            disk.cut_power_at(at);
            let peer = Peer::start(all.to_vec());
            run(&disk, &job(&peer, Kind::Mbox, Disposal::Keep));
            let torn = disk.content("/home/Mail").is_some_and(|c| !c.is_empty());
            torn.then(|| disk.after_kill())
        })
        .expect("a call that writes")
}

/// The messages in the other target.
fn read_at(disk: &CrashDisk, target: &Target) -> Vec<Vec<u8>> {
    let mut messages = match target.scheme().name {
        "maildir" => read_maildir(disk, OTHER),
        _ => read_mbox(&disk.content(OTHER).unwrap_or_default()),
    };
    messages.sort();
    messages
}
