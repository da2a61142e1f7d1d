//! The man page: hand-written prose around what the arguments say of
//! themselves.

use clap::{Arg, Args, Command, CommandFactory};
use clap_mangen::Man;

use super::NAME;
use crate::base::WarningCode;
use crate::cli::args::{Cli, Common, Connect, Destination, FetchOptions, OptionSet, RunOptions};
use crate::cli::config::AccountKeys;

macro_rules! recipe {
    ($name:literal) => {
        ($name, include_str!(concat!("recipes/", $name)))
    };
}

/// The recipes of the page, by name. The tests run them as they are.
const RECIPES: &[(&str, &str)] = &[
    recipe!("backup.sh"),
    recipe!("config.toml"),
    recipe!("crontab"),
    recipe!("crontab-healthcheck"),
    recipe!("exit-codes.sh"),
    recipe!("handing-on.toml"),
    recipe!("job.yaml"),
    recipe!("largest.sh"),
    recipe!("microsoft.toml"),
    recipe!("new-senders.sh"),
    recipe!("oauth2.toml"),
    recipe!("parallel.sh"),
    recipe!("patient.sh"),
    recipe!("restore.sh"),
    recipe!("retr@.service"),
    recipe!("retr@.timer"),
    recipe!("sha256sum.sh"),
    recipe!("show-raw.sh"),
    recipe!("find.sh"),
    recipe!("slurm.sh"),
    recipe!("subjects.sh"),
    recipe!("switch.sh"),
    recipe!("xargs.sh"),
];

/// What the options of other programs are here, by their names.
const PEERS: &[(&str, &str)] = &[
    ("mpop", include_str!("prose/peers/mpop.txt")),
    ("fetchmail", include_str!("prose/peers/fetchmail.txt")),
    ("getmail6", include_str!("prose/peers/getmail6.txt")),
    ("fdm", include_str!("prose/peers/fdm.txt")),
];

/// What the usual argument says of itself.
const ACCOUNT: &str = "Account from the config file, or pop3s://user@host";

/// The whole page, for section 1.
pub(crate) fn man_page() -> String {
    let mut page = prose(include_str!("prose/head.roff"));
    let mut cli = Cli::command();
    cli.build();
    page.push_str(".SH COMMANDS\n");
    for command in visible(&cli) {
        if command.has_subcommands() {
            visible(command).for_each(|inner| describe(inner, &mut page));
        } else {
            describe(command, &mut page);
        }
    }
    page.push_str(".SH OPTIONS OF COMMANDS THAT CONNECT\n");
    let shared = Connect::augment_args(Command::new(NAME));
    options(&shared, |_| true, ".SS ", &mut page);
    page.push_str(".SH OPTIONS OF ALL COMMANDS\nOf all but\n.B demo\nand\n.BR generate .\n");
    let common = Common::augment_args(Command::new(NAME));
    options(&common, |_| true, ".SS ", &mut page);
    for part in [
        include_str!("prose/config.roff"),
        include_str!("prose/units.roff"),
        include_str!("prose/exit-codes.roff"),
        include_str!("prose/json.roff"),
        include_str!("prose/recipes.roff"),
        include_str!("prose/promises.roff"),
        include_str!("prose/trouble.roff"),
        include_str!("prose/differences.roff"),
        include_str!("prose/see-also.roff"),
    ] {
        page.push_str(&prose(part));
    }
    page
}

/// Prose with what is named in it filled in.
pub(super) fn prose(text: &str) -> String {
    let mut page = String::with_capacity(text.len());
    for line in text.lines() {
        if line == "{{keys}}" {
            page.push_str(&config_keys());
        } else if line == "{{warnings}}" {
            page.push_str(&warnings());
        } else if let Some(text) = inserted(line) {
            page.push_str(".RS 4\n.nf\n");
            for line in text.lines() {
                page.push_str(&roff(line));
                page.push('\n');
            }
            page.push_str(".fi\n.RE\n");
        } else {
            page.push_str(&line.replace("{{version}}", env!("CARGO_PKG_VERSION")));
            page.push('\n');
        }
    }
    page
}

/// Text that a line of the prose has inserted as it is.
fn inserted(line: &str) -> Option<&'static str> {
    let inner = line.strip_prefix("{{")?.strip_suffix("}}")?;
    let (kind, name) = inner.split_once(' ')?;
    let mut texts = match kind {
        "recipe" => RECIPES.iter(),
        "peer" => PEERS.iter(),
        _ => return None,
    };
    let (_, text) = texts.find(|(known, _)| *known == name)?;
    Some(text)
}

/// The keys of the config file, under the headings of their options.
fn config_keys() -> String {
    let options = Command::new(NAME);
    let options = Destination::augment_args(options);
    let options = FetchOptions::augment_args(options);
    let options = RunOptions::augment_args(options);
    let options = Connect::augment_args(options);
    let mut groups: Vec<(&str, Vec<&str>)> = vec![("Account", AccountKeys::KEYS.to_vec())];
    for arg in options.get_arguments() {
        let heading = arg.get_help_heading().unwrap_or("Options");
        let key = arg.get_id().as_str();
        match groups.iter_mut().find(|(known, _)| *known == heading) {
            Some((_, keys)) => keys.push(key),
            None => groups.push((heading, vec![key])),
        }
    }
    let mut text = String::new();
    for (heading, keys) in groups {
        let of_defaults = match heading {
            "Account" => " (not in [defaults])",
            "Run" => " (jobs and exit_empty only in [defaults])",
            _ => "",
        };
        text.push_str(&format!(".TP\n{heading}{of_defaults}\n"));
        let last = keys.len() - 1;
        for (at, key) in keys.iter().enumerate() {
            let end = if at == last { "" } else { " ," };
            text.push_str(&format!(".BR {key}{end}\n"));
        }
    }
    text
}

/// The codes of warnings, and what they mean.
fn warnings() -> String {
    let row = |code: &WarningCode| {
        let (word, meaning) = (roff(code.word()), roff(code.meaning()));
        format!(".TP\n.B {word}\n{meaning}\n")
    };
    WarningCode::ALL.iter().map(row).collect()
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|inner| !inner.is_hide_set())
}

/// One command: its usage, what it does, and the options that only it has.
fn describe(command: &Command, page: &mut String) {
    let usage = command.clone().render_usage().to_string();
    let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage);
    page.push_str(&format!(".SS \"{}\"\n", roff(usage)));
    let about = command.get_long_about().or_else(|| command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    // The page has its own examples.
    let about = about.split("\n\nExamples:").next().unwrap_or_default();
    for line in about.lines() {
        let line = roff(line);
        page.push_str(if line.is_empty() { ".PP" } else { &line });
        page.push('\n');
    }
    let mut shared = Common::augment_args(Connect::augment_args(Command::new(NAME)));
    if command.get_name() != "fetch" {
        shared = Destination::augment_args(shared);
    }
    let is_own = |arg: &Arg| {
        // The page begins with what an account is.
        let help = arg.get_help().map(ToString::to_string);
        let mut others = shared.get_arguments();
        help.as_deref() != Some(ACCOUNT) && others.all(|other| other.get_id() != arg.get_id())
    };
    options(command, is_own, ".PP\n.B ", page);
}

/// The options that are wanted, below headings of the given rank.
fn options(command: &Command, wanted: impl Fn(&Arg) -> bool, rank: &str, page: &mut String) {
    let command = command.clone().disable_help_flag(true).mut_args(|arg| {
        let hidden = arg.is_hide_set() || arg.get_id() == "help" || !wanted(&arg);
        arg.hide(hidden).hide_short_help(false)
    });
    let mut roff = Vec::new();
    // Writing to memory cannot fail.
    let _ = Man::new(command).render_options_section(&mut roff);
    for line in String::from_utf8_lossy(&roff).lines() {
        match line.strip_prefix(".SH ") {
            Some("OPTIONS") => {}
            Some(heading) => {
                let heading = heading.trim_matches('"').to_lowercase();
                let heading = match heading.as_str() {
                    "tls" => "TLS".to_owned(),
                    _ => heading[..1].to_uppercase() + &heading[1..],
                };
                page.push_str(&format!("{rank}{heading}\n"));
            }
            // How the writer declares its apostrophe, once a section; groff
            // and mandoc have one by name.
            None if line.starts_with(".ie ") || line.starts_with(".el ") => {}
            None => {
                page.push_str(&line.replace('`', "\\(ga").replace("\\*(Aq", "\\(aq"));
                page.push('\n');
            }
        }
    }
}

/// Text as roff takes it literally.
fn roff(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('`', "\\(ga")
        .replace('\'', "\\(aq")
        .replace('^', "\\(ha")
        .replace('~', "\\(ti");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_option_is_described() {
        let page = man_page();
        let mut commands = vec![Cli::command()];
        while let Some(command) = commands.pop() {
            commands.extend(visible(&command).cloned());
            for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
                if let Some(long) = arg.get_long() {
                    let option = format!("\\-\\-{}", long.replace('-', "\\-"));
                    assert!(page.contains(&option), "{option}");
                }
            }
            if !command.has_subcommands() {
                assert!(page.contains(&roff(command.get_name())));
            }
        }
    }

    /// All keys of the config file.
    fn config_keys() -> Vec<&'static str> {
        let sets = [
            AccountKeys::KEYS,
            Destination::KEYS,
            FetchOptions::KEYS,
            RunOptions::KEYS,
            Connect::KEYS,
        ];
        sets.concat()
    }

    #[test]
    fn every_config_key_is_named() {
        let page = man_page();
        assert!(page.contains(".oauth2]"));
        for key in config_keys().into_iter().filter(|key| *key != "oauth2") {
            let named = format!("\n.BR {key}");
            let times = page.matches(&format!("{named} ,\n")).count()
                + page.matches(&format!("{named}\n")).count();
            assert!(times >= 1, "{key}");
        }
    }

    /// Whoever comes from another program finds keys that there are.
    #[test]
    fn what_stands_for_an_option_of_another_program_is_one() {
        let keys = config_keys();
        for (name, text) in PEERS {
            assert!(man_page().contains(&format!(".SS {name}\n")), "{name}");
            for line in text.lines().filter(|line| line.contains(" = ")) {
                let ours = line.get(28..).unwrap_or_default();
                for key in ours.split(" = ").take(ours.matches(" = ").count()) {
                    let key = key.rsplit(' ').next().unwrap_or_default();
                    assert!(keys.contains(&key), "{name}: {line}: {key}");
                }
            }
        }
    }

    #[test]
    fn every_recipe_is_in_the_page_and_on_the_disk() {
        let page = man_page();
        assert!(!page.contains("{{"), "something was not filled in");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/cli/generate/recipes");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .expect("recipes")
            .map(|entry| entry.expect("one").file_name().to_string_lossy().into())
            .collect();
        names.sort();
        let mut known: Vec<&str> = RECIPES.iter().map(|(name, _)| *name).collect();
        known.sort_unstable();
        assert_eq!(names, known);
        for (name, text) in RECIPES {
            for line in text.lines() {
                assert!(page.contains(&roff(line)), "{name}: {line}");
            }
        }
    }

    #[test]
    fn options_stand_once_and_hidden_commands_never() {
        let page = man_page();
        let tag = |option: &str| page.matches(&format!(".TP\n\\fB{option}\\fR")).count();
        assert_eq!(tag("\\-\\-tls\\-ca"), 1);
        assert_eq!(tag("\\-\\-maildir"), 1);
        assert_eq!(tag("\\-\\-json"), 1);
        assert!(!page.contains("retr config accounts"));
        assert!(!page.contains(&roff(ACCOUNT)));
    }

    #[test]
    fn text_is_no_request() {
        assert_eq!(roff(".x-y\\"), "\\&.x\\-y\\e");
        assert_eq!(roff("'x"), "\\(aqx");
    }
}
