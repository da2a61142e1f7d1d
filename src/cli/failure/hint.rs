//! What the user can do about an error.

use std::path::Path;

use super::{Command, Context};
use crate::base::Class;
use crate::discover::{self, Need, Provider};
use crate::net::Via;
use crate::process::NO_SHELL;
use crate::session::TlsMode;
use crate::{ledger, net, proto, run, session, store};

/// What the user can do. First what only one error wants, which is an empty text
/// where the error says all there is to say; then what holds for all of a class.
pub(super) fn hint_for(error: &run::Error, context: &Context<'_>) -> Option<String> {
    let class = error.class();
    let own = match error {
        run::Error::Session(error) => of_session(error, class, context).map(str::to_owned),
        run::Error::Ledger(error) => of_ledger(error, context).map(str::to_owned),
        run::Error::Store(error) => of_store(error, context),
        error => of_run(error, context),
    };
    own.or_else(|| hint_for_class(class, context)).filter(|hint| !hint.is_empty())
}

fn of_run(error: &run::Error, context: &Context<'_>) -> Option<String> {
    let account = context.shell_word();
    let text = match error {
        run::Error::UidReset(_) => {
            return Some(format!(
                "if the mailbox was moved or renumbered: --accept-uid-reset fetches what is there now, `retr state mark-seen {account}` starts from now without fetching it"
            ));
        }
        run::Error::Incomplete { missing, altered, not_here } => {
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
        run::Error::LeftOut { .. } => {
            return Some(format!(
                "what is still on the server is fetched again by `retr fetch {account} --all`"
            ));
        }
        run::Error::Deferred { by, .. } => {
            let needs_shell = by.command()?.need_shell();
            return Some(if needs_shell {
                NO_SHELL.to_owned()
            } else {
                format!(
                    "exit code 0 says that the command took the message; `retr state mark-seen {account} uid:UID` gives up on one"
                )
            });
        }
        run::Error::NotKnown { .. } => {
            let hint = format!("`retr state show {account}` lists what it knows");
            return Some(hint);
        }
        run::Error::NotDeleted { .. } => {
            "this server does not do what it confirms: tell its administrator"
        }
        run::Error::TopRefused { .. } if context.command == Command::Fetch => {
            "without TOP no header can be looked at before the fetch: leave out skip and filter"
        }
        run::Error::TopRefused { .. } => "--no-headers lists numbers, sizes and ids",
        run::Error::NeverFetched { .. } => {
            return Some(format!(
                "run `retr fetch {account}` first; if you did, was it with another --state-dir?"
            ));
        }
        run::Error::Unrestored { .. } => "",
        _ => return None,
    };
    Some(text.to_owned())
}

fn of_session(error: &session::Error, class: Class, context: &Context<'_>) -> Option<&'static str> {
    if let session::Error::Net { source, .. } = error
        && let Some(hint) = of_net(source, class, context)
    {
        return Some(hint);
    }
    Some(match error {
        session::Error::UidlRefused { announced: false, .. } => match context.command {
            Command::Fetch => {
                "without unique ids messages cannot be told apart: --no-uidl --delete fetches everything and deletes it"
            }
            Command::Delete => "--no-uidl deletes by the numbers of this session",
            _ => return None,
        },
        session::Error::Unencrypted { .. } => {
            "--tls starttls or --tls implicit encrypts; --insecure-plaintext sends the password for all to read"
        }
        session::Error::NoTimestamp { .. }
        | session::Error::Refused { class: Class::Unavailable, .. } => match context.command {
            Command::Probe => "--auth auto takes the best mechanism that the server offers",
            _ => {
                "--auth auto takes the best mechanism that the server offers; `retr probe` shows them"
            }
        },
        session::Error::ExpectsTls { .. }
        | session::Error::Proto { source: proto::Error::TlsRecord, .. } => {
            "write pop3s:// in place of pop3://, or --tls implicit"
        }
        error if context.tls() != TlsMode::Implicit && error.is_missing_greeting() => {
            "this port may expect TLS from the first byte: --tls implicit (pop3s://) does that"
        }
        _ => return None,
    })
}

fn of_net(error: &net::Error, class: Class, context: &Context<'_>) -> Option<&'static str> {
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
        net::Error::Certificate { .. } => return hint_of_certificate(error),
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

/// What the user can do about a certificate that was refused.
pub(crate) fn hint_of_certificate(error: &net::Error) -> Option<&'static str> {
    Some(match error {
        error if error.is_expired() => "its operator must renew it",
        net::Error::Certificate { of_name: true, .. } => {
            "--tls-name NAME looks for another name than the host's; --tls-pin-only with --tls-pin trusts this one certificate"
        }
        net::Error::Certificate { .. } => {
            "if your provider gave you a certificate file: --tls-ca FILE; else compare this pin with theirs, then --tls-pin … --tls-pin-only"
        }
        _ => return None,
    })
}

fn of_ledger(error: &ledger::Error, context: &Context<'_>) -> Option<&'static str> {
    Some(match error {
        ledger::Error::Locked { .. } if context.command == Command::Fetch => {
            "--lock-wait 60s waits for the other run"
        }
        error if context.command == Command::Restore && error.class() == Class::Data => {
            "its folder can be removed: retr still stores nothing that the target holds"
        }
        ledger::Error::Taken { .. } => {
            "an account has one ledger; move that file away if what it knows is not needed"
        }
        ledger::Error::Newer { .. } => "a newer retr wrote it; use that version",
        _ => return None,
    })
}

fn of_store(error: &store::Error, context: &Context<'_>) -> Option<String> {
    let text = match error {
        store::Error::Denied { path, step, .. } => {
            // What cannot be looked at is the folder of an mbox.
            let folder = match *step {
                "look at" => Some(&**path),
                _ => path.parent(),
            };
            let missing = folder.filter(|folder| folder.try_exists().is_ok_and(|there| !there));
            let hint = missing.map(|folder| {
                if let Some(hint) = of_relative(folder) {
                    return hint;
                }
                let word = crate::base::escape(&folder.to_string_lossy());
                let word = shell_words::quote(&word);
                format!("`mkdir -p {word}` makes the missing folder")
            });
            return Some(hint.unwrap_or_default());
        }
        store::Error::NoStore { .. } => {
            "name the place where the mail was stored: --maildir DIR, --mbox FILE or --archive DIR"
        }
        store::Error::Vanished { .. } => match context.command {
            Command::Fetch => "is its disk mounted? to begin anew, create it, or use --all",
            _ => "is its disk mounted? to begin anew, create it",
        },
        store::Error::Foreign { .. } => {
            "its owner could read the mail, or take it away: name a place of your own"
        }
        store::Error::NoSource { .. }
        | store::Error::ChangedMeanwhile { .. }
        | store::Error::Unfit { .. } => "",
        _ => return None,
    };
    Some(text.to_owned())
}

/// Where a path of the config file was meant to start at the home folder.
fn of_relative(missing: &Path) -> Option<String> {
    let folder = missing.ancestors().find(|folder| folder.exists())?;
    let rest = missing.strip_prefix(folder).ok()?.display();
    folder.join("config.toml").exists().then(|| {
        crate::base::escape(&format!(
            "a path that does not begin with ~/ or / starts at the folder of the config file; did you mean ~/{rest}/…?"
        ))
    })
}

pub(super) fn hint_for_class(class: Class, context: &Context<'_>) -> Option<String> {
    let host = context.host();
    let account = context.shell_word();
    Some(match class {
        Class::Auth => hint_for_login(context),
        Class::Tls => {
            const IMPLICIT: &str = "--tls implicit encrypts from the first byte, on port 995";
            match (context.tls(), context.command) {
                (TlsMode::Implicit, Command::Probe) => return None,
                (TlsMode::Implicit, _) => {
                    format!("`retr probe {account}` shows the server's certificate and its pin")
                }
                (_, Command::Probe) => IMPLICIT.to_owned(),
                (..) => format!("`retr probe {account}` shows what the server offers; {IMPLICIT}"),
            }
        }
        Class::Host => {
            let provider = discover::of_host(host);
            match provider.filter(|provider| provider.need == Need::NoPop3) {
                Some(provider) => provider.wants()?,
                None if !host.is_ascii() => {
                    "write an internationalized name in its ASCII form, xn--…".to_owned()
                }
                None => "check the spelling of the host name".to_owned(),
            }
        }
        Class::Data => format!("`retr state repair {account}` keeps what is whole in the ledger"),
        Class::Internal => "this is a bug; please report it".to_owned(),
        _ => return None,
    })
}

/// What can be done where the server refuses the login.
fn hint_for_login(context: &Context<'_>) -> String {
    if context.gets_tokens() {
        return format!(
            "the issuer gave a token and the server refuses it: POP3 may be switched off in the webmail's settings (in Outlook.com it is at first), or somebody else signed in; `retr oauth login {}` signs in again",
            context.shell_word()
        );
    }
    let wants = discover::of_host(context.host()).and_then(Provider::wants);
    let usual = match context.has_token() {
        true => "the access token may have expired; --password-command can fetch a fresh one",
        false => {
            "check user and password; some providers want an app password, or POP3 to be switched on first"
        }
    };
    wants.unwrap_or_else(|| usual.to_owned())
}
