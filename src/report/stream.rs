//! Streams that are written to only while somebody takes what is written: a
//! reader that stopped reading must not keep a run, and its lock, for ever.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use crate::base::Cancel;
use crate::wait;

/// Octets that a pipe takes without a wait once it says that it is ready
/// (`PIPE_BUF` of Linux).
const PIECE: usize = 4096;

/// A poisoned lock still guards usable data: reporting goes on.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A stream that gives up at some time.
pub trait Stream: Write + Send {
    /// From now on waits end at this time, or never by themselves.
    fn give_up_at(&mut self, _until: Option<Instant>) {}

    /// Columns and rows it has at present, if it is a terminal and knows.
    fn size(&self) -> Option<(usize, usize)> {
        None
    }
}

/// A descriptor. Once work is cancelled it is still written to, but not
/// waited for.
#[derive(Debug)]
pub struct Descriptor<F> {
    fd: F,
    cancel: Cancel,
    until: Option<Instant>,
}

impl<F: AsFd> Descriptor<F> {
    /// One whose waits end only when cancelled.
    pub fn new(fd: F, cancel: &Cancel) -> Self {
        Self { fd, cancel: cancel.clone(), until: None }
    }

    /// Waits until something is taken. Errors count too: writing tells them.
    fn ready(&self) -> io::Result<()> {
        loop {
            let left = self.left();
            let mut fds = [PollFd::new(&self.fd, PollFlags::OUT)];
            wait::nap(&mut fds, *left.as_ref().unwrap_or(&Duration::ZERO))?;
            if !fds[0].revents().is_empty() {
                return Ok(());
            }
            left?;
        }
    }

    /// How long its reader is waited for; an error if no longer.
    fn left(&self) -> io::Result<Duration> {
        self.cancel.check().map_err(io::Error::other)?;
        let Some(until) = self.until else {
            return Ok(Duration::MAX);
        };
        match until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => {
                let what = "its reader stopped reading";
                Err(io::Error::new(io::ErrorKind::TimedOut, what))
            }
            left => Ok(left),
        }
    }
}

impl<F: AsFd> Write for Descriptor<F> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.ready()?;
        let piece = &data[..data.len().min(PIECE)];
        match rustix::io::write(&self.fd, piece) {
            // It was made non-blocking, and somebody else was faster.
            Err(Errno::AGAIN) => Err(io::ErrorKind::Interrupted.into()),
            written => Ok(written?),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<F: AsFd + Send> Stream for Descriptor<F> {
    fn give_up_at(&mut self, until: Option<Instant>) {
        self.until = until;
    }

    fn size(&self) -> Option<(usize, usize)> {
        let size = rustix::termios::tcgetwinsize(&self.fd).ok()?;
        let size = (size.ws_col.into(), size.ws_row.into());
        (size.0 > 0 && size.1 > 0).then_some(size)
    }
}

/// Takes everything at once.
impl Stream for io::Sink {}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::atomic::Ordering;
    use std::thread;

    use super::*;

    /// More than a pipe holds.
    const MUCH: usize = 1 << 20;

    #[test]
    fn a_reader_that_reads_gets_everything() {
        let (mut reader, writer) = io::pipe().expect("pipe");
        let mut stream = Descriptor::new(writer, &Cancel::new());
        let data: Vec<u8> = (0..MUCH).map(|at| (at / 5) as u8).collect();
        let sent = data.clone();
        let thread = thread::spawn(move || stream.write_all(&sent));
        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("read");
        thread.join().expect("ran").expect("written");
        assert!(read == data);
    }

    #[test]
    fn a_reader_that_stops_is_given_up() {
        let (reader, writer) = io::pipe().expect("pipe");
        let mut stream = Descriptor::new(writer, &Cancel::new());
        stream.give_up_at(Some(Instant::now() + Duration::from_millis(50)));
        let error = stream.write_all(&vec![b'x'; MUCH]).expect_err("stuck");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "its reader stopped reading");
        drop(reader);
        let error = stream.write_all(b"x").expect_err("gone");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn after_a_signal_nobody_is_waited_for() {
        let (_reader, writer) = io::pipe().expect("pipe");
        let cancel = Cancel::new();
        let mut stream = Descriptor::new(writer, &cancel);
        cancel.flag().store(15, Ordering::Relaxed);
        stream.write_all(b"what there is room for").expect("room");
        let error = stream.write_all(&vec![b'x'; MUCH]).expect_err("stuck");
        assert_eq!(error.to_string(), "interrupted by SIGTERM");
    }
}
