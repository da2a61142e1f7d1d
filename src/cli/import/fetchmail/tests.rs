//! fetchmail's files, and what becomes of them.

use super::super::tests::{handing_on, has_lines, merged, toml};
use super::keywords::{GLOBAL, KEYWORDS, Takes};
use crate::base::Class;
use crate::cli::args::ConfiguredFor;
use crate::session::{Auth, TlsMode};

pub(in crate::cli::import) const FETCHMAILRC: &str = r#"set daemon 300
set idfile "~/.ids"
set no bouncemail
defaults protocol pop3 timeout 30 nokeep
# the first one
poll pop.example.com service pop3s uidl
    user "alice" with password "canary" is al here wants ssl keep
        sslcertfile /ca.pem mda "/usr/bin/procmail -d al"
    user bob there password canary is bob here, ssl, fetchlimit 50 limit 100000
poll label via pop.home.example proto apop:
    username 'carol@home.example' pass "ca\"nary" to carol = carol2 here
    no sslcertck preconnect "ssh canary" interval 3
skip mail.imap.example proto imap user dave password canary
"#;

#[test]
fn fetchmail_s_users_are_carried_over() {
    let toml = toml(ConfiguredFor::Fetchmail, "fetchmailrc", FETCHMAILRC).expect("read");
    assert!(!toml.contains("canary") && !toml.contains("nary"), "{toml}");
    let accounts = merged(&toml);
    let names: Vec<&str> = accounts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["alice@pop.example.com", "bob@pop.example.com", "carol@home.example"]);
    let [alice, bob, carol] = accounts.as_slice() else {
        panic!("three");
    };
    assert_eq!((alice.host.as_str(), alice.port), ("pop.example.com", 995));
    assert_eq!(alice.options.connect.tls, Some(TlsMode::Implicit));
    assert_eq!(alice.options.connect.tls_ca, Some("/ca.pem".into()));
    assert_eq!(alice.options.fetch.delete, None);
    assert_eq!(bob.options.fetch.delete, Some(true));
    assert_eq!(bob.options.fetch.max_messages, Some(50));
    assert_eq!(bob.options.fetch.max_size.map(|size| size.0), Some(100_000));
    assert_eq!((carol.host.as_str(), carol.port), ("pop.home.example", 110));
    assert_eq!(carol.options.connect.auth, Some(Auth::Apop));
    assert_eq!(carol.options.connect.tls, Some(TlsMode::StartTls));
    has_lines(
        &toml,
        &[
            "# set daemon: from cron, */5 * * * * retr fetch",
            "# not needed: set no bouncemail",
            "# mail.imap.example not carried over: it is IMAP, and retr speaks POP3",
            "recipient = \"al\"",
            "mda = \"/usr/bin/procmail -d al\"",
            "# procmail without -t gives up a message for good where it could try again: add -t",
            "# procmail without from_line writes mboxes in which messages run together: add from_line = true",
            "# mail for bob went by SMTP to localhost; choose where it is stored",
            "# mail was sorted by recipient (carol=carol2): retr puts all mail of an account in one place",
            "# `no sslcertck` not carried over: pin the certificate instead, with tls_pin and tls_pin_only; `retr probe` prints the pin",
            "# `preconnect` not carried over: retr runs no commands before and after a session",
            "# `interval` not carried over: give the account its own line in the crontab",
            "# not needed: uidl",
        ],
    );
    let ids = "# so that nothing is fetched again: retr state import --from fetchmail";
    let end = "/.ids' bob@pop.example.com\n";
    assert!(toml.contains(ids) && toml.contains(end), "{toml}");
}

/// A server of one user, with these options.
fn one(options: &str) -> String {
    let text = format!("poll h proto pop3 user u pass canary {options}");
    toml(ConfiguredFor::Fetchmail, "x", &text).expect("read")
}

#[test]
fn fetchmail_s_defaults_may_have_a_user() {
    let text = "defaults proto pop3 timeout 30\nuser dora to d here keep ssl limit 9\n\
                poll one.example pass canary\n\
                poll two.example user tom is t e here nokeep no ssl\n";
    let toml = toml(ConfiguredFor::Fetchmail, "x", text).expect("read");
    let accounts = merged(&toml);
    let users: Vec<(&str, &str, u16, Option<bool>)> = accounts
        .iter()
        .map(|a| (a.host.as_str(), a.user.as_str(), a.port, a.options.fetch.delete))
        .collect();
    let expected = [("one.example", "dora", 995, None), ("two.example", "tom", 110, Some(true))];
    assert_eq!(users, expected);
    has_lines(
        &toml,
        &[
            "# mail for d went by SMTP to localhost; choose where it is stored",
            "# mail was sorted by recipient (t e): retr puts all mail of an account in one place",
        ],
    );
}

#[test]
fn fetchmail_s_users_are_here_or_there() {
    for (user, name) in [
        ("user 'eve' here is 'rem' there", "rem"),
        ("username eve x=y here, is rem there", "rem"),
        ("user rem there is eve here", "rem"),
        ("user rem to keep=no * here", "rem"),
        ("user keep", "keep"),
        ("user 007", "007"),
        ("user \"a\\x41\\\\b\"", "aA\\b"),
        ("user and pass with keep", "and"),
    ] {
        let text = format!("server h proto POP3 {user} ssl");
        let toml = toml(ConfiguredFor::Fetchmail, "x", &text).expect("read");
        assert_eq!(merged(&toml)[0].user, name, "{toml}");
    }
}

/// Nothing that fetchmail's grammar has is dropped in silence.
#[test]
fn every_keyword_of_fetchmail_is_carried_over_or_told() {
    const VERSIONS: &str = "# `sslproto` not carried over: retr speaks TLS 1.2 and 1.3, the highest that the server has";
    #[rustfmt::skip]
    let rows = [
        ("auth cram", "auth = \"cram-md5\""),
        ("auth password", "# not needed: auth password"),
        ("preauth ntlm", "# `preauth` not carried over: retr has no such mechanism"),
        ("sslproto tls1.3+", "tls_min = \"1.3\""),
        ("sslproto ''", "tls = \"none\""),
        ("sslproto auto", "# not needed: sslproto"),
        ("sslproto TLS1 ssl", VERSIONS),
        ("via real.example", "host = \"real.example\""),
        ("plugin 'ssh %h nc -N x %p' ssl", "tunnel = \"ssh h nc -N x 995\""),
        ("smtp a/26,b", "# mail went by SMTP to a/26; choose where it is stored"),
        ("smtp a/26,b", "# `smtphost` not carried over: only the first of several is"),
        ("pass8 no dns", "# `pass8` not carried over: what the server sent is what is stored"),
        ("pass8 no dns nomimedec", "# not needed: no dns, no mimedec"),
        ("keep fetchall", "# `fetchall` not carried over: what was fetched once is not fetched again here"),
        ("limit 0 fetchlimit x", "# `fetchlimit` not carried over: it is no number"),
        ("canary x no canary", "# line 1: a word that is no keyword is left out"),
        ("local a b envelope 2 X-To folders c d keep",
         "# `envelope` not carried over: retr puts all mail of an account in one place"),
    ];
    for (options, line) in rows {
        has_lines(&one(options), &[line]);
    }
    for (words, takes, _) in KEYWORDS {
        let value = if *takes == Takes::Words { "v" } else { "" };
        for word in *words {
            let noise = ["and", "with", "has", "wants", "options", "here", "there"];
            let rest = "sslfingerprint y";
            let text = format!("poll h proto pop3 user u pass canary {word} {value} {rest}");
            let toml = toml(ConfiguredFor::Fetchmail, "x", &text);
            let told = toml.ok() != Some(one(rest));
            assert_ne!(told, noise.contains(word), "{word}");
        }
    }
    for (setting, has_value, _) in GLOBAL {
        let value = if *has_value { "canary" } else { "" };
        let text = format!("set {setting} {value} set no{setting} poll h");
        let toml = toml(ConfiguredFor::Fetchmail, "x", &text).expect("read");
        let holds = toml.contains(&format!("# `set {setting}` not carried over"));
        assert!(holds, "{toml}");
        has_lines(&toml, &[&format!("# not needed: set no {setting}")]);
    }
}

#[test]
fn fetchmail_s_other_protocols_are_left_out() {
    let text = "poll a proto imap user u pass canary keep poll b proto ETRN";
    let failure = toml(ConfiguredFor::Fetchmail, "x", text).expect_err("none");
    assert_eq!(failure.class, Class::Data);
    let what = "/x: only IMAP, ETRN accounts are in it";
    assert!(failure.what.ends_with(what), "{failure:?}");
}

#[test]
fn fetchmail_hands_mail_on() {
    #[rustfmt::skip]
    let rows = [
        ("mda 'lda -f %F -d %T' is al", &["mda = \"lda -f {sender} -d {recipient}\"", "recipient = \"al\""][..]),
        ("mda 'lda %s|x'", &["mda = \"sh -c 'lda \\\"${1}\\\"|x' sh {recipient}\"", "# recipient = \"alice\""]),
        ("lmtp smtphost lm/24 to al here", &["lmtp = \"lm:24\"", "recipient = \"al\""]),
        ("lmtp smtphost /run/lmtp", &["lmtp = \"/run/lmtp\"", "# recipient = \"alice\"", "keep = true"]),
        ("is 'a l'", &["# mda = \"sendmail -i -f {sender} -- 'a l'\""]),
    ];
    for (options, lines) in rows {
        let text = format!("poll h proto pop3 user u pass canary ssl keep {options}");
        has_lines(&handing_on(ConfiguredFor::Fetchmail, &text), lines);
    }
    has_lines(&one("skip i proto pop3 user u pass canary keep"), &["enabled = false"]);
}
