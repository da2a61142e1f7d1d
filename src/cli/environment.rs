//! What the process was started with: the only door to variables, the
//! working folder and the terminal, so that all else can be tested without.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::base::{Class, Failure};

/// Columns of a terminal when nothing says how wide it is.
const WIDTH: usize = 80;

#[derive(Clone, Default)]
pub(crate) struct Environment {
    /// Environment variables. Not for `Debug`: one of them may be a password.
    pub(crate) vars: Arc<HashMap<OsString, OsString>>,
    /// Numbers of the descriptors that were open before we opened any.
    pub(crate) descriptors: Arc<HashSet<u16>>,
    /// Working folder; `None` if it was removed.
    pub(crate) cwd: Option<PathBuf>,
    pub(crate) user: u32,
    pub(crate) stdin_is_terminal: bool,
    /// The terminal that data goes to, if it does.
    pub(crate) stdout: Option<Terminal>,
    /// The terminal that talk goes to, if it does.
    pub(crate) stderr: Option<Terminal>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Columns, if it knows them.
    columns: Option<usize>,
}

impl Terminal {
    fn of(stream: impl IsTerminal + AsFd) -> Option<Self> {
        let columns = || {
            let size = rustix::termios::tcgetwinsize(&stream).ok()?;
            Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
        };
        stream.is_terminal().then(|| Self { columns: columns() })
    }
}

fn open_descriptors() -> HashSet<u16> {
    let listed = std::fs::read_dir("/dev/fd").into_iter().flatten().flatten();
    let numbers: Vec<u16> =
        listed.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // That of the list itself is closed by now.
    let open = |number: &u16| Path::new(&format!("/dev/fd/{number}")).symlink_metadata().is_ok();
    numbers.into_iter().filter(open).collect()
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        Self {
            descriptors: Arc::new(open_descriptors()),
            vars: Arc::new(std::env::vars_os().collect()),
            cwd: std::env::current_dir().ok(),
            user: rustix::process::geteuid().as_raw(),
            stdin_is_terminal: std::io::stdin().is_terminal(),
            stdout: Terminal::of(std::io::stdout()),
            stderr: Terminal::of(std::io::stderr()),
        }
    }

    /// A variable that is set and not empty.
    pub(crate) fn var(&self, name: &str) -> Option<&OsStr> {
        let value = self.vars.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// The home folder, by `HOME` alone: what the user database says could be
    /// another place than yesterday's, and the ledger must not move.
    pub(crate) fn home(&self) -> Result<&Path, Failure> {
        match self.var("HOME").map(Path::new) {
            Some(home) if home.is_absolute() => Ok(home),
            Some(_) => Err(Failure::new(Class::Config, "HOME is not an absolute path")),
            None => Err(Failure::new(Class::Config, "HOME is not set")
                .hint("set HOME, or name the files: --config FILE, --state-dir DIR")),
        }
    }

    /// Where the config file is unless `--config` names another.
    pub(crate) fn config_path(&self) -> Result<PathBuf, Failure> {
        Ok(self.xdg("XDG_CONFIG_HOME", ".config")?.join("retr/config.toml"))
    }

    /// Where the state of all accounts is, unless a source names a folder.
    pub(crate) fn state_dir(&self, named: Option<&Path>) -> Result<PathBuf, Failure> {
        match named {
            Some(dir) => self.absolute(dir),
            None => Ok(self.xdg("XDG_STATE_HOME", ".local/state")?.join("retr")),
        }
    }

    /// A folder of the XDG Base Directory Specification, which says that
    /// relative values are invalid and to be ignored.
    fn xdg(&self, variable: &str, below_home: &str) -> Result<PathBuf, Failure> {
        match self.var(variable).map(Path::new) {
            Some(dir) if dir.is_absolute() => Ok(dir.to_owned()),
            _ => Ok(self.home()?.join(below_home)),
        }
    }

    /// The path seen from the root, without `.` in it.
    pub(crate) fn absolute(&self, path: &Path) -> Result<PathBuf, Failure> {
        if path.is_absolute() {
            return Ok(path.components().collect());
        }
        match &self.cwd {
            Some(cwd) => Ok(cwd.join(path).components().collect()),
            None => Err(Failure::new(Class::Config, "the working folder does not exist any more")
                .hint("name files by absolute paths")),
        }
    }

    /// Columns to fill on a terminal.
    pub(crate) fn columns(&self, terminal: Option<Terminal>) -> usize {
        terminal
            .and_then(|terminal| terminal.columns)
            .or_else(|| self.var("COLUMNS")?.to_str()?.parse().ok())
            .filter(|columns| *columns > 0)
            .unwrap_or(WIDTH)
    }

    /// Returns whether stderr may be coloured (see no-color.org).
    pub(crate) fn likes_color(&self) -> bool {
        self.stderr.is_some()
            && self.var("NO_COLOR").is_none()
            && self.var("TERM").is_some_and(|term| term != "dumb")
    }
}

#[cfg(any(test, fuzzing))]
impl Environment {
    /// For tests: these variables, `/work` as the working folder, no terminal.
    pub(crate) fn of(vars: &[(&str, &str)]) -> Self {
        Self {
            vars: Arc::new(vars.iter().map(|(name, value)| (name.into(), value.into())).collect()),
            cwd: Some(PathBuf::from("/work")),
            user: rustix::process::geteuid().as_raw(),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_follow_the_xdg_variables() {
        let env = Environment::of(&[("HOME", "/home/a")]);
        let config = env.config_path().expect("home");
        assert_eq!(config, Path::new("/home/a/.config/retr/config.toml"));
        let state = env.state_dir(None).expect("home");
        assert_eq!(state, Path::new("/home/a/.local/state/retr"));
        let env = Environment::of(&[("XDG_CONFIG_HOME", "/c"), ("XDG_STATE_HOME", "/s")]);
        let config = env.config_path().expect("no home needed");
        assert_eq!(config, Path::new("/c/retr/config.toml"));
        let expected = Path::new("/s/retr");
        assert_eq!(env.state_dir(None).expect("no home needed"), expected);
    }

    #[test]
    fn relative_and_empty_xdg_values_are_ignored() {
        for value in ["", "c", "./c"] {
            let env = Environment::of(&[("HOME", "/h"), ("XDG_STATE_HOME", value)]);
            let state = env.state_dir(None).expect("home");
            assert_eq!(state, Path::new("/h/.local/state/retr"));
        }
    }

    // Fault 106.
    #[test]
    fn without_a_home_there_is_no_guessing() {
        for vars in [&[][..], &[("HOME", "")]] {
            let failure = Environment::of(vars).state_dir(None).expect_err("no home");
            assert_eq!(failure.class, Class::Config);
            assert_eq!(failure.what, "HOME is not set");
        }
        let failure = Environment::of(&[("HOME", "h")]).home().expect_err("odd");
        assert_eq!(failure.what, "HOME is not an absolute path");
    }

    #[test]
    fn relative_paths_start_at_the_working_folder() {
        let env = Environment::of(&[]);
        let path = env.absolute(Path::new("./a/./b/")).expect("folder");
        assert_eq!(path, Path::new("/work/a/b"));
        let gone = Environment { cwd: None, ..Environment::default() };
        assert!(gone.absolute(Path::new("a")).is_err());
        assert!(gone.absolute(Path::new("/a")).is_ok());
    }

    #[test]
    fn a_terminal_knows_its_columns_better_than_the_variable() {
        let mut env = Environment::of(&[("COLUMNS", "132")]);
        let of = |columns| Some(Terminal { columns });
        assert_eq!(env.columns(of(Some(40))), 40);
        assert_eq!(env.columns(of(None)), 132);
        Arc::make_mut(&mut env.vars).insert("COLUMNS".into(), "0".into());
        assert_eq!(env.columns(of(None)), 80);
    }

    #[test]
    fn colour_needs_a_terminal_that_can() {
        let mut env = Environment::of(&[("TERM", "xterm")]);
        assert!(!env.likes_color());
        env.stderr = Some(Terminal { columns: None });
        assert!(env.likes_color());
        Arc::make_mut(&mut env.vars).insert("NO_COLOR".into(), "1".into());
        assert!(!env.likes_color());
    }
}
