//! `~/.netrc`, or the file that `NETRC` names: `machine`, `default`, `login`,
//! `password`, `account` and `macdef`; words may be in double quotes.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::file::refuse_readable;
use super::one_line;
use crate::base::{Class, Failure, Secret};
use crate::cli::config::path_shown;
use crate::cli::environment::Environment;
use crate::wait::{FileError, RegularFile};

/// Largest netrc, in octets.
const MAX_NETRC: usize = 1 << 20;

/// Longest word in it, in octets; OAuth2 tokens have some thousand.
const MAX_WORD: usize = 64 << 10;

/// The password of this user on this host, if the file has it. Others must
/// not be able to read a file that does.
pub(super) fn find(user: &str, host: &str, env: &Environment) -> Result<Option<Secret>, Failure> {
    let path = match (env.var("NETRC"), env.home()) {
        (Some(path), _) => env.absolute(&PathBuf::from(path))?,
        (None, Ok(home)) => home.join(".netrc"),
        (None, Err(_)) => return Ok(None),
    };
    let what = format!("netrc file {}", path_shown(&path));
    let cannot = |error: FileError| error.failure(&what);
    let file = match RegularFile::open(&path) {
        Ok(file) => file,
        // `NETRC=/dev/null` says that there is none.
        Err(FileError::NotRegular) => return Ok(None),
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => return Err(cannot(error)),
    };
    let facts = file.facts().clone();
    let bytes = file.read(MAX_NETRC).map_err(cannot)?;
    let found = password(&bytes, user.as_bytes(), host.as_bytes())
        .map_err(|why| Failure::new(Class::Config, format!("{what}: {why}")))?;
    let Some(password) = found else {
        return Ok(None);
    };
    refuse_readable(&facts, &path, &what, env)?;
    one_line(&password, &format!("the password in {what}")).map(Some)
}

type Word = Zeroizing<Vec<u8>>;

/// What the file says about one machine.
#[derive(Default)]
struct Machine {
    matches: bool,
    login: Option<Word>,
    password: Option<Word>,
}

impl Machine {
    /// The password, if this is the right machine and the right login.
    fn answer(self, user: &[u8]) -> Option<Word> {
        let login_fits = self.login.is_none_or(|login| **login == *user);
        self.password.filter(|_| self.matches && login_fits)
    }
}

/// Looks an entry up; the first that fits counts.
fn password(text: &[u8], user: &[u8], host: &[u8]) -> Result<Option<Word>, &'static str> {
    let mut words = Words { text };
    let mut machine = Machine::default();
    while let Some(word) = words.keyword()? {
        let matches = match word.as_slice() {
            b"machine" => Some(words.value()?.eq_ignore_ascii_case(host)),
            b"default" => Some(true),
            _ => None,
        };
        if let Some(matches) = matches {
            if let Some(password) = std::mem::take(&mut machine).answer(user) {
                return Ok(Some(password));
            }
            machine.matches = matches;
            continue;
        }
        match word.as_slice() {
            b"login" | b"user" => machine.login = Some(words.value()?),
            b"password" | b"passwd" => machine.password = Some(words.value()?),
            b"account" => drop(words.value()?),
            b"macdef" => words.skip_macro(),
            // Dialects know more words.
            _ => {}
        }
    }
    Ok(machine.answer(user))
}

struct Words<'a> {
    text: &'a [u8],
}

impl Words<'_> {
    /// The next keyword; comments run from `#` to the end of the line.
    fn keyword(&mut self) -> Result<Option<Word>, &'static str> {
        loop {
            self.skip_space();
            if self.text.first() != Some(&b'#') {
                return self.word();
            }
            let end = memchr::memchr(b'\n', self.text).unwrap_or(self.text.len());
            self.text = &self.text[end..];
        }
    }

    /// The word that belongs to a keyword; it may begin with `#`.
    fn value(&mut self) -> Result<Word, &'static str> {
        self.skip_space();
        self.word()?.ok_or("the last word lacks its value")
    }

    fn word(&mut self) -> Result<Option<Word>, &'static str> {
        if self.text.is_empty() {
            return Ok(None);
        }
        let inner = self.text.strip_prefix(b"\"");
        let quoted = inner.is_some();
        self.text = inner.unwrap_or(self.text);
        // As large as it can get, so that it never moves and leaves a copy.
        let mut word = Zeroizing::new(Vec::with_capacity(self.text.len().min(MAX_WORD)));
        while let Some((&byte, rest)) = self.text.split_first() {
            match byte {
                b'"' if quoted => {
                    self.text = rest;
                    return Ok(Some(word));
                }
                b'\\' if !rest.is_empty() => {
                    word.push(rest[0]);
                    self.text = &rest[1..];
                }
                byte if !quoted && byte.is_ascii_whitespace() => return Ok(Some(word)),
                byte => {
                    word.push(byte);
                    self.text = rest;
                }
            }
            if word.len() == MAX_WORD {
                return Err("a word is longer than 64 KiB");
            }
        }
        if quoted {
            return Err("a quote is not closed");
        }
        Ok(Some(word))
    }

    fn skip_space(&mut self) {
        self.text = self.text.trim_ascii_start();
    }

    /// A macro ends with an empty line.
    fn skip_macro(&mut self) {
        let end = memchr::memmem::find(self.text, b"\n\n").unwrap_or(self.text.len());
        self.text = &self.text[end..];
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::set_mode;
    use super::*;

    fn looked_up(text: &str) -> Option<String> {
        let word = password(text.as_bytes(), b"alice", b"pop.example.com").expect(text)?;
        Some(String::from_utf8(word.to_vec()).expect("UTF-8"))
    }

    #[test]
    fn the_first_fitting_entry_counts() {
        #[rustfmt::skip]
        let rows = [
            ("machine pop.example.com login alice password p", Some("p")),
            ("machine POP.example.COM\n\tlogin alice\n\tpassword p\n", Some("p")),
            ("machine pop.example.com password p login alice", Some("p")),
            ("machine pop.example.com password p", Some("p")),
            ("machine pop.example.com login bob password p", None),
            ("machine pop.example.com login bob password b machine pop.example.com login alice password p", Some("p")),
            ("machine other login alice password p", None),
            ("machine other password o default password d", Some("d")),
            ("default login bob password d", None),
            ("machine pop.example.com login alice", None),
            ("machine pop.example.com login alice account x password p", Some("p")),
            ("# machine pop.example.com password no\nmachine pop.example.com password #p", Some("#p")),
            ("machine pop.example.com login alice password \"a b\\\"\\\\\"", Some("a b\"\\")),
            ("machine pop.example.com login \"alice\" password a\\ b", Some("a b")),
            ("macdef init\nmachine pop.example.com password no\n\nmachine pop.example.com password p", Some("p")),
            ("machine pop.example.com port 110 password p", Some("p")),
            ("", None),
        ];
        for (text, found) in rows {
            assert_eq!(looked_up(text).as_deref(), found, "{text}");
        }
    }

    #[test]
    fn broken_files_are_told() {
        for (text, why) in [
            ("machine", "the last word lacks its value"),
            ("machine h password \"p", "a quote is not closed"),
        ] {
            let told = password(text.as_bytes(), b"alice", b"h").map(|_| ());
            assert_eq!(told, Err(why));
        }
        let long = format!("machine h password {}", "x".repeat(MAX_WORD));
        assert!(password(long.as_bytes(), b"alice", b"h").is_err());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join(".netrc");
        std::fs::write(&path, "machine h login alice password canary").expect("written");
        set_mode(&path, 0o644);
        let env = Environment::of(&[("HOME", dir.path().to_str().expect("UTF-8"))]);
        let failure = find("alice", "h", &env).expect_err("refused");
        assert_eq!(failure.class, Class::Config);
        let path = path.display();
        let expected = format!("netrc file {path} can be read by others");
        assert_eq!(failure.what, expected);
        assert_eq!(failure.hint, Some(format!("chmod 600 {path}")));
        // It has nothing to hide for others.
        assert_eq!(find("bob", "h", &env).map(|found| found.is_some()), Ok(false));
    }

    #[test]
    fn no_file_is_no_entry() {
        for vars in [&[("HOME", "/nonexistent")][..], &[("NETRC", "/dev/null")], &[]] {
            let found = find("alice", "h", &Environment::of(vars));
            assert_eq!(found.map(|found| found.is_some()), Ok(false));
        }
    }
}
