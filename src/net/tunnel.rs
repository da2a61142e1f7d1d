//! A command whose stdin and stdout are the connection.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::Error;
use crate::base::sanitized;
use crate::process::{Input, Launch, Output, Running, Words};
use crate::wait::Timeouts;

/// How long the command may take to end by itself once its stdin ended, and
/// then again to end when it is asked to.
const GRACE: Duration = Duration::from_millis(500);

/// The running command. Dropping it waits for its end, and ends it and all it
/// has started if it lingers. Our end of its stdin must be closed before.
#[derive(Debug)]
pub(super) struct Tunnel(Running);

impl Tunnel {
    /// Starts the command. Its stderr is ours.
    pub(super) fn start(words: &Words, timeouts: &Timeouts) -> Result<(OwnedFd, Self), Error> {
        spawn(words, timeouts).map_err(|source| Error::Tunnel {
            command: sanitized(words.program().as_bytes()),
            source,
        })
    }
}

fn spawn(words: &Words, timeouts: &Timeouts) -> io::Result<(OwnedFd, Tunnel)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let launch = Launch {
        words,
        variables: &[],
        input: Input::Socket(theirs.try_clone()?.into()),
        stdout: Output::Socket(theirs.into()),
        stderr: Output::Inherited,
        grace: GRACE,
    };
    Ok((ours.into(), Tunnel(launch.start(timeouts)?)))
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.0.let_end(GRACE);
    }
}
