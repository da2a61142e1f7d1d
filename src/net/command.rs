//! Commands of the user's: the one place where they are started.

use std::process::Command;

use crate::base::{PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE};

/// The command, to be started without a shell. It inherits all variables but
/// those that may hold a password.
pub(crate) fn user_command(program: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_remove(PASSWORD_VARIABLE)
        .env_remove(PROXY_PASSWORD_VARIABLE);
    command
}
