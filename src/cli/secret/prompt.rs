//! Asking on the terminal, without echo. The terminal is as it was before,
//! whatever ends the wait: a line, a signal, or time.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::descriptor::{Until, gather};
use super::one_line;
use crate::base::{Cancel, Class, Failure, Secret};

/// Longest wait for somebody to type.
const PATIENCE: Duration = Duration::from_secs(3600);

/// Octets of a line that a terminal takes, with its end. What is longer is
/// cut off without a word.
const LINE: usize = 4096;

/// Asks the question, and takes the line that is typed.
pub(super) fn ask(question: &str, cancel: &Cancel) -> Result<Secret, Failure> {
    let answer = typed(question, cancel).map_err(|error| {
        let mut failure = Failure::new(Class::Config, "cannot ask for the password");
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

fn typed(question: &str, cancel: &Cancel) -> io::Result<Zeroizing<Vec<u8>>> {
    // After a signal nobody is asked any more.
    cancel.check().map_err(io::Error::other)?;
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let hushed = Hushed::new(&terminal)?;
    (&terminal).write_all(question.as_bytes())?;
    let answer = gather(&mut &terminal, Until::Line, PATIENCE, cancel);
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
