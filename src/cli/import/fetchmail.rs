//! fetchmail's config file: words in free form, a server with its options,
//! then its users with theirs.

mod words;

use self::words::{Word, words};
use super::draft::{Draft, Drafts};
use super::mpop::PASSWORD;
use crate::base::{Failure, shown};

/// Reads it.
pub(super) fn read(text: &str) -> Result<Drafts, Failure> {
    let mut reader = Reader {
        words: words(text)?.into_iter().peekable(),
        drafts: Drafts::default(),
        idfile: "~/.fetchids".to_owned(),
        defaults: Entry::default(),
    };
    reader.read();
    Ok(reader.drafts)
}

struct Reader {
    words: std::iter::Peekable<std::vec::IntoIter<Word>>,
    drafts: Drafts,
    idfile: String,
    defaults: Entry,
}

/// A server, and the user at hand.
#[derive(Clone, Debug, Default)]
struct Entry {
    /// What is known of the server, and then of the user.
    draft: Draft,
    /// How the file calls the server.
    label: String,
    is_imap: bool,
    has_ssl: bool,
    has_no_tls: bool,
    keeps: bool,
    fetches_all: bool,
}

impl Reader {
    fn read(&mut self) {
        while let Some(word) = self.words.next() {
            match word.keyword() {
                "set" => self.set(),
                "defaults" => {
                    let mut entry = Entry::default();
                    self.options(&mut entry);
                    self.defaults = entry;
                }
                "poll" | "server" | "skip" => {
                    let mut entry = self.defaults.clone();
                    entry.label = self.text();
                    let label = entry.label.clone();
                    entry.draft.set("host", label);
                    if word.keyword() == "skip" {
                        entry
                            .draft
                            .note("skip: fetchmail fetches from it only when it is named");
                    }
                    self.server(entry);
                }
                _ => self.unknown(&word),
            }
        }
    }

    /// The word that an option needs.
    fn text(&mut self) -> String {
        self.words.next().map(|word| word.text).unwrap_or_default()
    }

    fn next_is(&mut self, keywords: &[&str]) -> bool {
        let next = self.words.peek();
        next.is_some_and(|word| keywords.contains(&word.keyword()))
    }

    fn unknown(&mut self, word: &Word) {
        // Whatever is quoted, and whatever is no keyword, may be a secret.
        let note = match KEYWORDS.contains(&word.keyword()) {
            true => format!("`{}` could not be carried over", word.text),
            false => "a word that is no keyword could not be carried over".to_owned(),
        };
        if !self.drafts.notes.contains(&note) {
            self.drafts.notes.push(note);
        }
    }

    fn set(&mut self) {
        if self.next_is(&["no"]) {
            self.words.next();
            self.words.next();
            return;
        }
        let Some(word) = self.words.next() else {
            return;
        };
        let note = match word.keyword() {
            "daemon" => {
                let seconds = self.text();
                let minutes = seconds.parse::<u64>().unwrap_or(300).div_ceil(60).max(1);
                match minutes {
                    1..60 => format!("set daemon: from cron, */{minutes} * * * * retr fetch"),
                    _ => "set daemon: from cron, 0 * * * * retr fetch".to_owned(),
                }
            }
            "idfile" => {
                self.idfile = self.text();
                return;
            }
            "logfile" | "pidfile" | "postmaster" | "properties" => {
                self.words.next();
                format!("set {}: retr has no such thing", word.text)
            }
            "syslog" => "set syslog: stderr goes to the journal when systemd runs retr".to_owned(),
            "bouncemail" | "spambounce" | "softbounce" | "invisible" | "showdots" => return,
            _ => return self.unknown(&word),
        };
        self.drafts.notes.push(note);
    }

    /// A server's options, and then each of its users.
    fn server(&mut self, mut entry: Entry) {
        self.options(&mut entry);
        let mut any = false;
        while self.next_is(&["user", "username"]) {
            self.words.next();
            let mut user = entry.clone();
            let name = self.text();
            if self.next_is(&["there"]) {
                self.words.next();
            }
            user.draft.set("user", name);
            self.options(&mut user);
            self.finish(user);
            any = true;
        }
        if !any {
            entry
                .draft
                .note("user: fetchmail takes the name of the user on this machine");
            self.finish(entry);
        }
    }

    /// Options up to the next user, server or `set`.
    fn options(&mut self, entry: &mut Entry) {
        while let Some(word) = self.words.peek() {
            match word.keyword() {
                "poll" | "server" | "skip" | "defaults" | "set" | "user" | "username" => return,
                _ => {}
            }
            let Some(word) = self.words.next() else {
                return;
            };
            if word.keyword() == "no" {
                let negated = self.words.next();
                match negated.as_ref().map(Word::keyword) {
                    Some("keep") => entry.keeps = false,
                    Some("fetchall") => entry.fetches_all = false,
                    Some("ssl") => entry.has_ssl = false,
                    Some("sslcertck") => entry.draft.note("no sslcertck: pin the certificate instead, with tls_pin and tls_pin_only; `retr probe` prints the pin"),
                    _ => {}
                }
                continue;
            }
            self.option(&word, entry);
        }
    }

    fn option(&mut self, word: &Word, entry: &mut Entry) {
        let draft = &mut entry.draft;
        match word.keyword() {
            "via" => draft.set("host", self.text()),
            "proto" | "protocol" => match self.text().to_ascii_lowercase().as_str() {
                "apop" => draft.set("auth", "apop"),
                "pop3" | "auto" => {}
                _ => entry.is_imap = true,
            },
            "port" | "service" => match self.text().as_str() {
                "pop3" => draft.set("port", 110),
                "pop3s" => draft.set("port", 995),
                number => match number.parse::<u16>() {
                    Ok(port) => draft.set("port", port),
                    Err(_) => draft.unknown("service"),
                },
            },
            "auth" | "authenticate" => match self.text().to_ascii_lowercase().as_str() {
                "any" | "password" | "ssh" => {}
                known @ ("cram-md5" | "external" | "xoauth2" | "oauthbearer") => {
                    draft.set("auth", known);
                }
                _ => draft.note("auth: retr has no such mechanism"),
            },
            "timeout" => match self.text().parse::<u64>() {
                Ok(seconds @ 1..) => draft.set("timeout", format!("{seconds}s")),
                _ => draft.note("timeout: every wait has a limit here"),
            },
            "pass" | "password" => {
                self.words.next();
                draft.note(PASSWORD);
            }
            "is" | "to" => {
                // Local names, up to `here` or the next option.
                while self.words.peek().is_some_and(|word| !word.is_option()) {
                    self.words.next();
                }
                if self.next_is(&["here"]) {
                    self.words.next();
                }
            }
            "ssl" => entry.has_ssl = true,
            "sslproto" => {
                let version = self.text();
                entry.has_no_tls |= version.is_empty();
                if version.contains("1.3") {
                    draft.set("tls_min", "1.3");
                }
            }
            "sslcertfile" => draft.set_path("tls_ca", &self.text()),
            "sslcommonname" => draft.set("tls_name", self.text()),
            "sslcert" | "sslkey" => {
                self.words.next();
                draft.note("tls_client takes certificate and key in one PEM file: cat CERTIFICATE KEY > FILE");
            }
            "sslfingerprint" => {
                self.words.next();
                draft.note("sslfingerprint: MD5 is not taken; tls_pin wants SHA-256, as `retr probe` prints it");
            }
            "keep" => entry.keeps = true,
            "fetchall" => entry.fetches_all = true,
            "limit" => {
                if let Ok(octets @ 1..) = self.text().parse::<u64>() {
                    draft.set("max_size", octets.to_string());
                }
            }
            "fetchlimit" => {
                if let Ok(count @ 1..) = self.text().parse::<u64>() {
                    draft.set("max_messages", count);
                }
            }
            "mda" | "bsmtp" | "smtphost" | "smtpaddress" | "smtpname" | "lmtp" | "fetchdomains" => {
                let takes_one = word.keyword() != "lmtp";
                if takes_one {
                    self.words.next();
                }
                draft.note(format!(
                    "{}: retr delivers into a Maildir or an mbox only",
                    word.text
                ));
            }
            "plugin" => {
                self.words.next();
                draft.note(
                    "plugin: `tunnel` is a command whose stdin and stdout are the connection",
                );
            }
            "preconnect" | "postconnect" | "plugout" => {
                self.words.next();
                draft.note(format!("{}: retr runs no other commands", word.text));
            }
            "interval" => {
                self.words.next();
                draft.note("interval: give this account its own line in the crontab");
            }
            "flush" | "limitflush" => {
                draft.note(format!(
                    "{}: nothing is deleted that was not stored",
                    word.text
                ));
            }
            "envelope" | "qvirtual" | "aka" | "localdomains" | "local" | "interface"
            | "monitor" | "principal" | "esmtpname" | "esmtppassword" | "bad-header"
            | "sslcertpath" | "folder" | "antispam" | "warnings" | "batchlimit"
            | "fetchsizelimit" | "expunge" | "properties" => {
                while self.words.peek().is_some_and(|word| !word.is_option()) {
                    self.words.next();
                }
                draft.unknown(&word.text);
            }
            // Switches that change nothing here.
            "uidl" | "dns" | "checkalias" | "tracepolls" | "sslcertck" | "rewrite" | "stripcr"
            | "forcecr" | "pass8bits" | "dropstatus" | "dropdelivered" | "idle" | "fastuidl"
            | "here" | "there" => {}
            "mimedecode" => draft.note("mimedecode: what the server sent is what is stored"),
            _ => self.unknown(word),
        }
    }

    fn finish(&mut self, entry: Entry) {
        let Entry {
            mut draft,
            label,
            is_imap,
            has_ssl,
            has_no_tls,
            keeps,
            fetches_all,
        } = entry;
        let shown_label = shown(label.as_bytes());
        if is_imap {
            self.drafts
                .notes
                .push(format!("{shown_label}: only POP3 can be carried over"));
            return;
        }
        draft.name = match draft.text("user") {
            Some(user) if !user.contains('@') => format!("{user}@{label}"),
            Some(user) => user.to_owned(),
            None => label.clone(),
        };
        let tls = match (has_ssl, has_no_tls) {
            (true, _) => "implicit",
            (false, true) => {
                draft.note("without TLS a password goes out only to this machine itself; better: tls = \"implicit\"");
                "none"
            }
            (false, false) => {
                draft.note("fetchmail encrypts if the server can; here it has to: tls = \"starttls\", or \"implicit\" on port 995");
                "starttls"
            }
        };
        draft.set("tls", tls);
        if !keeps {
            draft.set("delete", true);
        } else if fetches_all {
            draft.note("fetchall: what was fetched once is not fetched again here");
        }
        draft.note(format!(
            "so that nothing is fetched again: retr state import --from fetchmail {} {}",
            shown(self.idfile.as_bytes()),
            shell_words::quote(&draft.name)
        ));
        self.drafts.accounts.push(draft);
    }
}

/// What begins an option, so that lists of names end before it.
const KEYWORDS: &[&str] = &[
    "aka",
    "antispam",
    "auth",
    "authenticate",
    "bad-header",
    "batchlimit",
    "bsmtp",
    "checkalias",
    "defaults",
    "dns",
    "dropdelivered",
    "dropstatus",
    "envelope",
    "esmtpname",
    "esmtppassword",
    "expunge",
    "fastuidl",
    "fetchall",
    "fetchdomains",
    "fetchlimit",
    "fetchsizelimit",
    "flush",
    "folder",
    "forcecr",
    "here",
    "idle",
    "interface",
    "interval",
    "is",
    "keep",
    "limit",
    "limitflush",
    "lmtp",
    "local",
    "localdomains",
    "mda",
    "mimedecode",
    "monitor",
    "no",
    "pass",
    "pass8bits",
    "password",
    "plugin",
    "plugout",
    "poll",
    "port",
    "postconnect",
    "preconnect",
    "principal",
    "properties",
    "proto",
    "protocol",
    "qvirtual",
    "rewrite",
    "server",
    "service",
    "set",
    "skip",
    "smtpaddress",
    "smtphost",
    "smtpname",
    "ssl",
    "sslcert",
    "sslcertck",
    "sslcertfile",
    "sslcertpath",
    "sslcommonname",
    "sslfingerprint",
    "sslkey",
    "sslproto",
    "stripcr",
    "there",
    "timeout",
    "to",
    "tracepolls",
    "uidl",
    "user",
    "username",
    "via",
    "warnings",
];

impl Word {
    /// The word, if it can be a keyword; quoted ones cannot.
    fn keyword(&self) -> &str {
        if self.is_quoted { "" } else { &self.text }
    }

    fn is_option(&self) -> bool {
        KEYWORDS.contains(&self.keyword())
    }
}
