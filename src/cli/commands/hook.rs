//! The command of `after_new`: it is run once something was stored.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::base::{Event, Observer, WarningCode, sanitized};
use crate::process::{Input, Launch, NO_SHELL, Output, Words};
use crate::report::json_line;
use crate::wait::Timeouts;

/// Octets of lines that are kept in memory; more go into a file.
const MAX_MEMORY: usize = 1 << 20;

/// Octets of its stdout and stderr that are kept.
const MAX_TALK: usize = 4096;

/// How long it has between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);

/// An observer that keeps the lines of new messages for the command, and hands
/// everything on.
pub(super) struct Hook<'h> {
    words: &'h Words,
    account: &'h str,
    observer: &'h dyn Observer,
    lines: Mutex<Lines>,
}

impl<'h> Hook<'h> {
    /// For a command and an account, whose state is in the folder `dir`.
    pub(super) fn new(
        words: &'h Words,
        account: &'h str,
        dir: PathBuf,
        observer: &'h dyn Observer,
    ) -> Self {
        Self {
            words,
            account,
            observer,
            lines: Mutex::new(Lines { dir, memory: Vec::new(), file: None, result: Ok(()) }),
        }
    }

    /// Runs the command if messages were stored. That it fails is a warning.
    pub(super) fn run(self, stored: u64, timeouts: &Timeouts) {
        let (words, observer) = (self.words, self.observer);
        if stored > 0
            && let Err(why) = self.try_run(stored, timeouts)
        {
            let program = sanitized(words.program().as_bytes());
            let mut text = format!("after_new `{program}` failed: {why}");
            if words.need_shell() {
                text.push_str(&format!("; {NO_SHELL}"));
            }
            observer.warn(WarningCode::HookFailed, text);
        }
    }

    fn try_run(self, stored: u64, timeouts: &Timeouts) -> Result<(), String> {
        let lines = self.lines.into_inner();
        let input = lines.unwrap_or_else(PoisonError::into_inner).into_input();
        let input = input.map_err(|error| format!("its input cannot be kept: {error}"))?;
        timeouts.cancel.check().map_err(|why| why.to_string())?;
        let launch = Launch {
            words: self.words,
            variables: &[
                ("RETR_ACCOUNT", self.account.into()),
                ("RETR_STORED", stored.to_string().into()),
            ],
            input,
            stdout: Output::First(MAX_TALK),
            stderr: Output::First(MAX_TALK),
            grace: GRACE,
        };
        let running = launch.start(timeouts);
        let ended = running.map_err(|error| error.to_string())?.wait();
        if ended.code() != Some(0) {
            return Err(ended.words());
        }
        for talk in [&ended.stdout, &ended.stderr] {
            let lines = talk.split(|octet| *octet == b'\n');
            for line in lines.filter(|line| !line.trim_ascii().is_empty()) {
                self.observer.note(format!("after_new: {}", sanitized(line)));
            }
        }
        Ok(())
    }
}

impl Observer for Hook<'_> {
    fn notice(&self, event: &Event) {
        if matches!(event, Event::Message(_))
            && let Some(line) = json_line(self.account, event)
        {
            let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(&line);
        }
        self.observer.notice(event);
    }

    fn wants_headers(&self) -> bool {
        true
    }

    fn wants_dialogue(&self) -> bool {
        self.observer.wants_dialogue()
    }
}

/// Lines in memory or, where they are many, in a file without a name.
struct Lines {
    dir: PathBuf,
    memory: Vec<u8>,
    file: Option<File>,
    result: io::Result<()>,
}

impl Lines {
    fn push(&mut self, line: &[u8]) {
        if self.result.is_ok() {
            self.memory.extend_from_slice(line);
            if self.memory.len() > MAX_MEMORY {
                self.result = self.spill();
            }
        }
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let path = self.dir.join("after-new");
                // What a run left that was killed right here.
                let _ = fs::remove_file(&path);
                let mut options = OpenOptions::new();
                options.read(true).write(true).create_new(true).mode(0o600);
                let file = options.open(&path)?;
                fs::remove_file(&path)?;
                self.file.insert(file)
            }
        };
        file.write_all(&self.memory)?;
        self.memory.clear();
        Ok(())
    }

    fn into_input(mut self) -> io::Result<Input> {
        if self.file.is_some() && self.result.is_ok() {
            self.result = self.spill();
        }
        self.result?;
        match self.file {
            Some(mut file) => {
                file.rewind()?;
                Ok(Input::File(file))
            }
            None => Ok(Input::Octets(self.memory)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn lines_are_the_same_in_memory_and_in_a_file_that_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        for count in [1, 10, 5_000] {
            let mut lines =
                Lines { dir: dir.path().into(), memory: Vec::new(), file: None, result: Ok(()) };
            let line = [b'x'; 1000];
            for _ in 0..count {
                lines.push(&line);
                assert!(lines.memory.len() <= MAX_MEMORY);
            }
            let octets = match lines.into_input().expect("kept") {
                Input::Octets(octets) => octets.len(),
                Input::File(mut file) => file.read_to_end(&mut Vec::new()).expect("read"),
                other => panic!("{other:?}"),
            };
            assert_eq!(octets, count * line.len());
            assert_eq!(fs::read_dir(dir.path()).expect("a folder").count(), 0);
        }
    }

    #[test]
    fn lines_that_cannot_be_kept_are_an_error() {
        let mut lines =
            Lines { dir: "/nonexistent".into(), memory: Vec::new(), file: None, result: Ok(()) };
        lines.push(&vec![0; MAX_MEMORY + 1]);
        lines.push(b"x");
        assert!(lines.into_input().is_err());
    }
}
