//! Asking for the password, without echo.

use std::time::Duration;

use super::one_line;
use crate::base::{Class, Failure, Secret};
use crate::cli::ask::{Echo, MAX_LINE, line};
use crate::wait::Timeouts;

/// Asks the question, and takes the line that is typed. Only the end of the run
/// is a limit for somebody who types.
pub(super) fn ask(question: &str, timeouts: &Timeouts) -> Result<Secret, Failure> {
    let timeouts = Timeouts {
        wait: Duration::MAX,
        ..timeouts.clone()
    };
    let answer = line(question, Echo::Hidden, &timeouts).map_err(|error| {
        let mut failure = Failure::new(error.class(), "cannot ask for the password");
        failure.causes.push(error.to_string());
        failure
    })?;
    if answer.len() >= MAX_LINE {
        let what = "the answer is longer than a terminal takes";
        return Err(Failure::new(Class::Config, what).hint("--password-file takes up to 64 KiB"));
    }
    one_line(&answer, "the answer")
        .map_err(|failure| failure.hint("type the password, which is not shown, and press Enter"))
}
