//! Another target than that of the last run.

use super::*;

/// Where the test moves to.
const OTHER: &str = "/home/Other";

/// One run that ends well; the codes and texts of its warnings.
#[track_caller]
fn warned(disk: &CrashDisk, job: &FetchJob) -> Vec<(&'static str, String)> {
    let (outcome, events) = run_heard(disk, job);
    if let Some(error) = &outcome.error {
        panic!("{}", told(error));
    }
    warnings(events)
}

fn keep(kind: Kind, mails: &[Mail]) -> (Place, FetchJob) {
    let place = Place::new(kind, mails);
    let job = place.job(Disposal::Keep);
    (place, job)
}

fn to(target: Target, job: &FetchJob) -> FetchJob {
    let mut job = job.clone();
    job.target = target;
    job
}

/// A job whose mail goes elsewhere.
fn elsewhere(job: &FetchJob) -> FetchJob {
    to(Target::maildir(OTHER), job)
}

#[test]
fn another_target_is_worth_one_warning() {
    for kind in [Kind::Maildir, Kind::Mbox] {
        let (place, job) = keep(kind, &mails(3));
        let warned = |job: &FetchJob| warned(&place.disk, job);
        assert_eq!(warned(&job), [], "a fresh account");
        assert_eq!(warned(&job), [], "the same target");
        let text = format!(
            "mail now goes to {OTHER}; 3 earlier messages stay in /home/Mail. `retr fetch --all {}` \
             once copies those still on the server to the new place",
            job.account.word
        );
        let expected = [("target-changed", text)];
        let mut rehearsal = elsewhere(&job);
        rehearsal.dry_run = true;
        assert_eq!(warned(&rehearsal), expected, "it remembers nothing");
        assert_eq!(warned(&elsewhere(&job)), [], "nothing went there yet");
        place.peer.set_maildrop(mails(4));
        assert_eq!(warned(&elsewhere(&job)), expected);
        assert_eq!(warned(&elsewhere(&job)), [], "the fourth did");
    }
}

#[test]
fn a_final_slash_makes_no_other_target() {
    let (place, job) = keep(Kind::Maildir, &mails(1));
    assert_eq!(warned(&place.disk, &job), []);
    let slash = to(Target::maildir("/home/Mail/"), &job);
    assert_eq!(warned(&place.disk, &slash), []);
}

#[test]
fn whoever_fetches_all_is_not_warned() {
    let (place, job) = keep(Kind::Maildir, &mails(3));
    assert_eq!(warned(&place.disk, &job), []);
    let mut all = elsewhere(&job);
    all.policy.all = true;
    assert_eq!(warned(&place.disk, &all), []);
    assert_eq!(place.disk.files("/home/Other/new").len(), 3);
    assert_eq!(warned(&place.disk, &elsewhere(&job)), []);
}

#[test]
fn nothing_stored_or_nothing_left_there_needs_no_warning() {
    let (place, fresh) = keep(Kind::Maildir, &[]);
    assert_eq!(warned(&place.disk, &fresh), []);
    let there = elsewhere(&fresh);
    assert_eq!(warned(&place.disk, &there), [], "nothing stored");
    let (place, job) = keep(Kind::Mbox, &mails(1));
    assert_eq!(warned(&place.disk, &job), []);
    let moved = ["/home/Mail", "/home/Moved"].map(Path::new);
    place.disk.replace(moved[0], moved[1]).expect("moved");
    let moved = to(Target::mbox("/home/Moved"), &job);
    assert_eq!(warned(&place.disk, &moved), [], "the user moved it");
}

/// A run to an mbox is killed at every call, and the next one goes elsewhere.
/// What was torn is gone from the mbox all the same, and what is whole is
/// known.
#[test]
fn an_interrupted_append_is_settled_by_a_run_to_another_target() {
    let all = mails_that_differ(3);
    let started = || {
        let (place, job) = keep(Kind::Mbox, &all[..2]);
        place.disk.write_at_most(40);
        (place, job)
    };
    let (whole, first) = started();
    run_well(&whole.disk, &first);
    for at in 1..=whole.disk.calls() {
        let (place, first) = started();
        place.disk.cut_power_at(at);
        run(&place.disk, &first);
        for other in [Target::maildir(OTHER), Target::mbox(OTHER)] {
            let disk = place.disk.after_kill();
            disk.write_at_most(usize::MAX);
            disk.set_now(1_700_000_999);
            place.peer.set_maildrop(all[..2].to_vec());
            warned(&disk, &to(other.clone(), &first));
            place.peer.set_maildrop(all.clone());
            warned(&disk, &first);
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
    let (_place, job) = keep(Kind::Mbox, &all);
    let job = elsewhere(&job);
    for (there, expected) in
        [(None, &[][..]), (Some(b"".as_slice()), &[]), (Some(b"another\n"), &["mbox-tail"])]
    {
        let disk = torn.after_kill();
        disk.shift(Path::new("/home/Mail"), Path::new("/home/Moved"));
        if let Some(content) = there {
            disk.put("/home/Mail", content);
        }
        let codes: Vec<_> = warned(&disk, &job).into_iter().map(|w| w.0).collect();
        assert_eq!(codes, expected);
        assert_eq!(disk.content("/home/Mail").as_deref(), there);
        assert_eq!(read_at(&disk, &job.target), stored(&all));
        assert_eq!(warned(&disk, &job), [], "it is settled for good");
    }
}

/// The mbox where mail went is locked for good, or its disk gives nothing back:
/// mail that goes elsewhere is not held up, and what goes there is.
#[test]
fn an_interrupted_append_to_what_cannot_be_read_holds_up_no_other_target() {
    let all = mails_that_differ(2);
    let torn = disk_with_torn_mbox(&all);
    let (_place, mut here) = keep(Kind::Mbox, &all);
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
    let told = warned(&disk, &there);
    assert_eq!(told[0].0, "mbox-tail", "{told:?}");
    assert!(told[0].1.contains("/home/Mail is locked by"), "{told:?}");
    assert_eq!(disk.content("/home/Mail"), before);
    assert_eq!(read_at(&disk, &there.target), stored(&all));
    assert_eq!(warned(&disk, &there), [], "it is settled for good");
    // The whole run has less time than a single wait.
    here.account.access.timeout = Duration::from_secs(3_600);
    here.account.access.deadline = Duration::from_millis(20);
    assert_eq!(run_unwatched(&locked(), &here).summary.exit, 75);
}

/// A run to an mbox that was killed in the middle of its append.
fn disk_with_torn_mbox(all: &[Mail]) -> CrashDisk {
    let torn = (1..).find_map(|at| {
        let (place, job) = keep(Kind::Mbox, all);
        place.disk.write_at_most(40);
        place.disk.cut_power_at(at);
        run(&place.disk, &job);
        let content = place.disk.content("/home/Mail");
        content.is_some_and(|c| !c.is_empty()).then(|| place.disk.after_kill())
    });
    torn.expect("a call that writes")
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
