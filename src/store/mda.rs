//! A command that takes each message from its stdin: a delivery agent.
//!
//! It is not trusted with half a message, nor with one that it has not read:
//! all of the message is there before it starts, and of a pipe what is left
//! tells whether it looked.

mod environment;
mod exit_status;
mod risks;
#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use self::environment::Variables;
use self::exit_status::accepted;
use self::risks::risks;
use super::agent::{self, Agent};
use super::parcel::Parcel;
use super::spool::Spool;
use super::{
    Address, Delivery, Draft, Error, Fate, Guarantee, Journal, Key, Prepared, Scheme, Sealed,
    Setting, Target,
};
use crate::base::{Event, Location, Receipt, TargetName, Warning, WarningCode, sanitized};
use crate::process::{self, Ended, Input, Launch, Output, Running, Words};

/// Octets of a message that a pipe is asked to hold.
const MAX_PIPE: u64 = 1 << 20;

/// How long a command has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// Octets kept of what a command prints on stdout, and on stderr.
const MAX_OUTPUT: usize = 4096;

/// Lines told of those.
const MAX_LINES: usize = 20;

/// The row of the registry.
pub(super) static SCHEME: Scheme = Scheme {
    name: "mda",
    noun: "command",
    address: Address::Command,
    guarantee: Guarantee::Acknowledged,
    ends_lines: false,
    keeps_copies: true,
    check,
    open: |target, setting| Ok(Box::new(Mda::open(target, setting)?)),
    archive: None,
    risks: |target, handover| {
        words(target).map_or_else(|_| Vec::new(), |words| risks(&words, handover))
    },
    examine: |target, _| find(&words(target)?),
    is_file: None,
    recover: None,
    locate,
    recorded: locate,
};

fn check(address: &OsStr) -> Result<(), &'static str> {
    split(address).map(drop)
}

fn split(address: &OsStr) -> Result<Words, &'static str> {
    Words::split(address.to_str().ok_or("is not UTF-8")?)
}

fn words(target: &Target) -> Result<Words, Error> {
    split(target.given()).map_err(|reason| Error::unfit(target.path(), reason))
}

fn find(words: &Words) -> Result<(), Error> {
    let found = process::find(words.program()).map(drop);
    found.map_err(|reason| Error::NoCommand {
        program: sanitized(words.program().as_bytes()),
        reason,
    })
}

/// The command by its name, without the folders and the arguments.
fn name_of(target: &TargetName) -> String {
    let path = Path::new(&target.address);
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

fn locate(receipt: &Receipt) -> Location {
    agent::locate("mda", name_of(&receipt.target), receipt)
}

/// A command that can be started.
#[derive(Debug)]
struct Mda {
    words: Words,
    agent: Agent,
}

impl Mda {
    fn open(target: &Target, setting: &Setting) -> Result<Self, Error> {
        let words = words(target)?;
        find(&words)?;
        let agent = Agent::open(target, setting)?;
        Ok(Self { words, agent })
    }

    /// Starts the command for a message. What is told of a failure is no fault
    /// of this side's disk.
    fn start(&self, parcel: &Parcel) -> Result<Result<Running, String>, Error> {
        let input = match input(&parcel.content)? {
            Ok(input) => input,
            Err(why) => return Ok(Err(why)),
        };
        let variables = Variables::of(parcel, &self.agent.handover);
        let words = match variables.fill_in(&self.words) {
            Ok(words) => words,
            Err(why) => return Ok(Err(format!("it cannot be started: an argument {why}"))),
        };
        let launch = Launch {
            words: &words,
            variables: &variables.for_environment(),
            input,
            stdout: Output::First(MAX_OUTPUT),
            stderr: Output::First(MAX_OUTPUT),
            grace: GRACE,
        };
        let started = launch.start(&self.agent.timeouts(self.agent.handover.timeout));
        Ok(started.map_err(|error| format!("it cannot be started: {error}")))
    }

    fn text(&self, why: &str) -> String {
        format!("{}: {why}", sanitized(name_of(&self.agent.name).as_bytes()))
    }

    /// Reports what the command printed.
    fn tell(&self, ended: &Ended, journal: &mut dyn Journal) {
        let name = sanitized(name_of(&self.agent.name).as_bytes());
        let said = |octets: &[u8]| {
            let lines = octets.split(|octet| *octet == b'\n');
            let lines = lines.filter(|line| !line.trim_ascii().is_empty());
            let lines = lines.map(|line| format!("{name}: {}", sanitized(line)));
            lines.take(MAX_LINES).collect::<Vec<_>>()
        };
        for text in said(&ended.stdout) {
            journal.tell(&Event::Note(text));
        }
        for text in said(&ended.stderr) {
            let code = WarningCode::Delivery;
            journal.tell(&Event::Warning(Warning { code, text }));
        }
    }
}

/// A message as a command's stdin: a pipe where it may fit into one.
fn input(content: &Spool) -> Result<Result<Input, String>, Error> {
    if content.len() > MAX_PIPE
        && let Some(handle) = content.handle()
    {
        let file = handle.map_err(|error| format!("its stdin cannot be made: {error}"));
        return Ok(file.map(Input::File));
    }
    let mut octets = Vec::with_capacity(content.len() as usize);
    content.pour(&mut |piece| {
        octets.extend_from_slice(piece);
        Ok(())
    })?;
    Ok(Ok(Input::Octets(octets)))
}

impl Delivery for Mda {
    fn draft(&self, key: Key) -> Result<Draft, Error> {
        Ok(self.agent.draft(key))
    }

    fn prepare(&self, batch: Vec<Sealed>) -> Result<Box<dyn Prepared + '_>, Error> {
        Ok(Box::new(Batch { mda: self, parcels: Agent::parcels(batch)? }))
    }

    fn takes_no_more(&self) -> bool {
        self.agent.limit.is_over()
    }
}

/// Messages that are to be handed on.
#[derive(Debug)]
struct Batch<'m> {
    mda: &'m Mda,
    parcels: Vec<Parcel>,
}

impl Prepared for Batch<'_> {
    fn publish(&mut self, journal: &mut dyn Journal) -> Result<Vec<Fate>, Error> {
        let Agent { handover, limit, .. } = &self.mda.agent;
        let parcels = std::mem::take(&mut self.parcels);
        let mut fates = vec![Fate::Left; parcels.len()];
        let mut waiting = parcels.into_iter().enumerate();
        let mut running: Vec<(usize, Parcel, Running)> = Vec::new();
        loop {
            while running.len() < usize::from(handover.jobs.get())
                && !self.mda.agent.must_stop()
                && let Some((at, parcel)) = waiting.next()
            {
                journal.handing(at, handover.is_held())?;
                match self.mda.start(&parcel)? {
                    Ok(command) => running.push((at, parcel, command)),
                    Err(why) => {
                        fates[at] = Fate::Deferred(self.mda.text(&why));
                        limit.note(&fates[at]);
                        journal.handed(at, &fates[at])?;
                    }
                }
            }
            if running.is_empty() {
                return Ok(fates);
            }
            let mut any_over = false;
            let mut place = 0;
            while let Some((at, parcel, command)) = running.get_mut(place) {
                let Some(ended) = command.poll() else {
                    place += 1;
                    continue;
                };
                any_over = true;
                let at = *at;
                self.mda.tell(&ended, journal);
                fates[at] = match accepted(&ended, parcel.content.len()) {
                    Ok(()) => self.mda.agent.took(parcel),
                    Err(fate) => fate(self.mda.text(&exit_status::reason(&ended))),
                };
                limit.note(&fates[at]);
                journal.handed(at, &fates[at])?;
                // Whatever it has left behind ends with it.
                running.swap_remove(place);
            }
            if !any_over {
                let commands: Vec<&Running> = running.iter().map(|(.., command)| command).collect();
                let slept = process::nap(&commands);
                slept.map_err(Error::io("wait for", Path::new(self.mda.words.program())))?;
            }
        }
    }
}
