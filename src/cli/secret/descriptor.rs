//! Secrets that arrive through an open descriptor: read bounded in octets and
//! in time.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec};
use zeroize::Zeroizing;

use super::{LARGEST, one_line};
use crate::base::{Cancel, Class, Failure, Secret};

/// How often a wait looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(200);

/// Reads the first line of descriptor `number`.
pub(super) fn read(number: u16, patience: Duration, cancel: &Cancel) -> Result<Secret, Failure> {
    let what = format!("file descriptor {number}");
    let cannot = |error: io::Error| {
        let mut failure = Failure::new(
            Class::Config,
            format!("cannot read the password from {what}"),
        );
        failure.causes.push(error.to_string());
        failure
    };
    // By its name, because a number alone cannot be trusted to be open.
    let mut source = File::open(format!("/dev/fd/{number}")).map_err(|error| {
        cannot(error).hint(format!(
            "the shell opens it: --password-fd {number} {number}<FILE"
        ))
    })?;
    let bytes = gather(&mut source, Until::Line, patience, cancel).map_err(cannot)?;
    let line = match memchr::memchr(b'\n', &bytes) {
        Some(end) => &bytes[..end],
        None => &bytes[..],
    };
    one_line(line, &what)
}

/// Where reading ends.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// Behind a line.
    Line,
    /// At the end.
    End,
}

/// Reads at most [`LARGEST`] octets, into memory that is wiped and never
/// moved. More is an error, as is a wait longer than `patience`.
pub(super) fn gather(
    source: &mut (impl Read + AsFd),
    until: Until,
    patience: Duration,
    cancel: &Cancel,
) -> io::Result<Zeroizing<Vec<u8>>> {
    let deadline = Instant::now() + patience;
    let mut bytes = Zeroizing::new(vec![0; LARGEST + 1]);
    let mut filled = 0;
    loop {
        if filled > LARGEST {
            return Err(io::Error::other("more than 64 KiB"));
        }
        await_input(source, deadline, patience, cancel)?;
        match source.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(octets) => {
                let ended = bytes[filled..filled + octets].contains(&b'\n');
                filled += octets;
                if ended && until == Until::Line {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

fn await_input(
    source: &impl AsFd,
    deadline: Instant,
    patience: Duration,
    cancel: &Cancel,
) -> io::Result<()> {
    loop {
        cancel.check().map_err(io::Error::other)?;
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let seconds = patience.as_secs_f32();
            return Err(io::Error::other(format!("nothing came in {seconds} s")));
        }
        let wait = Timespec::try_from(left.min(LOOK)).map_err(io::Error::other)?;
        let mut poll = [PollFd::new(source, PollFlags::IN)];
        match rustix::event::poll(&mut poll, Some(&wait)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;

    use super::*;

    fn number(fd: &impl AsRawFd) -> u16 {
        u16::try_from(fd.as_raw_fd()).expect("small")
    }

    #[test]
    fn the_first_line_is_read_without_waiting_for_the_end() {
        let (reader, mut writer) = io::pipe().expect("pipe");
        writer.write_all(b"hunter2\nrest").expect("written");
        let secret = read(number(&reader), Duration::from_secs(5), &Cancel::new());
        assert_eq!(secret.expect("read").expose(), b"hunter2");
    }

    #[test]
    fn a_line_without_an_end_is_read_too() {
        let (reader, mut writer) = io::pipe().expect("pipe");
        writer.write_all(b"hunter2").expect("written");
        drop(writer);
        let secret = read(number(&reader), Duration::from_secs(5), &Cancel::new());
        assert_eq!(secret.expect("read").expose(), b"hunter2");
    }

    #[test]
    fn a_silent_descriptor_is_not_waited_for_longer() {
        let (reader, _writer) = io::pipe().expect("pipe");
        let failure = read(number(&reader), Duration::from_millis(10), &Cancel::new());
        let failure = failure.expect_err("nothing came");
        assert_eq!(failure.class, Class::Config);
        assert_eq!(failure.causes, ["nothing came in 0.01 s"]);
    }

    #[test]
    fn a_closed_descriptor_is_an_error() {
        let failure = read(60_000, Duration::from_secs(1), &Cancel::new());
        assert_eq!(
            failure.expect_err("closed").what,
            "cannot read the password from file descriptor 60000"
        );
    }

    #[test]
    fn too_much_is_an_error() {
        let (mut reader, mut writer) = io::pipe().expect("pipe");
        let thread = std::thread::spawn(move || writer.write_all(&vec![b'x'; LARGEST + 1]));
        let error = gather(
            &mut reader,
            Until::End,
            Duration::from_secs(5),
            &Cancel::new(),
        );
        assert_eq!(error.expect_err("too much").to_string(), "more than 64 KiB");
        drop(thread.join().expect("ran"));
    }
}
