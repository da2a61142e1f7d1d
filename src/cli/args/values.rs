//! What options and config keys take as values, each read by `FromStr` in
//! both places.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::base::{AccountId, sanitized};
use crate::store::Sender;

/// Lets a value be read from text. A wrong text is told not to be what the second
/// argument says, with what to write.
macro_rules! from_str {
    ($value:ty, $form:expr, $read:expr) => {
        impl std::str::FromStr for $value {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text).ok_or_else(|| $crate::cli::args::values::invalid(text, $form))
            }
        }
    };
}
pub(super) use from_str;

/// A day, in UTC: `2026-11-29`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    start: u64,
}

impl Day {
    /// Seconds since 1970 when it begins.
    pub(crate) fn start(self) -> u64 {
        self.start
    }

    /// Seconds since 1970 when the next one begins.
    pub(crate) fn end(self) -> u64 {
        self.start + 24 * 3600
    }
}

from_str!(Day, "a day; write for example 2026-11-29", |text| {
    // Nothing behind it, such as a time that would be left out.
    let is_day = text.len() == 10 && text.as_bytes()[4] == b'-';
    let day: jiff::civil::Date = text.parse().ok()?;
    let start = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
    let start = u64::try_from(start.ok()?.as_second()).ok()?;
    is_day.then_some(Self { start })
});

/// SHA-256 of a certificate: `sha256:` and 64 hexadecimal digits, colons
/// between the octets allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pin(pub(crate) [u8; 32]);

/// An address that messages are handed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addressee(pub(crate) String);

/// One part of several: `0/5` is the first of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 0 on.
    pub(crate) index: u32,
    /// Of how many.
    pub(crate) count: u32,
}

impl Shard {
    /// Returns whether an account belongs to this part. Each account belongs to
    /// exactly one, the same one on every machine.
    pub(crate) fn holds(self, account: &AccountId) -> bool {
        let hash = Sha256::digest(account.as_str());
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        u64::from_be_bytes(first) % u64::from(self.count) == u64::from(self.index)
    }
}

/// A part of a whole: `5%`, `0.5%`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Percent(pub(crate) f64);

from_str!(Percent, "a percentage; write 5% or 0.5%", |text| {
    let number = text.strip_suffix('%').unwrap_or(text);
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    let percent = number.parse().ok().filter(|_| number.bytes().all(is_plain))?;
    (0.0 < percent && percent <= 100.0).then_some(Self(percent))
});

/// What a value is not, and what to write.
pub(super) fn invalid(text: &str, what: &str) -> String {
    format!("`{}` is not {what}", sanitized(text.as_bytes()))
}

/// A whole number, in words where it is none.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number {
            format!("`{text}` is out of range")
        } else {
            invalid(text, "a whole number")
        }
    })
}

/// An address of this machine, in words where it is none.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| invalid(text, "an IP address"))
}

from_str!(
    Pin,
    "a valid pin; write sha256: and 64 hexadecimal digits, as `retr probe` prints it",
    |text| {
        let hex = text.strip_prefix("sha256:")?.replace(':', "");
        let octets = data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes());
        Some(Self(octets.ok()?.try_into().ok()?))
    }
);

from_str!(Shard, "a valid part; write for example 0/5 for the first of five", |text| {
    let (index, count) = text.split_once('/')?;
    let (index, count) = (index.parse().ok()?, count.parse().ok()?);
    (index < count).then_some(Self { index, count })
});

from_str!(Addressee, "one address without blanks and angle brackets", |text| (is_word(text)
    && !text.is_empty())
.then(|| Self(text.to_owned())));

from_str!(Sender, "return-path, nor one address without angle brackets", |text| match text {
    "return-path" => Some(Self::ReturnPath),
    text => (is_word(text) && !text.starts_with('-')).then(|| Self::Fixed(text.to_owned())),
});

/// Returns whether a text can be an address in a command, and an argument.
fn is_word(text: &str) -> bool {
    let is_barred = |c: char| c.is_control() || c.is_whitespace() || "<>".contains(c);
    text.len() <= 256 && !text.contains(is_barred)
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sender::ReturnPath => "return-path",
            Sender::Fixed(address) => address,
        })
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read() {
        let hex = "ab".repeat(32);
        assert_eq!(format!("sha256:{hex}").parse(), Ok(Pin([0xab; 32])));
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(format!("sha256:{colons}").parse(), Ok(Pin([0xab; 32])));
        let pin = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(pin.parse::<Pin>().map(|v| v.to_string()), Ok(pin));
        for text in [hex.as_str(), "sha256:", "sha256:abcd", "sha1:abcd"] {
            assert!(text.parse::<Pin>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_are_read() {
        assert_eq!("2/5".parse(), Ok(Shard { index: 2, count: 5 }));
        for text in ["5/5", "6/5", "2", "a/b", "0/0", "-1/2", "/"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn an_account_belongs_to_exactly_one_part() {
        let mut sizes = [0; 4];
        for n in 0..100 {
            let account = AccountId::new(&format!("user{n}"), "pop.example.com");
            let holds = |index: &u32| Shard { index: *index, count: 4 }.holds(&account);
            let parts: Vec<u32> = (0..4).filter(holds).collect();
            assert_eq!(parts.len(), 1);
            sizes[parts[0] as usize] += 1;
        }
        assert!(sizes.iter().all(|size| *size > 10), "{sizes:?}");
    }

    #[test]
    fn a_day_is_one_of_utc() {
        let day = |text: &str| text.parse::<Day>().map(|day| (day.start(), day.end()));
        assert_eq!(day("1970-01-01"), Ok((0, 86_400)));
        assert_eq!(day("2023-11-14"), Ok((1_699_920_000, 1_700_006_400)));
        for text in " 2023-02-29 20231114 2023-11-14T10:00 1969-12-31 x".split(' ') {
            let told = format!("`{text}` is not a day; write for example 2026-11-29");
            assert_eq!(day(text), Err(told));
        }
    }
}
