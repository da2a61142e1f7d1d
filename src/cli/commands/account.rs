//! `retr account add`: from an address to an account that works.

mod server;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Map, Value};

use super::oauth::{default_method, sign_in};
use super::work::attend;
use crate::base::{AddedAccount, Cancel, Class, Event, Failure, Observer, Secret, sanitized};
use crate::cli::account::{Block, Draft, Kept, keep, make_folder};
use crate::cli::args::{AccountCommand, AddArgs};
use crate::cli::ask::{self, Echo};
use crate::cli::config::{Config, Options, is_path, literal, path_shown};
use crate::cli::environment::Environment;
use crate::cli::failure::{Command, Context, explain};
use crate::cli::resolve::{self, Need};
use crate::cli::secret::{self, OAuth2};
use crate::discover::{self, Address, Candidate, Origin};
use crate::oauth::Provider;
use crate::run::{self, SecretSource};
use crate::session::Access;
use crate::wait::Timeouts;

/// How often a password is asked for.
const MAX_TRIES: usize = 3;

pub(crate) fn account(command: &AccountCommand, env: &Environment) -> ExitCode {
    let AccountCommand::Add(args) = command;
    let name = args.name.clone().unwrap_or_else(|| sanitized(args.address.as_bytes()));
    attend(&name, &args.common, env, |cancel, observer| {
        let adding = Adding::new(args, env, cancel, observer)?;
        adding.run()
    })
}

/// An account that is being added.
struct Adding<'a> {
    args: &'a AddArgs,
    env: &'a Environment,
    cancel: &'a Cancel,
    observer: &'a dyn Observer,
    address: Address,
    name: String,
    config: Config,
    /// How the mailbox would be reached, but for host, port and TLS.
    like: Access,
    timeouts: Timeouts,
}

impl<'a> Adding<'a> {
    fn new(
        args: &'a AddArgs,
        env: &'a Environment,
        cancel: &'a Cancel,
        observer: &'a dyn Observer,
    ) -> Result<Self, Failure> {
        let address = Address::parse(&args.address).map_err(|why| {
            let what =
                format!("`{}` is not a mail address: {why}", sanitized(args.address.as_bytes()));
            Failure::new(Class::Usage, what)
        })?;
        let config = Config::load(args.common.config.as_deref(), env)?;
        let name = free_name(args, &address, &config)?;
        let access =
            server::access_to(&format!("pop.{}", address.domain), args, &address, &config, env)?;
        Ok(Self {
            args,
            env,
            cancel,
            observer,
            timeouts: Timeouts::new(access.timeout, access.deadline, cancel),
            like: access,
            address,
            name,
            config,
        })
    }

    fn run(&self) -> Result<(), Failure> {
        let mut candidate = self.candidate()?;
        candidate.user = self.args.user.clone().unwrap_or(candidate.user);
        self.tell(&candidate);
        if !self.args.print {
            self.agree(&candidate)?;
        }
        let mut block = Block {
            name: self.name.clone(),
            host: candidate.host.clone(),
            port: candidate.port,
            tls: candidate.tls,
            user: candidate.user.clone(),
            keys: self.typed_keys()?,
            oauth2: self.oauth2(&candidate)?,
        };
        let made = self.choose_target(&mut block)?;
        if self.args.print {
            self.added(&block, None, None, self.next_by_hand(&block));
            return Ok(());
        }
        let kept = if block.oauth2.is_empty() {
            self.with_password(&mut block)?
        } else {
            self.with_tokens(&block)?
        };
        if let Some(folder) = made {
            let _ = make_folder(&folder);
        }
        let (draft, _) = Draft::new(&self.config, &block, self.env)?;
        let path = path_shown(draft.path());
        let place = kept.as_ref().map(|kept| kept.place.clone());
        if let Err(failure) = draft.write() {
            if let Some(kept) = kept {
                kept.undo(&self.timeouts);
            }
            return Err(failure);
        }
        let word = shell_words::quote(&self.name).into_owned();
        let next = if block.oauth2.is_empty() || self.can_ask() {
            format!("retr fetch {word}")
        } else {
            format!("retr oauth login {word}, then retr fetch {word}")
        };
        self.added(&block, Some(path), place, next);
        Ok(())
    }

    /// Asks whether a server that others name is the right one.
    fn agree(&self, candidate: &Candidate) -> Result<(), Failure> {
        if self.args.yes || !candidate.needs_consent(&self.address.domain) {
            return Ok(());
        }
        let Candidate { host, origin, .. } = candidate;
        let domain = &self.address.domain;
        let what = match origin {
            Origin::Srv | Origin::Mx { .. } => {
                format!("only DNS leads to {host}, and DNS can be forged")
            }
            _ => format!("{host} lies outside of {domain}"),
        };
        if !self.can_ask() {
            let hint = "--yes agrees to it; --host HOST names another one";
            return Err(Failure::new(Class::Config, what).hint(hint));
        }
        let sent = if self.logs_in_by_token(candidate) { "a token" } else { "the password" };
        if ask::yes(&format!("{what}. Send {sent} there?"), &self.timeouts.patient()) {
            Ok(())
        } else {
            Err(Failure::new(Class::Config, format!("{host} was not agreed to"))
                .hint("--host HOST names another one"))
        }
    }

    fn can_ask(&self) -> bool {
        self.env.stdin_is_terminal && !self.args.print
    }

    /// What was typed, under the names of the config keys.
    fn typed_keys(&self) -> Result<Map<String, Value>, Failure> {
        let mut keys = server::typed(self.args).keys()?;
        // They follow from the server, or are for this run only.
        for key in ["tls", "password_fd"] {
            keys.remove(key);
        }
        for (key, value) in &mut keys {
            if let Value::String(text) = value
                && is_path(key, text)
            {
                let absolute = self.env.absolute(Path::new(&*text))?;
                *text = literal(&absolute.to_string_lossy());
            }
        }
        Ok(keys)
    }

    fn logs_in_by_token(&self, candidate: &Candidate) -> bool {
        candidate.only_oauth2 || self.args.client_id.is_some()
    }

    /// The table `oauth2`, if tokens are what to log in with.
    fn oauth2(&self, candidate: &Candidate) -> Result<Map<String, Value>, Failure> {
        let mut table = Map::new();
        if !self.logs_in_by_token(candidate) {
            return Ok(table);
        }
        let known = candidate.provider;
        let provider = known.and_then(|known| known.oauth2.as_deref()?.parse::<Provider>().ok());
        let Some(provider) = provider else {
            let what = format!("it is not known how tokens for {} are had", candidate.host);
            let hint = "write a table oauth2 with provider = \"custom\"; `man retr` tells how";
            return Err(Failure::new(Class::Config, what).hint(hint));
        };
        table.insert("provider".into(), provider.to_string().into());
        let id = match &self.args.client_id {
            Some(id) => Some(id.clone()),
            None if provider.has_client_id() => None,
            None if self.args.print => Some("…".to_owned()),
            None => Some(self.ask_client_id(provider)?),
        };
        table.extend(id.map(|id| ("client_id".to_owned(), id.into())));
        let is_its_own = known.is_some_and(|known| known.has_domain(&self.address.domain));
        if is_its_own && provider == Provider::Microsoft {
            table.insert("tenant".into(), "consumers".into());
        }
        Ok(table)
    }

    fn ask_client_id(&self, provider: Provider) -> Result<String, Failure> {
        let place = provider.registration().unwrap_or_default();
        let what = format!("{provider} wants a client id, and none is shipped");
        if !self.can_ask() || self.args.yes {
            let hint = format!("register one ({place}) and give it by --client-id");
            return Err(Failure::new(Class::Config, what).hint(hint));
        }
        self.answer(&format!("Client id ({place}): "))?
            .ok_or_else(|| Failure::new(Class::Config, what))
    }

    /// What somebody types; `None` if it is nothing.
    fn answer(&self, question: &str) -> Result<Option<String>, Failure> {
        let line = ask::line(question, Echo::Shown, &self.timeouts.patient())
            .map_err(|error| Failure::new(error.class(), "cannot ask").because(error))?;
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    /// Where mail goes, if nothing says so yet. The folder above it is what
    /// has to be made.
    fn choose_target(&self, block: &mut Block) -> Result<Option<PathBuf>, Failure> {
        let destinations = [&self.args.destination, &self.config.defaults.destination];
        if destinations.iter().any(|place| !place.named().is_empty()) {
            return Ok(None);
        }
        let usual = format!("~/Mail/{}", self.name.replace('/', "_"));
        let chosen = if self.can_ask() && !self.args.yes {
            self.answer(&format!("Folder for the mail [{usual}]: "))?
        } else {
            None
        };
        // What has no `/` may be a password, typed at the wrong question: it is
        // neither written to the config file nor shown again.
        if chosen.as_ref().is_some_and(|path| !path.contains('/')) {
            let what = "the folder for the mail has no `/`";
            let hint =
                format!("press Enter for {usual}, or type a path; the password is asked for next");
            return Err(Failure::new(Class::Usage, what).hint(hint));
        }
        let path = chosen.unwrap_or(usual);
        let real = match path.strip_prefix("~/") {
            Some(rest) => self.env.home()?.join(rest),
            None => self.env.absolute(Path::new(&path))?,
        };
        let written = match path.starts_with("~/") {
            true => literal(&path),
            false => literal(&real.to_string_lossy()),
        };
        block.keys.insert("maildir".into(), written.into());
        Ok(real.parent().map(Path::to_owned))
    }

    /// Gets the password, tries the login, and keeps the password.
    fn with_password(&self, block: &mut Block) -> Result<Option<Kept>, Failure> {
        let login =
            secret::Login { user: &block.user, host: &block.host, required: true, of_file: None };
        let source = secret::find(&self.args.connect, login, self.env)?;
        let tries = if source.may_ask() { MAX_TRIES } else { 1 };
        let mut tried = 1;
        let secret = loop {
            let secret = source.secret(&self.timeouts, self.observer)?;
            match self.log_in(block, secret.clone()) {
                Ok(()) => break secret,
                Err(failure) if failure.class == Class::Auth && tried < tries => {
                    self.observer.notice(&Event::Error(failure));
                    tried += 1;
                }
                Err(failure) => return Err(failure),
            }
        };
        let is_found_again = block.keys.contains_key("password_file")
            || block.keys.contains_key("password_command")
            || source.is_in_netrc()?;
        let Some(secret) = secret.filter(|_| !is_found_again) else {
            return Ok(None);
        };
        let (draft, _) = Draft::new(&self.config, block, self.env)?;
        let kept = keep(&self.name, &secret, draft.path(), &self.timeouts, self.env)?;
        block.keys.insert(kept.key.into(), kept.value.clone().into());
        Ok(Some(kept))
    }

    /// Signs in, if somebody is there, and tries the login. Tokens that are no
    /// use are not kept.
    fn with_tokens(&self, block: &Block) -> Result<Option<Kept>, Failure> {
        if !self.can_ask() {
            return Ok(None);
        }
        let (account, settings) = self.account(block)?;
        let Some(settings) = settings else {
            return Ok(None);
        };
        let oauth2 = OAuth2::new(&settings, &account, self.env)?;
        let patient = self.timeouts.patient();
        sign_in(&oauth2, &block.user, default_method(&oauth2), self.env, &patient, self.observer)?;
        let source = secret::Source::oauth2(oauth2.clone(), self.env);
        let tried = source
            .secret(&self.timeouts, self.observer)
            .and_then(|token| self.log_in(block, token));
        if tried.is_err() {
            let _ = oauth2.keeper(&self.timeouts, self.observer).forget();
        }
        tried.map(|()| None)
    }

    /// The account as it will be.
    fn account(
        &self,
        block: &Block,
    ) -> Result<(run::Account, Option<crate::oauth::Settings>), Failure> {
        let (_, config) = Draft::new(&self.config, block, self.env)?;
        let merged = resolve::merge(&self.name, Options::default(), &config)?;
        let (account, _) = resolve::account(&merged, Need::Login, self.env)?;
        Ok((account, merged.options.connect.oauth2))
    }

    /// Logs in as the account will, and counts the messages.
    fn log_in(&self, block: &Block, secret: Option<Secret>) -> Result<(), Failure> {
        let (mut account, _) = self.account(block)?;
        account.access.deadline = self.timeouts.left();
        account.secret = SecretSource::new(move |_| Ok(secret.clone()));
        let context = Context::of(Command::Another, &account);
        let outcome = run::stat(&account, self.cancel, self.observer);
        match outcome.error {
            None => Ok(()),
            Some(error) => Err(self.explained(&error, &context, block)),
        }
    }

    /// The login name is a guess where nothing is known of the provider.
    fn explained(&self, error: &run::Error, context: &Context<'_>, block: &Block) -> Failure {
        let mut failure = explain(error, context);
        let is_guess = self.args.user.is_none() && discover::of_host(&block.host).is_none();
        if failure.class == Class::Auth && is_guess && block.oauth2.is_empty() {
            let user = sanitized(block.user.as_bytes());
            failure.hint = Some(format!(
                "{user} was tried as the user; if the provider names another login name: --user NAME; else the password may be wrong, or POP3 not switched on yet"
            ));
        }
        failure
    }

    /// What is left to do with a table that was only printed.
    fn next_by_hand(&self, block: &Block) -> String {
        let config = match &self.config.path {
            path if path.as_os_str().is_empty() => "the config file".to_owned(),
            path => path_shown(path),
        };
        let word = shell_words::quote(&self.name);
        let then = if !block.oauth2.is_empty() {
            format!("then retr oauth login {word}")
        } else if block.keys.keys().any(|key| key.starts_with("password_")) {
            format!("then retr fetch {word}")
        } else {
            format!(
                "with a line that says where the password is, such as password_command = \
                 \"pass show mail/{word}\" or password_file = \"…\""
            )
        };
        format!("put the table into {config}, {then}")
    }

    fn added(&self, block: &Block, config: Option<String>, password: Option<String>, next: String) {
        self.observer.notice(&Event::Added(AddedAccount {
            config,
            toml: block.toml(),
            password,
            next,
        }));
    }
}

/// The account's name: as given, else after the domain, else the address.
fn free_name(args: &AddArgs, address: &Address, config: &Config) -> Result<String, Failure> {
    let is_taken = |name: &str| config.accounts.iter().any(|account| account.name == name);
    let usual = address.domain.split('.').next().unwrap_or_default();
    let name = match &args.name {
        Some(name) => name.clone(),
        None if is_taken(usual) => address.text.clone(),
        None => usual.to_owned(),
    };
    if is_taken(&name) {
        let what = format!("there is an account `{}` already", sanitized(name.as_bytes()));
        return Err(
            Failure::new(Class::Config, what).hint("--name NAME gives this one another name")
        );
    }
    Ok(name)
}
