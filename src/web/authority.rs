//! The parts that URLs of mailboxes, proxies and web pages share.

use std::borrow::Cow;

use crate::base;

/// Splits `host`, `host:port`, `[ipv6]` or `[ipv6]:port`.
pub fn host_and_port(text: &str) -> Result<(String, Option<u16>), String> {
    let (host, rest) = if let Some(inner) = text.strip_prefix('[') {
        let (host, rest) = inner.split_once(']').ok_or("`]` is missing")?;
        if host.parse::<std::net::Ipv6Addr>().is_err() {
            return Err("the text in brackets is not an IPv6 address".to_owned());
        }
        (host, rest)
    } else {
        match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                return Err("an IPv6 address needs brackets, as in [::1]".to_owned());
            }
            Some((host, _)) => (host, &text[host.len()..]),
            None => (text, ""),
        }
    };
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    let port = match rest.strip_prefix(':') {
        None if rest.is_empty() => None,
        // RFC 3986 §3.2.3 allows the colon alone.
        Some("") => None,
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => match digits.parse() {
            Ok(port) if port != 0 => Some(port),
            _ => return Err("the port is not between 1 and 65535".to_owned()),
        },
        _ => return Err("the port is not a number".to_owned()),
    };
    Ok((host.to_owned(), port))
}

/// A host as it stands before a port: an IPv6 address has brackets.
pub fn bracketed(host: &str) -> Cow<'_, str> {
    match host.contains(':') {
        true => format!("[{host}]").into(),
        false => host.into(),
    }
}

/// Takes percent-encoding off (RFC 3986 §2.1); `None` if it is broken or the
/// result is not UTF-8.
pub fn decode_percent(text: &str) -> Option<String> {
    String::from_utf8(base::decode_percent(text)?).ok()
}

/// Puts percent-encoding on all that is not unreserved (RFC 3986 §2.3).
pub fn encode_percent(bytes: &[u8]) -> String {
    base::encode_percent(bytes, |byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_can_be_decoded() {
        let text = "a b&c=d/é~\0+%";
        let expected = "a%20b%26c%3Dd%2F%C3%A9~%00%2B%25";
        assert_eq!(encode_percent(text.as_bytes()), expected);
        let found = decode_percent(&encode_percent(text.as_bytes()));
        assert_eq!(found.as_deref(), Some(text));
    }

    #[test]
    fn broken_percent_encoding_is_nothing() {
        assert_eq!(decode_percent("a%40b").as_deref(), Some("a@b"));
        for text in ["%", "%4", "%zz", "%ff", "a%"] {
            assert_eq!(decode_percent(text), None, "{text}");
        }
    }

    #[test]
    fn host_and_port_are_split() {
        for (text, host, port) in [
            ("h", "h", None),
            ("h:1", "h", Some(1)),
            ("h:", "h", None),
            ("[::1]:65535", "::1", Some(65535)),
        ] {
            assert_eq!(host_and_port(text), Ok((host.to_owned(), port)), "{text}");
        }
        for text in ["", ":1", "h:0", "h:65536", "h:-1", "::1", "[::1", "[h]", "[::1]1"] {
            assert!(host_and_port(text).is_err(), "{text}");
        }
    }
}
