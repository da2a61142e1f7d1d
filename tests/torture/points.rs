//! The points at which a run can be hit, and what must hold afterwards.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use rustix::process::Pid;

use crate::strace::{Injection, Times, What, Whose, count};
use crate::support::env::{Program, Sandbox};
use crate::support::mail::{Mail, small};
use crate::support::mailbox::Mailbox;
use crate::support::model::{Act, Gate, Model, Setup};
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
        Self {
            kind,
            deletes,
            messages,
        }
    }

    pub(crate) const ALL: [Scenario; 6] = [
        Scenario::new(Kind::Maildir, false, 3),
        Scenario::new(Kind::Maildir, true, 3),
        Scenario::new(Kind::Mbox, false, 3),
        Scenario::new(Kind::Mbox, true, 3),
        Scenario::new(Kind::Archive, false, 3),
        Scenario::new(Kind::Archive, true, 3),
    ];

    pub(crate) const LARGER: [Scenario; 3] = [
        Scenario::new(Kind::Maildir, true, 7),
        Scenario::new(Kind::Mbox, true, 7),
        Scenario::new(Kind::Archive, true, 7),
    ];

    fn mails(self) -> Vec<Mail> {
        small(self.messages, 1)
    }

    fn mailbox(self) -> Mailbox {
        let setup = Setup {
            mechanisms: &[],
            ..Setup::default()
        };
        Mailbox::within(Sandbox::in_memory(), setup, &self.mails()).kept_in(self.kind)
    }

    fn disposal(self) -> &'static str {
        if self.deletes { "--delete" } else { "--keep" }
    }
}

/// Every point of a run at which one of these calls is made.
pub(crate) fn faults(
    scenario: Scenario,
    calls: &[&'static str],
    what: What,
    times: Times,
) -> Vec<Injection> {
    let mailbox = scenario.mailbox();
    let faults = of_all(&mailbox.sandbox, calls, what, times, |starter| {
        fetch_by(starter, scenario, &mailbox).run_to(0);
    });
    mailbox.assert_stored(&scenario.mails());
    faults
}

/// The same of any run, with those of its thread that commits once more.
pub(crate) fn of_all(
    sandbox: &Sandbox,
    calls: &[&'static str],
    what: What,
    times: Times,
    run: impl FnOnce(&[&str]),
) -> Vec<Injection> {
    let (mut faults, others) = traced(sandbox, calls, what, times, run);
    for &call in calls {
        let commits = others.iter().filter_map(|calls| calls.get(call));
        let made = commits.map(Vec::len).max().unwrap_or(0);
        faults.extend((0..made).map(|at| Injection {
            call,
            at: at + 1,
            what,
            times,
            whose: Whose::Committers,
        }));
    }
    faults
}

/// The same of a run that has one thread.
pub(crate) fn of_main(
    sandbox: &Sandbox,
    calls: &[&'static str],
    what: What,
    times: Times,
    run: impl FnOnce(&[&str]),
) -> Vec<Injection> {
    traced(sandbox, calls, what, times, run).0
}

/// The points of the first thread, and the calls of each of the others.
type Traced = (Vec<Injection>, Vec<BTreeMap<String, Vec<String>>>);

fn traced(
    sandbox: &Sandbox,
    calls: &[&'static str],
    what: What,
    times: Times,
    run: impl FnOnce(&[&str]),
) -> Traced {
    let trace = sandbox.path("trace");
    let trace_name = trace.to_string_lossy();
    // Calls that another architecture does not have are left out with `?`.
    let set: Vec<String> = calls.iter().map(|call| format!("?{call}")).collect();
    let set = format!("--trace={}", set.join(","));
    run(&["strace", "-f", "-qq", "-o", &trace_name, &set]);
    let counts = count(&fs::read_to_string(&trace).expect("a trace"));
    let mut threads = counts.into_values();
    let main = threads.next().expect("a thread");
    let mut faults = Vec::new();
    for &call in calls {
        let made = main.get(call).map_or(&[][..], Vec::as_slice);
        // What the loader opens is not ours.
        let root = sandbox.root().to_string_lossy();
        let first = match call {
            "openat" => made.iter().position(|arguments| arguments.contains(&*root)),
            _ => Some(0),
        };
        let first = first.unwrap_or(made.len());
        faults.extend((first..made.len()).map(|at| Injection {
            call,
            at: at + 1,
            what,
            times,
            whose: Whose::Anybodys,
        }));
    }
    (faults, threads.collect())
}

/// A fetch that another program starts.
fn fetch_by(starter: &[&str], scenario: Scenario, mailbox: &Mailbox) -> Program {
    let (program, args) = starter.split_first().expect("a program");
    let program = mailbox.sandbox.command(program).args(args);
    let program = program.args([env!("CARGO_BIN_EXE_retr"), "fetch"]);
    let program = mailbox.connecting(program).args(mailbox.target());
    program.args([scenario.disposal()])
}

/// Fetches with a fault, then without: nothing lost, nothing twice, nothing
/// partial, and no success that is none. Returns whether the fault stopped the
/// run.
pub(crate) fn survives(scenario: Scenario, injection: &Injection) -> bool {
    let mails = scenario.mails();
    let mailbox = scenario.mailbox();
    let output = match injection.whose {
        Whose::Anybodys => {
            let [trace, inject] = injection.options();
            let starter = ["strace", "-f", "-qq", "-o", "/dev/null", &trace, &inject];
            fetch_by(&starter, scenario, &mailbox).run()
        }
        Whose::Committers => {
            let fetch = mailbox.fetch().args([scenario.disposal()]);
            hit_committer(&mailbox.model, fetch, injection)
        }
    };
    let left = mailbox.model.maildrop().len();
    match injection.what {
        // How calls are spread over the threads is not always the same, so a
        // run may end before the point.
        What::Kill => assert!(
            output.signal() == Some(9) || output.code() == Some(0),
            "{output}"
        ),
        _ => assert!(output.signal().is_none(), "{output}"),
    }
    let stopped = output.code() != Some(0);
    if !stopped {
        mailbox.assert_stored(&mails);
        assert_eq!(left, if scenario.deletes { 0 } else { mails.len() });
    }
    // In an mbox a torn tail may be until the next run.
    if scenario.kind != Kind::Mbox {
        mailbox.assert_part_stored(&mails);
        let kept = mailbox.stored().len() + left;
        assert!(kept >= mails.len(), "lost mail\n{output}");
    }

    let output = mailbox.fetch().args([scenario.disposal()]).run();
    assert_eq!(output.code(), Some(0), "{output}");
    mailbox.assert_stored(&mails);
    let left = mailbox.model.maildrop().len();
    assert_eq!(left, if scenario.deletes { 0 } else { mails.len() });
    stopped
}

/// Starts the program, and strace only when it waits for the first message:
/// so only the calls of the thread that commits count.
pub(crate) fn hit_committer(model: &Model, program: Program, injection: &Injection) -> Output {
    let gate = Gate::new();
    let stalled = gate.clone();
    model.on_command(move |line| match line.text.as_str() {
        "RETR 1" => Act::Stall(stalled.clone()),
        _ => Act::Serve,
    });
    let running = program.start();
    gate.wait_until_reached();
    let tracers: Vec<(Child, BufReader<ChildStderr>)> = other_threads(running.pid())
        .into_iter()
        .map(|thread| attach(thread, injection))
        .collect();
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
