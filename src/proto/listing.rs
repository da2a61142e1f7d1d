//! Lines of UIDL and LIST, and the text of STAT (RFC 1939 §5, §7), read as
//! servers really send them.

use super::Error;
use crate::base::{MessageNumber, Uid, sanitized};

/// The most octets that a message is believed to have, a tebibyte: servers
/// with a bug list an unsigned -1, and sums of sizes have to fit.
pub const MAX_SIZE: u64 = 1 << 40;

/// A line of a UIDL listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UidlLine {
    /// A message and its unique id.
    Message(MessageNumber, Uid),
    /// A message whose id is empty or longer than [`Uid::MAX`].
    WithoutUid(MessageNumber),
    /// Nothing that names a message.
    Nonsense,
}

/// A line of a LIST listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListLine {
    /// A message and its size in octets, if that was a number up to
    /// [`MAX_SIZE`].
    Message(MessageNumber, Option<u64>),
    /// Nothing that names a message.
    Nonsense,
}

/// Reads a UIDL line: number, blanks, and the rest of the line as the id. A
/// `+OK` in front, which some servers repeat on each line, is dropped.
pub fn uidl_line(line: &[u8]) -> UidlLine {
    let line = line.trim_ascii();
    let line = match line.get(..3) {
        Some(word) if word.eq_ignore_ascii_case(b"+OK") => line[3..].trim_ascii_start(),
        _ => line,
    };
    let (number, rest) = word(line);
    let Some(number) = message_number(number) else {
        return UidlLine::Nonsense;
    };
    match Uid::new(rest) {
        Some(uid) => UidlLine::Message(number, uid),
        None => UidlLine::WithoutUid(number),
    }
}

/// Reads a LIST line: number and size; anything behind them is ignored.
pub fn list_line(line: &[u8]) -> ListLine {
    let (number, rest) = word(line.trim_ascii());
    match message_number(number) {
        Some(number) => {
            let size = decimal(word(rest).0).filter(|size| *size <= MAX_SIZE);
            ListLine::Message(number, size)
        }
        None => ListLine::Nonsense,
    }
}

/// Reads the text of STAT's `+OK` (RFC 1939 §5): messages and octets. A
/// number of octets below zero, which servers send that count in 32 bits, is
/// unknown. No other reply has this form: RETR is answered by `120 octets`.
pub fn stat_text(text: &[u8]) -> Result<(u64, Option<u64>), Error> {
    let (messages, rest) = word(text);
    let octets = word(rest).0;
    let negative = octets.strip_prefix(b"-").is_some_and(|n| decimal(n).is_some());
    match (decimal(messages), decimal(octets)) {
        (Some(messages), octets) if octets.is_some() || negative => Ok((messages, octets)),
        _ => Err(Error::Nonsense { command: "STAT", line: sanitized(text) }),
    }
}

/// The first word, and the rest without the blanks between.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|b| matches!(b, b' ' | b'\t')).unwrap_or(line.len());
    (&line[..end], line[end..].trim_ascii_start())
}

fn message_number(word: &[u8]) -> Option<MessageNumber> {
    MessageNumber::new(u32::try_from(decimal(word)?).ok()?)
}

fn decimal(word: &[u8]) -> Option<u64> {
    if word.is_empty() || !word.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(word).ok()?.parse().ok()
}
