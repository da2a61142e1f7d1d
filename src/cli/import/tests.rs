//! Config files of other programs, and what becomes of them.

use std::path::PathBuf;

use super::*;
use crate::cli::config::{Config, Options};
use crate::cli::resolve::{self, Merged};
use crate::session::{Auth, TlsMode};

fn toml(from: ConfiguredFor, name: &str, text: &str) -> Result<String, Failure> {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("written");
    config(from, &path, &Environment::of(&[("HOME", "/h")]))
}

/// Each account of the config file that comes out, with the defaults.
fn merged(toml: &str) -> Vec<Merged> {
    let env = Environment::of(&[("HOME", "/h")]);
    let config = Config::parse(&PathBuf::from("/c/config.toml"), toml, &env).without_mistakes();
    let config = config.unwrap_or_else(|failure| panic!("{failure:?}\n{toml}"));
    let accounts = config.accounts.iter();
    accounts
        .map(|account| {
            resolve::merge(&account.name, Options::default(), &config).expect("complete")
        })
        .collect()
}

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
delivery mda "/usr/bin/procmail -d canary"
keep off
filter canary
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
    assert_eq!(
        connect.password_command.as_deref(),
        Some("sh -c 'gpg2 -q -d ~/.pw.gpg'")
    );
    assert_eq!(connect.tls_ca, Some("/etc/ssl/ca.pem".into()));
    assert_eq!(connect.tls_pin.as_ref().map(Vec::len), Some(1));
    assert_eq!(connect.tls_pin_only, Some(true));
    assert_eq!(
        work.options.destination.maildir,
        Some("/h/Mail/work$1".into())
    );
    assert_eq!(
        work.options.fetch.max_size.map(|size| size.0),
        Some(102_400)
    );
    assert_eq!(work.options.fetch.delete, None);
    assert_eq!((home.host.as_str(), home.port), ("pop.home.example", 1110));
    assert_eq!(home.options.connect.tls, Some(TlsMode::StartTls));
    assert_eq!(home.options.fetch.delete, Some(true));
    for note in [
        "# so that nothing is fetched again: retr state import --from mpop ~/.local/share/alice@example.com_at_pop.example.com work\n",
        "# the password is not carried over",
        "# delivery: retr delivers into a Maildir or an mbox only\n",
        "# filter: retr filters nothing\n",
        "# `pasword` could not be carried over\n",
        "# `ntlmdomain` could not be carried over\n",
        "# mpop's default account is another one's second name",
    ] {
        assert!(toml.contains(note), "{note}\n{toml}");
    }
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
         mbox = \"/m/box\"\n\
         auth = \"scram-sha-256\"\n\
         tls = \"none\"\n\
         delete = true\n\
         # password_command = \"pass show mail/default\"\n\
         # without TLS a password goes out only to this machine itself; better: tls = \"implicit\"\n\
         # so that nothing is fetched again: retr state import --from mpop ~/.mpop_uidls/u_at_h default\n"
    );
    assert_eq!(
        merged(&toml)[0].options.connect.auth,
        Some(Auth::ScramSha256)
    );
}

const FETCHMAILRC: &str = r#"set daemon 300
set idfile "~/.ids"
set no bouncemail
defaults protocol pop3 timeout 30 nokeep
# the first one
poll pop.example.com service pop3s uidl
    user "alice" with password "canary" is al here wants ssl keep
        sslcertfile /ca.pem mda "/usr/bin/procmail -d canary"
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
    assert_eq!(
        names,
        [
            "alice@pop.example.com",
            "bob@pop.example.com",
            "carol@home.example"
        ]
    );
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
    for note in [
        "# set daemon: from cron, */5 * * * * retr fetch\n",
        "# mail.imap.example: only POP3 can be carried over\n",
        "# mda: retr delivers into a Maildir or an mbox only\n",
        "# no sslcertck: pin the certificate instead",
        "# preconnect: retr runs no other commands\n",
        "# so that nothing is fetched again: retr state import --from fetchmail ~/.ids bob@pop.example.com\n",
    ] {
        assert!(toml.contains(note), "{note}\n{toml}");
    }
}

const GETMAILRC: &str = "[retriever]\n\
    type = SimplePOP3SSLRetriever\n\
    server = pop.example.com\n\
    username: alice@example.com\n\
    password_command = (\"pass\", \"show\", 'mail/it''s')\n\
    ca_certs = /ca.pem\n\
    timeout = 60\n\
    [destination]\n\
    type = Maildir\n\
    path = ~/Mail/work/\n\
    [options]\n\
    read_all = false\n\
    delete_after = 30\n\
    max_messages_per_session = 100\n\
    max_message_size = 5000000\n\
    message_log = ~/log\n\
    received = true\n\
    [filter-1]\n\
    type = Filter_external\n\
    path = canary\n";

#[test]
fn getmail_s_account_is_carried_over() {
    let text = GETMAILRC.replace("'mail/it''s'", "'mail/it\\'s'");
    let toml = toml(ConfiguredFor::Getmail, "getmailrc-work", &text).expect("read");
    assert!(!toml.contains("canary"), "{toml}");
    let accounts = merged(&toml);
    let work = &accounts[0];
    assert_eq!(work.name, "work");
    assert_eq!((work.host.as_str(), work.port), ("pop.example.com", 995));
    let connect = &work.options.connect;
    assert_eq!(
        connect.password_command.as_deref(),
        Some("pass show 'mail/it'\\''s'")
    );
    assert_eq!(connect.tls_ca, Some("/ca.pem".into()));
    assert_eq!(
        work.options.destination.maildir,
        Some("/h/Mail/work".into())
    );
    let days = work.options.fetch.delete_after.map(|span| span.0.as_secs());
    assert_eq!(days, Some(30 * 86_400));
    assert_eq!(work.options.fetch.max_messages, Some(100));
    for note in [
        "# message_log: --json or -v tell each message\n",
        "# received: no header is added\n",
        "# [filter-1]: retr filters nothing\n",
        "# so that nothing is fetched again: retr state import --from getmail ~/.config/getmail/oldmail-pop.example.com-995-alice@example.com work\n",
    ] {
        assert!(toml.contains(note), "{note}\n{toml}");
    }
}

#[test]
fn getmail_s_password_is_left_out() {
    let text = "[retriever]\ntype = SimplePOP3Retriever\nserver = h\nusername = u\n\
                password = canary\n  canary\n[destination]\ntype = MDA_external\npath = canary\n\
                [options]\ndelete = 1\n";
    let toml = toml(ConfiguredFor::Getmail, "getmailrc", text).expect("read");
    assert!(!toml.contains("canary"), "{toml}");
    let accounts = merged(&toml);
    assert_eq!(accounts[0].name, "mail");
    assert_eq!(accounts[0].options.connect.tls, Some(TlsMode::None));
    assert_eq!(accounts[0].options.fetch.delete, Some(true));
    assert!(
        toml.contains("# destination MDA_external: retr delivers"),
        "{toml}"
    );
}

#[test]
fn a_file_of_another_program_has_no_account() {
    for (from, text) in [
        (ConfiguredFor::Mpop, FETCHMAILRC),
        (ConfiguredFor::Mpop, ""),
        (ConfiguredFor::Fetchmail, "account x\nhost canary\n"),
        (ConfiguredFor::Fetchmail, ""),
    ] {
        let failure = toml(from, "x", text).expect_err("no account");
        assert_eq!(failure.class, Class::Data);
        assert_eq!(failure.hint.as_deref(), Some("is --from right?"));
    }
    let failure = toml(ConfiguredFor::Fetchmail, "x", "poll \"h").expect_err("open");
    assert!(
        failure
            .what
            .ends_with("/x: the quote that begins in line 1 is not closed")
    );
}

#[test]
fn whatever_is_in_a_file_what_comes_out_is_a_config_file() {
    let words = [
        "account a\n",
        "account b : a\n",
        "host h\n",
        "poll ",
        "user ",
        "password ",
        "\"x\" ",
        "[retriever]\n",
        "server = h\n",
        "type = x\n",
        "\u{202e}\u{7f} ",
        "ssl ",
        "no ",
        "is ",
        "keep\n",
        "set ",
        "daemon ",
        "port 70000\n",
        "port = -1\n",
        "delivery maildir \"\n",
        "timeout 0\n",
        "pipelining x\n",
        "defaults\n",
    ];
    let mut seed = 7_u64;
    for _ in 0..150 {
        let text: String = (0..20)
            .map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                words[(seed >> 33) as usize % words.len()]
            })
            .collect();
        for from in [
            ConfiguredFor::Mpop,
            ConfiguredFor::Fetchmail,
            ConfiguredFor::Getmail,
        ] {
            let Ok(toml) = toml(from, "x", &text) else {
                continue;
            };
            let parsed: Result<toml::Table, _> = toml::from_str(&toml);
            assert!(parsed.is_ok(), "{parsed:?}\n{text}\n{toml}");
        }
    }
}
