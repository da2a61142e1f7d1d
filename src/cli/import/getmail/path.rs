//! Paths in getmail's config file, and the folder of its own files.

use std::path::{Path, PathBuf};

use crate::cli::environment::Environment;

/// Fills in variables that are set, as getmail does, and the home folder of
/// another user; `~` alone stays. `None` if that user is not known here.
pub(super) fn expanded(value: &str, env: &Environment) -> Option<String> {
    let text = with_variables(value, env);
    let Some(rest) = text.strip_prefix('~') else {
        return Some(text);
    };
    let (user, below) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match user {
        "" => Some(text),
        user => Some(home_of(user)? + below),
    }
}

/// The same with `~` filled in, too, for what no config file expands.
pub(super) fn filled_in(value: &str, env: &Environment) -> Option<String> {
    let text = expanded(value, env)?;
    let home = env.home().ok().and_then(Path::to_str);
    match (text.strip_prefix('~'), home) {
        (Some(below), Some(home)) => Some(format!("{home}{below}")),
        _ => Some(text),
    }
}

/// `$NAME` and `${NAME}`; what is not set stays as it is.
fn with_variables(value: &str, env: &Environment) -> String {
    let mut text = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once('$') {
        text.push_str(before);
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let (name, tail) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some(braced) => braced,
            None => after.split_at(after.find(|c| !is_word(c)).unwrap_or(after.len())),
        };
        match env.var(name).and_then(|value| value.to_str()) {
            Some(value) => {
                text.push_str(value);
                rest = tail;
            }
            None => {
                text.push('$');
                rest = after;
            }
        }
    }
    text + rest
}

/// The home folder of a user of this machine (passwd(5)).
fn home_of(user: &str) -> Option<String> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let is_user = fields.next() == Some(user);
        fields.nth(4).filter(|_| is_user).map(str::to_owned)
    })
}

/// Where getmail keeps a file: in the first of its folders that has it, else
/// in the first that is there, else beside its config file, in `folder`.
pub(super) fn kept(name: &str, folder: &Path, env: &Environment) -> String {
    let home = env.home().ok();
    let config = match env.var("XDG_CONFIG_HOME") {
        Some(config) => Some(PathBuf::from(config)),
        None => home.map(|home| home.join(".config")),
    };
    let config = config.map(|config| config.join("getmail"));
    let folders = [config, home.map(|home| home.join(".getmail"))];
    let folders: Vec<&Path> = folders.iter().flatten().map(PathBuf::as_path).collect();
    let has = |in_folder: &&&Path| in_folder.join(name).exists();
    let found = folders.iter().chain([&folder]).find(has);
    let found = found.or_else(|| folders.iter().find(|folder| folder.exists()));
    let path = found.unwrap_or(&folder).join(name);
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(below) => format!("~/{}", below.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_filled_in_as_getmail_does() {
        let env = Environment::of(&[("HOME", "/h"), ("MAIL", "/m")]);
        for (value, path, full) in [
            ("~/Mail/", Some("~/Mail/"), Some("/h/Mail/")),
            ("$MAIL/a${MAIL}", Some("/m/a/m"), Some("/m/a/m")),
            ("/a$NONE/$1$", Some("/a$NONE/$1$"), Some("/a$NONE/$1$")),
            ("~root/M", Some("/root/M"), Some("/root/M")),
            ("~no-such-user/M", None, None),
        ] {
            assert_eq!(expanded(value, &env).as_deref(), path);
            assert_eq!(filled_in(value, &env).as_deref(), full);
        }
    }

    #[test]
    fn getmail_s_files_are_where_they_are() {
        let dir = tempfile::tempdir().expect("a folder");
        let home = dir.path();
        let env = Environment::of(&[("HOME", home.to_str().expect("UTF-8"))]);
        let kept = |name| kept(name, Path::new("/rc"), &env);
        assert_eq!(kept("oldmail-a"), "/rc/oldmail-a");
        std::fs::create_dir(home.join(".getmail")).expect("made");
        std::fs::write(home.join(".getmail/oldmail-a"), "").expect("written");
        assert_eq!(kept("oldmail-b"), "~/.getmail/oldmail-b");
        std::fs::create_dir_all(home.join(".config/getmail")).expect("made");
        assert_eq!(kept("oldmail-a"), "~/.getmail/oldmail-a");
        assert_eq!(kept("oldmail-b"), "~/.config/getmail/oldmail-b");
    }
}
