//! mpop's files, and what becomes of them.

use super::super::tests::{handing_on, has_lines, merged, toml};
use crate::cli::args::ConfiguredFor;
use crate::session::{Auth, TlsMode};

const MPOPRC: &str = r#"# mine
defaults
tls on
tls_trust_file /etc/ssl/ca.pem
uidls_file "~/.local/share/%U_at_%H"

account work
host pop.example.com
tls_starttls off
user alice@example.com
passwordeval "gpg2 -q -d ~/.pw.gpg"
delivery maildir ~/Mail/work$1
keep on
skipsize 100k
tls_fingerprint 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF

account home : work
host pop.home.example
port 1110
tls_starttls on
password canary
delivery mda "/usr/bin/procmail -d al"
keep off
filter spamc -c
ntlmdomain x
pasword canary

account default : work
"#;

#[test]
fn mpop_s_accounts_are_carried_over() {
    let toml = toml(ConfiguredFor::Mpop, "mpoprc", MPOPRC).expect("read");
    assert!(!toml.contains("canary"), "{toml}");
    let accounts = merged(&toml);
    let names: Vec<&str> = accounts.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names, ["work", "home"]);
    let [work, home] = accounts.as_slice() else {
        panic!("two");
    };
    assert_eq!((work.host.as_str(), work.port), ("pop.example.com", 995));
    assert_eq!(work.user, "alice@example.com");
    let connect = &work.options.connect;
    assert_eq!(connect.tls, Some(TlsMode::Implicit));
    let expected = Some("sh -c 'gpg2 -q -d ~/.pw.gpg'");
    assert_eq!(connect.password_command.as_deref(), expected);
    assert_eq!(connect.tls_ca, Some("/etc/ssl/ca.pem".into()));
    assert_eq!(connect.tls_pin.as_ref().map(Vec::len), Some(1));
    assert_eq!(connect.tls_pin_only, Some(true));
    let expected = Some("/h/Mail/work$1".into());
    assert_eq!(work.options.destination.maildir, expected);
    let expected = Some(102_400);
    assert_eq!(work.options.fetch.max_size.map(|size| size.0), expected);
    assert_eq!(work.options.fetch.delete, None);
    assert_eq!((home.host.as_str(), home.port), ("pop.home.example", 1110));
    assert_eq!(home.options.connect.tls, Some(TlsMode::StartTls));
    assert_eq!(home.options.fetch.delete, Some(true));
    has_lines(
        &toml,
        &[
            "# mpop's default was work; use `retr fetch work`",
            "# so that nothing is fetched again: retr state import --from mpop ~/.local/share/alice@example.com_at_pop.example.com work",
            "# the password is not carried over: store it where a command can print it, see password_command",
            "keep = true",
            "mda = \"/usr/bin/procmail -d al\"",
            "# procmail without -t gives up a message for good where it could try again: add -t",
            "# procmail without from_line writes mboxes in which messages run together: add from_line = true",
            "filter = \"spamc -c\"",
            "# mpop's filter exits 1 to delete a message and 2 to skip it: here 99 leaves it on the server, and all else fetches it",
            "# `pasword` not carried over",
            "# `ntlmdomain` not carried over",
        ],
    );
}

/// An account of one server, with these lines.
fn one(lines: &str) -> String {
    let text = format!("account a\nhost h\nuser u\n{lines}");
    toml(ConfiguredFor::Mpop, "mpoprc", &text).expect("read")
}

#[test]
fn mpop_keeps_for_a_while() {
    for (keep, span) in [
        ("30d", "30d"),
        ("1d12h", "36h"),
        ("\"1d 11h 60m\"", "36h"),
        ("90s", "90s"),
        ("2h 60s", "121m"),
    ] {
        let toml = one(&format!("keep {keep}\n"));
        has_lines(&toml, &[&format!("delete_after = \"{span}\"")]);
    }
    for keep in ["", "keep off", "keep 0d"] {
        has_lines(&one(keep), &["delete = true"]);
    }
    for (keep, note) in [
        ("keep", ""),
        ("keep on", ""),
        ("keep 3x", "it is no duration"),
        ("keep 9", "it is no duration"),
    ] {
        let toml = one(keep);
        assert!(!toml.contains("delete") && toml.contains(note), "{toml}");
        has_lines(&toml, &["keep = true"]);
    }
}

/// Whatever mpop's manual lists is carried over or told; so is the rest.
#[test]
fn every_command_of_mpop_is_carried_over_or_told() {
    const PIN: &str = "# `tls_certcheck` not carried over: pin the certificate instead, with tls_pin and tls_pin_only; `retr probe` prints the pin";
    let hex = "ab".repeat(32);
    let pin = format!("tls_pin = [\"sha256:{hex}\"]");
    #[rustfmt::skip]
    let rows = [
        ("port 1995", "port = 1995"),
        ("port x", "# `port` not carried over: it is no port"),
        ("timeout off", "# `timeout` not carried over: every wait has a limit here"),
        ("timeout 9", "timeout = \"9s\""),
        ("pipelining", "pipelining = \"on\""),
        ("pipelining off", "pipelining = \"off\""),
        ("source_ip 127.0.0.1", "bind = \"127.0.0.1\""),
        ("proxy_host ::1", "proxy = \"socks5://[::1]:1080\""),
        ("proxy_port 99", "# `proxy_port` not carried over"),
        ("socket /s$x", "socket = \"/s$$x\""),
        ("auth cram-md5", "auth = \"cram-md5\""),
        ("auth ntlm", "# `auth` not carried over: retr has no such mechanism"),
        ("passwordeval \"echo x\"", "password_command = \"echo x\""),
        ("ntlmdomain x", "# `ntlmdomain` not carried over"),
        ("tls_trust_file \"\"", &PIN.replace("certcheck", "trust_file")),
        ("tls_trust_file /ca", "tls_ca = \"/ca\""),
        ("tls_certcheck off", PIN),
        (&format!("tls_fingerprint {hex}"), &pin),
        ("tls_fingerprint 00:11", "# `tls_fingerprint` not carried over: only SHA-256 is taken; `retr probe` prints it"),
        ("tls_key_file /k",
         "# `tls_key_file` not carried over: tls_client takes certificate and key in one PEM file: cat CERTIFICATE KEY > FILE"),
        ("tls_crl_file /k", "# `tls_crl_file` not carried over"),
        ("tls_priorities NORMAL", "# `tls_priorities` not carried over"),
        ("tls_min_dh_prime_bits 512", "# `tls_min_dh_prime_bits` not carried over"),
        ("tls_host_override n", "tls_name = \"n\""),
        ("delivery exchange /x", "# `delivery exchange` not carried over: retr knows no pickup folders"),
        ("delivery x", "# `delivery` not carried over"),
        ("only_new off", "all = true"),
        ("killsize 9", "# `killsize` not carried over: retr never deletes unstored mail"),
        ("skipsize 9m", "max_size = \"9MiB\""),
        ("skipsize 9x", "# `skipsize` not carried over: it is no size"),
        ("received_header on", "# `received_header` not carried over: no header is added"),
        ("eval echo canary", "# `eval` not carried over: write out what its command prints"),
        ("tls maybe", "# `tls` not carried over"),
        ("nonsense off", "# `nonsense` not carried over"),
    ];
    for (command, line) in rows {
        has_lines(&one(command), &[line]);
    }
    for command in ["filter", "killsize off", "tls_key_file \"\"", "tls_certcheck on"] {
        assert_eq!(one(command), one(""));
    }
}

#[test]
fn mpop_inherits_what_an_account_says_itself() {
    let text = "defaults\nport 1\ntimeout 1\naccount a\nhost a\nuser u\nport 2\nkeep\n\
                defaults\ntimeout 3\naccount b : a\nhost b\naccount c : b,a\nuser \"v w\"\n";
    let toml = toml(ConfiguredFor::Mpop, "mpoprc", text).expect("read");
    let accounts: Vec<(String, u16, String, u64)> = merged(&toml)
        .into_iter()
        .map(|account| {
            let timeout = account.options.connect.timeout.expect("set").0.as_secs();
            (account.host, account.port, account.user, timeout)
        })
        .collect();
    let expected = [("a", 2, "u", 1), ("b", 2, "u", 3), ("a", 2, "v w", 3)];
    let expected =
        expected.map(|(host, port, user, timeout)| (host.into(), port, user.into(), timeout));
    assert_eq!(accounts, expected);
}

#[test]
fn mpop_hands_mail_on() {
    let text = "account a\nhost h\nuser u\ntls on\nkeep\n\
                delivery mda \"mda -f %F -d $USER\"\nfilter grep -q x\n";
    let toml = handing_on(ConfiguredFor::Mpop, text);
    has_lines(
        &toml,
        &[
            "mda = \"sh -c 'mda -f \\\"${1}\\\" -d $USER' sh {sender}\"",
            "filter = \"grep -q x\"",
            "# mpop's filter exits 1 to delete a message and 2 to skip it: here 99 leaves it on the server, and all else fetches it",
        ],
    );
    assert!(!toml.contains("maildir"), "{toml}");
}

#[test]
fn mpop_without_tls_deletes_and_says_so() {
    let text = "account default\nhost h\nuser u\ndelivery mbox /m/box\nauth scram-sha-256\n";
    let toml = toml(ConfiguredFor::Mpop, "mpoprc", text).expect("read");
    assert_eq!(
        toml,
        "# Check it with: retr config check\n\
         \n\
         [accounts.default]\n\
         host = \"h\"\n\
         user = \"u\"\n\
         tls = \"none\"\n\
         auth = \"scram-sha-256\"\n\
         delete = true\n\
         mbox = \"/m/box\"\n\
         # password_command = \"pass show mail/default\"\n\
         # without TLS a password goes out only to this machine itself; better: tls = \"implicit\"\n\
         # so that nothing is fetched again: retr state import --from mpop ~/.mpop_uidls/u_at_h default\n"
    );
    let expected = Some(Auth::ScramSha256);
    assert_eq!(merged(&toml)[0].options.connect.auth, expected);
}
