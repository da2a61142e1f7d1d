//! Paths in the config file: `~` and `$VAR` mean what they mean in
//! a shell; `$$` for a dollar sign.

use std::path::Path;

use crate::base::sanitized;
use crate::cli::environment::Environment;
use crate::store::{self, Scheme};

/// The keys whose values are paths, besides those of targets.
pub(super) const KEYS: &[&str] =
    &["tls_ca", "tls_client", "password_file", "client_secret_file", "socket", "state_dir"];

/// A path in the form that [`expand`] leaves as it is, but for a `~` at its
/// beginning.
pub(crate) fn literal(path: &str) -> String {
    path.replace('$', "$$")
}

/// Returns whether this value of a key is a path.
pub(crate) fn is_path(key: &str, value: &str) -> bool {
    let is_in = |scheme: &Scheme| scheme.address.is_path_in(value.as_ref());
    KEYS.contains(&key) || store::scheme(key).is_some_and(is_in)
}

/// Fills in `~`, `$VAR`, `${VAR}` and `$$`; what is relative then starts at the
/// folder of the config file.
pub(super) fn expand(text: &str, config: &Path, env: &Environment) -> Result<String, String> {
    if text.is_empty() {
        return Err("the path is empty".to_owned());
    }
    let mut path = String::with_capacity(text.len());
    let mut rest = text;
    if let Some(after) = text.strip_prefix('~') {
        if !after.is_empty() && !after.starts_with('/') {
            return Err("`~` stands for your own home folder only; write the path out".to_owned());
        }
        let home = env.home().map_err(|failure| failure.what)?;
        path.push_str(home.to_str().ok_or("HOME is not UTF-8")?);
        rest = after;
    }
    while let Some((before, after)) = rest.split_once('$') {
        path.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            path.push('$');
            rest = tail;
            continue;
        }
        let (name, tail) = variable(after)
            .ok_or("`$` is followed by no name of a variable; write $$ for a dollar sign")?;
        let value = env
            .var(name)
            .ok_or_else(|| format!("the variable `{}` is not set", sanitized(name.as_bytes())))?;
        let value = value.to_str().ok_or_else(|| format!("the variable `{name}` is not UTF-8"))?;
        path.push_str(value);
        rest = tail;
    }
    path.push_str(rest);
    if path.contains('\0') {
        return Err("the path contains a NUL".to_owned());
    }
    if Path::new(&path).is_absolute() {
        return Ok(path);
    }
    let folder = config.parent().unwrap_or(Path::new("/"));
    let path = folder.join(&path).into_os_string().into_string();
    path.map_err(|_| "the folder of the config file is not UTF-8".to_owned())
}

/// Returns whether a path is filled in only when it is needed: that of a
/// password which begins with a variable that is not set, such as systemd's for
/// services. Other commands have no need of it. No other path that was read
/// begins with a dollar sign.
pub(super) fn is_for_later(key: &str, text: &str, env: &Environment) -> bool {
    let unset = leading_variable(text).filter(|name| env.var(name).is_none());
    key == "password_file" && unset.is_some()
}

pub(crate) fn leading_variable(path: &str) -> Option<&str> {
    Some(variable(path.strip_prefix('$')?)?.0)
}

/// Splits the name of a variable off, without braces.
fn variable(text: &str) -> Option<(&str, &str)> {
    let (name, tail) = match text.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => {
            let end =
                text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
            text.split_at(end)
        }
    };
    let is_name = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        let env = Environment::of(&[("HOME", "/home/a"), ("MAIL", "/m"), ("X_1", "x")]);
        expand(text, Path::new("/etc/retr.toml"), &env)
    }

    #[test]
    fn home_and_variables_are_filled_in() {
        for (text, path) in [
            ("~", "/home/a"),
            ("~/Mail", "/home/a/Mail"),
            ("$MAIL/a", "/m/a"),
            ("${MAIL}a/$X_1", "/ma/x"),
            ("/a/~b", "/a/~b"),
            ("Mail", "/etc/Mail"),
            ("/a b/é", "/a b/é"),
            ("/a$$b$$", "/a$b$"),
            ("/$$MAIL/$$$X_1", "/$MAIL/$x"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(path), "{text}");
        }
    }

    #[test]
    fn a_literal_path_stays_as_it_is() {
        for path in ["/a$b", "/$$", "/$MAIL/${X_1}", "/plain"] {
            assert_eq!(expanded(&literal(path)).as_deref(), Ok(path));
        }
    }

    #[test]
    fn what_cannot_be_filled_in_is_an_error() {
        let rows = [
            ("", "the path is empty"),
            ("~bob/x", "`~` stands for your own home folder only; write the path out"),
            ("$NOPE/x", "the variable `NOPE` is not set"),
            ("/a/$", "`$` is followed by no name of a variable; write $$ for a dollar sign"),
            ("/a/${b", "`$` is followed by no name of a variable; write $$ for a dollar sign"),
            ("/a/$1", "`$` is followed by no name of a variable; write $$ for a dollar sign"),
            ("/a\0b", "the path contains a NUL"),
        ];
        for (text, why) in rows {
            assert_eq!(expanded(text), Err(why.to_owned()), "{text:?}");
        }
        let nowhere = expand("~/x", Path::new("/c"), &Environment::of(&[]));
        assert_eq!(nowhere, Err("HOME is not set".to_owned()));
    }
}
