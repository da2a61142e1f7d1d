//! The config file: TOML with `[defaults]` and `[accounts.NAME]`, whose keys
//! are the options of the command line with `_` for `-`.

mod file;
mod path;
mod quote;
mod table;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(crate) use self::path::literal;
pub(crate) use self::quote::{heading, quoted};
use self::table::{Part, Scope, Source, in_order, into_table};
use super::args::{Connect, Destination, FetchOptions, RunOptions};
use super::environment::Environment;
use super::url::may_hold_password;
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

    /// The same for a command that is about the file itself.
    pub(crate) fn load_existing(named: Option<&Path>, env: &Environment) -> Result<Self, Failure> {
        let config = Self::load(named, env)?;
        if config.exists {
            return Ok(config);
        }
        let what = format!("config file {} does not exist", path_shown(&config.path));
        Err(Failure::new(Class::Config, what).hint("create it; `man retr` shows what stands in it"))
    }

    /// The failure of a command on all accounts where the file has none.
    pub(crate) fn no_account(&self) -> Failure {
        let path = path_shown(&self.path);
        let what = if self.exists {
            format!("no account in {path}")
        } else {
            format!("no account: config file {path} does not exist")
        };
        let hint = "name one: retr fetch pop3s://user@host --maildir DIR";
        Failure::new(Class::Config, what).hint(hint)
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
                    let Part { options, run, .. } = source.part(value, Scope::Defaults)?;
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
        // Counted on from the account before: there may be very many.
        let (mut line, mut counted) = (1, 0);
        let accounts = in_order(into_table(accounts));
        self.accounts.reserve(accounts.len());
        self.by_name.reserve(accounts.len());
        for (key, value) in accounts {
            let name = key.get_ref().to_string();
            let start = key.span().start;
            line += source.lines_between(counted, start);
            counted = start;
            let scope = Scope::Account(&name);
            if !is_account_name(&name) {
                let what = "an account's name cannot be empty, begin with `-`, or contain controls or `://`";
                return Err(source.failure(key.span(), what));
            }
            if !matches!(value.get_ref(), DeValue::Table(_)) {
                let what = format!("{scope} has to be a table");
                return Err(source
                    .failure(key.span(), what)
                    .hint("an account begins with a line such as [accounts.work]"));
            }
            let part = source.part(value, scope)?;
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
        let quoted = match may_hold_password(name) {
            true => "account".to_owned(),
            false => format!("account `{}`", shown(name.as_bytes())),
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
