//! The user's own commands that keep tokens.

use std::io;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::process::{Input, Launch, Output, Words};
use crate::wait::Timeouts;

/// Most octets that are read of what is kept.
pub(super) const MAX_STORED: usize = 256 << 10;

/// How long a command may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(1);

/// Runs a command with these octets on its stdin, and takes what it prints.
pub(super) fn run(
    words: &Words,
    stdin: &[u8],
    timeouts: &Timeouts,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let launch = Launch {
        words,
        variables: &[],
        input: Input::Octets(stdin.to_vec()),
        stdout: Output::Whole(MAX_STORED),
        stderr: Output::Inherited,
        grace: GRACE,
    };
    let ended = launch.start(timeouts)?.wait();
    match ended.code() {
        Some(0) => Ok(ended.stdout),
        _ => Err(io::Error::other(ended.words())),
    }
}
