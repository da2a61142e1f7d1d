//! Whether messages have the octets that LIST says, by the way in which the
//! server counts.

use crate::base::MessageNumber;

/// What a server counts for the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// Two octets, CR and LF (RFC 1939 §11).
    Crlf,
    /// One octet, as in its files.
    Lf,
}

/// A message that has not its listed size, the shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OddSize {
    /// Octets as it came, with CRLF.
    pub octets: u64,
    /// As listed.
    pub listed: u64,
    /// Which message.
    pub number: MessageNumber,
}

/// What the sizes of some messages were like.
#[derive(Clone, Copy, Debug, Default)]
pub struct SizeCheck {
    crlf: Fit,
    lf: Fit,
}

/// The same, if line ends are counted in one way.
#[derive(Clone, Copy, Debug, Default)]
struct Fit {
    has_right: bool,
    odd: Option<OddSize>,
}

impl SizeCheck {
    /// Notes a message that came whole, with its octets if a line end counts as
    /// one.
    pub fn note(&mut self, message: OddSize, with_lf: u64) {
        // Without line ends it does not tell one way from the other.
        if with_lf < message.octets {
            self.crlf.note(message, message.octets);
            self.lf.note(message, with_lf);
        }
    }

    /// The way in which the server counts: the one known before, or else the
    /// one by which a size is right. With CRLF it is what the protocol says, so
    /// that comes first.
    pub fn counts(&self, known: Option<LineEnd>) -> Option<LineEnd> {
        let crlf = self.crlf.has_right.then_some(LineEnd::Crlf);
        let lf = self.lf.has_right.then_some(LineEnd::Lf);
        known.or(crlf).or(lf)
    }

    /// The shortest message that has not its listed size, if that is told by a
    /// server of which it is known how it counts.
    pub fn odd(&self, known: Option<LineEnd>) -> Option<OddSize> {
        match self.counts(known)? {
            LineEnd::Crlf => self.crlf.odd,
            LineEnd::Lf => self.lf.odd,
        }
    }
}

impl Fit {
    fn note(&mut self, message: OddSize, octets: u64) {
        if octets == message.listed {
            self.has_right = true;
        } else {
            self.odd = Some(self.odd.map_or(message, |odd| odd.min(message)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of messages with these octets, listed sizes and lines.
    fn check(messages: &[(u64, u64, u64)]) -> SizeCheck {
        let mut check = SizeCheck::default();
        for ((octets, listed, lines), n) in messages.iter().copied().zip(1..) {
            let number = MessageNumber::new(n).expect("not 0");
            let message = OddSize { octets, listed, number };
            check.note(message, octets - lines);
        }
        check
    }

    fn odd(messages: &[(u64, u64, u64)], known: Option<LineEnd>) -> Option<u32> {
        check(messages).odd(known).map(|odd| odd.number.get())
    }

    #[test]
    fn a_server_counts_in_one_way() {
        let both = [(100, 100, 3), (100, 97, 3)];
        assert_eq!(check(&both).counts(None), Some(LineEnd::Crlf));
        assert_eq!(odd(&both, None), Some(2));
        assert_eq!(odd(&both, Some(LineEnd::Lf)), Some(1));
        assert_eq!(odd(&both[1..], None), None);
        assert_eq!(odd(&both[1..], Some(LineEnd::Crlf)), Some(1));
    }

    #[test]
    fn sizes_that_are_never_right_tell_nothing() {
        assert_eq!(odd(&[(100, 110, 3), (90, 110, 3)], None), None);
        let found = odd(&[(100, 110, 3), (90, 110, 3)], Some(LineEnd::Lf));
        assert_eq!(found, Some(2));
        assert_eq!(check(&[(3, 3, 0)]).counts(None), None);
    }
}
