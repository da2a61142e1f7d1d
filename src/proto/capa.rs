//! What a server says it can do (RFC 2449).

/// Most octets of a CAPA reply that are taken.
pub const MAX_CAPA: usize = 64 * 1024;

/// How long a server keeps messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// For ever.
    Never,
    /// What was retrieved may be deleted at QUIT.
    AtOnce,
    /// This many days.
    Days(u32),
}

/// A list of capabilities, one line each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    lines: Vec<String>,
}

impl Capabilities {
    /// Takes the lines of a CAPA reply. Octets that are no UTF-8 are replaced.
    pub fn from_lines<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let lines = lines
            .into_iter()
            .map(|line| String::from_utf8_lossy(line).trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect();
        Self { lines }
    }

    /// The lines as the server sent them.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns whether the server names this capability (in any case).
    pub fn has(&self, tag: &str) -> bool {
        self.arguments(tag).is_some()
    }

    /// The words behind a capability, if it is named.
    pub fn arguments(&self, tag: &str) -> Option<impl Iterator<Item = &str>> {
        self.lines.iter().find_map(|line| {
            let mut words = line.split_ascii_whitespace();
            words.next().is_some_and(|first| first.eq_ignore_ascii_case(tag)).then_some(words)
        })
    }

    /// How long messages stay (EXPIRE, RFC 2449 §6.7). An argument that makes
    /// no sense is none.
    pub fn expiry(&self) -> Option<Expiry> {
        match self.arguments("EXPIRE")?.next()? {
            never if never.eq_ignore_ascii_case("NEVER") => Some(Expiry::Never),
            days => match days.parse().ok()? {
                0 => Some(Expiry::AtOnce),
                days => Some(Expiry::Days(days)),
            },
        }
    }

    /// Returns whether the server may delete at QUIT whatever was retrieved.
    pub fn expires_at_once(&self) -> bool {
        self.expiry() == Some(Expiry::AtOnce)
    }

    /// Seconds that must pass between two logins (LOGIN-DELAY, RFC 2449 §6.5).
    pub fn login_delay(&self) -> Option<u64> {
        self.arguments("LOGIN-DELAY")?.next()?.parse().ok()
    }

    /// Returns whether the server names this SASL mechanism.
    pub fn has_mechanism(&self, mechanism: &str) -> bool {
        self.arguments("SASL")
            .is_some_and(|mut names| names.any(|name| name.eq_ignore_ascii_case(mechanism)))
    }

    /// Drops a capability, because the state it was told in is over.
    pub fn forget(&mut self, tag: &str) {
        self.lines.retain(|line| {
            !line
                .split_ascii_whitespace()
                .next()
                .is_some_and(|first| first.eq_ignore_ascii_case(tag))
        });
    }
}
