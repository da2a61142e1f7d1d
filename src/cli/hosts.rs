//! What providers want for a login besides a user and a password. Only used
//! to say more when a login was refused, or a server was not found.

/// A provider that is known to want something special.
struct Provider {
    /// Domains; a host belongs to one if it is it or ends with `.` and it.
    domains: &'static [&'static str],
    /// What to do.
    hint: &'static str,
}

const PROVIDERS: &[Provider] = &[
    Provider {
        domains: &["gmail.com", "googlemail.com", "google.com"],
        hint: "Google wants an app password (myaccount.google.com/apppasswords), or --auth xoauth2 with an access token; POP is switched on in Gmail's settings",
    },
    Provider {
        domains: &[
            "outlook.com",
            "office365.com",
            "hotmail.com",
            "live.com",
            "office.com",
        ],
        hint: "Microsoft takes no passwords any more: use --auth xoauth2 with an access token for the scope https://outlook.office.com/POP.AccessAsUser.All; POP is switched on in the mailbox's settings",
    },
    Provider {
        domains: &[
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.co.jp",
            "ymail.com",
            "aol.com",
            "aim.com",
        ],
        hint: "Yahoo and AOL want an app password, made in the account's security settings",
    },
    Provider {
        domains: &[
            "163.com",
            "126.com",
            "yeah.net",
            "188.com",
            "qq.com",
            "foxmail.com",
            "sina.com",
        ],
        hint: "this provider wants an authorization code in place of the password; it is shown where POP3 is switched on in the webmail's settings",
    },
    Provider {
        domains: &["zoho.com", "zoho.eu", "zoho.in", "zohomail.com"],
        hint: "Zoho wants POP access switched on in the webmail's settings, poppro.zoho.com as the host for own domains, and an app password where two-factor login is on",
    },
    Provider {
        domains: &["me.com", "icloud.com", "mac.com"],
        hint: "iCloud Mail has no POP3",
    },
    Provider {
        domains: &["protonmail.com", "proton.me", "protonmail.ch"],
        hint: "Proton Mail has no POP3",
    },
    Provider {
        domains: &["gmx.net", "gmx.com", "gmx.de", "web.de", "mail.com"],
        hint: "POP3 is switched on in the webmail's settings, and needs an application password where two-factor login is on",
    },
    Provider {
        domains: &["yandex.ru", "yandex.com", "mail.ru"],
        hint: "this provider wants an app password, and POP3 switched on in the webmail's settings",
    },
];

/// What the provider behind this host wants, if it is known.
pub(crate) fn hint(host: &str) -> Option<&'static str> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    PROVIDERS
        .iter()
        .find(|provider| {
            provider.domains.iter().any(|domain| {
                host.strip_suffix(domain)
                    .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        })
        .map(|provider| provider.hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_providers_have_their_hint() {
        for (host, word) in [
            ("pop.gmail.com", "app password"),
            ("POP.GoogleMail.com.", "app password"),
            ("outlook.office365.com", "xoauth2"),
            ("pop-mail.outlook.com", "xoauth2"),
            ("pop3.live.com", "xoauth2"),
            ("pop.mail.yahoo.com", "app password"),
            ("pop.aol.com", "app password"),
            ("pop.163.com", "authorization code"),
            ("pop.126.com", "authorization code"),
            ("pop.yeah.net", "authorization code"),
            ("pop.qq.com", "authorization code"),
            ("poppro.zoho.com", "poppro.zoho.com"),
            ("pop.mail.me.com", "no POP3"),
            ("pop.protonmail.com", "no POP3"),
            ("pop.gmx.net", "switched on"),
        ] {
            let hint = hint(host).expect(host);
            assert!(hint.contains(word), "{host}: {hint}");
        }
    }

    #[test]
    fn others_have_none() {
        for host in [
            "pop.example.com",
            "notgmail.com",
            "gmail.com.example.org",
            "",
            "com",
        ] {
            assert_eq!(hint(host), None, "{host}");
        }
    }
}
