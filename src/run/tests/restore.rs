//! `restore` while the power goes, the program is killed and calls fail, at
//! every call: afterwards it is run again, and everything is there once.

use rustix::io::Errno;

use super::*;
use crate::disk::crash::{Fault, Hits};
use crate::run::restore::{RestoreJob, restore_on};

/// What a source is.
#[derive(Clone, Copy, Debug)]
enum Form {
    Mbox,
    Folder,
}

const FORMS: [(Kind, Form); 5] = [
    (Kind::Archive, Form::Mbox),
    (Kind::Maildir, Form::Mbox),
    (Kind::Maildir, Form::Folder),
    (Kind::Mbox, Form::Mbox),
    (Kind::Mbox, Form::Folder),
];

/// Two that differ, and one of them again.
const MAILS: [&[u8]; 3] =
    [b"Subject: one\n\nFrom here\n", b"Subject: two\n\n\0\xff\r\n", b"Subject: one\n\nFrom here\n"];

fn source(form: Form) -> CrashDisk {
    let disk = CrashDisk::new(&["/home", "/var", "/source"]);
    match form {
        Form::Mbox => {
            let mbox = b"From a x\nSubject: one\n\n>From here\n\n\
                From b x\nSubject: two\n\n\0\xff\r\n\n\
                From a x\nSubject: one\n\n>From here\n\n";
            disk.put("/source/mail", mbox);
        }
        Form::Folder => {
            for (at, mail) in MAILS.iter().enumerate() {
                disk.put(&format!("/source/{at}.eml"), mail);
            }
        }
    }
    disk
}

fn job(kind: Kind, form: Form) -> RestoreJob {
    RestoreJob {
        handover: crate::store::Handover::default(),
        source: match form {
            Form::Mbox => "/source/mail".into(),
            Form::Folder => "/source".into(),
        },
        target: kind.target(),
        state_dir: STATE.into(),
        dry_run: false,
        timeout: Duration::ZERO,
    }
}

fn restore(disk: &CrashDisk, job: &RestoreJob) -> Outcome {
    restore_on(Arc::new(disk.clone()), job, &Cancel::new(), &Silent)
}

/// What is to be in a target: in an archive each message is one file.
fn all(kind: Kind) -> Vec<Vec<u8>> {
    let mut all = MAILS.map(<[u8]>::to_vec).to_vec();
    all.sort();
    if kind == Kind::Archive {
        all.dedup();
    }
    all
}

/// Fails if anything is there that is not in the source, or more often.
#[track_caller]
fn assert_part(disk: &CrashDisk, kind: Kind) {
    let mut left = all(kind);
    for message in kind.read(disk) {
        let at = left.iter().position(|other| *other == message);
        left.remove(at.expect("part of a message, or one too many"));
    }
}

/// A run without faults makes it whole, durably; another one does nothing.
#[track_caller]
fn assert_goes_on(disk: &CrashDisk, kind: Kind, job: &RestoreJob) {
    // A dotlock whose content the crash took is stale after five minutes.
    disk.set_now(1_700_000_999);
    for run in 0..2 {
        let outcome = restore(disk, job);
        if let Some(error) = &outcome.error {
            panic!("{}", told(error));
        }
        let there = outcome.summary.stored + outcome.summary.skipped;
        assert_eq!((outcome.summary.listed, there), (3, 3));
        assert!(run == 0 || outcome.summary.stored == 0);
        assert_eq!(kind.read(disk), all(kind));
        assert_eq!(kind.read(&disk.after_crash(Survives::Nothing)), all(kind));
    }
}

#[test]
fn no_power_cut_and_no_kill_doubles_or_loses_what_is_restored() {
    for (kind, form) in FORMS {
        let job = job(kind, form);
        let whole = source(form);
        restore(&whole, &job);
        assert!(whole.calls() > 40, "{}", whole.calls());
        // Many calls change nothing, and leave the same disk.
        let mut done = HashSet::new();
        for at in 1..=whole.calls() {
            let disk = source(form);
            disk.cut_power_at(at);
            let outcome = restore(&disk, &job);
            assert_ne!(outcome.summary.exit, 0, "call {at}");
            let some = [at, at << 8].map(Survives::Some).into_iter();
            let endings = some.chain([Survives::Nothing, Survives::Everything]);
            let images = endings.map(|survives| disk.after_crash(survives));
            let images = images.chain([disk.after_kill()]);
            for image in images.filter(|image| done.insert(image.fingerprint())) {
                if kind != Kind::Mbox {
                    assert_part(&image, kind);
                }
                assert_goes_on(&image, kind, &job);
            }
        }
    }
}

#[test]
fn no_error_doubles_or_loses_what_is_restored() {
    let faults = [Errno::IO, Errno::NOSPC].map(|error| [(error, false), (error, true)]);
    for (kind, form) in FORMS {
        let job = job(kind, form);
        let whole = source(form);
        restore(&whole, &job);
        let mut done = HashSet::new();
        for (error, lasts) in faults.as_flattened() {
            for at in 1..=whole.calls() {
                let disk = source(form);
                disk.fail(Fault::once(at, Hits::Any, *error).lasts(*lasts));
                let outcome = restore(&disk, &job);
                let crashed = disk.after_crash(Survives::Nothing);
                if outcome.summary.exit == 0 {
                    assert_eq!(kind.read(&crashed), all(kind), "call {at}");
                }
                for image in [disk.after_kill(), crashed] {
                    if done.insert(image.fingerprint()) {
                        assert_goes_on(&image, kind, &job);
                    }
                }
            }
        }
    }
}

/// What somebody else put there counts; what was there and is gone is put
/// back.
#[test]
fn what_the_target_holds_is_counted_by_its_content() {
    let disk = source(Form::Folder);
    let job = job(Kind::Maildir, Form::Folder);
    restore(&disk, &job);
    let files = disk.files("/home/Mail/new");
    let is_gone = |path: &&PathBuf| disk.content(path).expect("it is there") == MAILS[1];
    let gone = files.iter().find(is_gone).expect("restored");
    disk.shift(gone, Path::new("/home/away"));
    let seen = files.iter().find(|path| *path != gone).expect("another");
    disk.shift(seen, Path::new("/home/Mail/cur/by-hand:2,S"));
    let outcome = restore(&disk, &job);
    assert_eq!((outcome.summary.stored, outcome.summary.skipped), (1, 2));
    let files = ["new", "cur"].map(|folder| disk.files(&format!("/home/Mail/{folder}")));
    let contents = files.concat().into_iter().map(|path| disk.content(path));
    let mut stored: Vec<Vec<u8>> = contents.flatten().collect();
    stored.sort();
    assert_eq!(stored, all(Kind::Maildir));
}

#[test]
fn a_dry_run_counts_and_creates_nothing() {
    let disk = source(Form::Mbox);
    let mut job = job(Kind::Mbox, Form::Mbox);
    job.dry_run = true;
    let before = disk.fingerprint();
    let outcome = restore(&disk, &job);
    // Whether it could be created is looked up on the real disk.
    assert_eq!((outcome.summary.new, outcome.summary.stored), (3, 0));
    assert_eq!(disk.fingerprint(), before);
}
