//! The points at which a run can be hit, and what must hold afterwards.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::Pid;

use crate::Scene;
use crate::strace::{Calls, Injection, Times, What, Whose, count, started};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Model, Setup};
use crate::support::output::Output;
use crate::support::store::Kind;

/// What is fetched, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scenario {
    kind: Kind,
    deletes: bool,
    messages: usize,
}

impl Scenario {
    const fn new(kind: Kind, deletes: bool, messages: usize) -> Self {
        Self { kind, deletes, messages }
    }

    const fn of(deletes: bool, messages: usize) -> [Scenario; 3] {
        [
            Scenario::new(Kind::Maildir, deletes, messages),
            Scenario::new(Kind::Mbox, deletes, messages),
            Scenario::new(Kind::Archive, deletes, messages),
        ]
    }

    pub(crate) const ALL: [[Scenario; 3]; 2] = [Self::of(false, 3), Self::of(true, 3)];

    pub(crate) const LARGER: [Scenario; 3] = Self::of(true, 7);

    fn mails(self) -> Vec<Mail> {
        small(self.messages, 1)
    }

    fn mailbox(self) -> Mailbox {
        let setup = Setup::default().mechanisms(&[]);
        Mailbox::within(Sandbox::in_memory(), setup, &self.mails()).kept_in(self.kind)
    }

    fn disposal(self) -> &'static str {
        if self.deletes { "--delete" } else { "--keep" }
    }
}

/// Every point of a run at which one of these calls is made, by whichever
/// thread comes first; and if `commits`, those of its thread that commits once
/// more.
pub(crate) fn faults(
    sandbox: &Sandbox,
    calls: &[&'static str],
    (what, times): (What, Times),
    commits: bool,
    run: impl FnOnce(&[&str]),
) -> Vec<Injection> {
    let trace = sandbox.path("trace");
    // Calls that another architecture does not have are left out with `?`.
    let set: Vec<String> = calls.iter().map(|call| format!("?{call}")).collect();
    let set = format!("--trace={}", set.join(","));
    run(&[&trace.to_string_lossy(), &set]);
    let counts = count(&sandbox.read("trace"));
    let mut threads = counts.into_values();
    let main = threads.next().expect("a thread");
    let others: Vec<Calls> = threads.collect();
    let mut faults = Vec::new();
    for &call in calls {
        let made = main.get(call).map_or(&[][..], Vec::as_slice);
        // What the loader opens is not ours.
        let root = sandbox.root().to_string_lossy();
        let is_ours = |arguments: &String| call != "openat" || arguments.contains(&*root);
        let first = made.iter().position(is_ours).unwrap_or(made.len());
        let committed = others.iter().filter_map(|calls| calls.get(call));
        let committed = committed.map(Vec::len).max().filter(|_| commits);
        let anybodys = (first..made.len()).map(|at| (at, Whose::Anybodys));
        let committers = (0..committed.unwrap_or(0)).map(|at| (at, Whose::Committers));
        faults.extend(anybodys.chain(committers).map(|(at, whose)| Injection {
            call,
            at: at + 1,
            what,
            times,
            whose,
        }));
    }
    faults
}

/// Runs it with a fault: by a starter, or hit when its first message comes.
/// Returns whether the fault stopped it.
pub(crate) fn hit(
    injection: &Injection,
    model: &Model,
    run: impl Fn(&[&str]) -> Program,
) -> (Output, bool) {
    let output = match injection.whose {
        Whose::Anybodys => {
            let [trace, inject] = injection.options();
            run(&["/dev/null", &trace, &inject]).run()
        }
        Whose::Committers => hit_committer(model, run(&[]), injection),
    };
    match injection.what {
        // How calls are spread over the threads is not always the same, so a
        // run may end before the point.
        What::Kill => {
            let is_killed = output.signal() == Some(9);
            assert!(is_killed || output.code() == Some(0), "{output}");
        }
        _ => assert!(output.signal().is_none(), "{output}"),
    }
    let stopped = output.code() != Some(0);
    (output, stopped)
}

/// A fetch that strace starts with these options, if there are any.
fn fetch_by(options: &[&str], scenario: Scenario, mailbox: &Mailbox) -> Program {
    let program = started(&mailbox.sandbox, options).arg("fetch");
    let program = mailbox.connecting(program).args(mailbox.target());
    program.args([scenario.disposal()])
}

/// Fetches with a fault, then without: nothing lost, nothing twice, nothing
/// partial, and no success that is none.
impl Scene for Scenario {
    fn faults(self, calls: &[&'static str], what: What, times: Times) -> Vec<Injection> {
        let mailbox = self.mailbox();
        let run = |options: &[&str]| drop(fetch_by(options, self, &mailbox).run_to(0));
        let faults = faults(&mailbox.sandbox, calls, (what, times), true, run);
        mailbox.assert_stored(&self.mails());
        faults
    }

    fn survives(self, injection: &Injection) -> bool {
        let (mails, mailbox) = (self.mails(), self.mailbox());
        let fetch = |options: &[&str]| fetch_by(options, self, &mailbox);
        let (output, stopped) = hit(injection, &mailbox.model, fetch);
        let assert_done = || {
            mailbox.assert_stored(&mails);
            let left = if self.deletes { 0 } else { mails.len() };
            assert_eq!(mailbox.model.left(), left);
        };
        if !stopped {
            assert_done();
        }
        // In an mbox a torn tail may be until the next run.
        if self.kind != Kind::Mbox {
            mailbox.assert_part_stored(&mails);
            let kept = mailbox.stored().len() + mailbox.model.left();
            assert!(kept >= mails.len(), "lost mail\n{output}");
        }
        fetch(&[]).run_to(0);
        assert_done();
        stopped
    }
}

/// Starts the program, and strace only when it waits for the first message:
/// so only the calls of the thread that commits count.
fn hit_committer(model: &Model, program: Program, injection: &Injection) -> Output {
    let gate = model.gate_at("RETR 1");
    let running = program.start();
    gate.wait_until_reached();
    let tracers: Vec<(Child, BufReader<ChildStderr>)> =
        other_threads(running.pid()).into_iter().map(|thread| attach(thread, injection)).collect();
    assert!(!tracers.is_empty(), "nobody commits");
    gate.open();
    let output = running.finish();
    for (mut tracer, _stderr) in tracers {
        tracer.wait().expect("strace ends");
    }
    model.behave();
    output
}

fn other_threads(pid: Pid) -> Vec<i32> {
    let pid = pid.as_raw_nonzero().get();
    let tasks = Path::new("/proc").join(pid.to_string()).join("task");
    let names = fs::read_dir(tasks).expect("its threads").map(|entry| {
        let name = entry.expect("a thread").file_name();
        name.to_string_lossy().parse().expect("a number")
    });
    names.filter(|thread| *thread != pid).collect()
}

/// strace, attached. It may still want to say something.
fn attach(thread: i32, injection: &Injection) -> (Child, BufReader<ChildStderr>) {
    let mut tracer = Command::new("strace")
        .args(["-o", "/dev/null", "-p", &thread.to_string()])
        .args(injection.options())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace starts");
    let stderr = tracer.stderr.take().expect("its stderr");
    let mut line = String::new();
    let mut stderr = BufReader::new(stderr);
    stderr.read_line(&mut line).expect("a line");
    assert!(line.contains("attached"), "{line}");
    (tracer, stderr)
}
