//! Asking for the password, without echo.

use super::one_line;
use crate::base::{Failure, Secret};
use crate::cli::ask::{Echo, MAX_LINE, line};
use crate::wait::Timeouts;

/// Asks the question, and takes the line that is typed. Only the end of the run
/// is a limit for somebody who types.
pub(super) fn ask(question: &str, timeouts: &Timeouts) -> Result<Secret, Failure> {
    let answer = line(question, Echo::Hidden, &timeouts.patient()).map_err(|error| {
        Failure::new(error.class(), "cannot ask for the password").because(error)
    })?;
    if answer.len() >= MAX_LINE {
        let what = "the answer is longer than a terminal takes";
        return Err(Failure::config(what).hint("--password-file takes up to 64 KiB"));
    }
    one_line(&answer, "the answer")
        .map_err(|failure| failure.hint("type the password, which is not shown, and press Enter"))
}
