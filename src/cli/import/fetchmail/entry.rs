//! An entry of fetchmail's config file: a server, and one user of it.

use super::super::command::without_shell;
use super::super::draft::{Draft, FETCHED_ONCE, ONE_PLACE, PLAINTEXT, UNCHECKED};
use crate::base::sanitized;

#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    /// What needs no more than itself.
    pub(super) draft: Draft,
    /// How the file calls the server.
    pub(super) label: String,
    /// In lower case; empty if the file names none.
    pub(super) protocol: String,
    pub(super) plugin: Option<String>,
    pub(super) has_ssl: bool,
    /// In lower case.
    pub(super) sslproto: Option<String>,
    pub(super) keeps: bool,
    pub(super) fetches_all: bool,
    pub(super) mda: Option<String>,
    pub(super) speaks_lmtp: bool,
    /// SMTP or LMTP servers.
    pub(super) smtp: List,
    /// Local users; `REMOTE=LOCAL` where mail is sorted.
    pub(super) local: List,
}

/// Words of which an entry's own replace those of the defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct List {
    pub(super) words: Vec<String>,
    pub(super) inherited: bool,
}

impl List {
    pub(super) fn extend(&mut self, words: Vec<String>) {
        if std::mem::take(&mut self.inherited) {
            self.words.clear();
        }
        self.words.extend(words);
    }
}

impl Entry {
    pub(super) fn set_auth(&mut self, word: &str, name: &str) {
        match name {
            "any" | "password" | "ssh" | "implicit" => {
                self.draft.notes.moot(format!("auth {name}"))
            }
            "cram" => self.draft.set("auth", "cram-md5"),
            "cram-md5" | "external" | "xoauth2" | "oauthbearer" => self.draft.set("auth", name),
            _ => self.draft.notes.left(word, "retr has no such mechanism"),
        }
    }

    pub(super) fn check_certificate(&mut self, is_on: bool) {
        if is_on {
            self.draft.notes.moot("sslcertck".to_owned())
        } else {
            self.draft.notes.left("no sslcertck", UNCHECKED)
        }
    }

    /// The account; the name of its protocol if that is another than POP3.
    pub(super) fn finish(mut self) -> Result<Draft, String> {
        let notes = &mut self.draft.notes;
        match self.protocol.as_str() {
            "pop3" => {}
            "" | "auto" => notes.say("no protocol is named: fetchmail tries others before POP3"),
            "apop" => self.draft.set("auth", "apop"),
            "sdps" => notes.left("proto sdps", ONE_PLACE),
            "kpop" => notes.left("proto kpop", "retr has no Kerberos"),
            other => return Err(other.to_ascii_uppercase()),
        }
        self.draft.name = match self.draft.text("user") {
            Some(user) if user.contains('@') => user.to_owned(),
            Some(user) => format!("{user}@{}", self.label),
            None => self.label.clone(),
        };
        self.encryption();
        if !self.keeps {
            self.draft.set("delete", true);
        }
        match (self.fetches_all, self.keeps) {
            (true, true) => self.draft.notes.left("fetchall", FETCHED_ONCE),
            (true, false) => self.draft.notes.moot("fetchall".to_owned()),
            (false, _) => {}
        }
        if let Some(plugin) = &self.plugin {
            let host = self.draft.text("host").unwrap_or_default();
            let usual = if self.has_ssl { 995 } else { 110 };
            let port = self.draft.port().unwrap_or(usual).to_string();
            // fetchmail knows no quotes here.
            let words = plugin.split_whitespace().map(|word| match word {
                "%h" => host,
                "%p" => &port,
                word => word,
            });
            let tunnel = shell_words::join(words);
            self.draft.set("tunnel", tunnel);
        }
        self.place();
        Ok(self.draft)
    }

    fn encryption(&mut self) {
        let tls = match self.sslproto.as_deref() {
            _ if self.has_ssl => "implicit",
            Some("") => "none",
            _ => "starttls",
        };
        self.draft.set("tls", tls);
        let notes = &mut self.draft.notes;
        match self.sslproto.as_deref() {
            None if self.has_ssl => {}
            None => notes.say("fetchmail encrypts if the server can; here it has to: tls = \"starttls\", or \"implicit\" on port 995"),
            Some("") if !self.has_ssl => notes.say(PLAINTEXT),
            Some("tls1.3" | "tls1.3+") => self.draft.set("tls_min", "1.3"),
            Some("" | "auto" | "tls1.2+") => notes.moot("sslproto".to_owned()),
            Some(_) => notes.left("sslproto", "retr speaks TLS 1.2 and 1.3, the highest that the server has"),
        }
    }

    /// Where mail goes: to a command, an LMTP server, or as the last resort to
    /// an SMTP server; for one local user or for several.
    fn place(&mut self) {
        let draft = &mut self.draft;
        let host = self.smtp.words.first().map_or("localhost", String::as_str);
        let local = match self.local.words.as_slice() {
            [one] if !one.contains('=') && one != "*" => Some(one.as_str()),
            [] => None,
            several => {
                let names = sanitized(several.join(" ").as_bytes());
                draft.notes.say(format!("mail was sorted by recipient ({names}): {ONE_PLACE}"));
                None
            }
        };
        if let Some(mda) = &self.mda {
            // fetchmail quotes the addresses itself.
            let fields = &[("%F", "{sender}"), ("%T", "{recipient}"), ("%s", "{recipient}")];
            draft.place("a command", "mda", &without_shell(mda, fields));
        } else if self.speaks_lmtp {
            // A path is a socket; a port follows a slash.
            let address = match host.split_once('/') {
                Some((name, port)) if !name.is_empty() => format!("{name}:{port}"),
                _ => host.to_owned(),
            };
            draft.place("an LMTP server", "lmtp", &address);
        } else {
            let recipient = shell_words::quote(local.unwrap_or("alice"));
            draft.advise("mda", format!("sendmail -i -f {{sender}} -- {recipient}"));
            let whose = local.map_or(String::new(), |local| format!(" for {local}"));
            draft
                .notes
                .say(format!("mail{whose} went by SMTP to {host}; choose where it is stored"));
        }
        if let Some(local) = local.filter(|_| self.mda.is_some() || self.speaks_lmtp) {
            draft.set("recipient", local);
        }
        match (self.smtp.words.len(), &self.mda) {
            (1.., Some(_)) => draft.notes.moot("smtphost".to_owned()),
            (2.., None) => draft.notes.left("smtphost", "only the first of several is"),
            _ => {}
        }
    }
}
