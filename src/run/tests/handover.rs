//! Messages that are handed on: to a command, and to an LMTP server. What they
//! took is theirs, and no crash of ours takes it back; so what must hold is
//! that
//!
//! - server ∪ taken ⊇ all mail, and only whole messages are taken,
//! - twice is taken only what was in doubt, under the same id and with a
//!   warning; with `hold` nothing is,
//! - the run that was broken off does not claim success, and the next one needs
//!   no help.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rustix::io::Errno;

use super::oracle::mails_that_differ;
use super::peer::Act;
use super::*;
use crate::base::Disposition;
use crate::disk::crash::{Fault, Hits};
use crate::ledger::Lock;
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
        match self {
            Self::Command(home) => {
                let command = format!("tee -a {}", home.path().join("got").display());
                Target::new(store::scheme("mda").expect("known"), command)
            }
            Self::Server(server) => {
                Target::new(store::scheme("lmtp").expect("known"), server.address())
            }
        }
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

fn job_to(agent: &Agent, peer: &Peer, disposal: Disposal, in_doubt: InDoubt) -> FetchJob {
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
        policy: Policy {
            hold_doubtful: in_doubt == InDoubt::Hold,
            ..job.policy
        },
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

impl Observer for Mutex<Told> {
    fn notice(&self, event: &Event) {
        let mut told = self.lock().expect("unpoisoned");
        match event {
            Event::Warning(warning) if warning.code.word() == "in-doubt" => {
                told.in_doubt.push(warning.text.clone());
            }
            Event::Warning(warning) => panic!("{warning:?}"),
            Event::Failed(failed) => told.failed.push((
                failed.uid.to_string(),
                failed.disposition,
                failed.error.clone(),
            )),
            _ => {}
        }
    }
}

fn run_to(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Told) {
    let told = Mutex::new(Told::default());
    let outcome = fetch_on(Arc::new(disk.clone()), job, &Cancel::new(), &told);
    (outcome, told.into_inner().expect("unpoisoned"))
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
    disposal: Disposal,
    in_doubt: InDoubt,
    left: Vec<Mail>,
    all: &[Mail],
) {
    let before = agent.taken(all);
    for mail in all {
        assert!(
            left.contains(mail) || before.contains_key(&mail.uid),
            "{mail:?} is lost"
        );
    }
    let peer = Peer::start(left.clone());
    watch(&peer, disk, &left);
    let (outcome, told) = run_to(disk, &job_to(agent, &peer, disposal, in_doubt));
    let after = agent.taken(all);
    let mut held = BTreeSet::new();
    match in_doubt {
        InDoubt::Again => assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error),
        InDoubt::Hold => {
            held.extend(told.failed.iter().map(|(uid, ..)| uid.clone()));
            let expected = if held.is_empty() { 0 } else { 76 };
            assert_eq!(outcome.summary.exit, expected, "{:?}", outcome.error);
            assert!(after.values().all(|count| *count == 1), "{after:?}");
        }
    }
    for mail in all {
        let (before, after) = (before.get(&mail.uid), after.get(&mail.uid));
        let is_held = held.contains(&mail.uid);
        assert!(after.is_some() || is_held, "{mail:?} was not handed on");
        if before.is_some() && before != after {
            assert!(
                !told.in_doubt.is_empty(),
                "{mail:?} came again without a warning"
            );
        }
    }
    match disposal {
        Disposal::Keep => assert_eq!(peer.maildrop().len(), left.len()),
        _ => assert_eq!(peer.maildrop().len(), held.len()),
    }
    // Once more there is nothing to do.
    let counts = agent.taken(all);
    let peer = Peer::start(peer.maildrop());
    let (_, told) = run_to(disk, &job_to(agent, &peer, disposal, in_doubt));
    assert_eq!(told.in_doubt, [""; 0]);
    assert_eq!(agent.taken(all), counts);
}

/// The power goes, or a call fails, at each call in turn.
fn break_everywhere(make: fn() -> Agent, in_doubt: InDoubt, fault: Option<(Hits, Errno)>) {
    let disposal = Disposal::Delete;
    let all = mails_that_differ(2);
    let whole = disk();
    let agent = make();
    let (outcome, _) = run_to(
        &whole,
        &job_to(&agent, &Peer::start(all.clone()), disposal, in_doubt),
    );
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_eq!(outcome.summary.stored, 2);
    let places = match fault {
        None => (1..=whole.calls()).collect(),
        Some((hits, _)) => whole.calls_hit(hits),
    };
    let mut ends = HashSet::new();
    for at in places {
        agent.set_taken(Vec::new());
        let disk = disk();
        match fault {
            None => disk.cut_power_at(at),
            Some((hits, error)) => disk.fail(Fault {
                at,
                hits,
                lasts: false,
                error,
            }),
        }
        let peer = Peer::start(all.clone());
        watch(&peer, &disk, &all);
        let (outcome, _) = run_to(&disk, &job_to(&agent, &peer, disposal, in_doubt));
        assert!(fault.is_some() || outcome.summary.exit != 0, "at call {at}");
        let (left, taken) = (peer.maildrop(), agent.octets());
        for survives in [Survives::Nothing, Survives::Everything, Survives::Some(at)] {
            let image = disk.after_crash(survives);
            // From the same disk, server and recipient the next run does the
            // same again.
            if ends.insert((image.fingerprint(), left.len(), taken.clone())) {
                agent.set_taken(taken.clone());
                assert_recovers(&agent, &image, disposal, in_doubt, left.clone(), &all);
            }
        }
    }
}

#[test]
fn no_power_cut_loses_what_is_handed_on_or_doubles_it_unsaid() {
    for make in Agent::both() {
        break_everywhere(make, InDoubt::Again, None);
    }
}

#[test]
fn no_power_cut_doubles_what_is_to_be_held() {
    for make in Agent::both() {
        break_everywhere(make, InDoubt::Hold, None);
    }
}

#[test]
fn no_error_of_the_disk_loses_what_is_handed_on() {
    for make in Agent::both() {
        break_everywhere(make, InDoubt::Again, Some((Hits::Any, Errno::IO)));
        break_everywhere(make, InDoubt::Again, Some((Hits::Writes, Errno::NOSPC)));
    }
}

/// At most one message is in doubt, and that is known.
#[test]
fn a_kill_leaves_one_message_in_doubt() {
    let all = mails_that_differ(3);
    for make in Agent::both() {
        let whole = disk();
        let agent = make();
        run_to(
            &whole,
            &job_to(
                &agent,
                &Peer::start(all.clone()),
                Disposal::Keep,
                InDoubt::Again,
            ),
        );
        for at in 1..=whole.calls() {
            let (agent, disk) = (make(), disk());
            disk.cut_power_at(at);
            let peer = Peer::start(all.clone());
            run_to(
                &disk,
                &job_to(&agent, &peer, Disposal::Keep, InDoubt::Again),
            );
            let killed = disk.after_kill();
            let snapshot = Snapshot::read(Path::new(STATE), &id("alice"), &killed);
            let snapshot = snapshot.unwrap_or_default();
            let known = snapshot.seen().iter();
            let doubts: usize = known.map(|(_, known)| known.in_doubt().len()).sum();
            assert!(doubts <= 1, "{doubts} at call {at}");
            let before = agent.taken(&all);
            assert_recovers(
                &agent,
                &killed,
                Disposal::Keep,
                InDoubt::Again,
                all.clone(),
                &all,
            );
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
        let agent = make();
        let peer = Peer::start(all.clone());
        run_to(
            &disk(),
            &job_to(&agent, &peer, Disposal::Delete, InDoubt::Again),
        );
        for at in (0..peer.sent()).step_by(3) {
            let (agent, disk) = (make(), disk());
            let peer = Peer::start(all.clone());
            peer.cut(move |_| Some(at));
            let job = job_to(&agent, &peer, Disposal::Delete, InDoubt::Again);
            let (outcome, told) = run_to(&disk, &job);
            assert!(matches!(outcome.summary.exit, 0 | 75), "cut at octet {at}");
            assert!(told.in_doubt.is_empty(), "cut at octet {at}");
            let left = peer.maildrop();
            assert_recovers(&agent, &disk, Disposal::Delete, InDoubt::Again, left, &all);
            let taken = agent.taken(&all);
            assert!(
                taken.values().all(|count| *count == 1),
                "cut at octet {at}: {taken:?}"
            );
        }
    }
}

fn scripted(home: &Path, script: &str, peer: &Peer) -> FetchJob {
    let script = shell_words::quote(script).into_owned();
    let command = format!(
        "sh -c 'cd \"$0\" && eval \"$1\"' {} {script}",
        home.display()
    );
    let agent = Agent::command();
    FetchJob {
        target: Target::new(store::scheme("mda").expect("known"), command),
        ..job_to(&agent, peer, Disposal::Delete, InDoubt::Again)
    }
}

#[test]
fn what_is_refused_waits_and_stops_nobody_else() {
    let home = tempfile::tempdir().expect("a folder");
    let all = mails_that_differ(3);
    let (disk, peer) = (disk(), Peer::start(all.clone()));
    let script = "cat >>got; test $RETR_UID != u1 || test -e accept || exit 67";
    let job = scripted(home.path(), script, &peer);
    let (outcome, told) = fetched(&disk, &job);
    assert_eq!(outcome.summary.exit, 76, "{:?}", outcome.error);
    assert_eq!((outcome.summary.stored, outcome.summary.failed), (2, 1));
    let expected = (
        "u1".to_owned(),
        Some(Disposition::Refused),
        "sh: exit code 67".to_owned(),
    );
    assert_eq!(told.failed, [expected]);
    assert_eq!(peer.maildrop(), [all[1].clone()]);
    // It waits, and that is no failure.
    let (outcome, told) = fetched(&disk, &job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert_eq!((outcome.summary.skipped, outcome.summary.failed), (1, 0));
    assert_eq!(peer.count("RETR"), 3);
    assert!(told.failed.is_empty());
    let seen = ledger(&disk, "alice");
    let refusal = seen
        .get(&all[1].id())
        .and_then(|known| known.refusal())
        .cloned();
    assert_eq!(
        refusal.map(|refusal| (refusal.tries, refusal.answer)),
        Some((1, "sh: exit code 67".into()))
    );
    // Asked for at once, it is refused again; then it is taken.
    let mut now = job.clone();
    now.policy.retry_refused = true;
    let (outcome, _) = fetched(&disk, &now);
    assert_eq!(outcome.summary.exit, 76);
    std::fs::write(home.path().join("accept"), "").expect("written");
    let (outcome, _) = fetched(&disk, &now);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert!(peer.maildrop().is_empty());
    let seen = ledger(&disk, "alice");
    assert!(seen.get(&all[1].id()).expect("stored").refusal().is_none());
}

#[test]
fn deferred_and_refused_have_their_exit_codes() {
    for (script, exit, failed, asked) in [
        ("cat >/dev/null; exit 75", 75, 3, 5),
        (
            "cat >/dev/null; test $RETR_UID = u0 && exit 67; exit 75",
            76,
            4,
            5,
        ),
        (
            "cat >/dev/null; test $RETR_UID = u3 && exit 75; exit 0",
            75,
            1,
            5,
        ),
        ("cat >/dev/null", 0, 0, 5),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let peer = Peer::start(mails_that_differ(5));
        let disk = disk();
        let (outcome, _) = fetched(&disk, &scripted(home.path(), script, &peer));
        assert_eq!(outcome.summary.exit, exit, "{script}: {:?}", outcome.error);
        assert_eq!(outcome.summary.failed, failed, "{script}");
        assert_eq!(peer.count("RETR"), asked, "{script}");
        let left = 5 - outcome.summary.stored as usize;
        assert_eq!(
            peer.maildrop().len(),
            left,
            "{script}: only what was taken is deleted"
        );
    }
}

/// The same without a look at warnings of the command's own.
fn fetched(disk: &CrashDisk, job: &FetchJob) -> (Outcome, Told) {
    run_to(disk, job)
}

#[test]
fn a_server_that_is_not_there_is_told_before_anything_is_retrieved() {
    let nobody = Refusing::new();
    let address = nobody.address().to_string();
    let (disk, peer) = (disk(), Peer::start(mails_that_differ(2)));
    let agent = Agent::command();
    let job = FetchJob {
        target: Target::new(store::scheme("lmtp").expect("known"), address),
        ..job_to(&agent, &peer, Disposal::Delete, InDoubt::Again)
    };
    let (outcome, _) = fetched(&disk, &job);
    assert_eq!(outcome.summary.exit, 75, "{:?}", outcome.error);
    assert_eq!((peer.count("RETR"), peer.count("QUIT")), (0, 1));
    // With nothing new it is not even asked.
    peer.set_maildrop(Vec::new());
    let (outcome, _) = fetched(&disk, &job);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
}

#[test]
fn a_message_in_doubt_is_held_until_the_user_says() {
    let all = mails_that_differ(2);
    let agent = Agent::command();
    let held = || {
        let disk = disk();
        let account: Arc<dyn crate::disk::Disk> = Arc::new(disk.clone());
        let lock = Lock::take(
            Path::new(STATE),
            &id("alice"),
            Duration::ZERO,
            &Cancel::new(),
            &account,
        );
        let mut ledger = Ledger::open(lock.expect("locked"), account).expect("opened");
        ledger.begin(1_700_000_000).expect("begun");
        ledger.handing(&all[0].id(), 0, true).expect("noted");
        disk
    };
    let disk = held();
    let peer = Peer::start(all.clone());
    let job = job_to(&agent, &peer, Disposal::Delete, InDoubt::Hold);
    let (outcome, told) = run_to(&disk, &job);
    assert_eq!(outcome.summary.exit, 76);
    assert_eq!(peer.maildrop(), [all[0].clone()]);
    let key = store::key_text(&id("alice"), &all[0].id(), 0);
    assert!(told.failed[0].2.contains(&key), "{told:?}");
    let again = job_to(&agent, &peer, Disposal::Delete, InDoubt::Again);
    let (outcome, told) = run_to(&disk, &again);
    assert_eq!(outcome.summary.exit, 0, "{:?}", outcome.error);
    assert!(
        told.in_doubt.iter().any(|text| text.contains(&key)),
        "{told:?}"
    );
    assert!(peer.maildrop().is_empty());
}
