//! Accounts on their way into a config file.

use serde_json::Value;

use crate::base::{escape, shown};
use crate::cli::config::{heading, literal, quoted};

/// What another program's config file says, in our words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drafts {
    /// The accounts, in the order of the file.
    pub(crate) accounts: Vec<Draft>,
    /// What holds for no single account.
    pub(crate) notes: Vec<String>,
}

/// One account.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    /// Name.
    pub(crate) name: String,
    keys: Vec<(&'static str, Value)>,
    notes: Vec<String>,
}

impl Draft {
    /// An empty one.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
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

    /// Takes a key back.
    pub(crate) fn unset(&mut self, key: &str) {
        self.keys.retain(|(name, _)| *name != key);
    }

    /// The text of a key.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| *name == key)?.1.as_str()
    }

    /// Whether a key is set.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|(name, _)| *name == key)
    }

    /// Says what could not be carried over, once.
    pub(crate) fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A note on a setting that retr has no use for. Its value is not told:
    /// a slip may have put a password there.
    pub(crate) fn unknown(&mut self, setting: &str) {
        self.note(format!(
            "`{}` could not be carried over",
            shown(setting.as_bytes())
        ));
    }
}

impl Drafts {
    /// The config file. The keys of an account that it needs and lacks are in
    /// it as comments to fill in.
    pub(crate) fn toml(mut self) -> String {
        let mut lines = vec!["# Check it with: retr config check".to_owned()];
        lines.extend(self.notes.iter().map(|note| comment(note)));
        let mut names = std::collections::HashSet::new();
        for account in &mut self.accounts {
            account.name = free_name(&account.name, |name| names.contains(name));
            names.insert(account.name.clone());
            lines.push(String::new());
            lines.push(format!("[accounts.{}]", heading(&account.name)));
            for (key, value) in &account.keys {
                lines.push(format!("{key} = {}", quoted(value)));
            }
            let name = shell_words::quote(&account.name).into_owned();
            let asks = account.text("auth") != Some("external");
            if asks && !account.has("password_command") {
                lines.push(comment(&format!(
                    "password_command = {}",
                    quoted(&format!("pass show mail/{name}").into())
                )));
            }
            if !account.has("maildir") && !account.has("mbox") {
                lines.push(comment(&format!(
                    "maildir = {}",
                    quoted(&format!("~/Mail/{}", literal(&account.name)).into())
                )));
            }
            lines.extend(account.notes.iter().map(|note| comment(note)));
        }
        lines.iter().map(|line| format!("{line}\n")).collect()
    }
}

fn comment(text: &str) -> String {
    format!("# {}", escape(text))
}

/// A name that an account can have and that no other one has.
fn free_name(name: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let name: String = name
        .trim_start_matches('-')
        .replace("://", "-")
        .chars()
        .map(|c| if c.is_control() { '-' } else { c })
        .collect();
    let name = if name.is_empty() { "mail" } else { &name };
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.to_owned())
        .chain(numbered)
        .find(|name| !is_taken(name))
        .unwrap_or_default()
}

/// A command that its program gave to a shell, for one that is run without.
pub(crate) fn without_shell(command: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _-./:@%+,~".contains(c);
    let has_home = command.contains('~');
    if command.chars().all(is_plain) && !has_home {
        return command.to_owned();
    }
    format!("sh -c {}", shell_words::quote(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_toml_with_what_is_to_fill_in() {
        let mut draft = Draft {
            name: "a b".into(),
            ..Draft::default()
        };
        draft.set("host", "h");
        draft.set("host", "pop.example.com");
        draft.set("port", 995);
        draft.set("delete", true);
        draft.unset("delete");
        draft.unknown("filter\n[x]");
        draft.unknown("filter\n[x]");
        let drafts = Drafts {
            accounts: vec![draft.clone(), draft],
            notes: vec!["a note\nb = 1".into()],
        };
        assert_eq!(
            drafts.toml(),
            "# Check it with: retr config check\n\
             # a note\\x0ab = 1\n\
             \n\
             [accounts.\"a b\"]\n\
             host = \"pop.example.com\"\n\
             port = 995\n\
             # password_command = \"pass show mail/'a b'\"\n\
             # maildir = \"~/Mail/a b\"\n\
             # `filter\\x0a[x]` could not be carried over\n\
             \n\
             [accounts.\"a b-2\"]\n\
             host = \"pop.example.com\"\n\
             port = 995\n\
             # password_command = \"pass show mail/'a b-2'\"\n\
             # maildir = \"~/Mail/a b-2\"\n\
             # `filter\\x0a[x]` could not be carried over\n"
        );
    }

    #[test]
    fn commands_run_without_a_shell_unless_they_need_one() {
        assert_eq!(without_shell("pass show mail/work"), "pass show mail/work");
        assert_eq!(
            without_shell("gpg -d ~/x | head -1"),
            "sh -c 'gpg -d ~/x | head -1'"
        );
    }

    #[test]
    fn names_are_made_fit() {
        for (name, fit) in [
            ("--x", "x"),
            ("", "mail"),
            ("pop://h", "pop-h"),
            ("a\nb", "a-b"),
        ] {
            assert_eq!(free_name(name, |_| false), fit);
        }
    }
}
