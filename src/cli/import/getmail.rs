//! getmail's config file: sections of `key = value` lines, one account.

mod ini;
mod path;
#[cfg(test)]
mod tests;

use std::path::Path;

use self::ini::{Setting, is_on, settings, tuple};
use super::draft::{CLIENT, Draft, Drafts, FETCHED_ONCE, ONE_PLACE, PASSWORD, PLAINTEXT};
use super::mpop::pin;
use crate::base::sanitized;
use crate::cli::environment::Environment;
use crate::web::bracketed;

/// Reads a file of a folder. `name` is what the account is called; there is
/// none if the file names no server.
pub(super) fn read(text: &str, name: &str, folder: &Path, env: &Environment) -> Drafts {
    let file = File { settings: settings(text), env };
    let mut drafts = Drafts::default();
    let kind = file.get("retriever", "type").unwrap_or_default();
    let Some(server) = file.get("retriever", "server") else {
        return drafts;
    };
    if kind.contains("IMAP") {
        drafts.leave_out(server, "IMAP");
        return drafts;
    }
    let mut draft = Draft::new(name);
    file.retriever(&mut draft, kind);
    let mut used = Vec::new();
    file.destination(&mut draft, "destination", &mut used);
    file.options(&mut draft);
    file.others(&mut draft, &used);
    let usual = if kind.contains("SSL") { 995 } else { 110 };
    let port = draft.port().unwrap_or(usual);
    let user = file.get("retriever", "username").unwrap_or_default();
    let oldmail = format!("oldmail-{server}-{port}-{user}");
    draft.seen_in("getmail", &path::kept(&file_name(&oldmail), folder, env));
    drafts.accounts.push(draft);
    drafts
}

/// getmail writes one `-` for characters that some systems know no file by.
fn file_name(name: &str) -> String {
    let mut made = String::new();
    let mut odd = false;
    for c in name.chars() {
        let was_odd = std::mem::replace(&mut odd, "/:;<>|".contains(c));
        if !odd {
            made.push(c);
        } else if !was_odd {
            made.push('-');
        }
    }
    made
}

struct File<'a> {
    settings: Vec<Setting>,
    env: &'a Environment,
}

impl File<'_> {
    fn get(&self, section: &str, key: &str) -> Option<&str> {
        let mut settings = self.settings.iter();
        let found = settings.find(|setting| setting.section == section && setting.key == key);
        found.map(|setting| setting.value.as_str())
    }

    fn section(&self, section: &str) -> impl Iterator<Item = (&str, &str)> {
        let settings = self.settings.iter();
        let own = settings.filter(move |setting| setting.section == section);
        own.map(|setting| (setting.key.as_str(), setting.value.as_str()))
    }

    fn retriever(&self, draft: &mut Draft, kind: &str) {
        let has_tls = kind.contains("SSL");
        draft.set("tls", if has_tls { "implicit" } else { "none" });
        if !has_tls {
            draft.notes.say(PLAINTEXT);
        }
        let notes = &mut draft.notes;
        if kind.starts_with("BrokenUIDL") {
            notes
                .say("a server without unique ids is fetched by no_uidl = true with delete = true");
        }
        if kind.starts_with("Multidrop") {
            notes.left(kind, ONE_PLACE);
        } else if !kind.contains("POP3") {
            notes.left(kind, "retr speaks POP3");
        }
        for (key, value) in self.section("retriever") {
            match key {
                "type" => {}
                "server" => draft.set("host", value),
                "port" => draft.set_port(key, value),
                "username" => draft.set("user", value),
                "password" => draft.notes.say(PASSWORD),
                "password_command" => match tuple(value).filter(|words| !words.is_empty()) {
                    Some(words) => draft.set("password_command", shell_words::join(words)),
                    None => draft.notes.left(key, "it is no tuple of strings"),
                },
                "use_apop" if is_on(value) => draft.set("auth", "apop"),
                "use_xoauth2" if is_on(value) => draft.set("auth", "xoauth2"),
                "use_apop" | "use_xoauth2" | "getmaildir" => draft.notes.moot(key.to_owned()),
                "timeout" => draft.set_timeout(key, value),
                "ca_certs" => match path::expanded(value, self.env) {
                    Some(path) => draft.set_path("tls_ca", &path),
                    None => draft.notes.left(key, UNKNOWN),
                },
                "ssl_fingerprints" => {
                    let pins = tuple(value).unwrap_or_default();
                    let pins: Option<Vec<String>> = pins.iter().map(|hex| pin(hex)).collect();
                    let Some(pins) = pins.filter(|pins| !pins.is_empty()) else {
                        let why = "`retr probe` prints the pin for tls_pin";
                        draft.notes.left(key, why);
                        continue;
                    };
                    draft.set("tls_pin", pins);
                    // getmail checks nothing else then.
                    if self.get("retriever", "ca_certs").is_none() {
                        draft.set("tls_pin_only", true);
                    }
                }
                "ssl_cert_hostname" => draft.set("tls_name", value),
                _ => draft.notes.left(key, why(key)),
            }
        }
    }

    fn options(&self, draft: &mut Draft) {
        let on = |key| self.get("options", key).is_some_and(is_on);
        for (key, value) in self.section("options") {
            match key {
                "delete" if is_on(value) => draft.set("delete", true),
                "delete_after" if on("delete") => draft.notes.moot(key.to_owned()),
                "delete_after" if value.trim() != "0" => {
                    draft.set("delete_after", format!("{value}d"))
                }
                "max_message_size" => draft.set_limit("max_size", key, value),
                "max_messages_per_session" => draft.set_limit("max_messages", key, value),
                "max_bytes_per_session" => draft.set_limit("max_bytes", key, value),
                "delivered_to" | "received" | "delete_bigger_than"
                    if is_on(value) || value.parse::<u64>().is_ok_and(|size| size > 0) =>
                {
                    draft.notes.left(key, why(key));
                }
                _ if MOOT.contains(&key) => draft.notes.moot(key.to_owned()),
                _ => draft.notes.left(key, why(key)),
            }
        }
        let reads_all = self.get("options", "read_all").is_none_or(is_on);
        if reads_all && !draft.has("delete") && !draft.has("delete_after") {
            draft.notes.left("read_all", FETCHED_ONCE);
        }
    }

    /// Where mail goes, by the section of that name, once: destinations may
    /// name each other.
    fn destination<'s>(&'s self, draft: &mut Draft, section: &'s str, used: &mut Vec<&'s str>) {
        if used.contains(&section) {
            return;
        }
        used.push(section);
        let kind = self.get(section, "type").unwrap_or("of no type");
        let name = match section {
            "destination" => kind.to_owned(),
            section => format!("[{section}] ({kind})"),
        };
        let name = sanitized(name.as_bytes());
        let taken: &[&str] = match kind {
            "Maildir" | "Mboxrd" => {
                let path = self.get(section, "path").unwrap_or_default();
                self.folder_or_file(draft, &name, kind == "Maildir", path);
                &["path", "locktype"]
            }
            "MDA_external" => self.command(draft, &name, section),
            "MDA_lmtp" => {
                let host = self.get(section, "host").unwrap_or_default();
                let port = self.get(section, "port").unwrap_or("2003");
                let address = match host {
                    socket if socket.starts_with('/') => socket.to_owned(),
                    host => format!("{}:{port}", bracketed(host)),
                };
                draft.place(&name, "lmtp", &address);
                if let Some(recipient) = self.get(section, "override") {
                    draft.set("recipient", recipient);
                }
                &["host", "port", "override"]
            }
            "MultiDestination" => {
                let parts = self.get(section, "destinations").and_then(tuple);
                for part in parts.iter().flatten() {
                    self.part(draft, part, used);
                }
                match parts {
                    Some(_) => &["destinations"],
                    None => &[],
                }
            }
            "MultiSorter" | "MultiGuesser" => {
                let why = "retr does not sort; all mail goes to its default";
                draft.notes.left(&name, why);
                if let Some(part) = self.get(section, "default") {
                    self.part(draft, part, used);
                }
                &["default"]
            }
            _ => {
                draft.notes.left(&format!("destination {name}"), "");
                &[]
            }
        };
        for (key, _) in self.section(section) {
            if key != "type" && !taken.contains(&key) {
                draft.notes.left(&format!("[{section}] {key}"), why(key));
            }
        }
    }

    /// A destination by what another one calls it.
    fn part<'s>(&'s self, draft: &mut Draft, part: &str, used: &mut Vec<&'s str>) {
        let section = part.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let mut known = self.settings.iter().map(|setting| setting.section.as_str());
        match section.map(|section| known.find(|name| *name == section)) {
            Some(Some(section)) => self.destination(draft, section, used),
            Some(None) => draft.notes.left(part, "there is no such section"),
            None => {
                self.folder_or_file(draft, &sanitized(part.as_bytes()), part.ends_with('/'), part)
            }
        }
    }

    fn folder_or_file(&self, draft: &mut Draft, name: &str, is_folder: bool, path: &str) {
        match (path::expanded(path, self.env), is_folder) {
            (None, _) => draft.notes.left(&format!("{name} {path}"), UNKNOWN),
            (Some(path), false) => draft.place(name, "mbox", &path),
            (Some(path), true) => match path.trim_end_matches('/') {
                "" => draft.place(name, "maildir", &path),
                bare => draft.place(name, "maildir", bare),
            },
        }
    }

    /// A command with its arguments, each of them one word.
    fn command(&self, draft: &mut Draft, name: &str, section: &str) -> &'static [&'static str] {
        let arguments = self.get(section, "arguments").unwrap_or("()");
        let path = self.get(section, "path").unwrap_or_default();
        let Some(arguments) = tuple(arguments) else {
            let why = "its arguments are no tuple of strings";
            draft.notes.left(name, why);
            return &["path", "unixfrom"];
        };
        let words = std::iter::once(path).chain(arguments.iter().map(String::as_str));
        let words = words.map(|word| path::filled_in(word, self.env));
        match words.collect::<Option<Vec<String>>>() {
            Some(words) => {
                let mda = shell_words::join(words)
                    .replace("%(sender)", "{sender}")
                    .replace("%(recipient)", "{recipient}");
                if mda.contains("%(") {
                    draft.notes.left(
                        &format!("[{section}] arguments"),
                        "LOCAL and DOMAIN are in the environment of the command",
                    );
                }
                draft.place(name, "mda", &mda);
            }
            None => draft.notes.left(name, UNKNOWN),
        }
        if self.get(section, "unixfrom").is_some_and(is_on) {
            draft.set("from_line", true);
        }
        &["path", "arguments", "unixfrom", "pipe_stdout"]
    }

    /// Sections besides those that every file has and the destinations.
    fn others(&self, draft: &mut Draft, used: &[&str]) {
        let known = ["retriever", "destination", "options"];
        let sections = self.settings.iter().map(|setting| setting.section.as_str());
        for section in sections.filter(|name| !known.contains(name) && !used.contains(name)) {
            let name = format!("[{section}]");
            if section.to_lowercase().starts_with("filter") {
                draft.notes.left(&name, "retr changes no message");
                draft.hint(format!("{name} drops a message by exit codes such as 99 and 100: a filter of retr sees the header alone, and exits 99 to leave it on the server"));
            } else {
                draft.notes.left(&name, "no destination names it");
            }
        }
    }
}

/// Options that ask for what retr does anyway, or switch off what it has not.
const MOOT: [&str; 9] = [
    "delete",
    "delete_after",
    "delete_bigger_than",
    "verbose",
    "read_all",
    "delivered_to",
    "received",
    "to_oldmail_on_each_mail",
    "use_netrc",
];

/// Why a path is not carried over.
const UNKNOWN: &str =
    "it begins with the home folder of a user who is not known here; write it out";

/// Why a key is not carried over.
fn why(key: &str) -> &'static str {
    match key {
        "certfile" | "keyfile" => CLIENT,
        "ssl_version" => "retr speaks TLS 1.2 and 1.3, the highest that the server has",
        "envelope_recipient" => ONE_PLACE,
        "delete_bigger_than" => "deletion does not go by size",
        "message_log" | "logfile" => "--json or -v report each message",
        "delivered_to" | "received" => "no header is added",
        "netrc_file" => "retr reads ~/.netrc",
        "user" | "group" => "run retr as that user",
        "filemode" => "files are made for their owner alone",
        _ => "",
    }
}
