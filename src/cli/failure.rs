//! Errors of all layers as words: what failed, why, and what to do about it.

use std::io;

use crate::base::{Cancel, Class, Failure};
use crate::discover::{self, Need, Provider};
use crate::net::Via;
use crate::session::{Access, Auth, TlsMode};
use crate::{ledger, net, run, session, store, wait};

/// Which command it is, as far as hints differ by it: none may name an option
/// that the command has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// `fetch`.
    Fetch,
    /// `probe`.
    Probe,
    /// `delete`.
    Delete,
    /// `export`.
    Export,
    /// `restore`.
    Restore,
    /// Any other.
    Another,
}

/// What the hints may depend on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context<'c> {
    pub(crate) command: Command,
    /// As the account is called on the command line: its name, or the URL
    /// that was typed.
    pub(crate) word: &'c str,
    /// `None` where the command has none.
    pub(crate) account: Option<&'c run::Account>,
}

impl<'c> Context<'c> {
    /// That of a command on an account; `word` is what calls it on the command
    /// line.
    pub(crate) fn of(command: Command, word: &'c str, account: &'c run::Account) -> Self {
        let account = Some(account);
        Self {
            command,
            word,
            account,
        }
    }

    /// That of a command on no account.
    pub(crate) fn without_account(command: Command) -> Self {
        Self {
            command,
            word: "",
            account: None,
        }
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
        self.access()
            .map_or(TlsMode::Implicit, |access| access.tls_mode)
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
        shell_word(self.word)
    }
}

/// A text as a shell takes it, safe to print.
fn shell_word(text: &str) -> String {
    shell_words::quote(&crate::base::escape(text)).into_owned()
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
    let is_for_user = matches!(
        error,
        run::Error::UidReset(_) | run::Error::NoSuchMessage { .. }
    );
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
    let port = (failure.what.strip_prefix(&at))
        .filter(|rest| starts_with_digit(rest))
        .map(str::to_owned);
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

/// What the user can do. First what only one error wants, then what holds for
/// all of a class.
fn hint_for(error: &run::Error, context: &Context<'_>) -> Option<String> {
    if let run::Error::Session(session::Error::Net { source, .. }) = error
        && let Some(hint) = hint_for_net(source, error.class(), context)
    {
        return Some(hint.to_owned()).filter(|hint| !hint.is_empty());
    }
    let hint = match error {
        run::Error::UidReset(_) => {
            return Some(format!(
                "if the mailbox was moved or renumbered: --accept-uid-reset fetches what is there now, `retr state mark-seen {}` starts from now without fetching it",
                context.shell_word()
            ));
        }
        run::Error::NotDeleted { .. } => {
            "this server does not do what it confirms: tell its administrator"
        }
        run::Error::TopRefused { .. } if context.command == Command::Fetch => {
            "without TOP no header can be looked at before the fetch: leave out skip and filter"
        }
        run::Error::TopRefused { .. } => "--no-headers lists numbers, sizes and ids",
        run::Error::Ledger(ledger::Error::Locked { .. }) if context.command == Command::Fetch => {
            "--lock-wait 60s waits for the other run"
        }
        run::Error::Session(session::Error::UidlRefused {
            announced: false, ..
        }) if context.command == Command::Fetch => {
            "without unique ids messages cannot be told apart: --no-uidl --delete fetches everything and deletes it"
        }
        run::Error::Session(session::Error::UidlRefused {
            announced: false, ..
        }) if context.command == Command::Delete => {
            "--no-uidl deletes by the numbers of this session"
        }
        run::Error::Session(session::Error::Unencrypted { .. }) => {
            "--tls starttls or --tls implicit encrypts; --insecure-plaintext sends the password for all to read"
        }
        run::Error::Incomplete {
            missing,
            altered,
            not_here,
        } => {
            let account = context.shell_word();
            let again = format!(
                "`retr fetch --all {account}` stores again what is missing or altered and still on the server"
            );
            let new = format!("`retr fetch {account}` stores what is only there");
            return Some(match (missing + altered, not_here) {
                (_, 0) => again,
                (0, _) => new,
                _ => format!("{again}; {new}"),
            });
        }
        run::Error::Store(store::Error::NoStore { .. }) => {
            "name the place where the mail was stored: --maildir DIR, --mbox FILE or --archive DIR"
        }
        run::Error::LeftOut { .. } => {
            return Some(format!(
                "what is still on the server is fetched again by `retr fetch {} --all`",
                context.shell_word()
            ));
        }
        run::Error::Unrestored { .. }
        | run::Error::Store(
            store::Error::NoSource { .. } | store::Error::ChangedMeanwhile { .. },
        ) => return None,
        run::Error::Ledger(error)
            if context.command == Command::Restore && error.class() == Class::Data =>
        {
            "its folder can be removed: retr still stores nothing that the target holds"
        }
        run::Error::NotKnown { .. } => {
            return Some(format!(
                "`retr state show {}` lists what it knows",
                context.shell_word()
            ));
        }
        run::Error::Store(store::Error::Denied { path, step, .. }) => {
            // What cannot be looked at is the folder of an mbox.
            let folder = match *step {
                "look at" => Some(&**path),
                _ => path.parent(),
            };
            let missing = folder.filter(|folder| folder.try_exists().is_ok_and(|there| !there))?;
            let word = shell_word(&missing.to_string_lossy());
            return Some(format!("`mkdir -p {word}` makes the missing folder"));
        }
        run::Error::Store(store::Error::Vanished { .. }) => match context.command {
            Command::Fetch => "is its disk mounted? to begin anew, create it, or use --all",
            _ => "is its disk mounted? to begin anew, create it",
        },
        run::Error::Ledger(ledger::Error::Taken { .. }) => {
            "an account has one ledger; move that file away if what it knows is not needed"
        }
        run::Error::Store(store::Error::Foreign { .. }) => {
            "its owner could read the mail, or take it away: name a place of your own"
        }
        run::Error::NeverFetched { .. } => {
            "was it fetched with another --state-dir? `retr fetch` begins a ledger"
        }
        // It says all there is to say.
        run::Error::Store(store::Error::Unfit { .. }) => return None,
        run::Error::Ledger(ledger::Error::Newer { .. }) => {
            "a newer retr wrote it; use that version"
        }
        run::Error::Session(
            session::Error::NoTimestamp { .. }
            | session::Error::Refused {
                class: Class::Unavailable,
                ..
            },
        ) => match context.command {
            Command::Probe => "--auth auto takes the best mechanism that the server offers",
            _ => {
                "--auth auto takes the best mechanism that the server offers; `retr probe` shows them"
            }
        },
        run::Error::Session(session)
            if context.tls() != TlsMode::Implicit && session.is_missing_greeting() =>
        {
            "this port may expect TLS from the first byte: --tls implicit (pop3s://) does that"
        }
        _ => return hint_for_class(error.class(), context),
    };
    Some(hint.to_owned())
}

/// What only one error of the connection wants; an empty text where it says
/// all there is to say.
fn hint_for_net(error: &net::Error, class: Class, context: &Context<'_>) -> Option<&'static str> {
    Some(match error {
        net::Error::ProxyLogin { .. } => {
            "the proxy's user is part of --proxy, its password is RETR_PROXY_PASSWORD"
        }
        net::Error::Connect { .. } | net::Error::NotFound { .. }
            if matches!(context.via(), Some(Via::Socks5 { .. })) && class != Class::Temporary =>
        {
            "check the proxy's host and port; socks5:// is port 1080 unless another one is given"
        }
        net::Error::Connect { .. } if class == Class::Unavailable => {
            "check host and port; pop3s:// is port 995 and pop3:// is 110 unless another one is given"
        }
        error if error.is_expired() => "its operator must renew it",
        net::Error::Certificate { of_name: true, .. } => {
            "--tls-name NAME looks for another name than the host's; --tls-pin-only with --tls-pin trusts this one certificate"
        }
        net::Error::Certificate { .. } => {
            "compare the pin with the administrator's; then --tls-ca FILE trusts an issuer, or --tls-pin … --tls-pin-only this one certificate"
        }
        net::Error::NotTls { said, .. } if said.starts_with("+OK") => {
            "this port speaks POP3 in clear: --tls starttls encrypts there, --tls implicit is for port 995"
        }
        net::Error::Handshake { obstacle, .. } => match obstacle {
            net::Obstacle::Version => {
                "the server's TLS is older than --tls-min allows; if it lacks even TLS 1.2, its operator must update it"
            }
            net::Obstacle::Weak => {
                "the server's keys or ciphers are too weak to protect anything: its operator must renew them"
            }
            _ => {
                "the server may want another version or cipher, or a certificate: --tls-client FILE"
            }
        },
        net::Error::ClosedInHandshake { .. } => {
            "check the port: not every one speaks TLS; a server whose TLS is too old or too weak may hang up like this, too"
        }
        // Where a tunnel's command ended, the port had no say.
        net::Error::Closed if matches!(context.via(), Some(Via::Tunnel(_))) => "",
        _ => return None,
    })
}

fn hint_for_class(class: Class, context: &Context<'_>) -> Option<String> {
    let host = context.host();
    let account = context.shell_word();
    Some(match class {
        Class::Auth => match discover::of_host(host).and_then(Provider::wants) {
            _ if context.gets_tokens() => format!(
                "the issuer gave a token and the server refuses it: POP3 may be switched off in the webmail's settings (in Outlook.com it is at first), or somebody else signed in; `retr oauth login {account}` signs in again"
            ),
            Some(wants) => wants,
            None if context.has_token() => {
                "the access token may have expired; --password-command can fetch a fresh one"
                    .to_owned()
            }
            None => "check user and password; some providers want an app password, or POP3 to be switched on first".to_owned(),
        },
        Class::Tls => {
            const IMPLICIT: &str = "--tls implicit encrypts from the first byte, on port 995";
            match (context.tls(), context.command) {
                (TlsMode::Implicit, Command::Probe) => return None,
                (TlsMode::Implicit, _) => format!(
                    "`retr probe {account}` shows the server's certificate and its pin"
                ),
                (_, Command::Probe) => IMPLICIT.to_owned(),
                (..) => format!("`retr probe {account}` shows what the server offers; {IMPLICIT}"),
            }
        }
        Class::Host => match discover::of_host(host).filter(|provider| provider.need == Need::NoPop3) {
            Some(provider) => provider.wants()?,
            _ if !host.is_ascii() => {
                "write an internationalized name in its ASCII form, xn--…".to_owned()
            }
            _ => "check the spelling of the host name".to_owned(),
        },
        Class::Data => format!(
            "`retr state repair {account}` keeps what is whole in the ledger"
        ),
        Class::Internal => "this is a bug; please report it".to_owned(),
        _ => return None,
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::{Config, Options};
    use crate::cli::environment::Environment;
    use crate::cli::resolve;

    fn account(host: &str, auth: Auth, tls: TlsMode) -> run::Account {
        let url = format!("pop3s://u@{host}");
        let env = Environment::of(&[("HOME", "/h")]);
        let merged = resolve::merge(&url, Options::default(), &Config::default());
        let merged = merged.expect("a whole account");
        let resolved = resolve::account(&merged, resolve::Need::Nothing, &env);
        let (mut account, _) = resolved.expect("a whole account");
        account.name = "a b".to_owned();
        account.access.auth = auth;
        account.access.tls_mode = tls;
        account
    }

    fn of(command: Command, account: &run::Account) -> Context<'_> {
        Context::of(command, "a b", account)
    }

    fn hint(class: Class, host: &str, auth: Auth) -> String {
        let account = account(host, auth, TlsMode::Implicit);
        hint_for_class(class, &of(Command::Another, &account)).unwrap_or_default()
    }

    #[test]
    fn an_error_keeps_its_class_and_its_words() {
        let account = account("h", Auth::Auto, TlsMode::Implicit);
        let error = run::Error::LoginDelay { seconds: 9 };
        let failure = explain(&error, &of(Command::Another, &account));
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
            explain(&error, &of(Command::Another, &account)).hint
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
            hint_for(error, &of(command, &account))
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
            hint_for_class(class, &of(Command::Probe, &account))
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
