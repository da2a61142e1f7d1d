//! `retr config check`: whether a fetch of all accounts from cron could work,
//! by what the config file says and by the files that it names.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use super::answer::Answer;
use crate::base::{
    Cancel, Class, Event, Failure, Observer, PASSWORD_VARIABLE, Silent, Warning, WarningCode,
    sanitized,
};
use crate::cli::args::{Common, FetchOptions};
use crate::cli::config::{Account, Config, Options, path_shown};
use crate::cli::environment::Environment;
use crate::cli::failure::{Command, Context, explain};
use crate::cli::resolve::{self, Merged, Need};
use crate::cli::secret::{self, OAuth2, Single, Source};
use crate::cli::tell;
use crate::disk::RealDisk;
use crate::oauth::Settings;
use crate::process::{self, CRON_PATH, NO_SHELL, Words};
use crate::session::Auth;
use crate::store::Target;
use crate::wait::Timeouts;
use crate::{ledger, net, run};

/// Reports everything that is wrong; the exit code is that of the worst.
/// Nothing is connected to, created or run.
pub(super) fn check(common: &Common, env: &Environment) -> ExitCode {
    let config = match Config::examine_existing(common.config.as_deref(), env) {
        Ok(config) => config,
        Err(failure) => return tell::fail(&failure, common, env),
    };
    let report = tell::report(common, env, &Cancel::new());
    let mut worst = None;
    let mut fail = |account: Option<&str>, failure: &Failure| {
        report.failure(account, failure);
        let class = failure.class;
        worst = Some(worst.map_or(class, |worst: Class| class.worse(worst)));
    };
    for mistake in &config.mistakes {
        fail(mistake.account.as_deref(), &mistake.failure);
    }
    if config.mistakes.is_empty() && !config.accounts.iter().any(Account::is_enabled) {
        fail(None, &config.no_account());
    }
    findings(&config, env, &mut |account, finding| match finding {
        Finding::Wrong(failure) => fail(Some(account), &failure),
        Finding::Odd(warning) => report.account(account).notice(&Event::Warning(warning)),
    });
    if let Some(worst) = worst {
        report.finish();
        return ExitCode::from(worst.code());
    }
    tell::done(tell::print(&all_well(&config).text(common)), common, env)
}

fn all_well(config: &Config) -> Answer {
    let path = path_shown(&config.path);
    let count = config.accounts.len();
    let accounts = if count == 1 { "account" } else { "accounts" };
    Answer {
        lines: vec![format!("{path}: {count} {accounts}, all well")],
        events: vec![json!({
            "v": 1, "event": "config", "account": null,
            "path": config.path.to_string_lossy(), "accounts": count,
        })],
    }
}

enum Finding {
    /// A fetch would fail.
    Wrong(Failure),
    /// It may be meant so.
    Odd(Warning),
}

/// Looks at every account that a fetch of all takes, in the order of the file.
fn findings(config: &Config, env: &Environment, tell: &mut dyn FnMut(&str, Finding)) {
    // Nobody can be asked for a password by cron.
    let env = &Environment { stdin_is_terminal: false, ..env.clone() };
    let mut checker =
        Checker { env, disk: RealDisk::new(), known: HashMap::new(), far: HashSet::new() };
    let mut ledgers = HashMap::new();
    let mut by_variable = None;
    let whole = config.accounts.iter().filter(|account| account.complete);
    for entry in whole.filter(|account| account.is_enabled()) {
        let name = &entry.name;
        let merged = match resolve::merge(name, Options::default(), config) {
            Ok(merged) => merged,
            Err(failure) => {
                tell(name, Finding::Wrong(failure));
                continue;
            }
        };
        for (key, command) in commands(&merged.options) {
            let odd = [checker.far_from_cron(key, command), for_shell(key, command)];
            let odd = odd.into_iter().flatten();
            odd.for_each(|odd| tell(name, Finding::Odd(odd)));
        }
        let blank = blank(&merged.options, env).into_iter();
        blank.for_each(|odd| tell(name, Finding::Odd(odd)));
        let mut wrong = |failure| tell(name, Finding::Wrong(failure));
        // No secret is asked for.
        let account = resolve::account(&merged, Need::Nothing, env);
        let target = resolve::target(&merged, env);
        if let Ok((account, _)) = &account {
            let has_slip = entry.slips.contains("password_");
            let found = checker.at(account, target.as_ref().ok(), &merged, has_slip);
            found.into_iter().for_each(&mut wrong);
        }
        let policy = resolve::policy(&merged, &FetchOptions::default());
        policy.err().into_iter().for_each(&mut wrong);
        match target {
            Ok(target) => match resolve::handover(&merged, &target) {
                Ok(handover) => {
                    let risks = target.risks(&handover).into_iter();
                    risks.for_each(|text| {
                        let code = WarningCode::LosesMail;
                        tell(name, Finding::Odd(Warning { code, text }));
                    });
                }
                Err(failure) => tell(name, Finding::Wrong(failure)),
            },
            Err(_) if ["`maildir`", "`mbox`"].iter().any(|key| entry.slips.contains(key)) => {}
            Err(failure) => tell(name, Finding::Wrong(failure)),
        }
        let mut wrong = |failure| tell(name, Finding::Wrong(failure));
        let account = match account {
            Ok((account, _)) => account,
            Err(failure) => {
                wrong(failure);
                continue;
            }
        };
        if checker.takes_variable(&account, &merged)
            && *by_variable.get_or_insert(account.id.clone()) != account.id
        {
            wrong(secret::several_readers(PASSWORD_VARIABLE));
        }
        let first = ledgers.entry(account.dir()).or_insert(name);
        if *first != name {
            let text = format!(
                "the same user and host as account `{}`, so both have one ledger, and each \
                 message goes to one of them: its own state_dir keeps them apart",
                sanitized(first.as_bytes())
            );
            let code = WarningCode::SharedLedger;
            tell(name, Finding::Odd(Warning { code, text }));
        }
    }
}

/// Looks at files. Accounts share many of them: each is looked at once.
struct Checker<'e> {
    env: &'e Environment,
    disk: RealDisk,
    known: HashMap<(&'static str, PathBuf), Option<Failure>>,
    /// Programs that cron would not find, each told once.
    far: HashSet<String>,
}

/// The commands of an account, each with its key.
fn commands(options: &Options) -> impl Iterator<Item = (&'static str, &String)> {
    let (fetch, connect) = (&options.fetch, &options.connect);
    [
        ("mda", options.destination.mda.as_ref()),
        ("filter", fetch.filter.as_ref()),
        ("after_new", fetch.after_new.as_ref()),
        ("tunnel", connect.tunnel.as_ref()),
        ("password_command", connect.password_command.as_ref()),
    ]
    .into_iter()
    .chain(connect.oauth2.iter().flat_map(of_oauth2))
    .filter_map(|(key, command)| Some((key, command?)))
}

/// Those of an account with OAuth2.
fn of_oauth2(settings: &Settings) -> [(&'static str, Option<&String>); 3] {
    let store = settings.token_store.as_ref();
    [
        ("client_secret_command", settings.client_secret_command.as_ref()),
        ("token_store load", store.map(|commands| &commands.load)),
        ("token_store save", store.map(|commands| &commands.save)),
    ]
}

/// A password that may have been written with a blank too many.
fn blank(options: &Options, env: &Environment) -> Option<Warning> {
    let path = options.connect.password_file.as_deref()?;
    let path = secret::password_file(path, env).ok()?;
    (secret::check_file(&path, env) == Ok(true)).then(|| Warning {
        code: WarningCode::PasswordBlank,
        text: format!(
            "password_file: the password in {} begins or ends with a blank, which is taken for a part of it",
            path_shown(&path)
        ),
    })
}

/// Words that only a shell understands. A password command with them cannot be
/// meant so, and is wrong.
fn for_shell(key: &str, command: &str) -> Option<Warning> {
    let needs_shell = key != "password_command" && Words::split(command).ok()?.need_shell();
    needs_shell.then(|| Warning {
        code: WarningCode::NeedsShell,
        text: format!("{key}: an argument has a variable, a ~ or a pipe; {NO_SHELL}"),
    })
}

impl Checker<'_> {
    /// A program that is found here, and would not be by cron.
    fn far_from_cron(&mut self, key: &str, command: &str) -> Option<Warning> {
        let words = Words::split(command).ok()?;
        let program = words.program();
        let place = process::find(program).ok()?;
        process::find_in(CRON_PATH.as_ref(), program).err()?;
        let is_news = self.far.insert(program.to_owned());
        let place = path_shown(&place);
        is_news.then(|| Warning {
            code: WarningCode::ShortPath,
            text: format!(
                "{key}: cron, whose PATH is {CRON_PATH}, does not find `{}`: write {place}",
                sanitized(program.as_bytes())
            ),
        })
    }

    /// What is wrong with the files of an account.
    fn at(
        &mut self,
        account: &run::Account,
        target: Option<&Target>,
        merged: &Merged,
        has_password_slip: bool,
    ) -> Vec<Failure> {
        let mut wrong = Vec::new();
        if let Some(target) = target {
            wrong.extend(self.once(target.scheme().name, target.path(), |disk| {
                let context = Context::of(Command::Another, account);
                let examined = target.examine(disk);
                examined.map_err(|error| explain(&error.into(), &context))
            }));
        }
        let tls = &account.access.tls;
        let of_net = |error: net::Error| Failure::from_error(error.class(), &error);
        if let Some(path) = &tls.ca {
            wrong.extend(self.once("tls_ca", path, |_| net::check_roots(path).map_err(of_net)));
        }
        if let Some(path) = &tls.client {
            wrong.extend(
                self.once("tls_client", path, |_| net::check_identity(path).map_err(of_net)),
            );
        }
        let (fetch, connect) = (&merged.options.fetch, &merged.options.connect);
        for (key, command) in [
            ("tunnel", &connect.tunnel),
            ("filter", &fetch.filter),
            ("after_new", &fetch.after_new),
        ] {
            match resolve::command(key, command.as_deref()) {
                Ok(Some(words)) => {
                    let program = words.program();
                    wrong.extend(
                        self.once(key, Path::new(program), |_| secret::check_program(key, &words)),
                    );
                }
                Ok(None) => {}
                Err(failure) => wrong.push(failure),
            }
        }
        if !has_password_slip {
            wrong.extend(self.secret(account, merged));
        }
        wrong.extend(self.state(account));
        wrong
    }

    /// Returns whether the password is that of the environment.
    fn takes_variable(&self, account: &run::Account, merged: &Merged) -> bool {
        let source = self.source(account, merged);
        source.is_ok_and(|source| source.single() == Some(Single::Variable))
    }

    fn source(&self, account: &run::Account, merged: &Merged) -> Result<Source, Failure> {
        let login = secret::Login {
            user: &account.access.user,
            host: &account.access.route.host,
            required: account.access.auth != Auth::External,
            of_file: merged.of_file(),
        };
        secret::find(&merged.options.connect, login, self.env)
    }

    /// The source that a fetch would take.
    fn secret(&mut self, account: &run::Account, merged: &Merged) -> Option<Failure> {
        let env = self.env;
        let connect = &merged.options.connect;
        if let Some(file) = &connect.password_file {
            return match secret::password_file(file, env) {
                Ok(path) => {
                    self.once("password_file", &path, |_| secret::check_file(&path, env).map(drop))
                }
                Err(failure) => Some(failure),
            };
        }
        if let Some(settings) = &connect.oauth2 {
            return self.oauth2(settings, account);
        }
        let Some(command) = &connect.password_command else {
            // A descriptor is open only where a fetch is started.
            let source = self.source(account, merged);
            let at_once = Timeouts::new(Duration::ZERO, Duration::ZERO, &Cancel::new());
            return match source {
                Ok(source) if matches!(source.single(), Some(Single::Descriptor(_))) => None,
                Ok(source) => source.secret(&at_once, &Silent).err(),
                Err(failure) => Some(failure),
            };
        };
        match secret::split_command("password command", command) {
            Ok(words) => {
                let program = words.program();
                let there = self.once("password_command", Path::new(program), |_| {
                    secret::check_program("password command", &words)
                });
                there.or_else(|| {
                    let checked = secret::check_words(&words);
                    checked.err().map(|failure| told("password_command", failure))
                })
            }
            Err(failure) => Some(told("password_command", failure)),
        }
    }

    /// Returns whether tokens could be had: the commands of an account with
    /// OAuth2 are there, and somebody has signed in.
    fn oauth2(&mut self, settings: &Settings, account: &run::Account) -> Option<Failure> {
        let missing = of_oauth2(settings).into_iter().find_map(|(what, line)| {
            let words = secret::split_command(what, line?);
            let program = words.and_then(|words| secret::check_program(what, &words));
            program.err()
        });
        let run::Account { access, .. } = account;
        let timeouts = Timeouts::new(access.timeout, access.deadline, &Cancel::new());
        let wrong = missing.or_else(|| {
            let oauth2 = OAuth2::new(settings, account, self.env);
            oauth2.and_then(|oauth2| oauth2.check(&timeouts)).err()
        });
        wrong.map(|failure| told("oauth2", failure))
    }

    /// The account's own folder, else the one that it would be made in.
    fn state(&mut self, account: &run::Account) -> Option<Failure> {
        let run::Account { id, state_dir, .. } = account;
        let explained =
            |error: ledger::Error| explain(&error.into(), &Context::of(Command::Another, account));
        match ledger::examine_account(state_dir, id, &self.disk) {
            Ok(true) => None,
            Ok(false) => self.once("state_dir", state_dir, |disk| {
                ledger::examine_state_dir(state_dir, disk).map_err(explained)
            }),
            Err(error) => Some(told("state_dir", explained(error))),
        }
    }

    /// The first time, looks; later, says the same.
    fn once(
        &mut self,
        key: &'static str,
        path: &Path,
        look: impl FnOnce(&RealDisk) -> Result<(), Failure>,
    ) -> Option<Failure> {
        match self.known.entry((key, path.to_owned())) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(place) => {
                let failure = look(&self.disk).err().map(|failure| told(key, failure));
                place.insert(failure).clone()
            }
        }
    }
}

/// Says which key is to blame, and what can be done.
fn told(key: &'static str, mut failure: Failure) -> Failure {
    failure.what = format!("{key}: {}", failure.what);
    failure.hint.get_or_insert_with(|| hint(key).to_owned());
    failure
}

/// What can be done where the failure itself does not say.
fn hint(key: &str) -> &'static str {
    match key {
        "maildir" | "mbox" | "archive" => "name another place, or move away what is there",
        "mda" | "password_command" => "name the program with its folder, or add that to PATH",
        "lmtp" => "name the socket or HOST:PORT of a server that is running",
        "tls_ca" => "name a file with certificates in PEM format, or leave the key out",
        "tls_client" => "name a file with a certificate and its key, in PEM or PKCS#12 format",
        "password_file" => "name a file with the password as its only line, mode 600",
        _ => "name another folder as state_dir, or mend what is there",
    }
}
