//! What strace is told, and what it tells.

use std::collections::BTreeMap;
use std::fmt;

use crate::support::env::{Program, Sandbox};

/// What happens at a system call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// The program is killed as it enters the call.
    Kill,
    /// The call fails and does nothing.
    Error(&'static str),
    /// The call does nothing and answers this.
    Returns(u32),
}

/// How often it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Once,
    FromThenOn,
}

/// Whose calls are counted. strace counts those of each thread apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// From the start, whichever thread comes first.
    Anybodys,
    /// Those of the thread that commits, from the first message on.
    Committers,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Injection {
    pub(crate) call: &'static str,
    /// At which call of this name, from 1 on.
    pub(crate) at: usize,
    pub(crate) what: What,
    pub(crate) times: Times,
    pub(crate) whose: Whose,
}

impl Injection {
    /// strace's options for it.
    pub(crate) fn options(&self) -> [String; 2] {
        let Self { call, at, .. } = self;
        let plus = match self.times {
            Times::Once => "",
            Times::FromThenOn => "+",
        };
        let what = match self.what {
            What::Kill => "signal=KILL".to_owned(),
            What::Error(error) => format!("error={error}"),
            What::Returns(value) => format!("retval={value}"),
        };
        [format!("--trace={call}"), format!("--inject={call}:{what}:when={at}{plus}")]
    }
}

/// What starts the program: strace with these options, if there are any. The
/// first one is the file that it writes to.
pub(crate) fn words<'a>(options: &[&'a str]) -> Vec<&'a str> {
    let program = env!("CARGO_BIN_EXE_retr");
    match options {
        [] => vec![program],
        options => [&["strace", "-f", "-qq", "-o"], options, &[program]].concat(),
    }
}

/// The program in a sandbox, started so.
pub(crate) fn started(sandbox: &Sandbox, options: &[&str]) -> Program {
    let words = words(options);
    sandbox.command(words[0]).args(&words[1..])
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, inject] = self.options();
        write!(f, "{inject} of {:?}", self.whose)
    }
}

/// The calls of a thread by their names, each with its arguments.
pub(crate) type Calls = BTreeMap<String, Vec<String>>;

/// The calls in a trace by thread.
pub(crate) fn count(trace: &str) -> BTreeMap<u32, Calls> {
    let mut threads: BTreeMap<u32, Calls> = BTreeMap::new();
    for line in trace.lines() {
        let mut words = line.splitn(2, ' ');
        let thread = words.next().and_then(|word| word.parse().ok());
        let rest = words.next().unwrap_or_default().trim_start();
        let Some((call, arguments)) = rest.split_once('(') else {
            continue;
        };
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if let (Some(thread), true) = (thread, is_name(call)) {
            let calls = threads.entry(thread).or_default();
            calls.entry(call.into()).or_default().push(arguments.into());
        }
    }
    threads
}
