//! Whole runs of `fetch` on a disk whose power can be cut, against a server in
//! this process. What must hold however a run ends:
//!
//! - server ∪ store ⊇ all mail,
//! - no message is stored twice,
//! - no part of a message is visible,
//! - the run that was broken off does not claim success,
//! - the next one needs no help.

mod adversary;
mod capa;
mod cuts;
mod deadline;
mod deletions;
mod errors;
mod garbage;
mod handover;
mod mixups;
mod oracle;
mod peer;
mod power;
mod recovery;
mod rehearsal;
mod restore;
mod rules;
mod sessions;
mod strangers;
mod survey;
mod targets;
mod uids;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{Account, FetchJob, Outcome, Rules, SecretSource, fetch::fetch_on};
use crate::base::{AccountId, Cancel, Class, Event, Failure, Observer, Secret, Silent};
use crate::disk::Disk;
use crate::disk::crash::{CrashDisk, Survives};
use crate::ledger::{Ledger, Lock, Snapshot};
use crate::net::{Family, Route, TlsPolicy, Via};
use crate::plan::{Disposal, Policy, Seen};
use crate::session::{Access, Auth, Pipelining, TlsMode};
use crate::store::{self, Handover, Target};
use peer::{Act, Mail, Peer};

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Maildir,
    Mbox,
    Archive,
}

/// Every kind of store, and what becomes of mail on the server.
const WAYS: [(Kind, Disposal); 6] = [
    (Kind::Maildir, Disposal::Keep),
    (Kind::Maildir, Disposal::Delete),
    (Kind::Mbox, Disposal::Keep),
    (Kind::Mbox, Disposal::Delete),
    (Kind::Archive, Disposal::Keep),
    (Kind::Archive, Disposal::Delete),
];

const STATE: &str = "/var/state";

impl Kind {
    fn target(self) -> Target {
        match self {
            Kind::Maildir => Target::maildir("/home/Mail"),
            Kind::Mbox => Target::mbox("/home/Mail"),
            Kind::Archive => Target::archive_of("/home/Mail"),
        }
    }

    /// The messages that a reader of the store sees, sorted. Of an mbox, the
    /// whole ones: what is behind the last of them is not looked at.
    fn read(self, disk: &CrashDisk) -> Vec<Vec<u8>> {
        let mut messages = match self {
            Kind::Maildir => read_maildir(disk, "/home/Mail"),
            Kind::Mbox => read_mbox(&disk.content("/home/Mail").unwrap_or_default()),
            Kind::Archive => read_archive(disk, "/home/Mail"),
        };
        messages.sort();
        messages
    }
}

fn read_maildir(disk: &CrashDisk, dir: &str) -> Vec<Vec<u8>> {
    let mut messages = Vec::new();
    for folder in ["new", "cur"] {
        for path in disk.files(&format!("{dir}/{folder}")) {
            let name = path.file_name().expect("a name").to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            let content = disk.content(&path).expect("it is there");
            let size = name.rsplit_once(",S=").expect("a size").1;
            let size = size.split(':').next().expect("a size");
            assert_eq!(size, content.len().to_string(), "{name}");
            messages.push(content);
        }
    }
    messages
}

/// The messages in an archive, each of which has its hash for a name.
fn read_archive(disk: &CrashDisk, dir: &str) -> Vec<Vec<u8>> {
    let files = disk.files(dir).into_iter();
    let is_message = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "eml");
    let read = |path: PathBuf| {
        let content = disk.content(&path).expect("it is there");
        let hash = HEXLOWER.encode(&Sha256::digest(&content));
        assert_eq!(path.file_stem().expect("a name"), hash.as_str());
        content
    };
    files.filter(is_message).map(read).collect()
}

/// The messages of an mboxrd file, unquoted, up to the first torn one.
fn read_mbox(file: &[u8]) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut whole = 0;
    for line in file.split_inclusive(|&b| b == b'\n') {
        if line.starts_with(b"From ") {
            whole = messages.len();
            messages.push(Vec::new());
        } else if let Some(message) = messages.last_mut() {
            let marks = line.iter().take_while(|&&b| b == b'>').count();
            let quoted = marks > 0 && line[marks..].starts_with(b"From ");
            message.extend_from_slice(&line[usize::from(quoted)..]);
        }
    }
    // Every message ends with a blank line that is not part of it.
    if file.ends_with(b"\n\n") {
        whole = messages.len();
    }
    messages.truncate(whole);
    for message in &mut messages {
        message.pop();
    }
    messages
}

fn id(user: &str) -> AccountId {
    AccountId::new(user, "pop.example.com")
}

/// A fetch of one account.
fn job(peer: &Peer, kind: Kind, disposal: Disposal) -> FetchJob {
    job_of("alice", peer, kind, disposal)
}

fn job_of(user: &str, peer: &Peer, kind: Kind, disposal: Disposal) -> FetchJob {
    job_at(user, peer.port(), kind, disposal)
}

fn job_at(user: &str, port: u16, kind: Kind, disposal: Disposal) -> FetchJob {
    let route =
        Route { host: "127.0.0.1".into(), port, via: Via::Direct, family: Family::V4, bind: None };
    let access = Access {
        route,
        tls_mode: TlsMode::None,
        tls: TlsPolicy::default(),
        user: user.into(),
        secret: Some(Secret::new(b"secret".to_vec())),
        auth: Auth::User,
        token: false,
        insecure_plaintext: false,
        pipelining: Pipelining::Auto,
        timeout: Duration::from_secs(20),
        deadline: Duration::from_secs(60),
    };
    FetchJob {
        account: Account {
            name: user.into(),
            word: user.into(),
            id: id(user),
            secret: SecretSource::default(),
            access,
            state_dir: STATE.into(),
        },
        target: kind.target(),
        handover: Handover::default(),
        policy: Policy { disposal, ..Policy::default() },
        rules: Rules::default(),
        no_uidl: false,
        delete_verified: false,
        dry_run: false,
        lock_wait: Duration::ZERO,
    }
}

/// A disk with nothing of ours on it.
fn disk() -> CrashDisk {
    CrashDisk::new(&["/home", "/var"])
}

/// One run.
fn run(disk: &CrashDisk, job: &FetchJob) -> Outcome {
    let witness = Witness { disk: disk.clone(), job: job.clone(), warnings: Mutex::default() };
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &witness);
    let warnings = witness.warnings.into_inner().expect("unpoisoned");
    assert!(warnings.is_empty(), "{warnings:?}");
    outcome
}

/// One run that nobody watches, for many messages: a look at the whole disk
/// for each would take its time.
fn run_unwatched(disk: &CrashDisk, job: &FetchJob) -> Outcome {
    fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &Silent)
}

/// One run, and all that it told.
fn run_heard(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Vec<Event>) {
    let heard = Heard::default();
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &heard);
    (outcome, heard.events())
}

/// One run that must end well.
#[track_caller]
fn run_well(disk: &CrashDisk, job: &FetchJob) -> Outcome {
    let outcome = run(disk, job);
    if let Some(error) = &outcome.error {
        panic!("{}", told(error));
    }
    outcome
}

/// An error with all that is beneath it.
fn told(error: &dyn std::error::Error) -> String {
    Failure::from_error(Class::Io, error).text()
}

/// What the account's ledger on a disk says.
fn ledger(disk: &CrashDisk, user: &str) -> Seen {
    let snapshot = Snapshot::read(Path::new(STATE), &id(user), disk);
    let snapshot = snapshot.unwrap_or_else(|error| panic!("{}", told(&error)));
    snapshot.seen().clone()
}

/// Returns whether the message that must not be lost is durable: content, name
/// and record, whatever the power takes.
fn is_safe(disk: &CrashDisk, kind: Kind, user: &str, mail: &Mail) -> bool {
    let endings = [Survives::Nothing, Survives::Some(3), Survives::Some(4), Survives::Everything];
    endings.into_iter().all(|survives| {
        let image = disk.after_crash(survives);
        kind.read(&image).contains(&mail.stored()) && ledger(&image, user).get(&mail.id()).is_some()
    })
}

/// Looks on: a message is announced only when it is safe, and nothing is
/// worth a warning.
struct Witness {
    disk: CrashDisk,
    job: FetchJob,
    warnings: Mutex<Vec<String>>,
}

impl Observer for Witness {
    fn notice(&self, event: &Event) {
        match event {
            Event::Message(message) => {
                let image = self.disk.after_crash(Survives::Nothing);
                let seen = ledger(&image, &self.job.account.name);
                let known = seen.get(&message.uid).expect("recorded before announced");
                let mut copies = known.copies();
                assert!(copies.any(|(_, copy)| copy.hash() == Some(message.sha256)));
            }
            Event::Warning(warning) => {
                let mut warnings = self.warnings.lock().expect("unpoisoned");
                warnings.push(warning.text.clone());
            }
            _ => {}
        }
    }
}

/// Keeps all that it is told.
#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

impl Heard {
    fn events(self) -> Vec<Event> {
        self.0.into_inner().expect("unpoisoned")
    }
}

impl Observer for Heard {
    fn notice(&self, event: &Event) {
        self.0.lock().expect("unpoisoned").push(event.clone());
    }
}

/// The warnings among events: their codes and texts.
fn warnings(events: Vec<Event>) -> Vec<(&'static str, String)> {
    let warning = |event| match event {
        Event::Warning(warning) => Some((warning.code.word(), warning.text)),
        _ => None,
    };
    events.into_iter().filter_map(warning).collect()
}

/// A server with mail, and the disk that it goes to.
struct Place {
    kind: Kind,
    disk: CrashDisk,
    peer: Peer,
}

impl Place {
    fn new(kind: Kind, mails: &[Mail]) -> Self {
        Self { kind, disk: disk(), peer: Peer::start(mails.to_vec()) }
    }

    fn maildir(mails: &[Mail]) -> Self {
        Self::new(Kind::Maildir, mails)
    }

    fn mbox(mails: &[Mail]) -> Self {
        Self::new(Kind::Mbox, mails)
    }

    fn job(&self, disposal: Disposal) -> FetchJob {
        job(&self.peer, self.kind, disposal)
    }

    fn run(&self, disposal: Disposal) -> Outcome {
        run(&self.disk, &self.job(disposal))
    }

    #[track_caller]
    fn run_well(&self, disposal: Disposal) -> Outcome {
        run_well(&self.disk, &self.job(disposal))
    }

    fn run_unwatched(&self, disposal: Disposal) -> Outcome {
        run_unwatched(&self.disk, &self.job(disposal))
    }

    /// How many messages were retrieved so far.
    fn retrieved(&self) -> usize {
        self.peer.count("RETR")
    }

    /// What is left on the server.
    fn left(&self) -> Vec<Mail> {
        self.peer.maildrop()
    }

    fn here(&self) -> Vec<Vec<u8>> {
        self.kind.read(&self.disk)
    }

    #[track_caller]
    fn assert_stored(&self, all: &[Mail]) {
        assert_eq!(self.here(), stored(all));
    }

    /// Stored, and no longer on the server.
    #[track_caller]
    fn assert_moved(&self, all: &[Mail]) {
        self.assert_stored(all);
        assert_eq!(self.left(), []);
    }

    /// These and perhaps others are stored.
    #[track_caller]
    fn assert_holds(&self, mails: &[Mail]) {
        let here = self.here();
        for mail in mails {
            assert!(here.contains(&mail.stored()), "{mail:?} is not here");
        }
    }
}

/// The power goes at every call in turn, or at each of so many, in a run from
/// the start. What is left of the disk and of the server is looked at.
fn cut_power_everywhere(
    (kind, disposal): (Kind, Disposal),
    all: &[Mail],
    step: usize,
    mut look: impl FnMut(u64, &CrashDisk, &Peer),
) {
    let whole = Place::new(kind, all);
    whole.run_well(disposal);
    for at in (1..=whole.disk.calls()).step_by(step) {
        let place = Place::new(kind, all);
        place.disk.cut_power_at(at);
        oracle::watch(&place.peer, &place.disk, kind, all);
        let outcome = place.run(disposal);
        assert_ne!(outcome.summary.exit, 0, "at call {at}");
        place.peer.behave();
        look(at, &place.disk, &place.peer);
    }
}

fn lock(disk: &CrashDisk) -> Lock {
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let account = id("alice");
    Lock::take(Path::new(STATE), &account, Duration::ZERO, &Cancel::new(), &shared).expect("free")
}

/// The ledger of the account, open.
fn open_ledger(disk: &CrashDisk) -> Ledger {
    Ledger::open(lock(disk), Arc::new(disk.clone())).expect("opened")
}

fn ledger_path() -> PathBuf {
    Path::new(STATE).join(id("alice").as_str()).join("ledger")
}

/// Messages that differ, with what an mbox has to quote, dots, and nothing.
fn mails(count: usize) -> Vec<Mail> {
    let texts: [&[u8]; 4] = [
        b"Subject: one\n\nFrom the start\n.\n..two dots\nthe end\n",
        b"Subject: two\n\n>From here, quoted already\n\n\n",
        b"",
        b"Subject: four\n\nlast line\n",
    ];
    let mail = |n: usize| Mail::new(&format!("u{n}"), texts[n % texts.len()]);
    (0..count).map(mail).collect()
}

/// Messages of one text each, under ids that count up.
fn mails_of(count: usize, text: impl Fn(usize) -> String) -> Vec<Mail> {
    let mail = |n: usize| Mail::new(&format!("u{n}"), text(n).as_bytes());
    (0..count).map(mail).collect()
}

fn mails_that_differ(count: usize) -> Vec<Mail> {
    mails_of(count, |n| format!("Subject: {n}\n\nbody of {n}\n"))
}

/// Messages in their stored forms, sorted.
fn stored(mails: &[Mail]) -> Vec<Vec<u8>> {
    let mut stored: Vec<Vec<u8>> = mails.iter().map(Mail::stored).collect();
    stored.sort();
    stored
}

/// Fails if anything is stored that is not one of these messages, once and
/// whole, or if one is neither stored nor on the server.
#[track_caller]
fn assert_none_lost(disk: &CrashDisk, kind: Kind, on_server: &[Mail], all: &[Mail]) {
    let here = kind.read(disk);
    let mut doubled = here.windows(2).filter(|two| two[0] == two[1]);
    assert!(doubled.next().is_none(), "stored twice: {here:?}");
    let all_stored = stored(all);
    let is_part = here.iter().all(|message| all_stored.contains(message));
    assert!(is_part, "no message, or part of one: {here:?}");
    for mail in all {
        let is_somewhere = on_server.contains(mail) || here.contains(&mail.stored());
        assert!(is_somewhere, "{mail:?} is lost");
    }
}

/// What a next run found before: from the same disk and the same server it does
/// the same again.
#[derive(Default)]
struct Ends(HashSet<(u64, Vec<String>)>);

impl Ends {
    /// Returns whether no run ended like this before.
    fn is_new(&mut self, disk: &CrashDisk, left: &[Mail]) -> bool {
        let on_server = left.iter().map(|mail| mail.uid.clone()).collect();
        self.0.insert((disk.fingerprint(), on_server))
    }

    /// Checks what a run left behind, and the run after it, once for each end.
    #[track_caller]
    fn check(&mut self, disk: &CrashDisk, way: (Kind, Disposal), left: &[Mail], all: &[Mail]) {
        if self.is_new(disk, left) {
            assert_none_lost(disk, way.0, left, all);
            assert_recovers(disk, way, left.to_vec(), all);
        }
    }
}

/// A run on what is left of a disk, without faults: afterwards everything is
/// stored once, durable and known, and the server has what it should.
#[track_caller]
fn assert_recovers(disk: &CrashDisk, way: (Kind, Disposal), on_server: Vec<Mail>, all: &[Mail]) {
    let (kind, disposal) = way;
    let peer = Peer::start(on_server.clone());
    run_well(disk, &job(&peer, kind, disposal));
    assert_eq!(kind.read(disk), stored(all));
    assert_eq!(disk.files("/home/Mail/tmp").len(), 0);
    let left = match disposal {
        Disposal::Keep => on_server.len(),
        _ => 0,
    };
    assert_eq!(peer.maildrop().len(), left);
    assert_eq!(kind.read(&disk.after_crash(Survives::Nothing)), stored(all));
    let seen = ledger(disk, "alice");
    for mail in all {
        let known = seen.get(&mail.id()).expect("recorded");
        assert_eq!(known.wanted(), 0, "nothing more is to be fetched");
    }
}

/// A further run has nothing to do.
#[track_caller]
fn assert_idle(disk: &CrashDisk, way: (Kind, Disposal), on_server: Vec<Mail>) {
    let (kind, disposal) = way;
    let before = kind.read(disk);
    let peer = Peer::start(on_server);
    run_well(disk, &job(&peer, kind, disposal));
    assert_eq!((peer.count("RETR"), peer.count("DELE")), (0, 0));
    assert_eq!(kind.read(disk), before);
}
