//! The URL of a proxy.

use std::fmt;
use std::str::FromStr;

use crate::web::{bracketed, decode_percent, encode_percent, host_and_port};

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

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FORM: &str = "write socks5://[user@]host[:port]";
        let Some(rest) = text.strip_prefix("socks5://").or_else(|| text.strip_prefix("socks5h://"))
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
        Ok(Proxy { user, host, port: port.unwrap_or(1080) })
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("socks5://")?;
        if let Some(user) = &self.user {
            f.write_str(&encode_percent(user.as_bytes()))?;
            f.write_str("@")?;
        }
        write!(f, "{}:{}", bracketed(&self.host), self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_read() {
        let proxy = |user: Option<&str>, host: &str, port| Proxy {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
        };
        assert_eq!("socks5://h".parse(), Ok(proxy(None, "h", 1080)));
        let expected = Ok(proxy(Some("u@x"), "::1", 9050));
        assert_eq!("socks5://u%40x@[::1]:9050/".parse(), expected);
        assert_eq!("socks5h://h:1".parse(), Ok(proxy(None, "h", 1)));
        let rows =
            ["h:1080", "http://h", "socks5://", "socks5://h:0", "socks5://h:99999", "socks5://::1"];
        for text in rows {
            assert!(text.parse::<Proxy>().is_err(), "{text}");
        }
        let error = "socks5://u:hunter2@h".parse::<Proxy>().expect_err("refused");
        assert!(error.contains("RETR_PROXY_PASSWORD") && !error.contains("hunter2"));
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        for text in ["socks5://u%40x@[::1]:9050", "socks5://h:1080"] {
            let expected = Ok(text.to_owned());
            assert_eq!(text.parse::<Proxy>().map(|v| v.to_string()), expected);
        }
    }
}
