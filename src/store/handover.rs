//! How messages are handed on to targets that keep nothing to read.

use std::num::NonZeroU8;
use std::time::Duration;

use super::from_line::field;
use crate::base::choice;

/// Longest sender that is handed on, in octets (RFC 5321 §4.5.3.1.3).
const MAX_SENDER: usize = 256;

/// How messages are handed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handover {
    /// What the account is called.
    pub account: String,
    /// Whom they are for. It has no controls, no blanks, no angle brackets.
    pub recipient: Option<String>,
    /// Whom they are from.
    pub sender: Sender,
    /// Longest time for one message.
    pub timeout: Duration,
    /// Commands at once.
    pub jobs: NonZeroU8,
    /// Whether a command gets a From_ line first.
    pub from_line: bool,
    /// Whether a field with the id comes first.
    pub id_header: bool,
    /// What becomes of a message that may have been taken.
    pub in_doubt: InDoubt,
}

choice! {
    /// What becomes of a message of which nobody knows whether it was taken.
    #[derive(Default)]
    pub enum InDoubt(
        "a way with what is in doubt; use again or hold",
        "\"again\" or \"hold\""
    ) {
        #[default]
        Again "again" "It is handed on again under the same id, with a warning",
        /// So that it can be told after a power cut, too, each message is on a
        /// durable record before it is handed on.
        Hold "hold" "It stays on the server until the user says what becomes of it",
    }
}

/// The envelope sender (RFC 5321 §2.3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sender {
    /// That of the topmost Return-Path, else the null sender.
    #[default]
    ReturnPath,
    /// Always this one; empty is the null sender. It is of the same octets as
    /// a recipient.
    Fixed(String),
}

impl Default for Handover {
    fn default() -> Self {
        Self {
            account: String::new(),
            recipient: None,
            sender: Sender::default(),
            timeout: Self::TIMEOUT,
            jobs: NonZeroU8::MIN,
            from_line: false,
            id_header: false,
            in_doubt: InDoubt::default(),
        }
    }
}

impl Handover {
    /// Returns whether each message has to be on a durable record before it is
    /// handed on.
    pub(super) fn is_held(&self) -> bool {
        self.in_doubt == InDoubt::Hold
    }

    /// How long a message may take unless the user says otherwise (RFC 5321
    /// §4.5.3.2.6).
    pub const TIMEOUT: Duration = Duration::from_secs(600);
}

impl Sender {
    /// The sender of a message with this header, which may be hostile: one that
    /// could be an option, or more than one word, becomes the null sender.
    pub(super) fn of(&self, header: &[u8]) -> Vec<u8> {
        let found = match self {
            Sender::Fixed(address) => return address.clone().into_bytes(),
            Sender::ReturnPath => field(header, "return-path").unwrap_or_default(),
        };
        let value = found.trim_ascii();
        let address = match value.strip_prefix(b"<") {
            Some(inside) => &inside[..memchr::memchr(b'>', inside).unwrap_or(inside.len())],
            None => value,
        };
        let safe = address.len() <= MAX_SENDER
            && !address.starts_with(b"-")
            && (address.iter()).all(|octet| *octet > b' ' && !b"\x7f<>".contains(octet));
        if safe { address.to_vec() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_is_that_of_the_topmost_return_path() {
        let rows = [
            (&b"Return-Path: <bob@example.com>\nReturn-Path: <x@y>\n"[..], "bob@example.com"),
            (b"A: 1\nreturn-path:\n <bob@example.com>\n", "bob@example.com"),
            (b"Return-Path: bob@example.com \n", "bob@example.com"),
            (b"Return-Path: <>\n", ""),
            (b"From: bob@example.com\n", ""),
            (b"", ""),
        ];
        for (header, sender) in rows {
            assert_eq!(Sender::ReturnPath.of(header), sender.as_bytes());
        }
        let fixed = Sender::Fixed("me@here".to_owned());
        assert_eq!(fixed.of(b"Return-Path: <bob@example.com>\n"), b"me@here");
    }

    #[test]
    fn a_hostile_sender_becomes_the_null_sender() {
        let long = format!("{}@x", "a".repeat(255));
        #[rustfmt::skip]
        let rows = [
            "-oQ/tmp", "a b@x", "a\tb@x", "a\x01@x", "a\x7f@x", "<a@x", "\"a b\"@x", "a\n b@x", &long,
            &"x".repeat(2000),
        ];
        for address in rows {
            let header = format!("Return-Path: <{address}>\n");
            assert_eq!(Sender::ReturnPath.of(header.as_bytes()), b"", "{address:?}");
        }
    }
}
