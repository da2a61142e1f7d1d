//! Messages that are handed on: to a command, and to an LMTP server. What they
//! took is theirs, and no crash of ours takes it back; so what must hold is
//! that
//!
//! - server ∪ taken ⊇ all mail, and only whole messages are taken,
//! - twice is taken only what was in doubt, under the same id and with a
//!   warning; with `hold` nothing is,
//! - the run that was broken off does not claim success, and the next one needs
//!   no help.

use std::collections::{BTreeMap, BTreeSet};

use rustix::io::Errno;

use super::*;
use crate::base::Disposition;
use crate::disk::crash::{Fault, Hits};
use crate::net::tests::refusing::Refusing;
use crate::store::InDoubt;

#[path = "../../../tests/it/support/lmtp.rs"]
mod lmtp;

/// The recipients of messages.
enum Agent {
    /// `tee -a`, and the file that it appends to.
    Command(tempfile::TempDir),
    Server(lmtp::Lmtp),
}

impl Agent {
    fn command() -> Self {
        Self::Command(tempfile::tempdir().expect("a folder"))
    }

    fn server() -> Self {
        Self::Server(lmtp::Lmtp::start())
    }

    fn both() -> [fn() -> Self; 2] {
        [Self::command, Self::server]
    }

    fn target(&self) -> Target {
        let (scheme, address) = match self {
            Self::Command(home) => ("mda", format!("tee -a {}/got", home.path().display())),
            Self::Server(server) => ("lmtp", server.address().to_owned()),
        };
        Target::new(store::scheme(scheme).expect("known"), address)
    }

    /// All that was taken.
    fn octets(&self) -> Vec<u8> {
        match self {
            Self::Command(home) => std::fs::read(home.path().join("got")).unwrap_or_default(),
            Self::Server(server) => server.taken().concat(),
        }
    }

    /// Makes this all that was taken.
    fn set_taken(&self, octets: Vec<u8>) {
        match self {
            Self::Command(home) => {
                std::fs::write(home.path().join("got"), octets).expect("written");
            }
            Self::Server(server) => server.set_taken(octets),
        }
    }

    /// How often each message was taken. Fails for one that is not whole, or
    /// comes under another id than before.
    fn taken(&self, all: &[Mail]) -> BTreeMap<String, usize> {
        let text = String::from_utf8(self.octets()).expect("ASCII");
        let (mut counts, mut ids) = (BTreeMap::new(), BTreeMap::new());
        for message in text.split("X-Retr-Id: ").skip(1) {
            let (id, content) = message.split_once('\n').expect("a line");
            let mut mails = all.iter();
            let mail = mails.find(|mail| mail.stored() == content.as_bytes());
            let mail = mail.unwrap_or_else(|| panic!("{content:?} is not whole"));
            *counts.entry(mail.uid.clone()).or_default() += 1;
            let before = ids.entry(mail.uid.clone()).or_insert_with(|| id.to_owned());
            assert_eq!(before, id, "another id");
        }
        counts
    }
}

fn job_to(agent: &Agent, peer: &Peer, (disposal, in_doubt): (Disposal, InDoubt)) -> FetchJob {
    let job = job(peer, Kind::Maildir, disposal);
    FetchJob {
        target: agent.target(),
        handover: Handover {
            account: "alice".into(),
            recipient: Some("alice".into()),
            id_header: true,
            in_doubt,
            ..Handover::default()
        },
        policy: Policy { hold_doubtful: in_doubt == InDoubt::Hold, ..job.policy },
        ..job
    }
}

/// What is told of messages.
#[derive(Debug, Default)]
struct Told {
    /// Texts of the warnings of what is in doubt.
    in_doubt: Vec<String>,
    failed: Vec<(String, Option<Disposition>, String)>,
}

fn run_to(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Told) {
    let (outcome, events) = run_heard(disk, job);
    let mut told = Told::default();
    for event in events {
        match event {
            Event::Warning(warning) if warning.code.word() == "in-doubt" => {
                told.in_doubt.push(warning.text);
            }
            Event::Warning(warning) => panic!("{warning:?}"),
            Event::Failed(it) => {
                told.failed.push((it.uid.to_string(), it.disposition, it.error));
            }
            _ => {}
        }
    }
    (outcome, told)
}

/// The same for one that must end well.
#[track_caller]
fn run_well_to(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Told) {
    let (outcome, told) = run_to(disk, job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    (outcome, told)
}

/// Every DELE is for a message that was taken, and whose record no power cut
/// takes.
fn watch(peer: &Peer, disk: &CrashDisk, listed: &[Mail]) {
    let (disk, listed) = (disk.clone(), listed.to_vec());
    peer.on_command(move |asked| {
        if let Some(number) = asked.line.strip_prefix("DELE ") {
            let number: usize = number.parse().expect("a number");
            let image = disk.after_crash(Survives::Nothing);
            let seen = ledger(&image, "alice");
            let known = seen.get(&listed[number - 1].id()).expect("recorded");
            assert!(known.copies().any(|(_, copy)| copy.hash().is_some()));
        }
        Act::Serve
    });
}

/// After a run that was broken off, on what is left of its disk: nothing is
/// lost, and the next run hands on again only what is in doubt.
fn assert_recovers(
    agent: &Agent,
    disk: &CrashDisk,
    (disposal, in_doubt): (Disposal, InDoubt),
    left: Vec<Mail>,
    all: &[Mail],
) {
    let before = agent.taken(all);
    for mail in all {
        let is_safe = left.contains(mail) || before.contains_key(&mail.uid);
        assert!(is_safe, "{mail:?} is lost");
    }
    let peer = Peer::start(left.clone());
    watch(&peer, disk, &left);
    let job = job_to(agent, &peer, (disposal, in_doubt));
    let (outcome, told) = run_to(disk, &job);
    let after = agent.taken(all);
    let held: BTreeSet<_> = match in_doubt {
        InDoubt::Again => BTreeSet::new(),
        InDoubt::Hold => told.failed.iter().map(|(uid, ..)| uid.clone()).collect(),
    };
    let expected = if held.is_empty() { 0 } else { 76 };
    assert_eq!(outcome.summary.exit, expected, "{:?}", outcome.error);
    if in_doubt == InDoubt::Hold {
        assert!(after.values().all(|count| *count == 1), "{after:?}");
    }
    for mail in all {
        let (before, after) = (before.get(&mail.uid), after.get(&mail.uid));
        let is_held = held.contains(&mail.uid);
        assert!(after.is_some() || is_held, "{mail:?} was not handed on");
        let is_told = !told.in_doubt.is_empty();
        let is_again = before.is_some() && before != after;
        let holds = is_told || !is_again;
        assert!(holds, "{mail:?} came again without a warning");
    }
    let expected = if disposal == Disposal::Keep { left.len() } else { held.len() };
    assert_eq!(peer.maildrop().len(), expected);
    // Once more there is nothing to do.
    let counts = agent.taken(all);
    peer.behave();
    let (_, told) = run_to(disk, &job);
    assert_eq!(told.in_doubt, [""; 0]);
    assert_eq!(agent.taken(all), counts);
}

const AGAIN: (Disposal, InDoubt) = (Disposal::Delete, InDoubt::Again);

/// The power goes, or a call fails, at each call in turn, with both agents.
fn break_everywhere(in_doubt: InDoubt, fault: Option<(Hits, Errno)>) {
    let all = mails_that_differ(2);
    let way = (Disposal::Delete, in_doubt);
    for make in Agent::both() {
        let (agent, whole) = (make(), disk());
        let job_at = |peer: &Peer| job_to(&agent, peer, way);
        let (outcome, _) = run_well_to(&whole, &job_at(&Peer::start(all.clone())));
        assert_eq!(outcome.summary.stored, 2);
        let mut ends = HashSet::new();
        for at in whole.calls_hit(fault.map_or(Hits::Any, |(hits, _)| hits)) {
            agent.set_taken(Vec::new());
            let disk = disk();
            match fault {
                None => disk.cut_power_at(at),
                Some((hits, error)) => disk.fail(Fault::once(at, hits, error)),
            }
            let peer = Peer::start(all.clone());
            watch(&peer, &disk, &all);
            let (outcome, _) = run_to(&disk, &job_at(&peer));
            assert!(fault.is_some() || outcome.summary.exit != 0, "at call {at}");
            let (left, taken) = (peer.maildrop(), agent.octets());
            for survives in [Survives::Nothing, Survives::Everything, Survives::Some(at)] {
                let image = disk.after_crash(survives);
                // From the same disk, server and recipient the next run does the
                // same again.
                if ends.insert((image.fingerprint(), left.len(), taken.clone())) {
                    agent.set_taken(taken.clone());
                    assert_recovers(&agent, &image, way, left.clone(), &all);
                }
            }
        }
    }
}

#[test]
fn no_power_cut_loses_what_is_handed_on_or_doubles_it_unsaid() {
    break_everywhere(InDoubt::Again, None);
}

#[test]
fn no_power_cut_doubles_what_is_to_be_held() {
    break_everywhere(InDoubt::Hold, None);
}

#[test]
fn no_error_of_the_disk_loses_what_is_handed_on() {
    break_everywhere(InDoubt::Again, Some((Hits::Any, Errno::IO)));
    break_everywhere(InDoubt::Again, Some((Hits::Writes, Errno::NOSPC)));
}

/// At most one message is in doubt, and that is known.
#[test]
fn a_kill_leaves_one_message_in_doubt() {
    let all = mails_that_differ(3);
    let way = (Disposal::Keep, InDoubt::Again);
    for make in Agent::both() {
        let run_on = |agent: &Agent, disk: &CrashDisk| {
            let peer = Peer::start(all.clone());
            run_to(disk, &job_to(agent, &peer, way));
        };
        let whole = disk();
        run_on(&make(), &whole);
        for at in 1..=whole.calls() {
            let (agent, disk) = (make(), disk());
            disk.cut_power_at(at);
            run_on(&agent, &disk);
            let killed = disk.after_kill();
            let snapshot = Snapshot::read(Path::new(STATE), &id("alice"), &killed);
            let snapshot = snapshot.unwrap_or_default();
            let known = snapshot.seen().iter();
            let doubts: usize = known.map(|(_, known)| known.in_doubt().len()).sum();
            assert!(doubts <= 1, "{doubts} at call {at}");
            let before = agent.taken(&all);
            assert_recovers(&agent, &killed, way, all.clone(), &all);
            let after = agent.taken(&all);
            let again = before.iter().filter(|(uid, count)| after[*uid] != **count);
            assert!(again.count() <= doubts, "at call {at}");
        }
    }
}

/// The link to the POP3 server breaks off at every octet.
#[test]
fn no_cut_loses_or_doubles_what_is_handed_on() {
    let all = mails_that_differ(2);
    for make in Agent::both() {
        let peer = Peer::start(all.clone());
        run_to(&disk(), &job_to(&make(), &peer, AGAIN));
        for at in (0..peer.sent()).step_by(3) {
            let (agent, disk) = (make(), disk());
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let (outcome, told) = run_to(&disk, &job_to(&agent, &peer, AGAIN));
            assert!(matches!(outcome.summary.exit, 0 | 75), "cut at octet {at}");
            assert!(told.in_doubt.is_empty(), "cut at octet {at}");
            assert_recovers(&agent, &disk, AGAIN, peer.maildrop(), &all);
            let taken = agent.taken(&all);
            let is_once = taken.values().all(|count| *count == 1);
            assert!(is_once, "cut at octet {at}: {taken:?}");
        }
    }
}

fn scripted(home: &Path, script: &str, peer: &Peer) -> FetchJob {
    let script = shell_words::quote(script).into_owned();
    let home = home.display();
    let command = format!("sh -c 'cd \"$0\" && eval \"$1\"' {home} {script}");
    let mut job = job_to(&Agent::command(), peer, AGAIN);
    job.target = Target::new(store::scheme("mda").expect("known"), command);
    job
}

#[test]
fn what_is_refused_waits_and_stops_nobody_else() {
    let home = tempfile::tempdir().expect("a folder");
    let all = mails_that_differ(3);
    let (disk, peer) = (disk(), Peer::start(all.clone()));
    let script = "cat >>got; test $RETR_UID != u1 || test -e accept || exit 67";
    let job = scripted(home.path(), script, &peer);
    let (outcome, told) = run_to(&disk, &job);
    let summary = outcome.summary;
    assert_eq!((summary.exit, summary.stored, summary.failed), (76, 2, 1));
    let why = "sh: exit code 67".to_owned();
    let refused = ("u1".to_owned(), Some(Disposition::Refused), why.clone());
    assert_eq!(told.failed, [refused]);
    assert_eq!(peer.maildrop(), [all[1].clone()]);
    // It waits, and that is no failure.
    let (outcome, told) = run_well_to(&disk, &job);
    assert_eq!((outcome.summary.skipped, outcome.summary.failed), (1, 0));
    assert_eq!(peer.count("RETR"), 3);
    assert!(told.failed.is_empty());
    let refusal = || {
        let seen = ledger(&disk, "alice");
        let known = seen.get(&all[1].id()).expect("known");
        known.refusal().map(|it| (it.tries, it.answer.to_string()))
    };
    assert_eq!(refusal(), Some((1, why)));
    // Asked for at once, it is refused again; then it is taken.
    let mut now = job.clone();
    now.policy.retry_refused = true;
    assert_eq!(run_to(&disk, &now).0.summary.exit, 76);
    std::fs::write(home.path().join("accept"), "").expect("written");
    run_well_to(&disk, &now);
    assert!(peer.maildrop().is_empty());
    assert_eq!(refusal(), None);
}

#[test]
fn deferred_and_refused_have_their_exit_codes() {
    for (script, exit, failed) in [
        ("exit 75", 75, 3),
        ("test $RETR_UID = u0 && exit 67; exit 75", 76, 4),
        ("test $RETR_UID = u3 && exit 75; exit 0", 75, 1),
        ("true", 0, 0),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let peer = Peer::start(mails_that_differ(5));
        let script = format!("cat >/dev/null; {script}");
        let (outcome, _) = run_to(&disk(), &scripted(home.path(), &script, &peer));
        assert_eq!(outcome.summary.exit, exit, "{script}: {:?}", outcome.error);
        assert_eq!(outcome.summary.failed, failed, "{script}");
        assert_eq!(peer.count("RETR"), 5, "{script}");
        // Only what was taken is deleted.
        let left = 5 - outcome.summary.stored as usize;
        assert_eq!(peer.maildrop().len(), left, "{script}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_before_anything_is_retrieved() {
    let nobody = Refusing::new();
    let address = nobody.address().to_string();
    let (disk, peer) = (disk(), Peer::start(mails_that_differ(2)));
    let mut job = job_to(&Agent::command(), &peer, AGAIN);
    job.target = Target::new(store::scheme("lmtp").expect("known"), address);
    assert_eq!(run_to(&disk, &job).0.summary.exit, 75);
    assert_eq!((peer.count("RETR"), peer.count("QUIT")), (0, 1));
    // With nothing new it is not even asked.
    peer.set_maildrop(Vec::new());
    run_well_to(&disk, &job);
}

#[test]
fn a_message_in_doubt_is_held_until_the_user_says() {
    let all = mails_that_differ(2);
    let (agent, disk) = (Agent::command(), disk());
    let mut ledger = open_ledger(&disk);
    ledger.begin(1_700_000_000).expect("begun");
    ledger.handing(&all[0].id(), 0, true).expect("noted");
    drop(ledger);
    let peer = Peer::start(all.clone());
    let job = job_to(&agent, &peer, (Disposal::Delete, InDoubt::Hold));
    let (outcome, told) = run_to(&disk, &job);
    assert_eq!(outcome.summary.exit, 76);
    assert_eq!(peer.maildrop(), [all[0].clone()]);
    let key = store::key_text(&id("alice"), &all[0].id(), 0);
    assert!(told.failed[0].2.contains(&key), "{told:?}");
    let (_, told) = run_well_to(&disk, &job_to(&agent, &peer, AGAIN));
    let is_told = told.in_doubt.iter().any(|text| text.contains(&key));
    assert!(is_told, "{told:?}");
    assert!(peer.maildrop().is_empty());
}
