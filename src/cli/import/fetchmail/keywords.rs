//! The keywords of fetchmail's config file, as its manual lists them and its
//! grammar abbreviates them.

use super::super::draft::{CLIENT, ONE_PLACE, PASSWORD};
use super::entry::Entry;

/// What follows a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// One word.
    Word,
    /// One word, whatever it is: a keyword, too.
    Name,
    /// Words up to the next keyword.
    Words,
}

/// What a keyword does.
#[derive(Clone, Copy)]
pub(super) enum Does {
    /// Nothing: it makes an entry resemble English.
    Noise,
    Set,
    Defaults,
    Poll,
    Skip,
    User,
    Local,
    Here,
    There,
    No,
    /// Switches something on, or off behind `no`.
    Switch(fn(&mut Entry, bool)),
    /// Says something in the word that follows, behind the keyword itself.
    Says(fn(&mut Entry, &str, &str)),
    /// Says something in the words that follow.
    Lists(fn(&mut Entry, Vec<String>)),
    /// Asks for what retr does anyway, or for what only fetchmail needs.
    Moot,
    /// Asks for what cannot be carried over, for this reason.
    Left(&'static str),
}

/// Keywords that are followed by the same, and do the same.
pub(super) type Row = (&'static [&'static str], Takes, Does);

const SMTP: &str = "retr speaks no SMTP";
const AS_SENT: &str = "what the server sent is what is stored";
const HOOKS: &str = "retr runs no commands before and after a session";

/// What follows a word and what it does, if it is a keyword.
pub(super) fn keyword(word: &str) -> Option<(Takes, Does)> {
    let row = KEYWORDS.iter().find(|(words, ..)| words.contains(&word))?;
    Some((row.1, row.2))
}

macro_rules! keywords {
    ($($($word:literal)+ => $takes:ident $does:expr;)+) => {
        &[$((&[$($word),+], Takes::$takes, $does)),+]
    };
}

use Does::{Left, Lists, Moot, Says, Switch};

/// All of them: those of English, of statements, of servers, of users.
pub(super) const KEYWORDS: &[Row] = keywords! {
    "and" "with" "has" "wants" "options" => Nothing Does::Noise;
    "here" => Nothing Does::Here;
    "there" => Nothing Does::There;
    "no" => Nothing Does::No;

    "set" => Nothing Does::Set;
    "defaults" => Nothing Does::Defaults;
    "poll" "server" => Name Does::Poll;
    "skip" => Name Does::Skip;

    "via" => Word Says(|entry, _, host| entry.draft.set("host", host));
    "proto" "protocol" => Word Says(|entry, _, name| entry.protocol = name.to_ascii_lowercase());
    "port" "service" => Word Says(|entry, word, port| entry.draft.set_port(word, port));
    "auth" "authenticate" "preauth" "preauthenticate" => Name Says(Entry::set_auth);
    "timeout" => Word Says(|entry, word, seconds| entry.draft.set_timeout(word, seconds));
    "plugin" => Word Says(|entry, _, command| entry.plugin = Some(command.to_owned()));
    "interval" => Word Left("give the account its own line in the crontab");
    "tracepolls" => Nothing Left("no header is added");
    "principal" => Word Left("retr has no Kerberos");
    "uidl" "dns" "checkalias" => Nothing Moot;
    "aka" "local" "localdomains" "envelope" => Words Left(ONE_PLACE);
    "qvirtual" => Word Left(ONE_PLACE);
    "bad-header" => Word Left(AS_SENT);

    "user" "username" => Name Does::User;
    "is" "to" => Name Does::Local;
    "pass" "password" => Name Says(|entry, _, _| entry.draft.notes.say(PASSWORD));
    "ssl" => Nothing Switch(|entry, is_on| entry.has_ssl = is_on);
    "sslproto" => Word Says(|entry, _, name| entry.sslproto = Some(name.to_ascii_lowercase()));
    "sslcertck" => Nothing Switch(Entry::check_certificate);
    "sslcertfile" => Word Says(|entry, _, path| entry.draft.set_path("tls_ca", path));
    "sslcertpath" => Word Left("tls_ca takes one file: cat FOLDER/*.pem > FILE");
    "sslcommonname" => Word Says(|entry, _, name| entry.draft.set("tls_name", name));
    "sslcert" "sslkey" => Word Left(CLIENT);
    "sslfingerprint" => Word Left("tls_pin wants SHA-256, as `retr probe` prints it, not MD5");
    "keep" => Nothing Switch(|entry, is_on| entry.keeps = is_on);
    "fetchall" => Nothing Switch(|entry, is_on| entry.fetches_all = is_on);
    "flush" "limitflush" => Nothing Left("retr never deletes unstored mail");
    "limit" => Word Says(|entry, word, size| entry.draft.set_limit("max_size", word, size));
    "fetchlimit" => Word Says(|entry, word, n| entry.draft.set_limit("max_messages", word, n));
    "mda" => Word Says(|entry, _, command| entry.mda = Some(command.to_owned()));
    "smtp" "smtphost" => Words Lists(|entry, hosts| entry.smtp.extend(hosts));
    "lmtp" => Nothing Switch(|entry, is_on| entry.speaks_lmtp = is_on);
    "smtpaddress" "smtpname" "esmtpname" "esmtppassword" "bsmtp" "plugout" => Word Left(SMTP);
    "antispam" "fetchdomains" => Words Left(SMTP);
    "pre" "preconnect" "post" "postconnect" => Word Left(HOOKS);
    "rewrite" "stripcr" "forcecr" "pass8" "pass8bits" => Nothing Left(AS_SENT);
    "mimedec" "mimedecode" "dropstatus" "dropdelivered" => Nothing Left(AS_SENT);
    "folder" "folders" => Words Left("a mailbox has one folder over POP3");
    "idle" "forceidle" => Nothing Left("retr runs once; run it regularly from cron");
    "interface" "monitor" "warnings" "properties" => Word Left("");
    "batchlimit" "fetchsizelimit" "fastuidl" "expunge" "idletimeout" => Word Moot;
};

/// What may follow `set`, whether a value follows it, and what to do instead.
pub(super) const GLOBAL: &[(&str, bool, &str)] = &[
    ("logfile", true, "--json and -v write to stdout and stderr"),
    ("pidfile", true, "retr runs once, and locks each account"),
    ("postmaster", true, ONE_PLACE),
    ("properties", true, ""),
    ("syslog", false, "stderr goes to the journal when systemd runs retr"),
    ("bouncemail", false, "retr sends no mail"),
    ("spambounce", false, "retr sends no mail"),
    ("softbounce", false, "retr sends no mail"),
    ("invisible", false, "no header is added"),
    ("showdots", false, "see --progress"),
];
