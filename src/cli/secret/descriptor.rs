//! Secrets that arrive through an open descriptor.

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::{MAX_SECRET, one_line};
use crate::base::{Class, Failure, Secret};
use crate::cli::environment::Environment;
use crate::wait::{Timeouts, Until, read_bounded};

/// Reads the first line of descriptor `number`, which the parent process has
/// opened: one that was closed then may be one of our own now.
pub(super) fn read(number: u16, env: &Environment, timeouts: &Timeouts) -> Result<Secret, Failure> {
    let what = format!("file descriptor {number}");
    let cannot = |class, cause: &dyn std::error::Error| {
        Failure::new(class, format!("cannot read the password from {what}")).because(cause)
    };
    // By its name, because a number alone cannot be trusted to be open; and
    // without a wait for the writer of a FIFO.
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let source = if env.descriptors.contains(&number) {
        rustix::fs::open(format!("/dev/fd/{number}"), flags, Mode::empty())
    } else {
        Err(Errno::BADF)
    };
    let source = source.map_err(|error| {
        let hint = format!("the shell opens it: --password-fd {number} {number}<FILE");
        cannot(Class::Config, &error).hint(hint)
    })?;
    let timer = timeouts.start("nothing came", "");
    let bytes = read_bounded(&source, Until::Line, MAX_SECRET, &timer)
        .map_err(|error| cannot(error.class(), &error))?;
    let line = bytes.split(|byte| *byte == b'\n').next();
    one_line(line.unwrap_or_default(), &what)
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::base::Cancel;

    fn read_from(fd: &impl AsRawFd, wait: Duration) -> Result<Secret, Failure> {
        let number = u16::try_from(fd.as_raw_fd()).expect("small");
        let env = Environment { descriptors: Arc::new([number].into()), ..Environment::default() };
        read(number, &env, &Timeouts::new(wait, wait, &Cancel::new()))
    }

    #[test]
    fn the_first_line_is_the_secret_with_its_end_or_without() {
        for (written, open) in [(&b"hunter2\nrest"[..], true), (b"hunter2", false)] {
            let (reader, mut writer) = std::io::pipe().expect("pipe");
            writer.write_all(written).expect("written");
            let writer = open.then_some(writer);
            let secret = read_from(&reader, Duration::from_secs(60));
            assert_eq!(secret.expect("read").expose(), b"hunter2");
            drop(writer);
        }
    }

    #[test]
    fn a_silent_descriptor_is_waited_for_no_longer() {
        let (reader, _writer) = std::io::pipe().expect("pipe");
        let failure = read_from(&reader, Duration::from_millis(10)).expect_err("nothing came");
        assert_eq!(failure.class, Class::Temporary);
        assert_eq!(failure.causes, ["nothing came within 10ms"]);
    }

    #[test]
    fn a_descriptor_that_was_closed_at_the_start_is_an_error() {
        let timeouts = Timeouts::new(Duration::MAX, Duration::MAX, &Cancel::new());
        let (reader, mut writer) = std::io::pipe().expect("pipe");
        writer.write_all(b"our own\n").expect("written");
        let number = u16::try_from(reader.as_raw_fd()).expect("small");
        let failure = read(number, &Environment::default(), &timeouts).expect_err("closed");
        let what = format!("cannot read the password from file descriptor {number}");
        assert_eq!((failure.class, failure.what), (Class::Config, what));
        assert_eq!(failure.causes, ["Bad file descriptor (os error 9)"]);
    }
}
