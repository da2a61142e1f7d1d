//! What kind of failure something is, and the exit code that tells it.

use serde::Serialize;

/// The kind of a failure. Every layer's error answers `class()`; the numbers
/// are the exit codes, those of `sysexits.h` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The command line was used wrongly.
    Usage = 64,
    /// The ledger or the archive is damaged.
    Data = 65,
    /// The host name is not known.
    Host = 68,
    /// The server refuses, can't be reached, or lacks what was required.
    Unavailable = 69,
    /// A bug in this program.
    Internal = 70,
    /// A target or the state cannot be created or is read-only.
    CantCreate = 73,
    /// Read, write, sync or lock failed on this side.
    Io = 74,
    /// Worth trying again later.
    Temporary = 75,
    /// The server broke the protocol, or some messages could not be had.
    Protocol = 76,
    /// The login was refused.
    Auth = 77,
    /// The configuration is wrong or a secret's permissions are unsafe.
    Config = 78,
    /// Certificate, name, pin or TLS policy not met.
    Tls = 79,
}

impl Class {
    /// All classes, the worst first: of several accounts' failures the
    /// process exits with the code of the worst.
    pub const WORST_FIRST: [Class; 12] = [
        Class::Internal,
        Class::Io,
        Class::CantCreate,
        Class::Tls,
        Class::Auth,
        Class::Config,
        Class::Protocol,
        Class::Data,
        Class::Host,
        Class::Unavailable,
        Class::Temporary,
        Class::Usage,
    ];

    /// The process's exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Returns whether the same run may succeed later with nothing changed
    /// here.
    pub const fn is_retryable(self) -> bool {
        matches!(self, Class::Temporary | Class::Host | Class::Unavailable | Class::Protocol)
    }

    /// The worse of two.
    pub fn worse(self, other: Class) -> Class {
        Self::WORST_FIRST
            .into_iter()
            .find(|class| *class == self || *class == other)
            .unwrap_or(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_several_follows_the_published_order() {
        let codes: Vec<u8> = Class::WORST_FIRST.iter().map(|c| c.code()).collect();
        assert_eq!(codes, [70, 74, 73, 79, 77, 78, 76, 65, 68, 69, 75, 64]);
        assert_eq!(Class::Temporary.worse(Class::Auth), Class::Auth);
        assert_eq!(Class::Io.worse(Class::Auth), Class::Io);
        assert_eq!(Class::Host.worse(Class::Host), Class::Host);
    }
}
