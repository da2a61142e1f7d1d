//! What kind of failure something is, and the exit code that tells it.

/// The kind of a failure. Every layer's error answers `class()`; the numbers
/// are those of `sysexits.h` where it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// The command line was used wrongly.
    Usage,
    /// The ledger or the archive is damaged.
    Data,
    /// The host name is not known.
    Host,
    /// The server refuses, can't be reached, or lacks what was required.
    Unavailable,
    /// A bug in this program.
    Internal,
    /// A target or the state cannot be created or is read-only.
    CantCreate,
    /// Read, write, sync or lock failed on this side.
    Io,
    /// Worth trying again later.
    Temporary,
    /// The server broke the protocol, or some messages could not be had.
    Protocol,
    /// The login was refused.
    Auth,
    /// The configuration is wrong or a secret's permissions are unsafe.
    Config,
    /// Certificate, name, pin or TLS policy not met.
    Tls,
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
        match self {
            Class::Usage => 64,
            Class::Data => 65,
            Class::Host => 68,
            Class::Unavailable => 69,
            Class::Internal => 70,
            Class::CantCreate => 73,
            Class::Io => 74,
            Class::Temporary => 75,
            Class::Protocol => 76,
            Class::Auth => 77,
            Class::Config => 78,
            Class::Tls => 79,
        }
    }

    /// The name scripts see in `error.class`.
    pub const fn name(self) -> &'static str {
        match self {
            Class::Usage => "usage",
            Class::Data => "data",
            Class::Host => "host",
            Class::Unavailable => "unavailable",
            Class::Internal => "internal",
            Class::CantCreate => "cantcreate",
            Class::Io => "io",
            Class::Temporary => "temporary",
            Class::Protocol => "protocol",
            Class::Auth => "auth",
            Class::Config => "config",
            Class::Tls => "tls",
        }
    }

    /// Returns whether the same run may succeed later with nothing changed
    /// here.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Class::Temporary | Class::Host | Class::Unavailable | Class::Protocol
        )
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
