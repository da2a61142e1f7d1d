//! What comes in through a descriptor, read with a limit in octets and in
//! time.

use std::io;
use std::os::fd::AsFd;

use rustix::event::PollFlags;
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::{Error, Timer};
use crate::base::Class;

/// Why something was not read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It did not come in time.
    #[error(transparent)]
    Wait(#[from] Error),
    /// It has no end, or one too late.
    #[error("more than {} KiB came", limit >> 10)]
    TooMuch {
        /// How many octets it may have.
        limit: usize,
    },
    /// What the system said.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl ReadError {
    /// The kind of failure: later may be better, or what is read is wrong.
    pub fn class(&self) -> Class {
        match self {
            ReadError::Wait(error) => error.class(),
            ReadError::TooMuch { .. } | ReadError::Io(_) => Class::Config,
        }
    }
}

/// Where reading ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Behind a line.
    Line,
    /// At the end.
    End,
}

/// Reads at most `limit` octets, into memory that is wiped when dropped and
/// was never moved. Whatever comes, all of it has to come before the timer's
/// limits.
pub fn read_bounded(
    source: impl AsFd,
    until: Until,
    limit: usize,
    timer: &Timer<'_>,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let mut bytes = Zeroizing::new(vec![0; limit + 1]);
    let mut filled = 0;
    loop {
        if filled > limit {
            return Err(ReadError::TooMuch { limit });
        }
        timer.ready(&source, PollFlags::IN)?;
        match rustix::io::read(&source, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(octets) => {
                let is_line = bytes[filled..filled + octets].contains(&b'\n');
                filled += octets;
                if is_line && until == Until::Line {
                    break;
                }
            }
            Err(Errno::INTR | Errno::AGAIN) => {}
            Err(errno) => return Err(io::Error::from(errno).into()),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::base::Cancel;
    use crate::wait::Timeouts;

    const LONG: Duration = Duration::from_secs(60);

    fn read(until: Until, wait: Duration, write: &[u8], ends: bool) -> Result<Vec<u8>, ReadError> {
        let (reader, mut writer) = io::pipe().expect("a pipe");
        let sent = write.to_vec();
        let thread = thread::spawn(move || {
            let _ = writer.write_all(&sent);
            (!ends).then_some(writer)
        });
        let timeouts = Timeouts::new(wait, LONG, &Cancel::new());
        let timer = timeouts.start("nothing came", "");
        let result = read_bounded(&reader, until, 64 << 10, &timer);
        drop(reader);
        thread.join().expect("the writer");
        result.map(|bytes| bytes.to_vec())
    }

    #[test]
    fn a_line_is_read_without_waiting_for_the_end() {
        let line = read(Until::Line, LONG, b"one\n", false).expect("a line");
        assert_eq!(line, b"one\n");
        let all = read(Until::End, LONG, b"one\ntwo", true).expect("all");
        assert_eq!(all, b"one\ntwo");
    }

    #[test]
    fn octets_and_time_are_limited() {
        let wait = Duration::from_millis(10);
        let error = read(Until::End, wait, b"x", false).expect_err("no end");
        assert_eq!(error.to_string(), "nothing came within 10ms");
        assert_eq!(error.class(), Class::Temporary);
        let most = vec![b'x'; 64 << 10];
        assert!(read(Until::End, LONG, &most, true).is_ok_and(|all| all == most));
        let error = read(Until::End, LONG, &[b'x'; 65 << 10], true).expect_err("too much");
        assert_eq!(error.to_string(), "more than 64 KiB came");
        assert_eq!(error.class(), Class::Config);
    }
}
