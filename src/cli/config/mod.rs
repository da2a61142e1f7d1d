//! The config file: TOML with `[defaults]` and `[accounts.NAME]`, whose keys
//! are the options of the command line with `_` for `-`.

mod file;
mod path;
mod quote;
mod syntax;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use self::path::{is_path, leading_variable, literal};
pub(crate) use self::quote::{heading, quoted};
use self::table::{Reader, Scope, in_order, into_table};
use super::args::{Connect, Destination, FetchOptions, OptionSet, RunOptions, nearest_wins};
use super::environment::Environment;
use super::url::may_hold_password;
use crate::base::{Class, Failure, sanitized};

/// What a user writes who has no config file yet.
const EXAMPLE: &str = r#"create it with these lines:
[accounts.work]
host = "pop.example.com"
user = "alice@example.com"
password_command = "pass show mail/work"
maildir = "~/Mail/work""#;

/// All options that an account can have, as far as one source says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Options {
    #[serde(flatten)]
    pub(crate) destination: Destination,
    #[serde(flatten)]
    pub(crate) fetch: FetchOptions,
    #[serde(flatten)]
    pub(crate) connect: Connect,
}

impl From<&Connect> for Options {
    fn from(connect: &Connect) -> Self {
        Self { connect: connect.clone(), ..Self::default() }
    }
}

impl Options {
    /// Those that are set, under the names of the config keys.
    pub(crate) fn keys(&self) -> Result<Map<String, Value>, Failure> {
        let keys = serde_json::to_value(self).and_then(serde_json::from_value);
        let mut keys: Map<String, Value> =
            keys.map_err(|error| Failure::from_error(Class::Internal, &error))?;
        keys.retain(|_, value| !value.is_null());
        Ok(keys)
    }

    /// Takes from `farther` what this source leaves open.
    pub(crate) fn or(self, farther: &Self) -> Self {
        Self {
            destination: self.destination.or(&farther.destination),
            fetch: self.fetch.or(&farther.fetch),
            connect: self.connect.or(&farther.connect),
        }
    }
}

/// Which mailbox an account is: what only an account says, and no default.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AccountKeys {
    /// All in one; in place of the others.
    pub(crate) url: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) port: Option<NonZeroU16>,
    pub(crate) user: Option<String>,
    /// Whether a `fetch` of all accounts takes it.
    pub(crate) enabled: Option<bool>,
}

nearest_wins! { AccountKeys { [url] [host] [port] [user] [enabled] } }

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Account {
    pub(crate) name: String,
    /// Line of its heading.
    pub(crate) line: usize,
    pub(crate) keys: AccountKeys,
    pub(crate) options: Options,
    /// Whether every value of it could be read.
    pub(crate) complete: bool,
    /// The hints that were given for wrong keys: what they name is not lacking.
    pub(crate) slips: String,
}

impl Account {
    /// Returns whether a `fetch` of all accounts takes it.
    pub(crate) fn is_enabled(&self) -> bool {
        self.keys.enabled != Some(false)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mistake {
    /// The account that it is in, if it is in one.
    pub(crate) account: Option<String>,
    pub(crate) failure: Failure,
}

/// A whole config file; an empty one in place of a missing one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Config {
    pub(crate) path: PathBuf,
    /// Why there is none, if there is none.
    pub(crate) missing: Option<String>,
    pub(crate) defaults: Options,
    /// What `[defaults]` says of the whole run.
    pub(crate) run: RunOptions,
    /// The accounts, in the order of the file.
    pub(crate) accounts: Vec<Account>,
    /// Everything that is wrong; empty but for [`Config::examine`].
    pub(crate) mistakes: Vec<Mistake>,
    by_name: HashMap<String, usize>,
}

impl Config {
    /// Reads the file that `--config` names, or the usual one; only the
    /// latter may be missing. The first mistake in it is an error.
    pub(crate) fn load(named: Option<&Path>, env: &Environment) -> Result<Self, Failure> {
        let config = Self::examine(named, env)?;
        match config.missing {
            Some(why) if named.is_some() => Err(Failure::config(why)),
            _ => config.without_mistakes(),
        }
    }

    /// The same for a command that is about the file itself.
    pub(crate) fn load_existing(named: Option<&Path>, env: &Environment) -> Result<Self, Failure> {
        Self::examine_existing(named, env)?.without_mistakes()
    }

    /// The same, but a file with mistakes is given as well, with all of them.
    pub(crate) fn examine_existing(
        named: Option<&Path>,
        env: &Environment,
    ) -> Result<Self, Failure> {
        let config = Self::examine(named, env)?;
        match config.missing {
            Some(why) => Err(Failure::config(why).hint(EXAMPLE)),
            None => Ok(config),
        }
    }

    fn examine(named: Option<&Path>, env: &Environment) -> Result<Self, Failure> {
        let path = match named {
            Some(path) => env.absolute(path)?,
            None => match env.config_path() {
                Ok(path) => path,
                Err(failure) => {
                    return Ok(Self {
                        missing: Some(format!("{}, so there is no config file", failure.what)),
                        ..Self::default()
                    });
                }
            },
        };
        match file::read(&path, named.is_some(), env)? {
            Some(text) => Ok(Self::parse(&path, &text, env)),
            None => Ok(Self {
                missing: Some(format!("config file {} does not exist", path_shown(&path))),
                path,
                ..Self::default()
            }),
        }
    }

    /// The failure of a command on all accounts where the file has none.
    pub(crate) fn no_account(&self) -> Failure {
        let what = match &self.missing {
            Some(why) => format!("no account: {why}"),
            None if self.accounts.is_empty() => format!("no account in {}", path_shown(&self.path)),
            None => format!("no enabled account in {}", path_shown(&self.path)),
        };
        let hint = "`retr account add ADDRESS` adds one; or name one: retr fetch pop3s://user@host --maildir DIR";
        Failure::config(what).hint(hint)
    }

    /// Reads the text of a config file, with all its mistakes.
    pub(crate) fn parse(path: &Path, text: &str, env: &Environment) -> Self {
        let mut reader = Reader::new(path, text, env);
        let mut config = Self { path: path.to_owned(), ..Self::default() };
        let (mut root, errors) = DeTable::parse_recoverable(text);
        errors.iter().for_each(|error| reader.wrong_syntax(error));
        let mended = reader.quote_headings();
        if let Some(mended) = &mended {
            reader.read_on(mended);
            let errors;
            (root, errors) = DeTable::parse_recoverable(mended);
            errors.iter().for_each(|error| reader.wrong_syntax(error));
        }
        for (key, value) in in_order(root.into_inner()) {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(_)) => {
                    let part = reader.part(value, Scope::Defaults);
                    config.defaults = part.options;
                    config.run = part.run;
                }
                ("accounts", DeValue::Table(_)) => config.add_accounts(value, &mut reader),
                ("defaults" | "accounts", _) => {
                    let what = "this has to be a table in brackets";
                    let failure = reader.failure(key.span(), what);
                    reader.wrong(None, failure);
                }
                (name, _) => reader.wrong_at_top(name, key.span()),
            }
        }
        config.mistakes = reader.mistakes;
        config
    }

    /// The config file unless something is wrong with it.
    pub(crate) fn without_mistakes(mut self) -> Result<Self, Failure> {
        let more = match self.mistakes.len() {
            0 => return Ok(self),
            1 => return Err(self.mistakes.swap_remove(0).failure),
            all => all - 1,
        };
        let mut first = self.mistakes.swap_remove(0).failure;
        let more = format!("{more} more in this file: `retr config check` tells all");
        first.hint = Some(match first.hint {
            Some(hint) => format!("{hint}; {more}"),
            None => more,
        });
        Err(first)
    }

    fn add_accounts(&mut self, accounts: Spanned<DeValue<'_>>, reader: &mut Reader<'_>) {
        let accounts = in_order(into_table(accounts));
        self.accounts.reserve(accounts.len());
        self.by_name.reserve(accounts.len());
        for (key, value) in accounts {
            let name = key.get_ref().to_string();
            if reader.is_torn(key.span().start) {
                continue;
            }
            let line = reader.line(key.span().start);
            let scope = Scope::Account(&name);
            if !is_account_name(&name) {
                let what = "an account's name cannot be empty, begin with `-`, or contain controls or `://`";
                let failure = reader.failure(key.span(), what);
                reader.wrong(None, failure);
                continue;
            }
            if !matches!(value.get_ref(), DeValue::Table(_)) {
                let failure = reader.failure(key.span(), format!("{scope} has to be a table"));
                let hint = "an account begins with a line such as [accounts.work]";
                reader.wrong(Some(scope), failure.hint(hint));
                continue;
            }
            let part = reader.part(value, scope);
            self.by_name.insert(name.clone(), self.accounts.len());
            self.accounts.push(Account {
                name,
                line,
                keys: part.keys,
                options: part.options,
                complete: part.complete,
                slips: part.slips,
            });
        }
    }

    pub(crate) fn account(&self, name: &str) -> Result<&Account, Failure> {
        if let Some(&at) = self.by_name.get(name) {
            return Ok(&self.accounts[at]);
        }
        let quoted = match may_hold_password(name) {
            true => "account".to_owned(),
            false => format!("account `{}`", sanitized(name.as_bytes())),
        };
        let what = match &self.missing {
            Some(why) => format!("no {quoted}: {why}"),
            None => format!("no {quoted} in {}", path_shown(&self.path)),
        };
        let failure = Failure::config(what);
        let names = self.accounts.iter().map(|account| account.name.as_str());
        Err(match nearest(name, names) {
            Some(near) => failure.hint(format!("did you mean `{}`?", sanitized(near.as_bytes()))),
            None if name.contains('@') => {
                failure.hint("a URL begins with its scheme: pop3s://user@host; `retr account add` takes an address")
            }
            None => failure.hint("`retr account add ADDRESS` adds one, or give a URL: pop3s://user@host"),
        })
    }
}

fn is_account_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with('-')
        && !name.contains("://")
        && !name.chars().any(char::is_control)
}

pub(crate) fn path_shown(path: &Path) -> String {
    crate::base::escape(&path.to_string_lossy())
}

/// The candidate that a mistyped word most likely means.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Longer words are no slips of the keys, and comparing is quadratic.
    const MAX_NAME: usize = 64;
    let word: String = word.chars().take(MAX_NAME).collect();
    candidates
        .filter(|candidate| candidate.len() <= MAX_NAME)
        .map(|candidate| (strsim::osa_distance(&word, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 4)
        .map(|(_, candidate)| candidate)
}
