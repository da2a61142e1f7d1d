//! Account URLs: `pop3s://user@host[:port]` and `pop3://user@host[:port]`,
//! with the `;AUTH=` of RFC 2384 §3.

use crate::base::{Class, Failure, sanitized};
use crate::session::{Auth, TlsMode};
use crate::web::{decode_percent, host_and_port};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountUrl {
    /// When TLS starts, by the scheme.
    pub(crate) tls: TlsMode,
    pub(crate) user: Option<String>,
    /// Mechanism, by `;AUTH=`.
    pub(crate) auth: Option<Auth>,
    /// Host, without brackets.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
}

/// Returns whether a word is meant as a URL and not as the name of an account.
pub(crate) fn is_url(word: &str) -> bool {
    word.contains("://")
}

/// Returns whether a word may hold a password, and must not be repeated: a URL
/// with one, with or without its scheme, or `user:password`. Only a unique id
/// has a colon for certain without one.
pub(crate) fn may_hold_password(word: &str) -> bool {
    let around = word.split_once(':');
    around.is_some_and(|(before, after)| before != "uid" && !after.is_empty())
}

fn wrong(what: &str, hint: &str) -> Failure {
    Failure::new(Class::Usage, format!("wrong account URL: {what}")).hint(hint)
}

impl AccountUrl {
    /// Reads a URL. The failure never repeats what may be a password.
    pub(crate) fn parse(url: &str) -> Result<Self, Failure> {
        let wrong =
            |what: &str| wrong(what, "write pop3s://user@host[:port], or pop3:// for STARTTLS");
        let (scheme, rest) = url.split_once("://").ok_or_else(|| wrong("`://` is missing"))?;
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "pop3s" | "pops" => TlsMode::Implicit,
            "pop3" | "pop" => TlsMode::StartTls,
            _ => {
                let scheme = sanitized(scheme.as_bytes());
                return Err(wrong(&format!("the scheme `{scheme}` is not known")));
            }
        };
        // The last `@` splits, so that a user may be an address.
        let (login, authority) = match rest.rsplit_once('@') {
            Some((login, authority)) => (Some(login), authority),
            None => (None, rest),
        };
        let (user, auth) = match login {
            Some(login) => Self::login(login)?,
            None => (None, None),
        };
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if authority.contains(['/', '?', '#']) {
            return Err(wrong("nothing may follow host and port"));
        }
        let (host, port) = host_and_port(authority).map_err(|why| wrong(&why))?;
        Ok(Self { tls, user, auth, host, port })
    }

    /// Reads the part before the `@`: `user[;AUTH=mechanism]`.
    fn login(login: &str) -> Result<(Option<String>, Option<Auth>), Failure> {
        if login.contains(':') {
            return Err(wrong(
                "it contains a password, which others on this machine could see",
                "leave it out and use --password-file, --password-command or RETR_PASSWORD; write a colon in a user name as %3A",
            ));
        }
        if login.contains(['/', '?', '#']) {
            return Err(wrong(
                "the user name contains `/`, `?` or `#`",
                "write them as %2F, %3F and %23",
            ));
        }
        let (user, parameter) = match login.split_once(';') {
            Some((user, parameter)) => (user, Some(parameter)),
            None => (login, None),
        };
        let broken = "the percent-encoding of the user name is broken";
        let user = decode_percent(user);
        let user = user.ok_or_else(|| wrong(broken, "write a percent sign as %25"))?;
        let auth = parameter.map(Self::auth).transpose()?;
        Ok((Some(user).filter(|user| !user.is_empty()), auth))
    }

    /// Reads `AUTH=…`: `*`, `+APOP` or the name of a SASL mechanism.
    fn auth(parameter: &str) -> Result<Auth, Failure> {
        let hint = "write ;AUTH=* or ;AUTH= and a mechanism such as PLAIN, +APOP or SCRAM-SHA-256; write a semicolon in a user name as %3B";
        let value = match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("auth") => value,
            _ => return Err(wrong("only ;AUTH= may follow the user name", hint)),
        };
        let unknown = || {
            let value = sanitized(value.as_bytes());
            wrong(&format!("the mechanism `{value}` is not known"), hint)
        };
        let name = decode_percent(value).ok_or_else(unknown)?;
        match name.to_ascii_lowercase().as_str() {
            "*" => Ok(Auth::Auto),
            "+apop" => Ok(Auth::Apop),
            // No mechanisms of SASL, so RFC 2384 has no names for them.
            "auto" | "apop" | "user" => Err(unknown()),
            name => name.parse().map_err(|_| unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(tls: TlsMode, user: &str, host: &str, port: Option<u16>) -> AccountUrl {
        AccountUrl { tls, user: Some(user.to_owned()), auth: None, host: host.to_owned(), port }
    }

    // Case 104.
    #[test]
    fn urls_are_read() {
        use TlsMode::{Implicit, StartTls};
        let rows = [
            ("pop3s://alice@h", url(Implicit, "alice", "h", None)),
            ("pops://alice@h:995", url(Implicit, "alice", "h", Some(995))),
            ("pop3://alice@h", url(StartTls, "alice", "h", None)),
            ("POP://alice@h:8110/", url(StartTls, "alice", "h", Some(8110))),
            (
                "pop3s://alice@example.com@pop.example.com",
                url(Implicit, "alice@example.com", "pop.example.com", None),
            ),
            ("pop3s://a%40b%3Ac%20d@h", url(Implicit, "a@b:c d", "h", None)),
            ("pop3s://DOM\\alice@h", url(Implicit, "DOM\\alice", "h", None)),
            ("pop3s://a@[::1]", url(Implicit, "a", "::1", None)),
            ("pop3s://a@[2001:db8::2]:99", url(Implicit, "a", "2001:db8::2", Some(99))),
            ("pop3s://a@h:", url(Implicit, "a", "h", None)),
            ("pop3s://é@h", url(Implicit, "é", "h", None)),
        ];
        for (text, expected) in rows {
            assert_eq!(AccountUrl::parse(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn the_user_may_be_left_out() {
        for text in ["pop3s://h", "pop3s://@h"] {
            assert_eq!(AccountUrl::parse(text).map(|url| url.user), Ok(None));
        }
    }

    #[test]
    fn the_mechanism_may_be_named() {
        for (text, auth) in [
            ("pop://u;AUTH=*@h", Auth::Auto),
            ("pop://u;AUTH=+APOP@h:8110", Auth::Apop),
            ("pop://u;auth=scram-sha-1@h", Auth::ScramSha1),
            ("pop://u;AUTH=XOAUTH2@h", Auth::XOAuth2),
            ("pop://u;AUTH=CRAM-MD5@h", Auth::CramMd5),
            ("pop://;AUTH=EXTERNAL@h", Auth::External),
        ] {
            let url = AccountUrl::parse(text).expect(text);
            assert_eq!(url.auth, Some(auth), "{text}");
        }
    }

    #[test]
    fn wrong_urls_are_refused_with_the_reason() {
        let rows = [
            ("imap://u@h", "the scheme `imap` is not known"),
            ("pop3s://u@", "the host is missing"),
            ("pop3s://", "the host is missing"),
            ("pop3s://u@h:x", "the port is not a number"),
            ("pop3s://u@h:+5", "the port is not a number"),
            ("pop3s://u@h:0", "the port is not between 1 and 65535"),
            ("pop3s://u@h:65536", "the port is not between 1 and 65535"),
            ("pop3s://u@::1", "an IPv6 address needs brackets, as in [::1]"),
            ("pop3s://u@[::1", "`]` is missing"),
            ("pop3s://u@[x]", "the text in brackets is not an IPv6 address"),
            ("pop3s://u@[::1]x", "the port is not a number"),
            ("pop3s://u@h/INBOX", "nothing may follow host and port"),
            ("pop3s://u@h?x=1", "nothing may follow host and port"),
            ("pop3s://u@h#x", "nothing may follow host and port"),
            ("pop3s://u/v@h", "the user name contains `/`, `?` or `#`"),
            ("pop3s://a%zz@h", "the percent-encoding of the user name is broken"),
            ("pop3s://a%ff@h", "the percent-encoding of the user name is broken"),
            ("pop://u;X=1@h", "only ;AUTH= may follow the user name"),
            ("pop://u;AUTH=GSSAPI@h", "the mechanism `GSSAPI` is not known"),
            ("pop://u;AUTH=APOP@h", "the mechanism `APOP` is not known"),
            ("pop\x1b://u@h", "the scheme `pop\\x1b` is not known"),
        ];
        for (text, what) in rows {
            let failure = AccountUrl::parse(text).expect_err(text);
            assert_eq!(failure.class, Class::Usage, "{text}");
            assert_eq!(failure.what, format!("wrong account URL: {what}"));
            assert!(failure.hint.is_some(), "{text}");
        }
    }

    #[test]
    fn words_with_a_colon_may_hold_a_password() {
        #[rustfmt::skip]
        let rows = [
            "pop3s://alice:hunter2@h", "alice:hunter2@h", "alice:hunter2", ":hunter2", "--x=alice:hunter2",
        ];
        for word in rows {
            assert!(may_hold_password(word), "{word}");
        }
        for word in ["alice", "alice@h", "uid:0001a2b3", "alice:", ""] {
            assert!(!may_hold_password(word), "{word}");
        }
    }

    #[test]
    fn a_password_is_refused_and_not_repeated() {
        for text in [
            "pop3s://u:hunter2@h",
            "pop3s://u@x:hunter2@h",
            "pop3s://u;AUTH=*:hunter2@h",
            "pop3s://:hunter2@h",
            "pop3s://u:hunter2@x@h/p?q",
        ] {
            let failure = AccountUrl::parse(text).expect_err(text);
            assert_eq!(
                failure.what,
                "wrong account URL: it contains a password, which others on this machine could see"
            );
            assert!(!format!("{failure:?}").contains("hunter2"), "{text}");
        }
    }
}
