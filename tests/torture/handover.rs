//! `fetch --mda` and `--lmtp` under strace: nothing is lost, and twice is handed
//! on only what was in doubt, said so, and under the same id.

use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::points::{faults, hit};
use crate::strace::{Injection, Times, What, words};
use crate::support::agent::{Agent, AgentKind, told_of};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::Setup;
use crate::support::output::Output;
use crate::{Scene, say};

/// How many messages were in doubt, and handed on again or held.
static DOUBTS: AtomicUsize = AtomicUsize::new(0);

/// Says so; else nothing was tried.
pub(crate) fn tell_doubts() {
    let doubts = DOUBTS.load(Ordering::Relaxed);
    say(&format!("handing on: {doubts} messages were in doubt, and each was told"));
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
        Self { agent, in_doubt, jobs }
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
struct Handover {
    scenario: Scenario,
    mails: Vec<Mail>,
    mailbox: Mailbox,
    agent: Agent,
}

impl Handover {
    fn new(scenario: Scenario) -> Self {
        let setup = Setup::default().mechanisms(&[]);
        let mails = small(3, 1);
        let mailbox = Mailbox::within(Sandbox::in_memory(), setup, &mails);
        // Open for writing in everything that a run starts: it ends with the
        // last of them.
        let alive = mailbox.path("alive");
        mknodat(CWD, &alive, FileType::Fifo, Mode::RWXU, 0).expect("made");
        Self { scenario, mails, agent: Agent::new(scenario.agent, mailbox.root()), mailbox }
    }

    /// By strace with these options, if there are any; children of the program
    /// are not touched.
    fn fetch_by(&self, options: &[&str]) -> Program {
        let options = match options {
            [] => Vec::new(),
            options => [options, &["-b", "execve"]].concat(),
        };
        let shell = self.mailbox.sandbox.command("/bin/sh");
        let program = shell.args(["-c", "exec \"$@\" 9>alive", "sh"]);
        let program = program.args(words(&options)).arg("fetch");
        self.mailbox
            .connecting(program)
            .args(self.agent.options())
            .args(["--json", "--delete", "--in-doubt", self.scenario.in_doubt])
            .args(["--deliver-jobs", &self.scenario.jobs.to_string()])
    }

    /// Until nothing is left that the run has started.
    fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        let alive = self.mailbox.path("alive");
        let end = thread::spawn(move || File::open(alive)?.read(&mut [0]));
        let output = run();
        assert_eq!(end.join().expect("waited").expect("read"), 0);
        output
    }

    fn taken(&self) -> Vec<usize> {
        self.agent.taken(&self.mails)
    }

    /// The places of what is on the server.
    fn left(&self) -> Vec<usize> {
        let messages = self.mailbox.model.maildrop().messages();
        let place = |uid: &[u8]| String::from_utf8_lossy(uid)[3..].parse().expect("a number");
        messages.iter().map(|message| place(&message.uid)).collect()
    }
}

/// Hands on with a fault, then without.
impl Scene for Scenario {
    fn faults(self, calls: &[&'static str], what: What, times: Times) -> Vec<Injection> {
        let handover = Handover::new(self);
        let run = |options: &[&str]| {
            let fetch = handover.fetch_by(options);
            handover.run(|| fetch.run_to(0));
        };
        let sandbox = &handover.mailbox.sandbox;
        let faults = faults(sandbox, calls, (what, times), true, run);
        assert_eq!(handover.taken(), [1; 3]);
        faults
    }

    fn survives(self, injection: &Injection) -> bool {
        let handover = Handover::new(self);
        let fetch = |options: &[&str]| handover.fetch_by(options);
        let (output, stopped) = handover.run(|| hit(injection, &handover.mailbox.model, fetch));
        let (before, left) = (handover.taken(), handover.left());
        let told = format!("{before:?}\n{output}");
        assert!(before.iter().all(|count| *count <= 1), "{told}");
        if !stopped {
            assert_eq!(before, [1; 3], "{output}");
            assert_eq!(left, [0; 0], "{output}");
        }
        for (place, count) in before.iter().enumerate() {
            let is_there = *count == 1 || left.contains(&place);
            assert!(is_there, "lost {place}\n{output}");
        }
        handover.recovers(&before, &output);
        stopped
    }
}

impl Handover {
    /// The next run hands on all that is left, but for what is to be held.
    fn recovers(&self, before: &[usize], first: &Output) {
        let output = self.run(|| self.fetch_by(&[]).run());
        let after = self.taken();
        let doubtful = told_of(&output, "warning", |event| event["code"] == "in-doubt");
        let held = told_of(&output, "failed", |event| event["disposition"].is_null());
        let told = format!("{before:?} {after:?}\n{first}\n{output}");
        let code = if held.is_empty() { 0 } else { 76 };
        assert_eq!(output.code(), Some(code), "{told}");
        let most = doubtful.len().max(held.len());
        assert!(most <= self.scenario.jobs, "{told}");
        DOUBTS.fetch_add(doubtful.len() + held.len(), Ordering::Relaxed);
        assert!(doubtful.is_empty() || !self.scenario.is_held(), "{told}");
        assert!(held.is_empty() || self.scenario.is_held(), "{told}");
        for (place, (before, after)) in before.iter().zip(&after).enumerate() {
            let is_there = *after == 1 || held.contains(&place) || *before == 1;
            assert!(is_there, "lost {place} {told}");
            let most = if doubtful.contains(&place) { 2 } else { 1 };
            assert!(*after <= most, "{place} too often, {told}");
        }
        assert_eq!(self.left(), held, "{told}");
        // What the user says is handed on again is, and then nothing is left.
        for place in &held {
            let forget = self.mailbox.offline("state forget");
            forget.arg(format!("uid:uid{place:05}")).run_to(0);
        }
        let output = self.run(|| self.fetch_by(&[]).run_to(0));
        assert_eq!(self.left(), [0; 0]);
        for (place, count) in self.taken().iter().enumerate() {
            let again = usize::from(held.contains(&place));
            assert_eq!(*count, after[place] + again, "{output}");
        }
    }
}
