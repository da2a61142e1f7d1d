//! Asking on the terminal, without echo. The terminal is as it was before,
//! whatever ends the wait: a line, a signal, or time.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::{MAX_SECRET, one_line};
use crate::base::{Class, Failure, Secret};
use crate::wait::{ReadError, Timeouts, Until, read_bounded};

/// Octets of a line that a terminal takes, with its end. What is longer is
/// cut off without a word.
const LINE: usize = 4096;

/// Asks the question, and takes the line that is typed. Only the end of the run
/// is a limit for somebody who types.
pub(super) fn ask(question: &str, timeouts: &Timeouts) -> Result<Secret, Failure> {
    let answer = typed(question, timeouts).map_err(|error| {
        let mut failure = Failure::new(error.class(), "cannot ask for the password");
        failure.causes.push(error.to_string());
        failure
    })?;
    if answer.len() >= LINE {
        let what = "the answer is longer than a terminal takes";
        return Err(Failure::new(Class::Config, what).hint("--password-file takes up to 64 KiB"));
    }
    one_line(&answer, "the answer")
        .map_err(|failure| failure.hint("type the password, which is not shown, and press Enter"))
}

fn typed(question: &str, timeouts: &Timeouts) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let timeouts = Timeouts {
        wait: Duration::MAX,
        ..timeouts.clone()
    };
    // After a signal nobody is asked any more.
    let timer = timeouts.start();
    timer.slice()?;
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let hushed = Hushed::new(&terminal)?;
    (&terminal).write_all(question.as_bytes())?;
    let answer = read_bounded(&terminal, Until::Line, MAX_SECRET, &timer);
    if !matches!(&answer, Ok(line) if line.ends_with(b"\n")) {
        // What follows begins a line.
        (&terminal).write_all(b"\n")?;
    }
    drop(hushed);
    answer
}

/// A terminal that shows nothing of what is typed but the end of the line.
struct Hushed<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> Hushed<'t> {
    fn new(terminal: &'t File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Now, &modes)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Hushed<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
