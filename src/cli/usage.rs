//! A wrong command line in the words of all failures.

use std::error::Error;
use std::ffi::OsString;

use clap::CommandFactory;
use clap::error::{ContextKind, ErrorKind};

use super::args::Cli;
use super::url::may_hold_password;
use crate::base::{Class, Failure, escape, sanitized};

/// For those who look for an option that is not there on purpose.
const NO_PASSWORD: &str = "no option takes a password itself: others could see it; use --password-file, --password-command or RETR_PASSWORD";

/// What clap says, in the form of all failures.
pub(super) fn usage(error: &clap::Error, words: &[OsString]) -> Failure {
    let name = error.get(ContextKind::InvalidArg);
    let (what, tip) = match (error.kind(), name, error.source()) {
        // Clap would repeat the value, which may hold a password.
        (ErrorKind::ValueValidation, Some(name), Some(why)) => {
            let told = format!("{name}: {why}");
            // A pin has a colon too, and is for all to see.
            match told.starts_with("--tls-pin ") {
                true => (told, None),
                false => (without_passwords(told, words), None),
            }
        }
        (ErrorKind::MissingSubcommand, ..) => {
            let (words, command) = command_of(words);
            let inner = command.get_subcommands();
            let inner = inner.filter(|inner| !inner.is_hide_set());
            let names: Vec<&str> = inner.map(clap::Command::get_name).collect();
            let what = format!("`{words}` needs a subcommand: {}", names.join(", "));
            (what, None)
        }
        _ => said(&without_passwords(error.render().to_string(), words)),
    };
    let usual = name.and_then(|name| usual_name(&name.to_string()));
    let tip = usual.map(str::to_owned).or(tip);
    let hint = tip.unwrap_or_else(|| format!("`{} --help` tells more", command_of(words).0));
    Failure::new(Class::Usage, escape(&what)).hint(escape(&hint))
}

/// What to do in place of an option that other programs have.
fn usual_name(option: &str) -> Option<&'static str> {
    Some(match option {
        "--password" => NO_PASSWORD,
        "--ca" | "--cafile" | "--ca-file" | "--cacert" => {
            "--tls-ca FILE trusts a certificate, with the commands that connect"
        }
        "--port" => {
            "the port is part of the URL, pop3s://user@host:PORT, or of --host HOST:PORT for `retr account add`"
        }
        "--ssl" => "pop3s:// is TLS from the first byte; so is --tls implicit",
        _ => return None,
    })
}

/// The command that was meant, with the subcommands before any option.
fn command_of(words: &[OsString]) -> (String, clap::Command) {
    let mut typed = "retr".to_owned();
    let mut command = Cli::command();
    for word in words.iter().map_while(|word| word.to_str()) {
        let Some(inner) = command.find_subcommand(word).cloned() else {
            break;
        };
        typed.push_str(&format!(" {word}"));
        command = inner;
    }
    (typed, command)
}

/// The text, with `…` in place of what was typed and may hold a password.
fn without_passwords(text: String, words: &[OsString]) -> String {
    words.iter().fold(text, |text, word| {
        let word = word.to_string_lossy();
        let value = match word.split_once('=') {
            Some((option, value)) if option.starts_with('-') => value,
            _ => &*word,
        };
        if may_hold_password(value) {
            text.replace(value, "…").replace(&sanitized(value.as_bytes()), "…")
        } else {
            text
        }
    })
}

/// Clap's message and its tip, each on one line; its usage is left out.
fn said(text: &str) -> (String, Option<String>) {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let mut paragraphs = text.split("\n\n");
    let one_line = |paragraph: &str| {
        let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
        lines.join(" ")
    };
    let what = paragraphs.next().map(one_line).unwrap_or_default();
    let tip = paragraphs
        .map(one_line)
        .filter_map(|paragraph| paragraph.strip_prefix("tip: ").map(str::to_owned))
        // No value of ours begins with dashes.
        .find(|tip| !tip.starts_with("to pass "));
    (what, tip)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn told(words: &str) -> Failure {
        let words: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
        let all = std::iter::once(OsString::from("retr")).chain(words.iter().cloned());
        usage(&Cli::try_parse_from(all).expect_err("wrong"), &words)
    }

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    /// Those that tests/it/messages.rs compares whole are not here.
    #[test]
    fn wrong_usage_is_told_in_two_lines() {
        #[rustfmt::skip]
        let rows = [
            ("fetch --xyzzy=canary", "unexpected argument '--xyzzy' found", "`retr fetch --help` tells more"),
            ("list pop3://a@h --port 995", "unexpected argument '--port' found",
             "the port is part of the URL, pop3s://user@host:PORT, or of --host HOST:PORT for `retr account add`"),
            ("list pop3s://a@h --cafile x", "unexpected argument '--cafile' found",
             "--tls-ca FILE trusts a certificate, with the commands that connect"),
            ("fetch --ssl", "unexpected argument '--ssl' found", "pop3s:// is TLS from the first byte; so is --tls implicit"),
            ("fetch --delete --keep", "the argument '--delete' cannot be used with '--keep'",
             "`retr fetch --help` tells more"),
            ("fetch --max-size x", "--max-size <SIZE>: `x` is not a valid size; write for example 500k, 1.5M or 1GiB",
             "`retr fetch --help` tells more"),
            ("fetch --timeout 0s", "--timeout <DURATION>: a wait of no length cannot succeed",
             "`retr fetch --help` tells more"),
            ("fetch --jobs 0", "--jobs <N>: `0` is out of range", "`retr fetch --help` tells more"),
            ("fetch --exit-empty 300", "--exit-empty <CODE>: `300` is out of range", "`retr fetch --help` tells more"),
            ("fetch --bind here", "--bind <ADDRESS>: `here` is not an IP address", "`retr fetch --help` tells more"),
            ("fetch --tls tls", "invalid value 'tls' for '--tls <MODE>' [possible values: implicit, starttls, none]",
             "`retr fetch --help` tells more"),
            ("fetch -q -v", "the argument '--quiet' cannot be used with '--verbose...'",
             "`retr fetch --help` tells more"),
            ("fetch --tls-pin sha256:12\u{7}",
             "--tls-pin <sha256:HEX>: `sha256:12\\x07` is not a valid pin; write sha256: and 64 hexadecimal digits, as `retr probe` prints it",
             "`retr fetch --help` tells more"),
            ("fetch --tls-pin=AB:CD",
             "--tls-pin <sha256:HEX>: `AB:CD` is not a valid pin; write sha256: and 64 hexadecimal digits, as `retr probe` prints it",
             "`retr fetch --help` tells more"),
            ("state show work --password-file x", "unexpected argument '--password-file' found",
             "`retr state show --help` tells more"),
            ("config show --bogus", "unexpected argument '--bogus' found", "`retr config show --help` tells more"),
            ("state", "`retr state` needs a subcommand: show, forget, mark-seen, move, repair, import",
             "`retr state --help` tells more"),
            ("generate", "`retr generate` needs a subcommand: man, schema, completions",
             "`retr generate --help` tells more"),
            ("fetch --\u{202e}x", "unexpected argument '--\\u{202e}x' found", "`retr fetch --help` tells more"),
        ];
        for (words, what, hint) in rows {
            let failure = told(words);
            assert_eq!(failure.class, Class::Usage, "{words}");
            assert_eq!(failure.what, what, "{words}");
            assert_eq!(failure.hint.as_deref(), Some(hint), "{words}");
        }
    }

    #[test]
    fn no_secret_is_repeated() {
        #[rustfmt::skip]
        let rows = [
            "fetch --proxy socks5://u:canary@h", "fetch --password canary", "fetch --password=canary",
            "fetch --timeout=5s --proxy=http://u:canary@h", "list work pop3s://u:canary@h", "list work u:canary@h",
            "stat work u:canary", "show work pop3s://u:canary@h", "show work u:\u{7}canary",
            "fetch --jobs=u:canary", "fetch --jobs u:canary", "fetch --tls u:canary", "fetch --tls=u:canary",
            "u:canary@h",
        ];
        for words in rows {
            let failure = told(words);
            assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        }
    }

    #[test]
    fn the_short_help_has_what_only_the_command_has() {
        let help = |words: &[&str]| {
            let words = std::iter::once("retr").chain(words.iter().copied());
            let error = crate::cli::args::command().try_get_matches_from(words);
            error.expect_err("help").to_string()
        };
        const SHARED: &str = "Options for TLS, login, connection, files and output";
        #[rustfmt::skip]
        let rows = [
            (&["fetch"][..], "--maildir", "Rarer options, and those for TLS, login, connection, files and output"),
            (&["verify"], "--server", SHARED),
            (&["state", "show"], "--state-dir", "Options for files and output"),
            (&["config", "import"], "--from", "Options for files and output"),
        ];
        for (words, own, shared) in rows {
            let short = help(&[words, &["-h"]].concat());
            let long = help(&[words, &["--help"]].concat());
            assert!(short.contains(own) && long.contains(own), "{words:?}");
            let pointer = format!("{shared}: --help\n");
            assert!(short.ends_with(&pointer), "{short}");
            assert!(!long.contains(&pointer), "{long}");
            for option in ["--json", "--timeout", "--tls-ca", "--config"] {
                assert!(!short.contains(option), "{short}");
            }
            assert!(long.contains("--json"), "{long}");
            assert!(!long.ends_with("\n\n"), "{long:?}");
        }
    }

    /// On a terminal of 80 columns.
    #[test]
    fn the_short_help_of_every_command_fits_on_a_screen() {
        fn look(command: &mut clap::Command) {
            let name = command.get_name().to_owned();
            let help = command.render_help().to_string();
            assert!(help.lines().count() <= 40, "{name}:\n{help}");
            command.get_subcommands_mut().for_each(look);
        }
        let mut command = crate::cli::args::command().term_width(80);
        command.build();
        look(&mut command);
    }
}
