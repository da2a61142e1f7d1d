//! `fetch --mda` and `--lmtp` under strace: nothing is lost, and twice is handed
//! on only what was in doubt, said so, and under the same id.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::points::{hit_committer, of_all};
use crate::say;
use crate::strace::{Injection, Times, What, Whose};
use crate::support::agent::{Agent, AgentKind};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::output::Output;

/// How many messages were in doubt, and handed on again or held.
static DOUBTS: AtomicUsize = AtomicUsize::new(0);

/// Says so; else nothing was tried.
pub(crate) fn tell_doubts() {
    let doubts = DOUBTS.load(Ordering::Relaxed);
    say(&format!(
        "handing on: {doubts} messages were in doubt, and each was told"
    ));
    assert!(doubts > 20, "{doubts}");
}

/// How messages are handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    agent: AgentKind,
    in_doubt: &'static str,
    jobs: usize,
}

impl Scenario {
    const fn new(agent: AgentKind, in_doubt: &'static str, jobs: usize) -> Self {
        Self {
            agent,
            in_doubt,
            jobs,
        }
    }

    pub(crate) const ALL: [Scenario; 5] = [
        Scenario::new(AgentKind::Mda, "again", 1),
        Scenario::new(AgentKind::Mda, "again", 2),
        Scenario::new(AgentKind::Mda, "hold", 1),
        Scenario::new(AgentKind::Lmtp, "again", 1),
        Scenario::new(AgentKind::Lmtp, "hold", 1),
    ];

    fn is_held(self) -> bool {
        self.in_doubt == "hold"
    }
}

/// A mailbox, and who is handed what is in it.
struct Scene {
    scenario: Scenario,
    mails: Vec<Mail>,
    mailbox: Mailbox,
    agent: Agent,
}

impl Scene {
    fn new(scenario: Scenario) -> Self {
        let setup = Setup {
            mechanisms: &[],
            ..Setup::default()
        };
        let mails = small(3, 1);
        let mailbox = Mailbox::within(Sandbox::in_memory(), setup, &mails);
        // Open for writing in everything that a run starts: it ends with the
        // last of them.
        let alive = mailbox.sandbox.path("alive");
        mknodat(CWD, &alive, FileType::Fifo, Mode::RWXU, 0).expect("made");
        Self {
            scenario,
            mails,
            agent: Agent::new(scenario.agent, mailbox.sandbox.root()),
            mailbox,
        }
    }

    fn fetch_by(&self, starter: &[&str]) -> Program {
        let sandbox = &self.mailbox.sandbox;
        let program = sandbox.command("/bin/sh");
        let program = program.args(["-c", "exec \"$@\" 9>alive", "sh"]);
        let program = program.args(starter);
        let program = program.args([env!("CARGO_BIN_EXE_retr"), "fetch"]);
        self.mailbox
            .connecting(program)
            .args(self.agent.options())
            .args(["--json", "--delete", "--in-doubt", self.scenario.in_doubt])
            .args(["--deliver-jobs", &self.scenario.jobs.to_string()])
    }

    /// Until nothing is left that the run has started.
    fn run(&self, run: impl FnOnce() -> Output) -> Output {
        let alive = self.mailbox.sandbox.path("alive");
        let end = thread::spawn(move || File::open(alive)?.read(&mut [0]));
        let output = run();
        assert_eq!(end.join().expect("waited").expect("read"), 0);
        output
    }

    fn fetch(&self) -> Output {
        self.run(|| self.fetch_by(&[]).run())
    }

    fn taken(&self) -> Vec<usize> {
        self.agent.taken(&self.mails)
    }

    /// Which messages the lines of this kind are about.
    fn told(output: &Output, event: &str, is: impl Fn(&serde_json::Value) -> bool) -> Vec<usize> {
        let events = output.events_of(event).into_iter().filter(is);
        let place = |event: serde_json::Value| {
            let text = event["uid"].as_str().or(event["text"].as_str());
            let (_, digits) = text?.split_once("uid")?;
            digits.get(..5)?.parse().ok()
        };
        events.filter_map(place).collect()
    }

    /// The places of what is on the server.
    fn left(&self) -> Vec<usize> {
        let messages = self.mailbox.model.maildrop().messages();
        let place = |uid: &[u8]| String::from_utf8_lossy(uid)[3..].parse().expect("a number");
        messages.iter().map(|message| place(&message.uid)).collect()
    }
}

/// As the tests are run: children of the program are not touched.
fn strace<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&["strace", "-f", "-b", "execve", "-qq", "-o"], options].concat()
}

/// Every point of a run at which one of these calls is made.
pub(crate) fn faults(
    scenario: Scenario,
    calls: &[&'static str],
    what: What,
    times: Times,
) -> Vec<Injection> {
    let scene = Scene::new(scenario);
    let faults = of_all(&scene.mailbox.sandbox, calls, what, times, |starter| {
        let starter = strace(&starter[4..]);
        let output = scene.run(|| scene.fetch_by(&starter).run());
        assert_eq!(output.code(), Some(0), "{output}");
    });
    assert_eq!(scene.taken(), [1; 3]);
    faults
}

/// Hands on with a fault, then without. Returns whether the fault stopped the
/// run.
pub(crate) fn survives(scenario: Scenario, injection: &Injection) -> bool {
    let scene = Scene::new(scenario);
    let output = scene.run(|| match injection.whose {
        Whose::Anybodys => {
            let [trace, inject] = injection.options();
            let starter = strace(&["/dev/null", &trace, &inject]);
            scene.fetch_by(&starter).run()
        }
        Whose::Committers => hit_committer(&scene.mailbox.model, scene.fetch_by(&[]), injection),
    });
    let (before, left) = (scene.taken(), scene.left());
    match injection.what {
        What::Kill => assert!(
            output.signal() == Some(9) || output.code() == Some(0),
            "{output}"
        ),
        _ => assert!(output.signal().is_none(), "{output}"),
    }
    let stopped = output.code() != Some(0);
    assert!(
        before.iter().all(|count| *count <= 1),
        "{before:?}\n{output}"
    );
    if !stopped {
        assert_eq!(before, [1; 3], "{output}");
        assert_eq!(left, [0; 0], "{output}");
    }
    for (place, count) in before.iter().enumerate() {
        assert!(
            *count == 1 || left.contains(&place),
            "lost {place}\n{output}"
        );
    }
    scene.recovers(&before, &output);
    stopped
}

impl Scene {
    /// The next run hands on all that is left, but for what is to be held.
    fn recovers(&self, before: &[usize], first: &Output) {
        let output = self.fetch();
        let after = self.taken();
        let doubtful = Self::told(&output, "warning", |event| event["code"] == "in-doubt");
        let held = Self::told(&output, "failed", |event| event["disposition"].is_null());
        let told = format!("{before:?} {after:?}\n{first}\n{output}");
        assert_eq!(
            output.code(),
            Some(if held.is_empty() { 0 } else { 76 }),
            "{told}"
        );
        assert!(
            doubtful.len() <= self.scenario.jobs && held.len() <= self.scenario.jobs,
            "{told}"
        );
        DOUBTS.fetch_add(doubtful.len() + held.len(), Ordering::Relaxed);
        assert!(doubtful.is_empty() || !self.scenario.is_held(), "{told}");
        assert!(held.is_empty() || self.scenario.is_held(), "{told}");
        for (place, (before, after)) in before.iter().zip(&after).enumerate() {
            assert!(
                *after == 1 || held.contains(&place) || *before == 1,
                "lost {place} {told}"
            );
            assert!(
                *after <= 1 || doubtful.contains(&place),
                "{place} twice, {told}"
            );
            assert!(*after <= 2, "{told}");
        }
        assert_eq!(self.left(), held, "{told}");
        // What the user says is handed on again is, and then nothing is left.
        for place in &held {
            let uid = format!("uid:uid{place:05}");
            let forget = self
                .mailbox
                .sandbox
                .retr(["state", "forget", &self.mailbox.url(), &uid]);
            forget.run_to(0);
        }
        let output = self.fetch();
        assert_eq!(output.code(), Some(0), "{output}");
        assert_eq!(self.left(), [0; 0]);
        for (place, count) in self.taken().iter().enumerate() {
            let again = usize::from(held.contains(&place));
            assert_eq!(*count, after[place] + again, "{output}");
        }
    }
}
