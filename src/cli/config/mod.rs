//! The config file: TOML with `[defaults]` and `[accounts.NAME]`, whose keys
//! are the options of the command line with `_` for `-`.

mod file;
mod path;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::args::{Connect, Destination, FetchOptions, RunOptions};
use super::environment::Environment;
use crate::base::{Class, Failure, shown};

/// All options that an account can have, as far as one source says.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Options {
    /// Where mail goes.
    pub(crate) destination: Destination,
    /// What to take.
    pub(crate) fetch: FetchOptions,
    /// How to get there.
    pub(crate) connect: Connect,
}

impl Options {
    /// Takes from `farther` what this source leaves open.
    pub(crate) fn or(self, farther: &Self) -> Self {
        Self {
            destination: self.destination.or(&farther.destination),
            fetch: self.fetch.or(&farther.fetch),
            connect: self.connect.or(&farther.connect),
        }
    }
}

/// Which mailbox an account is.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    /// All in one; in place of the others.
    pub(crate) url: Option<String>,
    /// Host name or address.
    pub(crate) host: Option<String>,
    /// Port.
    pub(crate) port: Option<std::num::NonZeroU16>,
    /// User.
    pub(crate) user: Option<String>,
}

impl Server {
    const KEYS: &[&str] = &["url", "host", "port", "user"];
}

/// `[accounts.NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Account {
    /// Name.
    pub(crate) name: String,
    /// Line of its heading.
    pub(crate) line: usize,
    /// Which mailbox.
    pub(crate) server: Server,
    /// Its options.
    pub(crate) options: Options,
}

/// A whole config file; an empty one in place of a missing one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Config {
    /// Where it was read from.
    pub(crate) path: PathBuf,
    /// `false` if there is no such file.
    pub(crate) exists: bool,
    /// `[defaults]`.
    pub(crate) defaults: Options,
    /// What `[defaults]` says of the whole run.
    pub(crate) run: RunOptions,
    /// The accounts, in the order of the file.
    pub(crate) accounts: Vec<Account>,
    by_name: HashMap<String, usize>,
}

impl Config {
    /// Reads the file that `--config` names, or the usual one; only the
    /// latter may be missing.
    pub(crate) fn load(named: Option<&Path>, env: &Environment) -> Result<Self, Failure> {
        let path = match named {
            Some(path) => env.absolute(path)?,
            None => env.config_path()?,
        };
        match file::read(&path)? {
            Some(text) => Self::parse(&path, &text, env),
            None if named.is_none() => Ok(Self {
                path,
                ..Self::default()
            }),
            None => Err(Failure::new(
                Class::Config,
                format!("config file {} does not exist", path_shown(&path)),
            )),
        }
    }

    /// Reads the text of a config file.
    pub(crate) fn parse(path: &Path, text: &str, env: &Environment) -> Result<Self, Failure> {
        let source = Source { path, text, env };
        let root = DeTable::parse(text).map_err(|error| source.parse_failure(&error))?;
        let mut config = Self {
            path: path.to_owned(),
            exists: true,
            ..Self::default()
        };
        for (key, value) in in_order(root.into_inner()) {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(_)) => {
                    let Part { options, run, .. } =
                        source.part(value, "[defaults]", Scope::Defaults)?;
                    config.defaults = options;
                    config.run = run;
                }
                ("accounts", DeValue::Table(_)) => config.add_accounts(value, &source)?,
                ("defaults" | "accounts", _) => {
                    return Err(source.failure(key.span(), "this has to be a table in brackets"));
                }
                (name, _) => return Err(source.unknown_at_top(name, key.span())),
            }
        }
        Ok(config)
    }

    fn add_accounts(
        &mut self,
        accounts: Spanned<DeValue<'_>>,
        source: &Source<'_>,
    ) -> Result<(), Failure> {
        for (key, value) in in_order(into_table(accounts)) {
            let name = key.get_ref().to_string();
            let heading = format!("[accounts.{}]", shown(name.as_bytes()));
            if !is_account_name(&name) {
                let what = "an account's name cannot be empty, begin with `-`, or contain controls or `://`";
                return Err(source.failure(key.span(), what));
            }
            if !matches!(value.get_ref(), DeValue::Table(_)) {
                let what = format!("{heading} has to be a table");
                return Err(source
                    .failure(key.span(), what)
                    .hint("an account begins with a line such as [accounts.work]"));
            }
            let line = source.line(&key.span());
            let part = source.part(value, &heading, Scope::Account)?;
            self.by_name.insert(name.clone(), self.accounts.len());
            self.accounts.push(Account {
                name,
                line,
                server: part.server,
                options: part.options,
            });
        }
        Ok(())
    }

    /// The account of this name.
    pub(crate) fn account(&self, name: &str) -> Result<&Account, Failure> {
        if let Some(&at) = self.by_name.get(name) {
            return Ok(&self.accounts[at]);
        }
        // A word with both is most likely a URL without its scheme, perhaps
        // with a password in it: it must not be repeated.
        let quoted = if name.contains(':') && name.contains('@') {
            "account".to_owned()
        } else {
            format!("account `{}`", shown(name.as_bytes()))
        };
        let path = path_shown(&self.path);
        let failure = if self.exists {
            Failure::new(Class::Config, format!("no {quoted} in {path}"))
        } else {
            Failure::new(
                Class::Config,
                format!("no {quoted}: config file {path} does not exist"),
            )
        };
        let names = self.accounts.iter().map(|account| account.name.as_str());
        Err(match nearest(name, names) {
            Some(near) => failure.hint(format!("did you mean `{}`?", shown(near.as_bytes()))),
            None if name.contains('@') => {
                failure.hint("a URL begins with its scheme: pop3s://user@host")
            }
            None => failure.hint("add it to the config file, or give a URL: pop3s://user@host"),
        })
    }
}

fn is_account_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains("://")
        && !name.chars().any(char::is_control)
}

/// A path as it can be shown.
pub(crate) fn path_shown(path: &Path) -> String {
    crate::base::escape(&path.to_string_lossy())
}

/// The candidate that a mistyped word most likely means.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of the keys, and comparing is quadratic.
    const LONGEST: usize = 64;
    let word: String = word.chars().take(LONGEST).collect();
    candidates
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::osa_distance(&word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .map(|(_, candidate)| candidate)
}

type Entry<'t> = (Spanned<toml::de::DeString<'t>>, Spanned<DeValue<'t>>);

/// The entries of a table as they stand in the file.
fn in_order(table: DeTable<'_>) -> Vec<Entry<'_>> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The table in a value that was found to be one.
fn into_table(value: Spanned<DeValue<'_>>) -> DeTable<'_> {
    match value.into_inner() {
        DeValue::Table(table) => table,
        _ => DeTable::new(),
    }
}

/// Which keys may stand in a table.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Defaults,
    Account,
}

/// What one table says.
struct Part {
    server: Server,
    options: Options,
    run: RunOptions,
}

/// The text that is being read, for telling where something stands.
struct Source<'a> {
    path: &'a Path,
    text: &'a str,
    env: &'a Environment,
}

impl Source<'_> {
    /// Counted from 1.
    fn line(&self, span: &Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        1 + memchr::memchr_iter(b'\n', before).count()
    }

    fn failure(&self, span: Range<usize>, what: impl std::fmt::Display) -> Failure {
        let path = path_shown(self.path);
        let line = self.line(&span);
        Failure::new(Class::Config, format!("{path}:{line}: {what}"))
    }

    /// The text is no TOML, or a key stands there twice.
    fn parse_failure(&self, error: &toml::de::Error) -> Failure {
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
    fn unknown_at_top(&self, name: &str, span: Range<usize>) -> Failure {
        let quoted = shown(name.as_bytes());
        let failure = self.failure(span, format!("unknown key `{quoted}`"));
        if let Some(near) = nearest(name, ["defaults", "accounts"].into_iter()) {
            return failure.hint(format!("did you mean `{near}`?"));
        }
        failure.hint("keys stand below [defaults] or [accounts.NAME]")
    }

    /// Reads `[defaults]` or one account.
    fn part(
        &self,
        value: Spanned<DeValue<'_>>,
        heading: &str,
        scope: Scope,
    ) -> Result<Part, Failure> {
        let span = value.span();
        let entries = in_order(into_table(value));
        let keys: Vec<(String, Range<usize>)> = entries
            .iter()
            .map(|(key, value)| {
                let whole = key.span().start..value.span().end.max(key.span().end);
                (key.get_ref().to_string(), whole)
            })
            .collect();
        let mut tables: [DeTable<'_>; 5] = Default::default();
        for (key, mut value) in entries {
            let name = key.get_ref().as_ref();
            let table = self.table_of(name, heading, scope, key.span())?;
            if path::KEYS.contains(&name)
                && let DeValue::String(text) = value.get_ref()
            {
                let expanded = path::expand(text, self.path, self.env)
                    .map_err(|why| self.failure(key.span(), format!("`{name}`: {why}")))?;
                *value.get_mut() = DeValue::String(expanded.into());
            }
            tables[table].insert(key, value);
        }
        self.refuse_rivals(&keys, heading)?;
        let [server, destination, fetch, connect, run] = tables;
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
    fn table_of(
        &self,
        name: &str,
        heading: &str,
        scope: Scope,
        span: Range<usize>,
    ) -> Result<usize, Failure> {
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
                .failure(span, format!("`{name}` cannot stand in {heading}"))
                .hint("it belongs into [accounts.NAME]")),
            (Some(4), Scope::Account) => Err(self
                .failure(span, format!("`{name}` cannot stand in {heading}"))
                .hint("it concerns the whole run and belongs into [defaults]")),
            (Some(table), _) => Ok(table),
            (None, _) => {
                let quoted = shown(name.as_bytes());
                let failure = self.failure(span, format!("unknown key `{quoted}` in {heading}"));
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
    fn refuse_rivals(&self, keys: &[(String, Range<usize>)], heading: &str) -> Result<(), Failure> {
        let groups = [Destination::GROUPS, FetchOptions::GROUPS, Connect::GROUPS];
        for group in groups
            .iter()
            .copied()
            .flatten()
            .filter(|group| group.len() > 1)
        {
            let mut found = keys.iter().filter(|(key, _)| group.contains(&&**key));
            if let (Some((first, _)), Some((second, span))) = (found.next(), found.next()) {
                return Err(self.failure(
                    span.clone(),
                    format!("`{second}` and `{first}` cannot both stand in {heading}"),
                ));
            }
        }
        Ok(())
    }

    /// Turns a table into values.
    fn read<T: DeserializeOwned>(
        &self,
        table: DeTable<'_>,
        span: &Range<usize>,
        keys: &[(String, Range<usize>)],
    ) -> Result<T, Failure> {
        let table = Spanned::new(span.clone(), table);
        T::deserialize(toml::de::Deserializer::from(table)).map_err(|error| {
            let at = error.span().unwrap_or_else(|| span.clone());
            let message = shown(error.message().as_bytes());
            match keys.iter().find(|(_, whole)| whole.contains(&at.start)) {
                Some((key, _)) => self.failure(at, format!("`{key}`: {message}")),
                None => self.failure(at, message),
            }
        })
    }
}
