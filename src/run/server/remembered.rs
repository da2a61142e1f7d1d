//! What is remembered of a server from one run to the next.

use crate::plan::LineEnd;
use crate::session::Hints;

/// How long remembered facts are believed, in seconds.
const MAX_HINT_AGE: u64 = 7 * 24 * 3600;

/// Messages whose listed sizes turned out to be wrong, after which sizes tell
/// nothing about this server.
pub(super) const MAX_ODD_SIZES: u32 = 4;

/// What is kept between runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Remembered {
    /// When the first of the hints was learned.
    pub(super) learned: u64,
    pub(super) hints: Hints,
    /// A session broke off before the first batch was safe.
    pub(super) careful: bool,
    /// The user was warned that the server deletes by itself.
    pub(super) warned: bool,
    /// How the server counts octets, once a message had its listed size.
    pub(super) counts: Option<LineEnd>,
    /// Messages whose listed sizes turned out to be wrong.
    pub(super) odd_sizes: u32,
    /// Seconds that must pass between logins (RFC 2449 §6.5), and the last.
    pub(super) login_delay: u64,
    pub(super) last_login: u64,
}

impl Remembered {
    /// Reads what [`Remembered::to_words`] wrote. The hints age; the time of
    /// the last login does not.
    pub(super) fn from_words(words: &[(String, String)], scope: &str, now: u64) -> Self {
        let find = |key: &str| {
            let found = words.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        let number = |key: &str| find(key).and_then(|value| value.parse::<u64>().ok());
        if find("scope") != Some(scope) {
            return Self::default();
        }
        let mut remembered = Self {
            login_delay: number("login-delay").unwrap_or(0),
            last_login: number("last-login").unwrap_or(0),
            ..Self::default()
        };
        let learned = number("learned").unwrap_or(0);
        if learned > now || now - learned > MAX_HINT_AGE {
            return remembered;
        }
        let lines = |key: &str| {
            let lines = find(key)?.split('|').filter(|line| !line.is_empty());
            Some(lines.map(str::to_owned).collect())
        };
        remembered.learned = learned;
        remembered.warned = find("warned").is_some();
        remembered.careful = find("careful").is_some();
        remembered.counts = find("right-sizes").map(|value| match value {
            "lf" => LineEnd::Lf,
            _ => LineEnd::Crlf,
        });
        let odd_sizes = number("odd-sizes").unwrap_or(0);
        remembered.odd_sizes = odd_sizes.min(MAX_ODD_SIZES.into()) as u32;
        remembered.hints = Hints {
            capabilities: lines("capabilities"),
            after_login: lines("after-login"),
            lockstep: find("lockstep").is_some(),
            no_capa: find("no-capa").is_some(),
            no_capa_after_login: find("no-capa-after-login").is_some(),
            unbound: find("unbound").is_some(),
        };
        remembered
    }

    pub(super) fn to_words(&self, scope: &str, now: u64) -> Vec<(String, String)> {
        let learned = if self.learned > 0 { self.learned } else { now };
        let mut words = vec![
            ("scope".to_owned(), scope.to_owned()),
            ("learned".to_owned(), learned.to_string()),
        ];
        let mut push = |key: &str, value: String| words.push((key.to_owned(), value));
        if let Some(lines) = &self.hints.capabilities {
            push("capabilities", joined(lines));
        }
        if let Some(lines) = &self.hints.after_login {
            push("after-login", joined(lines));
        }
        for (key, is_set) in [
            ("lockstep", self.hints.lockstep),
            ("no-capa", self.hints.no_capa),
            ("no-capa-after-login", self.hints.no_capa_after_login),
            ("unbound", self.hints.unbound),
            ("warned", self.warned),
            ("careful", self.careful),
        ] {
            if is_set {
                push(key, "1".into());
            }
        }
        if let Some(counts) = self.counts {
            let value = match counts {
                LineEnd::Crlf => "crlf",
                LineEnd::Lf => "lf",
            };
            push("right-sizes", value.into());
        }
        if self.odd_sizes > 0 {
            push("odd-sizes", self.odd_sizes.to_string());
        }
        if self.login_delay > 0 {
            push("login-delay", self.login_delay.to_string());
            push("last-login", self.last_login.to_string());
        }
        words
    }

    /// Seconds to wait before the server allows another login.
    pub(super) fn login_wait(&self, now: u64) -> u64 {
        if self.login_delay == 0 {
            return 0;
        }
        // The clock tells whole seconds only.
        let delay = self.login_delay + 1;
        // One that went back must not lock anybody out.
        (self.last_login + delay).saturating_sub(now).min(delay)
    }
}

/// Capability lines as one value. A line that holds the separator or a
/// control character is nothing anybody relies on.
fn joined(lines: &[String]) -> String {
    let plain = |line: &&String| !line.contains(|c: char| c == '|' || c.is_control());
    let lines: Vec<&str> = lines.iter().filter(plain).map(String::as_str).collect();
    lines.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600;

    fn remembered() -> Remembered {
        Remembered {
            learned: 1000,
            hints: Hints {
                capabilities: Some(vec!["UIDL".into(), "SASL PLAIN".into()]),
                after_login: Some(vec!["PIPELINING".into()]),
                lockstep: true,
                no_capa: true,
                no_capa_after_login: true,
                unbound: true,
            },
            warned: true,
            careful: true,
            counts: Some(LineEnd::Lf),
            odd_sizes: 2,
            login_delay: 300,
            last_login: 900,
        }
    }

    #[test]
    fn what_is_remembered_comes_back_for_the_same_scope() {
        let words = remembered().to_words("995/implicit", 5000);
        let read = |scope, now| Remembered::from_words(&words, scope, now);
        assert_eq!(read("995/implicit", 5000), remembered());
        assert_eq!(read("110/starttls", 5000), Remembered::default());
    }

    /// Daily runs must not keep an old fact young.
    #[test]
    fn hints_age_from_when_they_were_learned() {
        let mut kept = remembered();
        let mut now = 1000;
        while kept.hints.lockstep {
            now += DAY;
            let words = kept.to_words("995/implicit", now);
            kept = Remembered::from_words(&words, "995/implicit", now);
            assert_eq!((kept.login_delay, kept.last_login), (300, 900));
        }
        assert_eq!(now, 1000 + 8 * DAY);
        assert_eq!(kept.hints, Hints::default());
        assert!(!kept.warned);
        let words = kept.to_words("995/implicit", now);
        assert!(words.contains(&("learned".into(), now.to_string())));
    }

    #[test]
    fn hints_from_the_future_are_none() {
        let words = remembered().to_words("995/implicit", 1000);
        let kept = Remembered::from_words(&words, "995/implicit", 999);
        assert_eq!(kept.hints, Hints::default());
    }

    #[test]
    fn the_wait_is_what_is_left_of_the_delay() {
        let wait = |now| remembered().login_wait(now);
        assert_eq!(wait(900), 301);
        assert_eq!(wait(1200), 1);
        assert_eq!(wait(1201), 0);
        assert_eq!(wait(0), 301, "the clock went back");
        let none = Remembered { login_delay: 0, ..remembered() };
        assert_eq!(none.login_wait(900), 0);
    }
}
