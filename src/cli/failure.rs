//! Errors of all layers as words: what failed, why, and what to do about it.

mod hint;

use std::io;

pub(crate) use self::hint::hint_of_certificate;

use self::hint::hint_for;
use crate::base::{Cancel, Class, Failure};
use crate::net::Via;
use crate::session::{Access, Auth, TlsMode};
use crate::{ledger, net, run, session, wait};

/// Which command it is, as far as hints differ by it: none may name an option
/// that the command has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Fetch,
    Probe,
    Delete,
    Restore,
    /// Any other.
    Another,
}

/// What the hints may depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    pub(crate) command: Command,
    /// `None` where the command has none.
    pub(crate) account: Option<&'c run::Account>,
}

impl<'c> Context<'c> {
    /// That of a command on an account.
    pub(crate) fn of(command: Command, account: &'c run::Account) -> Self {
        let account = Some(account);
        Self { command, account }
    }

    /// That of a command on no account.
    pub(crate) fn without_account(command: Command) -> Self {
        Self { command, account: None }
    }

    fn access(&self) -> Option<&'c Access> {
        self.account.map(|account| &account.access)
    }

    fn host(&self) -> &'c str {
        self.access().map_or("", |access| &access.route.host)
    }

    fn via(&self) -> Option<&'c Via> {
        self.access().map(|access| &access.route.via)
    }

    fn tls(&self) -> TlsMode {
        self.access().map_or(TlsMode::Implicit, |access| access.tls_mode)
    }

    /// Returns whether retr gets the tokens itself.
    fn gets_tokens(&self) -> bool {
        self.access().is_some_and(|access| access.token)
    }

    /// Returns whether the secret is an OAuth2 access token.
    pub(crate) fn has_token(&self) -> bool {
        let auth = self.access().map(|access| access.auth);
        self.gets_tokens() || matches!(auth, Some(Auth::XOAuth2 | Auth::OAuthBearer))
    }

    /// The account as a shell takes it.
    fn shell_word(&self) -> String {
        self.account.map_or_else(String::new, run::Account::shell_word)
    }
}

/// Puts the error of a command into words.
pub(crate) fn explain(error: &run::Error, context: &Context<'_>) -> Failure {
    if let run::Error::Secret(failure) = error {
        return Failure::clone(failure);
    }
    let mut failure = match at_root(error) {
        Some(root) => Failure::from_error(error.class(), root),
        None => Failure::from_error(error.class(), error),
    };
    name_host_once(&mut failure, context);
    // Its exit code says that it may pass, but only the user can settle it.
    let is_for_user = matches!(error, run::Error::UidReset(_) | run::Error::NoSuchMessage { .. });
    failure.retryable &= !is_for_user;
    failure.hint = hint_for(error, context);
    failure
}

/// Takes the host out where it was named before: in the account's name, which
/// is told in front of all, or in the line above.
fn name_host_once(failure: &mut Failure, context: &Context<'_>) {
    let host = context.host();
    let at = format!("{host}:");
    let starts_with_digit = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let port =
        (failure.what.strip_prefix(&at)).filter(|rest| starts_with_digit(rest)).map(str::to_owned);
    let Some(port) = port else {
        return;
    };
    for cause in &mut failure.causes {
        let Some(rest) = cause.strip_prefix(&at) else {
            continue;
        };
        let behind_port = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let behind_port = behind_port.trim_start_matches(':');
        *cause = behind_port.trim_start().to_owned();
    }
    let name = context.account.map(|account| account.name.as_str());
    let user = name.and_then(|name| name.strip_suffix(host));
    if user.is_some_and(|user| user.is_empty() || user.ends_with('@')) {
        failure.what = format!("port {port}");
    }
}

/// What is to blame alone, whatever was being done at the time: a signal, or a
/// file of the user's.
fn at_root(error: &run::Error) -> Option<&dyn std::error::Error> {
    match error {
        run::Error::Session(session::Error::Net { source, .. }) => match &**source {
            net::Error::Wait(wait::Error::Cancelled(cancelled)) => Some(cancelled),
            file @ net::Error::TlsFile { .. } => Some(file),
            _ => None,
        },
        run::Error::Ledger(ledger::Error::Stopped(cancelled)) => Some(cancelled),
        _ => None,
    }
}

/// Whatever a signal broke, the signal is why.
pub(crate) fn or_signal(failure: Failure, cancel: &Cancel) -> Failure {
    match cancel.check() {
        Err(stopped) => Failure::from_error(Class::Temporary, &stopped),
        Ok(()) => failure,
    }
}

/// A failure to write data to stdout; a reader that went away is none.
pub(crate) fn of_stdout(error: io::Error) -> Option<Failure> {
    (error.kind() != io::ErrorKind::BrokenPipe).then(|| {
        let error = run::Error::Output(error);
        Failure::from_error(error.class(), &error)
    })
}

/// Explains why data could not be written to stdout.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    result.or_else(|error| of_stdout(error).map_or(Ok(()), Err))
}

#[cfg(test)]
mod tests {
    use super::hint::hint_for_class;
    use super::*;
    use crate::cli::config::{Config, Options};
    use crate::cli::environment::Environment;
    use crate::cli::resolve;
    use crate::store;

    fn account(host: &str, auth: Auth, tls: TlsMode) -> run::Account {
        let url = format!("pop3s://u@{host}");
        let env = Environment::of(&[("HOME", "/h")]);
        let merged = resolve::merge(&url, Options::default(), &Config::default());
        let merged = merged.expect("a whole account");
        let resolved = resolve::account(&merged, resolve::Need::Nothing, &env);
        let (mut account, _) = resolved.expect("a whole account");
        account.name = "a b".to_owned();
        account.word = "a b".to_owned();
        account.access.auth = auth;
        account.access.tls_mode = tls;
        account
    }

    fn hint(class: Class, host: &str, auth: Auth) -> String {
        let account = account(host, auth, TlsMode::Implicit);
        hint_for_class(class, &Context::of(Command::Another, &account)).unwrap_or_default()
    }

    #[test]
    fn an_error_keeps_its_class_and_its_words() {
        let account = account("h", Auth::Auto, TlsMode::Implicit);
        let error = run::Error::LoginDelay { seconds: 9 };
        let failure = explain(&error, &Context::of(Command::Another, &account));
        assert_eq!(failure.class, Class::Temporary);
        assert_eq!(failure.what, "the server allows the next login in 9 s");
        assert_eq!(failure.causes, [""; 0]);
        assert_eq!(failure.hint, None);
    }

    #[test]
    fn only_a_missing_folder_is_to_be_made() {
        let account = account("h", Auth::Auto, TlsMode::Implicit);
        let hint = |step, path: &str, kind: io::ErrorKind| {
            let error = run::Error::Store(store::Error::Denied {
                step,
                path: path.into(),
                source: kind.into(),
            });
            explain(&error, &Context::of(Command::Another, &account)).hint
        };
        let made = Some("`mkdir -p '/no where'` makes the missing folder".to_owned());
        let missing = io::ErrorKind::NotFound;
        assert_eq!(hint("create", "/no where/Mail", missing), made);
        assert_eq!(hint("look at", "/no where", missing), made);
        let read_only = io::ErrorKind::ReadOnlyFilesystem;
        assert_eq!(hint("create", "/proc/Mail", missing), None);
        assert_eq!(hint("create", "/proc/Mail", read_only), None);
    }

    // Q44.
    #[test]
    fn a_refused_login_is_explained_by_the_provider() {
        assert!(hint(Class::Auth, "pop.gmail.com", Auth::Auto).contains("app password"));
        assert!(hint(Class::Auth, "outlook.office365.com", Auth::Auto).contains("only OAuth2"));
        assert!(hint(Class::Auth, "h", Auth::XOAuth2).contains("token may have expired"));
        assert!(hint(Class::Auth, "h", Auth::Auto).starts_with("check user and password"));
    }

    #[test]
    fn hints_name_the_account_as_a_shell_takes_it() {
        let expected = "`retr state repair 'a b'` keeps what is whole in the ledger";
        assert_eq!(hint(Class::Data, "h", Auth::Auto), expected);
        let expected = "`retr probe 'a b'` shows the server's certificate and its pin";
        assert_eq!(hint(Class::Tls, "h", Auth::Auto), expected);
    }

    #[test]
    fn no_hint_names_what_a_command_has_not() {
        let told = |error: &run::Error, command| {
            let account = account("h", Auth::Auto, TlsMode::Implicit);
            hint_for(error, &Context::of(command, &account))
        };
        let locked = run::Error::Ledger(ledger::Error::Locked {
            path: "/lock".into(),
            pid: None,
            since: None,
        });
        let no_uidl = run::Error::Session(session::Error::UidlRefused {
            announced: false,
            at: String::new(),
            text: String::new(),
        });
        for error in [locked, no_uidl] {
            assert!(told(&error, Command::Fetch).is_some(), "{error}");
            assert_eq!(told(&error, Command::Another), None, "{error}");
        }
        let of_class = |class, tls| {
            let account = account("h", Auth::Auto, tls);
            hint_for_class(class, &Context::of(Command::Probe, &account))
        };
        assert_eq!(of_class(Class::Tls, TlsMode::Implicit), None);
        let expected = Some("--tls implicit encrypts from the first byte, on port 995");
        assert_eq!(of_class(Class::Tls, TlsMode::StartTls).as_deref(), expected);
    }

    #[test]
    fn hosts_that_are_not_found_are_explained() {
        assert!(hint(Class::Host, "pop.proton.me", Auth::Auto).contains("no POP3"));
        assert!(hint(Class::Host, "pöp.example", Auth::Auto).contains("xn--"));
        assert!(hint(Class::Host, "pop.exmaple.com", Auth::Auto).contains("spelling"));
    }

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        assert_eq!(of_stdout(io::ErrorKind::BrokenPipe.into()), None);
        let full = of_stdout(io::Error::other("full")).expect("a failure");
        let expected = (Class::Io, vec!["full".to_owned()]);
        assert_eq!((full.class, full.causes), expected);
    }
}
