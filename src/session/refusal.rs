//! What kind of refusal a `-ERR` is: by its response code, else by what it
//! says (RFC 3206 is young, and many servers have no codes).

use super::Error;
use super::channel::{Asked, Channel};
use crate::base::Class;
use crate::proto::Status;

/// Beginnings of words that tell of a passing fault.
const PASSING: [&str; 7] =
    ["lock", "busy", "in use", "wait", "try again", "unavailable", "temporar"];

/// The kind of a refusal; `otherwise` if nothing is told.
pub(super) fn class(status: &Status, otherwise: Class) -> Class {
    if let Some(code) = status.code {
        return code.class();
    }
    let text = String::from_utf8_lossy(&status.text).to_ascii_lowercase();
    let begins = |at: usize| !text[..at].ends_with(|c: char| c.is_ascii_alphabetic());
    let passing = PASSING.iter().any(|word| text.match_indices(word).any(|(at, _)| begins(at)));
    if passing { Class::Temporary } else { otherwise }
}

/// The error that tells of a refusal.
pub(super) fn error(
    channel: &Channel<'_>,
    asked: Asked,
    status: &Status,
    otherwise: Class,
) -> Error {
    Error::Refused {
        at: channel.at(),
        step: asked.to_string(),
        text: channel.sanitized(&status.text),
        reason: String::new(),
        class: class(status, otherwise),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Cases 60 to 63.
    // Q47, fault 102.
    #[test]
    fn refusals_are_read_by_code_and_then_by_words() {
        let class = |line: &str| {
            let status = Status::parse(line.as_bytes()).expect("a status");
            class(&status, Class::Auth)
        };
        #[rustfmt::skip]
        let rows = [
            "-ERR [IN-USE] x", "-ERR [LOGIN-DELAY] x", "-ERR [SYS/TEMP] x", "-ERR maildrop already locked",
            "-ERR Can't get lock, sorry", "-ERR Mailbox in use", "-ERR please wait a while",
            "-ERR Server Unavailable. 21", "-ERR Temporary authentication failure", "-ERR mailbox is busy",
        ];
        for line in rows {
            assert_eq!(class(line), Class::Temporary, "{line}");
        }
        #[rustfmt::skip]
        let rows = [
            "-ERR", "-ERR [AUTH] try again", "-ERR [sys/perm/foo] locked", "-ERR invalid password",
            "-ERR the user is blocked", "-ERR await nothing",
        ];
        for line in rows {
            assert_eq!(class(line), Class::Auth, "{line}");
        }
    }
}
