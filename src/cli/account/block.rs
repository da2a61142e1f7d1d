//! An account's table, and the config file with it at its end. What was there
//! before stays as it is, octet for octet.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{make_folder, new_file};
use crate::base::{Class, Failure};
use crate::cli::config::{Config, heading, path_shown, quoted};
use crate::cli::environment::Environment;
use crate::session::TlsMode;
use crate::wait::RegularFile;

/// Largest config file that is added to, in octets.
const MAX_FILE: usize = 64 << 20;

/// An account as it is to be written.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) name: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: TlsMode,
    pub(crate) user: String,
    pub(crate) keys: Map<String, Value>,
    pub(crate) oauth2: Map<String, Value>,
}

impl Block {
    /// As TOML. What follows from the rest is left out.
    pub(crate) fn toml(&self) -> String {
        let name = heading(&self.name);
        let mut text = format!("[accounts.{name}]\n");
        let line = |key: &str, value: &Value| format!("{key} = {}\n", quoted(value));
        let mut add = |key: &str, value: &Value| text.push_str(&line(key, value));
        add("host", &self.host.as_str().into());
        let usual = self.tls.usual_port();
        if self.port != usual {
            add("port", &self.port.into());
        }
        let implied = TlsMode::of_port(Some(self.port));
        // A port that is left out implies nothing.
        if self.tls != implied || (self.port == usual && self.tls != TlsMode::Implicit) {
            add("tls", &self.tls.word().into());
        }
        add("user", &self.user.as_str().into());
        self.keys.iter().for_each(|(key, value)| add(key, value));
        if !self.oauth2.is_empty() {
            text.push_str(&format!("\n[accounts.{name}.oauth2]\n"));
            text.extend(self.oauth2.iter().map(|(key, value)| line(key, value)));
        }
        text
    }
}

/// A config file with one account more, not written yet.
pub(crate) struct Draft {
    path: PathBuf,
    before: Option<Vec<u8>>,
    text: String,
}

impl Draft {
    /// Puts the block behind what the config file has. The second is what
    /// holds then.
    pub(crate) fn new(
        config: &Config,
        block: &Block,
        env: &Environment,
    ) -> Result<(Self, Config), Failure> {
        let path = if config.path.as_os_str().is_empty() {
            env.config_path()?
        } else {
            config.path.clone()
        };
        let before = read(&path)?;
        let text = before.as_deref().map(String::from_utf8_lossy);
        let (text, after) = appended(&text.unwrap_or_default(), block, &path, env)?;
        Ok((Self { path, before, text }, after))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts it in the place of the file that was read, whole or not at all. A
    /// link stays one.
    pub(crate) fn write(self) -> Result<(), Failure> {
        if read(&self.path)? != self.before {
            let what = format!("{} was changed meanwhile", path_shown(&self.path));
            return Err(Failure::new(Class::Temporary, what));
        }
        self.replace().map_err(|error| {
            let what = format!("cannot write {}", path_shown(&self.path));
            Failure::new(Class::Io, what).because(error)
        })
    }

    fn replace(&self) -> io::Result<()> {
        let path = match fs::canonicalize(&self.path) {
            Ok(real) => real,
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.path.clone(),
            Err(error) => return Err(error),
        };
        let folder = path.parent().unwrap_or(Path::new("/"));
        make_folder(folder)?;
        let facts = fs::metadata(&path).ok();
        let new = path.with_extension(format!("toml.new-{}", std::process::id()));
        let mode = facts.as_ref().map_or(0o600, |facts| facts.mode() & 0o777);
        let written = new_file(&new, mode).and_then(|mut file| {
            if let Some(facts) = &facts {
                // Root, writing for somebody.
                let _ = fchown(&file, Some(facts.uid()), Some(facts.gid()));
            }
            file.write_all(self.text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, &path)
        });
        written.inspect_err(|_| drop(fs::remove_file(&new)))?;
        File::open(folder)?.sync_all()
    }
}

/// The text with the block behind it, and what holds then.
fn appended(
    text: &str,
    block: &Block,
    path: &Path,
    env: &Environment,
) -> Result<(String, Config), Failure> {
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let text = [text, gap, &block.toml()].concat();
    let after = Config::parse(path, &text, env).without_mistakes();
    let after = after.map_err(|failure| {
        let what = format!("{} cannot be added to at its end", path_shown(path));
        let mut unfit = Failure::config(what);
        unfit.causes.push(failure.what);
        unfit.hint("--print shows the table, to be put where it fits")
    })?;
    Ok((text, after))
}

/// Appends an account to a config file of any text, and panics unless it is
/// refused, or all the accounts of before and this one are there.
#[cfg(any(test, fuzzing))]
#[allow(clippy::unwrap_used)]
pub fn check_appended(before: &str, name: &str, host: &str, port: u16, user: &str) {
    let env = Environment::of(&[("HOME", "/home/a")]);
    let path = Path::new("/c");
    let block = Block {
        name: name.to_owned(),
        host: host.to_owned(),
        port,
        tls: TlsMode::Implicit,
        user: user.to_owned(),
        keys: Map::from_iter([("maildir".into(), user.replace('$', "$$").into())]),
        oauth2: Map::from_iter([("client_id".into(), host.into())]),
    };
    let Ok((text, after)) = appended(before, &block, path, &env) else {
        return;
    };
    assert!(text.starts_with(before));
    // One with mistakes is refused before.
    let Ok(before) = Config::parse(path, before, &env).without_mistakes() else {
        return;
    };
    let (added, others) = after.accounts.split_last().unwrap();
    assert_eq!(others, before.accounts);
    assert_eq!(after.defaults, before.defaults);
    assert_eq!(added.name, name);
    assert_eq!(added.keys.host.as_deref(), Some(host));
    assert_eq!(added.keys.user.as_deref(), Some(user));
    assert_eq!(added.keys.port.map_or(995, u16::from), port);
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, Failure> {
    let what = format!("config file {}", path_shown(path));
    let read = RegularFile::open(path).and_then(|file| file.read(MAX_FILE));
    match read {
        Ok(octets) => Ok(Some(octets.to_vec())),
        Err(error) if error.is_missing() => Ok(None),
        Err(error) => Err(error.failure(&what)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(port: u16, tls: TlsMode) -> Block {
        Block {
            name: "a b".into(),
            host: "h".into(),
            port,
            tls,
            user: "u@h".into(),
            keys: Map::from_iter([("maildir".into(), "~/Mail".into())]),
            oauth2: Map::new(),
        }
    }

    proptest! {
        /// Names and hosts are whatever people and providers write.
        #[test]
        fn whatever_is_appended_comes_back_and_changes_nothing(
            before in "(\\PC{0,30}|\\[defaults\\]\ntimeout = '5s'\n|\\[accounts.a\\]\nhost='h'\r\n|# x|[\"'=\\[\\]{}.,#\n a-c]{0,20}){0,3}",
            name in "(\\PC{1,8}|[a-c\\[\\]\".'\\\\$~]{1,4})",
            host in "\\PC{0,12}",
            port in 1u16..,
            user in "(\\PC{0,12}|[\"\\\\\u{1}-\u{1f}\u{7f}-\u{9f}]{0,4})",
        ) {
            check_appended(&before, &name, &host, port, &user);
        }
    }

    #[test]
    fn what_is_written_is_what_was_meant() {
        let env = Environment::of(&[("HOME", "/home/a")]);
        for (port, tls) in [
            (995, TlsMode::Implicit),
            (110, TlsMode::StartTls),
            (110, TlsMode::Implicit),
            (4711, TlsMode::StartTls),
            (4711, TlsMode::Implicit),
            (110, TlsMode::None),
            (995, TlsMode::StartTls),
        ] {
            let text = block(port, tls).toml();
            let config = Config::parse(Path::new("/c"), &text, &env);
            let config = config.without_mistakes().expect("right");
            let merged = crate::cli::resolve::merge("a b", Default::default(), &config);
            let merged = merged.expect("an account");
            assert_eq!((merged.port, merged.tls), (port, tls), "{text}");
            assert_eq!((&*merged.host, &*merged.user), ("h", "u@h"));
        }
        let expected = "[accounts.\"a b\"]\nhost = \"h\"\nuser = \"u@h\"\nmaildir = \"~/Mail\"\n";
        assert_eq!(block(995, TlsMode::Implicit).toml(), expected);
    }
}
