//! getmail's files, and what becomes of them.

use super::super::tests::{handing_on, has_lines, merged, toml};
use crate::base::Class;
use crate::cli::args::ConfiguredFor;
use crate::session::TlsMode;

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
    let expected = Some("pass show 'mail/it'\\''s'");
    assert_eq!(connect.password_command.as_deref(), expected);
    assert_eq!(connect.tls_ca, Some("/ca.pem".into()));
    let expected = Some("/h/Mail/work".into());
    assert_eq!(work.options.destination.maildir, expected);
    let days = work.options.fetch.delete_after.map(|span| span.0.as_secs());
    assert_eq!(days, Some(30 * 86_400));
    assert_eq!(work.options.fetch.max_messages, Some(100));
    has_lines(
        &toml,
        &[
            "# `message_log` not carried over: --json or -v report each message",
            "# `received` not carried over: no header is added",
            "# `[filter-1]` not carried over: retr changes no message",
            "# not needed: read_all",
        ],
    );
    let oldmail = "/oldmail-pop.example.com-995-alice@example.com work\n";
    assert!(toml.ends_with(oldmail), "{toml}");
}

/// A mailbox with TLS, and this besides.
const RETRIEVER: &str = "[retriever]\ntype=SimplePOP3SSLRetriever\nserver = a;:b\nusername = u\n";

fn one(more: &str) -> String {
    toml(ConfiguredFor::Getmail, "getmailrc", &format!("{RETRIEVER}{more}")).expect("read")
}

#[test]
fn getmail_s_pins_are_carried_over() {
    let (first, second) = ("AB".repeat(32), format!("{}c0", "c0:".repeat(31)));
    let pins = format!("ssl_fingerprints = (\n  '{first}',\n  \"{second}\")\n");
    let (first, second) = (first.to_lowercase(), second.replace(':', ""));
    let line = format!("tls_pin = [\"sha256:{first}\",\"sha256:{second}\"]");
    has_lines(&one(&pins), &[&line, "tls_pin_only = true"]);
    let checked = one(&format!("{pins}ca_certs = ~root/ca\n"));
    has_lines(&checked, &[&line, "tls_ca = \"/root/ca\""]);
    assert!(!checked.contains("tls_pin_only"), "{checked}");
    let note = "# `ssl_fingerprints` not carried over: `retr probe` prints the pin for tls_pin";
    has_lines(&one("ssl_fingerprints = ('canary',)\n"), &[note]);
}

/// Whatever a destination says is carried over or told.
#[test]
fn getmail_s_destinations_are_carried_over_or_told() {
    #[rustfmt::skip]
    let rows = [
        (
            "Maildir\npath = ~root/M/\nuser = x\nfilemode = 0640",
            &[
                "maildir = \"/root/M\"",
                "# `[destination] user` not carried over: run retr as that user",
                "# `[destination] filemode` not carried over: files are made for their owner alone",
            ][..],
        ),
        ("Mboxrd\npath = $HOME/b$x\nlocktype = flock", &["mbox = \"/h/b$$x\""]),
        ("Maildir\npath = ~nobody-here/M/",
         &["# `Maildir ~nobody-here/M/` not carried over: it begins with the home folder of a user who is not known here; write it out"]),
        ("MDA_qmaillocal\nqmaillocal = canary",
         &["# `destination MDA_qmaillocal` not carried over", "# `[destination] qmaillocal` not carried over"]),
        (
            "MultiDestination\ndestinations = ('[proc]', '~/M/', './b')\n\
             [proc]\ntype = MDA_external\npath = /p\narguments = ('a',)\nuser = al",
            &[
                "mda = \"/p a\"",
                "# `[proc] user` not carried over: run retr as that user",
                "# mail went to ./b, too: retr puts all mail of an account in one place",
            ],
        ),
        (
            "MultiSorter\ndefault = [box]\nlocals = (('canary', '[box]'),)\n\
             [box]\ntype = Mboxrd\npath = /b\n[other]\ntype = x",
            &[
                "mbox = \"/b\"",
                "# `MultiSorter` not carried over: retr does not sort; all mail goes to its default",
                "# `[destination] locals` not carried over",
                "# `[other]` not carried over: no destination names it",
            ],
        ),
        ("MultiDestination\ndestinations = ('[destination]', '[x]', '[y]')\n[x]\ntype = MultiDestination\ndestinations = ('[x]',)",
         &["# maildir = \"~/Mail/mail\"", "# `[y]` not carried over: there is no such section"]),
    ];
    for (destination, lines) in rows {
        has_lines(&one(&format!("[destination]\ntype = {destination}\n")), lines);
    }
}

#[test]
fn getmail_s_seen_file_is_named() {
    let toml = one("port = 9\n");
    assert!(toml.ends_with("/oldmail-a-b-9-u mail\n"), "{toml}");
}

#[test]
fn getmail_hands_mail_on() {
    #[rustfmt::skip]
    let rows = [
        ("MDA_external\npath = ~/bin/mda\nunixfrom = True\narguments = ('-f', '%(sender)',\n  '%(recipient)', 'a b')",
         &["mda = \"/h/bin/mda -f '{sender}' '{recipient}' 'a b'\"", "from_line = true"][..]),
        ("MDA_lmtp\nhost = ::1\noverride = al\nfallback = x",
         &["lmtp = \"[::1]:2003\"", "recipient = \"al\"", "# `[destination] fallback` not carried over"]),
        (
            "MultiDestination\ndestinations = ('[l]', '~/M/')\n\
             [l]\ntype = MDA_lmtp\nhost = /run/l\n\
             [filter-1]\ntype = Filter_external\npath = canary",
            &[
                "lmtp = \"/run/l\"",
                "# mail went to ~/M/, too: retr puts all mail of an account in one place",
                "# [filter-1] drops a message by exit codes such as 99 and 100: a filter of retr sees the header alone, and exits 99 to leave it on the server",
            ],
        ),
    ];
    for (destination, lines) in rows {
        let text = format!("{RETRIEVER}[destination]\ntype = {destination}\n");
        has_lines(&handing_on(ConfiguredFor::Getmail, &text), lines);
    }
}

#[test]
fn getmail_s_imap_is_left_out() {
    let text = GETMAILRC.replace("POP3", "IMAP");
    let failure = toml(ConfiguredFor::Getmail, "x", &text).expect_err("IMAP");
    assert_eq!(failure.class, Class::Data);
    let what = "/x: only IMAP accounts are in it";
    assert!(failure.what.ends_with(what), "{failure:?}");
}

#[test]
fn getmail_s_password_is_left_out() {
    let text = "[retriever]\ntype = SimplePOP3Retriever\nserver = h\nusername = u\n\
                password = canary\n  canary\n[destination]\ntype = MDA_external\npath = /p\n\
                [options]\ndelete = 1\n";
    let toml = toml(ConfiguredFor::Getmail, "getmailrc", text).expect("read");
    assert!(!toml.contains("canary"), "{toml}");
    let accounts = merged(&toml);
    assert_eq!(accounts[0].name, "mail");
    assert_eq!(accounts[0].options.connect.tls, Some(TlsMode::None));
    assert_eq!(accounts[0].options.fetch.delete, Some(true));
    has_lines(&toml, &["mda = \"/p\""]);
}
