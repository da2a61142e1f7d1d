//! A command whose stdin and stdout are the connection.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Error;
use super::command::user_command;
use crate::base::shown;

/// How long the command may take to end by itself once its stdin ended, and
/// then again to end when killed.
const GRACE: Duration = Duration::from_millis(500);

/// The running command. Dropping it waits for its end, kills it if it
/// lingers, and leaves no zombie. Our end of its stdin must be closed before.
#[derive(Debug)]
pub(super) struct Tunnel {
    child: Child,
}

impl Tunnel {
    /// Starts the command, without a shell. Its stderr is ours.
    pub(super) fn start(argv: &[String]) -> Result<(OwnedFd, Self), Error> {
        let name = argv.first().map_or("", String::as_str);
        spawn(name, argv.get(1..).unwrap_or_default()).map_err(|source| Error::Tunnel {
            command: shown(name.as_bytes()),
            source,
        })
    }
}

fn spawn(name: &str, arguments: &[String]) -> io::Result<(OwnedFd, Tunnel)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let theirs = OwnedFd::from(theirs);
    let child = user_command(name, arguments)
        .stdin(Stdio::from(theirs.try_clone()?))
        .stdout(Stdio::from(theirs))
        .spawn()?;
    Ok((ours.into(), Tunnel { child }))
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        if !ends(&mut self.child) {
            let _ = self.child.kill();
            ends(&mut self.child);
        }
    }
}

/// Whether the child ends in time.
fn ends(child: &mut Child) -> bool {
    let until = Instant::now() + GRACE;
    let mut pause = Duration::from_millis(1);
    loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < until => thread::sleep(pause),
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}
