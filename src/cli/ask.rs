//! Asking somebody at the terminal. It is as it was before, whatever ends the
//! wait: a line, a signal, or time.

use std::fs::File;
use std::io::{self, Write};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::wait::{ReadError, Timeouts, Until, read_bounded};

/// Octets of a line that a terminal takes, with its end. What is longer is
/// cut off without a word.
pub(crate) const MAX_LINE: usize = 4096;

/// Whether what is typed shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Echo {
    Shown,
    /// Only the end of the line does.
    Hidden,
}

/// Asks the question, and returns the line that is typed, with its end.
pub(crate) fn line(
    question: &str,
    echo: Echo,
    timeouts: &Timeouts,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    // After a signal nobody is asked any more.
    let timer = timeouts.start("no answer", "");
    timer.slice()?;
    let terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let hushed = match echo {
        Echo::Shown => None,
        Echo::Hidden => Some(EchoOff::new(&terminal)?),
    };
    (&terminal).write_all(question.as_bytes())?;
    let answer = read_bounded(&terminal, Until::Line, MAX_LINE, &timer);
    if !matches!(&answer, Ok(line) if line.ends_with(b"\n")) {
        // What follows begins a line.
        (&terminal).write_all(b"\n")?;
    }
    drop(hushed);
    answer
}

/// Asks whether to go on. No answer in time, or none that can be had, is no.
pub(crate) fn yes(question: &str, timeouts: &Timeouts) -> bool {
    let answer = line(&format!("{question} [y/N] "), Echo::Shown, timeouts);
    answer.is_ok_and(|answer| {
        let answer = answer.trim_ascii();
        answer.eq_ignore_ascii_case(b"y") || answer.eq_ignore_ascii_case(b"yes")
    })
}

/// A terminal that shows nothing of what is typed but the end of the line.
struct EchoOff<'t> {
    terminal: &'t File,
    before: Termios,
}

impl<'t> EchoOff<'t> {
    fn new(terminal: &'t File) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ECHONL);
        tcsetattr(terminal, OptionalActions::Now, &modes)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for EchoOff<'_> {
    fn drop(&mut self) {
        let _ = tcsetattr(self.terminal, OptionalActions::Now, &self.before);
    }
}
