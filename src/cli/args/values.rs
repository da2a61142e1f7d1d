//! What options and config keys take as values, each read by `FromStr` in
//! both places.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::base::{AccountId, sanitized};
use crate::message;
use crate::store::Sender;

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

impl FromStr for Day {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || invalid(text, "a day; write for example 2026-11-29");
        // Nothing behind it, such as a time that would be left out.
        let is_day = text.len() == 10 && text.as_bytes()[4] == b'-';
        let day: jiff::civil::Date = text.parse().map_err(|_| wrong())?;
        let start = jiff::tz::Offset::UTC.to_timestamp(day.at(0, 0, 0, 0));
        let start = u64::try_from(start.map_err(|_| wrong())?.as_second()).ok();
        match start.filter(|_| is_day) {
            Some(start) => Ok(Self { start }),
            None => Err(wrong()),
        }
    }
}

/// SHA-256 of a certificate: `sha256:` and 64 hexadecimal digits, colons
/// between the octets allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pin(pub(crate) [u8; 32]);

/// An address that messages are handed on to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Addressee(pub(crate) String);

/// Where the envelope sender comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SenderOf(pub(crate) Sender);

/// One part of several: `0/5` is the first of five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shard {
    /// Which, from 0 on.
    pub(crate) index: u32,
    /// Of how many.
    pub(crate) count: u32,
}

impl Shard {
    /// Whether an account belongs to this part. Each account belongs to
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

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.strip_suffix('%').unwrap_or(text);
        let plain = number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        match number.parse() {
            Ok(percent) if plain && 0.0 < percent && percent <= 100.0 => Ok(Self(percent)),
            _ => Err(invalid(text, "a percentage; write 5% or 0.5%")),
        }
    }
}

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

impl FromStr for Pin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.strip_prefix("sha256:")
            .map(|hex| hex.replace(':', ""))
            .and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok())
            .and_then(|octets| octets.try_into().ok())
            .map(Pin)
            .ok_or_else(|| {
                let form = "a valid pin; write sha256: and 64 hexadecimal digits, as `retr probe` prints it";
                invalid(text, form)
            })
    }
}

/// A field of a header and a glob: `from:*@shop.example`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern(pub(crate) message::Pattern);

impl FromStr for Pattern {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pattern = text.parse().map(Pattern);
        pattern.map_err(|form: String| invalid(text, &format!("a valid pattern; {form}")))
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split_once('/')
            .and_then(|(index, count)| {
                let (index, count) = (index.parse().ok()?, count.parse().ok()?);
                (0..count)
                    .contains(&index)
                    .then_some(Shard { index, count })
            })
            .ok_or_else(|| {
                invalid(
                    text,
                    "a valid part; write for example 0/5 for the first of five",
                )
            })
    }
}

impl FromStr for Addressee {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if is_word(text) && !text.is_empty() {
            Ok(Self(text.to_owned()))
        } else {
            Err(invalid(
                text,
                "one address without blanks and angle brackets",
            ))
        }
    }
}

impl FromStr for SenderOf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "return-path" => Ok(Self(Sender::ReturnPath)),
            text if is_word(text) && !text.starts_with('-') => {
                Ok(Self(Sender::Fixed(text.to_owned())))
            }
            text => Err(invalid(
                text,
                "return-path, nor one address without angle brackets",
            )),
        }
    }
}

/// Whether a text can be an address in a command, and an argument.
fn is_word(text: &str) -> bool {
    let is_barred = |c: char| c.is_control() || c.is_whitespace() || "<>".contains(c);
    text.len() <= 256 && !text.contains(is_barred)
}

impl fmt::Display for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SenderOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Sender::ReturnPath => "return-path",
            Sender::Fixed(address) => address,
        })
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
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
            let holds = |index: &u32| {
                Shard {
                    index: *index,
                    count: 4,
                }
                .holds(&account)
            };
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
