//! What options and config keys take as values, each read by `FromStr` in
//! both places.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use sha2::{Digest, Sha256};

use crate::base::{AccountId, sanitized};
use crate::message;
use crate::store::Sender;

/// A number of octets: `500k`, `25M`, `1GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// A length of time in whole seconds: `30s`, `10m`, `2h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// How long to wait: a [`Span`] longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

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
fn invalid(text: &str, what: &str) -> String {
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

/// Units of size as they are shown, the largest first.
const SIZES: [(&str, u64); 9] = [
    ("T", 1_000_000_000_000),
    ("TiB", 1 << 40),
    ("G", 1_000_000_000),
    ("GiB", 1 << 30),
    ("M", 1_000_000),
    ("MiB", 1 << 20),
    ("k", 1_000),
    ("KiB", 1 << 10),
    ("", 1),
];

/// Units of time, the largest first.
const SPANS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Multiplies the digits by the unit behind them, if there is one that `is`
/// it.
fn with_unit(text: &str, units: &[(&str, u64)], is: impl Fn(&str, &str) -> bool) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit());
    let (digits, unit) = text.split_at(end.unwrap_or(text.len()));
    let unit = unit.trim_start();
    let (_, factor) = units.iter().find(|(name, _)| is(unit, name))?;
    digits.parse::<u64>().ok()?.checked_mul(*factor)
}

/// Shows a number in the largest unit that divides it.
fn in_unit(f: &mut fmt::Formatter<'_>, number: u64, units: &[(&str, u64)]) -> fmt::Result {
    let divides =
        |(_, unit): &&(&str, u64)| *unit == 1 || (number > 0 && number.is_multiple_of(*unit));
    let (name, unit) = units.iter().find(divides).unwrap_or(&("", 1));
    write!(f, "{}{name}", number / unit)
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // `MB` is `M`, and `Mi` is `MiB`.
        let stem = |unit: &str| {
            let unit = unit.to_ascii_lowercase();
            unit.strip_suffix('b').unwrap_or(&unit).to_owned()
        };
        let is = |unit: &str, name: &str| stem(unit) == stem(name);
        with_unit(text, &SIZES, is)
            .map(Size)
            .ok_or_else(|| invalid(text, "a valid size; write for example 500k, 25M or 1GiB"))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// Longer than anybody waits, and far from any overflow.
        const MAX_SECONDS: u64 = 100 * 366 * 86_400;
        let seconds = match text {
            "0" => Some(0),
            _ => with_unit(text, &SPANS, |unit, name| unit == name),
        };
        let seconds = seconds.filter(|seconds| *seconds <= MAX_SECONDS);
        seconds
            .map(|seconds| Span(Duration::from_secs(seconds)))
            .ok_or_else(|| {
                invalid(
                    text,
                    "a valid duration; write for example 30s, 10m, 2h or 30d",
                )
            })
    }
}

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse()? {
            Span(Duration::ZERO) => Err("a wait of no length cannot succeed".to_owned()),
            Span(duration) => Ok(Wait(duration)),
        }
    }
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

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_unit(f, self.0, &SIZES)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_unit(f, self.0.as_secs(), &SPANS)
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
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
    fn sizes_are_read() {
        for (text, octets) in [
            ("0", 0),
            ("500", 500),
            ("500k", 500_000),
            ("25M", 25_000_000),
            ("25 MB", 25_000_000),
            ("1GiB", 1 << 30),
            ("1g", 1_000_000_000),
            ("2Ki", 2048),
            ("1T", 1_000_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Size(octets)), "{text}");
        }
        for text in [
            "",
            "k",
            "-1",
            "1.5M",
            "1x",
            "99999999999T",
            "1Mi B",
            "1i",
            "1mbb",
            "٣",
        ] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30),
            ("10m", 600),
            ("2h", 7200),
            ("30d", 2_592_000),
        ] {
            assert_eq!(text.parse(), Ok(Span(Duration::from_secs(seconds))));
        }
        for text in [
            "",
            "30",
            "1w",
            "-1s",
            "1h30m",
            "40000d",
            "99999999999999999999s",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        assert_eq!(
            "60".parse::<Span>(),
            Err("`60` is not a valid duration; write for example 30s, 10m, 2h or 30d".to_owned())
        );
    }

    #[test]
    fn pins_are_read() {
        let hex = "ab".repeat(32);
        assert_eq!(format!("sha256:{hex}").parse(), Ok(Pin([0xab; 32])));
        let colons = vec!["AB"; 32].join(":");
        assert_eq!(format!("sha256:{colons}").parse(), Ok(Pin([0xab; 32])));
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
    fn what_is_shown_can_be_read_again() {
        for text in ["0", "500", "25M", "1GiB", "3k", "1G", "2KiB"] {
            assert_eq!(
                text.parse::<Size>().map(|v| v.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in ["0s", "30s", "1m", "90s", "2h", "30d"] {
            assert_eq!(
                text.parse::<Span>().map(|v| v.to_string()),
                Ok(text.to_owned())
            );
        }
        let pin = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(pin.parse::<Pin>().map(|v| v.to_string()), Ok(pin));
    }

    #[test]
    fn a_day_is_one_of_utc() {
        let day = |text: &str| text.parse::<Day>().map(|day| (day.start(), day.end()));
        assert_eq!(day("1970-01-01"), Ok((0, 86_400)));
        assert_eq!(day("2023-11-14"), Ok((1_699_920_000, 1_700_006_400)));
        for text in [
            "",
            "2023-02-29",
            "20231114",
            "2023-11-14T10:00",
            "1969-12-31",
            "x",
        ] {
            let told = format!("`{text}` is not a day; write for example 2026-11-29");
            assert_eq!(day(text), Err(told));
        }
    }

    #[test]
    fn no_wait_is_no_wait() {
        assert!("0s".parse::<Wait>().is_err());
        assert_eq!("5s".parse(), Ok(Wait(Duration::from_secs(5))));
    }
}
