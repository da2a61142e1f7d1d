//! A command from its start to the end of its whole process group.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::{
    Pid, Signal, WaitOptions, getpgrp, kill_process, kill_process_group, test_kill_process_group,
    waitpgid,
};
use zeroize::Zeroizing;

use super::input::Filled;
use super::output::Collected;
use super::{Input, Output, Words};
use crate::base::{PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE};
use crate::wait::{self, Timeouts};

/// How often is looked whether a command ended where the system does not tell.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// How long a killed process may take to disappear.
const REAP_TIMEOUT: Duration = Duration::from_secs(2);

/// The groups of all commands under way.
static GROUPS: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills all commands, for an end of this process that drops nothing.
pub fn kill_all() {
    // Not if it is held: that may be why the process ends.
    if let Ok(groups) = GROUPS.try_lock() {
        for id in groups.iter() {
            let _ = kill_process_group(*id, Signal::KILL);
        }
    }
}

/// A command to be started.
#[derive(Debug)]
pub struct Launch<'a> {
    /// What to run.
    pub words: &'a Words,
    /// Variables it has besides ours.
    pub variables: &'a [(&'a str, OsString)],
    /// Its stdin.
    pub input: Input,
    /// Its stdout.
    pub stdout: Output,
    /// Its stderr.
    pub stderr: Output,
    /// How long it has between SIGTERM and SIGKILL.
    pub grace: Duration,
}

/// A command under way. Dropping it ends the command and what it has started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    id: Pid,
    /// It is the first of a process group of its own.
    leads_group: bool,
    /// Readable once the command has ended, where the system has that.
    end: Option<OwnedFd>,
    timeouts: Timeouts,
    started: Instant,
    grace: Duration,
    stage: Stage,
    filled: Option<Filled>,
    stdout: Option<Collected>,
    stderr: Option<Collected>,
}

/// How far a command is.
#[derive(Debug)]
enum Stage {
    Working,
    /// It was asked to end, and is killed at this time.
    Asked(How, Instant),
    /// It was killed, and is given up at this time.
    Killed(How, Instant),
    /// Nothing is left of it.
    Over,
}

/// How a command ended.
#[derive(Debug)]
pub enum How {
    /// By itself, with a code, or by a signal.
    Exited(ExitStatus),
    /// It was ended, at a limit or because a signal asked for it.
    Stopped(wait::Error),
    /// It was ended because it printed more than [`Output::Whole`] takes.
    TooMuch,
    /// The system does not tell.
    Lost(io::Error),
}

/// What is left of a command.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub how: How,
    /// What was kept of its stdout.
    pub stdout: Zeroizing<Vec<u8>>,
    /// What was kept of its stderr.
    pub stderr: Zeroizing<Vec<u8>>,
    /// Whether it read anything of a pipe that was filled for it; `None` if
    /// its stdin was no pipe.
    pub was_read: Option<bool>,
}

/// Says of a program that was not found where it was looked for.
fn explained(error: io::Error, program: &str) -> io::Error {
    let is_searched = !program.contains('/') && error.kind() == io::ErrorKind::NotFound;
    match super::find(program) {
        Err(why) if is_searched => io::Error::new(error.kind(), why),
        _ => error,
    }
}

impl Words {
    /// Runs the command with this on its stdin, and returns all that it prints, in
    /// this many octets at most. One that fails is an error.
    pub fn answer(
        &self,
        stdin: &[u8],
        max_octets: usize,
        stderr: Output,
        timeouts: &Timeouts,
    ) -> io::Result<Zeroizing<Vec<u8>>> {
        let launch = Launch {
            words: self,
            variables: &[],
            input: Input::Octets(stdin.to_vec()),
            stdout: Output::Whole(max_octets),
            stderr,
            grace: Duration::from_secs(1),
        };
        let ended = launch.start(timeouts)?.wait();
        Err(match ended.how {
            How::Exited(status) if status.success() => return Ok(ended.stdout),
            How::Exited(status) => io::Error::other(status.to_string()),
            How::Stopped(why) => io::Error::other(why),
            How::TooMuch => io::Error::other("it printed too much"),
            How::Lost(error) => error,
        })
    }
}

impl Launch<'_> {
    /// Starts the command. Its whole time, from now on, is one wait.
    pub fn start(self, timeouts: &Timeouts) -> io::Result<Running> {
        let (stdin, filled) = self.input.open()?;
        let (to_stdout, stdout) = self.stdout.open()?;
        let (to_stderr, stderr) = self.stderr.open()?;
        let leads_group = !is_on_terminal();
        let mut command = Command::new(self.words.program());
        command
            .args(self.words.arguments())
            .env_remove(PASSWORD_VARIABLE)
            .env_remove(PROXY_PASSWORD_VARIABLE)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(stdin)
            .stdout(to_stdout)
            .stderr(to_stderr);
        if leads_group {
            command.process_group(0);
        }
        adopt_orphans();
        let child = command.spawn().map_err(|error| explained(error, self.words.program()))?;
        let id = Pid::from_child(&child);
        if leads_group && let Ok(mut groups) = GROUPS.lock() {
            groups.push(id);
        }
        Ok(Running {
            child,
            id,
            leads_group,
            end: end_of(id),
            timeouts: timeouts.clone(),
            started: Instant::now(),
            grace: self.grace,
            stage: Stage::Working,
            filled,
            stdout,
            stderr,
        })
    }
}

/// Returns whether somebody sits at the terminal that this process has the
/// foreground of. A command in another group would be stopped when it asks
/// something there; in ours it may ask, and the keys that end us end it.
fn is_on_terminal() -> bool {
    let stdin = io::stdin();
    stdin.is_terminal() && rustix::termios::tcgetpgrp(&stdin).is_ok_and(|id| id == getpgrp())
}

/// What a command leaves behind becomes ours, so that its end can be seen
/// though the system's first process may not care for it.
fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

fn end_of(id: Pid) -> Option<OwnedFd> {
    #[cfg(target_os = "linux")]
    return rustix::process::pidfd_open(id, rustix::process::PidfdFlags::empty()).ok();
    #[cfg(not(target_os = "linux"))]
    {
        let _ = id;
        None
    }
}

impl Running {
    /// Takes what was printed and looks whether the command ended, and whether
    /// it has to. Never waits. Once it returned the end, it is over.
    pub fn poll(&mut self) -> Option<Ended> {
        let too_much = self.take_output();
        match self.child.try_wait() {
            Ok(Some(status)) => return Some(self.end(How::Exited(status))),
            Ok(None) => {}
            // It is not ours to wait for, as where SIGCHLD is ignored.
            Err(error) => return Some(self.end(How::Lost(error))),
        }
        let now = Instant::now();
        self.stage = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Working => match (too_much, self.slice()) {
                (true, _) => self.ask_to_end(How::TooMuch, now),
                (false, Err(why)) => self.ask_to_end(How::Stopped(why), now),
                (false, Ok(_)) => Stage::Working,
            },
            Stage::Asked(how, until) if now >= until => {
                self.send(Signal::KILL);
                Stage::Killed(how, now + REAP_TIMEOUT)
            }
            Stage::Killed(how, until) if now >= until => return Some(self.end(how)),
            stage => stage,
        };
        None
    }

    /// Waits for the end, which the limits bring about if nothing else does.
    pub fn wait(mut self) -> Ended {
        loop {
            if let Some(ended) = self.poll() {
                return ended;
            }
            if nap(&[&self]).is_err() {
                thread::sleep(POLL_INTERVAL);
            }
        }
    }

    /// Gives the command this long to end by itself, as it may do when its
    /// stdin has ended.
    pub fn let_end(&mut self, patience: Duration) {
        let until = Instant::now() + patience;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < until {
            thread::sleep(POLL_INTERVAL);
        }
    }

    fn slice(&self) -> Result<Duration, wait::Error> {
        self.timeouts.since(self.started, "no end", "").slice()
    }

    fn take_output(&mut self) -> bool {
        let sources = [&mut self.stdout, &mut self.stderr];
        let full = sources.map(|source| source.as_mut().is_some_and(Collected::take));
        full.contains(&true)
    }

    fn ask_to_end(&self, how: How, now: Instant) -> Stage {
        self.send(Signal::TERM);
        Stage::Asked(how, now + self.grace)
    }

    /// That it is over already does not matter.
    fn send(&self, signal: Signal) {
        let _ = if self.leads_group {
            kill_process_group(self.id, signal)
        } else {
            kill_process(self.id, signal)
        };
    }

    /// Takes the last of what was printed. Why it was ended tells more than
    /// how.
    fn end(&mut self, how: How) -> Ended {
        let too_much = self.take_output();
        let how = match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Asked(why, _) | Stage::Killed(why, _) => why,
            Stage::Working if too_much => How::TooMuch,
            Stage::Working | Stage::Over => how,
        };
        let kept = |source: Option<Collected>| source.map(Collected::into_octets);
        Ended {
            how,
            stdout: kept(self.stdout.take()).unwrap_or_default(),
            stderr: kept(self.stderr.take()).unwrap_or_default(),
            was_read: self.filled.take().and_then(|filled| filled.was_read()),
        }
    }

    /// Returns whether the command, or a process of its group, is still there.
    fn is_there(&mut self) -> bool {
        if matches!(self.child.try_wait(), Ok(None)) {
            return true;
        }
        // Those that are ours by now (see `adopt_orphans`) and have ended.
        while let Ok(Some(_)) = waitpgid(self.id, WaitOptions::NOHANG) {}
        self.leads_group && test_kill_process_group(self.id).is_ok()
    }

    /// What becomes ready when there is something to [`Running::poll`] for.
    fn descriptors(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let outputs = [&self.stdout, &self.stderr].into_iter().flatten();
        let sources = outputs.filter_map(|output| output.source.as_ref());
        let end = self.end.iter().map(AsFd::as_fd);
        end.chain(sources.map(AsFd::as_fd))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_there() {
            self.send(Signal::TERM);
            let until = Instant::now() + self.grace;
            while self.is_there() && Instant::now() < until {
                thread::sleep(POLL_INTERVAL);
            }
        }
        if self.is_there() {
            self.send(Signal::KILL);
            self.let_end(REAP_TIMEOUT);
        }
        if let Ok(mut groups) = GROUPS.lock() {
            groups.retain(|id| *id != self.id);
        }
    }
}

/// Sleeps until there may be something to [`Running::poll`] one of the
/// commands for, a tenth of a second at most.
pub fn nap(commands: &[&Running]) -> io::Result<()> {
    let descriptors = commands.iter().flat_map(|command| command.descriptors());
    let mut fds: Vec<PollFd<'_>> =
        descriptors.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN)).collect();
    let all_ended = commands.iter().all(|command| command.end.is_some());
    let length = commands.iter().map(|command| match command.stage {
        Stage::Working => command.slice().unwrap_or_default(),
        _ => POLL_INTERVAL,
    });
    let mut length = length.min().unwrap_or_default();
    if !all_ended {
        length = length.min(POLL_INTERVAL);
    }
    wait::nap(&mut fds, length)
}
