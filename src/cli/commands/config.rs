//! `retr config`: what the config file says.

use std::process::ExitCode;
use std::sync::LazyLock;

use clap::{Args, ValueHint};
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::check;
use crate::base::{Failure, sanitized};
use crate::cli::args::{Common, ConfigCommand, ConfigImportArgs, FetchArgs};
use crate::cli::config::{Config, Options, heading, path_shown, quoted};
use crate::cli::environment::Environment;
use crate::cli::import;
use crate::cli::resolve::{self, Merged};
use crate::cli::tell;
use crate::oauth::Settings;
use crate::process::Words;

pub(crate) fn config(command: &ConfigCommand, env: &Environment) -> ExitCode {
    let (common, answer) = match command {
        ConfigCommand::Check { common } => return check::check(common, env),
        ConfigCommand::Show { accounts, common } => (common, show(accounts, common, env)),
        ConfigCommand::Path { common } => (common, path(common, env)),
        ConfigCommand::Import(args) => (&args.common, import(args, env)),
        ConfigCommand::Accounts { common } => (common, accounts(common, env)),
    };
    let printed = answer.and_then(|answer| tell::print(&answer.text(common)));
    tell::done(printed, common, env)
}

/// Where the file is expected, whether or not it is there.
fn path(common: &Common, env: &Environment) -> Result<Answer, Failure> {
    let path = match &common.config {
        Some(path) => env.absolute(path)?,
        None => env.config_path()?,
    };
    Ok(Answer {
        lines: vec![path_shown(&path)],
        events: vec![json!({
            "v": 1, "event": "config", "account": null, "path": path.to_string_lossy(),
        })],
    })
}

/// The config file that does what another program's does.
fn import(args: &ConfigImportArgs, env: &Environment) -> Result<Answer, Failure> {
    let toml = import::config(args.from, &args.file, env)?;
    Ok(Answer {
        events: vec![json!({"v": 1, "event": "config", "account": null, "toml": toml})],
        lines: toml.lines().map(str::to_owned).collect(),
    })
}

/// The names alone, for completion.
fn accounts(common: &Common, env: &Environment) -> Result<Answer, Failure> {
    let config = Config::load_existing(common.config.as_deref(), env)?;
    // There may be very many of them: only what is printed is made.
    let names = config.accounts.into_iter().map(|account| account.name);
    let mut answer = Answer::default();
    if common.json {
        let event = |name| json!({"v": 1, "event": "config", "account": name});
        answer.events = names.map(event).collect();
    } else {
        answer.lines = names.collect();
    }
    Ok(answer)
}

/// Accounts with the defaults filled in.
fn show(names: &[String], common: &Common, env: &Environment) -> Result<Answer, Failure> {
    let config = Config::load_existing(common.config.as_deref(), env)?;
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    if names.is_empty() {
        names = config.accounts.iter().map(|one| one.name.as_str()).collect();
    }
    let mut answer = Answer::default();
    for name in names {
        config.account(name)?;
        let merged = resolve::merge(name, Options::default(), &config)?;
        let keys = keys(&merged, env)?;
        if !answer.lines.is_empty() {
            answer.lines.push(String::new());
        }
        answer.lines.push(format!("[accounts.{}]", heading(name)));
        for (key, value) in &keys {
            answer.lines.push(format!("{key} = {}", quoted(value)));
        }
        answer.events.push(json!({
            "v": 1, "event": "config", "account": name, "options": keys,
        }));
    }
    Ok(answer)
}

/// Everything that holds for an account, under the names of the config keys.
fn keys(merged: &Merged, env: &Environment) -> Result<Map<String, Value>, Failure> {
    let mut keys = Map::new();
    keys.insert("host".to_owned(), merged.host.as_str().into());
    keys.insert("port".to_owned(), merged.port.into());
    keys.insert("user".to_owned(), merged.user.as_str().into());
    keys.extend(merged.filled().keys()?);
    if !keys.contains_key("state_dir")
        && let Ok(dir) = env.state_dir(None)
    {
        keys.insert("state_dir".to_owned(), dir.to_string_lossy().into());
    }
    flatten("oauth2", &mut keys);
    flatten("oauth2.token_store", &mut keys);
    for key in &*COMMANDS {
        if let Some(Value::String(command)) = keys.get_mut(key) {
            *command = program_alone(command);
        }
    }
    Ok(keys)
}

/// The keys whose values are commands: the options that are completed as such,
/// and those of the table `oauth2`.
static COMMANDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let options = FetchArgs::augment_args(clap::Command::new("fetch"));
    let commands = options
        .get_arguments()
        .filter(|option| option.get_value_hint() == ValueHint::CommandString)
        .map(|option| option.get_id().to_string());
    let of_oauth2 = Settings::COMMANDS.iter().map(|key| format!("oauth2.{key}"));
    commands.chain(of_oauth2).collect()
});

/// A command without its arguments, which may hold a secret.
fn program_alone(command: &str) -> String {
    match Words::split(command) {
        Ok(words) if words.arguments().is_empty() => command.to_owned(),
        Ok(words) => format!("{} …", sanitized(words.program().as_bytes())),
        Err(_) => "…".to_owned(),
    }
}

/// Puts what a table has in its place, under dotted keys.
fn flatten(name: &str, keys: &mut Map<String, Value>) {
    if let Some(Value::Object(table)) = keys.remove(name) {
        let inner = table.into_iter().filter(|(_, value)| !value.is_null());
        keys.extend(inner.map(|(key, value)| (format!("{name}.{key}"), value)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Class;

    fn answer(
        text: &str,
        command: impl FnOnce(&Common, &Environment) -> Result<Answer, Failure>,
    ) -> Result<Answer, Failure> {
        let dir = tempfile::tempdir().expect("tempdir");
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).expect("written");
        let common = Common { config: Some(path), ..Common::default() };
        command(&common, &Environment::of(&[("HOME", "/home/a")]))
    }

    const ACCOUNT: &str = "[accounts.work]\nurl = 'pop3://u@h'\npassword_command = 'echo canary'\n\
                           tunnel = 'nc canary'\nfilter = 'f canary'\nafter_new = 'n canary'\nmaildir = \"/m\\u007f\"\n";

    #[test]
    fn an_account_is_shown_with_defaults_and_without_secrets() {
        let shown = answer(ACCOUNT, |common, env| show(&[], common, env)).expect("right");
        assert_eq!(
            shown.lines,
            [
                "[accounts.work]",
                "after_new = \"n …\"",
                "auth = \"auto\"",
                "deadline = \"1h\"",
                "deliver_timeout = \"10m\"",
                "filter = \"f …\"",
                "host = \"h\"",
                "keep = true",
                "lock_wait = \"0s\"",
                "maildir = \"/m\\u007f\"",
                "password_command = \"echo …\"",
                "pipelining = \"auto\"",
                "port = 110",
                "state_dir = \"/home/a/.local/state/retr\"",
                "timeout = \"1m\"",
                "tls = \"starttls\"",
                "tls_min = \"1.2\"",
                "tunnel = \"nc …\"",
                "user = \"u\"",
            ]
        );
        assert!(!format!("{shown:?}").contains("canary"));
        let failure = answer(ACCOUNT, |common, env| show(&["x".to_owned()], common, env));
        assert_eq!(failure.expect_err("unknown").class, Class::Config);
    }

    #[test]
    fn every_option_that_takes_a_command_is_known_as_one() {
        let options = FetchArgs::augment_args(clap::Command::new("fetch"));
        for option in options.get_arguments() {
            let names = option.get_value_names().unwrap_or_default();
            let takes_command = names.iter().any(|name| name == "COMMAND");
            let key = option.get_id().to_string();
            assert_eq!(COMMANDS.contains(&key), takes_command, "{key}");
        }
    }

    #[test]
    fn json_is_one_object_a_line_with_a_summary() {
        let json = Common { json: true, ..Common::default() };
        let shown = answer(ACCOUNT, |common, env| {
            let common = Common { json: true, ..common.clone() };
            accounts(&common, env)
        });
        assert_eq!(
            shown.expect("right").text(&json),
            "{\"account\":\"work\",\"event\":\"config\",\"v\":1}\n\
             {\"account\":null,\"event\":\"summary\",\"exit\":0,\"v\":1}\n"
        );
        let shown = answer(ACCOUNT, accounts).expect("right");
        assert_eq!(shown.text(&Common::default()), "work\n");
    }
}
