//! A command as the user writes it, and as words.

use std::ffi::OsStr;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use crate::base::sanitized;

/// Where libc looks for programs if no variable says where.
const USUAL_PATH: &str = "/bin:/usr/bin";

/// Where programs are looked for that cron starts.
pub const CRON_PATH: &str = "/usr/bin:/bin";

/// What to do about a command with words for a shell.
pub const NO_SHELL: &str = "no shell runs it: write the whole path, or sh -c '…'";

/// Programs that make something of such words, here or on another host.
const SHELLS: [&str; 9] = ["sh", "ash", "bash", "dash", "ksh", "zsh", "fish", "ssh", "su"];

/// A program and its arguments: at least one word, none of them with a NUL,
/// the first one not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Splits a command into words as a shell does. What is wrong with it goes
    /// on after the name of the command.
    pub fn split(command: &str) -> Result<Self, &'static str> {
        let words = shell_words::split(command).map_err(|_| "has a quote that is not closed")?;
        Self::new(words)
    }

    /// Takes words that are there already.
    pub fn new(words: Vec<String>) -> Result<Self, &'static str> {
        if words.first().is_none_or(String::is_empty) {
            return Err("is empty");
        }
        if words.iter().any(|word| word.contains('\0')) {
            return Err("contains a NUL");
        }
        Ok(Self(words))
    }

    /// The program.
    pub fn program(&self) -> &str {
        &self.0[0]
    }

    /// Its arguments. They may be secret.
    pub fn arguments(&self) -> &[String] {
        &self.0[1..]
    }

    /// Returns whether an argument is something that only a shell makes
    /// something of, and the program is none: it gets it as it is.
    pub fn need_shell(&self) -> bool {
        let program = Path::new(self.program()).file_name();
        if program.is_some_and(|name| SHELLS.iter().any(|shell| name == *shell)) {
            return false;
        }
        self.arguments().iter().any(|word| {
            let is_operator = ["|", "||", "&", "&&", ";", "<", ">", ">>"].contains(&word.as_str());
            let is_variable = word.strip_prefix('$').is_some_and(|name| {
                name.starts_with(|c: char| matches!(c, '{' | '(' | '_') || c.is_ascii_alphabetic())
            });
            is_operator || is_variable || word == "~" || word.starts_with("~/")
        })
    }
}

impl Deref for Words {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

/// Looks for the program where it will be looked for when it is started, and
/// starts nothing. The error says what is wrong with the program.
pub fn find(program: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_else(|| USUAL_PATH.into());
    find_in(&path, program)
}

/// The same where the variable `PATH` has this value.
pub fn find_in(path: &OsStr, program: &str) -> Result<PathBuf, String> {
    let is_program = |path: &Path| {
        path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
    };
    if program.contains('/') {
        let path = Path::new(program);
        let why = if is_program(path) {
            return Ok(path.to_owned());
        } else if path.is_file() {
            "the file is not executable: chmod +x makes it so"
        } else if path.exists() {
            "not a file that can be run"
        } else if program.starts_with(['~', '$']) {
            "~ and $HOME are not filled in in a command: write the whole path"
        } else {
            "there is no such file"
        };
        return Err(why.to_owned());
    }
    let mut places = std::env::split_paths(path).map(|dir| dir.join(program));
    places
        .find(|place| is_program(place))
        .ok_or_else(|| format!("not in PATH={}", sanitized(path.as_encoded_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_does() {
        let words = Words::split("ssh 'a b' $HOME").expect("words");
        assert_eq!(words.program(), "ssh");
        assert_eq!(words.arguments(), ["a b", "$HOME"]);
        for (command, why) in [
            ("", "is empty"),
            ("  ", "is empty"),
            ("'' x", "is empty"),
            ("a 'b", "has a quote that is not closed"),
            ("a b\0", "contains a NUL"),
        ] {
            assert_eq!(Words::split(command), Err(why), "{command}");
        }
    }

    #[test]
    fn what_only_a_shell_understands_is_found() {
        let need = |command| Words::split(command).expect("words").need_shell();
        for command in ["a | b", "a $X", "a ${X}", "a $(b)", "a ~/b", "a ~", "a && b"] {
            assert!(need(command), "{command}");
        }
        for command in [
            "a 'b|c'",
            "a $",
            "a $5",
            "a b~",
            "sh -c 'a | b'",
            "/bin/sh -c '$HOME/bin/a'",
            "ssh host cat ~/b",
        ] {
            assert!(!need(command), "{command}");
        }
    }

    #[test]
    fn programs_are_found_by_path_and_by_name() {
        assert!(find("sh").is_ok_and(|path| path.ends_with("bin/sh")));
        assert_eq!(find("/bin/sh"), Ok("/bin/sh".into()));
        assert_eq!(find_in("/etc:/bin".as_ref(), "sh"), Ok("/bin/sh".into()));
        assert!(find_in("/etc".as_ref(), "sh").is_err());
        let path = std::env::var("PATH").expect("text");
        let why = find("no-such-program").expect_err("there is none");
        assert_eq!(why, format!("not in PATH={}", sanitized(path.as_bytes())));
        let rows = [
            ("/", "not a file that can be run"),
            ("/etc/passwd", "the file is not executable: chmod +x makes it so"),
            ("./none", "there is no such file"),
            ("~/none", "~ and $HOME are not filled in in a command: write the whole path"),
        ];
        for (program, why) in rows {
            assert_eq!(find(program), Err(why.to_owned()));
        }
    }
}
