//! What options and config keys take as values, each read by `FromStr` in
//! both places.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer};
use serde::{Serialize, Serializer};

use sha2::{Digest, Sha256};

use super::{decode_percent, host_and_port};
use crate::base::{AccountId, shown};

/// A number of octets: `500k`, `25M`, `1GiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) u64);

/// A length of time: `30s`, `10m`, `2h`, `30d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

/// How long to wait: a [`Span`] longer than nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait(pub(crate) Duration);

/// SHA-256 of a certificate: `sha256:` and 64 hexadecimal digits, colons
/// between the octets allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pin(pub(crate) [u8; 32]);

/// A SOCKS5 proxy: `socks5://[user@]host[:port]`. Its password, if it wants
/// one, is never part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// User of RFC 1929.
    pub(crate) user: Option<String>,
    /// Host, without brackets.
    pub(crate) host: String,
    /// Port, 1080 unless given.
    pub(crate) port: u16,
}

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

/// A whole number, in words where it is none.
pub(crate) fn number<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let what = if is_number {
            "out of range"
        } else {
            "not a whole number"
        };
        format!("`{}` is {what}", shown(text.as_bytes()))
    })
}

/// An address of this machine, in words where it is none.
pub(crate) fn address(text: &str) -> Result<IpAddr, String> {
    let wrong = |_| format!("`{}` is no IP address", shown(text.as_bytes()));
    text.parse().map_err(wrong)
}

/// Splits a value into its digits and the unit behind them.
fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(end);
    Some((digits.parse().ok()?, unit.trim_start()))
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is no size; write for example 500k, 25M or 1GiB",
                shown(text.as_bytes())
            )
        };
        let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
        let factor: u64 = match unit.to_ascii_lowercase().as_str() {
            "" | "b" => 1,
            "k" | "kb" => 1_000,
            "m" | "mb" => 1_000_000,
            "g" | "gb" => 1_000_000_000,
            "t" | "tb" => 1_000_000_000_000,
            "ki" | "kib" => 1 << 10,
            "mi" | "mib" => 1 << 20,
            "gi" | "gib" => 1 << 30,
            "ti" | "tib" => 1 << 40,
            _ => return Err(wrong()),
        };
        number.checked_mul(factor).map(Size).ok_or_else(wrong)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        /// Longer than anybody waits, and far from any overflow.
        const LONGEST: u64 = 100 * 366 * 86_400;
        let wrong = || {
            format!(
                "`{}` is no duration; write for example 30s, 10m, 2h or 30d",
                shown(text.as_bytes())
            )
        };
        let (number, unit) = number_and_unit(text).ok_or_else(wrong)?;
        let factor = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "" if number == 0 => 1,
            _ => return Err(wrong()),
        };
        match number.checked_mul(factor) {
            Some(seconds) if seconds <= LONGEST => Ok(Span(Duration::from_secs(seconds))),
            _ => Err(wrong()),
        }
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
        let wrong = || {
            format!(
                "`{}` is no pin; write sha256: and 64 hexadecimal digits, as `retr probe` prints it",
                shown(text.as_bytes())
            )
        };
        let hex = text.strip_prefix("sha256:").ok_or_else(wrong)?;
        let hex: String = hex.chars().filter(|c| *c != ':').collect();
        data_encoding::HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Pin)
            .ok_or_else(wrong)
    }
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write socks5://[user@]host[:port]";
        let Some(rest) = text
            .strip_prefix("socks5://")
            .or_else(|| text.strip_prefix("socks5h://"))
        else {
            return Err(format!("only SOCKS5 proxies are known; {FORM}"));
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (user, authority) = match rest.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, rest),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err("a proxy's password does not belong on a command line or in a config file; set RETR_PROXY_PASSWORD".to_owned());
        }
        let (host, port) = host_and_port(authority).map_err(|why| format!("{why}; {FORM}"))?;
        let user = user
            .map(|user| decode_percent(user).ok_or_else(|| format!("odd user name; {FORM}")))
            .transpose()?
            .filter(|user| !user.is_empty());
        Ok(Proxy {
            user,
            host,
            port: port.unwrap_or(1080),
        })
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
                format!(
                    "`{}` is no part; write for example 0/5 for the first of five",
                    shown(text.as_bytes())
                )
            })
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] = [
            (1_000_000_000, "G"),
            (1 << 30, "GiB"),
            (1_000_000, "M"),
            (1 << 20, "MiB"),
            (1_000, "k"),
            (1 << 10, "KiB"),
        ];
        match UNITS
            .iter()
            .find(|(unit, _)| self.0 > 0 && self.0.is_multiple_of(*unit))
        {
            Some((unit, name)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        match [(86_400, "d"), (3_600, "h"), (60, "m")]
            .iter()
            .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit))
        {
            Some((unit, name)) => write!(f, "{}{name}", seconds / unit),
            None => write!(f, "{seconds}s"),
        }
    }
}

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Span(self.0).fmt(f)
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("socks5://")?;
        if let Some(user) = &self.user {
            for byte in user.bytes() {
                if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                    write!(f, "{}", byte as char)?;
                } else {
                    write!(f, "%{byte:02X}")?;
                }
            }
            f.write_str("@")?;
        }
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// Config values are the same text as on the command line.
macro_rules! serialize_as_text {
    ($($value:ident: $expecting:literal),+) => { $(
        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $value;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$value, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    )+ };
}

serialize_as_text! {
    Size: "a size in quotes, such as \"25M\"",
    Span: "a duration in quotes, such as \"30s\"",
    Wait: "a duration in quotes, such as \"30s\"",
    Pin: "a pin in quotes, such as \"sha256:…\"",
    Proxy: "a proxy in quotes, such as \"socks5://host:1080\""
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
        ] {
            assert_eq!(text.parse(), Ok(Size(octets)), "{text}");
        }
        for text in ["", "k", "-1", "1.5M", "1x", "99999999999T", "1Mi B", "٣"] {
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
            Err("`60` is no duration; write for example 30s, 10m, 2h or 30d".to_owned())
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
    fn proxies_are_read() {
        let proxy = |user: Option<&str>, host: &str, port| Proxy {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        };
        assert_eq!("socks5://h".parse(), Ok(proxy(None, "h", 1080)));
        assert_eq!(
            "socks5://u%40x@[::1]:9050/".parse(),
            Ok(proxy(Some("u@x"), "::1", 9050))
        );
        assert_eq!("socks5h://h:1".parse(), Ok(proxy(None, "h", 1)));
        for text in [
            "h:1080",
            "http://h",
            "socks5://",
            "socks5://h:0",
            "socks5://h:99999",
            "socks5://::1",
        ] {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
        let error = "socks5://u:hunter2@h"
            .parse::<Proxy>()
            .expect_err("refused");
        assert!(error.contains("RETR_PROXY_PASSWORD") && !error.contains("hunter2"));
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
        for text in ["socks5://u%40x@[::1]:9050", "socks5://h:1080"] {
            assert_eq!(
                text.parse::<Proxy>().map(|v| v.to_string()),
                Ok(text.to_owned())
            );
        }
        let pin = format!("sha256:{}", "0f".repeat(32));
        assert_eq!(pin.parse::<Pin>().map(|v| v.to_string()), Ok(pin));
    }

    #[test]
    fn no_wait_is_no_wait() {
        assert!("0s".parse::<Wait>().is_err());
        assert_eq!("5s".parse(), Ok(Wait(Duration::from_secs(5))));
    }
}
