//! The first line of a reply: `+OK`, `-ERR`, and the code in brackets.

use super::Error;
use crate::base::{Class, sanitized};

/// What a response code says (RFC 2449 §8, RFC 3206). Unknown ones, and
/// unknown levels below known ones, count for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// Another session holds the maildrop.
    InUse,
    /// Too soon after the last login.
    LoginDelay,
    /// A passing fault of the server.
    SysTemp,
    /// A fault that only its administrator can mend.
    SysPerm,
    /// The credentials are the problem.
    Auth,
    /// The message needs UTF8 mode (RFC 6856 §2).
    Utf8,
}

impl Code {
    fn parse(text: &[u8]) -> Option<Self> {
        let inner = text.strip_prefix(b"[")?;
        let inner = &inner[..memchr::memchr(b']', inner)?];
        let word = String::from_utf8_lossy(inner).to_ascii_uppercase();
        let mut levels = word.split('/');
        match (levels.next()?.trim(), levels.next().map(str::trim)) {
            ("IN-USE", _) => Some(Code::InUse),
            ("LOGIN-DELAY", _) => Some(Code::LoginDelay),
            ("SYS", Some("TEMP")) => Some(Code::SysTemp),
            ("SYS", Some("PERM")) => Some(Code::SysPerm),
            ("AUTH", _) => Some(Code::Auth),
            ("UTF8", _) => Some(Code::Utf8),
            _ => None,
        }
    }

    /// What kind of failure a refusal with this code is.
    pub fn class(self) -> Class {
        match self {
            Code::InUse | Code::LoginDelay | Code::SysTemp => Class::Temporary,
            Code::SysPerm | Code::Auth => Class::Auth,
            Code::Utf8 => Class::Protocol,
        }
    }
}

/// The status line of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// `+OK`, not `-ERR`.
    pub ok: bool,
    /// The response code, if a known one is there.
    pub code: Option<Code>,
    /// What follows the indicator, as received.
    pub text: Vec<u8>,
}

impl Status {
    /// Reads `+OK` or `-ERR` in any case, ended by a blank or the line's end.
    /// `+ERR`, `+OKAY` and a bare `+` are neither.
    pub fn parse(line: &[u8]) -> Result<Self, Error> {
        Self::read(line).ok_or_else(|| {
            let is_goodbye = line.starts_with(b"* BYE")
                || (line.len() >= 4 && line[0] == b'4' && line[..3].iter().all(u8::is_ascii_digit));
            let line = sanitized(line);
            if is_goodbye { Error::Goodbye { line } } else { Error::NotAReply { line } }
        })
    }

    fn read(line: &[u8]) -> Option<Self> {
        let word_end =
            line.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r')).unwrap_or(line.len());
        let (word, text) = line.split_at(word_end);
        let ok = if word.eq_ignore_ascii_case(b"+OK") {
            true
        } else if word.eq_ignore_ascii_case(b"-ERR") {
            false
        } else {
            return None;
        };
        let text = text.trim_ascii();
        Some(Self { ok, code: Code::parse(text), text: text.to_vec() })
    }

    /// The text, safe to print.
    pub fn sanitized(&self) -> String {
        sanitized(&self.text)
    }
}
