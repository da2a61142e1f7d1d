//! One table of the config file: its keys sorted into the structs that they
//! belong to, and every mistake in them.

use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;
use std::iter::once;
use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde::de::value::MapDeserializer;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use super::{AccountKeys, Mistake, Options, nearest, path, path_shown, syntax};
use crate::base::{Failure, sanitized};
use crate::cli::args::{Connect, Destination, FetchOptions, OptionSet, RunOptions};
use crate::cli::environment::Environment;
use crate::oauth::Settings;

type Entry<'t> = (Spanned<DeString<'t>>, Spanned<DeValue<'t>>);

/// The entries of a table in the order of the file.
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

/// Which table it is: that decides which keys it may have.
#[derive(Clone, Copy)]
pub(super) enum Scope<'a> {
    Defaults,
    Account(&'a str),
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scope::Defaults => f.write_str("[defaults]"),
            Scope::Account(name) => write!(f, "[accounts.{}]", super::heading(name)),
        }
    }
}

/// What one table says.
#[derive(Default)]
pub(super) struct Part {
    pub(super) keys: AccountKeys,
    pub(super) options: Options,
    pub(super) run: RunOptions,
    /// Whether every value could be read.
    pub(super) complete: bool,
    /// What the hints say that were given for wrong keys.
    pub(super) slips: String,
}

/// The text that is being read, and what was found wrong with it.
pub(super) struct Reader<'a> {
    pub(super) path: &'a Path,
    pub(super) text: &'a str,
    pub(super) env: &'a Environment,
    pub(super) mistakes: Vec<Mistake>,
    /// Lines that are not TOML, whose values need no second mistake.
    torn: HashSet<usize>,
    /// An offset and its line, to count on from: there may be very many.
    counted: Cell<(usize, usize)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str, env: &'a Environment) -> Self {
        Self {
            path,
            text,
            env,
            mistakes: Vec::new(),
            torn: HashSet::new(),
            counted: Cell::new((0, 1)),
        }
    }

    /// The line of an offset, from 1 on.
    pub(super) fn line(&self, offset: usize) -> usize {
        let (at, line) = self.counted.get();
        let offset = offset.min(self.text.len());
        let bytes = &self.text.as_bytes()[at.min(offset)..at.max(offset)];
        let between = memchr::memchr_iter(b'\n', bytes).count();
        let line = if offset < at { line - between } else { line + between };
        self.counted.set((offset, line));
        line
    }

    /// Returns whether the line of an offset is not TOML, so that what could be
    /// read of it says nothing.
    pub(super) fn is_torn(&self, offset: usize) -> bool {
        self.torn.contains(&self.line(offset))
    }

    /// Something is wrong at a place of the file.
    pub(super) fn failure(&self, span: Range<usize>, what: impl fmt::Display) -> Failure {
        let (path, line) = (path_shown(self.path), self.line(span.start));
        Failure::config(format!("{path}:{line}: {what}"))
    }

    /// Notes a mistake outside all tables, or in one of them.
    pub(super) fn wrong(&mut self, scope: Option<Scope<'_>>, failure: Failure) {
        let account = match scope {
            Some(Scope::Account(name)) => Some(name.to_owned()),
            _ => None,
        };
        self.mistakes.push(Mistake { account, failure });
    }

    /// The text is not TOML, or has a key twice.
    pub(super) fn wrong_syntax(&mut self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        if !self.torn.insert(self.line(span.start)) {
            return;
        }
        let (what, hint) = syntax::explain(self.text, &span, error.message());
        let mut failure = self.failure(span, what);
        failure.hint = hint;
        self.wrong(None, failure);
    }

    /// Quotes the names in headings that lack it; `None` if there are none.
    pub(super) fn quote_headings(&mut self) -> Option<String> {
        syntax::with_quoted_headings(self.text, &mut self.torn)
    }

    /// Reads on in another form of the text, with the same lines.
    pub(super) fn read_on(&mut self, text: &'a str) {
        self.text = text;
        self.counted.set((0, 1));
    }

    /// A key above all tables that is none. Where a heading could not be read,
    /// its keys are here, and not wrong.
    pub(super) fn wrong_at_top(&mut self, name: &str, span: Range<usize>) {
        if !self.torn.is_empty() {
            return;
        }
        let quoted = sanitized(name.as_bytes());
        let failure = self.failure(span, format!("unknown key `{quoted}`"));
        let hint = match nearest(name, ["defaults", "accounts"].into_iter()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "keys belong below [defaults] or [accounts.NAME]".to_owned(),
        };
        self.wrong(None, failure.hint(hint));
    }

    /// Reads `[defaults]` or one account.
    pub(super) fn part(&mut self, value: Spanned<DeValue<'_>>, scope: Scope<'_>) -> Part {
        let mut entries = in_order(into_table(value));
        let (mut complete, mut slips) = (true, String::new());
        entries.retain(|(key, value)| match self.misplaced(key, value, scope) {
            Some(failure) => {
                // What an account lacks without that key is said then.
                let hint = failure.hint.as_deref().unwrap_or_default();
                complete &= !["`host`", "`url`", "`user`"].iter().any(|key| hint.contains(key));
                slips.push_str(hint);
                self.wrong(Some(scope), failure);
                false
            }
            None => true,
        });
        self.refuse_rivals(&entries, scope);
        let mut part = Part { complete, slips, ..Part::default() };
        let options = &mut part.options;
        for (key, value) in entries {
            let name = key.get_ref().to_string();
            let place = key.span();
            if self.is_torn(place.start) {
                part.complete = false;
                continue;
            }
            let read = self.expanded(&name, value).and_then(|value| {
                let entry = (key, value);
                if let Some(entry) = read_into(&mut part.keys, entry)?
                    && let Some(entry) = read_into(&mut options.destination, entry)?
                    && let Some(entry) = read_into(&mut options.fetch, entry)?
                    && let Some(entry) = read_into(&mut options.connect, entry)?
                {
                    read_into(&mut part.run, entry)?;
                }
                Ok(())
            });
            if let Err((span, why)) = read {
                part.complete = false;
                let span = span.unwrap_or(place);
                if !self.is_torn(span.start) {
                    let failure = self.failure(span, format!("`{name}`: {why}"));
                    self.wrong(Some(scope), failure);
                }
            }
        }
        part
    }

    /// What is wrong with a key in this table, whatever its value.
    fn misplaced(
        &self,
        key: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        scope: Scope<'_>,
    ) -> Option<Failure> {
        let name = key.get_ref().as_ref();
        let span = key.span();
        let not_here = |hint: &str| {
            let failure = self.failure(span.clone(), format!("`{name}` is not allowed in {scope}"));
            Some(failure.hint(hint))
        };
        let is_option = [Destination::KEYS, FetchOptions::KEYS, Connect::KEYS]
            .iter()
            .any(|keys| keys.contains(&name));
        match scope {
            Scope::Defaults if AccountKeys::KEYS.contains(&name) => {
                not_here("it belongs in [accounts.NAME]")
            }
            Scope::Account(_) if RunOptions::KEYS.contains(&name) => {
                not_here("it concerns the whole run and belongs in [defaults]")
            }
            // It would leave open what is to become of the messages.
            _ if name == "keep" && matches!(value.get_ref(), DeValue::Boolean(false)) => Some(
                self.failure(span, "`keep` cannot be false")
                    .hint("write delete = true, or delete_after"),
            ),
            Scope::Defaults if is_option || RunOptions::KEYS.contains(&name) => None,
            Scope::Account(_) if is_option || AccountKeys::KEYS.contains(&name) => None,
            _ => Some(self.unknown(name, span, value, scope)),
        }
        .or_else(|| self.misplaced_within(name, value, scope))
    }

    /// What is wrong with a key in a table of a table.
    fn misplaced_within(
        &self,
        name: &str,
        value: &Spanned<DeValue<'_>>,
        scope: Scope<'_>,
    ) -> Option<Failure> {
        let ("oauth2", DeValue::Table(table)) = (name, value.get_ref()) else {
            return None;
        };
        let (key, _) =
            (table.iter()).find(|(key, _)| !Settings::KEYS.contains(&&**key.get_ref()))?;
        let quoted = sanitized(key.get_ref().as_bytes());
        let what = format!("unknown key `{quoted}` in {scope}, oauth2");
        Some(with_guess(self.failure(key.span(), what), &as_key(key.get_ref()), &[Settings::KEYS]))
    }

    fn unknown(
        &self,
        name: &str,
        span: Range<usize>,
        value: &Spanned<DeValue<'_>>,
        scope: Scope<'_>,
    ) -> Failure {
        let quoted = sanitized(name.as_bytes());
        let failure = self.failure(span, format!("unknown key `{quoted}` in {scope}"));
        if let (Scope::Account(account), DeValue::Table(_)) = (scope, value.get_ref()) {
            let whole = super::heading(&format!("{account}.{name}"));
            return failure.hint(format!("quote a name with a dot: [accounts.{whole}]"));
        }
        let guess = as_key(name);
        if ["password", "passwd", "pass", "secret", "token"].contains(&&*guess) {
            let hint = "passwords do not belong here: use password_command or password_file";
            return failure.hint(hint);
        }
        if let Some(hint) = usual_name(&guess) {
            return failure.hint(hint);
        }
        let sets = [
            AccountKeys::KEYS,
            Destination::KEYS,
            FetchOptions::KEYS,
            Connect::KEYS,
            RunOptions::KEYS,
        ];
        with_guess(failure, &guess, &sets)
    }

    /// Two keys that replace each other in one table leave open what is meant.
    fn refuse_rivals(&mut self, entries: &[Entry<'_>], scope: Scope<'_>) {
        let groups =
            [Destination::GROUPS, FetchOptions::GROUPS, Connect::GROUPS, RunOptions::GROUPS];
        for group in groups.iter().copied().flatten() {
            let keys = entries.iter().map(|(key, _)| key);
            let mut found = keys.filter(|key| group.contains(&key.get_ref().as_ref()));
            if let (Some(first), Some(second)) = (found.next(), found.next()) {
                let [a, b] = [second, first].map(|key| key.get_ref());
                let what = format!("`{a}` and `{b}` cannot be combined in {scope}");
                let mut failure = self.failure(second.span(), what);
                if group.contains(&"maildir") {
                    failure.hint = Some(ONE_PLACE.to_owned());
                }
                self.wrong(Some(scope), failure);
            }
        }
    }

    /// The value, a path in it as a shell has it.
    fn expanded<'t>(
        &self,
        name: &str,
        mut value: Spanned<DeValue<'t>>,
    ) -> Result<Spanned<DeValue<'t>>, Unread> {
        if let DeValue::String(text) = value.get_ref()
            && path::is_path(name, text)
            && !path::is_for_later(name, text, self.env)
        {
            let expanded = path::expand(text, self.path, self.env).map_err(|why| (None, why))?;
            *value.get_mut() = DeValue::String(expanded.into());
        }
        if let DeValue::Table(table) = value.get_mut() {
            for (key, inner) in table.iter_mut() {
                let whole = std::mem::replace(inner, Spanned::new(0..0, DeValue::Boolean(false)));
                *inner = self.expanded(key.get_ref(), whole)?;
            }
        }
        Ok(value)
    }
}

/// A mistyped key in the way that keys are written.
fn as_key(name: &str) -> String {
    name.replace('-', "_").to_lowercase()
}

/// What to do instead of naming two targets.
const ONE_PLACE: &str = "an account has one place for its mail; after_new tells a command of new mail beside a Maildir; to hand the mail itself on too, add a second account with its own state_dir, and run `retr state mark-seen NAME` for it first, or all old mail goes there";

/// Adds which key was most likely meant.
fn with_guess(failure: Failure, key: &str, sets: &[&[&'static str]]) -> Failure {
    match nearest(key, sets.iter().copied().flatten().copied()) {
        Some(near) => failure.hint(format!("did you mean `{near}`?")),
        None => failure,
    }
}

/// What a key is called here that other programs call so.
fn usual_name(key: &str) -> Option<&'static str> {
    Some(match key {
        "server" | "hostname" | "address" | "pop" | "pop3" => "the key is `host`",
        "username" | "login" => "the key is `user`",
        "password_cmd" | "passwordeval" | "password_eval" => "the key is `password_command`",
        "ssl" | "starttls" | "encryption" | "security" => {
            "the key is `tls`, with implicit (port 995), starttls (port 110) or none"
        }
        "folder" | "path" | "mailbox" | "destination" => "the key is `maildir`, or `mbox`",
        "interval" | "poll" | "daemon" => "retr runs once; cron or a systemd timer repeats it",
        _ => return None,
    })
}

/// Where a value is that cannot be read, and why.
type Unread = (Option<Range<usize>>, String);

/// Reads an entry into the options that it belongs to; else gives it back.
fn read_into<'t, T>(options: &mut T, entry: Entry<'t>) -> Result<Option<Entry<'t>>, Unread>
where
    T: OptionSet + DeserializeOwned + Default,
{
    let (key, value) = entry;
    if !T::KEYS.contains(&key.get_ref().as_ref()) {
        return Ok(Some((key, value)));
    }
    let one = MapDeserializer::new(once((key.into_inner(), value)));
    let read = T::deserialize(one).map_err(|error: toml::de::Error| {
        let why = sanitized(syntax::plain(error.message()).as_bytes());
        (error.span(), why)
    })?;
    *options = std::mem::take(options).or(&read);
    Ok(None)
}
