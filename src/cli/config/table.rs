//! One table of the config file: its keys sorted into the structs that they
//! belong to, and everything that can be wrong with them.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{Options, Server, nearest, path, path_shown};
use crate::base::{Class, Failure, shown};
use crate::cli::args::{Connect, Destination, FetchOptions, RunOptions};
use crate::cli::environment::Environment;

type Entry<'t> = (Spanned<DeString<'t>>, Spanned<DeValue<'t>>);

/// An entry whose key has been placed.
type Named<'t> = (DeString<'t>, Spanned<DeValue<'t>>);

/// The entries of a table as they stand in the file.
pub(super) fn in_order(table: DeTable<'_>) -> Vec<Entry<'_>> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The table in a value that was found to be one.
pub(super) fn into_table(value: Spanned<DeValue<'_>>) -> DeTable<'_> {
    match value.into_inner() {
        DeValue::Table(table) => table,
        _ => DeTable::new(),
    }
}

/// Which table it is: that decides which keys may stand in it.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    /// `[defaults]`.
    Defaults,
    /// `[accounts.NAME]`.
    Account(&'a str),
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Defaults => f.write_str("[defaults]"),
            Scope::Account(name) => write!(f, "[accounts.{}]", shown(name.as_bytes())),
        }
    }
}

/// A key, and where it and its value stand.
type Key<'t> = (DeString<'t>, Range<usize>);

/// What one table says.
pub(super) struct Part {
    pub(super) server: Server,
    pub(super) options: Options,
    pub(super) run: RunOptions,
}

/// The text that is being read, for telling where something stands.
pub(super) struct Source<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) env: &'a Environment,
}

impl Source<'_> {
    /// Line ends from one offset to a later one.
    pub(super) fn lines_between(&self, start: usize, end: usize) -> usize {
        let bytes = self.text.as_bytes().get(start..end).unwrap_or_default();
        memchr::memchr_iter(b'\n', bytes).count()
    }

    pub(super) fn failure(&self, span: Range<usize>, what: impl fmt::Display) -> Failure {
        let path = path_shown(self.path);
        let line = 1 + self.lines_between(0, span.start);
        Failure::new(Class::Config, format!("{path}:{line}: {what}"))
    }

    /// The text is no TOML, or a key stands there twice.
    pub(super) fn parse_failure(&self, error: &toml::de::Error) -> Failure {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        let message = shown(message.as_bytes());
        if message.contains("duplicate key") {
            let key = self.text.get(span.clone()).unwrap_or_default();
            let key = shown(key.trim().as_bytes());
            return self
                .failure(span, format!("`{key}` stands here a second time"))
                .hint("keep one of the two");
        }
        self.failure(span, message)
    }

    /// Something stands above all tables.
    pub(super) fn unknown_at_top(&self, name: &str, span: Range<usize>) -> Failure {
        let quoted = shown(name.as_bytes());
        let failure = self.failure(span, format!("unknown key `{quoted}`"));
        if let Some(near) = nearest(name, ["defaults", "accounts"].into_iter()) {
            return failure.hint(format!("did you mean `{near}`?"));
        }
        failure.hint("keys stand below [defaults] or [accounts.NAME]")
    }

    /// Reads `[defaults]` or one account.
    pub(super) fn part(
        &self,
        value: Spanned<DeValue<'_>>,
        scope: Scope<'_>,
    ) -> Result<Part, Failure> {
        let span = value.span();
        let entries = in_order(into_table(value));
        let keys: Vec<Key<'_>> = entries
            .iter()
            .map(|(key, value)| {
                let whole = key.span().start..value.span().end.max(key.span().end);
                (key.get_ref().clone(), whole)
            })
            .collect();
        let mut parts: [Vec<Named<'_>>; 5] = Default::default();
        for (key, mut value) in entries {
            let name = key.get_ref().as_ref();
            let part = self.part_of(name, scope, key.span())?;
            // It would leave open what is to become of the messages.
            if let ("keep", DeValue::Boolean(false)) = (name, value.get_ref()) {
                let failure = self.failure(key.span(), "`keep` cannot be false");
                return Err(failure.hint("write delete = true, or delete_after"));
            }
            if path::KEYS.contains(&name)
                && let DeValue::String(text) = value.get_ref()
            {
                let expanded = path::expand(text, self.path, self.env)
                    .map_err(|why| self.failure(key.span(), format!("`{name}`: {why}")))?;
                *value.get_mut() = DeValue::String(expanded.into());
            }
            parts[part].push((key.into_inner(), value));
        }
        self.refuse_rivals(&keys, scope)?;
        let [server, destination, fetch, connect, run] = parts;
        Ok(Part {
            server: self.read(server, &span, &keys)?,
            options: Options {
                destination: self.read(destination, &span, &keys)?,
                fetch: self.read(fetch, &span, &keys)?,
                connect: self.read(connect, &span, &keys)?,
            },
            run: self.read(run, &span, &keys)?,
        })
    }

    /// Which struct a key belongs to, as its place in [`Source::part`].
    fn part_of(&self, name: &str, scope: Scope<'_>, span: Range<usize>) -> Result<usize, Failure> {
        let sets = [
            Server::KEYS,
            Destination::KEYS,
            FetchOptions::KEYS,
            Connect::KEYS,
            RunOptions::KEYS,
        ];
        let found = sets.iter().position(|keys| keys.contains(&name));
        match (found, scope) {
            (Some(0), Scope::Defaults) => Err(self
                .failure(span, format!("`{name}` cannot stand in {scope}"))
                .hint("it belongs into [accounts.NAME]")),
            (Some(4), Scope::Account(_)) => Err(self
                .failure(span, format!("`{name}` cannot stand in {scope}"))
                .hint("it concerns the whole run and belongs into [defaults]")),
            (Some(part), _) => Ok(part),
            (None, _) => {
                let quoted = shown(name.as_bytes());
                let failure = self.failure(span, format!("unknown key `{quoted}` in {scope}"));
                let guess = name.replace('-', "_").to_lowercase();
                Err(
                    if ["password", "passwd", "pass", "secret", "token"].contains(&&*guess) {
                        failure.hint(
                            "passwords do not belong here: use password_command or password_file",
                        )
                    } else {
                        match nearest(&guess, sets.iter().copied().flatten().copied()) {
                            Some(near) => failure.hint(format!("did you mean `{near}`?")),
                            None => failure,
                        }
                    },
                )
            }
        }
    }

    /// Two keys that replace each other in one table leave open what is meant.
    fn refuse_rivals(&self, keys: &[Key<'_>], scope: Scope<'_>) -> Result<(), Failure> {
        let groups = [
            Destination::GROUPS,
            FetchOptions::GROUPS,
            Connect::GROUPS,
            RunOptions::GROUPS,
        ];
        for group in groups
            .iter()
            .copied()
            .flatten()
            .filter(|group| group.len() > 1)
        {
            let mut found = keys.iter().filter(|(key, _)| group.contains(&key.as_ref()));
            if let (Some((first, _)), Some((second, span))) = (found.next(), found.next()) {
                return Err(self.failure(
                    span.clone(),
                    format!("`{second}` and `{first}` cannot both stand in {scope}"),
                ));
            }
        }
        Ok(())
    }

    /// Turns entries into values.
    fn read<T: DeserializeOwned + Default>(
        &self,
        entries: Vec<Named<'_>>,
        span: &Range<usize>,
        keys: &[Key<'_>],
    ) -> Result<T, Failure> {
        if entries.is_empty() {
            return Ok(T::default());
        }
        let entries = MapDeserializer::new(entries.into_iter());
        T::deserialize(entries).map_err(|error: toml::de::Error| {
            let at = error.span().unwrap_or_else(|| span.clone());
            let message = shown(plain(error.message()).as_bytes());
            match keys.iter().find(|(_, whole)| whole.contains(&at.start)) {
                Some((key, _)) => self.failure(at, format!("`{key}`: {message}")),
                None => self.failure(at, message),
            }
        })
    }
}

/// A wrong value's message with the kinds of number that Rust knows in words.
fn plain(message: &str) -> String {
    let Some((wrong, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let expected = match expected {
        "u64" => "a whole number",
        "u16" => "a whole number up to 65535",
        "u8" => "a whole number up to 255",
        "a nonzero u16" => "a whole number from 1 to 65535",
        "a nonzero u8" => "a whole number from 1 to 255",
        other => other,
    };
    format!("{wrong}, expected {expected}")
}
