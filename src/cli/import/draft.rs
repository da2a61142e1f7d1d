//! Accounts on their way into a config file.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;

use crate::base::{Failure, escape, sanitized};
use crate::cli::config::{Config, Options, heading, literal, quoted};
use crate::cli::environment::Environment;
use crate::cli::resolve::{self, Merged};

/// Replaces a password.
pub(super) const PASSWORD: &str =
    "the password is not carried over: store it where a command can print it, see password_command";

/// Accompanies `tls = "none"`.
pub(super) const PLAINTEXT: &str =
    "without TLS a password goes out only to this machine itself; better: tls = \"implicit\"";

/// Replaces two files for one.
pub(super) const CLIENT: &str =
    "tls_client takes certificate and key in one PEM file: cat CERTIFICATE KEY > FILE";

/// Replaces a certificate that is not checked.
pub(super) const UNCHECKED: &str =
    "pin the certificate instead, with tls_pin and tls_pin_only; `retr probe` prints the pin";

/// Why mail for several people is not told apart.
pub(super) const ONE_PLACE: &str = "retr puts all mail of an account in one place";

/// Why not all is fetched each time.
pub(super) const FETCHED_ONCE: &str = "what was fetched once is not fetched again here";

/// What another program's config file says, in our words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drafts {
    /// The accounts, in the order of the file.
    pub(crate) accounts: Vec<Draft>,
    /// What holds for no single account.
    pub(crate) notes: Notes,
    /// The protocols, other than POP3, of accounts that are left out.
    pub(crate) protocols: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    pub(crate) name: String,
    /// What could not be carried over.
    pub(crate) notes: Notes,
    keys: Vec<(&'static str, Value)>,
    /// Where mail went, under the names that people know it by; it goes to the
    /// first that can be had.
    places: Vec<(String, &'static str, Value)>,
    /// A key to fill in for `maildir`.
    advice: Option<(&'static str, Value)>,
    /// What is said before all other notes.
    hints: Vec<String>,
    /// A program, and the file in which it keeps what it has seen.
    seen: Option<(&'static str, String)>,
}

/// What is said beside the keys, each thing once.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Notes {
    said: Vec<String>,
    moot: Vec<String>,
}

impl Notes {
    pub(crate) fn say(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.said.contains(&note) {
            self.said.push(note);
        }
    }

    /// A setting is not carried over, for a reason that may be empty. Its
    /// value is not told: a typing error may have put a password there.
    pub(crate) fn left(&mut self, setting: &str, why: &str) {
        let colon = if why.is_empty() { "" } else { ": " };
        let setting = sanitized(setting.as_bytes());
        self.say(format!("`{setting}` not carried over{colon}{why}"));
    }

    /// A setting asks for what retr does anyway, or for nothing that it has.
    pub(crate) fn moot(&mut self, setting: String) {
        if !self.moot.contains(&setting) {
            self.moot.push(setting);
        }
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        let moot = (!self.moot.is_empty()).then(|| format!("not needed: {}", self.moot.join(", ")));
        self.said.iter().cloned().chain(moot)
    }
}

impl Draft {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Sets a key; a later setting replaces an earlier one.
    pub(crate) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.keys.iter_mut().find(|(name, _)| *name == key) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key, value)),
        }
    }

    /// Sets a key to a path of a program that fills in no variables.
    pub(crate) fn set_path(&mut self, key: &'static str, path: &str) {
        self.set(key, literal(path));
    }

    /// Sets a key to a number that is not 0; 0 says that there is no limit.
    pub(crate) fn set_limit(&mut self, key: &'static str, setting: &str, number: &str) {
        match number.trim().parse::<u64>() {
            Ok(0) => {}
            Ok(number) if key == "max_messages" => self.set(key, number),
            Ok(number) => self.set(key, number.to_string()),
            Err(_) => self.notes.left(setting, "it is no number"),
        }
    }

    /// Sets the timeout, which cannot be off.
    pub(crate) fn set_timeout(&mut self, setting: &str, seconds: &str) {
        match seconds {
            "0" | "off" => self.notes.left(setting, "every wait has a limit here"),
            seconds => self.set("timeout", format!("{seconds}s")),
        }
    }

    pub(crate) fn set_port(&mut self, setting: &str, port: &str) {
        match port.trim() {
            "pop3" => self.set("port", 110),
            "pop3s" => self.set("port", 995),
            number => match number.parse::<u16>() {
                Ok(port) => self.set("port", port),
                Err(_) => self.notes.left(setting, "it is no port"),
            },
        }
    }

    /// Says where mail goes, unless a place before can be had.
    pub(crate) fn place(&mut self, name: &str, key: &'static str, target: &str) {
        let target = match key {
            "maildir" | "mbox" => literal(target),
            _ => target.to_owned(),
        };
        self.places.push((name.to_owned(), key, target.into()));
    }

    /// Says something before all other notes.
    pub(crate) fn hint(&mut self, hint: impl Into<String>) {
        self.hints.push(hint.into());
    }

    /// Advises a key in place of `maildir`.
    pub(crate) fn advise(&mut self, key: &'static str, value: impl Into<Value>) {
        self.advice = Some((key, value.into()));
    }

    /// Says in which file a program keeps what it has seen.
    pub(crate) fn seen_in(&mut self, program: &'static str, path: &str) {
        self.seen = Some((program, path.to_owned()));
    }

    fn get(&self, key: &str) -> Option<&Value> {
        let found = self.keys.iter().find(|(name, _)| *name == key);
        found.map(|(_, value)| value)
    }

    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    pub(crate) fn port(&self) -> Option<u64> {
        self.get("port")?.as_u64()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The lines below the heading. The keys that the account needs and lacks
    /// are among them as comments to fill in.
    fn lines(&self, env: &Environment) -> Vec<String> {
        let is_taken = |key: &str, value: &Value| takes(env, key, value);
        let mut notes = Notes::default();
        let mut places = self.places.iter();
        let place = places.find(|(_, key, value)| is_taken(key, value));
        for (name, key, value) in &self.places {
            let is_first = place.is_some_and(|(_, first, target)| (first, target) == (key, value));
            if !is_taken(key, value) {
                notes.say(format!("mail went to {name}: {UNFIT}"));
            } else if !is_first {
                notes.say(format!("mail went to {name}, too: {ONE_PLACE}"));
            }
        }
        let place = place.map(|(_, key, value)| (*key, value.clone()));
        let mut lines = Vec::new();
        let mut set = HashSet::new();
        let first = ["host", "port", "user", "tls"];
        let mut keys: Vec<_> = self.keys.iter().chain(&place).collect();
        keys.sort_by_key(|(key, _)| first.iter().position(|first| first == key).unwrap_or(4));
        for (key, value) in keys {
            if is_taken(key, value) {
                set.insert(*key);
                lines.push(format!("{key} = {}", quoted(value)));
            } else {
                in_place_of(key, value, &mut notes);
            }
        }
        if !set.contains("delete") && !set.contains("delete_after") {
            lines.push("keep = true".to_owned());
        }
        let risks = risks(env, &lines);
        let mut fill_in = |key: &str, value: &Value| {
            lines.push(comment(&format!("{key} = {}", quoted(value))));
        };
        for (key, example) in [("host", "pop.example.com"), ("user", "alice")] {
            if !set.contains(key) {
                fill_in(key, &example.into());
            }
        }
        let wants_recipient = place.as_ref().is_some_and(|(key, value)| {
            let command = value.as_str().unwrap_or_default();
            *key == "lmtp" || (*key == "mda" && command.contains("{recipient}"))
        });
        if wants_recipient && !set.contains("recipient") {
            fill_in("recipient", &"alice".into());
        }
        if !set.contains("password_command") && self.text("auth") != Some("external") {
            let name = shell_words::quote(&self.name);
            fill_in("password_command", &format!("pass show mail/{name}").into());
        }
        match &self.advice {
            _ if place.is_some() => {}
            Some((key, value)) => fill_in(key, value),
            None => fill_in("maildir", &format!("~/Mail/{}", literal(&self.name)).into()),
        }
        risks.into_iter().for_each(|risk| notes.say(risk));
        self.hints.iter().for_each(|hint| notes.say(hint));
        let notes = notes.lines().chain(self.notes.lines());
        lines.extend(notes.map(|note| comment(&note)));
        if let Some((program, path)) = &self.seen {
            lines.push(comment(&format!(
                "so that nothing is fetched again: retr state import --from {program} {} {}",
                shell_path(path),
                shell_words::quote(&self.name)
            )));
        }
        lines
    }
}

/// Why mail does not go where it went.
const UNFIT: &str = "retr does not take it as it is written";

/// What is said of a key that the config file does not take.
fn in_place_of(key: &str, value: &Value, notes: &mut Notes) {
    match key {
        "recipient" => notes.say(format!("mail went to {value}: {ONE_PLACE}")),
        "from_line" => notes.left("the From_ line", ""),
        _ => notes.left(key, "retr does not take its value"),
    }
}

impl Drafts {
    /// Leaves an account out whose protocol is another.
    pub(crate) fn leave_out(&mut self, account: &str, protocol: &str) {
        let [account, protocol] = [account, protocol].map(|name| sanitized(name.as_bytes()));
        self.notes
            .say(format!("{account} not carried over: it is {protocol}, and retr speaks POP3"));
        if !self.protocols.contains(&protocol) {
            self.protocols.push(protocol);
        }
    }

    /// The config file. A key that retr's own config file does not take is
    /// in it as a comment, so that it can always be read.
    pub(crate) fn toml(mut self, env: &Environment) -> String {
        let mut env = env.clone();
        let vars = std::sync::Arc::make_mut(&mut env.vars);
        vars.entry("HOME".into()).or_insert("/".into());
        let mut lines = vec!["# Check it with: retr config check".to_owned()];
        lines.extend(self.notes.lines().map(|note| comment(&note)));
        let mut names = HashSet::new();
        for account in &mut self.accounts {
            account.name = free_name(&account.name, |name| names.contains(name));
            names.insert(account.name.clone());
            lines.push(String::new());
            lines.push(format!("[accounts.{}]", heading(&account.name)));
            lines.extend(account.lines(&env));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

/// Returns whether retr's config file takes the value of a key.
fn takes(env: &Environment, key: &str, value: &Value) -> bool {
    let host = if key == "host" { "" } else { "host = \"h\"\n" };
    let merged = merged(env, &format!("{host}{key} = {}", quoted(value)));
    merged.is_ok_and(|merged| resolve::values(&merged, env).is_ok())
}

/// What is known to lose mail in an account of these lines.
fn risks(env: &Environment, lines: &[String]) -> Vec<String> {
    let risks = merged(env, &lines.join("\n")).and_then(|merged| {
        let target = resolve::target(&merged, env)?;
        Ok(target.risks(&resolve::handover(&merged, &target)?))
    });
    risks.unwrap_or_default()
}

/// An account of these lines.
fn merged(env: &Environment, lines: &str) -> Result<Merged, Failure> {
    let toml = format!("[accounts.x]\n{lines}\n");
    let config = Config::parse(Path::new("/config.toml"), &toml, env).without_mistakes()?;
    resolve::merge("x", Options::default(), &config)
}

fn comment(text: &str) -> String {
    format!("# {}", escape(text))
}

/// A path as a shell takes it; a `~` at its beginning stays one.
fn shell_path(path: &str) -> String {
    match path.strip_prefix("~/") {
        Some(below) => format!("~/{}", shell_words::quote(below)),
        None => shell_words::quote(path).into_owned(),
    }
}

/// A name that an account can have and that no other one has.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let name = name.replace("://", "-").replace(char::is_control, "-");
    let name = match name.trim_start_matches('-') {
        "" => "mail",
        name => name,
    };
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !is_taken(name)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_toml_with_what_is_to_fill_in() {
        let mut draft = Draft::new("a b");
        draft.set("host", "h");
        draft.set("host", "pop.example.com");
        draft.set("port", 995);
        draft.set("delete_after", "2d");
        draft.set("delete_after", "3d");
        draft.notes.left("filter\n[x]", "");
        draft.notes.left("filter\n[x]", "");
        draft.notes.moot("dns".into());
        draft.seen_in("mpop", "~/u ids");
        let mut drafts = Drafts { accounts: vec![draft.clone(), draft], ..Drafts::default() };
        drafts.notes.say("a note\nb = 1");
        let account = |name: &str, quoted: &str| {
            format!(
                "\n[accounts.\"{name}\"]\n\
                 host = \"pop.example.com\"\n\
                 port = 995\n\
                 delete_after = \"3d\"\n\
                 # user = \"alice\"\n\
                 # password_command = \"pass show mail/{quoted}\"\n\
                 # maildir = \"~/Mail/{name}\"\n\
                 # `filter\\x0a[x]` not carried over\n\
                 # not needed: dns\n\
                 # so that nothing is fetched again: retr state import --from mpop ~/'u ids' {quoted}\n"
            )
        };
        assert_eq!(
            drafts.toml(&Environment::of(&[])),
            format!(
                "# Check it with: retr config check\n# a note\\x0ab = 1\n{}{}",
                account("a b", "'a b'"),
                account("a b-2", "'a b-2'")
            )
        );
    }

    #[test]
    fn what_the_config_file_does_not_take_is_a_comment() {
        let mut draft = Draft::new("a");
        draft.set("host", "a host");
        draft.set("user", "a\r\nQUIT");
        draft.set("port", 0);
        draft.set("timeout", "1 year");
        draft.set("maildir", "$NO_SUCH_VARIABLE/Mail");
        let drafts = Drafts { accounts: vec![draft], ..Drafts::default() };
        let toml = drafts.toml(&Environment::of(&[]));
        assert!(toml.parse::<toml::Table>().is_ok_and(|table| {
            table["accounts"]["a"]
                .as_table()
                .is_some_and(|keys| keys.iter().eq([(&"keep".to_owned(), &true.into())]))
        }));
        for key in ["host", "user", "port", "timeout", "maildir"] {
            let note = format!("# `{key}` not carried over: retr does not take its value\n");
            assert!(toml.contains(&note), "{toml}");
        }
    }

    #[test]
    fn names_are_made_fit() {
        for (name, fit) in
            [("--x", "x"), ("", "mail"), ("pop://h", "pop-h"), ("://h", "h"), ("a\nb", "a-b")]
        {
            assert_eq!(free_name(name, |_| false), fit);
        }
    }
}
