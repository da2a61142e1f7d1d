//! fetchmail's config file: words in free form, a server with its options,
//! then its users with theirs.

mod entry;
mod keywords;
#[cfg(test)]
pub(super) mod tests;
mod words;

use std::iter::Peekable;
use std::path::Path;

use self::entry::Entry;
use self::keywords::{Does, GLOBAL, Takes, keyword};
use self::words::{Word, words};
use super::draft::Drafts;
use crate::base::Failure;

pub(super) fn read(text: &str, folder: &Path) -> Result<Drafts, Failure> {
    let mut reader = Reader {
        words: words(text)?.into_iter().peekable(),
        drafts: Drafts::default(),
        idfile: "~/.fetchids".to_owned(),
        defaults: Entry::default(),
    };
    reader.read(folder);
    for draft in &mut reader.drafts.accounts {
        draft.seen_in("fetchmail", &reader.idfile);
    }
    Ok(reader.drafts)
}

struct Reader {
    words: Peekable<std::vec::IntoIter<Word>>,
    drafts: Drafts,
    idfile: String,
    defaults: Entry,
}

impl Reader {
    fn read(&mut self, folder: &Path) {
        while let Some(word) = self.words.next() {
            match word.does() {
                Some(Does::Set) => self.set(folder),
                Some(Does::Defaults) => {
                    let mut users = self.users(Entry::default());
                    // fetchmail merges the first with every server.
                    self.defaults = users.swap_remove(0);
                    self.defaults.local.inherited = true;
                    self.defaults.smtp.inherited = true;
                    if !users.is_empty() {
                        let notes = &mut self.drafts.notes;
                        notes.left("defaults", "only its first user counts");
                    }
                }
                Some(does @ (Does::Poll | Does::Skip)) => {
                    let mut server = self.defaults.clone();
                    server.label = self.name();
                    if !server.draft.has("host") {
                        server.draft.set("host", server.label.as_str());
                    }
                    if matches!(does, Does::Skip) {
                        server.draft.set("enabled", false);
                    }
                    for user in self.users(server) {
                        let label = user.label.clone();
                        match user.finish() {
                            Ok(draft) => self.drafts.accounts.push(draft),
                            Err(protocol) => self.drafts.leave_out(&label, &protocol),
                        }
                    }
                }
                Some(Does::Noise) => {}
                _ => self.stray(&word),
            }
        }
    }

    /// The next word, whatever it is.
    fn name(&mut self) -> String {
        self.words.next().map(|word| word.text).unwrap_or_default()
    }

    /// The next word that is no noise.
    fn text(&mut self) -> String {
        while self.skip(|word| word.is_equals() || matches!(word.does(), Some(Does::Noise))) {}
        self.name()
    }

    /// Takes the next word if it is such a one.
    fn skip(&mut self, is_such: impl Fn(&Word) -> bool) -> bool {
        self.words.next_if(is_such).is_some()
    }

    /// The words up to the next keyword.
    fn list(&mut self) -> Vec<String> {
        let mut words = Vec::new();
        while let Some(word) = self.words.next_if(|word| word.does().is_none()) {
            words.push(word.text);
        }
        words
    }

    /// Local names, the first of them whatever it is; a pair is `REMOTE=LOCAL`.
    fn names(&mut self) -> Vec<String> {
        let mut names = vec![self.name()];
        loop {
            if self.skip(Word::is_equals) {
                let pair = format!("{}={}", names.pop().unwrap_or_default(), self.name());
                names.push(pair);
            } else if let Some(word) = self.words.next_if(|word| word.does().is_none()) {
                names.push(word.text);
            } else if !self.skip(|word| matches!(word.does(), Some(Does::Noise))) {
                return names;
            }
        }
    }

    /// A word where none can be: it is not told, since it may be a password.
    fn stray(&mut self, word: &Word) {
        let line = word.line;
        let note = match word.does() {
            Some(_) => format!("line {line}: `{}` stands where it cannot", word.text),
            None => format!("line {line}: a word that is no keyword is left out"),
        };
        self.drafts.notes.say(note);
    }

    fn set(&mut self, folder: &Path) {
        let is_off = self.skip(|word| matches!(word.does(), Some(Does::No)));
        let Some(word) = self.words.next() else {
            return;
        };
        let row = |name: &str| GLOBAL.iter().find(|row| row.0 == name);
        let joined = || word.text.strip_prefix("no").and_then(row);
        let notes = &mut self.drafts.notes;
        match (word.text.as_str(), row(&word.text), joined()) {
            ("idfile", ..) => self.idfile = folder.join(self.text()).display().to_string(),
            ("daemon", ..) => {
                let seconds = self.text();
                let minutes = seconds.parse::<u64>().unwrap_or(300).div_ceil(60).max(1);
                let minutes = match minutes {
                    1..60 => format!("*/{minutes}"),
                    _ => "0".to_owned(),
                };
                let note = format!("set daemon: from cron, {minutes} * * * * retr fetch");
                self.drafts.notes.say(note);
            }
            (name, Some((_, has_value, why)), _) if !is_off => {
                notes.left(&format!("set {name}"), why);
                if *has_value {
                    self.text();
                }
            }
            (_, Some((name, ..)), _) | (_, None, Some((name, ..))) => {
                notes.moot(format!("set no {name}"));
            }
            (_, None, None) => self.stray(&word),
        }
    }

    /// A server's options, and then each of its users with what the server
    /// has; the server alone if it has no users.
    fn users(&mut self, mut server: Entry) -> Vec<Entry> {
        self.options(&mut server);
        let mut users = Vec::new();
        while self.skip(|word| matches!(word.does(), Some(Does::User))) {
            let mut user = server.clone();
            let names = self.names();
            if self.skip(|word| matches!(word.does(), Some(Does::Here))) {
                user.local.extend(names);
            } else {
                user.draft.set("user", names[0].as_str());
                if names.len() > 1 {
                    let notes = &mut self.drafts.notes;
                    notes.left("user", "more than one name follows it");
                }
            }
            self.options(&mut user);
            users.push(user);
        }
        if users.is_empty() {
            users.push(server);
        }
        users
    }

    /// Options up to the next user or statement.
    fn options(&mut self, entry: &mut Entry) {
        use Does::{Defaults, Poll, Set, Skip, User};
        let ends = |word: &Word| matches!(word.does(), Some(Poll | Skip | Defaults | Set | User));
        while let Some(word) = self.words.next_if(|word| !ends(word)) {
            match (word.keyword(), word.joined()) {
                (Some((_, Does::No)), _) => match self.words.next() {
                    Some(word) if word.does().is_some() => switch(&word.text, false, entry),
                    Some(word) => self.stray(&word),
                    None => {}
                },
                (Some((takes, does)), _) => self.option(&word.text, takes, does, entry),
                (None, Some(switched)) => switch(switched, false, entry),
                (None, None) => self.stray(&word),
            }
        }
    }

    fn option(&mut self, word: &str, takes: Takes, does: Does, entry: &mut Entry) {
        let list = match (takes, does) {
            (_, Does::Local) => self.names(),
            (Takes::Nothing, _) => Vec::new(),
            (Takes::Name, _) => vec![self.name()],
            (Takes::Word, _) => vec![self.text()],
            (Takes::Words, _) => self.list(),
        };
        match (does, list.first()) {
            (Does::Local, Some(name))
                if self.skip(|word| matches!(word.does(), Some(Does::There))) =>
            {
                entry.draft.set("user", name.as_str());
            }
            (Does::Local, _) => entry.local.extend(list),
            (Does::Says(says), Some(value)) => says(entry, word, value),
            (Does::Lists(lists), _) => lists(entry, list),
            _ => switch(word, true, entry),
        }
    }
}

/// What needs no word behind it: switched on, or off by `no`.
fn switch(word: &str, is_on: bool, entry: &mut Entry) {
    match keyword(word) {
        Some((_, Does::Switch(switch))) => switch(entry, is_on),
        Some((_, Does::Left(why))) if is_on => entry.draft.notes.left(word, why),
        Some((_, Does::Moot)) if is_on => entry.draft.notes.moot(word.to_owned()),
        Some(_) if !is_on => entry.draft.notes.moot(format!("no {word}")),
        _ => {}
    }
}
