//! Where the password or token comes from. In this order: the option or key
//! (`password_file`, `password_command`, `password_fd`), `RETR_PASSWORD`,
//! `~/.netrc`, and asking, if stdin is a terminal.

mod command;
mod descriptor;
mod file;
mod netrc;
mod prompt;

use std::os::unix::ffi::OsStrExt;

use super::args::Connect;
use super::environment::Environment;
use crate::base::{Class, Failure, PASSWORD_VARIABLE, PROXY_PASSWORD_VARIABLE, Secret, shown};
use crate::process::Words;
use crate::wait::Timeouts;

/// Most octets a secret's source may have; OAuth2 tokens have some thousand.
const MAX_SECRET: usize = 64 << 10;

/// Whose secret is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login<'a> {
    /// User.
    pub(crate) user: &'a str,
    /// Host.
    pub(crate) host: &'a str,
    /// Whether the command cannot do without; if not, nobody is asked.
    pub(crate) required: bool,
}

/// A secret, or how to get it.
#[derive(Debug)]
pub(crate) enum Source {
    /// It is there, or there is none.
    Ready(Option<Secret>),
    /// This command prints it.
    Command(Words),
    /// It is the first line of what comes from this descriptor.
    Descriptor(u16),
    /// Somebody at the terminal is asked this.
    Prompt(String),
}

impl Source {
    /// Gets the secret. A command is run each time.
    pub(crate) fn secret(&self, timeouts: &Timeouts) -> Result<Option<Secret>, Failure> {
        match self {
            Source::Ready(secret) => Ok(secret.clone()),
            Source::Command(words) => command::run(words, timeouts).map(Some),
            Source::Descriptor(number) => descriptor::read(*number, timeouts).map(Some),
            Source::Prompt(question) => prompt::ask(question, timeouts).map(Some),
        }
    }

    /// Gets the secret now, unless a command prints it: that one may hang, and
    /// shall hold up its own account only.
    pub(crate) fn early(self, timeouts: &Timeouts) -> Result<Self, Failure> {
        match self {
            Source::Command(_) => Ok(self),
            source => source.secret(timeouts).map(Source::Ready),
        }
    }

    /// The descriptor that it is read from.
    pub(crate) fn descriptor(&self) -> Option<u16> {
        match self {
            Source::Descriptor(number) => Some(*number),
            _ => None,
        }
    }

    /// Whether another call may bring another secret.
    pub(crate) fn is_command(&self) -> bool {
        matches!(self, Source::Command(_))
    }
}

/// Finds the source of a secret.
pub(crate) fn find(
    options: &Connect,
    login: Login<'_>,
    env: &Environment,
) -> Result<Source, Failure> {
    let ready = |secret| Ok(Source::Ready(Some(secret)));
    if let Some(path) = &options.password_file {
        return ready(file::read(&env.absolute(path)?, env)?);
    }
    if let Some(command) = &options.password_command {
        return Ok(Source::Command(command::split(
            "password command",
            command,
        )?));
    }
    if let Some(number) = options.password_fd {
        return Ok(Source::Descriptor(number));
    }
    if let Some(value) = env.vars.get(std::ffi::OsStr::new(PASSWORD_VARIABLE)) {
        return ready(one_line(value.as_bytes(), PASSWORD_VARIABLE)?);
    }
    if let Some(secret) = netrc::find(login.user, login.host, env)? {
        return ready(secret);
    }
    if !login.required {
        return Ok(Source::Ready(None));
    }
    let (user, host) = (shown(login.user.as_bytes()), shown(login.host.as_bytes()));
    if env.stdin_is_terminal {
        return Ok(Source::Prompt(format!("Password for {user} at {host}: ")));
    }
    Err(Failure::new(
        Class::Config,
        format!("no password for {user} at {host}"),
    )
    .hint("give one by --password-file, --password-command, --password-fd, RETR_PASSWORD or ~/.netrc"))
}

/// Whether the file could give the password: it is read as a fetch reads it,
/// and what is in it is dropped.
pub(crate) fn check_file(path: &std::path::Path, env: &Environment) -> Result<(), Failure> {
    file::read(path, env).map(drop)
}

/// The password of a proxy that was given a user.
pub(crate) fn of_proxy(env: &Environment) -> Result<Secret, Failure> {
    match env.vars.get(std::ffi::OsStr::new(PROXY_PASSWORD_VARIABLE)) {
        Some(value) => one_line(value.as_bytes(), PROXY_PASSWORD_VARIABLE),
        None => Err(
            Failure::new(Class::Config, "no password for the proxy").hint(format!(
                "set {PROXY_PASSWORD_VARIABLE}, or leave the user out of --proxy"
            )),
        ),
    }
}

pub(crate) use command::{check_program, check_words, split as split_command};

/// The one line that is the secret, without its line end. `what` says where
/// it comes from; the bytes are never told.
fn one_line(bytes: &[u8], what: &str) -> Result<Secret, Failure> {
    let wrong = |why: &str| Err(Failure::new(Class::Config, format!("{what} {why}")));
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

    const LOGIN: Login<'_> = Login {
        user: "alice",
        host: "pop.example.com",
        required: true,
    };

    fn found(options: &Connect, env: &Environment) -> Result<Option<Vec<u8>>, Failure> {
        let long = std::time::Duration::from_secs(60);
        let timeouts = Timeouts::new(long, long, &crate::base::Cancel::new());
        let secret = find(options, LOGIN, env)?.secret(&timeouts)?;
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
        for (bytes, what) in [
            (&b""[..], "x is empty"),
            (b"\n", "x is empty"),
            (b"\r\n", "x is empty"),
            (b"canary\nb", "x has more than one line"),
            (b"canary\n\n", "x has more than one line"),
            (
                b"canary\0",
                "x contains a NUL or a carriage return, which no password can",
            ),
            (
                b"canary\rb\n",
                "x contains a NUL or a carriage return, which no password can",
            ),
        ] {
            let failure = one_line(bytes, "x").expect_err(what);
            assert_eq!(
                (failure.class, failure.what.as_str()),
                (Class::Config, what)
            );
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
        let by_file = Connect {
            password_file: Some(file),
            ..Connect::default()
        };
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
        let optional = Login {
            required: false,
            ..LOGIN
        };
        let source = find(&Connect::default(), optional, &env);
        assert!(matches!(source, Ok(Source::Ready(None))));
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
        assert_eq!(
            of_proxy(&env).map(|s| s.expose().to_vec()),
            Ok(b"p".to_vec())
        );
    }

    pub(super) fn set_mode(path: &std::path::Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, mode).expect("chmod");
    }
}
