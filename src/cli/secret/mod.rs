//! Where the password or token comes from. In this order: the option or key
//! (`password_file`, `password_command`, `password_fd`), `RETR_PASSWORD`,
//! `~/.netrc`, and asking, if stdin is a terminal.

mod command;
mod descriptor;
mod file;
mod netrc;
mod oauth2;
mod prompt;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::args::Connect;
use super::config::{heading, leading_variable, path_shown};
use super::environment::Environment;
use crate::base::{
    Failure, Observer, PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE, Secret, sanitized,
};
use crate::process::Words;
use crate::wait::{Timeouts, Until, read_bounded};

/// Most octets a secret's source may have; OAuth2 tokens have some thousand.
const MAX_SECRET: usize = 64 << 10;

/// Whose secret is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) host: &'a str,
    /// Whether the command cannot do without; if not, nobody is asked.
    pub(crate) required: bool,
    /// The account's name in the config file, if it is from there.
    pub(crate) of_file: Option<&'a str>,
}

/// Where a secret comes from. Nothing of it was read yet.
#[derive(Clone)]
pub(crate) struct Source {
    kind: SourceKind,
    env: Environment,
}

#[derive(Clone)]
enum SourceKind {
    Nothing,
    /// It is the only line of this file.
    File(PathBuf),
    /// This command prints it.
    Command(Words),
    /// It is the first line of what comes from this descriptor.
    Descriptor(u16),
    /// It is an access token, renewed where it is needed.
    OAuth2(Box<OAuth2>),
    /// `RETR_PASSWORD` holds it.
    Variable,
    /// `~/.netrc` has it, or somebody at the terminal knows it.
    Usual {
        user: String,
        host: String,
        required: bool,
        /// What to do if nobody does.
        hint: String,
    },
}

/// A source that has one password, and so is for one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Single {
    Descriptor(u16),
    /// `RETR_PASSWORD`.
    Variable,
}

impl Source {
    pub(crate) fn nothing(env: &Environment) -> Self {
        Self::of(SourceKind::Nothing, env)
    }

    fn of(kind: SourceKind, env: &Environment) -> Self {
        let env = env.clone();
        Self { kind, env }
    }

    pub(crate) fn oauth2(oauth2: OAuth2, env: &Environment) -> Self {
        Self::of(SourceKind::OAuth2(Box::new(oauth2)), env)
    }

    /// Gets the secret. A command is run each time.
    pub(crate) fn secret(
        &self,
        timeouts: &Timeouts,
        observer: &dyn Observer,
    ) -> Result<Option<Secret>, Failure> {
        let env = &self.env;
        match &self.kind {
            SourceKind::Nothing => Ok(None),
            SourceKind::File(path) => file::read(path, env).map(Some),
            SourceKind::Command(words) => command::run(words, timeouts).map(Some),
            SourceKind::Descriptor(number) => descriptor::read(*number, env, timeouts).map(Some),
            SourceKind::OAuth2(oauth2) => oauth2.token(None, timeouts, observer).map(Some),
            SourceKind::Variable => variable(PASSWORD_VARIABLE, env).transpose(),
            SourceKind::Usual { user, host, required, hint } => match netrc::find(user, host, env)?
            {
                None if *required => ask([user, host, hint], env, timeouts).map(Some),
                found => Ok(found),
            },
        }
    }

    /// What it is read from, if that has one password only.
    pub(crate) fn single(&self) -> Option<Single> {
        match self.kind {
            SourceKind::Descriptor(number) => Some(Single::Descriptor(number)),
            SourceKind::Variable => Some(Single::Variable),
            _ => None,
        }
    }

    /// Another token than the one that was refused; `None` if there is none.
    pub(crate) fn another(
        &self,
        refused: &Secret,
        timeouts: &Timeouts,
        observer: &dyn Observer,
    ) -> Result<Option<Secret>, Failure> {
        let other = match &self.kind {
            // Without one the refusal says what is wrong.
            SourceKind::Command(_) => self.secret(timeouts, observer).ok().flatten(),
            SourceKind::OAuth2(oauth2) => Some(oauth2.token(Some(refused), timeouts, observer)?),
            _ => None,
        };
        Ok(other.filter(|other| other != refused))
    }

    /// Returns whether `~/.netrc` has it, so that it is found there again.
    pub(crate) fn is_in_netrc(&self) -> Result<bool, Failure> {
        match &self.kind {
            SourceKind::Usual { user, host, .. } => {
                Ok(netrc::find(user, host, &self.env)?.is_some())
            }
            _ => Ok(false),
        }
    }

    /// Returns whether somebody may have to be asked.
    pub(crate) fn may_ask(&self) -> bool {
        matches!(self.kind, SourceKind::Usual { required: true, .. }) && self.env.stdin_is_terminal
    }
}

/// Asks somebody at the terminal, if there is one.
/// Without one, the hint is what to do.
fn ask(
    [user, host, hint]: [&str; 3],
    env: &Environment,
    timeouts: &Timeouts,
) -> Result<Secret, Failure> {
    let [user, host] = [user, host].map(|name| sanitized(name.as_bytes()));
    if env.stdin_is_terminal {
        return prompt::ask(&format!("Password for {user} at {host}: "), timeouts);
    }
    Err(Failure::config(format!("no password for {user} at {host}")).hint(hint))
}

pub(crate) fn find(
    options: &Connect,
    login: Login<'_>,
    env: &Environment,
) -> Result<Source, Failure> {
    let kind = if let Some(path) = &options.password_file {
        SourceKind::File(password_file(path, env)?)
    } else if let Some(command) = &options.password_command {
        SourceKind::Command(command::split("password command", command)?)
    } else if let Some(number) = options.password_fd {
        SourceKind::Descriptor(number)
    } else if variable(PASSWORD_VARIABLE, env).is_some() {
        SourceKind::Variable
    } else {
        SourceKind::Usual {
            user: login.user.to_owned(),
            host: login.host.to_owned(),
            required: login.required,
            hint: match login.of_file {
                Some(name) => format!(
                    "add password_file = \"…\" or password_command = \"…\" below [accounts.{}]; RETR_PASSWORD and ~/.netrc do, too",
                    heading(name)
                ),
                None => "give one by --password-file, --password-command, --password-fd, RETR_PASSWORD or ~/.netrc".to_owned(),
            },
        }
    };
    Ok(Source::of(kind, env))
}

/// Where a password file is. A variable at its beginning was not set when the
/// config file was read.
pub(crate) fn password_file(path: &Path, env: &Environment) -> Result<PathBuf, Failure> {
    if let Some(name) = path.to_str().and_then(leading_variable) {
        let what = format!("password file {}: {name} is not set", path_shown(path));
        let failure = Failure::config(what);
        return Err(match name {
            "CREDENTIALS_DIRECTORY" => failure.hint(
                "systemd sets it for a service with LoadCredential; elsewhere give --password-file",
            ),
            _ => failure.hint("set the variable, or give --password-file"),
        });
    }
    env.absolute(path)
}

/// A source with one password was given to several accounts.
pub(crate) fn several_readers(which: &str) -> Failure {
    let what = format!("{which} gives one password, but there are several accounts to fetch");
    let hint = "use password_file or password_command in the config file";
    Failure::config(what).hint(hint)
}

/// The secret in an environment variable, if it is set.
fn variable(name: &str, env: &Environment) -> Option<Result<Secret, Failure>> {
    let value = env.vars.get(OsStr::new(name))?;
    Some(one_line(value.as_bytes(), name))
}

/// Checks that the file could give the password: it is read as a fetch reads it,
/// and what is in it is dropped. Returns whether it begins or ends with a blank.
pub(crate) fn check_file(path: &Path, env: &Environment) -> Result<bool, Failure> {
    let secret = file::read(path, env)?;
    Ok(secret.expose().trim_ascii() != secret.expose())
}

/// The password of a proxy that was given a user.
pub(crate) fn of_proxy(env: &Environment) -> Result<Secret, Failure> {
    variable(PROXY_PASSWORD_VARIABLE, env).unwrap_or_else(|| {
        Err(Failure::config("no password for the proxy")
            .hint(format!("set {PROXY_PASSWORD_VARIABLE}, or leave the user out of --proxy")))
    })
}

pub(crate) use oauth2::OAuth2;

/// A line that somebody types or pastes and that is no secret; empty at the
/// end of what there is. Only the end of the run is a limit.
pub(crate) fn read_line(
    source: impl std::os::fd::AsFd,
    timeouts: &Timeouts,
) -> Result<String, Failure> {
    let timeouts = timeouts.patient();
    let timer = timeouts.start("no answer", "");
    let line = read_bounded(source, Until::Line, MAX_SECRET, &timer);
    let line =
        line.map_err(|error| Failure::new(error.class(), "cannot read an answer").because(error))?;
    Ok(String::from_utf8_lossy(&line).trim().to_owned())
}

pub(crate) use command::{check_program, check_words, split as split_command};

/// The one line that is the secret, without its line end. `what` says where
/// it comes from; the bytes are never told.
fn one_line(bytes: &[u8], what: &str) -> Result<Secret, Failure> {
    let wrong = |why: &str| Err(Failure::config(format!("{what} {why}")));
    let (line, rest) = match memchr::memchr(b'\n', bytes) {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[][..]),
    };
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if !rest.is_empty() {
        return wrong("has more than one line");
    }
    if line.is_empty() {
        return wrong("is empty");
    }
    if line.iter().any(|byte| matches!(byte, 0 | b'\r')) {
        return wrong("contains a NUL or a carriage return, which no password can");
    }
    Ok(Secret::new(line.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Class;

    const LOGIN: Login<'_> =
        Login { user: "alice", host: "pop.example.com", required: true, of_file: None };

    fn found(options: &Connect, env: &Environment) -> Result<Option<Vec<u8>>, Failure> {
        let long = std::time::Duration::from_secs(60);
        let timeouts = Timeouts::new(long, long, &crate::base::Cancel::new());
        let secret = find(options, LOGIN, env)?.secret(&timeouts, &crate::base::Silent)?;
        Ok(secret.map(|secret| secret.expose().to_vec()))
    }

    #[test]
    fn a_secret_is_one_line_of_any_bytes() {
        for (bytes, secret) in [
            (&b"hunter2"[..], &b"hunter2"[..]),
            (b"hunter2\n", b"hunter2"),
            (b"hunter2\r\n", b"hunter2"),
            (b"  two words \n", b"  two words "),
            (b"caf\xe9\xff", b"caf\xe9\xff"),
        ] {
            let read = one_line(bytes, "x").expect("one line");
            assert_eq!(read.expose(), secret);
        }
        let rows = [
            (&b""[..], "x is empty"),
            (b"\n", "x is empty"),
            (b"\r\n", "x is empty"),
            (b"canary\nb", "x has more than one line"),
            (b"canary\n\n", "x has more than one line"),
            (b"canary\0", "x contains a NUL or a carriage return, which no password can"),
            (b"canary\rb\n", "x contains a NUL or a carriage return, which no password can"),
        ];
        for (bytes, what) in rows {
            let failure = one_line(bytes, "x").expect_err(what);
            let expected = (Class::Config, what);
            assert_eq!((failure.class, failure.what.as_str()), expected);
        }
    }

    #[test]
    fn the_sources_are_asked_in_their_order() {
        let dir = tempfile::tempdir().expect("tempdir");
        let netrc = dir.path().join("netrc");
        std::fs::write(&netrc, "machine pop.example.com login alice password n").expect("written");
        set_mode(&netrc, 0o600);
        let file = dir.path().join("pw");
        std::fs::write(&file, "f\n").expect("written");
        set_mode(&file, 0o600);
        let netrc = netrc.to_str().expect("UTF-8");

        let both = Environment::of(&[("RETR_PASSWORD", "v"), ("NETRC", netrc)]);
        let by_file = Connect { password_file: Some(file), ..Connect::default() };
        assert_eq!(found(&by_file, &both), Ok(Some(b"f".to_vec())));
        let by_command = Connect {
            password_command: Some("printf '%s' 'c d'".to_owned()),
            ..Connect::default()
        };
        assert_eq!(found(&by_command, &both), Ok(Some(b"c d".to_vec())));
        let none = Connect::default();
        assert_eq!(found(&none, &both), Ok(Some(b"v".to_vec())));
        let env = Environment::of(&[("NETRC", netrc)]);
        assert_eq!(found(&none, &env), Ok(Some(b"n".to_vec())));
    }

    #[test]
    fn without_any_source_all_ways_are_named() {
        let env = Environment::of(&[("HOME", "/nonexistent")]);
        let failure = found(&Connect::default(), &env).expect_err("none");
        assert_eq!(failure.class, Class::Config);
        assert_eq!(failure.what, "no password for alice at pop.example.com");
        assert_eq!(
            failure.hint.as_deref(),
            Some(
                "give one by --password-file, --password-command, --password-fd, RETR_PASSWORD or ~/.netrc"
            )
        );
        let optional = Login { required: false, ..LOGIN };
        let source = find(&Connect::default(), optional, &env).expect("a source");
        let long = std::time::Duration::from_secs(60);
        let timeouts = Timeouts::new(long, long, &crate::base::Cancel::new());
        assert_eq!(source.secret(&timeouts, &crate::base::Silent), Ok(None));
    }

    #[test]
    fn an_empty_variable_is_a_mistake() {
        let env = Environment::of(&[("RETR_PASSWORD", "")]);
        let failure = found(&Connect::default(), &env).expect_err("empty");
        assert_eq!(failure.what, "RETR_PASSWORD is empty");
    }

    #[test]
    fn a_proxy_with_a_user_needs_its_variable() {
        let failure = of_proxy(&Environment::of(&[])).expect_err("none");
        assert_eq!(failure.what, "no password for the proxy");
        let env = Environment::of(&[("RETR_PROXY_PASSWORD", "p")]);
        let expected = Ok(b"p".to_vec());
        assert_eq!(of_proxy(&env).map(|s| s.expose().to_vec()), expected);
    }

    pub(super) fn set_mode(path: &std::path::Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("chmod");
    }
}
