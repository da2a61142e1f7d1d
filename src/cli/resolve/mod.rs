//! From what was typed and what the config file says to a job with nothing
//! left open.

mod names;
mod target;
#[cfg(test)]
mod tests;

use std::time::Duration;

use self::names::check_name;
pub(crate) use self::target::{handover, handover_by, named_target, place, target};
use super::args::{Connect, FetchOptions, Span, Wait};
use super::config::{AccountKeys, Config, Options, path_shown};
use super::environment::Environment;
use super::secret::{self, Login, OAuth2, Source};
use super::url::{AccountUrl, is_url, may_hold_password};
use crate::base::{AccountId, Class, Failure};
use crate::net::{Family, Route, TlsMin, TlsPolicy, Via};
use crate::plan::{Disposal, Limits, Policy};
use crate::process::Words;
use crate::run::{self, Rules, SecretSource};
use crate::session::{Access, Auth, Pipelining, TlsMode};
use crate::store::{Guarantee, Handover, InDoubt};

/// Longest single wait unless a source says otherwise.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(60);

/// Longest run unless a source says otherwise.
const DEADLINE: Duration = Duration::from_secs(3600);

/// What the command needs the login for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Login,
    /// It logs in if there is a user and a secret that nobody has to be asked
    /// for.
    Offered,
    /// It logs in nowhere: no secret is read.
    Nothing,
}

/// An account with all its sources merged, and nothing checked yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merged {
    /// What it is called in messages.
    pub(crate) name: String,
    /// What it is called on the command line.
    pub(crate) word: String,
    /// For errors: where it is described.
    pub(crate) described: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// User; empty if there is none.
    pub(crate) user: String,
    pub(crate) tls: TlsMode,
    /// What the sources say, the nearest first.
    pub(crate) options: Options,
}

impl Merged {
    /// Who that is. Two servers may be behind one host name, told apart by
    /// what leads to them.
    pub(crate) fn id(&self, env: &Environment) -> Result<AccountId, Failure> {
        let connect = &self.options.connect;
        let way = match (&connect.tunnel, &connect.socket, self.port) {
            (Some(command), ..) => format!("tunnel {command}"),
            (None, Some(path), _) => format!("socket {}", env.absolute(path)?.display()),
            (None, None, 110 | 995) => String::new(),
            (None, None, port) => format!("port {port}"),
        };
        Ok(AccountId::reached_by(&self.user, &self.host, &way))
    }

    /// Its name in the config file, if it is from there.
    pub(crate) fn of_file(&self) -> Option<&str> {
        Some(&*self.word).filter(|word| !is_url(word))
    }

    /// Something is wrong with the account.
    fn fault(&self, what: &str) -> Failure {
        config_failure(&self.described, what)
    }

    /// All options, with what holds where no source says anything.
    pub(crate) fn filled(&self) -> Options {
        let built_in = Options {
            fetch: FetchOptions {
                keep: Some(true),
                deliver_timeout: Some(Wait(Handover::TIMEOUT)),
                lock_wait: Some(Span(Duration::ZERO)),
                ..FetchOptions::default()
            },
            connect: Connect {
                tls: Some(self.tls),
                tls_min: Some(TlsMin::default()),
                auth: Some(Auth::default()),
                timeout: Some(Wait(TIMEOUT)),
                deadline: Some(Wait(DEADLINE)),
                pipelining: Some(Pipelining::default()),
                ..Connect::default()
            },
            ..Options::default()
        };
        self.options.clone().or(&built_in)
    }
}

/// Finds the account that `word` names and merges its sources; `typed` is
/// what the command line says.
pub(crate) fn merge(word: &str, typed: Options, config: &Config) -> Result<Merged, Failure> {
    let (name, place, keys, mut own) = if is_url(word) {
        let keys = AccountKeys { url: Some(word.to_owned()), ..AccountKeys::default() };
        (None, String::new(), keys, Options::default())
    } else {
        let account = config.account(word)?;
        let place = format!("{}:{}: ", path_shown(&config.path), account.line);
        let (keys, own) = (account.keys.clone(), account.options.clone());
        (Some(word.to_owned()), place, keys, own)
    };
    // What reports it names the account in front of it.
    let described = format!("{place}the account");
    let (host, port, user) = match keys.url {
        Some(url) => {
            if keys.host.is_some() || keys.port.is_some() || keys.user.is_some() {
                let what = "has a url besides host, port or user";
                return Err(config_failure(&described, what).hint("keep one of the two"));
            }
            let url = AccountUrl::parse(&url).map_err(|failure| in_config(failure, &place))?;
            // The URL is as near as the account's keys, but less outspoken.
            let connect = &mut own.connect;
            connect.tls = connect.tls.or(Some(url.tls));
            connect.auth = connect.auth.or(url.auth);
            (url.host, url.port, url.user.unwrap_or_default())
        }
        None => {
            let host = keys.host.ok_or_else(|| {
                config_failure(&described, "has no host")
                    .hint("add host = \"…\" and user = \"…\", or url = \"pop3s://user@host\"")
            })?;
            let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
            let host = bare.map(str::to_owned).unwrap_or(host);
            let port = keys.port.map(u16::from);
            (host, port, keys.user.unwrap_or_default())
        }
    };
    check_name("host", &host, &described)?;
    check_name("user", &user, &described)?;
    let options = typed.or(&own).or(&config.defaults);
    let tls = options.connect.tls.unwrap_or(TlsMode::of_port(port));
    let port = port.unwrap_or(tls.usual_port());
    let name = name.unwrap_or_else(|| name_of_url(&user, &host));
    Ok(Merged { name, word: word.to_owned(), described, host, port, user, tls, options })
}

/// What the account is called that a word of the command line names, also
/// when something is wrong with it. What may be a password is left out.
pub(crate) fn name_of(word: &str) -> String {
    let name = if is_url(word) {
        let url = AccountUrl::parse(word).ok();
        url.map(|url| name_of_url(&url.user.unwrap_or_default(), &url.host))
    } else {
        Some(word.to_owned()).filter(|word| !may_hold_password(word))
    };
    name.unwrap_or_else(|| "account".to_owned())
}

fn name_of_url(user: &str, host: &str) -> String {
    match user {
        "" => host.to_owned(),
        user => format!("{user}@{host}"),
    }
}

/// Something is wrong with an account, wherever it is described.
fn config_failure(described: &str, what: &str) -> Failure {
    Failure::config(format!("{described} {what}"))
}

/// A wrong URL on the command line is wrong usage; in the config file, at this
/// place, it is a wrong config file, and its hint is about keys.
fn in_config(mut failure: Failure, place: &str) -> Failure {
    if !place.is_empty() {
        failure.class = Class::Config;
        failure.what = format!("{place}{}", failure.what);
        failure.hint = failure.hint.map(|hint| hint.replace("--password-", "password_"));
    }
    failure
}

/// Everything for a session, and where its secret comes from.
pub(crate) fn account(
    merged: &Merged,
    need: Need,
    env: &Environment,
) -> Result<(run::Account, Source), Failure> {
    let connect = &merged.options.connect;
    let auth = auth(merged)?;
    let is_nobody = merged.user.is_empty() && auth != Auth::External;
    if is_nobody && need != Need::Offered {
        let hint =
            "write it before the host: pop3s://user@host, or user = \"…\" in the config file";
        return Err(merged.fault("has no user").hint(hint));
    }
    if connect.tls_pin_only == Some(true) && connect.tls_pin.as_ref().is_none_or(Vec::is_empty) {
        let fault = merged.fault("has tls_pin_only without a tls_pin");
        return Err(fault.hint("give the pin too: --tls-pin sha256:HEX"));
    }
    let route = Route {
        host: merged.host.clone(),
        port: merged.port,
        via: via(connect, need, env)?,
        family: match (connect.ipv4, connect.ipv6) {
            (Some(true), _) => Family::V4,
            (_, Some(true)) => Family::V6,
            _ => Family::Any,
        },
        bind: connect.bind,
    };
    let access = Access {
        route,
        tls_mode: merged.tls,
        tls: tls_policy(connect, env)?,
        user: merged.user.clone(),
        secret: None,
        token: connect.oauth2.is_some(),
        auth,
        insecure_plaintext: connect.insecure_plaintext == Some(true),
        pipelining: connect.pipelining.unwrap_or_default(),
        timeout: connect.timeout.map_or(TIMEOUT, |wait| wait.0),
        deadline: connect.deadline.map_or(DEADLINE, |wait| wait.0),
    };
    let account = run::Account {
        name: merged.name.clone(),
        word: merged.word.clone(),
        id: merged.id(env)?,
        access,
        secret: SecretSource::default(),
        state_dir: env.state_dir(connect.state_dir.as_deref())?,
    };
    let source = source(merged, need, &account, env)?;
    Ok((account, source))
}

/// How the account's secret is got, as far as the command needs it.
fn source(
    merged: &Merged,
    need: Need,
    account: &run::Account,
    env: &Environment,
) -> Result<Source, Failure> {
    let run::Account { access, .. } = account;
    let is_nobody = access.user.is_empty() && access.auth != Auth::External;
    if need == Need::Nothing || (need == Need::Offered && is_nobody) {
        return Ok(Source::nothing(env));
    }
    if let Some(settings) = &merged.options.connect.oauth2 {
        let oauth2 = OAuth2::new(settings, account, env)?;
        return Ok(if need == Need::Login || oauth2.store.has_tokens() {
            Source::oauth2(oauth2, env)
        } else {
            Source::nothing(env)
        });
    }
    let login = Login {
        user: &merged.user,
        host: &merged.host,
        required: access.auth != Auth::External && need == Need::Login,
        of_file: merged.of_file(),
    };
    secret::find(&merged.options.connect, login, env)
}

/// The mechanism; a token implies its own.
fn auth(merged: &Merged) -> Result<Auth, Failure> {
    let connect = &merged.options.connect;
    let auth = connect.auth.unwrap_or_default();
    match (auth, &connect.oauth2) {
        (_, None) | (Auth::Auto | Auth::XOAuth2 | Auth::OAuthBearer, Some(_)) => Ok(auth),
        (_, Some(_)) => Err(merged
            .fault("has oauth2, and an auth that takes no token")
            .hint("leave auth out, or write xoauth2 or oauthbearer")),
    }
}

fn via(connect: &Connect, need: Need, env: &Environment) -> Result<Via, Failure> {
    Ok(match (&connect.proxy, &connect.tunnel, &connect.socket) {
        (Some(proxy), ..) => Via::Socks5 {
            host: proxy.host.clone(),
            port: proxy.port,
            login: match &proxy.user {
                Some(user) if need != Need::Nothing => Some((user.clone(), secret::of_proxy(env)?)),
                _ => None,
            },
        },
        (_, Some(command), _) => Via::Tunnel(secret::split_command("tunnel", command)?),
        (.., Some(path)) => Via::Socket(env.absolute(path)?),
        _ => Via::Direct,
    })
}

fn tls_policy(connect: &Connect, env: &Environment) -> Result<TlsPolicy, Failure> {
    let absolute = |path: &Option<std::path::PathBuf>| {
        path.as_deref().map(|path| env.absolute(path)).transpose()
    };
    let pins = connect.tls_pin.iter().flatten();
    Ok(TlsPolicy {
        ca: absolute(&connect.tls_ca)?,
        pins: pins.map(|pin| pin.0).collect(),
        pin_only: connect.tls_pin_only == Some(true),
        name: connect.tls_name.clone(),
        min: connect.tls_min.unwrap_or_default(),
        client: absolute(&connect.tls_client)?,
    })
}

/// What to take, and what becomes of it on the server. `typed` is what the
/// command line alone says, to tell whose mistake something is.
pub(crate) fn policy(merged: &Merged, typed: &FetchOptions) -> Result<Policy, Failure> {
    let options = &merged.options.fetch;
    let disposal = match (options.delete, options.delete_after) {
        (Some(true), _) => Disposal::Delete,
        (_, Some(age)) => Disposal::DeleteAfter(age.0),
        _ => Disposal::Keep,
    };
    if options.no_uidl == Some(true) && disposal != Disposal::Delete {
        let hint = "without unique ids nothing can be remembered, so what stays would be stored again by every run";
        return Err(match typed.no_uidl {
            Some(_) => Failure::usage("--no-uidl works only with --delete"),
            None => merged.fault("has no_uidl, which works only with delete"),
        }
        .hint(hint));
    }
    Ok(Policy {
        disposal,
        limits: Limits {
            messages: options.max_messages,
            size: options.max_size.map(|size| size.0),
            bytes: options.max_bytes.map(|size| size.0),
        },
        all: options.all == Some(true),
        delete_imported: options.delete_imported == Some(true),
        newest_first: options.newest_first == Some(true),
        accept_uid_reset: options.accept_uid_reset == Some(true),
        retry_refused: options.retry_refused == Some(true),
        ..Policy::default()
    })
}

/// Longest run of a command for one message, or for all of a run.
fn deliver_timeout(options: &FetchOptions) -> Duration {
    options.deliver_timeout.map_or(Handover::TIMEOUT, |wait| wait.0)
}

/// The words of a command that a key may have.
pub(crate) fn command(key: &str, command: Option<&str>) -> Result<Option<Words>, Failure> {
    command.map(|command| secret::split_command(key, command)).transpose()
}

/// What leaves messages on the server for what their headers say.
pub(crate) fn rules(merged: &Merged) -> Result<Rules, Failure> {
    let options = &merged.options.fetch;
    Ok(Rules::new(
        options.skip.clone().unwrap_or_default(),
        command("filter", options.filter.as_deref())?,
        deliver_timeout(options),
    ))
}

/// The command that is run when something was stored, and how long it may run.
pub(crate) fn after_new(merged: &Merged) -> Result<Option<(Words, Duration)>, Failure> {
    let options = &merged.options.fetch;
    let words = command("after_new", options.after_new.as_deref())?;
    Ok(words.map(|words| (words, deliver_timeout(options))))
}

/// Checks that commands are some, and the place that mail goes to, if one is
/// named.
pub(crate) fn values(merged: &Merged, env: &Environment) -> Result<(), Failure> {
    let connect = &merged.options.connect;
    command("tunnel", connect.tunnel.as_deref())?;
    command("password_command", connect.password_command.as_deref())?;
    rules(merged)?;
    after_new(merged)?;
    if !merged.options.destination.named().is_empty() {
        target(merged, env)?;
    }
    Ok(())
}

/// All of a fetch; `typed` as for [`policy`].
pub(crate) fn fetch(
    merged: &Merged,
    typed: &FetchOptions,
    need: Need,
    env: &Environment,
) -> Result<(run::FetchJob, Source), Failure> {
    let mut policy = policy(merged, typed)?;
    let rules = rules(merged)?;
    let target = target(merged, env)?;
    let handover = handover(merged, &target)?;
    policy.hold_doubtful =
        target.scheme().guarantee == Guarantee::Acknowledged && handover.in_doubt == InDoubt::Hold;
    let (account, source) = account(merged, need, env)?;
    let options = &merged.options.fetch;
    let job = run::FetchJob {
        account,
        target,
        handover,
        policy,
        rules,
        no_uidl: options.no_uidl == Some(true),
        delete_verified: options.delete_verified == Some(true),
        dry_run: options.dry_run == Some(true),
        lock_wait: options.lock_wait.map_or(Duration::ZERO, |wait| wait.0),
    };
    Ok((job, source))
}
