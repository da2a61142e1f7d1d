//! Sizes and lengths of time, with their units.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::values::from_str;

/// A number of octets: `500k`, `1.5M`, `1GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// A length of time in whole seconds: `30s`, `1h30m`, `2w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// How long to wait: a [`Span`] longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

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

/// Units of time, the largest first. Those that are shown come last.
const SPANS: [(&str, u64); 6] =
    [("y", 365 * 86_400), ("w", 7 * 86_400), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Splits a text behind its leading digits.
fn after_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit());
    text.split_at(end.unwrap_or(text.len()))
}

/// A number with a unit, the first of them with decimals: `1.5M`. What is less
/// than an octet is dropped.
fn octets(text: &str) -> Option<u64> {
    // `MB` is `M`, and `Mi` is `MiB`.
    let stem = |unit: &str| {
        let unit = unit.to_ascii_lowercase();
        unit.strip_suffix('b').unwrap_or(&unit).to_owned()
    };
    let (whole, rest) = after_digits(text);
    let (decimals, unit) = match rest.strip_prefix('.').map(after_digits) {
        Some((decimals, unit)) if !decimals.is_empty() => (decimals, unit),
        Some(_) => return None,
        None => ("", rest),
    };
    let unit = stem(unit.trim_start());
    let (_, factor) = SIZES.iter().find(|(name, _)| stem(name) == unit)?;
    // More decimals than the largest unit has octets change nothing.
    let decimals = &decimals[..decimals.len().min(13)];
    let numerator: u128 = decimals.parse().unwrap_or_default();
    let part = u128::from(*factor) * numerator / 10_u128.pow(decimals.len() as u32);
    let whole = whole.parse::<u64>().ok()?.checked_mul(*factor)?;
    whole.checked_add(u64::try_from(part).ok()?)
}

/// Numbers with units, each unit smaller than the one before: `1h30m`.
fn seconds(text: &str) -> Option<u64> {
    let (mut sum, mut rest, mut units) = (0_u64, text, &SPANS[..]);
    while !rest.is_empty() {
        let (digits, unit) = after_digits(rest);
        let at = units.iter().position(|(name, _)| unit.starts_with(name))?;
        let (name, factor) = units[at];
        sum = sum.checked_add(digits.parse::<u64>().ok()?.checked_mul(factor)?)?;
        (rest, units) = (&unit[name.len()..], &units[at + 1..]);
    }
    (!text.is_empty()).then_some(sum)
}

/// Shows a number in the largest unit that divides it.
fn in_unit(f: &mut fmt::Formatter<'_>, number: u64, units: &[(&str, u64)]) -> fmt::Result {
    let divides =
        |(_, unit): &&(&str, u64)| *unit == 1 || (number > 0 && number.is_multiple_of(*unit));
    let (name, unit) = units.iter().find(divides).unwrap_or(&("", 1));
    write!(f, "{}{name}", number / unit)
}

/// Longer than anybody waits, in seconds, and far from any overflow.
const MAX_SPAN: u64 = 100 * 366 * 86_400;

from_str!(Size, "a valid size; write for example 500k, 1.5M or 1GiB", |text| octets(text)
    .map(Self));

from_str!(Span, "a valid duration; write for example 60s, 10m, 2h or 30d", |text| {
    let seconds = match text {
        "0" => 0,
        _ => seconds(text)?,
    };
    (seconds <= MAX_SPAN).then(|| Self(Duration::from_secs(seconds)))
});

impl FromStr for Wait {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse()? {
            Span(Duration::ZERO) => Err("a wait of no length cannot succeed".to_owned()),
            Span(duration) => Ok(Wait(duration)),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_unit(f, self.0, &SIZES)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        in_unit(f, self.0.as_secs(), &SPANS[2..])
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
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
            ("1.5M", 1_500_000),
            ("0.5 KiB", 512),
            ("1.0009k", 1_000),
            ("1.00000000000000000000001T", 1_000_000_000_000),
        ] {
            assert_eq!(text.parse(), Ok(Size(octets)), "{text}");
        }
        for text in "|k|-1|1.M|.5M|1.5.5M|1x|99999999999T|1Mi B|1i|1mbb|٣".split('|') {
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
            ("2w", 1_209_600),
            ("1y", 31_536_000),
            ("1h30m", 5_400),
            ("1d12h0m5s", 129_605),
        ] {
            assert_eq!(text.parse(), Ok(Span(Duration::from_secs(seconds))));
        }
        for text in "|30|1h30|30m1h|1h1h|1h 30m|-1s|101y|40000d|99999999999999999999s".split('|') {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
        assert_eq!(
            "60".parse::<Span>(),
            Err("`60` is not a valid duration; write for example 60s, 10m, 2h or 30d".to_owned())
        );
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        for text in ["0", "500", "25M", "1GiB", "3k", "1G", "2KiB"] {
            let expected = Ok(text.to_owned());
            assert_eq!(text.parse::<Size>().map(|v| v.to_string()), expected);
        }
        for text in ["0s", "30s", "1m", "90s", "2h", "30d"] {
            let expected = Ok(text.to_owned());
            assert_eq!(text.parse::<Span>().map(|v| v.to_string()), expected);
        }
    }

    #[test]
    fn no_wait_is_no_wait() {
        assert!("0s".parse::<Wait>().is_err());
        assert_eq!("5s".parse(), Ok(Wait(Duration::from_secs(5))));
    }
}
